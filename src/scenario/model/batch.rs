//! The model `batch`: when runs start, what they read, what they cost, and what is checked before they publish.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::random::Distribution;
use crate::units::{Rate, Span};

/// Cost of a run: overhead + rows / throughput.
#[derive(Clone, Debug)]
pub struct RunTime {
    /// Fixed part: start-up, planning, commit; microseconds.
    pub overhead: Distribution,
    /// Rows a second while it computes, all cores together.
    pub throughput: Rate,
}

impl RunTime {
    /// Time for `rows` given a drawn overhead in microseconds.
    #[must_use]
    pub fn of(&self, rows: u64, overhead: f64) -> Span {
        Span::from_micros_f64(overhead + rows as f64 / self.throughput.0 * 1e6)
    }
}

/// The model `batch`.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Period; boundaries are UTC multiples of it.
    pub every: Span,
    /// From the boundary to the scheduled start.
    pub start_after: Span,
    /// A further, random delay of the scheduler, microseconds.
    pub start_delay: Distribution,
    /// Which time puts a row into a period.
    pub partition_by: PartitionBy,
    /// Cost of a run.
    pub run_time: RunTime,
    /// Factor on the part of a run that depends on its rows; without unit.
    pub straggler: Distribution,
    /// Check between the end of a run and its publication.
    pub gate: Option<Gate>,
    /// Datasets that are made from its result.
    pub downstream: Option<Downstream>,
    /// Parts of the period are made ready as they end, and merged.
    pub tree: Option<Tree>,
    /// What happens to rows that arrive after their period was read.
    pub late: LateRows,
}

/// Datasets that are made from the result of a batch after each publication.
#[derive(Clone, Debug)]
pub struct Downstream {
    /// How many.
    pub datasets: u32,
    /// Time of one, microseconds.
    pub takes: Distribution,
    /// How many at a time.
    pub at_once: u32,
    /// Cores of one.
    pub cores: f64,
}

/// A quality gate: what a run has made is checked before it is published.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Time of the check, on the run's cores; microseconds.
    pub takes: Distribution,
    /// Chance that a run is stopped although its data is good.
    pub stops: f64,
    /// Chance that a run with bad data is stopped for it.
    pub catches: f64,
    /// From the stop until a person releases the run, microseconds.
    pub release: Distribution,
}

/// Deduplication in parts that are merged pairwise up to the period.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Length of a part; divides the period.
    pub leaf: Span,
    /// Rows a second of a merge of two sorted runs.
    pub throughput: Rate,
}

/// Which time puts a row into a period of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartitionBy {
    /// Its event time: rows can be late.
    EventTime,
    /// Its arrival at the broker: no row is late, but results miss what comes after the boundary.
    Arrival,
}

/// What a batch does with rows of periods it has read already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateRows {
    /// They are never read.
    Drop,
    /// The next run reads them as well.
    NextRun,
    /// Every run reads the last `periods` periods again, whole; older rows are never read.
    Lookback {
        /// How many periods before the current one.
        periods: u32,
    },
}
