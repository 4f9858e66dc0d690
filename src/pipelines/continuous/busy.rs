//! When the workers of a continuous pipeline are busy.

use crate::pipelines::facts::Facts;
use crate::pipelines::setup::Setup;
use crate::units::{HOUR, Instant, Period, Span};

/// Work, counted when it is done and not when its record arrives: a backlog keeps workers busy later
/// on. Most of it falls into the same hour and is summed up before it is reported.
#[derive(Clone, Debug)]
pub struct Busy {
    epoch: Instant,
    measured: Period,
    /// A stretch within one hour of the day, wholly inside or wholly outside what is measured.
    within: Period,
    micros: i64,
}

impl Busy {
    /// No work done.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let nowhere = Period { from: Instant::MIN, to: Instant::MIN };
        Self { epoch: setup.epoch, measured: setup.measured, within: nowhere, micros: 0 }
    }

    /// Counts the work on a record.
    #[inline]
    pub fn work(&mut self, started: Instant, processed: Instant, facts: &mut impl Facts) {
        if started >= self.within.to {
            self.advance_to(started, facts);
        }
        let micros = (processed - started).0;
        if started >= self.within.from && processed <= self.within.to {
            self.micros += micros;
        } else {
            facts.busy(started, processed, micros as f64);
        }
    }

    /// Counts the work on `count` records from `started` to `processed`, if all of it falls into the stretch that is summed up.
    #[inline]
    pub fn work_many(&mut self, started: Instant, processed: Instant, each: Span, count: usize) -> bool {
        let inside = started >= self.within.from && processed <= self.within.to;
        if inside {
            self.micros += each.0 * count as i64;
        }
        inside
    }

    #[cold]
    fn advance_to(&mut self, at: Instant, facts: &mut impl Facts) {
        self.report(facts);
        let hour = at.floor_to(Span(HOUR), self.epoch);
        self.within = Period { from: hour, to: hour + Span(HOUR) };
        for edge in [self.measured.from, self.measured.to] {
            if edge <= at {
                self.within.from = self.within.from.max(edge);
            } else {
                self.within.to = self.within.to.min(edge);
            }
        }
    }

    /// Reports what has been summed up.
    pub fn report(&mut self, facts: &mut impl Facts) {
        if self.micros > 0 {
            facts.busy(self.within.from, self.within.to, std::mem::take(&mut self.micros) as f64);
        }
    }
}
