//! The checked scenario: every field has its final value and lies within its bounds.

mod batch;
mod dedup;
mod enrich;
mod funnel;
mod objective;
mod operations;
mod rates;
mod sink;
mod team;
mod workload;

pub use batch::*;
pub use dedup::{Bloom, Dedup, IdForm, Store};
pub use enrich::{Enrich, Refresh};
pub use funnel::Funnel;
pub use objective::{Decay, Objective, Of, Target, Value};
pub use operations::{Broker, BrokerKind, Checkpoints, Failures, Incident, StartOffsets};
pub use rates::{Burst, Rates};
pub use sink::SinkKind;
pub use team::Team;
pub use workload::*;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::random::Distribution;
use crate::units::{Instant, Period, Span, UtcInstant};

/// A checked scenario. All times inside are microseconds from `start`.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Short name: the file's stem or the built-in's name. Names the report's folder.
    pub name: String,
    /// What the command line changed in it: fields set, or the log replayed instead.
    pub changes: Vec<String>,
    /// Title of the report.
    pub title: String,
    /// The question that the scenario answers.
    pub question: String,
    /// What it takes for granted.
    pub assumptions: Vec<String>,
    /// What it cannot tell.
    pub limits: Vec<String>,
    /// The UTC instant at which simulated time is 0. A replayed log brings its own: the midnight
    /// before its first event.
    pub start: UtcInstant,
    /// Events from here on are measured.
    pub warmup: Span,
    /// For this long. `None` only with a replayed log: to its end.
    pub duration: Option<Span>,
    /// Seed of all randomness.
    pub seed: u64,
    /// Independent repetitions, each with its own substreams.
    pub replications: u32,
    /// Share of events for the measure "complete through".
    pub complete_share: f64,
    /// Whether the log was given on the command line, for a scenario that may not be made for it.
    pub log_is_foreign: bool,
    /// The stream.
    pub workload: Workload,
    /// What every pipeline computes.
    pub job: Job,
    /// The pipelines to compare, in the file's order.
    pub pipelines: Vec<Pipeline>,
    /// What compute and memory cost.
    pub prices: Prices,
    /// Who runs the pipelines; `None`: people are not modelled.
    pub team: Option<Team>,
    /// What is to be met.
    pub objectives: Vec<Objective>,
    /// What a visible event is worth, if that is known.
    pub value: Option<Value>,
}

/// What every pipeline computes from the stream.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// Removal of duplicates by event id; `None` counts them. A pipeline may have its own.
    pub dedup: Option<Dedup>,
    /// Event-time windows; `None` makes each event visible by itself.
    pub window: Option<Window>,
    /// A side input that events are joined to.
    pub enrich: Option<Enrich>,
    /// Steps that users take one after the other; instead of windows.
    pub funnel: Option<Funnel>,
}

/// Windows of the job.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Which rows belong together.
    pub kind: WindowKind,
    /// One result for each key, or one for all.
    pub by: WindowBy,
    /// What the result is.
    pub aggregate: Aggregate,
}

/// Which rows a window holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    /// Windows of one length that begin at 1970-01-01T00:00:00Z + `offset` + multiples of `slide`:
    /// tumbling if that is their length, else sliding.
    Aligned {
        /// Length.
        size: Span,
        /// From the start of a window to that of the next; at most `size`.
        slide: Span,
        /// By how much starts are moved; less than `slide`.
        offset: Span,
    },
    /// As long as rows of a key follow one another: a row opens [t, t + gap), and windows that touch merge.
    Session {
        /// The pause that ends a session.
        gap: Span,
    },
    /// The last `size` rows of a key, at each `every`-th of its rows, whatever their times.
    Count {
        /// Rows of a window.
        size: u32,
        /// Rows from one window to the next; at most `size`.
        every: u32,
    },
}

impl Window {
    /// Length of aligned windows.
    #[must_use]
    pub fn size(&self) -> Option<Span> {
        match self.kind {
            WindowKind::Aligned { size, .. } => Some(size),
            _ => None,
        }
    }

    /// The time scale on which results come: the slide of aligned windows, the gap of sessions.
    #[must_use]
    pub fn pace(&self) -> Option<Span> {
        match self.kind {
            WindowKind::Aligned { slide, .. } => Some(slide),
            WindowKind::Session { gap } => Some(gap),
            WindowKind::Count { .. } => None,
        }
    }
}

/// What a window counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowBy {
    /// One count for each key.
    Key,
    /// One count for all.
    Global,
}

/// What a window computes of its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// How many there are.
    #[default]
    Count,
    /// Their payload bytes.
    SumBytes,
    /// How many users they are of.
    DistinctUsers,
}

/// One pipeline to compare.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Its name in tables and charts.
    pub name: String,
    /// How it runs.
    pub model: Model,
    /// How duplicates are removed; `None` counts them. A batch knows only whether.
    pub dedup: Option<Dedup>,
    /// Bytes that one remembered id takes; 0 where the state has a fixed size.
    pub bytes_per_id: f64,
    /// Where ids are kept; `None` when none are, or in Bloom filters.
    pub store: Option<Store>,
    /// Bytes that one window entry takes.
    pub bytes_per_entry: f64,
    /// Cores: used during runs (batch), reserved all the time (others).
    pub cores: f64,
    /// From the end of processing until a reader sees the result, microseconds.
    pub sink_delay: Distribution,
    /// What fails; `None`: nothing.
    pub failures: Option<Failures>,
    /// Most bytes of its working set; `None`: no limit.
    pub memory_limit: Option<f64>,
    /// Where results go.
    pub sink: SinkKind,
}

impl Pipeline {
    /// Rows a second that it makes at full speed: all cores of a batch, all workers of a stream.
    #[must_use]
    pub fn throughput(&self) -> f64 {
        match &self.model {
            Model::Batch(batch) => batch.run_time.throughput.0,
            Model::MicroBatch(batch) => batch.run_time.throughput.0,
            Model::Continuous(job) => f64::from(job.parallelism) * 1e6 / job.service.mean().max(1e-3),
        }
    }
}

/// How a pipeline runs.
#[derive(Clone, Debug)]
pub enum Model {
    /// Scheduled runs over closed periods.
    Batch(Batch),
    /// Spark Structured Streaming's processing-time trigger.
    MicroBatch(MicroBatch),
    /// Flink: one record at a time.
    Continuous(Continuous),
}

impl Model {
    /// The model's name in files and output.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Batch(_) => "batch",
            Self::MicroBatch(_) => "micro_batch",
            Self::Continuous(_) => "continuous",
        }
    }
}

/// The model `micro_batch`.
#[derive(Clone, Debug)]
pub struct MicroBatch {
    /// Trigger interval; batches start at UTC multiples of it.
    pub trigger: Span,
    /// Cost of a batch.
    pub run_time: RunTime,
    /// Watermark delay: the watermark trails the largest event time seen by this much.
    pub watermark_delay: Span,
    /// When windows are emitted.
    pub output: Output,
    /// What it reads from.
    pub broker: Broker,
}

/// Output modes of Spark Structured Streaming.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Every touched window after each batch.
    Update,
    /// Each window once, when the watermark has passed its end.
    Append,
}

/// The model `continuous`.
#[derive(Clone, Debug)]
pub struct Continuous {
    /// Parallel workers.
    pub parallelism: u32,
    /// How records reach workers.
    pub dispatch: Dispatch,
    /// Service time of a record at a worker, microseconds.
    pub service: Distribution,
    /// A consumer asks the broker for records this often; 0 takes each at once.
    pub fetch_interval: Span,
    /// From the fetch to the record being in the engine.
    pub fetch_delay: Span,
    /// Bound on out-of-orderness of the watermark.
    pub watermark_bound: Span,
    /// What has a watermark of its own; they are merged by their minimum.
    pub watermark_per: WatermarkPer,
    /// A partition without a record for this long does not hold back the others; `None`: it does.
    pub idleness: Option<Span>,
    /// When it is emitted.
    pub watermark_emission: WatermarkEmission,
    /// Interval of periodic watermark emission.
    pub watermark_interval: Span,
    /// How long after its end a window takes late records and fires again.
    pub allowed_lateness: Span,
    /// When output is visible.
    pub guarantee: Guarantee,
    /// Its checkpoints; `None` when nobody would see them.
    pub checkpoints: Option<Checkpoints>,
    /// What it reads from.
    pub broker: Broker,
}

/// What has a watermark of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WatermarkPer {
    /// The input as a whole: the strategy is given after the source.
    Input,
    /// Each partition of the broker: the strategy is given to the Kafka source.
    Partition,
}

/// When a watermark is emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WatermarkEmission {
    /// At ticks of its interval: Flink's periodic generators.
    Periodic,
    /// After each record as well: a generator that emits in `onEvent`.
    Record,
}

/// How records reach the workers of a continuous pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dispatch {
    /// By hash of the key: each worker has its own queue.
    Key,
    /// The first free worker takes the next record of one queue.
    Any,
}

/// Delivery guarantee of a continuous pipeline's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::enum_variant_names, reason = "the words of the engines")]
pub enum Guarantee {
    /// Output is visible when written; a failure takes what the job held.
    AtMostOnce,
    /// Output is visible when written; what came since a checkpoint is written again after a failure.
    AtLeastOnce,
    /// Output is visible when the checkpoint that covers it completes.
    ExactlyOnce,
}

/// Prices.
#[derive(Clone, Debug)]
pub struct Prices {
    /// Currency in words, for axes.
    pub currency: String,
    /// One core for an hour.
    pub core_hour: f64,
    /// One gigabyte (10⁹ bytes) of memory for an hour.
    pub gb_hour: f64,
}

impl Scenario {
    /// The place of the first continuous pipeline, else of the first micro-batch; `None` when all are batches.
    #[must_use]
    pub fn most_like_a_stream(&self) -> Option<usize> {
        let first = |wanted: fn(&Model) -> bool| self.pipelines.iter().position(|pipeline| wanted(&pipeline.model));
        first(|model| matches!(model, Model::Continuous(_)))
            .or_else(|| first(|model| matches!(model, Model::MicroBatch(_))))
    }

    /// How long after a day's end the objectives look how complete it is, each once and rising.
    #[must_use]
    pub fn looks(&self) -> Vec<Span> {
        let by = |objective: &Objective| match objective.of {
            Of::Days { by, .. } => by,
            _ => None,
        };
        let mut looks: Vec<Span> = self.objectives.iter().filter_map(by).collect();
        looks.sort_unstable();
        looks.dedup();
        looks
    }

    /// The measured period of event time.
    #[must_use]
    pub fn measured(&self, end_of_log: Option<Instant>) -> Period {
        let from = Instant(0) + self.warmup;
        let to = match (self.duration, end_of_log) {
            (Some(duration), _) => from + duration,
            (None, Some(end)) => end.max(from + Span(1)),
            (None, None) => from + Span(1),
        };
        Period { from, to }
    }
}
