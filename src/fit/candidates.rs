//! Every family of distributions, fitted to one column of amounts by maximum likelihood.

use super::cells::{Blur, Cells};
use super::maximum::maximise;
use super::mixture;
use super::shape::quantile;
use super::table;
use crate::random::Distribution as D;
use crate::units::LONGEST;

/// A family is good when its distribution function is nowhere further than this from the data's.
pub const GOOD: f64 = 0.05;

/// A fitted family.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its name in scenario files, or "two lognormals".
    pub name: &'static str,
    /// With the parameters of maximum likelihood, in the unit of the amounts.
    pub distribution: D,
    /// How many parameters were fitted.
    pub parameters: u32,
    /// Logarithm of the likelihood of the amounts as intervals.
    pub ln_likelihood: f64,
    /// Akaike's information criterion, `2 · parameters − 2 · ln_likelihood`: less is better.
    pub aic: f64,
    /// Kolmogorov–Smirnov distance from the data.
    pub distance: f64,
    /// Whether it is near enough to stand for the data: the distance is at most [`GOOD`] (or what
    /// chance explains in a short column) and the percentiles agree within 10 %.
    pub good: bool,
}

/// What was found about a column of amounts.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The candidates, the best by AIC first.
    pub candidates: Vec<Candidate>,
    /// What stands for the data: of the good candidates that AIC hardly tells apart (within 10 of
    /// the best) the one with the fewest parameters; or a table of quantiles.
    pub chosen: D,
    /// The place of `chosen` among the candidates; `None` for a table.
    pub choice: Option<usize>,
    /// How many amounts the likelihood is of.
    pub amounts: usize,
    /// How far a written amount may be from the true one.
    pub blur: Blur,
}

/// How much effort a column deserves.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Whether to try two lognormals.
    pub mixture: bool,
    /// Points of a table of quantiles.
    pub points: usize,
}

impl Effort {
    /// For delays, which decide most.
    pub const DELAYS: Self = Self { mixture: true, points: 160 };
    /// For payloads.
    pub const PAYLOADS: Self = Self { mixture: true, points: 60 };
    /// For the gaps of duplicates.
    pub const GAPS: Self = Self { mixture: false, points: 40 };
}

/// Fits every family to a rising column; `None` for an empty one.
#[must_use]
pub fn fit(sorted: &[u64], blur: Blur, effort: Effort) -> Option<Fitted> {
    let (first, last) = (*sorted.first()? as f64, *sorted.last()? as f64);
    let cells = Cells::new(sorted, blur);
    let judged = |(name, parameters, distribution): (&'static str, u32, D)| {
        let ln_likelihood = cells.ln_likelihood(&distribution);
        let distance = cells.distance(&distribution);
        let near = distance <= GOOD.max(1.63 / cells.total.sqrt());
        let good = near && cells.quantiles_agree(&distribution);
        let aic = 2.0 * f64::from(parameters) - 2.0 * ln_likelihood;
        Candidate { name, distribution, parameters, ln_likelihood, aic, distance, good }
    };
    if cells.cells.len() == 1 {
        // One value: nothing else can be told from a constant.
        let constant = D::Constant(first);
        let found = judged(("constant", 1, constant.clone()));
        let found = Candidate { ln_likelihood: 0.0, aic: 2.0, distance: 0.0, good: true, ..found };
        return Some(Fitted {
            candidates: vec![found],
            chosen: constant,
            choice: Some(0),
            amounts: sorted.len(),
            blur,
        });
    }
    let (mean, variance) = cells.moments(|cell| cell.middle);
    let middle = sorted.get(sorted.len() / 2).map_or(mean, |value| *value as f64);
    let mut families = vec![
        ("constant", 1, D::Constant(middle)),
        ("uniform", 2, uniform(&cells)),
        ("exponential", 1, exponential(&cells, mean)),
        ("normal", 2, normal(&cells, mean, variance)),
        ("lognormal", 2, lognormal(&cells)),
        ("gamma", 2, gamma(&cells, mean)),
        ("weibull", 2, weibull(&cells)),
        ("pareto", 2, pareto(&cells)),
    ];
    if effort.mixture {
        families.extend(mixture::two_lognormals(&cells).map(|found| (TWO, 5, found)));
    }
    let mut candidates: Vec<Candidate> = families.into_iter().map(judged).collect();
    candidates.sort_by(|a, b| a.aic.total_cmp(&b.aic));
    let choice = choice(&candidates);
    let chosen = choice.and_then(|choice| candidates.get(choice)).map(|candidate| candidate.distribution.clone());
    let chosen = chosen.unwrap_or_else(|| table::quantiles(sorted, blur, last, effort.points));
    Some(Fitted { candidates, chosen, choice, amounts: sorted.len(), blur })
}

/// A candidate this much worse by AIC than the best has no support worth naming (Burnham and Anderson
/// 2002, 2.6): up to here the one with fewer parameters stands for the data.
const SUPPORT: f64 = 10.0;

/// The good candidate that stands for the data.
fn choice(candidates: &[Candidate]) -> Option<usize> {
    let best = candidates.iter().find(|candidate| candidate.good)?.aic;
    let supported = candidates.iter().enumerate().filter(|(_, found)| found.good && found.aic - best < SUPPORT);
    // The first of the fewest: candidates stand in order of AIC.
    supported.min_by_key(|(_, found)| found.parameters).map(|(place, _)| place)
}

/// The name of the mixture.
pub const TWO: &str = "two lognormals";

impl Candidate {
    /// The median and the 99th percentile.
    #[must_use]
    pub fn percentiles(&self) -> [f64; 2] {
        [0.5, 0.99].map(|p| quantile(&self.distribution, p))
    }
}

/// The parameters, at the maximum, of a family that `of` makes from logarithms.
fn fitted(cells: &Cells, start: &[f64], of: impl Fn(&[f64]) -> D) -> D {
    of(&maximise(start, &|at| cells.ln_likelihood(&of(at))).0)
}

fn exponent(of: Option<&f64>) -> f64 {
    libm::exp(of.copied().unwrap_or(0.0).clamp(-700.0, 700.0))
}

/// An amount that a scenario can name: above 0, at most a hundred years.
fn amount(of: Option<&f64>) -> f64 {
    exponent(of).clamp(1.0, LONGEST.0 as f64)
}

fn shape(of: Option<&f64>) -> f64 {
    exponent(of).clamp(0.01, 1e6)
}

fn exponential(cells: &Cells, mean: f64) -> D {
    fitted(cells, &[libm::log(mean)], |at| D::Exponential { mean: amount(at.first()) })
}

/// The mean before truncation may not be negative: it is fitted in standard deviations.
fn normal(cells: &Cells, mean: f64, variance: f64) -> D {
    let sd = variance.sqrt().max(0.1);
    fitted(cells, &[mean / sd, libm::log(sd)], |at| {
        let sd = exponent(at.get(1)).clamp(0.01, LONGEST.0 as f64);
        let mean = at.first().map_or(0.0, |mean| mean * sd);
        D::Normal { mean: mean.clamp(0.0, LONGEST.0 as f64), sd }
    })
}

fn lognormal(cells: &Cells) -> D {
    let (mean, variance) = cells.logarithms();
    fitted(cells, &[mean, libm::log(variance.sqrt().max(1e-4))], |at| D::Lognormal {
        median: amount(at.first()),
        sigma: exponent(at.get(1)).clamp(1e-6, 10.0),
    })
}

/// By shape and mean, which hardly depend on each other. The start is that of Minka (2002).
fn gamma(cells: &Cells, mean: f64) -> D {
    let gap = (libm::log(mean) - cells.logarithms().0).max(1e-9);
    let start = (3.0 - gap + libm::sqrt((gap - 3.0) * (gap - 3.0) + 24.0 * gap)) / (12.0 * gap);
    fitted(cells, &[libm::log(start), libm::log(mean)], |at| {
        let shape = shape(at.first());
        D::Gamma { shape, scale: (exponent(at.get(1)) / shape).clamp(1e-3, LONGEST.0 as f64) }
    })
}

fn weibull(cells: &Cells) -> D {
    /// Euler's constant, and π / √6: mean and deviation of a logarithm of an exponential.
    const MEAN: f64 = 0.577_215_664_901_532_9;
    const DEVIATION: f64 = 1.282_549_830_161_864;
    let (mean, variance) = cells.logarithms();
    let start = DEVIATION / variance.sqrt().max(1e-4);
    fitted(cells, &[libm::log(start), mean + MEAN / start], |at| D::Weibull {
        shape: shape(at.first()),
        scale: amount(at.get(1)),
    })
}

/// The minimum lies somewhere in the first cell.
fn pareto(cells: &Cells) -> D {
    let Some(first) = cells.cells.first() else { return D::Constant(0.0) };
    let least = first.low.max(1.0).min(first.high.max(1.0));
    let start = 1.0 / (cells.logarithms().0 - libm::log(first.middle.max(1.0))).max(1e-6);
    fitted(cells, &[-4.0, libm::log(start)], |at| {
        let inside = 1.0 / (1.0 + 1.0 / exponent(at.first()));
        D::Pareto { minimum: least + (first.high.max(least) - least) * inside, shape: shape(at.get(1)) }
    })
}

/// The ends lie in the first and the last cell, where the likelihood has its maximum: what a share of
/// the amounts reaches beyond the cell's inner end is in proportion to that share.
fn uniform(cells: &Cells) -> D {
    let (Some(first), Some(last)) = (cells.cells.first(), cells.cells.last()) else { return D::Constant(0.0) };
    let (mut low, mut high) = (first.low, last.high);
    for _ in 0..50 {
        low = (first.high - first.count / cells.total * (high - low)).clamp(first.low, first.high);
        high = (last.low + last.count / cells.total * (high - low)).clamp(last.low, last.high);
    }
    D::Uniform { low, high }
}
