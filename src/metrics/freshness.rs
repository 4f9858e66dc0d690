//! How old the visible data is, and up to when it is complete.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use super::complete::Bins;
use crate::histogram::{Histogram, Stretch};
use crate::pipelines::Cohort;
use crate::units::{Instant, Period};
use crate::workload::{Bin, SHORTEST_BIN};

/// "Complete through" is looked at at every fourth probe.
const COMPLETE_EVERY: u64 = 4;

/// Data age and completeness at the probes.
#[derive(Clone, Debug)]
pub struct Freshness {
    measured: Period,
    /// Share of events that "complete through" asks for.
    share: f64,
    newest: Instant,
    coming: BinaryHeap<Reverse<Coming>>,
    scheduled: u64,
    later: Vec<(Instant, Instant)>,
    next_probe: Instant,
    /// True events by bin that have been told and not counted.
    ahead: VecDeque<(i64, u64)>,
    bins: Bins,
    ages: Histogram,
    age_sum: f64,
    oldest_age: i64,
    complete: Histogram,
    incomplete: u64,
    /// `(probe, age)`, microseconds.
    pub series: Vec<(Instant, i64)>,
}

/// Something that will be visible.
#[derive(Clone, Debug)]
struct Coming {
    visible: Instant,
    order: u64,
    newest: Instant,
    bins: Stretch,
}

impl Ord for Coming {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.visible, self.order).cmp(&(other.visible, other.order))
    }
}

impl PartialOrd for Coming {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Coming {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Coming {}

impl Freshness {
    /// Nothing visible yet.
    #[must_use]
    pub fn new(measured: Period, first_probe: Instant, share: f64, bin_shift: u32) -> Self {
        Self {
            measured,
            share,
            newest: Instant::MIN,
            coming: BinaryHeap::new(),
            scheduled: 0,
            later: Vec::new(),
            next_probe: first_probe,
            ahead: VecDeque::new(),
            bins: Bins::new(bin_shift),
            ages: Histogram::default(),
            age_sum: 0.0,
            oldest_age: 0,
            complete: Histogram::default(),
            incomplete: 0,
            series: Vec::new(),
        }
    }

    /// True events that have happened, by the shortest bins, rising.
    pub fn happened(&mut self, bins: &[Bin]) {
        let longer = self.bins.shift() - SHORTEST_BIN;
        for Bin { number, events } in bins {
            let (bin, events) = (number >> longer, u64::from(*events));
            match self.ahead.back_mut() {
                Some((last, count)) if *last == bin => *count += events,
                _ => self.ahead.push_back((bin, events)),
            }
        }
    }

    /// Everything up to `newest` is visible from `visible` on.
    pub fn prehistory(&mut self, newest: Instant, visible: Instant) {
        self.will_be_visible(visible, newest, Stretch::default());
    }

    /// Events that are visible together.
    pub fn cohort(&mut self, cohort: &mut Cohort, visible: Instant) {
        if cohort.newest > Instant::MIN {
            self.will_be_visible(visible, cohort.newest, cohort.take_bins());
        }
    }

    fn will_be_visible(&mut self, visible: Instant, newest: Instant, bins: Stretch) {
        self.scheduled += 1;
        self.coming.push(Reverse(Coming { visible, order: self.scheduled, newest, bins }));
    }

    /// One event that is visible by itself.
    #[inline]
    pub fn event(&mut self, event: Instant, visible: Instant) {
        if visible <= self.next_probe {
            self.show_until(visible);
            self.show(event, visible);
        } else {
            self.later.push((visible, event));
        }
    }

    #[inline]
    fn show(&mut self, event: Instant, visible: Instant) {
        if event > self.newest {
            self.note_age(visible);
            self.newest = event;
        }
        self.bins.add(event.0 >> self.bins.shift(), 0, 1);
    }

    /// The age that the data reaches just before something newer is visible.
    #[inline]
    fn note_age(&mut self, at: Instant) {
        if self.newest > Instant::MIN && self.measured.contains(at) {
            self.oldest_age = self.oldest_age.max((at - self.newest).0);
        }
    }

    /// Shows the cohorts that are visible by `at`.
    #[inline]
    fn show_until(&mut self, at: Instant) {
        while let Some(Reverse(first)) = self.coming.peek()
            && first.visible <= at
        {
            let Some(Reverse(coming)) = self.coming.pop() else { break };
            if coming.newest > self.newest {
                self.note_age(coming.visible);
                self.newest = coming.newest;
            }
            for (bin, count) in coming.bins.iter() {
                self.bins.add(bin, 0, u64::from(count));
            }
        }
    }

    /// Looks at the data as a reader does at a probe; `next` is the probe after it.
    pub fn probe(&mut self, at: Instant, next: Instant) {
        self.show_until(at);
        let mut later = std::mem::take(&mut self.later);
        later.retain(|&(visible, event)| {
            if visible <= at {
                self.show(event, visible);
            }
            visible > at
        });
        if self.newest > Instant::MIN {
            self.look(at);
        }
        // Only after the look: what is visible by the next probe is shown at once.
        self.next_probe = next;
        later.into_iter().for_each(|(visible, event)| self.event(event, visible));
    }

    /// Shows what becomes visible after the last probe: the data may have been older just before.
    pub fn close(&mut self) {
        self.show_until(Instant::MAX);
        for (visible, event) in std::mem::take(&mut self.later) {
            self.show(event, visible);
        }
    }

    /// Counts the events of the bins that are over: the stream tells them ahead, by how much must not matter.
    fn catch_up(&mut self, at: Instant) {
        while let Some((bin, count)) = self.ahead.front().copied()
            && Instant((bin + 1) << self.bins.shift()) <= at
        {
            self.ahead.pop_front();
            self.bins.add(bin, count, 0);
        }
    }

    fn look(&mut self, at: Instant) {
        self.catch_up(at);
        let age = (at - self.newest).0.max(0);
        if self.ages.total().is_multiple_of(COMPLETE_EVERY) {
            match self.bins.complete_through(self.newest, self.share) {
                Some(through) => self.complete.record((at - through).0.max(0) as u64),
                None => self.incomplete += 1,
            }
            self.bins.let_go(at.0 >> self.bins.shift());
        }
        self.ages.record(age as u64);
        self.age_sum += age as f64;
        self.oldest_age = self.oldest_age.max(age);
        self.series.push((at, age));
    }

    /// Mean over time, p95 and largest data age, seconds.
    #[must_use]
    pub fn data_age(&self) -> [Option<f64>; 3] {
        let count = self.ages.total();
        if count == 0 {
            return [None; 3];
        }
        let p95 = self.ages.quantile(0.95).map(|micros| micros as f64 / 1e6);
        [Some(self.age_sum / count as f64 / 1e6), p95, Some(self.oldest_age as f64 / 1e6)]
    }

    /// p95 over time of how long ago the data is complete through, seconds. `None` when it is
    /// not complete up to any time for more than 5 % of the time.
    #[must_use]
    pub fn complete_through_p95(&self) -> Option<f64> {
        let looks = self.complete.total() + self.incomplete;
        let share = 0.95 * looks as f64 / self.complete.total() as f64;
        (self.complete.total() > 0 && share <= 1.0)
            .then(|| self.complete.quantile(share).map(|micros| micros as f64 / 1e6))
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn freshness() -> Freshness {
        let measured = Period { from: Instant(0), to: Instant(1 << 40) };
        Freshness::new(measured, Instant(0), 0.99, 20)
    }

    #[test]
    fn age_is_counted_from_the_newest_visible_event() {
        let mut freshness = freshness();
        freshness.prehistory(Instant(0), Instant(0));
        let mut cohort = Cohort::new(Instant(5_000_000), 20);
        let measured = freshness.measured;
        for event in [3_000_000, 1_000_000] {
            cohort.add(Instant(event), Instant(event), true, &measured);
        }
        let bin = |at: i64| Bin { number: at >> SHORTEST_BIN, events: 1 };
        freshness.happened(&[bin(1_000_000), bin(3_000_000)]);
        cohort.unfold();
        freshness.cohort(&mut cohort, Instant(7_000_000));
        freshness.probe(Instant(6_000_000), Instant(8_000_000));
        freshness.probe(Instant(8_000_000), Instant(9_000_000));
        let ages: Vec<i64> = freshness.series.iter().map(|(_, age)| *age).collect();
        assert_eq!(ages, [6_000_000, 5_000_000]);
        // Just before 7 s the newest event was 7 s old.
        assert_eq!(freshness.data_age()[2], Some(7.0));
    }
}
