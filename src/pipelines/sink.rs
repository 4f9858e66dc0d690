//! The sink: from the end of processing until a reader sees the result.
//!
//! **Scope.** Every sink has a delay of its own (`sink_delay`). Beyond it: a Kafka topic shows what its producer sends at the next
//! multiple of the linger. Iceberg shows a snapshot for each run or checkpoint (a continuous pipeline must have them: one
//! snapshot for each record is no table). Hive rewrites a whole partition for a late row, and its readers see the old one
//! until that is done: partition bytes / bandwidth. Postgres upserts rows at a rate, first come, first served, so
//! that output queues before it; upserts by key write a row once however often it comes. What a sink stores is in
//! `metrics/sink.rs`.
//!
//! **Back-pressure.** A second's work may wait before Postgres (Flink's JDBC sink flushes its buffer once a second): then a
//! continuous pipeline stops taking records, which wait at the broker. A micro-batch ends when all is stored.
//!
//! **Limits.** A batch does not wait for its sink: the next run may begin while the last is being stored. Rows of a partition of Hive are its events. A micro-batch without windows upserts what it read.
//!
//! **Parameters**: `scenario::Sink`. **Validation**: closed forms in `tests/theory/sinks.rs`.

use std::collections::BTreeMap;

use super::cohort::Cohort;
use crate::random::{Distribution, Substream};
use crate::scenario::{Pipeline, SinkKind};
use crate::units::{Instant, SECOND, Span};

/// Work that may wait before a sink that takes rows one after another.
const BUFFER: Span = Span(SECOND);
/// Partitions of a Hive table that are remembered; older ones are taken for unwritten.
const PARTITIONS: usize = 1 << 16;

/// The sink of one pipeline.
#[derive(Clone, Debug)]
pub struct Sink {
    kind: SinkKind,
    epoch: Instant,
    delay: Distribution,
    constant_delay: Option<Span>,
    stream: Substream,
    /// When a sink that takes rows one after another is free.
    free: Instant,
    /// Rows by partition.
    written: BTreeMap<i64, u64>,
    sample: u64,
}

impl Sink {
    /// The sink of a pipeline; each row stands for `sample`.
    #[must_use]
    pub fn new(pipeline: &Pipeline, epoch: Instant, sample: u32, stream: Substream) -> Self {
        Self {
            kind: pipeline.sink.clone(),
            epoch,
            delay: pipeline.sink_delay.clone(),
            constant_delay: pipeline.sink_delay.as_constant().map(Span::from_micros_f64),
            stream,
            free: Instant::MIN,
            written: BTreeMap::new(),
            sample: sample.into(),
        }
    }

    /// Whether a row that is written again takes the place of the first.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        matches!(self.kind, SinkKind::Postgres { .. })
    }

    /// Whether it matters how many rows are written.
    #[must_use]
    pub fn counts_rows(&self) -> bool {
        matches!(self.kind, SinkKind::Postgres { .. })
    }

    /// When a record can be taken that will be written: while more than a second's work waits, none.
    #[inline]
    #[must_use]
    pub fn accepts_from(&self) -> Instant {
        self.free - BUFFER
    }

    /// When all that was written is stored, where that takes time.
    #[must_use]
    pub fn stored_by(&self) -> Instant {
        self.free
    }

    /// When output of `rows` rows that is written at `written` is visible.
    #[inline]
    pub fn visible_at(&mut self, written: Instant, rows: u64) -> Instant {
        let delay = self.constant_delay.unwrap_or_else(|| Span::from_micros_f64(self.delay.sample(&mut self.stream)));
        let stored = match &self.kind {
            SinkKind::Plain | SinkKind::Iceberg { .. } | SinkKind::Hive { .. } => written,
            SinkKind::Kafka { linger } if *linger > Span::ZERO => {
                (written - Span(1)).next_multiple(*linger, self.epoch)
            }
            SinkKind::Kafka { .. } => written,
            SinkKind::Postgres { rate } => {
                let takes = Span::from_micros_f64(rows.saturating_mul(self.sample) as f64 / rate.0 * 1e6);
                self.free = self.free.max(written).later(takes);
                self.free
            }
        };
        stored + delay
    }

    /// Cohorts are written to their partitions: gives the bytes of partitions that are rewritten, and how long
    /// that takes.
    pub fn rewrite(&mut self, cohorts: &[Cohort]) -> (f64, Span) {
        let SinkKind::Hive { row_bytes, bandwidth, .. } = &self.kind else { return (0.0, Span::ZERO) };
        let mut added: BTreeMap<i64, u64> = BTreeMap::new();
        for cohort in cohorts {
            for (place, count) in cohort.partitions.iter().flat_map(|partitions| partitions.iter()) {
                *added.entry(place).or_insert(0) += count;
            }
        }
        let mut rows = 0;
        for (place, count) in added {
            match self.written.get_mut(&place) {
                Some(before) => {
                    *before += count;
                    rows += *before;
                }
                None => {
                    self.written.insert(place, count);
                }
            }
        }
        while self.written.len() > PARTITIONS {
            self.written.pop_first();
        }
        let bytes = rows as f64 * self.sample as f64 * row_bytes.0 as f64;
        (bytes, Span::from_micros_f64(bytes / bandwidth.0 as f64 * 1e6))
    }
}
