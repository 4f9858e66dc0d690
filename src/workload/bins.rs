//! True events by short bins of time: counted once for all pipelines, each of which has bins of a length of its own.

use crate::units::Instant;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;

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
        }
        count(&[], &mut bins);
        assert_eq!(bins, []);
    }
}
