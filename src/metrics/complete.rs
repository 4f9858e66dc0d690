//! Up to when the visible data is complete: true and visible events by bin of event time.

use std::collections::VecDeque;

use crate::pipelines::BIN_REACH;
use crate::units::{HOUR, Instant};

/// True and visible events by bin of event time.
#[derive(Clone, Debug)]
pub(super) struct Bins {
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
    pub fn new(shift: u32) -> Self {
        Self { shift, base: 0, counts: VecDeque::new(), forgotten: false, looked_at: Stretched::default() }
    }

    /// log₂ of the length of a bin, microseconds.
    pub fn shift(&self) -> u32 {
        self.shift
    }

    /// Counts true and visible events of a bin, unless it is out of reach.
    #[inline]
    pub fn add(&mut self, bin: i64, truth: u64, visible: u64) {
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
    pub fn complete_through(&mut self, newest: Instant, share: f64) -> Option<Instant> {
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
