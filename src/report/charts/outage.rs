//! Around an outage: what waits, and how old the data is, all pipelines together.

use super::axis::Axis;
use super::lines::{self, Line, Lines};
use super::resources::{lines_of, start_of_day, thinned};
use super::{Figure, shown};
use crate::error::Result;
use crate::experiment::{Outcome, PipelineOutcome};
use crate::metrics::Unit;
use crate::report::view;
use crate::units::Instant;

/// The stretch that is drawn, seconds from the start of the measured period, and the outage in it.
struct Around {
    from: f64,
    to: f64,
    fails: f64,
    again: f64,
}

/// Around the first incident of the measured period: as much before it as it lasts, and after it until all pipelines
/// have caught up, or three times as long.
fn around(outcome: &Outcome) -> Option<Around> {
    let warmup = Instant(outcome.scenario.warmup.0);
    let all = outcome.scenario.pipelines.iter().flat_map(|pipeline| &pipeline.failures);
    let first = all.flat_map(|failures| &failures.incidents).filter(|incident| !incident.planned);
    let first = first.filter(|incident| incident.at >= warmup).min_by_key(|incident| incident.at)?;
    let (fails, again) = ((first.at - warmup).as_secs_f64(), (first.until - warmup).as_secs_f64());
    if fails >= outcome.measured_s {
        return None;
    }
    let lasts = again - fails;
    let caught_up = |pipeline: &PipelineOutcome| pipeline.get("operations.catch_up_s_max").value;
    let longest = outcome.pipelines.iter().filter_map(caught_up).fold(3.0 * lasts, f64::max);
    let from = (fails - lasts.max(longest * 0.2)).max(0.0);
    Some(Around { from, to: (fails + longest * 1.2).min(outcome.measured_s), fails, again })
}

/// Backlog and data age around an outage; none without one.
pub(super) fn outage(outcome: &Outcome) -> Result<Vec<Figure>> {
    let Some(around) = around(outcome) else { return Ok(Vec::new()) };
    let clock = |at: f64| view::clock(start_of_day(outcome) + at);
    let span = format!("{} to {} UTC", clock(around.fails), clock(around.again));
    let (pipelines, note) = shown(outcome);
    let waits: Vec<String> = pipelines
        .iter()
        .filter_map(|pipeline| Some((pipeline.get("operations.catch_up_s_max").value?, &pipeline.name)))
        .map(|(seconds, name)| format!("{} ({name})", view::value(Unit::Seconds, seconds)))
        .collect();
    let figure = |name, caption: String, titles: Vec<String>, y_name: &str, log: bool, of: Curve| -> Result<Figure> {
        let lines = lines_of(pipelines, |pipeline| {
            let inside = of(pipeline).iter().filter(|(at, _)| (around.from..=around.to).contains(at));
            thinned(inside.map(|(at, value)| (at - around.from, *value)), around.to - around.from)
        });
        let (lines, left_out) = if log { (lines, Vec::new()) } else { comparable(lines) };
        let values = lines.iter().flat_map(|line| &line.points).map(|point| point.1);
        let y = if log { Axis::log_time(y_name, values) } else { Axis::from_zero(y_name, Unit::Count, values) };
        let x = Axis::clock(start_of_day(outcome) + around.from, around.to - around.from);
        let empty = "nothing was seen around the outage";
        let rules = Vec::new();
        let note = match left_out.as_slice() {
            [] => note.clone(),
            left_out => Some(format!("Far more wait for their schedule anyway: {}", left_out.join(", "))),
        };
        let (title, svg) = lines::draw(Lines { titles, x, y, lines, rules, note, inside: false, empty })?;
        Ok(Figure { name, title, caption, svg })
    };
    let mut aged = Vec::new();
    if !waits.is_empty() {
        aged.push(format!("Down from {span}; all is fresh again after {}", waits.join(", ")));
    }
    aged.push(format!("Age of the newest visible data around the outage from {span}"));
    Ok(vec![
        figure(
            "outage_data_age",
            format!(
                "How old the newest visible event is, in the first replication; the pipelines are down from {span}. Data \
                 ages a second each second while nothing is published."
            ),
            aged,
            "Age of the newest visible data (log scale)",
            true,
            |pipeline| &pipeline.curves.data_age,
        )?,
        figure(
            "outage_backlog",
            format!(
                "Records at the broker that no run or worker has taken, in the first replication; the pipelines are down \
                 from {span}. A batch lets them wait for its schedule, outage or not."
            ),
            vec![format!("What waits at the broker, before and after the outage from {span}")],
            "Records waiting",
            false,
            |pipeline| &pipeline.curves.backlog,
        )?,
    ])
}

/// The lines that one axis can show: those whose peak is at most five times the lowest peak; and the names of the others.
fn comparable(lines: Vec<Line>) -> (Vec<Line>, Vec<String>) {
    let peak = |line: &Line| line.points.iter().map(|point| point.1).fold(0.0, f64::max);
    let lowest = lines.iter().map(peak).filter(|peak| *peak > 0.0).fold(f64::INFINITY, f64::min);
    let (shown, left_out): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(|line| peak(line) <= 5.0 * lowest);
    (shown, left_out.into_iter().map(|line| line.name).collect())
}

/// A curve of a pipeline.
type Curve = fn(&PipelineOutcome) -> &Vec<(f64, f64)>;
