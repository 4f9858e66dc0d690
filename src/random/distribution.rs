//! The one distribution type: delays, service times, run times and payloads alike.

use super::Substream;

/// A distribution of non-negative amounts, in the caller's unit (microseconds for times, bytes for
/// sizes). Parameters are checked where scenarios are read; samples are never negative.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always this amount.
    Constant(f64),
    /// Uniform between two amounts.
    Uniform {
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
    },
    /// Exponential.
    Exponential {
        /// Its mean.
        mean: f64,
    },
    /// Normal, truncated at 0: negative draws are drawn again.
    Normal {
        /// Mean before truncation, not negative.
        mean: f64,
        /// Standard deviation before truncation.
        sd: f64,
    },
    /// Lognormal: `median · exp(sigma · Z)`.
    Lognormal {
        /// Its median.
        median: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Gamma, of mean `shape · scale`.
    Gamma {
        /// Shape, positive.
        shape: f64,
        /// Scale, positive.
        scale: f64,
    },
    /// Weibull: `P(X > x) = exp(-(x / scale)^shape)`.
    Weibull {
        /// Shape, positive.
        shape: f64,
        /// Scale, positive.
        scale: f64,
    },
    /// Pareto: `P(X > x) = (minimum / x)^shape` from `minimum` on.
    Pareto {
        /// Smallest value, positive.
        minimum: f64,
        /// Tail index, positive; the mean is infinite up to 1.
        shape: f64,
    },
    /// A table of quantiles `(probability, value)`, joined by straight lines; from probability 0
    /// to 1, both rising.
    Empirical(Vec<(f64, f64)>),
    /// A mixture: one of the parts, with probability proportional to its share.
    Mixture(Vec<(f64, Distribution)>),
}

impl Distribution {
    /// One sample.
    pub fn sample(&self, stream: &mut Substream) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { low, high } => low + (high - low) * stream.unit(),
            Self::Exponential { mean } => mean * stream.exponential(),
            Self::Normal { mean, sd } => loop {
                let value = mean + sd * stream.normal();
                if value >= 0.0 {
                    return value;
                }
            },
            Self::Lognormal { median, sigma } => median * libm::exp(sigma * stream.normal()),
            Self::Gamma { shape, scale } => match rand_distr::Gamma::new(*shape, *scale) {
                Ok(gamma) => stream.draw(&gamma),
                // Parameters were checked; a limit case of the library falls back to the mean.
                Err(_) => shape * scale,
            },
            Self::Weibull { shape, scale } => scale * libm::pow(stream.exponential(), 1.0 / shape),
            Self::Pareto { minimum, shape } => minimum * libm::exp(stream.exponential() / shape),
            Self::Empirical(table) => interpolate(table, stream.unit()),
            Self::Mixture(parts) => {
                let total: f64 = parts.iter().map(|(share, _)| share).sum();
                let mut left = stream.unit() * total;
                for (share, part) in parts {
                    if left < *share {
                        return part.sample(stream);
                    }
                    left -= share;
                }
                parts.last().map_or(0.0, |(_, part)| part.sample(stream))
            }
        }
    }

    /// The mean in closed form; infinite for a Pareto tail index up to 1.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.moments().0
    }

    /// The variance in closed form; infinite for a Pareto tail index up to 2.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let (first, second) = self.moments();
        if second.is_finite() { (second - first * first).max(0.0) } else { f64::INFINITY }
    }

    /// First and second moment about zero.
    fn moments(&self) -> (f64, f64) {
        match self {
            Self::Constant(value) => (*value, value * value),
            Self::Uniform { low, high } => ((low + high) / 2.0, (low * low + low * high + high * high) / 3.0),
            Self::Exponential { mean } => (*mean, 2.0 * mean * mean),
            Self::Normal { mean, sd } => truncated_normal_moments(*mean, *sd),
            Self::Lognormal { median, sigma } => {
                let raw = |order: f64| libm::pow(*median, order) * libm::exp(order * order * sigma * sigma / 2.0);
                (raw(1.0), raw(2.0))
            }
            Self::Gamma { shape, scale } => (shape * scale, shape * (shape + 1.0) * scale * scale),
            Self::Weibull { shape, scale } => {
                let raw = |order: f64| libm::pow(*scale, order) * libm::tgamma(1.0 + order / shape);
                (raw(1.0), raw(2.0))
            }
            Self::Pareto { minimum, shape } => {
                let raw = |order: f64| {
                    if *shape > order { shape * libm::pow(*minimum, order) / (shape - order) } else { f64::INFINITY }
                };
                (raw(1.0), raw(2.0))
            }
            Self::Empirical(table) => {
                let pieces = table.windows(2).map(|pair| {
                    let ((p, low), (q, high)) = (pair[0], pair[1]);
                    ((q - p) * (low + high) / 2.0, (q - p) * (low * low + low * high + high * high) / 3.0)
                });
                pieces.fold((0.0, 0.0), |sum, piece| (sum.0 + piece.0, sum.1 + piece.1))
            }
            Self::Mixture(parts) => {
                let total: f64 = parts.iter().map(|(share, _)| share).sum();
                parts.iter().fold((0.0, 0.0), |sum, (share, part)| {
                    let (first, second) = part.moments();
                    (sum.0 + share / total * first, sum.1 + share / total * second)
                })
            }
        }
    }

    /// Whether every sample is the same.
    #[must_use]
    pub fn as_constant(&self) -> Option<f64> {
        match self {
            Self::Constant(value) => Some(*value),
            _ => None,
        }
    }
}

/// The value at probability `p` of a quantile table.
fn interpolate(table: &[(f64, f64)], p: f64) -> f64 {
    let above = table.partition_point(|(probability, _)| *probability <= p).clamp(1, table.len() - 1);
    let ((p0, low), (p1, high)) = (table[above - 1], table[above]);
    if p1 > p0 { low + (high - low) * ((p - p0) / (p1 - p0)).clamp(0.0, 1.0) } else { high }
}

/// Moments of a normal given that it is not negative (Johnson, Kotz and Balakrishnan 1994, 13.10).
fn truncated_normal_moments(mean: f64, sd: f64) -> (f64, f64) {
    if sd == 0.0 {
        return (mean, mean * mean);
    }
    let a = -mean / sd;
    let density = libm::exp(-a * a / 2.0) / libm::sqrt(2.0 * std::f64::consts::PI);
    let above = libm::erfc(a / std::f64::consts::SQRT_2) / 2.0;
    let hazard = density / above;
    let first = mean + sd * hazard;
    let variance = sd * sd * (1.0 + a * hazard - hazard * hazard);
    (first, variance + first * first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Distribution> {
        use Distribution as D;
        vec![
            D::Constant(3.0),
            D::Uniform { low: 2.0, high: 5.0 },
            D::Exponential { mean: 4.0 },
            D::Normal { mean: 1.0, sd: 1.5 },
            D::Normal { mean: 10.0, sd: 1.0 },
            D::Lognormal { median: 2.0, sigma: 0.8 },
            D::Gamma { shape: 2.5, scale: 3.0 },
            D::Gamma { shape: 0.5, scale: 2.0 },
            D::Weibull { shape: 1.5, scale: 2.0 },
            D::Pareto { minimum: 1.0, shape: 5.0 },
            D::Empirical(vec![(0.0, 1.0), (0.5, 2.0), (0.9, 10.0), (1.0, 20.0)]),
            D::Mixture(vec![(0.7, D::Exponential { mean: 1.0 }), (0.3, D::Uniform { low: 10.0, high: 20.0 })]),
        ]
    }

    #[test]
    fn sampled_moments_match_the_closed_forms() {
        for distribution in all() {
            let mut stream = Substream::new(11, 0, "moments");
            let n = 400_000;
            let samples: Vec<f64> = (0..n).map(|_| distribution.sample(&mut stream)).collect();
            let mean = samples.iter().sum::<f64>() / f64::from(n);
            let squares: Vec<f64> = samples.iter().map(|x| (x - mean).powi(2)).collect();
            let variance = squares.iter().sum::<f64>() / f64::from(n);
            let fourth = squares.iter().map(|x| (x - variance).powi(2)).sum::<f64>() / f64::from(n);
            // Four standard errors of each estimate.
            let mean_error = 4.0 * (variance / f64::from(n)).sqrt() + 1e-9;
            let variance_error = 4.0 * (fourth / f64::from(n)).sqrt() + 1e-9;
            assert!(
                (mean - distribution.mean()).abs() <= mean_error,
                "{distribution:?}: {mean} {}",
                distribution.mean()
            );
            assert!(
                (variance - distribution.variance()).abs() <= variance_error,
                "{distribution:?}: {variance} {}",
                distribution.variance()
            );
            assert!(samples.iter().all(|x| *x >= 0.0));
        }
    }

    #[test]
    fn quantiles_match_the_closed_forms() {
        use Distribution as D;
        let cases: [(D, f64, f64); 5] = [
            (D::Exponential { mean: 2.0 }, 0.95, -2.0 * 0.05_f64.ln()),
            (D::Lognormal { median: 150.0, sigma: 1.0 }, 0.5, 150.0),
            (D::Weibull { shape: 2.0, scale: 3.0 }, 0.9, 3.0 * (-(0.1_f64.ln())).sqrt()),
            (D::Pareto { minimum: 1.0, shape: 2.0 }, 0.99, 10.0),
            (D::Empirical(vec![(0.0, 0.0), (1.0, 10.0)]), 0.25, 2.5),
        ];
        for (distribution, q, want) in cases {
            let mut stream = Substream::new(5, 0, "quantiles");
            let mut samples: Vec<f64> = (0..400_000).map(|_| distribution.sample(&mut stream)).collect();
            samples.sort_by(f64::total_cmp);
            let got = samples[(q * 400_000.0) as usize];
            assert!((got / want - 1.0).abs() < 0.02, "{distribution:?}: {got} {want}");
        }
    }

    #[test]
    fn heavy_tails_say_so() {
        assert!(Distribution::Pareto { minimum: 1.0, shape: 1.0 }.mean().is_infinite());
        assert!(Distribution::Pareto { minimum: 1.0, shape: 1.5 }.variance().is_infinite());
    }
}
