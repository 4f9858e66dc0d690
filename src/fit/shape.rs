//! Distribution functions and densities of the families that are fitted.

use std::f64::consts::SQRT_2;

use statrs::function::gamma::{checked_gamma_lr, checked_gamma_ur, ln_gamma};

use crate::random::Distribution as D;

/// ln √(2π).
const LN_ROOT_2PI: f64 = 0.918_938_533_204_672_8;

/// `P(X > x)`, exact to rounding in the upper tail.
#[must_use]
pub fn above(of: &D, x: f64) -> f64 {
    if x < 0.0 {
        return 1.0;
    }
    match of {
        D::Constant(value) => f64::from(u8::from(x < *value)),
        D::Uniform { low, high } if high > low => ((high - x) / (high - low)).clamp(0.0, 1.0),
        D::Uniform { low, .. } => f64::from(u8::from(x < *low)),
        D::Exponential { mean } => libm::exp(-x / mean),
        D::Normal { mean, sd } => libm::erfc((x - mean) / sd / SQRT_2) / libm::erfc(-mean / sd / SQRT_2),
        D::Lognormal { median, sigma } => libm::erfc(libm::log(x / median) / sigma / SQRT_2) / 2.0,
        D::Gamma { shape, scale } => upper_gamma(*shape, x / scale),
        D::Weibull { shape, scale } => libm::exp(-libm::pow(x / scale, *shape)),
        D::Pareto { minimum, shape } => libm::pow((minimum / x.max(*minimum)).min(1.0), *shape),
        D::Empirical(table) => 1.0 - share_of_table(table, x),
        D::Mixture(parts) => weighted(parts, |part| above(part, x)),
    }
}

/// `P(X <= x)`, exact to rounding in the lower tail.
#[must_use]
pub fn below(of: &D, x: f64) -> f64 {
    if x < 0.0 {
        return 0.0;
    }
    match of {
        D::Constant(_) => 1.0 - above(of, x),
        D::Uniform { low, high } if high > low => ((x - low) / (high - low)).clamp(0.0, 1.0),
        D::Uniform { .. } => 1.0 - above(of, x),
        D::Exponential { mean } => -libm::expm1(-x / mean),
        D::Normal { mean, sd } => {
            let cut = libm::erfc(mean / sd / SQRT_2);
            (libm::erfc((mean - x) / sd / SQRT_2) - cut) / libm::erfc(-mean / sd / SQRT_2)
        }
        D::Lognormal { median, sigma } => libm::erfc(-libm::log(x / median) / sigma / SQRT_2) / 2.0,
        D::Gamma { shape, scale } => lower_gamma(*shape, x / scale),
        D::Weibull { shape, scale } => -libm::expm1(-libm::pow(x / scale, *shape)),
        D::Pareto { minimum, shape } => -libm::expm1(-shape * libm::log(x.max(*minimum) / minimum)),
        D::Empirical(table) => share_of_table(table, x),
        D::Mixture(parts) => weighted(parts, |part| below(part, x)),
    }
}

/// `P(low < X <= high)`, from the tail in which both lie.
#[must_use]
pub fn between(of: &D, low: f64, high: f64) -> f64 {
    let start = below(of, low);
    if start < 0.5 { below(of, high) - start } else { above(of, low) - above(of, high) }
}

/// The logarithm of the density; negative infinity where there is none.
#[must_use]
pub fn ln_density(of: &D, x: f64) -> f64 {
    let outside = f64::NEG_INFINITY;
    match of {
        D::Constant(_) | D::Empirical(_) => outside,
        D::Uniform { low, high } if (*low..=*high).contains(&x) => -libm::log(high - low),
        D::Exponential { mean } if x >= 0.0 => -x / mean - libm::log(*mean),
        D::Normal { mean, sd } if x >= 0.0 => {
            let z = (x - mean) / sd;
            -z * z / 2.0 - LN_ROOT_2PI - libm::log(*sd) - libm::log(libm::erfc(-mean / sd / SQRT_2) / 2.0)
        }
        D::Lognormal { median, sigma } if x > 0.0 => {
            let z = libm::log(x / median) / sigma;
            -z * z / 2.0 - LN_ROOT_2PI - libm::log(*sigma) - libm::log(x)
        }
        D::Gamma { shape, scale } if x > 0.0 => {
            (shape - 1.0) * libm::log(x / scale) - x / scale - libm::log(*scale) - ln_gamma(*shape)
        }
        D::Weibull { shape, scale } if x > 0.0 => {
            let of_scale = libm::log(x / scale);
            libm::log(*shape) - libm::log(*scale) + (shape - 1.0) * of_scale - libm::exp(shape * of_scale)
        }
        D::Pareto { minimum, shape } if x >= *minimum => {
            libm::log(*shape) - libm::log(x) - shape * libm::log(x / minimum)
        }
        D::Mixture(parts) => libm::log(weighted(parts, |part| libm::exp(ln_density(part, x)))),
        _ => outside,
    }
}

/// The value that a share `p` of the samples does not exceed, by bisection to 10⁻¹² of itself.
#[must_use]
pub fn quantile(of: &D, p: f64) -> f64 {
    let reached = |x: f64| if p < 0.5 { below(of, x) >= p } else { above(of, x) <= 1.0 - p };
    if reached(0.0) {
        return 0.0;
    }
    let (mut low, mut high) = (libm::log(1e-6), libm::log(1e18));
    for _ in 0..64 {
        let middle = f64::midpoint(low, high);
        if reached(libm::exp(middle)) { high = middle } else { low = middle }
    }
    libm::exp(high)
}

fn weighted(parts: &[(f64, D)], of: impl Fn(&D) -> f64) -> f64 {
    let total: f64 = parts.iter().map(|(share, _)| share).sum();
    parts.iter().map(|(share, part)| share / total * of(part)).sum()
}

fn lower_gamma(shape: f64, x: f64) -> f64 {
    if x <= 0.0 { 0.0 } else { checked_gamma_lr(shape, x).unwrap_or(1.0) }
}

fn upper_gamma(shape: f64, x: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { checked_gamma_ur(shape, x).unwrap_or(0.0) }
}

/// The share of a table of quantiles that lies at or below `x`.
fn share_of_table(table: &[(f64, f64)], x: f64) -> f64 {
    let after = table.partition_point(|(_, value)| *value <= x);
    match (after.checked_sub(1).and_then(|before| table.get(before)), table.get(after)) {
        (None, _) => 0.0,
        (Some(_), None) => 1.0,
        (Some((p, low)), Some((q, high))) => p + (q - p) * (x - low) / (high - low),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;

    fn all() -> Vec<D> {
        vec![
            D::Uniform { low: 2.0, high: 5.0 },
            D::Exponential { mean: 4.0 },
            D::Normal { mean: 1.0, sd: 1.5 },
            D::Lognormal { median: 2.0, sigma: 0.8 },
            D::Gamma { shape: 2.5, scale: 3.0 },
            D::Gamma { shape: 0.5, scale: 2.0 },
            D::Weibull { shape: 1.5, scale: 2.0 },
            D::Pareto { minimum: 1.0, shape: 2.0 },
            D::Mixture(vec![(0.7, D::Exponential { mean: 1.0 }), (0.3, D::Lognormal { median: 9.0, sigma: 0.2 })]),
        ]
    }

    #[test]
    fn the_functions_are_those_of_the_samples() {
        for of in all().into_iter().chain([D::Empirical(vec![(0.0, 1.0), (0.5, 2.0), (1.0, 9.0)])]) {
            let mut stream = Substream::new(4, 0, "shape");
            let samples: Vec<f64> = (0..100_000).map(|_| of.sample(&mut stream)).collect();
            for x in [0.3, 1.5, 3.0, 6.0] {
                let share = samples.iter().filter(|sample| **sample <= x).count() as f64 / 1e5;
                assert!((below(&of, x) - share).abs() < 0.007, "{of:?} at {x}: {} {share}", below(&of, x));
                assert!((below(&of, x) + above(&of, x) - 1.0).abs() < 1e-12, "{of:?} at {x}");
            }
        }
    }

    #[test]
    fn the_density_is_the_slope() {
        for of in all() {
            for x in [0.3, 1.5, 3.0, 6.0] {
                let slope = between(&of, x - 1e-5, x + 1e-5) / 2e-5;
                assert!((libm::exp(ln_density(&of, x)) - slope).abs() < 1e-6, "{of:?} at {x}: {slope}");
            }
        }
    }

    #[test]
    fn quantiles_invert_the_share() {
        for of in all() {
            for p in [0.01, 0.5, 0.99, 0.9999] {
                assert!((above(&of, quantile(&of, p)) - (1.0 - p)).abs() < 1e-9, "{of:?} at {p}");
            }
        }
        assert_eq!(quantile(&D::Constant(0.0), 0.5), 0.0);
        assert!((quantile(&D::Constant(3.0), 0.5) - 3.0).abs() < 1e-9);
    }
}
