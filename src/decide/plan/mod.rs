//! The simplest pipeline that meets all objectives.
//!
//! Candidates are made from the scenario's pipelines by turning their knobs: the interval and the reach back of
//! batches, trigger and watermark delay of micro-batches, watermark bound, allowed lateness and workers of
//! continuous ones, and the time to live of deduplication. All are screened with one replication, many in one
//! simulation of the same stream. Where a measure is monotone in a knob, bisection then finds its least value that still
//! meets the objectives. What is named in the answer is run again with all replications.
//!
//! Simpler is: a batch before a micro-batch before a continuous pipeline; of batches and micro-batches the
//! one with fewer runs, of continuous pipelines the one with fewer workers; then the cheaper one, the faster, and the one that takes less memory.

mod candidate;
mod conflicts;
mod evaluate;
mod search;

pub use candidate::{Candidate, Knob};
pub use conflicts::{Conflict, conflicts};
pub use evaluate::{Finding, Judgement};
pub use search::{Progress, plan};

use crate::experiment::Estimate;
use crate::scenario::Scenario;

/// What came of the search.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario that was asked about, without its pipelines.
    pub scenario: Scenario,
    /// The best candidate of each model, the simplest first, run with all replications: one that meets all objectives
    /// if there is any, else the one that misses least.
    pub best: Vec<Finding>,
    /// Place in `best` of what to build; `None` when no candidate meets all objectives.
    pub build: Option<usize>,
    /// The next simpler candidate, which misses something: the model before, or a batch that runs less often; `None` when
    /// there is no simpler one or nothing to build.
    pub simpler: Option<Finding>,
    /// All candidates of the screening, in the order in which they were tried.
    pub tried: Vec<Finding>,
    /// Objectives that exclude one another.
    pub conflicts: Vec<Conflict>,
}

impl Plan {
    /// The best candidate of the next model that is faster, by the 95th percentile of its latency, than what to build.
    #[must_use]
    pub fn faster(&self) -> Option<&Finding> {
        let latency = |finding: &Finding| finding.found.get("latency_s.p95").value;
        let build = latency(self.best.get(self.build?)?)?;
        let later = self.best.iter().skip(self.build? + 1);
        later.into_iter().find(|finding| latency(finding).is_some_and(|latency| latency < build))
    }
}

/// The value that an objective judges, with its interval, as the screening or the last run found it.
#[must_use]
pub fn value_of(finding: &Finding, objective: usize) -> Estimate {
    finding.judgements.get(objective).map(|judgement| judgement.value).unwrap_or_default()
}
