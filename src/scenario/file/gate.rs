//! What stands between a run of a batch and its publication, and how a period is made in parts.

use schemars::JsonSchema;
use serde::Deserialize;

use super::DistributionFile;
use crate::units::{Rate, Span};

/// A quality gate of a batch: each run is checked before it is published. A person looks at what it stops.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct GateFile {
    /// Time of the check; the run's cores are busy with it. Default "0s".
    pub(in crate::scenario) takes: Option<DistributionFile<Span>>,
    /// Chance that a run is stopped although its data is good, 0 to 1. Default 0.
    pub(in crate::scenario) stops: Option<f64>,
    /// Chance that a run with bad data (`workload.bad_data`) is stopped for it, 0 to 1; it is repaired before its
    /// release. Default 1.
    pub(in crate::scenario) catches: Option<f64>,
    /// From the stop until a person releases the run. Later runs wait for it with their publication, not with their work.
    /// Default "1h".
    pub(in crate::scenario) release: Option<DistributionFile<Span>>,
}

/// Deduplication in parts: each is made when its time is over, and merged pairwise with those before it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct TreeFile {
    /// Length of a part; it divides `every` into 2 to 1024 of them. Required.
    #[schemars(required)]
    pub(in crate::scenario) leaf: Option<Span>,
    /// Rows a second of a merge, all cores together. Default: the pipeline's `throughput`.
    pub(in crate::scenario) throughput: Option<Rate>,
}

/// Datasets that are made from a batch's result: each is refreshed after every publication.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct DownstreamFile {
    /// How many, 1 to 10000. Required.
    #[schemars(required)]
    pub(in crate::scenario) datasets: Option<u32>,
    /// Time that one takes. Default "10m", an assumption.
    pub(in crate::scenario) takes: Option<DistributionFile<Span>>,
    /// How many are made at a time, 1 to 10000. Default: all.
    pub(in crate::scenario) at_once: Option<u32>,
    /// Cores of one while it is made. Default 4, an assumption.
    pub(in crate::scenario) cores: Option<f64>,
}
