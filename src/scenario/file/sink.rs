//! Sinks in files: one flat table with the fields of all kinds.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::units::{Bytes, Rate, Span};

/// Where a pipeline writes, besides `sink_delay`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct SinkFile {
    /// Which sink. Required.
    #[schemars(required)]
    pub(in crate::scenario) kind: Option<SinkWord>,
    /// kafka: the producer sends at multiples of this. Default "5ms", that of Kafka 4.
    pub(in crate::scenario) linger: Option<Span>,
    /// iceberg, hive: length of a partition of event time, at UTC multiples, at least "1m". Default "1h".
    pub(in crate::scenario) partition: Option<Span>,
    /// iceberg: writers, each with a file for each partition that a commit touches; 1 to 4096. Default 1.
    pub(in crate::scenario) writers: Option<u32>,
    /// iceberg, hive: bytes of a row in a file, at least 1. Default "100 B".
    pub(in crate::scenario) row_bytes: Option<Bytes>,
    /// iceberg: bytes a second that one core compacts; what is written is compacted once. Default: no compaction.
    pub(in crate::scenario) compaction: Option<Bytes>,
    /// hive: bytes a second at which a partition is rewritten. Default "100 MB".
    pub(in crate::scenario) bandwidth: Option<Bytes>,
    /// postgres: rows a second that are upserted. Default "20000/s".
    pub(in crate::scenario) rate: Option<Rate>,
}

/// Kinds of sinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::scenario) enum SinkWord {
    /// A topic: what a producer sends is visible with its next batch.
    Kafka,
    /// A table of files: a snapshot for each run or checkpoint.
    Iceberg,
    /// A table of files: a late row rewrites its partition; batch pipelines only.
    Hive,
    /// A table of rows: upserts by key, at a rate.
    Postgres,
}
