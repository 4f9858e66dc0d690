//! Failures of a micro-batch pipeline, and what it never reads.
//!
//! **Scope.** A batch that fails is replayed: the same rows, from the offsets in its log. Between batches a failure delays the
//! next. A planned stop waits for the batch to end. What waits for longer than the retention, or came before the offsets at which
//! the pipeline starts, is never read.
//!
//! **Limits.** A batch that fails has written nothing. Reading the state again takes no time.
//!
//! **Parameters**: `scenario::Failures`, `scenario::Broker`. **Validation**: `tests/theory/failures.rs`, `tests/twin/failures.rs`.

use crate::pipelines::facts::{Facts, Failure};
use crate::pipelines::failures::Failures;
use crate::pipelines::setup::Setup;
use crate::scenario::{self, Pipeline, StartOffsets};
use crate::units::{Instant, Span};
use crate::workload::Rows;

/// What keeps batches from running, and rows from being read.
pub(super) struct Outages {
    failures: Failures,
    retention: Option<Span>,
    /// Rows that arrived before are never read.
    skips_before: Instant,
    /// Since when there is something to catch up on.
    behind_since: Option<Instant>,
}

impl Outages {
    /// Those of a pipeline that has not started.
    pub fn new(model: &scenario::MicroBatch, pipeline: &Pipeline, setup: &Setup) -> Self {
        let broker = &model.broker;
        let skips_before = match broker.offsets {
            StartOffsets::Latest => broker.begins,
            StartOffsets::Timestamp => broker.timestamp,
            StartOffsets::Earliest | StartOffsets::Committed => Instant::MIN,
        };
        Self {
            failures: Failures::new(pipeline, setup),
            retention: broker.retention,
            skips_before,
            behind_since: (broker.begins > Instant(0)).then_some(Instant(0)),
        }
    }

    /// Runs a batch of `rows` that takes so long from `now` on, again after each failure; gives when the attempt that
    /// succeeds starts.
    pub fn attempt(&mut self, now: Instant, takes: Span, rows: u64, cores: f64, facts: &mut impl Facts) -> Instant {
        let attempt = self.failures.run(now, takes, rows, cores, facts);
        self.behind_since = self.behind_since.or(attempt.failed);
        attempt.start
    }

    /// When the next batch starts if nothing is wrong until then at `start`; the last one ended at `finished`.
    pub fn next_start(&mut self, finished: Instant, start: Instant, facts: &mut impl Facts) -> Instant {
        let (mut next, mut from) = (start, finished);
        while let Some(stop) = self.failures.within(from, next) {
            facts.failed(&Failure { at: stop.at, resumed: stop.until, planned: stop.planned });
            self.behind_since.get_or_insert(stop.at);
            from = stop.until;
            next = next.max(stop.until);
        }
        next
    }

    /// A batch ended at `finished`; the trigger after it is at `next`.
    pub fn note_batch(&mut self, finished: Instant, next: Instant, facts: &mut impl Facts) {
        if finished <= next
            && let Some(since) = self.behind_since.take()
        {
            facts.caught_up(since, finished);
        }
    }

    /// How many of these rows are gone when the batch starts that would take them.
    #[inline]
    pub fn gone(&self, rows: Rows<'_>, start: Instant) -> usize {
        let kept = self.retention.map_or(Instant::MIN, |retention| start - retention).max(self.skips_before);
        if kept == Instant::MIN { 0 } else { rows.arrival.partition_point(|arrival| *arrival < kept) }
    }
}
