//! How complete a day is in the hours after it: how wrong the number of 09:05 is, and when it is final.

use super::axis::Axis;
use super::lines::{self, Line, Lines};
use super::{Figure, shown};
use crate::error::Result;
use crate::experiment::{Outcome, PipelineOutcome};
use crate::metrics::Unit;
use crate::report::view;

/// Steps of the curve: five minutes.
const STEPS: u32 = 288;
const DAY_S: f64 = 86_400.0;

/// Share of the days' events that was visible so many seconds after their ends, mean over days.
pub(crate) fn complete_after(pipeline: &PipelineOutcome, seconds: f64) -> Option<f64> {
    let shares: Vec<f64> = pipeline.days.iter().filter_map(|(_, day)| day.complete_after(seconds)).collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

/// The figure; `None` when no whole day was measured.
pub(super) fn completeness(outcome: &Outcome) -> Result<Option<Figure>> {
    if outcome.pipelines.iter().all(|pipeline| pipeline.days.is_empty()) {
        return Ok(None);
    }
    let (pipelines, note) = shown(outcome);
    let mut lines: Vec<Line> = pipelines
        .iter()
        .enumerate()
        .map(|(place, pipeline)| {
            let at = |step: u32| f64::from(step) * DAY_S / f64::from(STEPS);
            let points = (0..=STEPS).filter_map(|step| Some((at(step), 1.0 - complete_after(pipeline, at(step))?)));
            Line { name: pipeline.name.clone(), place, points: points.collect(), marks: Vec::new(), band: None }
        })
        .collect();
    let nine = |pipeline: &PipelineOutcome| {
        let share = complete_after(pipeline, 9.0 * 3_600.0)?;
        Some(format!("{} ({})", view::value(Unit::Share, (share * 1e5).round() / 1e5), pipeline.name))
    };
    let each: Vec<String> = pipelines.iter().filter_map(nine).collect();
    let titles = vec![
        format!("At 09:00 the day before is complete to {}", each.join(", ")),
        "Completeness of a day in the 24 hours after it".to_owned(),
    ];
    let mut x = Axis::clock(0.0, DAY_S);
    x.name = "Time of the next day (UTC)".to_owned();
    let missing = lines.iter().flat_map(|line| &line.points).map(|point| point.1);
    let y = Axis::log_shares("Share of the day’s true events that is still missing (log scale)", missing);
    // Nothing missing lies at the lower edge.
    let (low, _) = y.bounds();
    lines.iter_mut().flat_map(|line| &mut line.points).for_each(|point| point.1 = point.1.max(low));
    let spec =
        Lines { titles, x, y, lines, rules: Vec::new(), note, inside: false, empty: "no whole day was measured" };
    let (title, svg) = lines::draw(spec)?;
    Ok(Some(Figure {
        name: "day_complete",
        title,
        caption: "Mean over all whole days of all replications. Where a line falls, results of the day become visible; where \
                  it stays level, the number that a reader sees no longer changes. A line at the lower edge misses nothing."
            .to_owned(),
        svg,
    }))
}
