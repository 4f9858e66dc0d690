//! Draws from a fixed table of weights in constant time.

use super::Substream;

/// Walker's alias table (Walker 1977, built after Vose 1991): one random word a draw.
#[derive(Clone, Debug)]
pub struct Alias {
    // For each slot: the chance, out of 2³², to stay in it, and where to go otherwise.
    slots: Vec<(u32, u32)>,
}

impl Alias {
    /// A table of positive weights, at least one and fewer than 2³².
    #[must_use]
    pub fn new(weights: impl ExactSizeIterator<Item = f64> + Clone) -> Self {
        let count = weights.len();
        let scale = count as f64 / weights.clone().sum::<f64>();
        let mut share: Vec<f64> = weights.map(|weight| weight * scale).collect();
        let mut slots: Vec<(u32, u32)> = (0..count as u32).map(|slot| (u32::MAX, slot)).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..count).partition(|&slot| share[slot] < 1.0);
        while let (Some(&poor), Some(&rich)) = (small.last(), large.last()) {
            small.pop();
            slots[poor] = ((share[poor] * (1_u64 << 32) as f64) as u32, rich as u32);
            share[rich] -= 1.0 - share[poor];
            if share[rich] < 1.0 {
                large.pop();
                small.push(rich);
            }
        }
        Self { slots }
    }

    /// Zipf's law: rank `i` of `count` has weight `(i + 1)^-exponent`.
    #[must_use]
    pub fn zipf(count: u32, exponent: f64) -> Self {
        Self::new((0..count as usize).map(|rank| libm::pow(rank as f64 + 1.0, -exponent)))
    }

    /// Whether there is one index only.
    #[must_use]
    pub fn is_one(&self) -> bool {
        self.slots.len() == 1
    }

    /// Replaces `indices` by `count` of them; a table of one draws nothing.
    pub fn fill(&self, stream: &mut Substream, count: usize, indices: &mut Vec<u32>) {
        indices.clear();
        if self.is_one() {
            indices.resize(count, 0);
        } else {
            indices.extend((0..count).map(|_| self.draw(stream)));
        }
    }

    /// An index, with probability proportional to its weight.
    #[inline]
    pub fn draw(&self, stream: &mut Substream) -> u32 {
        let bits = stream.bits();
        let slot = ((bits >> 32) * self.slots.len() as u64) >> 32;
        let (stay, other) = self.slots[slot as usize];
        if bits as u32 <= stay { slot as u32 } else { other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zipf_frequencies_follow_the_law() {
        let table = Alias::zipf(100, 1.0);
        let mut stream = Substream::new(7, 0, "test");
        let draws = 1_000_000;
        let mut counts = [0_u32; 100];
        for _ in 0..draws {
            counts[table.draw(&mut stream) as usize] += 1;
        }
        let norm: f64 = (1..=100).map(|rank| 1.0 / f64::from(rank)).sum();
        // Chi-square with 99 degrees of freedom: 99.9 % lies below 148.
        let chi: f64 = counts
            .iter()
            .zip(1..)
            .map(|(&count, rank)| {
                let expected = f64::from(draws) / (f64::from(rank) * norm);
                (f64::from(count) - expected).powi(2) / expected
            })
            .sum();
        assert!(chi < 148.0, "{chi}");
    }
}
