//! How a record enters a job: after what stops the job, and in turn.
//!
//! While a job catches up, its source is held back by back-pressure: a record is read when a worker takes it. The watermark
//! then rises with what is processed, not with what waits.

use super::Continuous;
use super::recovery::{Outage, Passed};
use crate::pipelines::facts::{Facts, Levels, Resolved};
use crate::scenario::Guarantee;
use crate::units::{Instant, Span};

/// Where a job stands.
pub(super) struct Job {
    guarantee: Guarantee,
    workers: u32,
    /// Processing may go on until here before it asks what stops it.
    pub halt: Instant,
    /// Nothing is processed before this.
    floor: Instant,
    /// Records that arrived until then are never read.
    skips_until: Instant,
    /// Since when it has something to catch up on.
    behind_since: Option<Instant>,
    /// When the record read last was read, while it catches up.
    pace: Instant,
    /// Exactly once: the failure after which records are processed again, and how many so far.
    replaying: Option<(Instant, u64)>,
    /// What was done so far, and by the last checkpoint.
    done: Done,
    mark: Done,
    /// Ids of earlier deliveries were forgotten.
    pub forgotten: Instant,
}

/// Work done.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    records: u64,
    /// Microseconds of all workers.
    work: i64,
    /// Rows written.
    rows: u64,
}

/// A record in the engine.
pub(super) struct Admitted {
    /// Partition of the broker.
    pub partition: u32,
    /// Read from the broker.
    pub read: Instant,
    /// Processing started.
    pub started: Instant,
    /// Processing ended.
    pub processed: Instant,
}

impl Job {
    /// A job that starts when `begins`.
    pub fn new(guarantee: Guarantee, workers: u32, guarded: bool, begins: Instant, skips_until: Instant) -> Self {
        let late = begins > Instant(0);
        Self {
            guarantee,
            workers,
            halt: if guarded { Instant::MIN } else { Instant::MAX },
            floor: begins,
            skips_until,
            behind_since: late.then_some(Instant(0)),
            pace: begins,
            replaying: None,
            done: Done::default(),
            mark: Done::default(),
            forgotten: Instant::MIN,
        }
    }

    /// Whether records enter one by one, each by all rules.
    #[inline]
    pub fn is_held_up(&self) -> bool {
        self.behind_since.is_some() || self.replaying.is_some()
    }

    fn is_exactly_once(&self) -> bool {
        self.guarantee == Guarantee::ExactlyOnce
    }

    /// Counts a run of records that took so many microseconds.
    #[inline]
    pub fn count(&mut self, records: usize, work: i64) {
        self.done.records += records as u64;
        self.done.work = self.done.work.saturating_add(work);
    }

    /// Counts rows written.
    #[inline]
    pub fn write(&mut self, rows: u64) {
        self.done.rows += rows;
    }

    /// Records since the last checkpoint.
    pub fn records_since_checkpoint(&self) -> u64 {
        self.done.records - self.mark.records
    }
}

impl<F: Facts> Continuous<F> {
    /// Takes a record into the engine; `None` when it is lost before.
    #[inline]
    pub(super) fn admit(&mut self, arrival: Instant, key: u32) -> Option<Admitted> {
        let partition = self.setup.partitioner.of(key);
        let nominal = self.source.read_at(arrival, partition);
        let mut read = nominal;
        if self.job.halt < Instant::MAX || self.job.is_held_up() {
            read = self.hold_up(nominal, key);
        }
        let from = self.earliest(nominal);
        if arrival <= self.job.skips_until || self.source.has_lost(arrival, self.workers.start_of(key, from)) {
            return None;
        }
        self.tick_before(read);
        let service = self.service_of(key, read);
        let (started, processed, free) = self.workers.serve(key, from, service, self.setup.sample);
        self.job.count(1, service.0);
        self.busy.work(started, free, &mut self.facts);
        if started > self.probes.next_probe() {
            self.wait_over_probes(started);
        }
        Some(Admitted { partition, read, started, processed })
    }

    /// When a worker may take a record at the earliest that can be read at `nominal`: not before the job runs, nor while too
    /// much waits before the sink.
    fn earliest(&self, nominal: Instant) -> Instant {
        nominal.max(self.job.floor).max(self.commit.accepts_from())
    }

    /// When a record is read by a job that may be held up.
    #[cold]
    fn hold_up(&mut self, nominal: Instant, key: u32) -> Instant {
        loop {
            let start = self.workers.start_of(key, self.earliest(nominal));
            if start <= self.job.halt {
                break;
            }
            self.pass(start);
        }
        if let Some((failed, records)) = &mut self.job.replaying {
            if nominal <= *failed {
                *records += 1;
            } else {
                let (failed, records) = (*failed, *records);
                self.job.replaying = None;
                self.facts.replayed(failed, records, 0);
            }
        }
        let Some(since) = self.job.behind_since else { return nominal };
        let start = self.workers.start_of(key, self.earliest(nominal));
        self.job.pace = self.job.pace.max(start);
        if start <= nominal {
            self.job.behind_since = None;
            self.facts.caught_up(since, nominal);
        }
        self.job.pace
    }

    /// Passes what stops the job before `start`.
    pub(super) fn pass_before(&mut self, start: Instant) {
        while start > self.job.halt {
            self.pass(start);
        }
    }

    #[cold]
    fn pass(&mut self, start: Instant) {
        let exactly_once = self.job.is_exactly_once();
        let Some(recovery) = &mut self.commit.recovery else {
            self.job.halt = Instant::MAX;
            return;
        };
        let passed = recovery.pass(start, exactly_once, &mut self.facts);
        self.job.halt = recovery.halt(exactly_once);
        match passed {
            Some(Passed::Checkpoint(trigger, pause)) => {
                self.job.mark = self.job.done;
                if pause > Span::ZERO {
                    self.workers.pause(trigger, pause);
                }
            }
            Some(Passed::Outage(outage)) => self.stop(outage),
            None => {}
        }
    }

    fn stop(&mut self, outage: Outage) {
        let failure = outage.failure;
        let exactly_once = self.job.is_exactly_once();
        let goes_back = exactly_once && !failure.planned;
        self.emit_before(if goes_back { outage.back_to } else { failure.at } + Span(1));
        self.watermark.silent_until(failure.resumed);
        self.facts.failed(&failure);
        self.job.floor = failure.resumed;
        self.job.pace = failure.resumed;
        self.job.behind_since.get_or_insert(failure.at);
        match self.job.guarantee {
            _ if failure.planned => {}
            Guarantee::ExactlyOnce => {
                if let Some((failed, records)) = self.job.replaying.replace((failure.at, 0)) {
                    self.facts.replayed(failed, records, 0);
                }
            }
            Guarantee::AtLeastOnce => {
                let (done, mark) = (self.job.done, self.job.mark);
                let twice = if self.commit.is_idempotent() { 0 } else { done.rows - mark.rows };
                self.facts.replayed(failure.at, done.records - mark.records, twice);
                let work = (done.work - mark.work).saturating_mul(i64::from(self.setup.sample));
                self.workers.pause(failure.resumed, Span(work / i64::from(self.job.workers.max(1))));
                self.job.mark = done;
            }
            Guarantee::AtMostOnce => {
                self.job.skips_until = self.source.skips_until(failure.resumed, false);
                self.job.forgotten = failure.at;
                self.facts.replayed(failure.at, 0, 0);
                self.lose_state();
            }
        }
    }

    /// A job without checkpoints starts with nothing: what its windows held is lost, and no id is known.
    fn lose_state(&mut self) {
        let (events, duplicates) = self.lose_windows();
        self.facts.resolved(Resolved { lost: events, duplicates_lost: duplicates, ..Resolved::default() });
        self.entries = 0;
        self.watermark.next_effect = Instant::MAX;
        if let (Some(dedup), Some(fresh)) = (&mut self.dedup, &self.fresh_dedup) {
            dedup.forget(fresh);
        }
    }

    /// Looks whether the state fits; tells checkpoints how much there is.
    pub(super) fn weigh(&mut self, at: Instant, levels: Levels) {
        let scaled = levels.scaled(self.setup.sample);
        if let Some(recovery) = &mut self.commit.recovery {
            let new = self.job.records_since_checkpoint().saturating_mul(u64::from(self.setup.sample));
            recovery.state(self.footprint.state(&scaled), self.footprint.id_bytes(new));
        }
        if self.footprint.outgrows(&scaled) {
            self.stalled.die();
            self.facts.out_of_memory(at, levels);
        }
    }
}
