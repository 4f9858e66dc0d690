//! Outages of the network: deliveries are held and come as a burst afterwards.

use crate::random::{Substream, unit_of_key};
use crate::scenario::Outage;
use crate::units::{Instant, Period, Span};

/// The outages of a scenario.
#[derive(Clone, Debug)]
pub struct Outages {
    list: Vec<(Period, Outage, u64)>,
    stream: Substream,
}

impl Outages {
    /// Outages by their start. Each hits a share of the senders of its own.
    #[must_use]
    pub fn new(outages: &[Outage], substream: &impl Fn(&str) -> Substream) -> Self {
        let mut stream = substream("outages");
        let list = outages.iter().map(|outage| {
            let from = Instant(0) + outage.from;
            (Period { from, to: from + outage.length }, outage.clone(), stream.bits())
        });
        Self { list: list.collect(), stream }
    }

    /// Whether there is none.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether a delivery of an event at `at` or later can meet one.
    #[must_use]
    #[inline]
    pub fn may_hold(&self, at: Instant) -> bool {
        self.list.iter().any(|(period, ..)| period.to > at)
    }

    /// Whether one is going on.
    #[must_use]
    #[inline]
    pub fn is_out(&self, at: Instant) -> bool {
        self.list.iter().any(|(period, ..)| period.contains(at))
    }

    /// When a delivery arrives that would arrive at `arrival`: later, if an outage holds it. `copy`
    /// is told the arrivals of the copies that its sender adds meanwhile.
    pub fn pass(&mut self, mut arrival: Instant, user: u32, mut copy: impl FnMut(Instant)) -> Instant {
        for (period, outage, salt) in &self.list {
            if !period.contains(arrival) || unit_of_key(user, *salt) >= outage.share {
                continue;
            }
            let held = period.to - arrival;
            // In order, the stretch of the outage is mapped onto the stretch of the drain.
            let ordered = (arrival - period.from).0 as f64 / period.length().0 as f64;
            let mut drained = || {
                let place = if outage.in_order { ordered } else { self.stream.unit() };
                period.to + Span::from_micros_f64(outage.drain.0 as f64 * place)
            };
            arrival = drained();
            if let Some(storm) = &outage.storm {
                let tries = (held.0 / storm.every.0).clamp(0, i64::from(storm.most));
                (0..tries).for_each(|_| copy(drained()));
            }
        }
        arrival
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Storm;

    fn outages(in_order: bool, storm: Option<Storm>, share: f64) -> Outages {
        let (from, length, drain) = (Span(1_000), Span(500), Span(100));
        let outage = Outage { from, length, share, drain, in_order, storm };
        Outages::new(&[outage], &|purpose| Substream::new(1, 0, purpose))
    }

    #[test]
    fn deliveries_are_held_and_drained_in_order() {
        let mut outages = outages(true, None, 1.0);
        let pass = |outages: &mut Outages, at| outages.pass(Instant(at), 7, |_| ()).0;
        let arrivals: Vec<i64> = [999, 1_000, 1_250, 1_499, 1_500].map(|at| pass(&mut outages, at)).to_vec();
        assert_eq!(arrivals, [999, 1_500, 1_550, 1_600, 1_500]);
    }

    #[test]
    fn retries_of_a_storm_arrive_after_it() {
        let mut outages = outages(false, Some(Storm { every: Span(100), most: 3 }), 1.0);
        for (at, tries) in [(1_000, 3), (1_250, 2), (1_450, 0)] {
            let mut copies = Vec::new();
            let arrival = outages.pass(Instant(at), 7, |copy| copies.push(copy));
            copies.push(arrival);
            assert_eq!(copies.len(), tries + 1);
            assert!(copies.iter().all(|copy| (1_500..=1_600).contains(&copy.0)), "{copies:?}");
        }
    }

    #[test]
    fn an_outage_hits_its_share_of_the_senders() {
        let mut outages = outages(true, None, 0.3);
        let hit = (0..100_000).filter(|user| outages.pass(Instant(1_100), *user, |_| ()).0 > 1_100).count();
        assert!((29_000..31_000).contains(&hit), "{hit}");
    }
}
