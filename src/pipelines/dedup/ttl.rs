//! Deduplication by time to live, as Flink's keyed state with a processing-time TTL: created and
//! written, never returned when expired, not refreshed by reading. A delivery is a duplicate if it
//! arrives less than the TTL after the one that made the entry; at exactly the TTL it passes and
//! starts anew.
//!
//! Ids held are logical ones: an expired entry is not counted, although a real store keeps it
//! until its clean-up.

use std::collections::VecDeque;

use crate::units::{Instant, Span};
use crate::workload::Earlier;

/// Recognises duplicates and counts the ids it must remember for that.
#[derive(Clone, Debug)]
pub struct TtlDedup {
    ttl: Span,
    /// Entries made since the start.
    made: u64,
    /// `made` as it was one TTL before each of the coming probes.
    marks: VecDeque<u64>,
}

impl TtlDedup {
    /// No id remembered.
    #[must_use]
    pub fn new(ttl: Span) -> Self {
        Self { ttl, made: 0, marks: VecDeque::new() }
    }

    /// Whether a delivery is recognised, given the earlier ones of its id. One that is not makes
    /// an entry.
    #[inline]
    pub fn recognises(&mut self, earlier: Option<&[Earlier]>, arrival: Instant) -> bool {
        let recognised = earlier.is_some_and(|earlier| self.is_remembered(earlier, arrival));
        self.made += u64::from(!recognised);
        recognised
    }

    fn is_remembered(&self, earlier: &[Earlier], arrival: Instant) -> bool {
        let mut entries = earlier.iter().map(|copy| copy.arrival);
        let Some(mut entry) = entries.next() else { return false };
        for copy in entries {
            if copy - entry >= self.ttl {
                entry = copy;
            }
        }
        arrival - entry < self.ttl
    }

    /// Makes entries for a run of first deliveries.
    pub fn remember(&mut self, first_deliveries: u64) {
        self.made += first_deliveries;
    }

    /// Forgets all ids: what was made before no mark counts.
    pub fn forget(&mut self) {
        self.made = 0;
        self.marks.iter_mut().for_each(|mark| *mark = 0);
    }

    /// To be called one TTL before a probe.
    pub fn mark(&mut self) {
        self.marks.push_back(self.made);
    }

    /// Ids held at a probe; `marked` when [`Self::mark`] was called one TTL before it.
    pub fn ids(&mut self, marked: bool) -> u64 {
        let expired = if marked { self.marks.pop_front().unwrap_or(0) } else { 0 };
        self.made - expired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn earlier(arrivals: &[i64]) -> Vec<Earlier> {
        arrivals.iter().map(|at| Earlier { arrival: Instant(*at), event_time: Instant(0) }).collect()
    }

    #[test]
    fn an_entry_lives_for_the_ttl_from_the_delivery_that_made_it() {
        let mut dedup = TtlDedup::new(Span(100));
        let mut recognises = |before: &[i64], at| dedup.recognises(Some(&earlier(before)), Instant(at));
        assert!(recognises(&[0], 99));
        assert!(!recognises(&[0], 100));
        // Reading does not refresh: the entry of 0 is gone at 150 although 90 was a duplicate.
        assert!(!recognises(&[0, 90], 150));
        // 150 started anew.
        assert!(recognises(&[0, 90, 150], 249));
        assert!(!recognises(&[0, 90, 150, 249], 250));
        assert!(!dedup.recognises(None, Instant(0)));
    }

    #[test]
    fn ids_held_are_those_made_within_the_ttl() {
        let mut dedup = TtlDedup::new(Span(100));
        (0..5).for_each(|_| assert!(!dedup.recognises(None, Instant(0))));
        assert_eq!(dedup.ids(false), 5);
        dedup.mark();
        (0..3).for_each(|_| assert!(!dedup.recognises(None, Instant(0))));
        assert_eq!(dedup.ids(true), 3);
    }
}
