//! Latency by hour of the day as a heat map, for the slowest and the fastest pipeline.

use plotters::element::Rectangle;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use super::axis::Axis;
use super::heat::shade;
use super::style::{self, Area, GREY, GRID, INK, LABEL, NOTE, SIZE, TICK};
use super::{Figure, failed, shown};
use crate::error::Result;
use crate::experiment::{Outcome, PipelineOutcome};
use crate::metrics::{HourCell, Unit};
use crate::report::view;

const TOP: i32 = 208;
const BOTTOM: i32 = 900 - 160;
/// Between two panels.
const BETWEEN: i32 = 40;
/// Shares of an hour's events from which the shade begins to darken, and where it ends.
const FAINT: f64 = 1e-4;

/// The figure; `None` without events that became visible.
pub(super) fn latency_by_hour(outcome: &Outcome) -> Result<Option<Figure>> {
    let (pipelines, _) = shown(outcome);
    let middle = |pipeline: &PipelineOutcome| pipeline.get("latency_s.p50").value.filter(|value| value.is_finite());
    let mut panels: Vec<(&PipelineOutcome, f64)> = pipelines
        .iter()
        .filter(|pipeline| !pipeline.curves.by_hour.is_empty())
        .filter_map(|pipeline| Some((pipeline, middle(pipeline)?)))
        .collect();
    panels.sort_by(|a, b| b.1.total_cmp(&a.1));
    let chosen: Vec<&PipelineOutcome> = match panels.as_slice() {
        [] => return Ok(None),
        [(one, _)] => vec![one],
        [(slowest, _), .., (fastest, _)] => vec![slowest, fastest],
    };
    let titles = titles(&chosen);
    let title = style::title_lines(&titles);
    let svg = style::figure(&title, &[], |root| plot(root, &chosen))?;
    let which =
        if panels.len() > 2 { " Shown are the pipelines with the largest and the smallest median." } else { "" };
    Ok(Some(Figure {
        name: "latency_by_hour",
        title: title.join(" "),
        caption: format!(
            "Each column is an hour of the UTC day in which events happened, all days and replications together; a cell \
             is the share of that hour’s visible events that had about this latency, darker for more, white for none. \
             A band that slopes is the waiting for a schedule; dark cells that lie high in busy hours are a queue.{which}"
        ),
        svg,
    }))
}

/// The hours with the largest and the smallest median, pipeline by pipeline.
fn titles(panels: &[&PipelineOutcome]) -> Vec<String> {
    let said = |pipeline: &&PipelineOutcome| {
        let hours = (0..24).filter_map(|hour| Some((hour, median(&pipeline.curves.by_hour, hour)?)));
        let hours: Vec<(u32, f64)> = hours.collect();
        let slow = hours.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best })?;
        let fast = hours.iter().copied().reduce(|best, next| if next.1 < best.1 { next } else { best })?;
        let name = &pipeline.name;
        Some(if slow.1 > 1.2 * fast.1 {
            let (at, best) = (slow.0, fast.0);
            format!("{name} takes about {} for events of {at:02}:00, {} for {best:02}:00", about(slow.1), about(fast.1))
        } else {
            format!("{name} takes about {} at any hour", about(slow.1))
        })
    };
    let each: Vec<String> = panels.iter().filter_map(said).collect();
    let all = (!each.is_empty()).then(|| each.join("; "));
    all.into_iter().chain(each.first().cloned()).chain(["Latency by hour of the day".to_owned()]).collect()
}

/// The median of an hour: spread evenly over the logarithm within its cell.
fn median(cells: &[HourCell], hour: u32) -> Option<f64> {
    let of_hour = || cells.iter().filter(move |cell| cell.hour == hour);
    let half = of_hour().map(|cell| cell.events as f64).sum::<f64>() / 2.0;
    let mut before = 0.0;
    for cell in of_hour() {
        let events = cell.events as f64;
        if before + events >= half && events > 0.0 {
            return Some(cell.from_s * libm::pow(cell.to_s / cell.from_s, (half - before) / events));
        }
        before += events;
    }
    None
}

/// To two digits: cells are no finer.
fn about(seconds: f64) -> String {
    let rounded = format!("{seconds:.1e}").parse().unwrap_or(seconds);
    view::value(Unit::Seconds, rounded)
}

fn depth(share: f64) -> f64 {
    (1.0 - libm::log10(share.max(FAINT)) / libm::log10(FAINT)).clamp(0.0, 1.0)
}

fn plot(root: &Area<'_>, panels: &[&PipelineOutcome]) -> Result<()> {
    let cells = || panels.iter().flat_map(|panel| &panel.curves.by_hour);
    let mut y = Axis::log_time("Latency (log scale)", cells().flat_map(|cell| [cell.from_s, cell.to_s]));
    y.thin(BOTTOM - TOP, |_| TICK as i32 + 8);
    let left = 40 + y.widest_label(|label| style::width(label, TICK, false)) + 14;
    let right = SIZE.0 as i32 - 40;
    let count = panels.len() as i32;
    let wide = (right - left - BETWEEN * (count - 1)) / count;
    let height = |value: f64| BOTTOM - (y.place(value) * f64::from(BOTTOM - TOP)).round() as i32;
    let grey = style::text(NOTE, false, GREY, HPos::Left);
    for tick in y.tick_places() {
        let at = height(tick);
        root.draw(&Rectangle::new([(left, at), (right, at + 1)], GRID.filled())).map_err(failed)?;
        let text = style::text(TICK, false, INK, HPos::Right);
        root.draw_text(&y.label(tick), &text, (left - 12, at)).map_err(failed)?;
    }
    for (panel, pipeline) in (0..).zip(panels) {
        let from = left + panel * (wide + BETWEEN);
        let edge = |hour: i32| from + wide * hour / 24;
        for cell in &pipeline.curves.by_hour {
            let of_hour = pipeline.curves.by_hour.iter().filter(|other| other.hour == cell.hour);
            let total: f64 = of_hour.map(|other| other.events as f64).sum();
            let fill = shade(depth(cell.events as f64 / total.max(1.0)));
            let hour = cell.hour as i32;
            let corners = [(edge(hour), height(cell.to_s)), (edge(hour + 1) - 1, height(cell.from_s) - 1)];
            root.draw(&Rectangle::new(corners, fill.filled())).map_err(failed)?;
        }
        let text = style::text(LABEL, true, INK, HPos::Left);
        root.draw_text(&style::cut_name(&pipeline.name, LABEL, wide), &text, (from, TOP - 28)).map_err(failed)?;
        for hour in [0, 6, 12, 18, 24] {
            let side = if hour == 24 {
                HPos::Right
            } else if hour == 0 {
                HPos::Left
            } else {
                HPos::Center
            };
            let text = style::text(TICK, false, INK, side);
            root.draw_text(&format!("{hour:02}:00"), &text, (edge(hour), BOTTOM + 26)).map_err(failed)?;
        }
    }
    root.draw_text(&y.name, &grey, (40, TOP - 66)).map_err(failed)?;
    let end = style::text(NOTE, false, GREY, HPos::Right);
    root.draw_text("Hour of the event (UTC)", &end, (right, BOTTOM + 66)).map_err(failed)?;
    key(root)
}

/// What the shades stand for.
fn key(root: &Area<'_>) -> Result<()> {
    let y = SIZE.1 as i32 - 40;
    let grey = style::text(NOTE, false, GREY, HPos::Left);
    let words = "Share of the hour’s events:";
    root.draw_text(words, &grey, (40, y)).map_err(failed)?;
    let mut x = 40 + style::width(words, NOTE, false) + 20;
    for share in [1e-3, 1e-2, 0.1, 1.0] {
        let fill: RGBColor = shade(depth(share));
        root.draw(&Rectangle::new([(x, y - 13), (x + 40, y + 13)], fill.filled())).map_err(failed)?;
        let text = view::value(Unit::Share, share);
        root.draw_text(&text, &grey, (x + 50, y)).map_err(failed)?;
        x += 50 + style::width(&text, NOTE, false) + 30;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_lie_within_their_cells() {
        let cell = |hour, from_s, to_s, events| HourCell { hour, from_s, to_s, events };
        let cells = [cell(3, 1.0, 4.0, 10), cell(3, 4.0, 8.0, 0), cell(4, 2.0, 4.0, 5), cell(4, 4.0, 8.0, 15)];
        assert!((median(&cells, 3).unwrap() - 2.0).abs() < 1e-12);
        assert!((4.0..8.0).contains(&median(&cells, 4).unwrap()));
        assert_eq!(median(&cells, 5), None);
        assert_eq!(about(2_012.0), "33.3 min");
        assert!(depth(1.0) == 1.0 && depth(0.1) > depth(0.01) && depth(0.0) == 0.0);
    }
}
