//! Deduplication in files: the job's, and what a pipeline has of its own.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::scenario::model::IdForm;
use crate::units::Span;

/// Removal of duplicates. How long ids are remembered matters to streaming pipelines only; a batch removes the
/// duplicates among the rows that a run reads.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct DedupFile {
    /// For how long ids are remembered. Default "ttl".
    pub(in crate::scenario) kind: Option<KindWord>,
    /// kinds "ttl", "event_time", "generations", "bloom": how long an id is remembered, in the sense of the kind; at
    /// most 100 years, for "event_time" whole milliseconds. Required for these kinds.
    pub(in crate::scenario) ttl: Option<Span>,
    /// Form of an id: decides the default of `bytes_per_id`. Default "integer".
    pub(in crate::scenario) id: Option<IdForm>,
    /// kind "bloom": ids that each of the two filters is made for, 1 to 10^12. Required.
    pub(in crate::scenario) capacity: Option<u64>,
    /// kind "bloom": share of new ids that a filter takes for known ones when it holds `capacity` ids, 10^-9 to 0.5:
    /// these events are lost. Default 0.01.
    pub(in crate::scenario) false_positive: Option<f64>,
}

/// What a pipeline has in place of the job's deduplication; a key that is not given is the job's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct OwnDedupFile {
    /// For how long ids are remembered. Default: as the job says.
    pub(in crate::scenario) kind: Option<KindWord>,
    /// How long an id is remembered, in the sense of the kind. Default: as the job says.
    pub(in crate::scenario) ttl: Option<Span>,
    /// kind "bloom": ids that each of the two filters is made for, 1 to 10^12. Default: as the job says.
    pub(in crate::scenario) capacity: Option<u64>,
    /// kind "bloom": share of new ids that a full filter takes for known ones, 10^-9 to 0.5. Default: as the job
    /// says, else 0.01.
    pub(in crate::scenario) false_positive: Option<f64>,
}

/// For how long ids are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::scenario) enum KindWord {
    /// continuous, micro_batch: for `ttl` by the clock from the delivery on that was let through; being seen again does
    /// not extend it. Flink's state TTL; in Spark state of one's own.
    Ttl,
    /// continuous: until the watermark passes the event time plus `ttl`. Flink's event-time timer.
    EventTime,
    /// continuous: until the window of the event closes, its allowed lateness included; the same id in another window is
    /// not recognised. Needs `job.window`.
    Window,
    /// micro_batch: until the watermark reaches the event time; only the same id with the same event time is recognised, and
    /// later rows are dropped as late. Spark's dropDuplicates(id, event time).
    UntilWatermark,
    /// micro_batch: until the watermark reaches the first event time plus `watermark_delay`, and later rows are dropped as
    /// late. Spark's dropDuplicatesWithinWatermark(id).
    WithinWatermark,
    /// continuous, micro_batch: for ever: state grows without end. Spark's dropDuplicates(id), which drops late rows where
    /// the job has windows and so a watermark.
    Unbounded,
    /// continuous: in the newer of two maps, of which the older is thrown away every `ttl`: for one to two times `ttl`.
    Generations,
    /// continuous: the same with Bloom filters: fixed bytes, but some new events are taken for duplicates and lost.
    Bloom,
}

impl KindWord {
    /// All kinds.
    pub(in crate::scenario) const ALL: [Self; 8] = [
        Self::Ttl,
        Self::EventTime,
        Self::Window,
        Self::UntilWatermark,
        Self::WithinWatermark,
        Self::Unbounded,
        Self::Generations,
        Self::Bloom,
    ];

    /// The word in files.
    pub(in crate::scenario) fn name(self) -> &'static str {
        match self {
            Self::Ttl => "ttl",
            Self::EventTime => "event_time",
            Self::Window => "window",
            Self::UntilWatermark => "until_watermark",
            Self::WithinWatermark => "within_watermark",
            Self::Unbounded => "unbounded",
            Self::Generations => "generations",
            Self::Bloom => "bloom",
        }
    }
}

/// Whether a pipeline removes duplicates, or how.
#[derive(Clone, Debug, JsonSchema)]
#[serde(untagged)]
pub(in crate::scenario) enum PipelineDedup {
    /// As the job says, or not at all.
    Switch(bool),
    /// In a way of its own.
    Own(OwnDedupFile),
}

impl<'de> Deserialize<'de> for PipelineDedup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SwitchOrTable;
        impl<'de> Visitor<'de> for SwitchOrTable {
            type Value = PipelineDedup;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a table { kind = \"…\" }")
            }
            fn visit_bool<E: Error>(self, on: bool) -> Result<PipelineDedup, E> {
                Ok(PipelineDedup::Switch(on))
            }
            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<PipelineDedup, M::Error> {
                OwnDedupFile::deserialize(MapAccessDeserializer::new(map)).map(PipelineDedup::Own)
            }
        }
        deserializer.deserialize_any(SwitchOrTable)
    }
}
