//! Checkpoints and failures of a continuous pipeline, on one line of time.
//!
//! ```text
//! checkpoint k          k + 1 fails     failed            resumed    k + 1, again
//! ───┬──────────────────────┬─────────────╳ ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┬───────────────┬─────
//!    └─ what is processed from here on is processed again ──┘ catching up
//! ```
//!
//! **Scope.** Checkpoints are triggered at multiples of the interval, one at a time, so that a long one delays the next; each
//! takes its own time and that of writing state over the bandwidth. After a failure the job goes back to the trigger of the
//! last checkpoint that had completed; it has resumed after detection, repair, and the reading of that checkpoint's
//! state. A planned stop takes a savepoint first and goes back to where it stopped. A job without checkpoints starts anew.
//!
//! The line is planned one checkpoint ahead of what is processed, with the state as it was last seen: so what a failure will take
//! back is known before it is processed, and is processed once, at the time at which it counts.
//!
//! **Limits.** State is seen at the probes. A checkpoint that a failure breaks off is not counted. Barriers wait for
//! no record: records that wait for a worker belong to the checkpoint that is triggered after their processing began.
//!
//! **Parameters**: `scenario::Checkpoints`, `scenario::Failures`. **Validation**: the tests below; catch-up, replayed records, Young's
//! interval and the latency of exactly-once against closed forms in `tests/theory`.

use std::collections::VecDeque;

use crate::pipelines::facts::{Facts, Failure};
use crate::pipelines::failures::{Failures, MOST_ATTEMPTS};
use crate::random::Substream;
use crate::scenario::Checkpoints;
use crate::units::{Instant, MINUTE, Span};

/// Checkpoints and failures.
pub(super) struct Recovery {
    checkpoints: Option<Checkpoints>,
    failures: Failures,
    durations: Substream,
    alignments: Substream,
    /// Completed checkpoints by trigger, from the oldest that output may still wait for.
    coming: VecDeque<(Instant, Instant)>,
    last: (Instant, Instant),
    /// Running has been planned until here.
    planned: Instant,
    /// Checkpoints whose triggers processing has not passed, with the time for which workers stand still.
    passing: VecDeque<(Instant, Span)>,
    outages: VecDeque<Outage>,
    /// Nothing will be written before this.
    forgotten: Instant,
    /// Bytes of state, and of what is new since the checkpoint before.
    state: (f64, f64),
}

/// A failure or a planned stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outage {
    /// What was processed after this is processed again.
    pub back_to: Instant,
    /// When it stopped, when it works again.
    pub failure: Failure,
}

/// What processing passes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// A checkpoint was triggered; workers stand still for a time.
    Checkpoint(Instant, Span),
    /// The job was down.
    Outage(Outage),
}

impl Recovery {
    /// A job that starts at 0 and counts its checkpoints from there.
    pub fn new(
        checkpoints: Option<Checkpoints>,
        failures: Failures,
        durations: Substream,
        alignments: Substream,
    ) -> Self {
        Self {
            checkpoints,
            failures,
            durations,
            alignments,
            coming: VecDeque::new(),
            last: (Instant(0), Instant(0)),
            planned: Instant(0),
            passing: VecDeque::new(),
            outages: VecDeque::new(),
            forgotten: Instant::MIN,
            state: (0.0, 0.0),
        }
    }

    /// Tells how much state there is, in bytes, and how much of it is new since the checkpoint before.
    pub fn state(&mut self, bytes: f64, new: f64) {
        self.state = (bytes, new);
    }

    /// When output written at `written` is committed: the completion of the first checkpoint that is triggered then
    /// or later.
    pub fn completion_of(&mut self, written: Instant, facts: &mut impl Facts) -> Instant {
        while self.last.0 < written {
            self.plan(facts);
        }
        let place = self.coming.partition_point(|(trigger, _)| *trigger < written);
        self.coming.get(place).unwrap_or(&self.last).1
    }

    /// Says that nothing will be written before `now` any more.
    pub fn forget(&mut self, now: Instant) {
        self.forgotten = now;
        while self.coming.front().is_some_and(|(trigger, _)| *trigger < now) {
            self.coming.pop_front();
        }
    }

    /// Until when processing may go on before it asks [`Self::pass`].
    pub fn halt(&self, exactly_once: bool) -> Instant {
        let trigger = self.passing.front().map_or(Instant::MAX, |(trigger, _)| *trigger);
        let outage = self.outages.front().map_or(Instant::MAX, |outage| outage.stops(exactly_once));
        self.last.0.min(trigger).min(outage)
    }

    /// The next thing that processing passes on its way to `start`, in order of time.
    pub fn pass(&mut self, start: Instant, exactly_once: bool, facts: &mut impl Facts) -> Option<Passed> {
        while self.last.0 < start {
            self.plan(facts);
        }
        let trigger = self.passing.front().map_or(Instant::MAX, |(trigger, _)| *trigger);
        let outage = self.outages.front().map_or(Instant::MAX, |outage| outage.stops(exactly_once));
        if trigger.min(outage) >= start {
            None
        } else if trigger <= outage {
            self.passing.pop_front().map(|(trigger, pause)| Passed::Checkpoint(trigger, pause))
        } else {
            self.outages.pop_front().map(Passed::Outage)
        }
    }

    /// Plans the next checkpoint that completes, and all failures until then.
    fn plan(&mut self, facts: &mut impl Facts) {
        for attempt in 0_u32.. {
            let (trigger, completion) = self.attempt();
            let stop = self.failures.within(self.planned, completion).filter(|_| attempt < MOST_ATTEMPTS);
            let Some(stop) = stop else {
                self.planned = completion;
                self.complete(trigger, completion, facts);
                return;
            };
            let goes_back = self.checkpoints.is_some() && !stop.planned;
            let back_to = if goes_back { self.last.0 } else { stop.at };
            if stop.planned && self.checkpoints.is_some() {
                self.complete(stop.at, stop.at, facts);
            }
            let read = if self.checkpoints.is_some() { self.transfer(self.state.0) } else { Span::ZERO };
            let resumed = stop.until + read;
            let failure = Failure { at: stop.at, resumed, planned: stop.planned };
            self.outages.push_back(Outage { back_to, failure });
            self.planned = resumed;
            // The next trigger comes after the restart.
            self.last = (resumed, resumed);
        }
    }

    /// Trigger and completion of the next checkpoint, if nothing fails.
    fn attempt(&mut self) -> (Instant, Instant) {
        let Some(checkpoints) = &self.checkpoints else {
            let end = self.planned + Span(MINUTE);
            return (end, end);
        };
        let scheduled = self.last.0.next_multiple(checkpoints.interval, Instant(0));
        let trigger = scheduled.max(self.last.1 + checkpoints.minimum_pause);
        let bytes = if checkpoints.incremental { self.state.1.min(self.state.0) } else { self.state.0 };
        let own = Span::from_micros_f64(checkpoints.duration.sample(&mut self.durations));
        (trigger, trigger + own + self.transfer(bytes))
    }

    fn complete(&mut self, trigger: Instant, completion: Instant, facts: &mut impl Facts) {
        self.last = (trigger, completion);
        let Some(checkpoints) = &self.checkpoints else { return };
        facts.checkpoint(trigger, completion);
        // Without output for long, what is planned on the way to the next is not worth keeping.
        if trigger >= self.forgotten {
            self.coming.push_back(self.last);
        }
        let pause = Span::from_micros_f64(checkpoints.alignment.sample(&mut self.alignments));
        // However long barriers take, workers have time for records.
        let pause = pause.min(Span(checkpoints.interval.0 / 4));
        self.passing.push_back((trigger, pause));
    }

    /// Time to write or read so many bytes.
    fn transfer(&self, bytes: f64) -> Span {
        let bandwidth = self.checkpoints.as_ref().and_then(|checkpoints| checkpoints.bandwidth);
        bandwidth.map_or(Span::ZERO, |bandwidth| Span::from_micros_f64(bytes / bandwidth * 1e6))
    }
}

impl Outage {
    /// From when on nothing is processed that counts: exactly-once does not show what is processed again.
    fn stops(&self, exactly_once: bool) -> Instant {
        if exactly_once { self.back_to } else { self.failure.at }
    }
}
