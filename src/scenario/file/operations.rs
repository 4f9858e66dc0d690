//! What can go wrong with a pipeline, and what it reads from: failures, checkpoints, the broker.

use schemars::JsonSchema;
use serde::Deserialize;

use super::DistributionFile;
use crate::scenario::model::{BrokerKind, StartOffsets};
use crate::units::{Bytes, Rate, Span};

/// Failures of a pipeline. At random while it runs (`mtbf`), at given times (`incidents`), or both.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct FailuresFile {
    /// Mean time between failures, of running: a batch that runs five minutes a day is exposed for five minutes
    /// a day. The times between are exponential. Default: no failures at random.
    pub(in crate::scenario) mtbf: Option<Span>,
    /// From a failure until somebody or something notices. Default "45s", Kafka's session.timeout.ms.
    pub(in crate::scenario) detection: Option<DistributionFile<Span>>,
    /// From then until the pipeline has started again, without the restoring of state. Default "30s", an
    /// assumption: a restart without people.
    pub(in crate::scenario) repair: Option<DistributionFile<Span>>,
    /// Incidents at given times, at most 1000.
    pub(in crate::scenario) incidents: Option<Vec<IncidentFile>>,
}

/// A time without the pipeline.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct IncidentFile {
    /// When it stops, from the start of the simulation. Required.
    #[schemars(required)]
    pub(in crate::scenario) at: Option<Span>,
    /// How long until it has started again, without the restoring of state. Required.
    #[schemars(required, rename = "for")]
    #[serde(rename = "for")]
    pub(in crate::scenario) lasts: Option<Span>,
    /// Whether it is a planned stop: a continuous pipeline takes a savepoint before it and replays nothing, a
    /// micro-batch and a batch finish their run. Default false.
    pub(in crate::scenario) planned: Option<bool>,
}

/// Checkpoints of a continuous pipeline: what a failure cannot take, and with guarantee = "exactly_once" when
/// output is visible. Intervals count from the start of the simulation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct CheckpointFile {
    /// From one trigger to the next. Default "1m".
    pub(in crate::scenario) interval: Option<Span>,
    /// From trigger to completion, without the writing of state over `bandwidth`. Default "5s"; with
    /// `bandwidth` "1s".
    pub(in crate::scenario) duration: Option<DistributionFile<Span>>,
    /// At least this from a completion to the next trigger. Default "0s".
    pub(in crate::scenario) minimum_pause: Option<Span>,
    /// Bytes of state a second that a checkpoint writes and a restart reads, all workers together. Default: not
    /// limited, state has no part in either time.
    pub(in crate::scenario) bandwidth: Option<Bytes>,
    /// Whether a checkpoint writes only state that came since the one before: rows since then times the bytes of an
    /// id, at most the whole state. Default false.
    pub(in crate::scenario) incremental: Option<bool>,
    /// How long every worker stands still at a trigger while barriers are aligned; at most a quarter of the interval
    /// counts. Default "0s".
    pub(in crate::scenario) alignment: Option<DistributionFile<Span>>,
}

/// What a streaming pipeline reads from.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct BrokerFile {
    /// Kafka: a log that can be read again. RabbitMQ: queues that forget what is acknowledged. Default "kafka".
    pub(in crate::scenario) kind: Option<BrokerKind>,
    /// kafka: how long the producer gathers records before it sends them: records can be read at the next multiple
    /// after their arrival. Default "0s".
    pub(in crate::scenario) linger: Option<Span>,
    /// kafka: what waits for longer than this to be processed is lost. Default: never.
    pub(in crate::scenario) retention: Option<Span>,
    /// rabbitmq: records a second that one queue hands out; each partition of the workload is a queue. Default
    /// "30000/s", measured by RabbitMQ's makers for a quorum queue of three nodes with records of 1 KB.
    pub(in crate::scenario) rate: Option<Rate>,
    /// When the pipeline starts, from the start of the simulation. Default "0s".
    pub(in crate::scenario) begins: Option<Span>,
    /// Where a pipeline without a checkpoint starts to read: at the "earliest" record that is kept, the "latest" one
    /// (only what comes after its start), at a "timestamp", or where it had "committed" that it was (at its first
    /// start like "earliest"). Default "committed".
    pub(in crate::scenario) offsets: Option<StartOffsets>,
    /// With offsets = "timestamp": from this arrival on, from the start of the simulation. Required then.
    pub(in crate::scenario) timestamp: Option<Span>,
}
