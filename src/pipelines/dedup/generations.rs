//! Two generations of ids: looked for in both, added to the newer, the older thrown away at every multiple of a span.

use crate::units::{Instant, Span};
use crate::workload::{Earlier, Rows};

/// The generations, numbered by the multiples of the span from simulated time 0. A delivery at the instant of a
/// rotation comes before it.
#[derive(Clone, Debug)]
pub struct Generations {
    every: Span,
    number: i64,
    newer: u64,
    older: u64,
}

impl Generations {
    /// No id remembered.
    #[must_use]
    pub fn new(every: Span) -> Self {
        Self { every, number: -1, newer: 0, older: 0 }
    }

    #[inline]
    fn of(&self, arrival: Instant) -> i64 {
        (arrival.0 - 1).div_euclid(self.every.0)
    }

    /// Rotates up to a generation; true when there was something to do.
    #[inline]
    fn turn(&mut self, number: i64) -> bool {
        if number <= self.number {
            return false;
        }
        self.older = if number == self.number + 1 { self.newer } else { 0 };
        self.newer = 0;
        self.number = number;
        true
    }

    /// Rotates up to that of an arrival; true when there was something to do.
    #[inline]
    pub fn turn_to(&mut self, arrival: Instant) -> bool {
        self.turn(self.of(arrival))
    }

    /// Whether a delivery is recognised; one that is not makes an entry.
    pub fn recognises(&mut self, earlier: Option<&[Earlier]>, arrival: Instant) -> bool {
        let known = self.is_remembered(earlier, arrival);
        if !known {
            self.turn_to(arrival);
            self.newer += 1;
        }
        known
    }

    /// Whether a delivery finds an entry of an earlier one.
    #[must_use]
    pub fn is_remembered(&self, earlier: Option<&[Earlier]>, arrival: Instant) -> bool {
        let mut copies = earlier.unwrap_or_default().iter().map(|copy| self.of(copy.arrival));
        let Some(mut entry) = copies.next() else { return false };
        for copy in copies {
            if copy - entry > 1 {
                entry = copy;
            }
        }
        self.of(arrival) - entry <= 1
    }

    /// How many rows of a run belong to the generation of the first; what is added next counts there.
    #[must_use]
    pub fn passing(&mut self, rows: Rows<'_>) -> usize {
        let Some(first) = rows.arrival.first() else { return 0 };
        self.turn_to(*first);
        let rotation = Instant((self.number + 1).saturating_mul(self.every.0));
        match rows.arrival.last() {
            Some(last) if *last > rotation => rows.arrival.partition_point(|arrival| *arrival <= rotation),
            _ => rows.len(),
        }
    }

    /// Makes entries in the newer generation.
    #[inline]
    pub fn add(&mut self, entries: u64) {
        self.newer += entries;
    }

    /// Ids in the newer and in the older generation.
    #[must_use]
    pub fn fill(&self) -> (u64, u64) {
        (self.newer, self.older)
    }

    /// Rotates up to a probe, which comes after a rotation of its instant; true when there was something to do.
    pub fn turn_to_probe(&mut self, probe: Instant) -> bool {
        self.turn(probe.0.div_euclid(self.every.0))
    }

    /// Ids held at a probe.
    pub fn ids(&mut self, probe: Instant) -> u64 {
        self.turn_to_probe(probe);
        self.newer + self.older
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(arrival: i64) -> Earlier {
        Earlier { arrival: Instant(arrival), event_time: Instant(0) }
    }

    #[test]
    fn an_id_lives_for_one_to_two_spans() {
        let generations = Generations::new(Span(100));
        let known = |entry, arrival| generations.is_remembered(Some(&[at(entry)]), Instant(arrival));
        // Made just after a rotation: nearly two spans. Made just before or at one: a span.
        assert!(known(1, 200) && !known(1, 201));
        assert!(known(100, 200) && !known(100, 201));
        assert!(known(101, 300) && !known(101, 301));
        // Looking does not refresh; a delivery that passes starts anew.
        assert!(!generations.is_remembered(Some(&[at(1), at(150)]), Instant(201)));
        assert!(generations.is_remembered(Some(&[at(1), at(250)]), Instant(400)));
        assert!(!generations.is_remembered(None, Instant(0)));
    }

    #[test]
    fn ids_of_two_generations_are_held() {
        let mut generations = Generations::new(Span(100));
        for arrival in [0, 1, 99, 100, 101, 350] {
            assert!(!generations.recognises(None, Instant(arrival)));
        }
        // The arrivals of 101 to 200 and those since 300 are two generations apart.
        assert_eq!(generations.ids(Instant(399)), 1);
        assert_eq!(generations.ids(Instant(400)), 1);
        assert_eq!(generations.ids(Instant(500)), 0);
    }
}
