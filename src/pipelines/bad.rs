//! Stretches of event time in which a share of the events is bad: the same for all pipelines.
//!
//! **Scope.** Incidents begin as a Poisson process in event time. One that begins while another lasts prolongs that one. Only
//! what lies in the measured period counts. An event of a stretch is bad with the share's probability; counts of bad
//! events are expectations (share × events), not draws.
//!
//! **Limits.** Bad events look like others: they arrive, are deduplicated and counted like them. By event time a count is
//! exact to a bin (1/256 of the time scale on which the pipeline publishes).
//!
//! **Parameters**: `scenario::BadData`; no defaults, for they are the scenario's assumption. **Validation**: closed
//! forms in `tests/theory/gates.rs`.

use std::sync::Arc;

use crate::histogram::Stretch;
use crate::random::Substream;
use crate::scenario::BadData;
use crate::units::{DAY, Instant, Period, Span};

/// Most stretches of a replication; a scenario that expects a tenth of it is refused.
const MOST: usize = 10_000;

/// A stretch of event time with bad events.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BadStretch {
    /// Its event times.
    pub period: Period,
    /// Share of its events that are bad.
    pub share: f64,
    /// From the first publication of one until somebody notices.
    pub noticed_after: Span,
}

impl BadStretch {
    /// Expected bad events among counts by bins of 2^`shift` microseconds.
    #[must_use]
    pub fn events_of(&self, bins: &Stretch, shift: u32) -> f64 {
        let length = (1_i64 << shift) as f64;
        let (low, high) = (self.period.from.0 >> shift, (self.period.to.0 - 1) >> shift);
        let inside = |bin: i64| {
            let from = (bin << shift).max(self.period.from.0);
            let to = ((bin + 1) << shift).min(self.period.to.0);
            (to - from).max(0) as f64 / length
        };
        bins.between(low, high).map(|(bin, count)| inside(bin) * f64::from(count)).sum::<f64>() * self.share
    }
}

/// The stretches of a replication, by time.
#[must_use]
pub(super) fn stretches(bad: Option<&BadData>, seed: u64, replication: u32, measured: Period) -> Arc<[BadStretch]> {
    let mut found: Vec<BadStretch> = Vec::new();
    let Some(bad) = bad.filter(|bad| bad.per_day > 0.0) else { return found.into() };
    let stream = |purpose: &str| Substream::new(seed, replication, purpose);
    let (mut starts, mut lengths, mut notices) =
        (stream("bad_data"), stream("bad_data/lasting"), stream("bad_data/noticed_after"));
    let mut at = Instant(0);
    while found.len() < MOST {
        at += Span::from_micros_f64(starts.exponential() / bad.per_day * DAY as f64) + Span(1);
        if at >= measured.to {
            break;
        }
        let end = at + Span::from_micros_f64(bad.lasting.sample(&mut lengths)).max(Span(1));
        let noticed_after = Span::from_micros_f64(bad.noticed_after.sample(&mut notices));
        match found.last_mut() {
            Some(last) if last.period.to >= at => last.period.to = last.period.to.max(end),
            _ => found.push(BadStretch { period: Period { from: at, to: end }, share: bad.share, noticed_after }),
        }
    }
    for stretch in &mut found {
        stretch.period = stretch.period.and(&measured);
    }
    found.retain(|stretch| stretch.period.from < stretch.period.to);
    found.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Distribution;

    #[test]
    fn stretches_follow_one_another_and_are_as_many_as_asked_for() {
        let bad = BadData {
            per_day: 2.0,
            lasting: Distribution::Constant(600e6),
            share: 0.5,
            noticed_after: Distribution::Constant(1e6),
        };
        let measured = Period { from: Instant(DAY), to: Instant(1_001 * DAY) };
        let found = stretches(Some(&bad), 1, 0, measured);
        assert!((1_900..2_100).contains(&found.len()), "{}", found.len());
        assert!(found.windows(2).all(|pair| pair[0].period.to < pair[1].period.from));
        assert!(found.iter().all(|stretch| measured.contains(stretch.period.from)));
    }

    #[test]
    fn events_at_the_edges_count_in_part() {
        let mut bins = Stretch::default();
        [10, 10, 11, 12, 13].iter().for_each(|bin| bins.add(*bin, 100));
        let period = Period { from: Instant(10 * 16 + 8), to: Instant(12 * 16 + 4) };
        let stretch = BadStretch { period, share: 0.5, noticed_after: Span(1) };
        assert_eq!(stretch.events_of(&bins, 4), 0.5 * (2.0 * 0.5 + 1.0 + 0.25));
    }
}
