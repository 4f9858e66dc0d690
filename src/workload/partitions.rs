//! Partitions of the broker: which one a key belongs to, and when one of them is idle.

use crate::random::{slot_of_key, unit_of_key};
use crate::scenario::Partitions;
use crate::units::{Instant, Period};

/// "Partitio" in ASCII: keeps the hash apart from those that spread keys over workers.
const SALT: u64 = 0x5061_7274_6974_696f;

/// Finds the partition of a key: by its hash, in proportion to the partitions' shares.
#[derive(Clone, Debug)]
pub struct Partitioner {
    count: u32,
    /// Upper ends of the partitions' shares, where they are not equal.
    ends: Vec<f64>,
}

impl Partitioner {
    /// The partitions of a workload.
    #[must_use]
    pub fn new(partitions: &Partitions) -> Self {
        let weight = |rank: u32| libm::pow(f64::from(rank) + 1.0, -partitions.zipf);
        let total: f64 = (0..partitions.count).map(weight).sum();
        let mut end = 0.0;
        let mut add = |rank| {
            end += weight(rank) / total;
            end
        };
        let ends = if partitions.zipf == 0.0 { Vec::new() } else { (0..partitions.count).map(&mut add).collect() };
        Self { count: partitions.count, ends }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The partition of a key, from 0.
    #[inline]
    #[must_use]
    pub fn of(&self, key: u32) -> u32 {
        if self.count == 1 {
            0
        } else if self.ends.is_empty() {
            slot_of_key(key ^ SALT as u32, self.count)
        } else {
            let unit = unit_of_key(key, SALT);
            (self.ends.partition_point(|end| *end <= unit) as u32).min(self.count - 1)
        }
    }
}

/// Says which events do not happen because their partition is idle.
#[derive(Clone, Debug)]
pub struct IdleTimes {
    partitioner: Partitioner,
    times: Vec<(u32, Period)>,
}

impl IdleTimes {
    /// The idle times of a workload; `None` when there are none.
    #[must_use]
    pub fn new(partitions: &Partitions) -> Option<Self> {
        let time = |idle: &crate::scenario::Idle| {
            let from = Instant(0) + idle.from;
            (idle.partition, Period { from, to: from + idle.length })
        };
        let times: Vec<_> = partitions.idle.iter().map(time).collect();
        (!times.is_empty()).then(|| Self { partitioner: Partitioner::new(partitions), times })
    }

    /// Whether an event of a key happens.
    #[inline]
    #[must_use]
    pub fn happens(&self, key: u32, at: Instant) -> bool {
        let mut now = self.times.iter().filter(|(_, period)| period.contains(at)).peekable();
        now.peek().is_none() || {
            let partition = self.partitioner.of(key);
            now.all(|(idle, _)| *idle != partition)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Idle;
    use crate::units::Span;

    #[test]
    fn keys_spread_over_partitions_by_their_shares() {
        for (count, zipf) in [(1, 0.0), (8, 0.0), (5, 1.0)] {
            let partitioner = Partitioner::new(&Partitions { count, zipf, idle: Vec::new() });
            let mut counts = vec![0.0_f64; count as usize];
            (0..100_000).for_each(|key| counts[partitioner.of(key) as usize] += 1.0);
            let weight = |rank: usize| (rank as f64 + 1.0).powf(-zipf);
            let total: f64 = (0..count as usize).map(weight).sum();
            for (rank, count) in counts.iter().enumerate() {
                let expected = 100_000.0 * weight(rank) / total;
                assert!((count - expected).abs() < 5.0 * expected.sqrt(), "{zipf} {rank}: {count} of {expected}");
            }
        }
    }

    #[test]
    fn only_the_idle_partition_is_silent() {
        let idle = vec![Idle { partition: 2, from: Span(100), length: Span(50) }];
        let partitions = Partitions { count: 4, zipf: 0.0, idle };
        let (times, partitioner) = (IdleTimes::new(&partitions).unwrap(), Partitioner::new(&partitions));
        for key in 0..100 {
            assert!(times.happens(key, Instant(99)) && times.happens(key, Instant(150)));
            assert_eq!(times.happens(key, Instant(100)), partitioner.of(key) != 2);
        }
    }
}
