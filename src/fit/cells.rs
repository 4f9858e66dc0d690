//! Amounts as intervals: what a clock that writes whole steps says about the true amount.
//!
//! An amount `v` stands for all of `[v − before, v + after]`, cut off at 0. The likelihood is that of
//! the intervals, `Σ n ln(F(high) − F(low))`, which is exact however coarse the clock: amounts of 0
//! and many equal ones are no trouble. Long columns are put into a few thousand cells between
//! midpoints of neighbours, equal in count and single values at both ends; that loses next to nothing.

use super::shape::{above, below, between, ln_density};
use crate::random::Distribution;

/// Distinct amounts that each have a cell of their own.
const SINGLE: usize = 4_000;
/// Smallest and largest amounts that stay single in any column.
const ENDS: usize = 300;

/// One interval and how many amounts are in it.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The amount itself, or the mean of several; for 0 a quarter of the way into the interval.
    pub middle: f64,
    /// How many.
    pub count: f64,
    /// Whether it is so narrow that the density at its middle tells all.
    narrow: bool,
}

/// How far a written amount may be from the true one: down, and up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blur {
    /// The true amount is at most this much smaller.
    pub before: f64,
    /// And at most this much larger.
    pub after: f64,
}

impl Blur {
    /// Of the difference of two times written in steps, cut off: from `from` until `to`.
    #[must_use]
    pub fn of_steps(from: i64, to: i64) -> Self {
        let (half, shift) = (from.max(to) as f64 / 2.0, (to - from) as f64 / 2.0);
        Self { before: half - shift, after: half + shift }
    }

    /// Of an amount in whole units.
    pub const UNIT: Self = Self { before: 0.5, after: 0.5 };

    /// The length of the interval.
    #[must_use]
    pub fn width(self) -> f64 {
        self.before + self.after
    }
}

/// A column of amounts in cells.
#[derive(Clone, Debug)]
pub struct Cells {
    /// The cells, rising.
    pub cells: Vec<Cell>,
    /// How many amounts there are.
    pub total: f64,
}

impl Cells {
    /// The cells of a rising column.
    #[must_use]
    pub fn new(sorted: &[u64], blur: Blur) -> Self {
        let mut distinct: Vec<(f64, f64)> = Vec::new();
        for value in sorted.iter().map(|value| *value as f64) {
            match distinct.last_mut() {
                Some((last, count)) if *last == value => *count += 1.0,
                _ => distinct.push((value, 1.0)),
            }
        }
        let groups = groups(&distinct);
        let quarter =
            |share: f64| sorted.get((sorted.len() as f64 * share) as usize).copied().unwrap_or_default() as f64;
        let spread = (quarter(0.75) - quarter(0.25)).max(blur.width());
        let shift = (blur.after - blur.before) / 2.0;
        let mut cells: Vec<Cell> = Vec::with_capacity(groups.len());
        for (place, group) in groups.iter().enumerate() {
            let (Some((first, _)), Some((last, _))) = (group.first(), group.last()) else { continue };
            let count: f64 = group.iter().map(|(_, count)| count).sum();
            let next = groups.get(place + 1).and_then(|next| Some((next.len(), next.first()?.0)));
            let mut low = (first - blur.before).max(0.0);
            let mut high = last + blur.after;
            // Cells of several values meet their neighbours halfway; so do those that would overlap.
            if let Some(before) = cells.last_mut() {
                let several = group.len() > 1 || groups.get(place - 1).is_some_and(|group| group.len() > 1);
                if several || before.high > low {
                    low = before.high;
                }
            }
            if let Some((length, next)) = next
                && (length > 1 || group.len() > 1 || high > (next - blur.before).max(0.0))
            {
                high = (f64::midpoint(*last, next) + shift).max(low);
            }
            let mean = group.iter().map(|(value, count)| value * count).sum::<f64>() / count;
            let middle = if mean > 0.0 { mean } else { (low + high) / 4.0 };
            let width = high - low;
            let narrow = group.len() == 1 && width < 1e-3 * middle.min(spread);
            cells.push(Cell { low, high, middle, count, narrow });
        }
        Self { cells, total: sorted.len() as f64 }
    }

    /// The log-likelihood of a distribution.
    #[must_use]
    pub fn ln_likelihood(&self, of: &Distribution) -> f64 {
        let ln_share = |cell: &Cell| {
            if cell.narrow {
                (ln_density(of, cell.middle) + libm::log(cell.high - cell.low)).max(LEAST)
            } else {
                libm::log(between(of, cell.low, cell.high)).max(LEAST)
            }
        };
        self.cells.iter().map(|cell| cell.count * ln_share(cell)).sum()
    }

    /// The Kolmogorov–Smirnov distance: the largest difference between the share of amounts up to an
    /// end of a cell and what the distribution says.
    #[must_use]
    pub fn distance(&self, of: &Distribution) -> f64 {
        let (mut seen, mut largest) = (0.0, 0.0_f64);
        for cell in &self.cells {
            let at_low = if cell.low > 0.0 { below(of, cell.low) } else { 0.0 };
            largest = largest.max((at_low - seen / self.total).abs());
            seen += cell.count;
            largest = largest.max((below(of, cell.high) - seen / self.total).abs());
        }
        largest
    }

    /// Whether the distribution's 50th, 90th, 95th and 99th percentile are within 10 % of the
    /// amounts' own, or as near as the clock and chance (three standard errors) can tell.
    #[must_use]
    pub fn quantiles_agree(&self, of: &Distribution) -> bool {
        [0.5, 0.9, 0.95, 0.99].into_iter().all(|p| {
            let Some(cell) = self.at(p) else { return true };
            let chance = 3.0 * (p * (1.0 - p) / self.total).sqrt();
            let low = cell.low.min(cell.middle * 0.9);
            let high = cell.high.max(cell.middle * 1.1);
            below(of, low) <= p + chance && above(of, high) <= 1.0 - p + chance
        })
    }

    /// The cell in which a share `p` of the amounts is reached.
    fn at(&self, p: f64) -> Option<&Cell> {
        let mut seen = 0.0;
        self.cells.iter().find(|cell| {
            seen += cell.count;
            seen >= p * self.total
        })
    }

    /// Mean and variance of the logarithms of the middles.
    #[must_use]
    pub fn logarithms(&self) -> (f64, f64) {
        self.moments(|cell| libm::log(cell.middle))
    }

    /// Mean and variance of what `of` gives for each cell.
    #[must_use]
    pub fn moments(&self, of: impl Fn(&Cell) -> f64) -> (f64, f64) {
        let mean = self.cells.iter().map(|cell| cell.count * of(cell)).sum::<f64>() / self.total;
        let squares = self.cells.iter().map(|cell| cell.count * (of(cell) - mean) * (of(cell) - mean));
        (mean, squares.sum::<f64>() / self.total)
    }
}

/// The logarithm of the smallest share that is told from none: finite, so that a far outlier makes a
/// family unlikely and not impossible to compare.
const LEAST: f64 = -700.0;

/// Distinct values in groups of about equal count; single ones at the ends, and where there are few.
fn groups(distinct: &[(f64, f64)]) -> Vec<&[(f64, f64)]> {
    if distinct.len() <= SINGLE {
        return distinct.chunks(1).collect();
    }
    let (Some((first, rest)), ends) = (distinct.split_at_checked(ENDS), distinct.len() - ENDS) else {
        return distinct.chunks(1).collect();
    };
    let (middle, last) = rest.split_at_checked(ends - ENDS).unwrap_or((rest, &[]));
    let each = middle.iter().map(|(_, count)| count).sum::<f64>() / (SINGLE - 2 * ENDS) as f64;
    let mut groups: Vec<&[(f64, f64)]> = first.chunks(1).collect();
    let (mut from, mut count) = (0, 0.0);
    for (place, (_, more)) in middle.iter().enumerate() {
        count += more;
        if count >= each || place + 1 == middle.len() {
            groups.extend(middle.get(from..=place));
            (from, count) = (place + 1, 0.0);
        }
    }
    groups.extend(last.chunks(1));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_for_their_intervals() {
        let cells = Cells::new(&[0, 0, 3, 4], Blur::UNIT);
        let ends: Vec<_> = cells.cells.iter().map(|cell| (cell.low, cell.high, cell.count)).collect();
        assert_eq!(ends, [(0.0, 0.5, 2.0), (2.5, 3.5, 1.0), (3.5, 4.5, 1.0)]);
        let of = Distribution::Exponential { mean: 2.0 };
        let share = |low: f64, high: f64| ((-low / 2.0).exp() - (-high / 2.0).exp()).ln();
        let by_hand = 2.0 * share(0.0, 0.5) + share(2.5, 3.5) + share(3.5, 4.5);
        assert!((cells.ln_likelihood(&of) - by_hand).abs() < 1e-12);
        let cut = Blur::of_steps(1_000, 1);
        assert_eq!((cut.before, cut.after), (999.5, 0.5));
        assert_eq!(Blur::of_steps(10, 10), Blur { before: 5.0, after: 5.0 });
    }

    #[test]
    fn long_columns_lose_nothing() {
        let sorted: Vec<u64> = (0..100_000_u64).map(|i| i * i / 7).collect();
        let cells = Cells::new(&sorted, Blur::UNIT);
        assert!(cells.cells.len() <= SINGLE + 2);
        assert_eq!(cells.cells.iter().map(|cell| cell.count).sum::<f64>(), 100_000.0);
        assert!(cells.cells.windows(2).all(|pair| pair[0].high <= pair[1].low && pair[0].low < pair[0].high));
    }

    #[test]
    fn the_distance_is_the_largest_gap() {
        let cells = Cells::new(&(0..100).map(|i| i * 1_000).collect::<Vec<u64>>(), Blur::UNIT);
        let near = cells.distance(&Distribution::Uniform { low: 0.0, high: 100_000.0 });
        assert!(near < 0.011, "{near}");
        let far = cells.distance(&Distribution::Uniform { low: 0.0, high: 200_000.0 });
        assert!((far - 0.5).abs() < 0.011, "{far}");
    }
}
