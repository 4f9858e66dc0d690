//! Failures, and what they cost in time and in records.

use crate::pipelines::{Failure, Levels};
use crate::scenario::Pipeline;
use crate::units::{DAY, Instant, Period};

/// What went wrong within the measured period.
#[derive(Clone, Debug)]
pub struct Operations {
    measured: Period,
    /// Whether the pipeline can fail at all; else nothing is known, which is not nothing.
    can_fail: bool,
    failures: u64,
    downtime: i64,
    catch_up: Option<i64>,
    replays: u64,
    replayed: u64,
    written_twice: u64,
    checkpoints: u64,
    checkpoint_time: i128,
    out_of_memory: Option<(Instant, Levels)>,
    over: bool,
}

impl Operations {
    /// Nothing went wrong.
    #[must_use]
    pub fn new(measured: Period, pipeline: &Pipeline) -> Self {
        Self {
            measured,
            can_fail: pipeline.failures.is_some() || pipeline.memory_limit.is_some(),
            failures: 0,
            downtime: 0,
            catch_up: None,
            replays: 0,
            replayed: 0,
            written_twice: 0,
            checkpoints: 0,
            checkpoint_time: 0,
            out_of_memory: None,
            over: false,
        }
    }

    /// The pipeline stopped. A planned stop is time without it, but no failure.
    pub fn failed(&mut self, failure: &Failure) {
        self.failures += u64::from(!failure.planned && self.measured.contains(failure.at));
        let down = self.measured.and(&Period { from: failure.at, to: failure.resumed });
        self.downtime += (down.to - down.from).0.max(0);
    }

    /// Records were read again.
    pub fn replayed(&mut self, failed: Instant, records: u64, written_twice: u64) {
        if self.measured.contains(failed) {
            self.replays += 1;
            self.replayed += records;
            self.written_twice += written_twice;
        }
    }

    /// All is fresh again.
    pub fn caught_up(&mut self, failed: Instant, at: Instant) {
        if self.measured.contains(failed) {
            self.catch_up = self.catch_up.max(Some((at - failed).0));
        }
    }

    /// State outgrew the memory; the first time counts.
    pub fn out_of_memory(&mut self, at: Instant, levels: Levels) {
        if self.out_of_memory.is_none() {
            self.out_of_memory = Some((at, levels));
            self.failures += 1;
        }
    }

    /// A streaming job that is out of memory does not come back.
    pub fn dead_since(&mut self, at: Instant) {
        self.over = true;
        self.failed(&Failure { at, resumed: self.measured.to.max(at), planned: true });
    }

    /// Whether a streaming job has run out of memory: what it showed before is no answer to how long its events take.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// A checkpoint was written.
    pub fn checkpoint(&mut self, trigger: Instant, completed: Instant) {
        if self.measured.contains(trigger) {
            self.checkpoints += 1;
            self.checkpoint_time += i128::from((completed - trigger).0);
        }
    }

    fn days(&self) -> f64 {
        self.measured.length().0 as f64 / DAY as f64
    }

    /// Failures a day.
    #[must_use]
    pub fn failures_a_day(&self) -> Option<f64> {
        self.can_fail.then(|| self.failures as f64 / self.days())
    }

    /// Seconds a day without the pipeline.
    #[must_use]
    pub fn downtime_a_day(&self) -> Option<f64> {
        self.can_fail.then(|| self.downtime as f64 / 1e6 / self.days())
    }

    /// Longest time from a failure until all is fresh again, seconds.
    #[must_use]
    pub fn longest_catch_up(&self) -> Option<f64> {
        self.catch_up.map(|micros| micros as f64 / 1e6)
    }

    /// Records read again after a failure, on average.
    #[must_use]
    pub fn replayed_each(&self) -> Option<f64> {
        (self.replays > 0).then(|| self.replayed as f64 / self.replays as f64)
    }

    /// Rows that a reader sees again.
    #[must_use]
    pub fn written_twice(&self) -> Option<f64> {
        self.can_fail.then_some(self.written_twice as f64)
    }

    /// Mean time of a checkpoint, seconds.
    #[must_use]
    pub fn checkpoint_mean(&self) -> Option<f64> {
        (self.checkpoints > 0).then(|| self.checkpoint_time as f64 / self.checkpoints as f64 / 1e6)
    }

    /// When state outgrew the memory, seconds from the start of the measured period.
    #[must_use]
    pub fn out_of_memory_at(&self) -> Option<f64> {
        self.out_of_memory.map(|(at, _)| (at - self.measured.from).as_secs_f64())
    }

    /// What was held then.
    #[must_use]
    pub fn out_of_memory_levels(&self) -> Option<Levels> {
        self.out_of_memory.map(|(_, levels)| levels)
    }
}
