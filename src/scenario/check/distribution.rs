//! Parameters of distributions.

use super::bounds::not_finite;
use crate::random::Distribution;
use crate::scenario::file::{Amount, DistributionFile, Form};
use crate::scenario::findings::Findings;
use crate::scenario::path::Path;

/// Mixtures may hold mixtures, this many one inside the other.
const DEEPEST: usize = 4;
/// Parts of a mixture and points of a table.
const MOST: usize = 10_000;
/// Bounds of shape parameters: beyond them samples leave the range of floating-point numbers.
const SHAPES: std::ops::RangeInclusive<f64> = 0.01..=1e6;

/// An amount that an earlier problem left without a value.
const NONE: Distribution = Distribution::Constant(1.0);

impl Findings {
    /// A distribution, or the default.
    pub(super) fn distribution<T: Amount>(
        &mut self,
        path: &Path,
        value: Option<&DistributionFile<T>>,
        default: Distribution,
    ) -> Distribution {
        value.map_or(default, |value| self.nested(path, value, 0))
    }

    fn nested<T: Amount>(&mut self, path: &Path, value: &DistributionFile<T>, depth: usize) -> Distribution {
        let form = match value {
            DistributionFile::Constant(amount) => return Distribution::Constant(self.amount(path, Some(*amount))),
            DistributionFile::Kind(form) => form.as_ref(),
        };
        let at = |kind: &str, field: &str| path.key(kind).key(field);
        match form {
            Form::Constant(amount) => Distribution::Constant(self.amount(&path.key("constant"), Some(*amount))),
            Form::Uniform(p) => {
                let low = self.amount(&at("uniform", "low"), p.low);
                let high = self.amount(&at("uniform", "high"), p.high);
                if low > high && p.low.is_some() && p.high.is_some() {
                    self.at(&at("uniform", "high"), "`high` is below `low`", "exchange them");
                }
                Distribution::Uniform { low, high }
            }
            Form::Exponential(p) => Distribution::Exponential { mean: self.amount(&at("exponential", "mean"), p.mean) },
            Form::Normal(p) => Distribution::Normal {
                mean: self.amount(&at("normal", "mean"), p.mean),
                sd: self.amount(&at("normal", "sd"), p.sd),
            },
            Form::Lognormal(p) => Distribution::Lognormal {
                median: self.above_zero(&at("lognormal", "median"), p.median),
                sigma: self.parameter(&at("lognormal", "sigma"), p.sigma, 0.0..=10.0),
            },
            Form::Gamma(p) => Distribution::Gamma {
                shape: self.parameter(&at("gamma", "shape"), p.shape, SHAPES),
                scale: self.above_zero(&at("gamma", "scale"), p.scale),
            },
            Form::Weibull(p) => Distribution::Weibull {
                shape: self.parameter(&at("weibull", "shape"), p.shape, SHAPES),
                scale: self.above_zero(&at("weibull", "scale"), p.scale),
            },
            Form::Pareto(p) => Distribution::Pareto {
                minimum: self.above_zero(&at("pareto", "minimum"), p.minimum),
                shape: self.parameter(&at("pareto", "shape"), p.shape, SHAPES),
            },
            Form::Empirical(points) => self.empirical(&path.key("empirical"), points),
            Form::Mixture(parts) => {
                let parts = parts.iter().map(|part| (part.share, part.of.as_ref())).collect::<Vec<_>>();
                self.mixture(&path.key("mixture"), &parts, "of", depth)
            }
        }
    }

    /// A mixture of parts `(share, distribution)`; `field` is the key of a part's distribution.
    pub(super) fn mixture<T: Amount>(
        &mut self,
        path: &Path,
        parts: &[(Option<f64>, Option<&DistributionFile<T>>)],
        field: &str,
        depth: usize,
    ) -> Distribution {
        if parts.is_empty() || parts.len() > MOST {
            let what = format!("there are {} parts", parts.len());
            self.at(path, what, format!("write 1 to {MOST}, such as {{ share = 0.7, {field} = \"{}\" }}", T::EXAMPLE));
            return NONE;
        }
        if depth >= DEEPEST {
            self.at(path, "these mixtures are nested too deep", format!("nest at most {DEEPEST}"));
            return NONE;
        }
        let mut checked = Vec::with_capacity(parts.len());
        for (place, (share, of)) in parts.iter().enumerate() {
            let here = path.index(place);
            let share = self.required(&here.key("share"), *share, "share = 0.5, a weight above 0");
            let share = self.positive(&here.key("share"), share, 1e9, 1.0);
            let of_path = here.key(field);
            let example = format!("{field} = \"{}\"", T::EXAMPLE);
            if let Some(of) = self.required(&of_path, *of, &example) {
                checked.push((share, self.nested(&of_path, of, depth + 1)));
            }
        }
        Distribution::Mixture(checked)
    }

    fn empirical<T: Amount>(&mut self, path: &Path, points: &[(f64, T)]) -> Distribution {
        let first = points.first().map(|point| point.0);
        let last = points.last().map(|point| point.0);
        let example = format!("such as [[0.0, \"{0}\"], [1.0, \"{0}\"]]", T::EXAMPLE);
        if points.len() < 2 || points.len() > MOST {
            let what = format!("a table of quantiles with {} points", points.len());
            self.at(path, what, format!("write 2 to {MOST} points, {example}"));
        } else if first != Some(0.0) || last != Some(1.0) {
            self.at(
                path,
                "the probabilities do not run from 0 to 1",
                format!("start at 0.0 and end at 1.0, {example}"),
            );
        }
        let mut table: Vec<(f64, f64)> = Vec::with_capacity(points.len());
        for (place, (probability, amount)) in points.iter().enumerate() {
            let here = path.index(place);
            if !probability.is_finite() {
                self.at(&here.index(0), not_finite(*probability), "write a probability from 0 to 1");
            }
            let amount = self.amount(&here.index(1), Some(*amount));
            if let Some((before, smaller)) = table.last() {
                if before >= probability {
                    self.at(&here.index(0), "this probability is not above the one before it", "sort the points");
                }
                if *smaller > amount {
                    self.at(&here.index(1), "this amount is below the one before it", "sort the points");
                }
            }
            table.push((*probability, amount));
        }
        Distribution::Empirical(table)
    }

    /// An amount within the unit's bounds.
    fn amount<T: Amount>(&mut self, path: &Path, value: Option<T>) -> f64 {
        let Some(value) = self.required_amount(path, value) else { return 1.0 };
        // Spans and bytes cannot be; a number without unit can.
        if value.amount().is_nan() || value.amount() < 0.0 {
            self.at(
                path,
                format!("{} is not an amount", value.amount()),
                format!("write 0 or more, such as {}", T::EXAMPLE),
            );
            return 1.0;
        }
        if value.amount() > T::LARGEST.0 {
            self.at(path, "this is too large", format!("write at most {}", T::LARGEST.1));
        }
        value.amount()
    }

    fn above_zero<T: Amount>(&mut self, path: &Path, value: Option<T>) -> f64 {
        let amount = self.amount(path, value);
        if amount <= 0.0 {
            self.at(path, "this is not above 0", format!("write an amount above 0, such as \"{}\"", T::EXAMPLE));
        }
        amount
    }

    fn required_amount<T: Amount>(&mut self, path: &Path, value: Option<T>) -> Option<T> {
        self.required(path, value, &format!("an amount such as \"{}\"", T::EXAMPLE))
    }

    fn parameter(&mut self, path: &Path, value: Option<f64>, bounds: std::ops::RangeInclusive<f64>) -> f64 {
        let example = format!("a number from {} to {}", bounds.start(), bounds.end());
        let value = self.required(path, value, &example);
        self.number(path, value, bounds, 1.0)
    }
}
