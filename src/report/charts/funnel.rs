//! The steps of a funnel: how many attempts come to each, truly and as each pipeline shows.

use plotters::element::Rectangle;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use super::lines::{key, no_data};
use super::style::{self, Area, GREY, GRID, INK, LABEL, NOTE, SIZE, TICK};
use super::{Figure, failed, shown};
use crate::error::Result;
use crate::experiment::{Outcome, PipelineOutcome};
use crate::metrics::Unit;
use crate::report::view;

const TOP: i32 = 290;
const BOTTOM: i32 = 820;
const MARGIN: i32 = 40;
/// Colour of the truth: behind the bars, and seen above them.
const TRUTH: RGBColor = RGBColor(0xd0, 0xd0, 0xd0);

/// The figure; `None` without a funnel.
pub(super) fn funnel(outcome: &Outcome) -> Result<Option<Figure>> {
    let Some(first) = outcome.pipelines.first().filter(|pipeline| !pipeline.funnel.is_empty()) else { return Ok(None) };
    let (pipelines, note) = shown(outcome);
    let title = style::title_lines(&titles(pipelines));
    let most = pipelines.iter().flat_map(|pipeline| &pipeline.funnel);
    let most = most.flat_map(|step| [step.shown.value, step.truth.value]).flatten().fold(0.0, f64::max);
    let svg = style::figure(&title, &[], |root| {
        if most <= 0.0 {
            return no_data(root, "no attempt was measured");
        }
        draw_key(root, pipelines, note.as_deref())?;
        let wide = (SIZE.0 as i32 - 2 * MARGIN) / first.funnel.len().max(1) as i32;
        for step in 0..first.funnel.len() {
            draw_step(root, pipelines, step, (MARGIN + wide * step as i32, wide), most)?;
        }
        Ok(())
    })?;
    Ok(Some(Figure {
        name: "funnel",
        title: title.join(" "),
        caption: "How many attempts come to each step, mean over replications. Grey: what a perfect pipeline would show. Where a \
                  bar ends below the grey, the pipeline has missed attempts; where it stands above, it shows some that are not true. \
                  The number is what it shows as a share of the truth."
            .to_owned(),
        svg,
    }))
}

fn titles(pipelines: &[PipelineOutcome]) -> Vec<String> {
    let missed: Vec<(f64, &str)> = pipelines
        .iter()
        .filter_map(|pipeline| Some((pipeline.get("funnel.missed").value?, pipeline.name.as_str())))
        .collect();
    let by = |one: &&(f64, &str), other: &&(f64, &str)| one.0.total_cmp(&other.0);
    let mut titles = Vec::new();
    if let (Some(least), Some(most)) = (missed.iter().min_by(by), missed.iter().max_by(by))
        && least.0 < most.0
    {
        let share = |of: f64| view::value(Unit::Share, of);
        titles.push(format!("{} misses {} of the conversions, {} {}", most.1, share(most.0), least.1, share(least.0)));
    }
    titles.push("Steps of the funnel against the truth".to_owned());
    titles
}

/// Names of the pipelines, and that of the truth, in lines.
fn draw_key(root: &Area<'_>, pipelines: &[PipelineOutcome], note: Option<&str>) -> Result<()> {
    let unit = style::text(NOTE, false, GREY, HPos::Left);
    root.draw_text("Attempts that reach each step; above each bar its share of the truth", &unit, (MARGIN, 138))
        .map_err(failed)?;
    let (mut x, mut y) = (MARGIN, 186);
    let names = pipelines.iter().enumerate().map(|(place, pipeline)| (pipeline.name.as_str(), style::colour(place)));
    for (name, colour) in [("truth", TRUTH)].into_iter().chain(names) {
        let name = style::cut_name(name, NOTE, 330);
        let wide = 34 + style::width(&name, NOTE, false) + 30;
        if x > MARGIN && x + wide > SIZE.0 as i32 - MARGIN {
            (x, y) = (MARGIN, y + 36);
        }
        if y > TOP - 40 {
            break;
        }
        key(root, (x, y), colour)?;
        root.draw_text(&name, &style::text(NOTE, false, INK, HPos::Left), (x + 34, y)).map_err(failed)?;
        x += wide;
    }
    let Some(note) = note else { return Ok(()) };
    let end = style::text(NOTE, false, GREY, HPos::Left);
    let note = style::cut(note, NOTE, false, SIZE.0 as i32 - 2 * MARGIN);
    root.draw_text(&note, &end, (MARGIN, SIZE.1 as i32 - 14)).map_err(failed)
}

fn draw_step(
    root: &Area<'_>,
    pipelines: &[PipelineOutcome],
    step: usize,
    (left, wide): (i32, i32),
    most: f64,
) -> Result<()> {
    let (from, to) = (left + wide / 16, left + wide - wide / 16);
    let height = |count: f64| BOTTOM - (f64::from(BOTTOM - TOP) * count / most).round() as i32;
    let of = |pipeline: &PipelineOutcome| {
        let found = pipeline.funnel.get(step);
        (found.and_then(|step| step.shown.value).unwrap_or(0.0), found.and_then(|step| step.truth.value).unwrap_or(0.0))
    };
    let (name, truth) = pipelines
        .first()
        .map_or(("", 0.0), |first| (first.funnel.get(step).map_or("", |step| step.name.as_str()), of(first).1));
    root.draw(&Rectangle::new([(from, height(truth)), (to, BOTTOM)], TRUTH.filled())).map_err(failed)?;
    root.draw(&Rectangle::new([(left, BOTTOM), (left + wide, BOTTOM + 2)], GRID.filled())).map_err(failed)?;
    let count = pipelines.len().max(1) as i32;
    let label = |pipeline: &PipelineOutcome| {
        let (shown, truth) = of(pipeline);
        if truth > 0.0 { view::value(Unit::Share, (shown / truth * 1e3).round() / 1e3) } else { String::new() }
    };
    // All in one size, the largest in which each has room.
    let room = (to - from - 12) / count;
    let fits = |size: &f64| pipelines.iter().all(|pipeline| style::width(&label(pipeline), *size, true) < room);
    let size = [TICK, NOTE, 20.0].into_iter().find(fits);
    for (place, pipeline) in (0..).zip(pipelines) {
        let edge = |place: i32| from + 6 + (to - from - 12) * place / count;
        let (start, end) = (edge(place), edge(place + 1));
        let gap = if end - start > 8 { 3 } else { 0 };
        let (shown, truth) = of(pipeline);
        let bar = [(start + gap, height(shown)), (end - gap, BOTTOM)];
        root.draw(&Rectangle::new(bar, style::colour(place as usize).filled())).map_err(failed)?;
        if let Some(size) = size {
            let above = height(shown.max(truth)) - 18;
            let style = style::text(size, true, style::text_colour(place as usize), HPos::Center);
            root.draw_text(&label(pipeline), &style, ((start + end) / 2, above)).map_err(failed)?;
        }
    }
    let words = style::cut(name, LABEL, true, wide - 8);
    root.draw_text(&words, &style::text(LABEL, true, INK, HPos::Center), (left + wide / 2, BOTTOM + 28))
        .map_err(failed)?;
    let truth = view::value(Unit::Count, truth);
    let truth = style::cut(&format!("{truth} truly"), NOTE, false, wide - 8);
    root.draw_text(&truth, &style::text(NOTE, false, GREY, HPos::Center), (left + wide / 2, BOTTOM + 58))
        .map_err(failed)
}
