//! What a continuous pipeline reads from: the broker, and how records get from it into the engine.
//!
//! **Scope.** Kafka: the producer gathers records for its linger; the consumer polls (`fetch.rs`); what waits for longer than the
//! retention is lost; a job without a checkpoint starts at the earliest record, the latest, a timestamp, or where it was.
//! RabbitMQ: each partition is a queue that hands out its records one after the other at a limited rate. Order within a
//! partition is kept.
//!
//! **Limits.** The broker never fails, and takes everything at once. Offsets are committed with each record. Messages that
//! RabbitMQ delivers again come in their old order, as it requeues them where they were; what the job had done with them
//! since the last checkpoint is done twice, as with Kafka.
//!
//! **Parameters**: `scenario::Broker`; **validation**: `tests/theory/failures.rs`.

use super::fetch::Fetch;
use crate::scenario::{Broker, StartOffsets};
use crate::units::{Instant, Span};

/// Broker and consumer.
pub(super) struct Source {
    fetch: Fetch,
    broker: Broker,
    /// Between two records of a queue.
    gap: Span,
    /// When each queue handed out its last record.
    queues: Vec<Instant>,
}

impl Source {
    /// A broker with this many partitions; a simulated record stands for `sample`.
    pub fn new(fetch: Fetch, broker: Broker, partitions: u32, sample: u32) -> Self {
        let gap = broker.rate.map_or(Span::ZERO, |rate| Span::from_micros_f64(f64::from(sample) / rate.0 * 1e6));
        Self { fetch, broker, gap, queues: vec![Instant::MIN; partitions.max(1) as usize] }
    }

    /// Whether records can be read as soon as they have arrived, in order.
    pub fn is_plain(&self) -> bool {
        self.broker.linger == Span::ZERO && self.broker.rate.is_none()
    }

    /// From arrival to reading, if that is always the same.
    pub fn constant_delay(&self) -> Option<Span> {
        self.fetch.constant_delay()
    }

    /// When the consumer could read a record that arrives then, at the earliest.
    #[inline]
    pub fn fetched(&mut self, arrival: Instant) -> Instant {
        self.fetch.read_at(arrival)
    }

    /// When the consumer could read a record of a partition, if it is not held up itself.
    #[inline]
    pub fn read_at(&mut self, arrival: Instant, partition: u32) -> Instant {
        if self.is_plain() {
            return self.fetch.read_at(arrival);
        }
        let mut there = arrival;
        if self.broker.linger > Span::ZERO {
            there = (there - Span(1)).next_multiple(self.broker.linger, Instant(0));
        }
        if self.gap > Span::ZERO
            && let Some(last) = self.queues.get_mut(partition as usize)
        {
            *last = there.max(*last) + self.gap;
            there = *last;
        }
        self.fetch.read_at(there)
    }

    /// The last arrival that has been read at an instant.
    pub fn read_until(&self, at: Instant) -> Instant {
        self.fetch.read_until(at)
    }

    /// Whether a record is gone when somebody wants to process it.
    #[inline]
    pub fn has_lost(&self, arrival: Instant, started: Instant) -> bool {
        self.broker.retention.is_some_and(|retention| started - arrival > retention)
    }

    /// How long records may wait at least before any is lost.
    pub fn patience(&self) -> Span {
        self.broker.retention.unwrap_or(Span(i64::MAX / 4))
    }

    /// When the job starts for the first time.
    pub fn begins(&self) -> Instant {
        self.broker.begins
    }

    /// Arrivals up to here are never read by a job that starts at `at` without a checkpoint; `first` when it never
    /// ran before.
    pub fn skips_until(&self, at: Instant, first: bool) -> Instant {
        match self.broker.offsets {
            StartOffsets::Latest => at,
            StartOffsets::Timestamp if first => self.broker.timestamp - Span(1),
            _ => Instant::MIN,
        }
    }
}
