//! Failures of a micro-batch pipeline, and what it never reads.
//!
//! A batch that fails is replayed: the same rows, from the offsets in its log. Between batches a failure delays the next. A
//! planned stop waits for the batch to end.

use crate::pipelines::facts::{Facts, Failure};
use crate::pipelines::failures::{Failures, MOST_ATTEMPTS};
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
    /// A planned stop that waits for the batch.
    planned_until: Instant,
    /// Rows that came after memory ran out: measured first ones and duplicates, and all.
    stalled: Option<(u64, u64, u64)>,
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
            planned_until: Instant::MIN,
            stalled: None,
        }
    }

    /// Runs a batch of `rows` that takes so long from `now` on, again after each failure; gives when the attempt that
    /// succeeds starts.
    pub fn attempt(&mut self, now: Instant, takes: Span, rows: u64, cores: f64, facts: &mut impl Facts) -> Instant {
        let mut start = now;
        for _ in 0..MOST_ATTEMPTS {
            let Some(stop) = self.failures.within(start, start + takes) else { break };
            if stop.planned {
                self.planned_until = stop.until;
                continue;
            }
            facts.failed(&Failure { at: stop.at, resumed: stop.until, planned: false });
            facts.busy(start, stop.at, (stop.at - start).0 as f64 * cores);
            facts.replayed(stop.at, rows, 0);
            self.behind_since.get_or_insert(stop.at);
            start = stop.until;
        }
        start
    }

    /// When the next batch starts if nothing is wrong until then at `start`; the last one ended at `finished`.
    pub fn next_start(&mut self, finished: Instant, start: Instant, facts: &mut impl Facts) -> Instant {
        let mut next = start;
        if self.planned_until > finished {
            facts.failed(&Failure { at: finished, resumed: self.planned_until, planned: true });
            self.behind_since.get_or_insert(finished);
            next = next.max(self.planned_until);
            self.planned_until = Instant::MIN;
        }
        let mut from = finished;
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

    /// Memory has run out.
    pub fn stall(&mut self) {
        self.stalled = Some((0, 0, 0));
    }

    /// Whether memory has run out.
    #[inline]
    pub fn is_dead(&self) -> bool {
        self.stalled.is_some()
    }

    /// Measured rows that came after that.
    pub fn stalled(&self) -> (u64, u64) {
        self.stalled.map_or((0, 0), |(first, duplicates, _)| (first, duplicates))
    }

    /// All rows that came after that.
    pub fn waiting(&self) -> u64 {
        self.stalled.map_or(0, |(_, _, all)| all)
    }

    /// Rows come, and nobody takes them.
    #[cold]
    pub fn count(&mut self, rows: Rows<'_>, setup: &Setup) {
        let Some((first, duplicates, all)) = &mut self.stalled else { return };
        *all += rows.len() as u64;
        for row in (0..rows.len()).filter(|row| setup.measured.contains(rows.happened(*row))) {
            let is_first = rows.earlier(row).is_none();
            *first += u64::from(is_first);
            *duplicates += u64::from(!is_first);
        }
    }
}
