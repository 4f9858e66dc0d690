//! Pipelines in files: one flat table with the fields of all models.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    BrokerFile, CheckpointFile, Count, DistributionFile, DownstreamFile, FailuresFile, GateFile, PipelineDedup,
    SinkFile, TreeFile,
};
use crate::scenario::model::{Dispatch, Output, PartitionBy, Store, WatermarkEmission, WatermarkPer};
use crate::units::{Bytes, Rate, Span};

/// A pipeline to compare. `preset` or `model` is required; the fields of other models are errors.
/// A field that is not given has the preset's value (without a preset: that of the preset hourly
/// for batch, micro_batch for micro_batch, continuous for continuous).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct PipelineFile {
    /// Name in tables and charts: 1 to 40 letters, digits, spaces, "-", "_" or ".", unique.
    /// Default: the preset's or the model's name.
    pub(in crate::scenario) name: Option<String>,
    /// Where all values start from.
    pub(in crate::scenario) preset: Option<PresetWord>,
    /// How the pipeline runs. Default: the preset's model.
    pub(in crate::scenario) model: Option<ModelWord>,
    /// Cores used during runs (batch) or reserved all the time (others). Default: daily and hourly
    /// 8, micro_batch 4, continuous one for each worker.
    pub(in crate::scenario) cores: Option<f64>,
    /// Whether duplicates are removed; for streaming pipelines also a table in place of the job's. Default: as
    /// `job.dedup` says.
    pub(in crate::scenario) dedup: Option<PipelineDedup>,
    /// Where remembered ids are kept. Default: batch "flink_heap" (a map in a JVM), micro_batch "spark_hdfs"; continuous
    /// by kind: ttl "flink_heap_ttl", event_time "flink_heap_timer", generations "hash_set", else "flink_heap".
    pub(in crate::scenario) store: Option<Store>,
    /// Bytes that one remembered id takes. Default: as the store and `job.dedup.id` say; with integers and kind = "ttl"
    /// batch 72.7, micro_batch 288, continuous 96.4.
    pub(in crate::scenario) bytes_per_id: Option<f64>,
    /// Bytes that one open window entry takes. Default 72.7.
    pub(in crate::scenario) bytes_per_entry: Option<f64>,
    /// What fails, how often, and how long until it runs again. Default: nothing does.
    pub(in crate::scenario) failures: Option<FailuresFile>,
    /// A pipeline whose working set outgrows this runs out of memory. Default: no limit.
    pub(in crate::scenario) memory_limit: Option<Bytes>,
    /// micro_batch, continuous: the broker that it reads from. Default: Kafka that keeps everything.
    pub(in crate::scenario) broker: Option<BrokerFile>,
    /// From the end of processing until a reader of the sink sees the result. Default "0s";
    /// continuous "10ms".
    pub(in crate::scenario) sink_delay: Option<DistributionFile<Span>>,
    /// What the sink is, besides its delay. Default: nothing else.
    pub(in crate::scenario) sink: Option<SinkFile>,

    /// batch: period of the runs, at UTC multiples. Default: daily "1d", hourly "1h".
    pub(in crate::scenario) every: Option<Span>,
    /// batch: from the end of a period to the scheduled start of its run. Default: daily "30m",
    /// hourly "5m".
    pub(in crate::scenario) start_after: Option<Span>,
    /// batch: a further, random delay of the scheduler. Default "0s".
    pub(in crate::scenario) start_delay: Option<DistributionFile<Span>>,
    /// batch: which time puts a row into a period. Default "event_time".
    pub(in crate::scenario) partition_by: Option<PartitionBy>,
    /// batch: what happens to rows that arrive after their period was read. Default "lookback".
    pub(in crate::scenario) late: Option<LateWord>,
    /// batch with late = "lookback": how many periods before the current one every run reads
    /// again; 1 to 3650. Default: daily 1, hourly 3.
    pub(in crate::scenario) lookback: Option<u32>,

    /// batch: factor on the part of a run's time that depends on its rows, without unit, such as 1.44 for a run
    /// that waits for its slowest tasks. Default 1.
    pub(in crate::scenario) straggler: Option<DistributionFile<Count>>,
    /// batch: a check before publication. Default: none.
    pub(in crate::scenario) gate: Option<GateFile>,
    /// batch: the period is deduplicated in parts as they end, which are then merged. Default: in one go.
    pub(in crate::scenario) tree: Option<TreeFile>,
    /// batch: datasets that are made from its result. Default: none.
    pub(in crate::scenario) downstream: Option<DownstreamFile>,

    /// batch, micro_batch: fixed part of a run's time: start-up, planning, commit. Default: daily
    /// "3m", hourly "1m", micro_batch "600ms".
    pub(in crate::scenario) overhead: Option<DistributionFile<Span>>,
    /// batch, micro_batch: rows a second while a run computes, all cores together. Default
    /// "100000/s".
    pub(in crate::scenario) throughput: Option<Rate>,

    /// micro_batch: trigger interval, at UTC multiples. Default "60s".
    pub(in crate::scenario) trigger: Option<Span>,
    /// micro_batch: how far the watermark trails the largest event time seen, whole milliseconds.
    /// Default "15s".
    pub(in crate::scenario) watermark_delay: Option<Span>,
    /// micro_batch: every touched window after each batch, or each window once when it is closed.
    /// Default "update".
    pub(in crate::scenario) output: Option<Output>,

    /// continuous: parallel workers, 1 to 4096. Default 2.
    pub(in crate::scenario) parallelism: Option<u32>,
    /// continuous: how records reach workers: by hash of the key, or the first free one takes the
    /// next. Default "key".
    pub(in crate::scenario) dispatch: Option<Dispatch>,
    /// continuous: service time of a record at a worker. Default "100us".
    pub(in crate::scenario) service: Option<DistributionFile<Span>>,
    /// continuous: how often the consumer asks the broker; "0s" takes each record at once.
    /// Default "0s".
    pub(in crate::scenario) fetch_interval: Option<Span>,
    /// continuous: from the fetch until the record is in the engine. Default "5ms".
    pub(in crate::scenario) fetch_delay: Option<Span>,
    /// continuous: the watermark.
    pub(in crate::scenario) watermark: Option<WatermarkFile>,
    /// continuous: how long after its end a window takes late records and fires again, whole
    /// milliseconds. Default "5m".
    pub(in crate::scenario) allowed_lateness: Option<Span>,
    /// continuous: output is visible when written, and a failure writes some of it again ("at_least_once"); or is
    /// visible when the checkpoint that covers it completes ("exactly_once"); or there are no checkpoints, and a
    /// failure loses what the job held ("at_most_once"). Default "at_least_once".
    pub(in crate::scenario) guarantee: Option<GuaranteeWord>,
    /// continuous: the checkpoints. Default: with guarantee = "exactly_once" or with failures those of the defaults,
    /// else none.
    pub(in crate::scenario) checkpoint: Option<CheckpointFile>,
}

/// The watermark of a continuous pipeline.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct WatermarkFile {
    /// How far it trails the largest event time seen, whole milliseconds. Default "15s".
    pub(in crate::scenario) bound: Option<Span>,
    /// How often it is emitted, whole milliseconds, at least 1. Default "200ms".
    pub(in crate::scenario) interval: Option<Span>,
    /// Whether it is emitted at ticks of the interval only, or after each record as well. Default
    /// "periodic".
    pub(in crate::scenario) emission: Option<WatermarkEmission>,
    /// What has a watermark of its own: each partition of the broker, merged by their minimum, or the
    /// input as a whole. Default "partition".
    pub(in crate::scenario) per: Option<WatermarkPer>,
    /// A partition without a record for this long no longer holds back the others. Default: it always
    /// does.
    pub(in crate::scenario) idleness: Option<Span>,
}

/// Names of presets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::scenario) enum PresetWord {
    /// A batch a day.
    Daily,
    /// A batch an hour.
    Hourly,
    /// A Spark-like micro-batch a minute.
    MicroBatch,
    /// A Flink-like job, one record at a time.
    Continuous,
}

/// Names of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::scenario) enum ModelWord {
    /// Scheduled runs over closed periods.
    Batch,
    /// Spark Structured Streaming's processing-time trigger.
    MicroBatch,
    /// Flink: one record at a time.
    Continuous,
}

/// What a batch does with rows of periods it has read already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::scenario) enum LateWord {
    /// They are never read.
    Drop,
    /// The next run reads them as well.
    NextRun,
    /// Every run reads the last periods again.
    Lookback,
}

/// Delivery guarantees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::enum_variant_names, reason = "the words of the engines")]
pub(in crate::scenario) enum GuaranteeWord {
    /// There are no checkpoints: a failure loses what the job held.
    AtMostOnce,
    /// Output is visible when written.
    AtLeastOnce,
    /// Output is visible when the checkpoint that covers it completes.
    ExactlyOnce,
}
