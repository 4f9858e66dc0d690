//! The shape of a scenario file. Every field is optional here, so that reading goes on past any
//! error; what must be there is decided by [`check`](super::check). The comments below become the
//! descriptions in the JSON Schema.

mod dedup;
mod distribution;
mod enrich;
mod funnel;
mod gate;
mod operations;
mod pipeline;
mod sink;
mod switch;
mod team;
mod workload;

pub(super) use dedup::{DedupFile, KindWord, OwnDedupFile, PipelineDedup};
pub(super) use distribution::{Amount, Count, DistributionFile, Form};
pub(super) use enrich::EnrichFile;
pub(super) use funnel::FunnelFile;
pub(super) use gate::{DownstreamFile, GateFile, TreeFile};
pub(super) use operations::{BrokerFile, CheckpointFile, FailuresFile, IncidentFile};
pub(super) use pipeline::{GuaranteeWord, LateWord, ModelWord, PipelineFile, PresetWord};
pub(super) use sink::{SinkFile, SinkWord};
pub(super) use switch::{BoundFile, OrNone};
pub(super) use team::TeamFile;
pub(super) use workload::*;

use schemars::JsonSchema;
use serde::Deserialize;

use super::model::{Aggregate, WindowBy};
use crate::units::{Span, UtcInstant};

/// A millstream scenario: one clickstream, the pipelines to compare on it, and what is to be met.
/// Durations are text such as "150ms", "15s", "5m", "2h" or "1d".
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "millstream scenario")]
pub(super) struct ScenarioFile {
    /// Title of the report. Required.
    #[schemars(required)]
    pub(super) title: Option<String>,
    /// The question that the scenario answers. Required.
    #[schemars(required)]
    pub(super) question: Option<String>,
    /// What the scenario takes for granted, in sentences; printed in the report. Default: none.
    pub(super) assumptions: Option<Vec<String>>,
    /// What the scenario cannot tell, in sentences; printed in the report. Default: none.
    pub(super) limits: Option<Vec<String>>,
    /// UTC instant of the start of the simulation. Default "2026-01-05T00:00:00Z", a Monday. A log
    /// brings its own.
    pub(super) start: Option<UtcInstant>,
    /// Simulated before anything is measured, so that state and queues have filled. Default "0s".
    pub(super) warmup: Option<Span>,
    /// Length of the measured period, after the warm-up. Required, except with a log: to its end.
    pub(super) duration: Option<Span>,
    /// Seed of all randomness, 0 to 2^64 - 1. Default 1.
    pub(super) seed: Option<u64>,
    /// Independent repetitions, from which the confidence intervals come; 1 to 10000. Default 1.
    pub(super) replications: Option<u32>,
    /// Share of the events for the measure "complete through", above 0 and at most 1. Default 0.99.
    pub(super) complete_share: Option<f64>,
    /// The stream of events and its way to the broker. Required.
    #[schemars(required)]
    pub(super) workload: Option<WorkloadFile>,
    /// What every pipeline computes. Default: each event visible by itself, duplicates kept.
    pub(super) job: Option<JobFile>,
    /// The pipelines to compare, 1 to 64. Default: the four presets daily, hourly, micro_batch and
    /// continuous.
    pub(super) pipelines: Option<Vec<PipelineFile>>,
    /// What compute and memory cost. Default: the list price of AWS Fargate (x86, us-east-1).
    pub(super) prices: Option<PricesFile>,
    /// Who runs the pipelines. Default: people are not modelled.
    pub(super) team: Option<TeamFile>,
    /// Bounds that the results are judged by. Default: none.
    pub(super) objectives: Option<Vec<ObjectiveFile>>,
    /// What a visible event is worth, which turns latency into money. Default: unknown.
    pub(super) value: Option<ValueFile>,
}

/// What every pipeline computes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JobFile {
    /// Removal of duplicates by event id, or "none". Default "none".
    pub(super) dedup: Option<OrNone<DedupFile>>,
    /// Windows that count events: tumbling or sliding ones of event time (`size`), sessions (`gap`) or the
    /// last rows of a key (`count`); or "none": each event is visible by itself. Default "none".
    pub(super) window: Option<OrNone<WindowFile>>,
    /// A side input that events are joined to. Default: none.
    pub(super) enrich: Option<EnrichFile>,
    /// Steps that users take one after the other, counted by how far they come; not with `window`. Or "none".
    /// Default "none".
    pub(super) funnel: Option<OrNone<FunnelFile>>,
}

/// Windows: `size`, `gap` or `count` says of which kind.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WindowFile {
    /// Windows of event time that are as long as this, aligned to UTC; a whole number of milliseconds.
    /// It, or `slide`, divides `every` of each batch pipeline.
    pub(super) size: Option<Span>,
    /// With `size`: from the start of a window to that of the next, whole milliseconds, at most `size` and
    /// at least a thousandth of it. Default: the size, windows that tumble.
    pub(super) slide: Option<Span>,
    /// With `size`: moves the starts of all windows, whole milliseconds, less than `slide`; not for batch
    /// pipelines. Default "0s".
    pub(super) offset: Option<Span>,
    /// Sessions of event time: rows of a key that follow one another within this time, whole milliseconds.
    pub(super) gap: Option<Span>,
    /// The last so many rows of a key, 1 to 1000000, in order of arrival; for continuous pipelines only.
    pub(super) count: Option<u32>,
    /// With `count`: a result after each so many rows of a key, 1 to `count`. Default: the count.
    pub(super) every: Option<u32>,
    /// One result for each key, or one for all. Default "global".
    pub(super) by: Option<WindowBy>,
    /// What a window publishes, and what `correctness.error_*` are about: how many rows it has, the sum of their
    /// payload bytes, or how many distinct users they are of (the key, where there are no `users`); distinct users
    /// not for micro_batch pipelines. Default "count".
    pub(super) aggregate: Option<Aggregate>,
}

/// Prices.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PricesFile {
    /// Currency in words, for tables and axes. Default "USD".
    pub(super) currency: Option<String>,
    /// One core for an hour. Default 0.04048.
    pub(super) core_hour: Option<f64>,
    /// One gigabyte (10^9 bytes) of memory for an hour. Default 0.004445.
    pub(super) gb_hour: Option<f64>,
}

/// A bound on a measure: exactly one of `at_most` and `at_least`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectiveFile {
    /// The objective in words. Default: the measure and its bound.
    pub(super) name: Option<String>,
    /// Name of the pipeline it is for. Default: each pipeline.
    pub(super) pipeline: Option<String>,
    /// Path of the measure in a pipeline's results, such as "latency_s.p95", or "latency_s" with `share_of_events`.
    /// Required.
    #[schemars(required)]
    pub(super) measure: Option<String>,
    /// The measure must not be above this: a number in the measure's unit, or text such as "15m"
    /// for seconds or "2 GiB" for bytes.
    pub(super) at_most: Option<BoundFile>,
    /// The measure must not be below this.
    pub(super) at_least: Option<BoundFile>,
    /// The bound holds for the day's value on at least this share of the whole UTC days that are measured, 1000 at
    /// most; above 0, below 1. Measures that have a value for each day: those of `latency_s`, "landing_s.max",
    /// "correctness.completeness_final". Default: the bound is for the measure as a whole.
    pub(super) share_of_days: Option<f64>,
    /// With `share_of_days` and "correctness.completeness_final": what of the day is visible at this UTC time of the
    /// day after it, such as "09:00". Default: when all is over.
    pub(super) by: Option<String>,
    /// With measure = "latency_s": the bound holds for the latency of at least this share of all true events, lost and
    /// dropped ones included; above 0, below 1.
    pub(super) share_of_events: Option<f64>,
}

/// What an event is worth when a reader sees it: exactly one of `half_life` and `deadline`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ValueFile {
    /// Worth of an event that is visible at once, in the currency of the prices. Required.
    #[schemars(required)]
    pub(super) per_event: Option<f64>,
    /// The latency at which it is worth half, a quarter at twice of it, and so on.
    pub(super) half_life: Option<Span>,
    /// The latency up to which it is worth that, and nothing afterwards.
    pub(super) deadline: Option<Span>,
}
