//! The verdict in sentences, made from the numbers alone.

use crate::experiment::{Budget, BudgetOf, Outcome, PipelineOutcome, Precision, Verdict};
use crate::metrics::Unit;
use crate::report::{rows, view};
use crate::scenario::{Objective, Of, Target};
use crate::units::MINUTE;

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

/// The bound in words: `at most 15 min`, `at least 99.9 % by 09:00 UTC on 99 % of the days`.
#[must_use]
pub fn bound(objective: &Objective) -> String {
    let unit = rows::unit(&objective.measure);
    let bound = match objective.target {
        Target::AtMost(bound) => format!("at most {}", view::value(unit, bound)),
        Target::AtLeast(bound) => format!("at least {}", view::value(unit, bound)),
    };
    let percent = |share| view::value(Unit::Share, share);
    match objective.of {
        Of::Measure => bound,
        Of::Events { share } => format!("{bound} for {} of the events", percent(share)),
        Of::Days { share, by: None } => format!("{bound} on {} of the days", percent(share)),
        Of::Days { share, by: Some(by) } => {
            let minutes = by.0 / MINUTE;
            format!("{bound} by {:02}:{:02} UTC on {} of the days", minutes / 60, minutes % 60, percent(share))
        }
    }
}

/// The unit of what is judged: a share of events or days has none of its measure's.
#[must_use]
pub fn unit(objective: &Objective) -> Unit {
    if objective.of.share().is_some() { Unit::Share } else { rows::unit(&objective.measure) }
}

/// What was measured, in words: `12 of 12 days`, `99.97 % of the events`, `14 min`.
#[must_use]
pub fn found(objective: &Objective, verdict: &Verdict) -> String {
    match (objective.of, verdict.days) {
        (Of::Days { .. }, Some((good, total))) => format!("{good} of {total} days"),
        (Of::Days { .. }, None) => "no whole day".to_owned(),
        _ => view::optional(unit(objective), verdict.value.value),
    }
}

/// The error budget in words: `40 % of the late events' budget is left`, `overdrawn 3 times`.
#[must_use]
pub fn budget(budget: &Budget) -> Option<String> {
    let left = budget.left.value.filter(|left| left.is_finite())?;
    let of = match budget.of {
        BudgetOf::Events => "of the events’ error budget",
        BudgetOf::Days => "of the days’ error budget",
        BudgetOf::Bound => "of the bound",
    };
    // What is used is known no better than to a few digits; nobody reads more.
    let round = |share: f64| (share * 1_000.0).round() / 1_000.0;
    let used = 1.0 - left;
    Some(match used {
        _ if left >= 0.0 => format!("{} {of} left", view::value(Unit::Share, round(left))),
        _ if used < 1e6 => format!("{}× {of} used", view::value(Unit::Cores, used)),
        _ => format!("> 1,000,000× {of} used"),
    })
}

/// What would decide an objective on a share of days that no day has failed so far: how many days.
#[must_use]
pub fn days_needed(objective: &Objective, verdict: &Verdict) -> Option<u64> {
    let (Of::Days { share, .. }, Some((good, total)), None) = (objective.of, verdict.days, verdict.met) else {
        return None;
    };
    // All good: the lower end of the exact interval is the n-th root of 2.5 %.
    let needed = (0.025_f64.ln() / share.ln()).ceil();
    (good == total && needed.is_finite() && needed < 1e9).then_some(needed as u64)
}

/// Whether intervals became as narrow as was asked for, in a sentence.
#[must_use]
pub fn precision(outcome: &Outcome, precision: &Precision) -> String {
    let asked = view::value(Unit::Share, precision.asked);
    let count = outcome.scenario.replications;
    match (&precision.widest, precision.reached) {
        (None, _) => format!("No measure has an interval after {count} replications."),
        (Some(_), true) => format!("After {count} replications every interval is at most ± {asked} of its value."),
        (Some(widest), false) => format!(
            "{count} replications are the limit: the interval of {} for {} is still ± {} of its value, not {asked}.",
            rows::phrase(&widest.measure),
            widest.pipeline,
            view::value(Unit::Share, widest.half),
        ),
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
    let objectives = judged(outcome);
    let judged = objectives.iter().map(|judged| of_objective(outcome, judged));
    let precision = outcome.precision.as_ref().map(|found| precision(outcome, found));
    let full = outcome.pipelines.iter().filter_map(out_of_memory);
    std::iter::once(medians).chain(full).chain(judged).chain(precision).collect()
}

/// That a pipeline does not fit into its memory: said in place of a latency.
fn out_of_memory(pipeline: &PipelineOutcome) -> Option<String> {
    let of = |unit, path| Some(view::value(unit, pipeline.get(path).value?));
    let after = of(Unit::Seconds, "operations.out_of_memory_s")?;
    let bytes = of(Unit::Bytes, "operations.out_of_memory_bytes")?;
    let ids = of(Unit::Count, "operations.out_of_memory_ids")?;
    let name = &pipeline.name;
    Some(if pipeline.model == "batch" {
        format!(
            "A run of {name} needs {bytes} of memory with {ids} ids, more than there is: after {after} one is given up."
        )
    } else {
        format!(
            "{name} runs out of memory after {after}, when {ids} ids and its windows need {bytes}, and again after each \
             restart: nothing more becomes visible, and no latency can be given."
        )
    })
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
        let open = judged.verdicts.iter().find(|verdict| word(verdict) == "undecided");
        let needed = open.and_then(|verdict| Some((days_needed(judged.objective, verdict)?, verdict.days?)));
        let why = match needed {
            Some((needed, (_, total))) => {
                format!("all {total} days are good, and it takes {needed} such days to be sure")
            }
            None => "where the interval holds the bound".to_owned(),
        };
        parts.push(format!("undecided for {}, {why}", view::list(&undecided)));
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
#[must_use]
pub fn simplest<'a>(outcome: &'a Outcome, names: &[String]) -> Option<&'a str> {
    let latency = |pipeline: &PipelineOutcome| pipeline.get("latency_s.p50").value.unwrap_or(0.0);
    outcome
        .pipelines
        .iter()
        .filter(|pipeline| names.contains(&pipeline.name))
        .min_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| latency(b).total_cmp(&latency(a))))
        .map(|pipeline| pipeline.name.as_str())
}

/// The rank of a pipeline's kind: 0 for a batch, 1 for a micro-batch, 2 for a continuous pipeline.
#[must_use]
pub fn rank(pipeline: &PipelineOutcome) -> u8 {
    match pipeline.model {
        "batch" => 0,
        "micro_batch" => 1,
        _ => 2,
    }
}
