//! Bad data: how much of it readers saw, and for how long.
//!
//! The first publication of a bad event starts a clock: after `noticed_after` somebody notices, and bad events are
//! kept out from then on. A backfill reads the rows of the stretch at the pipeline's throughput; until it is done the
//! stretch is exposed. What a gate kept out was never published.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pipelines::{BadStretch, Cohort, VisibleEvent};
use crate::units::{DAY, Instant, Period};

/// Steps in which instants of publication are told apart, a part of the time until somebody notices.
const STEPS: i64 = 1_024;

/// What became of bad stretches in one pipeline.
#[derive(Clone, Debug)]
pub struct Quality {
    measured: Period,
    stretches: Arc<[BadStretch]>,
    seen: Vec<Seen>,
    /// Rows a second of a backfill.
    throughput: f64,
    /// Runs that a gate stopped.
    stopped: u64,
}

/// What readers saw of one stretch.
#[derive(Clone, Debug)]
struct Seen {
    /// First publication of a bad event.
    first: Instant,
    /// Expected bad events by step of their publication.
    published: BTreeMap<i64, f64>,
    /// Events of the stretch, good ones and repaired ones too.
    events: f64,
}

impl Quality {
    /// Nothing seen; a backfill makes `throughput` rows a second.
    #[must_use]
    pub fn new(measured: Period, stretches: &Arc<[BadStretch]>, throughput: f64) -> Self {
        let none = Seen { first: Instant::MAX, published: BTreeMap::new(), events: 0.0 };
        let seen = vec![none; stretches.len()];
        Self { measured, stretches: Arc::clone(stretches), seen, throughput, stopped: 0 }
    }

    /// A gate stopped a run.
    pub fn run_stopped(&mut self, at: Instant) {
        self.stopped += u64::from(self.measured.contains(at));
    }

    /// Events became visible together.
    pub fn cohort(&mut self, cohort: &Cohort, visible: Instant) {
        for (stretch, seen) in self.stretches.iter().zip(&mut self.seen) {
            let bad = stretch.events_of(cohort.bins(), cohort.bin_shift);
            if bad > 0.0 {
                seen.add(stretch, bad, visible, cohort.repaired);
            }
        }
    }

    /// One event became visible by itself.
    #[inline]
    pub fn event(&mut self, event: &VisibleEvent) {
        let place = self.stretches.partition_point(|stretch| stretch.period.to <= event.event_time);
        if let (Some(stretch), Some(seen)) = (self.stretches.get(place), self.seen.get_mut(place))
            && stretch.period.contains(event.event_time)
        {
            seen.add(stretch, stretch.share, event.visible, false);
        }
    }

    /// Expected bad events published.
    #[must_use]
    pub fn published(&self) -> Option<f64> {
        let shown = self.stretches.iter().zip(&self.seen);
        (!self.stretches.is_empty()).then(|| shown.map(|(stretch, seen)| seen.before_notice(stretch)).sum())
    }

    /// Mean time that a stretch was wrong in the sink, seconds; one that nobody saw counts as none. `sample` deliveries
    /// stand behind each that was simulated.
    #[must_use]
    pub fn exposure_s(&self, sample: u32) -> Option<f64> {
        let of = |(stretch, seen): (&BadStretch, &Seen)| {
            if seen.first == Instant::MAX {
                return 0.0;
            }
            stretch.noticed_after.as_secs_f64() + seen.events * f64::from(sample) / self.throughput
        };
        let all = self.stretches.len() as f64;
        (all > 0.0).then(|| self.stretches.iter().zip(&self.seen).map(of).sum::<f64>() / all)
    }

    /// Stretches of the measured period.
    #[must_use]
    pub fn stretches(&self) -> u64 {
        self.stretches.len() as u64
    }

    /// Runs stopped a day.
    #[must_use]
    pub fn stopped_a_day(&self) -> f64 {
        self.stopped as f64 / (self.measured.length().0 as f64 / DAY as f64)
    }
}

impl Seen {
    fn add(&mut self, stretch: &BadStretch, bad: f64, visible: Instant, repaired: bool) {
        self.events += bad / stretch.share;
        if repaired {
            return;
        }
        // The clock may start earlier than is known by now, never later.
        if self.first < Instant::MAX && visible - self.first > stretch.noticed_after {
            return;
        }
        self.first = self.first.min(visible);
        *self.published.entry(visible.0 / step(stretch)).or_insert(0.0) += bad;
    }

    fn before_notice(&self, stretch: &BadStretch) -> f64 {
        if self.first == Instant::MAX {
            return 0.0;
        }
        let noticed = (self.first + stretch.noticed_after).0 / step(stretch);
        self.published.range(..=noticed).map(|(_, bad)| bad).sum()
    }
}

/// Length of a step.
fn step(stretch: &BadStretch) -> i64 {
    (stretch.noticed_after.0 / STEPS).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn what_is_published_after_the_notice_is_good() {
        let period = Period { from: Instant(0), to: Instant(2 * DAY) };
        let bad = BadStretch { period, share: 0.25, noticed_after: Span(10_000_000) };
        let mut quality = Quality::new(period, &Arc::from([bad].as_slice()), 2.0);
        assert_eq!((quality.published(), quality.exposure_s(1)), (Some(0.0), Some(0.0)));
        for visible in [20_000_000, 15_000_000, 26_000_000, 40_000_000] {
            let at = Instant(visible);
            quality.event(&VisibleEvent {
                event_time: Instant(1),
                arrival: at,
                started: at,
                processed: at,
                held: at,
                visible: at,
                on_time: true,
                measured: true,
            });
        }
        // Noticed at 25 s: two of the four were bad before it. Four rows at two a second are backfilled.
        assert_eq!((quality.published(), quality.exposure_s(1)), (Some(0.5), Some(12.0)));
    }
}
