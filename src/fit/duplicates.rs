//! Deliveries of the same id again: how many, of what kind, how much later.

use super::sample::Sample;
use crate::units::{DAY, Instant, Span};
use crate::workload::Earlier;

/// Gaps kept of each kind.
const KEPT: usize = 50_000;
/// Earlier deliveries of an id that are looked at: an id that comes again for ever must not take
/// the square of its deliveries.
const LOOKED_AT: usize = 64;

/// One kind of duplicates.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Ids delivered again in this way.
    pub ids: u64,
    /// Their deliveries of this kind.
    pub deliveries: u64,
    /// Gaps from the first delivery, microseconds; once an id.
    pub gaps: Sample,
}

impl Kind {
    /// None yet; `name` names its sample.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { ids: 0, deliveries: 0, gaps: Sample::new(KEPT, name) }
    }
}

/// Duplicates of a log.
#[derive(Clone, Debug)]
pub struct Duplicates {
    /// With the event time of the first delivery. Gaps are from arrival to arrival.
    pub retry: Kind,
    /// With another event time. Gaps are between event times.
    pub repeat: Kind,
    /// Gaps of repeats as parts in 10⁶ of what was left of the day.
    pub of_day: Sample,
    /// Repeats past midnight UTC.
    pub past_midnight: u64,
    epoch: Instant,
}

impl Duplicates {
    /// None yet; `epoch` is 1970-01-01 in simulated time.
    #[must_use]
    pub fn new(epoch: Instant) -> Self {
        let of_day = Sample::new(KEPT, "part of the day");
        Self { retry: Kind::new("retry"), repeat: Kind::new("repeat"), of_day, past_midnight: 0, epoch }
    }

    /// Looks at a duplicate and the deliveries of its id before it.
    pub fn add(&mut self, arrival: Instant, event_time: Instant, earlier: &[Earlier]) {
        let Some((first, others)) = earlier.split_first() else { return };
        let others = others.get(..LOOKED_AT).unwrap_or(others);
        let is_retry = event_time == first.event_time;
        let again = others.iter().any(|other| (other.event_time == first.event_time) == is_retry);
        let kind = if is_retry { &mut self.retry } else { &mut self.repeat };
        kind.deliveries += 1;
        if again {
            return;
        }
        kind.ids += 1;
        if is_retry {
            kind.gaps.add((arrival - first.arrival).0.max(0) as u64);
            return;
        }
        // A repetition may overtake what it repeats.
        let (from, to) = (event_time.min(first.event_time), event_time.max(first.event_time));
        kind.gaps.add((to - from).0 as u64);
        let midnight = from.next_multiple(Span(DAY), self.epoch);
        if to < midnight {
            let part = (to - from).0 as f64 / (midnight - from).0 as f64;
            self.of_day.add((part * 1e6) as u64);
        } else {
            self.past_midnight += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{HOUR, MINUTE};

    #[test]
    fn kinds_are_told_by_event_time() {
        let mut found = Duplicates::new(Instant(0));
        let at = |arrival, event_time| Earlier { arrival: Instant(arrival), event_time: Instant(event_time) };
        let deliveries =
            [at(5, 1), at(9, 1), at(MINUTE, HOUR), at(MINUTE + 1, HOUR), at(MINUTE + 2, 1), at(DAY, DAY + 7)];
        for (place, of) in deliveries.iter().enumerate().skip(1) {
            found.add(of.arrival, of.event_time, &deliveries[..place]);
        }
        assert_eq!((found.retry.ids, found.retry.deliveries), (1, 2));
        assert_eq!((found.repeat.ids, found.repeat.deliveries), (1, 3));
        assert_eq!(found.retry.gaps.sorted(), [4]);
        assert_eq!(found.repeat.gaps.sorted(), [(HOUR - 1) as u64]);
        assert_eq!(found.of_day.sorted(), [((HOUR - 1) as f64 / (DAY - 1) as f64 * 1e6) as u64]);
    }
}
