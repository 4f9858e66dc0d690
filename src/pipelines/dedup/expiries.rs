//! Entries by the instant at which they expire.

use std::collections::BTreeMap;

use crate::units::Instant;

/// Bins at most.
const MOST: usize = 1 << 16;

/// Bins that are counted in an array before they go to the tree: new entries fall into a few of them.
const FRESH: usize = 256;

/// Counts of entries by expiry: exact while no more than 65,536 different ones are pending. Then bins are made twice as
/// wide, so that at least 32,768 of them share the entries; a bin is taken off when its last instant has come.
#[derive(Clone, Debug)]
pub struct Expiries {
    bins: BTreeMap<i64, u64>,
    /// log₂ of a bin's width, microseconds.
    shift: u32,
    total: u64,
    /// Bins with entries that are not in `bins` yet, each at the place that its number says.
    fresh: [(i64, u64); FRESH],
}

impl Default for Expiries {
    fn default() -> Self {
        Self { bins: BTreeMap::new(), shift: 0, total: 0, fresh: [(0, 0); FRESH] }
    }
}

impl Expiries {
    /// An entry that expires at `at`.
    #[inline]
    pub fn add(&mut self, at: Instant) {
        self.total += 1;
        let bin = at.0 >> self.shift;
        let slot = &mut self.fresh[bin as usize % FRESH];
        if slot.0 == bin {
            slot.1 += 1;
            return;
        }
        let (old, count) = std::mem::replace(slot, (bin, 1));
        if count > 0 {
            *self.bins.entry(old).or_insert(0) += count;
            if self.bins.len() > MOST {
                self.widen();
            }
        }
    }

    #[cold]
    fn widen(&mut self) {
        for (bin, count) in &mut self.fresh {
            if *count > 0 {
                *self.bins.entry(*bin).or_insert(0) += std::mem::take(count);
            }
        }
        while self.bins.len() > MOST {
            self.shift += 1;
            let mut wider = BTreeMap::new();
            for (bin, count) in std::mem::take(&mut self.bins) {
                *wider.entry(bin >> 1).or_insert(0) += count;
            }
            self.bins = wider;
        }
    }

    /// Takes off what has expired when the time is `now`.
    pub fn expire(&mut self, now: Instant) {
        // The first bin of which not all is over.
        let end = now.0.saturating_add(1) >> self.shift;
        for (bin, count) in &mut self.fresh {
            if *bin < end {
                self.total -= std::mem::take(count);
            }
        }
        while let Some(bin) = self.bins.first_entry() {
            if *bin.key() >= end {
                return;
            }
            self.total -= bin.remove();
        }
    }

    /// Entries that have not expired.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_expiries_are_exact() {
        let mut expiries = Expiries::default();
        [7, 7, -3, 9, 7, 1_000_000].into_iter().for_each(|at| expiries.add(Instant(at)));
        let left = [-4, -3, 6, 7, 8, 9, 999_999, 1_000_000].map(|now| {
            expiries.expire(Instant(now));
            expiries.total()
        });
        assert_eq!(left, [6, 5, 5, 2, 2, 1, 1, 0]);
    }

    #[test]
    fn many_are_within_a_part_of_32768() {
        let mut expiries = Expiries::default();
        let count = 1_000_000;
        (0..count).for_each(|at| expiries.add(Instant(at * 1_237 % count * 1_000)));
        assert!(expiries.bins.len() <= MOST && expiries.bins.len() > MOST / 2 - 2, "{}", expiries.bins.len());
        for now in (0..count).step_by(99_991) {
            expiries.expire(Instant(now * 1_000));
            let (left, exact) = (expiries.total() as i64, count - 1 - now);
            assert!(left >= exact && left - exact <= count / 32_768 + 2, "{left} {exact}");
        }
    }
}
