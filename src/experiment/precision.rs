//! When to stop: replications are added in batches until intervals are as narrow as asked for.
//!
//! Looking again after each batch makes the final interval hold the truth a little less often than 95 % (sequential
//! stopping; Law, Simulation Modeling and Analysis, section 9.4.1). So batches are not small, the first has at least
//! [`BATCH`] replications, and where it stops depends on neither threads nor time.

use super::outcome::{Estimate, Outcome, Precision, Widest};
use crate::scenario::Of;

/// Replications that are added at once.
pub const BATCH: u32 = 4;

/// What is looked at when the scenario has no objectives.
const MAIN: [&str; 5] = [
    "latency_s.p95",
    "freshness_s.data_age_mean",
    "correctness.completeness_final",
    "state.working_set_bytes_peak",
    "cost.total_per_day",
];

/// Until when to add replications.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Until {
    /// Half of each interval over its value is to be at most this.
    pub precision: f64,
    /// Most replications.
    pub most: u32,
}

impl Until {
    /// How many replications there are after the next batch.
    pub(super) fn next(self, done: u32, asked: u32) -> u32 {
        let next = if done == 0 { asked.max(BATCH) } else { done.saturating_add(BATCH) };
        next.min(self.most.max(1))
    }

    /// How narrow the intervals are.
    pub(super) fn precision(self, outcome: &Outcome) -> Precision {
        let mut widest: Option<Widest> = None;
        for (pipeline, measure, value) in watched(outcome) {
            let Some(half) = relative_half(&value) else { continue };
            if widest.as_ref().is_none_or(|widest| half > widest.half) {
                widest = Some(Widest { pipeline, measure, half });
            }
        }
        let reached = widest.as_ref().is_some_and(|widest| widest.half <= self.precision);
        Precision { asked: self.precision, widest, reached }
    }
}

/// The measures that the objectives are about, or the main ones.
fn watched(outcome: &Outcome) -> Vec<(String, String, Estimate)> {
    if outcome.objectives.is_empty() {
        let of = |pipeline: &super::outcome::PipelineOutcome| {
            MAIN.map(|path| (pipeline.name.clone(), path.to_owned(), pipeline.get(path)))
        };
        return outcome.pipelines.iter().flat_map(of).collect();
    }
    let objectives = &outcome.scenario.objectives;
    let about = outcome.objectives.iter().filter_map(|verdict| {
        let objective = objectives.get(verdict.objective)?;
        let name = match objective.of {
            Of::Measure => objective.measure.clone(),
            Of::Events { .. } => "share of events".to_owned(),
            Of::Days { .. } => "share of days".to_owned(),
        };
        Some((verdict.pipeline.clone(), name, verdict.value))
    });
    about.collect()
}

/// Half of an interval over the value; `None` without a value or an interval.
fn relative_half(estimate: &Estimate) -> Option<f64> {
    let (value, low, high) = (estimate.value?, estimate.low?, estimate.high?);
    let half = (high - low) / 2.0;
    Some(if half == 0.0 { 0.0 } else { half / value.abs() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_fixed() {
        let until = Until { precision: 0.02, most: 11 };
        assert_eq!([until.next(0, 1), until.next(0, 6), until.next(4, 1), until.next(8, 1)], [4, 6, 8, 11]);
        assert_eq!(Until { precision: 0.1, most: 2 }.next(0, 1), 2);
    }

    #[test]
    fn an_interval_is_as_wide_as_its_half_over_the_value() {
        let estimate = |value, half| Estimate { value: Some(value), low: Some(value - half), high: Some(value + half) };
        assert_eq!(relative_half(&estimate(50.0, 1.0)), Some(0.02));
        assert_eq!(relative_half(&estimate(0.0, 0.0)), Some(0.0));
        assert_eq!(relative_half(&estimate(0.0, 1.0)), Some(f64::INFINITY));
        assert_eq!(relative_half(&Estimate { value: Some(1.0), low: None, high: None }), None);
    }
}
