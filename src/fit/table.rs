//! A column of amounts as a short table of quantiles.

use std::collections::BinaryHeap;

use super::cells::Blur;
use crate::random::Distribution;

/// Percentiles that stand in every table.
const EXACT: [f64; 4] = [0.5, 0.9, 0.95, 0.99];
/// A straight line that is nowhere further off than this share of the amount is good enough.
const NEAR: f64 = 0.01;

/// A stretch between two points, and where the line between them is worst.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    /// How bad: the share of the amount by which it is off, times the square root of the share of the
    /// column that it spans, so that rare amounts do not take all points.
    badness: f64,
    from: usize,
    worst: usize,
    to: usize,
}

impl Eq for Stretch {}

impl Ord for Stretch {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.badness.total_cmp(&other.badness).then(other.from.cmp(&self.from))
    }
}

impl PartialOrd for Stretch {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The table of a rising column, of about `points` points at most; `largest` is the largest amount of
/// all, at probability 1. Points go where straight lines are worst (Douglas and Peucker 1973).
#[must_use]
pub fn quantiles(sorted: &[u64], blur: Blur, largest: f64, points: usize) -> Distribution {
    let last = sorted.len().saturating_sub(1);
    let mut kept = vec![0, last];
    let mut open = BinaryHeap::from_iter(stretch(sorted, blur, 0, last));
    while kept.len() < points
        && let Some(Stretch { from, worst, to, .. }) = open.pop()
    {
        kept.push(worst);
        open.extend(stretch(sorted, blur, from, worst));
        open.extend(stretch(sorted, blur, worst, to));
    }
    let value = |place: usize| sorted.get(place).map_or(0.0, |value| *value as f64);
    let count = sorted.len() as f64;
    // The percentiles that people look at are exact, each at its own probability.
    let exact = EXACT.map(|p| (p, value(((p * count).ceil() as usize).saturating_sub(1))));
    // Six digits, as they will be printed.
    let at = |place: usize| (((place as f64 + 0.5) / count * 1e6).round() / 1e6, value(place));
    let mut points: Vec<(f64, f64)> = kept.into_iter().map(at).chain(exact).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut table = vec![(0.0, value(0))];
    for (p, value) in points {
        if p < 1.0 && table.last().is_some_and(|(before, smaller)| *before < p && *smaller <= value) {
            table.push((p, value));
        }
    }
    table.push((1.0, largest.max(value(last))));
    Distribution::Empirical(table)
}

fn stretch(sorted: &[u64], blur: Blur, from: usize, to: usize) -> Option<Stretch> {
    let (low, high) = (*sorted.get(from)? as f64, *sorted.get(to)? as f64);
    let mut worst = (0.0, from);
    for (place, value) in sorted.iter().enumerate().take(to).skip(from + 1) {
        let line = low + (high - low) * ((place - from) as f64 / (to - from) as f64);
        let off = (*value as f64 - line).abs() / (*value as f64 + blur.width());
        if off > worst.0 {
            worst = (off, place);
        }
    }
    let span = (to - from) as f64 / sorted.len() as f64;
    (worst.0 > NEAR).then(|| Stretch { badness: worst.0 * span.sqrt(), from, worst: worst.1, to })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::shape::quantile;

    #[test]
    fn a_table_keeps_steps_and_tails() {
        let sorted: Vec<u64> = (0..50_000_u64)
            .map(|i| if i < 24_000 { 0 } else { (1.0005_f64.powi(i as i32 - 24_000) * 8.0) as u64 })
            .collect();
        let Distribution::Empirical(table) = quantiles(&sorted, Blur::UNIT, 9e9, 160) else { panic!() };
        assert!(table.len() <= 166 && table.windows(2).all(|p| p[0].0 < p[1].0 && p[0].1 <= p[1].1));
        assert_eq!(table.last(), Some(&(1.0, 9e9)));
        let of = Distribution::Empirical(table);
        for p in [0.3, 0.5, 0.7, 0.9, 0.95, 0.99] {
            let (want, got) = (sorted[(p * 50_000.0) as usize] as f64, quantile(&of, p));
            assert!((got - want).abs() <= 0.03 * want + 1.0, "{p}: {got} {want}");
        }
    }

    #[test]
    fn short_columns_have_tables_too() {
        let Distribution::Empirical(table) = quantiles(&[7], Blur::UNIT, 7.0, 160) else { panic!() };
        assert_eq!(table.iter().map(|point| point.0).collect::<Vec<_>>(), [0.0, 0.5, 0.9, 0.95, 0.99, 1.0]);
        assert!(table.iter().all(|point| point.1 == 7.0));
    }
}
