//! Up to when the visible data is complete: true and visible events by bin of event time.

use std::collections::VecDeque;

use crate::pipelines::BIN_REACH;
use crate::units::{HOUR, Instant};

/// Bins of which none need be let go.
const FEW: usize = 1 << 10;

/// True and visible events by bin of event time.
#[derive(Clone, Debug)]
pub(super) struct Bins {
    shift: u32,
    base: i64,
    counts: VecDeque<(u64, u64)>,
    /// Whether bins have fallen out of reach.
    forgotten: bool,
    /// Whether bins that were complete have been let go.
    let_go: bool,
    /// From how many bins on to look again which can go.
    many: usize,
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
        Self {
            shift,
            base: 0,
            counts: VecDeque::new(),
            forgotten: false,
            let_go: false,
            many: FEW,
            looked_at: Stretched::default(),
        }
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
            if self.forgotten || self.let_go || self.base - bin > room {
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
        let excess = (bin - self.base + 1 - BIN_REACH).max(0);
        // First: else the memory would grow beyond what is kept.
        self.counts.drain(..(excess as usize).min(self.counts.len()));
        self.base += excess;
        self.forgotten |= excess > 0;
        let count = (bin - self.base) as usize + 1;
        if count > self.counts.capacity() {
            // Not twice as many: days of bins are kept.
            self.counts.reserve_exact(count - self.counts.len() + count / 4);
        }
        self.counts.resize(count, (0, 0));
        true
    }

    /// Lets bins go that no later look can need: all events before the bin `over` have been counted as true, and a look
    /// goes back no further than an hour before the first bin that is not complete.
    pub fn let_go(&mut self, over: i64) {
        if self.counts.len() < self.many {
            return;
        }
        let over = (over - self.base).clamp(0, self.counts.len() as i64) as usize;
        let complete = self.counts.range(..over).take_while(|(truth, visible)| truth == visible).count();
        let needless = complete.saturating_sub(self.hour());
        self.counts.drain(..needless);
        self.base += needless as i64;
        self.let_go |= needless > 0;
        self.many = self.counts.len() + self.counts.len() / 4 + FEW;
    }

    /// Bins in an hour.
    fn hour(&self) -> usize {
        ((HOUR >> self.shift) as usize).max(1)
    }

    /// The largest time, no later than the newest visible event, such that at least `share` of
    /// the true events of the hour before it is visible.
    pub fn complete_through(&mut self, newest: Instant, share: f64) -> Option<Instant> {
        let hour = self.hour();
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
    fn what_is_let_go_changes_no_look() {
        let mut stream = crate::random::Substream::new(9, 0, "test");
        let (mut kept, mut slim) = (Bins::new(24), Bins::new(24));
        let mut coming: VecDeque<(i64, u64)> = VecDeque::new();
        let (mut most, mut looks) = (0, std::collections::BTreeSet::new());
        for bin in 0..40_000_i64 {
            let truth = stream.bits() % 100;
            [&mut kept, &mut slim].into_iter().for_each(|bins| bins.add(bin, truth, 0));
            // Every thousand bins all is shown but a few, which follow later.
            coming.push_back((bin, truth));
            if bin % 1_000 == 999 {
                for _ in 0..coming.len() {
                    let Some((bin, left)) = coming.pop_front() else { break };
                    let late = if stream.bits().is_multiple_of(100) { left / 2 } else { 0 };
                    [&mut kept, &mut slim].into_iter().for_each(|bins| bins.add(bin, 0, left - late));
                    coming.extend((late > 0).then_some((bin, late)));
                }
            }
            if bin % 50 == 0 {
                let newest = Instant((bin - (stream.bits() % 700) as i64) << 24);
                let through = kept.complete_through(newest, 0.999);
                assert_eq!(slim.complete_through(newest, 0.999), through, "{bin}");
                slim.let_go(bin + 1);
                looks.insert(through);
            }
            most = most.max(slim.counts.len());
        }
        assert!(slim.let_go && most < 5_000 && kept.counts.len() == 40_000, "{most}");
        assert!(looks.len() > 100);
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
