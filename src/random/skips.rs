//! Rare things that happen to each of many with the same probability.

use super::Substream;

/// Independent trials of one probability. Instead of a draw for each trial, the number of trials
/// until the next success is drawn (geometric, by inversion): a trial costs a comparison.
#[derive(Clone, Debug)]
pub struct Skips {
    stream: Substream,
    /// `-ln(1 - p)`: 0 for never, infinite for always.
    hazard: f64,
    left: u64,
}

impl Skips {
    /// Trials of a probability in 0..=1.
    #[must_use]
    pub fn new(stream: Substream, probability: f64) -> Self {
        let mut skips = Self { stream, hazard: -libm::log1p(-probability.clamp(0.0, 1.0)), left: 0 };
        skips.draw();
        skips
    }

    fn draw(&mut self) {
        // E / 0 is infinite and saturates: never. E / infinity is 0: always.
        self.left = (self.stream.exponential() / self.hazard) as u64;
    }

    /// How many of the next trials fail for sure.
    #[inline]
    #[must_use]
    pub fn misses(&self) -> u64 {
        self.left
    }

    /// Skips over trials that are known to fail: at most [`Self::misses`].
    #[inline]
    pub fn pass(&mut self, trials: u64) {
        self.left -= trials.min(self.left);
    }

    /// The outcome of the next trial.
    #[inline]
    pub fn hit(&mut self) -> bool {
        if self.left > 0 {
            self.left -= 1;
            return false;
        }
        self.draw();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_come_with_their_probability_and_independently() {
        for probability in [0.001, 0.02, 0.5, 0.97] {
            let mut skips = Skips::new(Substream::new(9, 0, "test"), probability);
            let trials = 2_000_000;
            let hits: Vec<bool> = (0..trials).map(|_| skips.hit()).collect();
            let share = |count: usize| count as f64 / f64::from(trials);
            let error = |p: f64| 4.0 * (p * (1.0 - p) / f64::from(trials)).sqrt();
            let single = share(hits.iter().filter(|hit| **hit).count());
            assert!((single - probability).abs() < error(probability), "{probability}: {single}");
            let double = share(hits.windows(2).filter(|pair| pair[0] && pair[1]).count());
            let both = probability * probability;
            assert!((double - both).abs() < 2.0 * error(both), "{probability}: {double}");
        }
    }

    #[test]
    fn passing_over_misses_changes_no_outcome() {
        let new = || Skips::new(Substream::new(9, 0, "test"), 0.05);
        let (mut one, mut other) = (new(), new());
        let want: Vec<bool> = (0..1_000).map(|_| one.hit()).collect();
        let mut got = Vec::new();
        while got.len() < 1_000 {
            let misses = other.misses();
            other.pass(misses);
            got.extend(std::iter::repeat_n(false, misses as usize));
            got.push(other.hit());
        }
        assert_eq!(got[..1_000], want);
    }

    #[test]
    fn never_and_always() {
        let hits = |p| {
            let mut skips = Skips::new(Substream::new(9, 0, "test"), p);
            (0..1_000).filter(|_| skips.hit()).count()
        };
        assert_eq!((hits(0.0), hits(1.0)), (0, 1_000));
    }
}
