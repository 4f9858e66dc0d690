//! What an experiment found: estimates with their intervals, and curves to draw.

use crate::metrics::{DayResult, HourCell, Slice};
use crate::scenario::{Objective, Of, Scenario};
use crate::units::UtcInstant;

/// A measure over the replications.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Mean over replications; `None` where the measure does not apply.
    pub value: Option<f64>,
    /// Lower end of the 95 % confidence interval; `None` with one replication.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// What an experiment found.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was asked.
    pub scenario: Scenario,
    /// The UTC instant of simulated time 0 (a log brings its own).
    pub start: UtcInstant,
    /// Length of the measured period, seconds.
    pub measured_s: f64,
    /// What the stream was.
    pub workload: WorkloadOutcome,
    /// Each pipeline, in the scenario's order.
    pub pipelines: Vec<PipelineOutcome>,
    /// Paired differences from each pipeline to the next.
    pub differences: Vec<Difference>,
    /// A slice of the stream as one pipeline with windows saw it; first replication.
    pub slice: Option<SliceOutcome>,
    /// The objectives, judged; one row for each pipeline it concerns.
    pub objectives: Vec<Verdict>,
    /// Whether intervals were made as narrow as was asked for.
    pub precision: Option<Precision>,
    /// Deliveries simulated, all replications together, warm-up and run-out included.
    pub simulated_deliveries: u64,
}

/// What the measured stream was.
#[derive(Clone, Debug, Default)]
pub struct WorkloadOutcome {
    /// Events.
    pub events: Estimate,
    /// Deliveries of them.
    pub deliveries: Estimate,
    /// Of which duplicates.
    pub duplicate_deliveries: Estimate,
    /// Of which out of order.
    pub out_of_order_deliveries: Estimate,
    /// Delay of deliveries in seconds at p50, p95, p99 and the largest.
    pub delay_s: [Estimate; 4],
    /// Events that were lost on the way to the broker.
    pub lost: Estimate,
    /// Sessions that started, if users act in sessions.
    pub sessions: Option<Estimate>,
    /// Each type of events.
    pub types: Vec<TypeOutcome>,
}

/// What there was of a type of events.
#[derive(Clone, Debug)]
pub struct TypeOutcome {
    /// Its name.
    pub name: String,
    /// Events that happened.
    pub events: Estimate,
    /// Deliveries of them: what a reader counts who does not remove duplicates.
    pub deliveries: Estimate,
}

/// How many attempts have reached a step of the funnel.
#[derive(Clone, Debug)]
pub struct StepOutcome {
    /// The type of event that is this step.
    pub name: String,
    /// As the pipeline shows.
    pub shown: Estimate,
    /// In truth.
    pub truth: Estimate,
}

/// What was found of one pipeline.
#[derive(Clone, Debug)]
pub struct PipelineOutcome {
    /// Its name.
    pub name: String,
    /// Its model: `batch`, `micro_batch` or `continuous`.
    pub model: &'static str,
    /// One estimate for each of [`crate::metrics::MEASURES`], in that order.
    pub measures: Vec<Estimate>,
    /// Mean busy cores in each hour of the UTC day.
    pub load_by_hour: [Estimate; 24],
    /// Curves to draw.
    pub curves: Curves,
    /// The whole UTC days of each replication; of the first one only when a log is replayed.
    pub days: Vec<(u32, DayResult)>,
    /// Each step of the job's funnel.
    pub funnel: Vec<StepOutcome>,
}

impl PipelineOutcome {
    /// The estimate of a measure by its path; empty for an unknown path.
    #[must_use]
    pub fn get(&self, path: &str) -> Estimate {
        crate::metrics::MEASURES
            .iter()
            .position(|measure| measure.path == path)
            .and_then(|place| self.measures.get(place).copied())
            .unwrap_or_default()
    }
}

/// Curves of a pipeline. Times are seconds from the start of the measured period.
#[derive(Clone, Debug, Default)]
pub struct Curves {
    /// `(share, seconds)`: latency at rising shares of the included events, all replications
    /// pooled; from 0.01 to 0.9999.
    pub latency: Vec<(f64, f64)>,
    /// `(age in seconds, share of the true events visible by then)`, rising; pooled.
    pub visible_by_age: Vec<(f64, f64)>,
    /// `(time, seconds)`: data age at each probe of the first replication.
    pub data_age: Vec<(f64, f64)>,
    /// `(time, bytes)`: memory of dedup state at each probe of the first replication.
    pub dedup_bytes: Vec<(f64, f64)>,
    /// `(time, records)`: records waiting at each probe of the first replication.
    pub backlog: Vec<(f64, f64)>,
    /// Latency by hour of the day; pooled, as counts of what was simulated.
    pub by_hour: Vec<HourCell>,
}

/// A slice of the stream as a pipeline saw it.
#[derive(Clone, Debug)]
pub struct SliceOutcome {
    /// Name of the pipeline.
    pub pipeline: String,
    /// What was recorded, in simulated time from [`Outcome::start`] on.
    pub slice: Slice,
}

/// A paired difference between two pipelines that saw the same deliveries.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The slower, simpler one.
    pub from: String,
    /// The one it is compared with.
    pub to: String,
    /// Path of the measure.
    pub measure: &'static str,
    /// `to` minus `from`, over replications.
    pub change: Estimate,
}

/// An objective, judged for one pipeline.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Index into the scenario's objectives.
    pub objective: usize,
    /// Pipeline.
    pub pipeline: String,
    /// What was measured: the measure, or the share of days or events on the good side of the bound.
    pub value: Estimate,
    /// Met or missed; `None` when the interval holds the bound or there is no value.
    pub met: Option<bool>,
    /// For a share of days: on how many of how many days the bound held, replications together.
    pub days: Option<(u64, u64)>,
    /// The part of the error budget that is not used up, below 0 when it is overdrawn; `None` where the objective
    /// has none.
    pub budget_left: Option<Budget>,
}

/// What is left of an error budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Of what the budget is a share.
    pub of: BudgetOf,
    /// The share of it that is left.
    pub left: Estimate,
}

/// What may go wrong within an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetOf {
    /// Events that may be too late or missing.
    Events,
    /// Days that may be bad.
    Days,
    /// What may be used up to the bound.
    Bound,
}

impl Verdict {
    /// What the value is judged by: the bound, or the share that must be good.
    #[must_use]
    pub fn is_good(objective: &Objective, value: f64) -> bool {
        match objective.of {
            Of::Measure => objective.target.is_met_by(value),
            Of::Events { share } | Of::Days { share, .. } => value >= share,
        }
    }
}

/// How narrow the intervals became.
#[derive(Clone, Debug, PartialEq)]
pub struct Precision {
    /// Half of an interval over its value was to be at most this.
    pub asked: f64,
    /// The widest that is left; `None` when no measure asked about has a value.
    pub widest: Option<Widest>,
    /// Whether all are as narrow; else the limit of replications was reached.
    pub reached: bool,
}

/// The widest interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Widest {
    /// Pipeline.
    pub pipeline: String,
    /// Path of the measure.
    pub measure: String,
    /// Half of the interval over the value; infinite where the value is 0 and the interval is not.
    pub half: f64,
}
