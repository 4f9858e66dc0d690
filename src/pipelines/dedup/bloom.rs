//! Two Bloom filters in turn: bytes that do not grow, at the price of events that are taken for duplicates.

use super::generations::Generations;
use crate::random::Substream;
use crate::scenario::Bloom;
use crate::units::{Instant, Span};
use crate::workload::{Earlier, Rows};

/// Evaluations of the share of false positives while a filter fills to its capacity.
const EVALUATIONS: u64 = 256;

/// Bloom filters that rotate as generations do. A new id is taken for a known one with the probability
/// (1 − e^(−kn/m))^k in each filter of m bits and k hashes that holds n ids. Which ids these are is drawn: as a number
/// of ids until the next, for stretches in which the share hardly changes.
#[derive(Clone, Debug)]
pub struct Filters {
    generations: Generations,
    bits: f64,
    hashes: f64,
    /// Ids that one simulated id stands for.
    sample: f64,
    stream: Substream,
    /// New ids to an evaluation.
    stretch: u64,
    /// New ids that pass for sure.
    clean: u64,
    /// Whether the one after them is taken for a known one.
    then_false: bool,
}

impl Filters {
    /// Empty filters.
    #[must_use]
    pub fn new(every: Span, filter: Bloom, sample: u32, stream: Substream) -> Self {
        Self {
            generations: Generations::new(every),
            bits: filter.bits(),
            hashes: filter.hashes(),
            sample: f64::from(sample),
            stream,
            stretch: (filter.capacity / EVALUATIONS / u64::from(sample)).max(1),
            clean: 0,
            then_false: false,
        }
    }

    /// The share of new ids that a filter takes for known ones.
    fn share(&self, ids: f64) -> f64 {
        libm::pow(-libm::expm1(-self.hashes * ids / self.bits), self.hashes)
    }

    fn evaluate(&mut self) {
        let (newer, older) = self.generations.fill();
        let middle = newer as f64 + (self.stretch - 1) as f64 / 2.0;
        let both = [middle, older as f64].map(|ids| libm::log1p(-self.share(ids * self.sample)));
        let hazard = -(both[0] + both[1]);
        // E / 0 is infinite and saturates: never in this stretch.
        let passing = (self.stream.exponential() / hazard) as u64;
        self.then_false = passing < self.stretch;
        self.clean = passing.min(self.stretch);
    }

    fn turn_to(&mut self, arrival: Instant) {
        if self.generations.turn_to(arrival) {
            // What was drawn for the filters before the rotation is void.
            (self.clean, self.then_false) = (0, false);
        }
    }

    /// Whether a new id is taken for a known one.
    fn is_mistaken(&mut self) -> bool {
        if self.clean == 0 && !self.then_false {
            self.evaluate();
        }
        if self.clean > 0 {
            self.clean -= 1;
            return false;
        }
        self.then_false = false;
        true
    }

    /// Whether a delivery is recognised or taken for a duplicate; one that is not makes an entry.
    pub fn recognises(&mut self, earlier: Option<&[Earlier]>, arrival: Instant) -> bool {
        self.turn_to(arrival);
        if self.generations.is_remembered(earlier, arrival) || self.is_mistaken() {
            return true;
        }
        self.generations.add(1);
        false
    }

    /// How many of a run of first deliveries pass.
    #[must_use]
    pub fn passing(&mut self, rows: Rows<'_>) -> usize {
        let Some(first) = rows.arrival.first() else { return 0 };
        self.turn_to(*first);
        if self.clean == 0 && !self.then_false {
            self.evaluate();
        }
        let clean = usize::try_from(self.clean).unwrap_or(usize::MAX);
        self.generations.passing(rows).min(clean)
    }

    /// Remembers new ids, no more than pass.
    pub fn remember(&mut self, ids: u64) {
        self.clean -= ids.min(self.clean);
        self.generations.add(ids);
    }

    /// Ids held at a probe.
    pub fn ids(&mut self, probe: Instant) -> u64 {
        if self.generations.turn_to_probe(probe) {
            (self.clean, self.then_false) = (0, false);
        }
        self.generations.ids(probe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::unit_of_key;

    /// A real filter: an array of bits, set by double hashing.
    struct Real {
        bits: Vec<bool>,
        hashes: u64,
    }

    impl Real {
        fn new(of: Bloom) -> Self {
            Self { bits: vec![false; of.bits() as usize], hashes: of.hashes() as u64 }
        }

        fn places(&self, id: u32) -> impl Iterator<Item = usize> {
            let size = self.bits.len() as u64;
            let [one, other] = [17, 4_711].map(|salt| (unit_of_key(id, salt) * 9e15) as u64);
            (0..self.hashes).map(move |n| (one.wrapping_add(n.wrapping_mul(other | 1)) % size) as usize)
        }

        fn holds(&self, id: u32) -> bool {
            self.places(id).all(|place| self.bits[place])
        }

        fn add(&mut self, id: u32) {
            let places: Vec<usize> = self.places(id).collect();
            places.into_iter().for_each(|place| self.bits[place] = true);
        }
    }

    #[test]
    fn as_many_events_are_lost_as_in_real_filters() {
        // Filters for 5,000 ids that get 4,000 and 7,000 of them a rotation.
        let filter = Bloom { capacity: 5_000, false_positive: 0.02 };
        for per_rotation in [4_000_u32, 7_000] {
            let rotations = 60;
            let mut model = Filters::new(Span(i64::from(per_rotation)), filter, 1, Substream::new(3, 0, "test"));
            let (mut newer, mut older) = (Real::new(filter), Real::new(filter));
            let (mut lost, mut truly_lost) = (0_u32, 0_u32);
            for id in 0..rotations * per_rotation {
                if id % per_rotation == 0 {
                    older = std::mem::replace(&mut newer, Real::new(filter));
                }
                if newer.holds(id) || older.holds(id) {
                    truly_lost += 1;
                } else {
                    newer.add(id);
                }
                // Arrivals of a rotation end with its instant.
                lost += u32::from(model.recognises(None, Instant(i64::from(id) + 1)));
            }
            let (lost, truly_lost) = (f64::from(lost), f64::from(truly_lost));
            let error = 4.0 * (lost + truly_lost).sqrt();
            assert!(lost > 1_000.0 && (lost - truly_lost).abs() < error, "{lost} {truly_lost} ± {error}");
        }
    }

    #[test]
    fn what_was_let_through_is_recognised() {
        let filter = Bloom { capacity: 100, false_positive: 1e-9 };
        let mut filters = Filters::new(Span(100), filter, 1, Substream::new(3, 0, "test"));
        let earlier = [Earlier { arrival: Instant(1), event_time: Instant(0) }];
        let mut at = |earlier: Option<&[Earlier]>, arrival| filters.recognises(earlier, Instant(arrival));
        assert!(!at(None, 1) && at(Some(&earlier), 2) && at(Some(&earlier), 200) && !at(Some(&earlier), 201));
    }
}
