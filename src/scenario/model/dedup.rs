//! Removal of duplicates: for how long a streaming pipeline remembers an id, and what an id takes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::units::Span;

/// How long a streaming pipeline remembers the ids that it has let through. A batch knows no such
/// time: it looks for duplicates among the rows that a run reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Dedup {
    /// For this long from the delivery that was let through on, by the clock.
    Ttl(Span),
    /// Until the watermark reaches the event time of that delivery plus this.
    EventTime(Span),
    /// Until the window closes in which it was counted.
    Window,
    /// Until the watermark reaches its event time; id and event time must be equal.
    UntilWatermark,
    /// Until the watermark reaches its event time plus the watermark's delay.
    WithinWatermark,
    /// For ever.
    Unbounded,
    /// In the newer of two maps; every such span the older one is thrown away.
    Generations(Span),
    /// In the newer of two Bloom filters; every such span the older one is thrown away.
    Bloom(Span, Bloom),
}

impl Dedup {
    /// Bytes that the state takes whatever it holds; `None` when it grows with the ids.
    #[must_use]
    pub fn fixed_bytes(&self) -> Option<f64> {
        match self {
            Self::Bloom(_, filter) => Some(2.0 * filter.bits() / 8.0),
            _ => None,
        }
    }
}

/// A Bloom filter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bloom {
    /// Ids that it is made for.
    pub capacity: u64,
    /// Share of new ids that it takes for known ones when it holds that many.
    pub false_positive: f64,
}

impl Bloom {
    /// Its bits: −n ln p / (ln 2)², the least that keep the share.
    #[must_use]
    pub fn bits(&self) -> f64 {
        let ln_2 = std::f64::consts::LN_2;
        (self.capacity as f64 * -libm::log(self.false_positive) / (ln_2 * ln_2)).ceil().max(1.0)
    }

    /// Bits that an id sets: bits / n · ln 2, rounded.
    #[must_use]
    pub fn hashes(&self) -> f64 {
        (self.bits() / self.capacity as f64 * std::f64::consts::LN_2).round().max(1.0)
    }
}

/// Form of an event id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdForm {
    /// A number of 8 bytes.
    #[default]
    Integer,
    /// A UUID written out: 36 characters.
    Uuid,
}

/// Where ids are kept, which decides what one takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Store {
    /// Flink's heap state, a value for each id: 72.7 bytes (uuid 128.6). Measured, Flink 2.3.0 with a million ids.
    FlinkHeap,
    /// The same with a time to live: 96.4 bytes (uuid 153). Measured likewise.
    FlinkHeapTtl,
    /// The same with an event-time timer: 154.2 bytes (uuid 210.2). Measured likewise.
    FlinkHeapTimer,
    /// Flink's heap state, a map for each id: 233.2 bytes (uuid 290). Measured likewise.
    FlinkHeapMap,
    /// Flink's heap state, 1,024 maps that share the ids: 64.8 bytes (uuid 121.5). Measured likewise.
    FlinkHeapShards,
    /// Flink's RocksDB state, a value for each id: 15.4 bytes (uuid 47.6) on disk. Measured: the checkpoint's size.
    FlinkRocksdb,
    /// The same with a time to live: 19.7 bytes (uuid 47.2) on disk. Measured likewise.
    FlinkRocksdbTtl,
    /// Spark's default store: 288 bytes (uuid 329), with kind = "within_watermark" 281 (uuid 322). Measured, Spark 4.3.0.
    SparkHdfs,
    /// Spark's RocksDB store: 32 bytes on disk, the middle of 17 to 47 measured; uuid 60, computed: 28 characters more.
    SparkRocksdb,
    /// A compact hash set without a JVM: 18.9 bytes (uuid 77.6). Computed for a million ids from hashbrown's layout
    /// (2^21 slots, a byte more for each) and measured by counting allocations.
    HashSet,
}

impl Store {
    /// Bytes that an id takes.
    #[must_use]
    pub fn bytes(self, form: IdForm, dedup: &Dedup) -> f64 {
        let (integer, uuid) = match self {
            Self::FlinkHeap => (72.7, 128.6),
            Self::FlinkHeapTtl => (96.4, 153.0),
            Self::FlinkHeapTimer => (154.2, 210.2),
            Self::FlinkHeapMap => (233.2, 290.0),
            Self::FlinkHeapShards => (64.8, 121.5),
            Self::FlinkRocksdb => (15.4, 47.6),
            Self::FlinkRocksdbTtl => (19.7, 47.2),
            Self::SparkHdfs if *dedup == Dedup::WithinWatermark => (281.0, 322.0),
            Self::SparkHdfs => (288.0, 329.0),
            Self::SparkRocksdb => (32.0, 60.0),
            Self::HashSet => (18.9, 77.6),
        };
        match form {
            IdForm::Integer => integer,
            IdForm::Uuid => uuid,
        }
    }

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FlinkHeap => "flink_heap",
            Self::FlinkHeapTtl => "flink_heap_ttl",
            Self::FlinkHeapTimer => "flink_heap_timer",
            Self::FlinkHeapMap => "flink_heap_map",
            Self::FlinkHeapShards => "flink_heap_shards",
            Self::FlinkRocksdb => "flink_rocksdb",
            Self::FlinkRocksdbTtl => "flink_rocksdb_ttl",
            Self::SparkHdfs => "spark_hdfs",
            Self::SparkRocksdb => "spark_rocksdb",
            Self::HashSet => "hash_set",
        }
    }

    /// Where a number of bytes comes from; `None` when it is not this store's.
    #[must_use]
    pub fn origin(self, bytes: f64, dedup: &Dedup) -> Option<&'static str> {
        let form = [IdForm::Integer, IdForm::Uuid].into_iter().find(|form| self.bytes(*form, dedup) == bytes)?;
        Some(match (self, form) {
            (Self::FlinkRocksdb | Self::FlinkRocksdbTtl, _) => {
                "on disk, measured on Flink 2.3.0 as a checkpoint's size"
            }
            (Self::SparkHdfs, _) => "measured on Spark 4.3.0",
            (Self::SparkRocksdb, IdForm::Integer) => "on disk, the middle of what was measured on Spark 4.3.0",
            (Self::SparkRocksdb, IdForm::Uuid) => "on disk, computed",
            (Self::HashSet, _) => "computed for a million ids",
            _ => "measured on Flink 2.3.0 with a million ids",
        })
    }

    /// Whether ids lie on disk, so that they are no part of the working set. A block cache is not counted.
    #[must_use]
    pub fn is_on_disk(self) -> bool {
        matches!(self, Self::FlinkRocksdb | Self::FlinkRocksdbTtl | Self::SparkRocksdb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bloom_filter_has_the_size_of_the_textbook() {
        let bits = |false_positive| Bloom { capacity: 1_000_000, false_positive }.bits() / 1e6;
        assert!((bits(0.01) - 9.5851).abs() < 1e-4 && (bits(0.001) - 14.3776).abs() < 1e-4);
        assert_eq!(Bloom { capacity: 1_000_000, false_positive: 0.01 }.hashes(), 7.0);
        assert_eq!(Bloom { capacity: 1, false_positive: 0.5 }.hashes(), 1.0);
    }

    #[test]
    fn a_hash_set_has_the_layout_that_its_bytes_follow_from() {
        // The standard library's set is hashbrown's: slots are a power of two, filled up to seven eighths, and have a
        // byte of control each.
        let bytes = |capacity: usize, id: f64| (capacity as f64 * 8.0 / 7.0) * (id + 1.0) / 1e6;
        let dedup = Dedup::Generations(Span(1));
        let integers: std::collections::HashSet<u64> = (0..1_000_000).collect();
        let integer = bytes(integers.capacity(), 8.0);
        assert!((integer - Store::HashSet.bytes(IdForm::Integer, &dedup)).abs() < 0.05, "{integer}");
        let text = |id: u64| std::array::from_fn(|place| (id >> (place % 8 * 8)) as u8);
        let uuids: std::collections::HashSet<[u8; 36]> = (0..1_000_000).map(text).collect();
        let uuid = bytes(uuids.capacity(), 36.0);
        assert!((uuid - Store::HashSet.bytes(IdForm::Uuid, &dedup)).abs() < 0.05, "{uuid}");
    }
}
