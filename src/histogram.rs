//! Log-linear counts: quantiles of non-negative whole numbers with a relative error of at most 0.4 %.
//!
//! Buckets as in HdrHistogram: below 256 every value has its own; above, each power of two is cut
//! into 128 equal parts. A bucket is represented by its middle, so the relative error is at most
//! 1/256. Written here because it is on the hottest path, where a general crate costs three times
//! as much.

/// log₂ of the number of buckets in a power of two.
const SUB_BITS: u32 = 7;
const SUB: usize = 1 << SUB_BITS;
/// The largest value that keeps its place: 2⁵² µs is 142 years.
const LARGEST: u64 = (1 << 52) - 1;
/// Buckets that the largest value needs.
const BUCKETS: usize = (52 - SUB_BITS as usize) * SUB + SUB;

/// The bucket of a value.
#[inline]
#[must_use]
pub fn bucket_of(value: u64) -> usize {
    capped_bucket_of(value.min(LARGEST), u32::MAX) as usize
}

/// The bucket of a value below 2⁵², for loops that run on vector units: as a float such a value has its power of two and the part
/// of it in its highest bits.
#[inline(always)]
#[must_use]
pub fn plain_bucket_of(value: u64) -> u32 {
    /// 2⁵² as a float; with a value in its low bits it is their sum.
    const TWO_52: u64 = (1_023 + 52) << 52;
    /// What the highest bits of 2 · [`SUB`] are more than its bucket.
    const BEYOND: u64 = ((1_023 + SUB_BITS as u64 + 1) << SUB_BITS) - 2 * SUB as u64;
    let float = f64::from_bits(value | TWO_52) - f64::from_bits(TWO_52);
    let bucket = (float.to_bits() >> (52 - SUB_BITS)).wrapping_sub(BEYOND);
    (if value < SUB as u64 { value } else { bucket }) as u32
}

/// The bucket of a value where none is longer than `1 << most`: from there on they are equally long.
#[inline]
#[must_use]
pub fn capped_bucket_of(value: u64, most: u32) -> u64 {
    let (base, length) = capped_base_of(value, most);
    base + (value >> length)
}

/// The number that buckets as long as that of a value count from, and log₂ of their length.
#[inline]
#[must_use]
pub fn capped_base_of(value: u64, most: u32) -> (u64, u32) {
    let length = ((value | (2 * SUB as u64 - 1)).ilog2() - SUB_BITS).min(most);
    (u64::from(length) << SUB_BITS, length)
}

/// The smallest value of such a bucket, and log₂ of its length.
#[inline]
#[must_use]
pub fn capped_bounds_of(bucket: u64, most: u32) -> (u64, u32) {
    let shift = (bucket >> SUB_BITS).saturating_sub(1).min(u64::from(most)) as u32;
    ((bucket - (u64::from(shift) << SUB_BITS)) << shift, shift)
}

/// The middle of a bucket, rounded down.
#[inline]
#[must_use]
pub fn middle_of(bucket: usize) -> u64 {
    let (low, length) = capped_bounds_of(bucket as u64, u32::MAX);
    low + ((1_u64 << length) >> 1)
}

/// Counts of values by bucket.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Box<[u64]>,
    total: u64,
    largest: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS].into_boxed_slice(), total: 0, largest: 0 }
    }
}

impl Histogram {
    /// Counts a value.
    #[inline]
    pub fn record(&mut self, value: u64) {
        self.record_many(value, 1);
    }

    /// Counts values below 2⁵² whose buckets are known ([`plain_bucket_of`]); the largest of them is to be told by [`Self::reach`].
    #[inline]
    pub fn record_buckets(&mut self, buckets: &[u32]) {
        self.total += buckets.len() as u64;
        for bucket in buckets {
            if let Some(count) = self.counts.get_mut(*bucket as usize) {
                *count += 1;
            }
        }
    }

    /// Takes back a value that [`Self::record_buckets`] has counted in this bucket.
    #[inline]
    pub fn take_back(&mut self, bucket: u32) {
        self.total -= 1;
        if let Some(count) = self.counts.get_mut(bucket as usize) {
            *count -= 1;
        }
    }

    /// Tells how large counted values are at most.
    #[inline]
    pub fn reach(&mut self, largest: u64) {
        self.largest = self.largest.max(largest);
    }

    /// The largest value counted; 0 without any.
    #[must_use]
    pub fn largest(&self) -> u64 {
        self.largest
    }

    /// Counts a value `count` times.
    #[inline]
    pub fn record_many(&mut self, value: u64, count: u64) {
        self.counts[bucket_of(value)] += count;
        self.total += count;
        self.largest = self.largest.max(value);
    }

    /// Adds the counts of another.
    pub fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.total += other.total;
        self.largest = self.largest.max(other.largest);
    }

    /// How many values were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The value below or at which a share `q` of the values lies, `None` when there are none:
    /// the smallest recorded value with at least `⌈q·n⌉` values up to it, to within the bucket.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<u64> {
        if self.total == 0 {
            return None;
        }
        let rank = ((q * self.total as f64).ceil() as u64).clamp(1, self.total);
        let mut seen = 0;
        for (bucket, &count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Some(middle_of(bucket).min(self.largest));
            }
        }
        Some(self.largest)
    }

    /// The sum of `weight` over all values, each by the middle of its bucket.
    #[must_use]
    pub fn sum_of(&self, weight: impl Fn(u64) -> f64) -> f64 {
        let used = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        used.map(|(bucket, count)| *count as f64 * weight(middle_of(bucket).min(self.largest))).sum()
    }

    /// How many values are at most `value`, to within its bucket.
    #[must_use]
    pub fn at_most(&self, value: u64) -> u64 {
        self.counts[..=bucket_of(value)].iter().sum()
    }
}

/// Counts over a stretch of indices that grows at both ends: small, for short-lived uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    low: i64,
    counts: Vec<u32>,
}

impl Stretch {
    /// Counts at an index. An index more than `reach` below the highest is not counted, and what
    /// was counted that far below is forgotten in time.
    #[inline]
    pub fn add(&mut self, index: i64, reach: i64) {
        if let Some(count) = self.counts.get_mut(index.wrapping_sub(self.low) as usize) {
            *count += 1;
        } else if self.widen(index, reach) {
            self.counts[(index - self.low) as usize] += 1;
        }
    }

    /// Counts `count` times at an index, as [`Self::add`] does once.
    pub fn add_many(&mut self, index: i64, count: u32, reach: i64) {
        let place = |low: i64| index.wrapping_sub(low) as usize;
        let reached = self.counts.get(place(self.low)).is_some() || self.widen(index, reach);
        if let Some(cell) = self.counts.get_mut(place(self.low)).filter(|_| reached) {
            *cell = cell.saturating_add(count);
        }
    }

    /// The counts at the indices from `low` to `high`, both included, to be raised by the caller; `None` out of reach.
    #[inline]
    pub fn span(&mut self, low: i64, high: i64) -> Option<&mut [u32]> {
        for index in [low, high] {
            let place = index.wrapping_sub(self.low) as usize;
            if place >= self.counts.len() && !self.widen(index, i64::MAX) {
                return None;
            }
        }
        self.counts.get_mut((low - self.low) as usize..=(high - self.low) as usize)
    }

    #[cold]
    fn widen(&mut self, index: i64, reach: i64) -> bool {
        let high = self.low + self.counts.len() as i64;
        if self.counts.is_empty() {
            self.low = index;
            self.counts.push(0);
        } else if index >= high {
            // What is out of reach goes, but not before it is half of the reach, so that moves are rare.
            if index - self.low > reach.saturating_add(reach / 2) {
                let keep = index - reach;
                self.counts.drain(..((keep - self.low) as usize).min(self.counts.len()));
                self.low = keep;
            }
            self.counts.resize((index - self.low) as usize + 1, 0);
        } else if high - index > reach {
            return false;
        } else {
            // Room for half as much again keeps moves rare.
            let low = (index - self.counts.len() as i64 / 2).max(high - reach).min(index);
            self.counts.splice(0..0, std::iter::repeat_n(0, (self.low - low) as usize));
            self.low = low;
        }
        true
    }

    /// The counts at the indices from `low` to `high`, both included.
    pub fn between(&self, low: i64, high: i64) -> impl Iterator<Item = (i64, u32)> + '_ {
        let place = |index: i64| index.saturating_sub(self.low).clamp(0, self.counts.len() as i64) as usize;
        let (from, to) = (place(low), place(high.saturating_add(1)));
        (self.low + from as i64..).zip(self.counts[from..to.max(from)].iter().copied())
    }

    /// Each used index and its count, rising.
    pub fn iter(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        (self.low..).zip(self.counts.iter().copied()).filter(|(_, count)| *count > 0)
    }
}

/// Small counts of values by bucket, for the many short-lived cohorts of held events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(Stretch);

impl Counts {
    /// Counts a value.
    #[inline]
    pub fn record(&mut self, value: u64) {
        self.0.add(bucket_of(value) as i64, BUCKETS as i64);
    }

    /// Counts a value `count` times.
    pub fn record_many(&mut self, value: u64, count: u32) {
        self.0.add_many(bucket_of(value) as i64, count, BUCKETS as i64);
    }

    /// Each used bucket's middle and count, from the smallest value.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.0.iter().map(|(bucket, count)| (middle_of(bucket as usize), count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_bucket_is_the_bucket() {
        let near = |value: u64| (value.saturating_sub(3)..value + 3).chain([value + value / 3, value + value / 127]);
        for value in (0..52).flat_map(|bits| near(1 << bits)).chain(0..2_000).filter(|value| *value <= LARGEST) {
            assert_eq!(plain_bucket_of(value) as usize, bucket_of(value), "{value}");
        }
    }

    #[test]
    fn every_value_is_within_half_a_bucket_of_its_middle() {
        let mut value = 0_u64;
        while value < 1 << 51 {
            let middle = middle_of(bucket_of(value));
            let error = middle.abs_diff(value) as f64;
            assert!(error <= value as f64 / 256.0 + 1e-9, "{value} {middle}");
            value += 1 + value / 97;
        }
    }

    #[test]
    fn buckets_rise_with_the_value_and_fit() {
        let mut last = 0;
        for value in 0..100_000 {
            let bucket = bucket_of(value);
            assert!(bucket == last || bucket == last + 1);
            last = bucket;
        }
        assert!(bucket_of(u64::MAX) < BUCKETS);
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_values() {
        let values: Vec<u64> = (0..5_000).map(|i| i * i * 37).collect();
        let mut histogram = Histogram::default();
        values.iter().for_each(|&value| histogram.record(value));
        for q in [0.01, 0.5, 0.9, 0.99, 0.999] {
            let exact = values[((q * 5_000.0_f64).ceil() as usize) - 1] as f64;
            let got = histogram.quantile(q).unwrap() as f64;
            assert!((got - exact).abs() <= exact / 256.0 + 1.0, "{q}: {got} {exact}");
        }
        assert_eq!(histogram.quantile(1.0).unwrap().min(values[4_999]), histogram.quantile(1.0).unwrap());
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn counts_hold_what_was_recorded_in_any_order() {
        let mut counts = Counts::default();
        for value in [5_000, 3, 900_000, 3, 70] {
            counts.record(value);
        }
        let got: Vec<(u64, u32)> = counts.iter().collect();
        let want: Vec<(u64, u32)> =
            [(3, 2), (70, 1), (5_000, 1), (900_000, 1)].map(|(v, n)| (middle_of(bucket_of(v)), n)).to_vec();
        assert_eq!(got, want);
    }

    #[test]
    fn a_stretch_forgets_what_is_out_of_reach() {
        let mut stretch = Stretch::default();
        for index in [10, 12, 5, 12, -90, 200, 101] {
            stretch.add(index, 100);
        }
        assert_eq!(stretch.iter().collect::<Vec<_>>(), [(101, 1), (200, 1)]);
        stretch.add(1_000_000_000_000, 100);
        assert_eq!(stretch.iter().collect::<Vec<_>>(), [(1_000_000_000_000, 1)]);
    }
}
