//! A bounded sample of a long column, and the step in which a log's times are written.

use crate::random::Substream;
use crate::units::{DAY, HOUR, MINUTE, SECOND};

/// Values kept at most: enough for every parameter to a fraction of a percent.
pub const KEPT: usize = 200_000;

/// A uniform sample of all values added, the whole of them up to its bound (Vitter 1985, algorithm
/// R). The draws come from a fixed substream: the same log gives the same sample.
#[derive(Clone, Debug)]
pub struct Sample {
    kept: Vec<u64>,
    most: usize,
    seen: u64,
    stream: Substream,
}

impl Sample {
    /// An empty sample of at most `most` values; `name` names its substream.
    #[must_use]
    pub fn new(most: usize, name: &str) -> Self {
        Self { kept: Vec::new(), most, seen: 0, stream: Substream::new(0, 0, name) }
    }

    /// Adds a value.
    #[inline]
    pub fn add(&mut self, value: u64) {
        self.seen += 1;
        if self.kept.len() < self.most {
            self.kept.push(value);
            return;
        }
        let place = (u128::from(self.stream.bits()) * u128::from(self.seen)) >> 64;
        if let Some(kept) = usize::try_from(place).ok().and_then(|place| self.kept.get_mut(place)) {
            *kept = value;
        }
    }

    /// The values kept, rising.
    #[must_use]
    pub fn sorted(mut self) -> Vec<u64> {
        self.kept.sort_unstable();
        self.kept
    }
}

/// Steps that clocks write times in, the coarsest first, microseconds.
const STEPS: [i64; 9] = [DAY, HOUR, MINUTE, SECOND, 100_000, 10_000, 1_000, 100, 10];

/// The step of a column of times: the coarsest usual one that all of them are multiples of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Step {
    divisor: i64,
}

impl Step {
    /// Looks at a time, microseconds past a midnight.
    #[inline]
    pub fn add(&mut self, time: i64) {
        // Once at 1 µs there is nothing to find.
        if self.divisor == 1 {
            return;
        }
        let (mut a, mut b) = (time.unsigned_abs(), self.divisor.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        self.divisor = a as i64;
    }

    /// The step, microseconds, at least 1. Times that are all one give no hint: 1.
    #[must_use]
    pub fn micros(self) -> i64 {
        if self.divisor == 0 {
            return 1;
        }
        STEPS.into_iter().find(|step| self.divisor % step == 0).unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_the_whole_up_to_its_bound_and_even_beyond() {
        let mut sample = Sample::new(1_000, "x");
        (0..1_000).rev().for_each(|value| sample.add(value));
        assert_eq!(sample.clone().sorted(), (0..1_000).collect::<Vec<_>>());
        (1_000..100_000).for_each(|value| sample.add(value));
        let kept = sample.sorted();
        assert_eq!(kept.len(), 1_000);
        let mean = kept.iter().sum::<u64>() as f64 / 1_000.0;
        // Four standard errors of the mean of a uniform sample.
        assert!((mean - 50_000.0).abs() < 4.0 * 28_868.0 / 1_000.0_f64.sqrt(), "{mean}");
    }

    #[test]
    fn steps_are_found() {
        let of = |times: &[i64]| {
            let mut step = Step::default();
            times.iter().for_each(|time| step.add(*time));
            step.micros()
        };
        assert_eq!(of(&[5_000_000, 7_000_000, -3_000_000]), SECOND);
        assert_eq!(of(&[5_000, 7_000]), 1_000);
        assert_eq!(of(&[150_000, 300_000]), 10_000);
        assert_eq!(of(&[3, 9_000]), 1);
        assert_eq!((of(&[]), of(&[0, 0])), (1, 1));
    }
}
