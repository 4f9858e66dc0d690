//! A distribution made ready for many samples.

use super::cells::Cells;
use super::{Distribution, Substream};

/// Draws from a [`Distribution`], the exponential and the lognormal by a table. It takes a fraction of a millisecond to make:
/// for what is drawn for each event, not for each run.
#[derive(Clone, Debug)]
pub struct Sampler {
    distribution: Distribution,
    cells: Option<Cells>,
}

impl Sampler {
    /// A sampler of a distribution.
    #[must_use]
    pub fn new(distribution: Distribution) -> Self {
        let cells = match distribution {
            Distribution::Exponential { mean } => Some(Cells::exponential(mean)),
            Distribution::Lognormal { median, sigma } => Cells::lognormal(median, sigma),
            _ => None,
        };
        Self { distribution, cells }
    }

    /// One sample.
    #[inline]
    pub fn sample(&self, stream: &mut Substream) -> f64 {
        match &self.cells {
            None => self.distribution.sample(stream),
            Some(cells) => cells.sample(&mut stream.0),
        }
    }

    /// Replaces `samples` by `count` samples, the same as [`Self::sample`] would give one by one.
    pub fn fill(&self, stream: &mut Substream, count: usize, samples: &mut Vec<f64>) {
        samples.resize(count, 0.0);
        match (&self.cells, &self.distribution) {
            (Some(cells), _) => cells.fill(&mut stream.0, samples),
            (None, Distribution::Constant(value)) => samples.fill(*value),
            (None, _) => samples.fill_with(|| self.distribution.sample(stream)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_column_is_what_single_samples_are() {
        use Distribution as D;
        for distribution in [
            D::Constant(3.0),
            D::Exponential { mean: 4.0 },
            D::Lognormal { median: 2.0, sigma: 0.8 },
            D::Lognormal { median: 2.0, sigma: 0.0 },
            D::Gamma { shape: 2.5, scale: 3.0 },
        ] {
            let sampler = Sampler::new(distribution);
            let (mut one, mut column) = (Substream::new(3, 1, "x"), Substream::new(3, 1, "x"));
            let mut samples = Vec::new();
            sampler.fill(&mut column, 20_000, &mut samples);
            assert!(samples.iter().all(|sample| *sample == sampler.sample(&mut one)), "{sampler:?}");
            assert_eq!(one.bits(), column.bits());
        }
    }
}
