//! A distribution made ready for many samples.

use super::cells::Cells;
use super::{Distribution, Substream};

/// Draws from a [`Distribution`], the exponential and the lognormal by a table, alone or in a mixture. It takes a fraction of a
/// millisecond to make: for what is drawn for each event, not for each run.
#[derive(Clone, Debug)]
pub struct Sampler {
    distribution: Distribution,
    by: By,
}

/// How samples are drawn.
#[derive(Clone, Debug)]
enum By {
    /// As the distribution draws them.
    Itself,
    /// By a table.
    Cells(Cells),
    /// One word chooses a part, which draws.
    Parts(Parts),
}

/// Parts of a mixture.
#[derive(Clone, Debug)]
struct Parts {
    samplers: Vec<Sampler>,
    /// For each part but the last: the words from here on choose a later one.
    ends: Vec<u64>,
}

impl Sampler {
    /// A sampler of a distribution.
    #[must_use]
    pub fn new(distribution: Distribution) -> Self {
        let by = match &distribution {
            Distribution::Exponential { mean } => By::Cells(Cells::exponential(*mean)),
            Distribution::Lognormal { median, sigma } => {
                Cells::lognormal(*median, *sigma).map_or(By::Itself, By::Cells)
            }
            Distribution::Mixture(parts) if !parts.is_empty() => By::Parts(Parts::new(parts)),
            _ => By::Itself,
        };
        Self { distribution, by }
    }

    /// What all samples are, if they are alike; drawing them uses no random word.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        if let Distribution::Constant(value) = self.distribution { Some(value) } else { None }
    }

    /// One sample.
    #[inline]
    pub fn sample(&self, stream: &mut Substream) -> f64 {
        match &self.by {
            By::Itself => self.distribution.sample(stream),
            By::Cells(cells) => cells.sample(&mut stream.0),
            By::Parts(parts) => parts.sample(stream),
        }
    }

    /// Replaces `samples` by `count` samples, the same as [`Self::sample`] would give one by one.
    pub fn fill(&self, stream: &mut Substream, count: usize, samples: &mut Vec<f64>) {
        samples.resize(count, 0.0);
        match (&self.by, &self.distribution) {
            (By::Cells(cells), _) => {
                let sure = |own: &mut Substream| {
                    let word = own.bits();
                    cells.sure(word).ok_or(word)
                };
                fill(stream, samples, sure, |word, stream| cells.unsure(word, &mut stream.0));
            }
            (By::Parts(parts), _) => parts.fill(stream, samples),
            (By::Itself, Distribution::Constant(value)) => samples.fill(*value),
            (By::Itself, _) => samples.fill_with(|| self.distribution.sample(stream)),
        }
    }
}

impl Parts {
    fn new(parts: &[(f64, Distribution)]) -> Self {
        let total: f64 = parts.iter().map(|(share, _)| share).sum();
        let words = |below: f64| (below / total * 2_f64.powi(64)) as u64;
        let below = parts.iter().scan(0.0, |below, (share, _)| {
            *below += share;
            Some(*below)
        });
        Self {
            ends: below.take(parts.len() - 1).map(words).collect(),
            samplers: parts.iter().map(|(_, part)| Sampler::new(part.clone())).collect(),
        }
    }

    /// The part that a word chooses.
    #[inline]
    fn choose(&self, word: u64) -> &Sampler {
        // Without a branch for each: which part it is is hard to foretell.
        &self.samplers[self.ends.iter().map(|end| usize::from(word >= *end)).sum::<usize>()]
    }

    fn sample(&self, stream: &mut Substream) -> f64 {
        self.choose(stream.bits()).sample(stream)
    }

    fn fill(&self, stream: &mut Substream, samples: &mut [f64]) {
        let sure = |own: &mut Substream| {
            let part = self.choose(own.bits());
            let By::Cells(cells) = &part.by else { return Err((part, None)) };
            let word = own.bits();
            cells.sure(word).ok_or((part, Some(word)))
        };
        fill(stream, samples, sure, |(part, word), stream| match (&part.by, word) {
            (By::Cells(cells), Some(word)) => cells.unsure(word, &mut stream.0),
            _ => part.sample(stream),
        });
    }
}

/// Fills a column with samples of which nearly all are `sure`; what it stops at, `rest` ends.
#[inline]
fn fill<R>(
    stream: &mut Substream,
    samples: &mut [f64],
    sure: impl Fn(&mut Substream) -> Result<f64, R>,
    rest: impl Fn(R, &mut Substream) -> f64,
) {
    let mut slots = samples.iter_mut();
    loop {
        // A copy that no call sees stays in registers.
        let mut own = stream.clone();
        let stopped = slots.by_ref().find_map(|slot| match sure(&mut own) {
            Ok(sample) => {
                *slot = sample;
                None
            }
            Err(at) => Some((slot, at)),
        });
        *stream = own;
        let Some((slot, at)) = stopped else { return };
        *slot = rest(at, stream);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of parts with a table and without, one of them a mixture.
    fn mixture() -> Distribution {
        use Distribution as D;
        let inner = D::Mixture(vec![(1.0, D::Exponential { mean: 3.0 }), (1.0, D::Constant(7.0))]);
        let lognormal = |median| D::Lognormal { median, sigma: 0.5 };
        D::Mixture(vec![(60.0, lognormal(1.0)), (30.0, lognormal(50.0)), (5.0, D::Constant(90.0)), (5.0, inner)])
    }

    #[test]
    fn parts_have_their_shares_and_their_distributions() {
        let (mixture, mut stream) = (mixture(), Substream::new(6, 0, "x"));
        let sampler = Sampler::new(mixture.clone());
        let mut samples = Vec::new();
        sampler.fill(&mut stream, 1_000_000, &mut samples);
        let count = samples.len() as f64;
        let of = |holds: fn(&f64) -> bool| samples.iter().copied().filter(holds).count() as f64;
        let shares = [(0.05, of(|x| *x == 90.0)), (0.025, of(|x| *x == 7.0)), (0.15, of(|x| *x > 50.0 && *x != 90.0))];
        for (share, got) in shares {
            let want = share * count;
            assert!((got - want).abs() < 4.0 * want.sqrt(), "{share}: {got} {want}");
        }
        let mean = samples.iter().sum::<f64>() / count;
        let off = 4.0 * (mixture.variance() / count).sqrt();
        assert!((mean - mixture.mean()).abs() < off, "{mean} {}", mixture.mean());
    }

    #[test]
    fn a_filled_column_is_what_single_samples_are() {
        use Distribution as D;
        for distribution in [
            D::Constant(3.0),
            D::Exponential { mean: 4.0 },
            D::Lognormal { median: 2.0, sigma: 0.8 },
            D::Lognormal { median: 2.0, sigma: 0.0 },
            D::Gamma { shape: 2.5, scale: 3.0 },
            mixture(),
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
