//! The presets: every default of a pipeline, and where it comes from.

use super::file::{ModelWord, PresetWord};
use super::model::{
    Batch, Broker, Continuous, Dispatch, Guarantee, LateRows, MicroBatch, Model, Output, PartitionBy, Pipeline, Prices,
    RunTime, SinkKind, WatermarkEmission, WatermarkPer,
};
use crate::random::Distribution;
use crate::units::{Bytes, DAY, HOUR, MINUTE, Rate, SECOND, Span};

/// Names of the presets, in the order in which they are compared by default.
pub(super) const NAMES: [&str; 4] = ["daily", "hourly", "micro_batch", "continuous"];

/// Bytes of an id in a JVM heap map of 8-byte ids. Measured: Flink heap value state.
const BATCH_BYTES_PER_ID: f64 = 72.7;
/// Bytes of an id in Spark's default state store. Measured: dropDuplicates, 8-byte ids.
const SPARK_BYTES_PER_ID: f64 = 288.0;
/// Bytes of an id in Flink. Measured: heap value state with TTL, 8-byte ids, a million of them.
const FLINK_BYTES_PER_ID: f64 = 96.4;
/// Bytes of an open window entry. Measured: Flink heap value state.
const BYTES_PER_ENTRY: f64 = 72.7;
/// Linger of a Kafka producer. Kafka's default since 4.0.
pub(super) const LINGER: Span = Span(5_000);
/// Partition of a table. Assumption: the usual one.
pub(super) const PARTITION: Span = Span(HOUR);
/// Bytes of a row in a file. Assumption: 300 bytes of payload, compressed.
pub(super) const ROW_BYTES: Bytes = Bytes(100);
/// Bytes a second at which a partition of Hive is rewritten. Assumption.
pub(super) const HIVE_BANDWIDTH: Bytes = Bytes(100_000_000);
/// Upserts a second. Published inserts into a table with secondary indexes: 18 903 rows a second (Postgres 10.23).
pub(super) const POSTGRES_RATE: Rate = Rate(20_000.0);
/// From the stop of a run until a person releases it. Assumption.
pub(super) const RELEASE: Span = Span(HOUR);
/// Interval of checkpoints with exactly-once. Assumption: a common choice.
pub(super) const CHECKPOINT_INTERVAL: Span = Span(MINUTE);
/// Duration of a checkpoint. Assumption, of the order of published RocksDB checkpoints of 20 GB.
pub(super) const CHECKPOINT_DURATION: Span = Span(5 * SECOND);

/// Duration of a checkpoint without the writing of state. Assumption: its coordination.
pub(super) const CHECKPOINT_START: Span = Span(SECOND);
/// From a failure until it is noticed. Kafka's default of `session.timeout.ms`, after which a consumer counts as dead.
pub(super) const DETECTION: Span = Span(45 * SECOND);
/// From then until a job runs again. Assumption: a restart without people.
pub(super) const REPAIR: Span = Span(30 * SECOND);
/// Records a second of a RabbitMQ queue. Measured by its makers: a quorum queue of three nodes, records of 1 KB.
pub(super) const RABBITMQ_RATE: f64 = 30_000.0;

/// Time of a dataset that is made from another. Assumption.
pub(super) const DATASET: Span = Span(10 * MINUTE);
/// Cores of one. Assumption.
pub(super) const DATASET_CORES: f64 = 4.0;

fn constant(micros: i64) -> Distribution {
    Distribution::Constant(micros as f64)
}

impl PresetWord {
    /// The preset's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Hourly => "hourly",
            Self::MicroBatch => "micro_batch",
            Self::Continuous => "continuous",
        }
    }

    /// All presets, in the order of [`NAMES`].
    pub(super) fn all() -> [Self; 4] {
        [Self::Daily, Self::Hourly, Self::MicroBatch, Self::Continuous]
    }

    /// Its model.
    pub(super) fn model(self) -> ModelWord {
        match self {
            Self::Daily | Self::Hourly => ModelWord::Batch,
            Self::MicroBatch => ModelWord::MicroBatch,
            Self::Continuous => ModelWord::Continuous,
        }
    }

    /// The pipeline that it stands for.
    pub(super) fn pipeline(self) -> Pipeline {
        match self {
            Self::Daily => daily(),
            Self::Hourly => hourly(),
            Self::MicroBatch => micro_batch(),
            Self::Continuous => continuous(),
        }
    }
}

impl ModelWord {
    /// The model's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::MicroBatch => "micro_batch",
            Self::Continuous => "continuous",
        }
    }

    /// The preset whose values a pipeline without one has.
    pub(super) fn preset(self) -> PresetWord {
        match self {
            Self::Batch => PresetWord::Hourly,
            Self::MicroBatch => PresetWord::MicroBatch,
            Self::Continuous => PresetWord::Continuous,
        }
    }
}

/// Parts that presets share. Whether duplicates are removed is up to the job.
fn pipeline(name: &str, model: Model, cores: f64, bytes_per_id: f64) -> Pipeline {
    Pipeline {
        name: name.to_owned(),
        model,
        dedup: None,
        bytes_per_id,
        store: None,
        bytes_per_entry: BYTES_PER_ENTRY,
        cores,
        sink_delay: constant(0),
        failures: None,
        memory_limit: None,
        sink: SinkKind::Plain,
    }
}

/// A batch a day. Period by definition; start, overhead, throughput, cores and one day of
/// lookback: assumption (a scheduler that waits half an hour for stragglers, a cluster that takes
/// three minutes to come up).
fn daily() -> Pipeline {
    batch("daily", DAY, 30 * MINUTE, 3 * MINUTE, 1)
}

/// A batch an hour. Period by definition; start, overhead, throughput, cores and three hours of
/// lookback: assumption.
fn hourly() -> Pipeline {
    batch("hourly", HOUR, 5 * MINUTE, MINUTE, 3)
}

fn batch(name: &str, every: i64, start_after: i64, overhead: i64, lookback: u32) -> Pipeline {
    let model = Batch {
        every: Span(every),
        start_after: Span(start_after),
        start_delay: constant(0),
        partition_by: PartitionBy::EventTime,
        run_time: RunTime { overhead: constant(overhead), throughput: Rate(100_000.0) },
        straggler: Distribution::Constant(1.0),
        gate: None,
        downstream: None,
        tree: None,
        late: LateRows::Lookback { periods: lookback },
    };
    pipeline(name, Model::Batch(model), 8.0, BATCH_BYTES_PER_ID)
}

/// Spark Structured Streaming. Overhead measured on Spark 4.3: a micro-batch cost 0.5 to 0.7 s
/// whatever it held. Trigger, throughput, watermark delay and cores: assumption.
fn micro_batch() -> Pipeline {
    let model = MicroBatch {
        trigger: Span(60 * SECOND),
        run_time: RunTime { overhead: constant(600_000), throughput: Rate(100_000.0) },
        watermark_delay: Span(15 * SECOND),
        output: Output::Update,
        broker: Broker::default(),
    };
    pipeline("micro_batch", Model::MicroBatch(model), 4.0, SPARK_BYTES_PER_ID)
}

/// Flink. Watermark interval: Flink's default of `pipeline.auto-watermark-interval`. Service time
/// of 100 µs: the rule of thumb of 10 000 records a second and core. Workers, fetch delay, bound,
/// lateness and the sink's 10 ms (the order of a committed Kafka write): assumption.
fn continuous() -> Pipeline {
    let model = Continuous {
        parallelism: 2,
        dispatch: Dispatch::Key,
        service: constant(100),
        fetch_interval: Span::ZERO,
        fetch_delay: Span(5_000),
        watermark_bound: Span(15 * SECOND),
        watermark_interval: Span(200_000),
        watermark_per: WatermarkPer::Partition,
        watermark_emission: WatermarkEmission::Periodic,
        idleness: None,
        allowed_lateness: Span(5 * MINUTE),
        guarantee: Guarantee::AtLeastOnce,
        checkpoints: None,
        broker: Broker::default(),
    };
    let preset = pipeline("continuous", Model::Continuous(model), 2.0, FLINK_BYTES_PER_ID);
    Pipeline { sink_delay: constant(10_000), ..preset }
}

/// List price of AWS Fargate, Linux on x86, us-east-1.
pub(super) fn prices() -> Prices {
    Prices { currency: "USD".to_owned(), core_hour: 0.04048, gb_hour: 0.004_445 }
}
