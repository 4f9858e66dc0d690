//! A mixture of two lognormals, by expectation and maximisation over intervals.
//!
//! Each step takes what share of every cell belongs to which part, and the mean and the mean square
//! of the logarithm within the cell given the part, in closed form: moments of a truncated normal
//! (Johnson, Kotz and Balakrishnan 1994, 13.10). No step makes the likelihood smaller.

use std::f64::consts::SQRT_2;

use super::cells::{Cell, Cells};
use crate::random::Distribution;

/// Steps at most, from each start.
const STEPS: usize = 400;
/// A step that gains less than this ends the climb.
const GAIN: f64 = 1e-5;
/// The narrowest part: an atom is no lognormal.
const LEAST_SIGMA: f64 = 1e-3;

/// A part: its share, and mean and deviation of the logarithm.
#[derive(Clone, Copy, Debug)]
struct Part {
    share: f64,
    mean: f64,
    sigma: f64,
}

/// The mixture of maximum likelihood, the faster part first; `None` when two parts cannot be told.
#[must_use]
pub fn two_lognormals(cells: &Cells) -> Option<Distribution> {
    let starts = [0.5, 0.8, 0.95, 0.99].into_iter().filter_map(|share| start(cells, share));
    let climbed = starts.map(|start| climb(cells, start));
    let (mut parts, _) = climbed.reduce(|best, found| if found.1 > best.1 { found } else { best })?;
    parts.sort_by(|a, b| a.mean.total_cmp(&b.mean));
    let told = parts.iter().all(|part| part.share * cells.total >= 3.0 && part.mean.is_finite());
    let lognormal = |part: Part| {
        let of = Distribution::Lognormal { median: libm::exp(part.mean).max(1.0), sigma: part.sigma.min(10.0) };
        (part.share, of)
    };
    told.then(|| Distribution::Mixture(parts.map(lognormal).to_vec()))
}

/// The parts below and above a share of the amounts.
fn start(cells: &Cells, share: f64) -> Option<[Part; 2]> {
    let (mut lower, mut upper) = (Sums::default(), Sums::default());
    let mut seen = 0.0;
    for cell in &cells.cells {
        let sums = if seen < share * cells.total { &mut lower } else { &mut upper };
        let ln = libm::log(cell.middle);
        sums.add(cell.count, ln, ln * ln);
        seen += cell.count;
    }
    Some([lower.part(cells.total)?, upper.part(cells.total)?])
}

/// Weighted sums of logarithms and their squares.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    weight: f64,
    first: f64,
    second: f64,
}

impl Sums {
    fn add(&mut self, weight: f64, mean: f64, square: f64) {
        self.weight += weight;
        self.first += weight * mean;
        self.second += weight * square;
    }

    fn part(&self, total: f64) -> Option<Part> {
        let mean = self.first / self.weight;
        let variance = self.second / self.weight - mean * mean;
        let part = Part { share: self.weight / total, mean, sigma: variance.max(0.0).sqrt().max(LEAST_SIGMA) };
        (self.weight > 0.0 && part.mean.is_finite() && part.sigma.is_finite()).then_some(part)
    }
}

fn climb(cells: &Cells, mut parts: [Part; 2]) -> ([Part; 2], f64) {
    let mut reached = f64::NEG_INFINITY;
    for _ in 0..STEPS {
        let mut sums = [Sums::default(); 2];
        let mut likelihood = 0.0;
        for cell in &cells.cells {
            let [a, b] = parts.map(|part| within(cell, part));
            let (p, q) = (a.share.max(1e-300), b.share.max(1e-300));
            likelihood += cell.count * libm::log(p + q);
            let first = p / (p + q);
            sums[0].add(cell.count * first, a.mean, a.square);
            sums[1].add(cell.count * (1.0 - first), b.mean, b.square);
        }
        let done = likelihood - reached < GAIN;
        reached = likelihood;
        let [a, b] = sums.map(|sums| sums.part(cells.total));
        let (false, Some(a), Some(b)) = (done, a, b) else { break };
        parts = [a, b];
    }
    (parts, reached)
}

/// A part's share of a cell, and the moments of the logarithm there.
struct Within {
    share: f64,
    mean: f64,
    square: f64,
}

fn within(cell: &Cell, part: Part) -> Within {
    let (low, high) = (libm::log(cell.low), libm::log(cell.high));
    let middle = libm::log(cell.middle);
    let (a, b) = ((low - part.mean) / part.sigma, (high - part.mean) / part.sigma);
    if b - a < 0.02 {
        let z = (middle - part.mean) / part.sigma;
        return Within { share: part.share * density(z) * (b - a), mean: middle, square: middle * middle };
    }
    // From the tail in which both ends lie.
    let share = if a > 0.0 { upper(a) - upper(b) } else { upper(-b) - upper(-a) };
    if share < 1e-280 {
        // So far out that all is at the nearer end.
        let end = if a > 0.0 { low } else { high };
        return Within { share: 0.0, mean: end, square: end * end };
    }
    let edge = |z: f64| if z.is_finite() { z * density(z) } else { 0.0 };
    let first = (density(a) - density(b)) / share;
    let second = 1.0 + (edge(a) - edge(b)) / share;
    let (mean, sigma) = (part.mean, part.sigma);
    Within {
        share: part.share * share,
        mean: mean + sigma * first,
        square: mean * mean + 2.0 * mean * sigma * first + sigma * sigma * second.max(first * first),
    }
}

fn density(z: f64) -> f64 {
    libm::exp(-z * z / 2.0) / libm::sqrt(std::f64::consts::TAU)
}

fn upper(z: f64) -> f64 {
    libm::erfc(z / SQRT_2) / 2.0
}
