//! Checks `job.window`.

use super::bounds::MILLISECOND;
use super::models::Around;
use crate::scenario::file::WindowFile;
use crate::scenario::findings::Findings;
use crate::scenario::model::WindowKind;
use crate::scenario::path::Path;
use crate::units::Span;

/// Windows that hold one event at most.
const MOST_WINDOWS: i64 = 1_000;
/// Rows of a count window at most.
const MOST_ROWS: u32 = 1_000_000;

/// The kind of windows: what is wrong is replaced by something that gives no further complaints.
pub(super) fn kind(file: &WindowFile, path: &Path, simulated: Option<Span>, findings: &mut Findings) -> WindowKind {
    let given = [file.size.is_some(), file.gap.is_some(), file.count.is_some()];
    if given.iter().filter(|given| **given).count() > 1 {
        let what = "`size`, `gap` and `count` exclude each other: each is a kind of windows";
        findings.at(path, what, "keep one of them");
    }
    for (name, is_given, owner, belongs) in [
        ("slide", file.slide.is_some(), "size", file.size.is_some()),
        ("offset", file.offset.is_some(), "size", file.size.is_some()),
        ("every", file.every.is_some(), "count", file.count.is_some()),
    ] {
        if is_given && !belongs && given.iter().any(|given| *given) {
            findings.at(&path.key(name), format!("`{name}` goes with `{owner}`"), "remove it");
        }
    }
    if let (Some(gap), None) = (file.gap, file.size) {
        return WindowKind::Session { gap: millis(&path.key("gap"), gap, findings) };
    }
    if let (Some(count), None) = (file.count, file.size) {
        let size = findings.whole(&path.key("count"), Some(count), 1..=MOST_ROWS, 1);
        let every = findings.whole(&path.key("every"), file.every, 1..=size, size);
        return WindowKind::Count { size, every };
    }
    aligned(file, path, simulated, findings)
}

fn millis(path: &Path, span: Span, findings: &mut Findings) -> Span {
    let span = findings.interval(path, Some(span), MILLISECOND);
    findings.whole_millis(path, Some(span), MILLISECOND)
}

fn aligned(file: &WindowFile, path: &Path, simulated: Option<Span>, findings: &mut Findings) -> WindowKind {
    let size_path = path.key("size");
    let size = findings.required(&size_path, file.size, "size = \"5m\"; or gap = \"30m\" for sessions, count = 100");
    let size = findings.interval(&size_path, size, MILLISECOND);
    let size = findings.whole_millis(&size_path, Some(size), MILLISECOND);
    // A size that is wrong itself is no reason to complain about what depends on it.
    let known = file.size == Some(size);
    let (slide_path, offset_path) = (path.key("slide"), path.key("offset"));
    let mut slide = file.slide.map_or(size, |slide| millis(&slide_path, slide, findings));
    if file.slide.is_some_and(|given| given != slide) {
        slide = size;
    }
    if known && slide > size {
        let what = format!("windows that begin every {slide} and are {size} long leave out what lies between them");
        findings.at(&slide_path, what, "write at most the size");
        slide = size;
    }
    if known && size.0 / slide.0 > MOST_WINDOWS {
        let what = format!("an event would be in {} windows", size.0 / slide.0);
        findings.at(&slide_path, what, format!("write at least {}", Span((size.0 / MOST_WINDOWS).max(MILLISECOND.0))));
        slide = size;
    }
    if known {
        let path = if file.slide.is_some() { &slide_path } else { &size_path };
        Around { window: None, dedup: None, simulated }.few(path, slide, findings);
    }
    let offset = file.offset.map_or(Span::ZERO, |offset| findings.whole_millis(&offset_path, Some(offset), Span::ZERO));
    if known && offset >= slide {
        let what = format!("an offset of {offset} is that of windows that begin every {slide}, and more");
        findings.at(&offset_path, what, "write less than the slide, or the size of windows that tumble");
    }
    WindowKind::Aligned { size, slide, offset: if offset < slide { offset } else { Span::ZERO } }
}
