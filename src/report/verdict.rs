//! The verdict in sentences, made from the numbers alone.

use crate::experiment::{Outcome, PipelineOutcome, Verdict};
use crate::metrics::Unit;
use crate::report::{rows, view};
use crate::scenario::{Objective, Target};

/// How one objective turned out.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The objective.
    pub objective: &'a Objective,
    /// Its verdicts, in the order of the pipelines.
    pub verdicts: Vec<&'a Verdict>,
}

/// The objectives that were judged, with their verdicts.
#[must_use]
pub fn judged(outcome: &Outcome) -> Vec<Judged<'_>> {
    let verdicts = |place| outcome.objectives.iter().filter(|verdict| verdict.objective == place).collect::<Vec<_>>();
    outcome
        .scenario
        .objectives
        .iter()
        .enumerate()
        .map(|(place, objective)| Judged { objective, verdicts: verdicts(place) })
        .filter(|judged| !judged.verdicts.is_empty())
        .collect()
}

/// The bound in words: `at most 15 min`.
#[must_use]
pub fn bound(objective: &Objective) -> String {
    let unit = rows::unit(&objective.measure);
    match objective.target {
        Target::AtMost(bound) => format!("at most {}", view::value(unit, bound)),
        Target::AtLeast(bound) => format!("at least {}", view::value(unit, bound)),
    }
}

/// Met, missed, undecided, or does not apply.
#[must_use]
pub fn word(verdict: &Verdict) -> &'static str {
    match (verdict.met, verdict.value.value) {
        (Some(true), _) => "met",
        (Some(false), _) => "missed",
        (None, Some(_)) => "undecided",
        (None, None) => "does not apply",
    }
}

/// `Half of the events are visible after 12.5 h (daily), 34 min (hourly), …`; `None` without any
/// median.
#[must_use]
pub fn medians(outcome: &Outcome) -> Option<String> {
    each(outcome, "latency_s.p50").map(|each| format!("Half of the events are visible after {each}"))
}

/// `12.5 h (daily), 34 min (hourly)`: a measure of each pipeline that has it.
#[must_use]
pub fn each(outcome: &Outcome, path: &str) -> Option<String> {
    let unit = rows::unit(path);
    let parts: Vec<String> = outcome
        .pipelines
        .iter()
        .filter_map(|pipeline| {
            let value = pipeline.get(path).value.filter(|value| value.is_finite())?;
            Some(format!("{} ({})", view::value(unit, value), pipeline.name))
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `2.7 s (continuous) to 12.5 h (daily)`: the smallest and the largest of a measure.
#[must_use]
pub fn extremes(outcome: &Outcome, path: &str) -> Option<String> {
    let found =
        outcome.pipelines.iter().filter_map(|pipeline| Some((pipeline.get(path).value?, pipeline.name.as_str())));
    range(rows::unit(path), found)
}

/// The smallest and the largest of named numbers, in words.
pub fn range<'a>(unit: Unit, found: impl Iterator<Item = (f64, &'a str)>) -> Option<String> {
    let mut found: Vec<(f64, &str)> = found.filter(|(value, _)| value.is_finite()).collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ((low, least), (high, most)) = (found.first()?, found.last()?);
    Some(format!("{} ({least}) to {} ({most})", view::value(unit, *low), view::value(unit, *high)))
}

/// The verdict: the medians, then a sentence or two for each objective.
#[must_use]
pub fn sentences(outcome: &Outcome) -> Vec<String> {
    let medians = medians(outcome).map_or_else(|| "No event became visible.".to_owned(), |text| format!("{text}."));
    std::iter::once(medians).chain(judged(outcome).iter().map(|judged| of_objective(outcome, judged))).collect()
}

fn of_objective(outcome: &Outcome, judged: &Judged<'_>) -> String {
    let named = |wanted: &str| -> Vec<String> {
        judged
            .verdicts
            .iter()
            .filter(|verdict| word(verdict) == wanted)
            .map(|verdict| verdict.pipeline.clone())
            .collect()
    };
    let (met, missed, undecided, absent) = (named("met"), named("missed"), named("undecided"), named("does not apply"));
    let mut parts = Vec::new();
    if !met.is_empty() {
        parts.push(format!("met by {}", view::list(&met)));
    }
    if !missed.is_empty() {
        parts.push(format!("missed by {}", view::list(&missed)));
    }
    if !undecided.is_empty() {
        parts.push(format!("undecided for {}, where the interval holds the bound", view::list(&undecided)));
    }
    if !absent.is_empty() {
        parts.push(format!("does not apply to {}", view::list(&absent)));
    }
    let objective = judged.objective;
    let name = &objective.name;
    let what = format!("{} {}", rows::phrase(&objective.measure), bound(objective));
    let mut sentence = format!("“{name}” ({what}) is {}.", parts.join("; "));
    if judged.verdicts.len() > 1 {
        match simplest(outcome, &met) {
            Some(simplest) => sentence += &format!(" The simplest that meets it: {simplest}."),
            None if undecided.is_empty() => sentence += " None meets it.",
            None => {}
        }
    }
    sentence
}

/// Of the named pipelines the simplest: batch before micro-batch before continuous, then the
/// slower before the faster, then the scenario's order.
fn simplest<'a>(outcome: &'a Outcome, names: &[String]) -> Option<&'a str> {
    let rank = |pipeline: &PipelineOutcome| match pipeline.model {
        "batch" => 0,
        "micro_batch" => 1,
        _ => 2,
    };
    let latency = |pipeline: &PipelineOutcome| pipeline.get("latency_s.p50").value.unwrap_or(0.0);
    outcome
        .pipelines
        .iter()
        .filter(|pipeline| names.contains(&pipeline.name))
        .min_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| latency(b).total_cmp(&latency(a))))
        .map(|pipeline| pipeline.name.as_str())
}
