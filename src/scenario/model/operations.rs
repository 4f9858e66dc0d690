//! What can go wrong with a pipeline, and what it reads from.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::random::Distribution;
use crate::units::{Instant, Rate, Span};

/// Failures of a pipeline.
#[derive(Clone, Debug)]
pub struct Failures {
    /// Mean time between failures of running; `None`: none at random.
    pub mtbf: Option<Span>,
    /// From a failure until it is noticed, microseconds.
    pub detection: Distribution,
    /// From then until the pipeline has started again, microseconds.
    pub repair: Distribution,
    /// Incidents at given times, rising, not overlapping.
    pub incidents: Vec<Incident>,
}

/// A time without the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incident {
    /// It stops.
    pub at: Instant,
    /// It has started again.
    pub until: Instant,
    /// Whether it was planned.
    pub planned: bool,
}

/// Checkpoints of a continuous pipeline.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    /// Between triggers.
    pub interval: Span,
    /// From trigger to completion, without the writing of state, microseconds.
    pub duration: Distribution,
    /// Least time from a completion to the next trigger.
    pub minimum_pause: Span,
    /// Bytes of state a second, written and read; `None`: at once.
    pub bandwidth: Option<f64>,
    /// Whether only new state is written.
    pub incremental: bool,
    /// How long workers stand still at a trigger, microseconds.
    pub alignment: Distribution,
}

/// A broker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Broker {
    /// Records can be read at multiples of this; 0: at once.
    pub linger: Span,
    /// What waits longer is lost.
    pub retention: Option<Span>,
    /// Records a second that each partition hands out; `None`: no limit.
    pub rate: Option<Rate>,
    /// When the pipeline starts.
    pub begins: Instant,
    /// Where it starts to read without a checkpoint.
    pub offsets: StartOffsets,
    /// With [`StartOffsets::Timestamp`]: the first arrival.
    pub timestamp: Instant,
}

impl Default for Broker {
    fn default() -> Self {
        Self {
            linger: Span::ZERO,
            retention: None,
            rate: None,
            begins: Instant(0),
            offsets: StartOffsets::Committed,
            timestamp: Instant(0),
        }
    }
}

/// Kinds of brokers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BrokerKind {
    /// A log that can be read again.
    Kafka,
    /// Queues that forget what is acknowledged.
    RabbitMq,
}

/// Where a pipeline without a checkpoint starts to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartOffsets {
    /// At the earliest record that is kept.
    Earliest,
    /// After what is there.
    Latest,
    /// Where it had committed that it was; at its first start the earliest.
    Committed,
    /// At a given arrival.
    Timestamp,
}
