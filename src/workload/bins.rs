//! True events by short bins of time: counted once for all pipelines, each of which has bins of a length of its own.

use std::ops::Range;

use crate::units::{Instant, Period};

/// log₂ of the length of the shortest bins, microseconds: 66 ms. Others are powers of two of it.
pub const SHORTEST: u32 = 16;

/// Events in a bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    /// Its number: it begins at that many lengths from time 0.
    pub number: i64,
    /// Its events, at least one.
    pub events: u32,
}

impl Bin {
    /// When it begins.
    #[must_use]
    pub fn from(&self) -> Instant {
        Instant(self.number << SHORTEST)
    }

    /// When the next one begins.
    #[must_use]
    pub fn to(&self) -> Instant {
        Instant((self.number + 1) << SHORTEST)
    }
}

/// Replaces `bins` by the shortest bins that events lie in; both rise.
pub(super) fn count(events: &[Instant], bins: &mut Vec<Bin>) {
    bins.clear();
    let (mut rest, mut near) = (events, 16);
    while let Some(first) = rest.first() {
        let number = first.0 >> SHORTEST;
        let end = Instant((number + 1) << SHORTEST);
        // A bin has about as many events as the one before it.
        let near_ones = rest.get(..near).filter(|some| some.last().is_some_and(|last| *last >= end));
        let events = near_ones.unwrap_or(rest).partition_point(|event| *event < end);
        bins.push(Bin { number, events: events as u32 });
        (rest, near) = (&rest[events..], 2 * events + 16);
    }
}

/// Which of the events that have these bins happen in a period. Their times are looked at seldom: they may lie where another core
/// has left them.
pub(super) fn rows_in(period: Period, events: &[Instant], bins: &[Bin]) -> Range<usize> {
    let (Some(first), Some(last)) = (bins.first(), bins.last()) else { return 0..0 };
    let before = |at: Instant| match at {
        at if at <= first.from() => 0,
        at if at >= last.to() => events.len(),
        at => events.partition_point(|event| *event < at),
    };
    let from = before(period.from);
    from..before(period.to).max(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;
    use crate::units::Span;

    #[test]
    fn each_event_is_counted_in_its_bin() {
        let mut stream = Substream::new(5, 0, "test");
        let mut bins = Vec::new();
        for gap in [20, 3_000, 40_000, 900_000] {
            let mut now = -2_000_000;
            let mut next = || {
                now += (stream.bits() % gap) as i64;
                Instant(now)
            };
            let events: Vec<Instant> = (0..3_000).map(|_| next()).collect();
            count(&events, &mut bins);
            assert!(bins.is_sorted_by(|one, other| one.number < other.number));
            let told = bins.iter().flat_map(|bin| std::iter::repeat_n(bin.number, bin.events as usize));
            assert!(told.eq(events.iter().map(|event| event.0 >> SHORTEST)));
            let ends = [Instant::MIN, events[0], events[1_000] - Span(1), events[2_000], events[2_999], Instant::MAX];
            for (from, to) in
                ends.into_iter().flat_map(|from| ends.map(|to| (from, to))).filter(|(from, to)| from <= to)
            {
                let within = |event: &Instant| (from..to).contains(event);
                let rows = rows_in(Period { from, to }, &events, &bins);
                assert!(events[rows.clone()].iter().all(within));
                assert_eq!(rows.len(), events.iter().filter(|event| within(event)).count());
            }
        }
        count(&[], &mut bins);
        assert_eq!((bins, rows_in(Period { from: Instant::MIN, to: Instant::MAX }, &[], &[])), (vec![], 0..0));
    }
}
