//! How far deliveries come out of order, and what a watermark would have dropped.

use crate::histogram::Histogram;
use crate::units::{Instant, Span};

/// First deliveries up to which bounds are exact; beyond, from a histogram within 0.4 %.
const EXACT: usize = 1_000_000;

/// Looks at deliveries in order of arrival.
#[derive(Clone, Debug, Default)]
pub struct Disorder {
    newest: Option<Instant>,
    deliveries: u64,
    out_of_order: u64,
    behind: Histogram,
    exact: Vec<u64>,
    largest: u64,
}

/// A watermark bound and what it would have dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WatermarkBound {
    /// The share that it may drop.
    pub share: f64,
    /// The smallest bound that drops no more.
    pub bound: Span,
    /// The share of first deliveries that it drops.
    pub dropped: f64,
}

/// Shares that bounds are given for.
const SHARES: [f64; 3] = [0.01, 0.001, 0.000_1];

impl Disorder {
    /// Looks at a delivery. A watermark moves with every delivery; only the first of an id counts as dropped.
    #[inline]
    pub fn add(&mut self, event_time: Instant, first: bool) {
        self.deliveries += 1;
        let behind = self.newest.map_or(0, |newest| (newest - event_time).0.max(0)) as u64;
        self.out_of_order += u64::from(behind > 0);
        self.newest = self.newest.max(Some(event_time));
        if first {
            self.behind.record(behind);
            self.largest = self.largest.max(behind);
            if self.exact.len() < EXACT {
                self.exact.push(behind);
            }
        }
    }

    /// The share of deliveries with an event time below the largest before them.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.out_of_order as f64 / self.deliveries.max(1) as f64
    }

    /// The furthest that a first delivery was behind the newest event time.
    #[must_use]
    pub fn largest(&self) -> Span {
        Span(self.largest as i64)
    }

    /// How far a share `q` of the first deliveries was behind at most.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<Span> {
        self.behind.quantile(q).map(|behind| Span(behind as i64))
    }

    /// Whether the bounds are exact.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.exact.len() as u64 == self.behind.total()
    }

    /// The smallest bounds that would have dropped at most 1 %, 0.1 % and 0.01 % of the first
    /// deliveries. A delivery is dropped when its event time is further behind the largest before it
    /// than the bound, the watermark moving with every delivery.
    #[must_use]
    pub fn bounds(&mut self) -> Vec<WatermarkBound> {
        let exact = self.is_exact();
        self.exact.sort_unstable();
        let count = self.behind.total();
        let bound = |share: f64| {
            let may = (share * count as f64).floor() as u64;
            let kept = count.checked_sub(may + 1)?;
            let (bound, above) = if exact {
                let bound = *self.exact.get(kept as usize)?;
                (bound, self.exact.len() - self.exact.partition_point(|behind| *behind <= bound))
            } else {
                let bound = self.behind.quantile((kept + 1) as f64 / count as f64)?;
                (bound, (count - self.behind.at_most(bound)) as usize)
            };
            Some(WatermarkBound { share, bound: Span(bound as i64), dropped: above as f64 / count as f64 })
        };
        SHARES.into_iter().filter_map(bound).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;

    /// First deliveries that a bound drops, replayed with a watermark.
    fn dropped(rows: &[(i64, bool)], bound: i64) -> usize {
        let mut newest = i64::MIN / 2;
        let mut dropped = 0;
        for (event, first) in rows {
            dropped += usize::from(*first && *event < newest - bound);
            newest = newest.max(*event);
        }
        dropped
    }

    #[test]
    fn bounds_are_the_smallest_that_drop_no_more() {
        for seed in 0..40 {
            let mut stream = Substream::new(seed, 0, "disorder");
            let count = 50 + (stream.unit() * 30_000.0) as i64;
            let spread = 1.0 + stream.unit() * 1e6;
            let rows: Vec<(i64, bool)> =
                (0..count).map(|i| (i * 1_000 - (stream.exponential() * spread) as i64, stream.unit() < 0.9)).collect();
            let mut disorder = Disorder::default();
            rows.iter().for_each(|(event, first)| disorder.add(Instant(*event), *first));
            let firsts = rows.iter().filter(|(_, first)| *first).count();
            let bounds = disorder.bounds();
            assert_eq!(bounds.len(), 3);
            for WatermarkBound { share, bound, dropped: said } in bounds {
                let found = dropped(&rows, bound.0);
                assert_eq!(found as f64 / firsts as f64, said);
                assert!(found as f64 <= share * firsts as f64, "{seed}");
                assert!(bound.0 == 0 || dropped(&rows, bound.0 - 1) as f64 > share * firsts as f64, "{seed}: {bound}");
            }
        }
    }

    #[test]
    fn order_is_judged_against_the_newest() {
        let mut disorder = Disorder::default();
        [5, 9, 7, 9, 20, 1].into_iter().for_each(|event| disorder.add(Instant(event), true));
        assert_eq!((disorder.share(), disorder.largest()), (2.0 / 6.0, Span(19)));
        assert!(Disorder::default().bounds().is_empty());
    }
}
