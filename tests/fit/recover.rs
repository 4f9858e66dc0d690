//! Parameters are found again within three standard errors.

use millstream::fit::{Blur, Candidate, Effort, Fitted, TWO, fit_amounts, shape};
use millstream::random::{Distribution as D, Substream};

const COUNT: usize = 50_000;

/// Samples in whole steps, cut off, as a clock writes them.
fn column(of: &D, count: usize, step: u64, seed: u64) -> Vec<u64> {
    let mut stream = Substream::new(seed, 0, "recover");
    let mut sorted: Vec<u64> = (0..count).map(|_| of.sample(&mut stream) as u64 / step * step).collect();
    sorted.sort_unstable();
    sorted
}

fn fitted(of: &D, step: u64, seed: u64) -> Fitted {
    fit_amounts(&column(of, COUNT, step, seed), blur(step), Effort::DELAYS).unwrap()
}

/// One step and cut off: the true amount is at most a step larger.
fn blur(step: u64) -> Blur {
    Blur { before: 0.0, after: step as f64 }
}

fn family<'a>(found: &'a Fitted, name: &str) -> &'a Candidate {
    found.candidates.iter().find(|candidate| candidate.name == name).unwrap()
}

/// The parameters of a distribution: amounts as logarithms, so that errors are relative.
fn parameters(of: &D) -> (&'static str, Vec<f64>) {
    match of {
        D::Exponential { mean } => ("exponential", vec![mean.ln()]),
        D::Normal { mean, sd } => ("normal", vec![*mean, *sd]),
        D::Lognormal { median, sigma } => ("lognormal", vec![median.ln(), *sigma]),
        D::Gamma { shape, scale } => ("gamma", vec![*shape, (shape * scale).ln()]),
        D::Weibull { shape, scale } => ("weibull", vec![*shape, scale.ln()]),
        D::Pareto { shape, .. } => ("pareto", vec![*shape]),
        other => panic!("{other:?}"),
    }
}

/// Standard errors of those, by the inverse of Fisher's information for one sample.
fn errors(of: &D) -> Vec<f64> {
    let variances = match of {
        D::Exponential { .. } => vec![1.0],
        // Hardly truncated.
        D::Normal { sd, .. } => vec![sd * sd, sd * sd / 2.0],
        D::Lognormal { sigma, .. } => vec![sigma * sigma, sigma * sigma / 2.0],
        // Trigamma by its series; shape and mean are independent.
        D::Gamma { shape, .. } => {
            let trigamma: f64 = (0..200_000).map(|i| 1.0 / (shape + f64::from(i)).powi(2)).sum::<f64>() + 5e-6;
            vec![1.0 / (trigamma - 1.0 / shape), 1.0 / shape]
        }
        // Cohen (1965).
        D::Weibull { shape, .. } => vec![0.607_9 * shape * shape, 1.108_7 / (shape * shape)],
        D::Pareto { shape, .. } => vec![shape * shape],
        other => panic!("{other:?}"),
    };
    variances.into_iter().map(|variance| (variance / COUNT as f64).sqrt()).collect()
}

fn families() -> Vec<D> {
    vec![
        D::Exponential { mean: 4e6 },
        D::Normal { mean: 5e6, sd: 1e6 },
        D::Lognormal { median: 150_000.0, sigma: 1.0 },
        D::Lognormal { median: 2e6, sigma: 0.3 },
        D::Gamma { shape: 2.5, scale: 3e6 },
        D::Gamma { shape: 0.5, scale: 2e6 },
        D::Weibull { shape: 1.5, scale: 2e6 },
        D::Weibull { shape: 0.7, scale: 9e6 },
        D::Pareto { minimum: 1e6, shape: 2.0 },
    ]
}

#[test]
fn every_family_is_recovered() {
    for of in families() {
        for seed in 0..2 {
            let found = fitted(&of, 1, seed);
            let (name, wanted) = parameters(&of);
            let candidate = family(&found, name);
            let (_, got) = parameters(&candidate.distribution);
            for ((got, want), error) in got.iter().zip(&wanted).zip(errors(&of)) {
                assert!((got - want).abs() < 3.0 * error, "{of:?} {seed}: {candidate:?}, error {error}");
            }
            // No family that does not hold the true one is better, and what stands for the data is good.
            let best = &found.candidates[0];
            assert!(candidate.aic - best.aic < 12.0 && candidate.good, "{of:?} {seed}: {:?}", found.candidates);
            assert!(found.choice.is_some());
        }
    }
}

#[test]
fn coarse_clocks_move_no_parameter() {
    // A step that is a fifth or more of the typical amount; two parameters and their errors hardly grow.
    for (of, step) in [
        (D::Exponential { mean: 4e6 }, 1_000_000),
        (D::Lognormal { median: 2e6, sigma: 0.8 }, 500_000),
        (D::Gamma { shape: 2.5, scale: 1e6 }, 1_000_000),
        (D::Weibull { shape: 1.5, scale: 3e6 }, 1_000_000),
        (D::Normal { mean: 5e6, sd: 1e6 }, 1_000_000),
    ] {
        let found = fitted(&of, step, 9);
        let (name, wanted) = parameters(&of);
        let (_, got) = parameters(&family(&found, name).distribution);
        for ((got, want), error) in got.iter().zip(&wanted).zip(errors(&of)) {
            assert!((got - want).abs() < 3.0 * 1.3 * error, "{of:?}: {got} {want}, error {error}");
        }
        assert!(family(&found, name).good, "{of:?}: {:?}", found.candidates);
    }
}

#[test]
fn ends_are_recovered() {
    let D::Uniform { low, high } = family(&fitted(&D::Uniform { low: 2e6, high: 5e6 }, 1, 1), "uniform").distribution
    else {
        panic!()
    };
    // The gap to an end is exponential with a mean of range / count.
    let gap = 3e6 / COUNT as f64;
    assert!((low - 2e6).abs() < 4.0 * gap && (high - 5e6).abs() < 4.0 * gap, "{low} {high}");
    let D::Pareto { minimum, .. } =
        family(&fitted(&D::Pareto { minimum: 1e6, shape: 2.0 }, 1, 1), "pareto").distribution
    else {
        panic!()
    };
    assert!((minimum - 1e6).abs() < 4.0 * 1e6 / 2.0 / COUNT as f64 + 1.0, "{minimum}");
}

#[test]
fn equal_amounts_are_a_constant() {
    let found = fit_amounts(&[150_000; 900], Blur::UNIT, Effort::DELAYS).unwrap();
    assert_eq!((found.chosen, found.choice, found.candidates.len()), (D::Constant(150_000.0), Some(0), 1));
    let none = fit_amounts(&[0; 9], Blur::UNIT, Effort::DELAYS).unwrap();
    assert_eq!(none.chosen, D::Constant(0.0));
    assert!(fit_amounts(&[], Blur::UNIT, Effort::DELAYS).is_none());
}

#[test]
fn two_lognormals_are_told_apart() {
    let part = |median, sigma| D::Lognormal { median, sigma };
    let of = D::Mixture(vec![(0.9, part(200_000.0, 0.8)), (0.1, part(300e6, 1.0))]);
    for (step, seed) in [(1, 1), (1, 2), (100_000, 3)] {
        let found = fitted(&of, step, seed);
        assert_eq!(found.candidates[0].name, TWO);
        let D::Mixture(parts) = &found.chosen else { panic!("{found:?}") };
        for ((share, got), (wanted, want)) in parts.iter().zip([(0.9, part(200_000.0, 0.8)), (0.1, part(300e6, 1.0))]) {
            let of_part = COUNT as f64 * wanted;
            assert!((share - wanted).abs() < 3.0 * (0.09 / COUNT as f64).sqrt(), "{share}");
            let ((_, got), (_, want)) = (parameters(got), parameters(&want));
            // The parts hardly overlap: nearly the errors of each alone.
            assert!((got[0] - want[0]).abs() < 3.5 * want[1] / of_part.sqrt(), "{got:?} {want:?}");
            assert!((got[1] - want[1]).abs() < 3.5 * want[1] / (2.0 * of_part).sqrt(), "{got:?} {want:?}");
        }
    }
}

#[test]
fn what_no_family_fits_becomes_a_table() {
    // Two constants and a wide plateau.
    let of = D::Mixture(vec![
        (0.4, D::Constant(0.0)),
        (0.3, D::Constant(7e6)),
        (0.3, D::Uniform { low: 100e6, high: 900e6 }),
    ]);
    let found = fitted(&of, 1_000, 4);
    assert_eq!(found.choice, None, "{:?}", found.candidates);
    let sorted = column(&of, COUNT, 1_000, 4);
    for p in [0.2, 0.5, 0.75, 0.9, 0.99] {
        let (want, got) = (sorted[(p * COUNT as f64) as usize] as f64, shape::quantile(&found.chosen, p));
        assert!((got - want).abs() <= 0.02 * want + 1_000.0, "{p}: {got} {want}");
    }
}

#[test]
fn odd_columns_break_nothing() {
    let most = 365 * 86_400 * 1_000_000_u64;
    for column in [
        vec![0, 1],
        vec![0, most],
        vec![5, 5, 5, 6],
        vec![0; 1_000].into_iter().chain([most]).collect(),
        vec![most - 1, most],
        (0..10_000).map(|i| i / 5_000).collect(),
    ] {
        for blur in [Blur::UNIT, blur(1_000_000), Blur::of_steps(1_000_000, 1)] {
            let found = fit_amounts(&column, blur, Effort::DELAYS).unwrap();
            for candidate in &found.candidates {
                assert!(candidate.distance.is_finite() && !candidate.aic.is_nan(), "{column:?}: {candidate:?}");
            }
        }
    }
}
