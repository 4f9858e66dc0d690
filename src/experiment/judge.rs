//! Objectives, judged by the replications.

use super::estimate::{estimate, proportion};
use super::outcome::{Budget, BudgetOf, Estimate, PipelineOutcome, Verdict};
use super::replication::ReplicationResult;
use crate::measure::percentile;
use crate::metrics::{Unit, find};
use crate::scenario::{Objective, Of, Scenario, Source, Target};

/// Each objective for each pipeline that it concerns.
pub fn verdicts(scenario: &Scenario, results: &[ReplicationResult], pipelines: &[PipelineOutcome]) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (place, objective) in scenario.objectives.iter().enumerate() {
        for (lane, pipeline) in pipelines.iter().enumerate() {
            if objective.pipeline.as_ref().is_some_and(|name| *name != pipeline.name) {
                continue;
            }
            let judged = judge(scenario, objective, results, lane, pipeline);
            verdicts.push(Verdict { objective: place, pipeline: pipeline.name.clone(), ..judged });
        }
    }
    verdicts
}

fn judge(
    scenario: &Scenario,
    objective: &Objective,
    results: &[ReplicationResult],
    lane: usize,
    pipeline: &PipelineOutcome,
) -> Verdict {
    match objective.of {
        Of::Measure => {
            let value = pipeline.get(&objective.measure);
            let budget_left = budget(objective, value, results, lane);
            Verdict { value, met: is_met(value, objective.target), budget_left, ..Verdict::default() }
        }
        Of::Events { share } => {
            let value = over(results, lane, |result| {
                let (Target::AtMost(bound) | Target::AtLeast(bound)) = objective.target;
                let within = result.latency.at_most((bound.max(0.0) * 1e6) as u64);
                let good = match objective.target {
                    Target::AtMost(_) => within,
                    Target::AtLeast(_) => result.latency.total().saturating_sub(within),
                };
                (result.events > 0).then(|| good as f64 / result.events as f64)
            });
            let budget_left = Some(Budget { of: BudgetOf::Events, left: left(value, 1.0, share) });
            Verdict { value, met: is_met(value, Target::AtLeast(share)), budget_left, ..Verdict::default() }
        }
        Of::Days { share, by } => {
            // Replications of a log hold the same days again, which tell nothing new.
            let replayed = matches!(scenario.workload.source, Source::Trace(_));
            let looks = scenario.looks();
            let look = by.and_then(|by| looks.iter().position(|look| *look == by));
            let (mut good, mut total) = (0, 0);
            for result in results.iter().take(if replayed { 1 } else { results.len() }) {
                for day in result.pipelines.get(lane).map_or(&[][..], |pipeline| &pipeline.days) {
                    let value = match look {
                        Some(look) => day.by.get(look).copied().flatten(),
                        None => day.get(&objective.measure),
                    };
                    let Some(value) = value else { continue };
                    total += 1;
                    good += u64::from(objective.target.is_met_by(value));
                }
            }
            let value = proportion(good, total);
            let budget_left = Some(Budget { of: BudgetOf::Days, left: left(value, 1.0, share) });
            let met = is_met(value, Target::AtLeast(share));
            Verdict { value, met, days: (total > 0).then_some((good, total)), budget_left, ..Verdict::default() }
        }
    }
}

fn over(
    results: &[ReplicationResult],
    lane: usize,
    value: impl Fn(&crate::metrics::PipelineResult) -> Option<f64>,
) -> Estimate {
    estimate(&results.iter().map(|result| result.pipelines.get(lane).and_then(&value)).collect::<Vec<_>>())
}

/// The error budget of a bound on a measure. A percentile allows for as many events above it; a share of events that
/// must be there, for the rest of them; any other upper bound is a budget itself.
fn budget(objective: &Objective, value: Estimate, results: &[ReplicationResult], lane: usize) -> Option<Budget> {
    value.value?;
    let unit = find(&objective.measure).map(|measure| measure.unit);
    let percentile = percentile(&objective.measure);
    match (objective.target, percentile) {
        (Target::AtMost(bound), Some(percentile)) => {
            let within = over(results, lane, |result| {
                let total = result.latency.total();
                (total > 0).then(|| result.latency.at_most((bound.max(0.0) * 1e6) as u64) as f64 / total as f64)
            });
            Some(Budget { of: BudgetOf::Events, left: left(within, 1.0, percentile) })
        }
        (Target::AtLeast(bound), _) if unit == Some(Unit::Share) && bound < 1.0 => {
            Some(Budget { of: BudgetOf::Events, left: left(value, 1.0, bound) })
        }
        (Target::AtMost(bound), None) if bound > 0.0 => {
            Some(Budget { of: BudgetOf::Bound, left: left(value, 0.0, bound) })
        }
        _ => None,
    }
}

/// The share that is left of the way from `best` to `bound`, where the value stands in between.
fn left(value: Estimate, best: f64, bound: f64) -> Estimate {
    let left = |value: Option<f64>| value.map(|value| (bound - value) / (bound - best));
    let ends = [left(value.low), left(value.high)];
    let (low, high) = if bound > best { (ends[1], ends[0]) } else { (ends[0], ends[1]) };
    Estimate { value: left(value.value), low, high }
}

/// Met when the whole interval is on the good side, missed when it is on the other, else open.
fn is_met(value: Estimate, target: Target) -> Option<bool> {
    let middle = value.value?;
    let (low, high) = (value.low.unwrap_or(middle), value.high.unwrap_or(middle));
    match target {
        Target::AtMost(bound) if high <= bound => Some(true),
        Target::AtMost(bound) if low > bound => Some(false),
        Target::AtLeast(bound) if low >= bound => Some(true),
        Target::AtLeast(bound) if high < bound => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_the_way_to_the_bound() {
        let value = Estimate { value: Some(0.995), low: Some(0.99), high: Some(1.0) };
        // One in a hundred may be missing: half of that is.
        let found = left(value, 1.0, 0.99);
        assert!((found.value.unwrap() - 0.5).abs() < 1e-9, "{found:?}");
        assert!(found.low.unwrap().abs() < 1e-9 && (found.high.unwrap() - 1.0).abs() < 1e-9, "{found:?}");
        let spent = Estimate { value: Some(150.0), low: Some(140.0), high: Some(160.0) };
        let found = left(spent, 0.0, 200.0);
        assert_eq!((found.value, found.low, found.high), (Some(0.25), Some(0.2), Some(0.3)));
    }
}
