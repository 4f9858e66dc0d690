//! Event time against processing time: a slice of the stream, its windows, the watermark and what came late.

mod layers;

use self::layers::{Plot, Shape};
use super::axis::Axis;
use super::style::{self, GREY, INK, LABEL, NOTE};
use super::{Figure, failed};
use crate::error::Result;
use crate::experiment::{Outcome, SliceOutcome};
use crate::metrics::{Slice, Unit};
use crate::pipelines::Fate;
use crate::report::view;
use crate::units::{Instant, SECOND, Span, UtcInstant};

use plotters::style::text_anchor::HPos;

/// The plot is at most as high as this many lengths of the slice: for late events, and for windows.
const HIGHEST: (f64, f64) = (2.0, 6.0);
/// Share of the late events that the plot should hold.
const HELD: f64 = 0.95;
/// Between entries of the key.
const KEY_GAP: i32 = 92;

/// The figure of a slice.
pub(super) fn event_time(outcome: &Outcome, of: &SliceOutcome) -> Result<Figure> {
    let slice = &of.slice;
    let (from, length) = (slice.period.from, slice.period.length().as_secs_f64());
    let height = height(slice);
    let start = outcome.start.at(from);
    let x = Axis::instants("Event time", start, length, 7);
    let y = Axis::instants("Processing time: arrival at the broker", start, height, 8);
    let lines = style::title_lines(&titles(of, start));
    let top = from + Span((height * SECOND as f64) as i64);
    let svg = style::figure(&lines, &layers::DASHES, |root| {
        let plot = Plot::new(root, slice, x, y)?;
        plot.windows()?;
        plot.dots(Fate::OnTime)?;
        plot.ideal()?;
        let watermark_shows = plot.watermark()?;
        plot.dots(Fate::Corrected)?;
        plot.dots(Fate::Dropped)?;
        plot.names(beyond(slice, from, top, outcome.start))?;
        key(&plot, slice, watermark_shows)
    })?;
    Ok(Figure {
        name: "event_time",
        title: lines.join(" "),
        caption: format!(
            "A slice of the stream as {} sees it; first replication. Each event is a dot: its event time across, its arrival up. \
             On the dashed line an event arrives when it happens, and the higher above it, the later. A box is a window: as wide as its event times, \
             up to the instant at which its result is first published. The watermark says up to which event time \
             the pipeline thinks it has seen everything; events left of it are late once their window is published.{}{} \
             The slice is the one with most late events out of some spread over the measured period and around outages.",
            of.pipeline,
            thinning(slice),
            if has_beyond(slice, from, top) { " Triangles at the edge are events beyond it." } else { "" },
        ),
        svg,
    })
}

/// Ways to say what became of the events.
fn titles(of: &SliceOutcome, start: UtcInstant) -> Vec<String> {
    let slice = &of.slice;
    let events = slice.events();
    let share = |fate: Fate| view::value(Unit::Share, slice.of(fate).count as f64 / events.max(1) as f64);
    let count = |fate: Fate| slice.of(fate).count;
    let runs_ahead = slice.watermark.first().is_some_and(|(_, to)| *to >= slice.period.to);
    let late = match (count(Fate::Corrected), count(Fate::Dropped)) {
        (0, 0) => "all were in the first result of their window".to_owned(),
        (_, 0) => format!("{} came late and corrected a result, none was dropped", share(Fate::Corrected)),
        (0, _) if runs_ahead => {
            format!("{} were dropped as late: the watermark runs ahead of them", share(Fate::Dropped))
        }
        (0, _) => format!("{} came too late and were dropped", share(Fate::Dropped)),
        _ => format!(
            "{} came late and corrected a result, {} were dropped",
            share(Fate::Corrected),
            share(Fate::Dropped)
        ),
    };
    let waited = slice.windows.iter().map(|(window, at)| (*at - window.to, window.length())).max();
    let waited = waited.filter(|(waited, length)| waited.0 >= 2 * length.0).map_or_else(String::new, |(waited, _)| {
        format!(", and windows appeared up to {} after their end", view::value(Unit::Seconds, waited.as_secs_f64()))
    });
    let whole = view::full_count(events as f64);
    let length = view::value(Unit::Seconds, slice.period.length().as_secs_f64());
    let clock = start.0.strftime("%H:%M");
    vec![
        format!("{}: of {whole} events in {length} from {clock} on, {late}{waited}", of.pipeline),
        format!("{}: of {whole} events, {late}{waited}", of.pipeline),
        format!("Of {whole} events, {late}{waited}"),
        format!("Of {whole} events, {late}"),
        "Event time against processing time".to_owned(),
    ]
}

/// Seconds from the start of the slice to the upper edge of the plot.
fn height(slice: &Slice) -> f64 {
    let from = slice.period.from;
    let length = slice.period.length().as_secs_f64();
    let since = |at: Instant| (at - from).as_secs_f64();
    let published = slice.windows.iter().map(|(_, at)| since(*at)).fold(length, f64::max);
    // Each dot weighs what it stands for.
    let late = [Fate::Corrected, Fate::Dropped].map(|fate| slice.of(fate));
    let mut arrivals: Vec<(f64, u64)> =
        late.iter().flat_map(|dots| dots.dots.iter().map(|dot| (since(dot.arrival), dots.each))).collect();
    arrivals.sort_by(|a, b| a.0.total_cmp(&b.0));
    let whole: u64 = arrivals.iter().map(|(_, weight)| weight).sum();
    let mut below = 0;
    let held = arrivals.iter().find(|(_, weight)| {
        below += weight;
        below as f64 >= HELD * whole as f64
    });
    let late = held.map_or(0.0, |(arrival, _)| arrival.min(HIGHEST.0 * length));
    published.max(late).min(HIGHEST.1 * length) * 1.03
}

fn thinning(slice: &Slice) -> String {
    let each: Vec<String> = [("on time", Fate::OnTime), ("corrected", Fate::Corrected), ("dropped", Fate::Dropped)]
        .iter()
        .filter(|(_, fate)| slice.of(*fate).each > 1)
        .map(|(name, fate)| format!("{} that are {name}", view::full_count(slice.of(*fate).each as f64)))
        .collect();
    if each.is_empty() { String::new() } else { format!(" One dot stands for {}.", each.join(", for ")) }
}

/// Events that arrive before or after the plot: before, after, the latest.
fn outside(slice: &Slice, from: Instant, top: Instant) -> (u64, u64) {
    let count = |wanted: &dyn Fn(Instant) -> bool| -> u64 {
        slice
            .fates
            .iter()
            .map(|dots| dots.each * dots.dots.iter().filter(|dot| wanted(dot.arrival)).count() as u64)
            .sum()
    };
    (count(&|at| at < from), count(&|at| at > top))
}

fn has_beyond(slice: &Slice, from: Instant, top: Instant) -> bool {
    outside(slice, from, top) != (0, 0)
}

/// A remark on what lies beyond the plot.
fn beyond(slice: &Slice, from: Instant, top: Instant, start: UtcInstant) -> Option<String> {
    let (before, after) = outside(slice, from, top);
    let says = |count: u64, when: &str, at: Instant| {
        let count = Some(count).filter(|count| *count > 0)?;
        let (count, clock) = (view::value(Unit::Count, count as f64), start.at(at).0.strftime("%H:%M"));
        Some(format!("{count} arrive {when} {clock}"))
    };
    let parts: Vec<String> = says(before, "before", from).into_iter().chain(says(after, "after", top)).collect();
    (!parts.is_empty()).then(|| format!("At the edges: {}", parts.join(", ")))
}

/// What the shapes mean, in a column at the right.
fn key(plot: &Plot<'_, '_>, slice: &Slice, watermark_shows: bool) -> Result<()> {
    let (left, mut y) = (plot.right() + 40, plot.top() + 28);
    let entry = |y: i32, name: &str, detail: &str| -> Result<()> {
        plot.text(name, &style::text(LABEL, true, INK, HPos::Left), (left + 56, y))?;
        plot.text(detail, &style::text(NOTE, false, GREY, HPos::Left), (left + 56, y + 34))
    };
    for (fate, name) in
        [(Fate::OnTime, "on time"), (Fate::Corrected, "late, corrected"), (Fate::Dropped, "late, dropped")]
    {
        let dots = slice.of(fate);
        layers::mark(plot.root, fate, (left + 22, y), 9)?;
        let events = if dots.count == 1 { "event" } else { "events" };
        entry(y, name, &format!("{} {events}", view::full_count(dots.count as f64)))?;
        y += KEY_GAP;
    }
    plot.sample(Shape::Window, (left, y))?;
    let early = slice.windows.iter().all(|(window, published)| *published < window.from);
    entry(y, "window", if early { "published too early" } else { "until it is published" })?;
    y += KEY_GAP;
    plot.sample(Shape::Watermark, (left, y))?;
    entry(y, "watermark", if watermark_shows { "all seen, it thinks" } else { "right of the plot" })?;
    y += KEY_GAP;
    plot.sample(Shape::Ideal, (left, y))?;
    entry(y, "no delay", "arrives as it happens")
}
