//! How old the visible data is, and up to when it is complete.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use crate::histogram::{Histogram, Stretch};
use crate::pipelines::{BIN_REACH, Cohort};
use crate::units::{HOUR, Instant, Period};

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

    /// True events that have happened, rising.
    pub fn happened(&mut self, events: &[Instant]) {
        let mut from = 0;
        while from < events.len() {
            let bin = events[from].0 >> self.bins.shift;
            let end = Instant((bin + 1) << self.bins.shift);
            let to = from + events[from..].partition_point(|event| *event < end);
            match self.ahead.back_mut() {
                Some((last, count)) if *last == bin => *count += (to - from) as u64,
                _ => self.ahead.push_back((bin, (to - from) as u64)),
            }
            from = to;
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
        self.bins.add(event.0 >> self.bins.shift, 0, 1);
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
            && Instant((bin + 1) << self.bins.shift) <= at
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

/// True and visible events by bin of event time.
#[derive(Clone, Debug)]
struct Bins {
    shift: u32,
    base: i64,
    counts: VecDeque<(u64, u64)>,
    /// Whether bins have fallen out of reach.
    forgotten: bool,
    /// Sums over the bins that were looked at last.
    looked_at: Stretched,
}

/// Sums over consecutive bins.
#[derive(Clone, Copy, Debug, Default)]
struct Stretched {
    first: i64,
    /// Behind the last.
    end: i64,
    truth: u64,
    visible: u64,
}

impl Bins {
    /// No bin yet.
    fn new(shift: u32) -> Self {
        Self { shift, base: 0, counts: VecDeque::new(), forgotten: false, looked_at: Stretched::default() }
    }

    /// Counts true and visible events of a bin, unless it is out of reach.
    #[inline]
    fn add(&mut self, bin: i64, truth: u64, visible: u64) {
        let Some(counts) = self.at(bin) else { return };
        counts.0 += truth;
        counts.1 += visible;
        if (self.looked_at.first..self.looked_at.end).contains(&bin) {
            self.looked_at.truth += truth;
            self.looked_at.visible += visible;
        }
    }

    /// Sums over the bins at these places: from those of the last time, if they overlap.
    fn sums(&mut self, first: usize, end: usize) -> (u64, u64) {
        let (first, end) = (self.base + first as i64, self.base + end as i64);
        let mut sums = self.looked_at;
        if sums.first < self.base || first < sums.first || end < sums.end || first >= sums.end {
            sums = Stretched { first, end: first, truth: 0, visible: 0 };
        }
        let part = |from: i64, to: i64| {
            let bins = self.counts.range((from - self.base) as usize..(to - self.base) as usize);
            bins.fold((0, 0), |sum, bin| (sum.0 + bin.0, sum.1 + bin.1))
        };
        let (gone, come) = (part(sums.first, first), part(sums.end, end));
        let (truth, visible) = (sums.truth + come.0 - gone.0, sums.visible + come.1 - gone.1);
        self.looked_at = Stretched { first, end, truth, visible };
        (truth, visible)
    }

    /// Counts of a bin: true, visible. `None` when it is out of reach.
    #[inline]
    fn at(&mut self, bin: i64) -> Option<&mut (u64, u64)> {
        let place = bin.wrapping_sub(self.base) as usize;
        if place >= self.counts.len() && !self.extend_to(bin) {
            return None;
        }
        self.counts.get_mut((bin - self.base) as usize)
    }

    #[cold]
    fn extend_to(&mut self, bin: i64) -> bool {
        if self.counts.is_empty() {
            self.base = bin;
        }
        if bin < self.base {
            let room = BIN_REACH - self.counts.len() as i64;
            if self.forgotten || self.base - bin > room {
                return false;
            }
            while self.base > bin {
                self.counts.push_front((0, 0));
                self.base -= 1;
            }
            return true;
        }
        if bin - self.base >= 2 * BIN_REACH {
            self.counts.clear();
            self.base = bin;
            self.forgotten = true;
        }
        self.counts.resize((bin - self.base) as usize + 1, (0, 0));
        while self.counts.len() as i64 > BIN_REACH {
            self.counts.pop_front();
            self.base += 1;
            self.forgotten = true;
        }
        true
    }

    /// The largest time, no later than the newest visible event, such that at least `share` of
    /// the true events of the hour before it is visible.
    fn complete_through(&mut self, newest: Instant, share: f64) -> Option<Instant> {
        let hour = ((HOUR >> self.shift) as usize).max(1);
        let bins = self.counts.len();
        // The bin of the newest event is left out: it may not be over, and is then not counted yet.
        let last = ((newest.0 >> self.shift) - self.base - 1).min(bins as i64 - 1);
        if last < 0 {
            return Some(newest);
        }
        let last = last as usize;
        let first = (last + 1).saturating_sub(hour);
        let (mut truth, mut visible) = self.sums(first, last + 1);
        for bin in (0..=last).rev() {
            if visible as f64 >= share * truth as f64 {
                let end = Instant((self.base + bin as i64 + 1) << self.shift);
                return Some(if bin == last { newest } else { end.min(newest) });
            }
            truth -= self.counts[bin].0;
            visible -= self.counts[bin].1;
            if bin >= hour {
                truth += self.counts[bin - hour].0;
                visible += self.counts[bin - hour].1;
            }
        }
        // Before the first bin lies what came before the stream, which is complete.
        (!self.forgotten).then(|| Instant(self.base << self.shift).min(newest))
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
        freshness.happened(&[Instant(1_000_000), Instant(3_000_000)]);
        cohort.unfold();
        freshness.cohort(&mut cohort, Instant(7_000_000));
        freshness.probe(Instant(6_000_000), Instant(8_000_000));
        freshness.probe(Instant(8_000_000), Instant(9_000_000));
        let ages: Vec<i64> = freshness.series.iter().map(|(_, age)| *age).collect();
        assert_eq!(ages, [6_000_000, 5_000_000]);
        // Just before 7 s the newest event was 7 s old.
        assert_eq!(freshness.data_age()[2], Some(7.0));
    }

    #[test]
    fn data_is_complete_up_to_the_first_gap_that_matters() {
        let mut bins = Bins::new(20);
        for bin in 0..100 {
            bins.add(bin, 1_000, if bin < 60 { 1_000 } else { 0 });
        }
        let newest = Instant(100 << 20);
        // A share of 99 % of 0..60 allows for 0.6 bins.
        assert_eq!(bins.complete_through(newest, 0.99), Some(Instant(60 << 20)));
        assert_eq!(bins.complete_through(Instant(30 << 20), 0.99), Some(Instant(30 << 20)));
        assert_eq!(bins.complete_through(newest, 0.5), Some(newest));
    }

    #[test]
    fn sums_that_are_carried_on_are_those_of_the_bins() {
        let mut stream = crate::random::Substream::new(8, 0, "test");
        let mut bins = Bins::new(20);
        let (mut first, mut end) = (0, 0);
        for turn in 0..3_000 {
            let newest = turn * 40;
            for _ in 0..20 {
                let bin = newest - (stream.bits() % 3_000) as i64;
                bins.add(bin, stream.bits() % 5, stream.bits() % 5);
            }
            // Mostly onwards, at times back.
            let count = bins.counts.len();
            let back = if stream.bits().is_multiple_of(50) { 700 } else { 0 };
            end = (end + (stream.bits() % 60) as usize).min(count).saturating_sub(back);
            first = (first + (stream.bits() % 60) as usize).min(end).saturating_sub(back);
            let wanted = bins.counts.range(first..end).fold((0, 0), |sum, bin| (sum.0 + bin.0, sum.1 + bin.1));
            assert_eq!(bins.sums(first, end), wanted);
        }
        assert!(bins.forgotten);
    }

    #[test]
    fn bins_out_of_reach_are_forgotten() {
        let mut bins = Bins::new(20);
        bins.at(5).unwrap().0 += 1;
        assert!(bins.at(3).is_some());
        assert!(bins.at(BIN_REACH + 10).is_some());
        assert!(bins.at(5).is_none());
        assert!(bins.at(BIN_REACH * 9).is_some());
        assert_eq!(bins.counts.len(), 1);
    }
}
