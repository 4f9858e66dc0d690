//! A stable sort of words by their high halves: the order of arrival within a bucket of the calendar.

/// Bits that a pass of the radix sort looks at, at most.
const DIGIT: u32 = 12;
/// Values of a digit.
const VALUES: usize = 1 << DIGIT;
/// Fewer words than this are sorted by comparison.
const FEW: usize = 512;

/// Sorts words by their high halves, stably, and keeps the memory for it. A radix sort from the lowest digit: two passes do for a
/// usual bucket, at half the cost of a sort by comparison.
#[derive(Clone, Debug, Default)]
pub(super) struct Sorter {
    spare: Vec<u64>,
    /// For each pass how many words have a digit, then where the next such word goes.
    places: Vec<[u32; VALUES]>,
}

impl Sorter {
    /// Sorts words whose high halves need `bits` bits.
    pub fn sort(&mut self, words: &mut Vec<u64>, bits: u32) {
        if words.len() < FEW {
            words.sort_by_key(|word| word >> 32);
            return;
        }
        match bits.div_ceil(DIGIT) {
            0 | 1 => self.sort_by::<1>(words, bits),
            2 => self.sort_by::<2>(words, bits),
            _ => self.sort_by::<3>(words, bits),
        }
    }

    fn sort_by<const PASSES: usize>(&mut self, words: &mut Vec<u64>, bits: u32) {
        self.places.resize_with(PASSES.max(self.places.len()), || [0; VALUES]);
        self.spare.resize(words.len(), 0);
        let Some(places) = self.places.first_chunk_mut::<PASSES>() else { return };
        // Values that a digit has.
        let used: [usize; PASSES] =
            std::array::from_fn(|pass| VALUES.min(1 << bits.saturating_sub(pass as u32 * DIGIT).min(DIGIT)));
        places.iter_mut().zip(used).for_each(|(places, used)| places[..used].fill(0));
        for word in words.iter() {
            for (pass, places) in places.iter_mut().enumerate() {
                places[digit(*word, pass)] += 1;
            }
        }
        for (pass, (places, used)) in places.iter_mut().zip(used).enumerate() {
            let mut next = 0;
            for place in &mut places[..used] {
                (*place, next) = (next, next + *place);
            }
            // Slices of their own, and the place counted first: the loop need not ask again after it has written a word.
            let (from, to) = (words.as_slice(), self.spare.as_mut_slice());
            for word in from {
                let next = &mut places[digit(*word, pass)];
                let place = *next as usize;
                *next += 1;
                if let Some(slot) = to.get_mut(place) {
                    *slot = *word;
                }
            }
            std::mem::swap(words, &mut self.spare);
        }
    }
}

/// What a pass looks at.
// Where it begins does not depend on the words: shifts by a constant are cheaper.
#[inline(always)]
fn digit(word: u64, pass: usize) -> usize {
    (word >> (32 + pass as u32 * DIGIT)) as usize & (VALUES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;

    #[test]
    fn the_radix_sort_is_a_stable_sort() {
        let mut stream = Substream::new(4, 0, "test");
        let mut sorter = Sorter::default();
        for (count, bits) in [(3, 5), (600, 1), (5_000, 11), (5_000, 21), (2_000, 32)] {
            let mut words: Vec<u64> = (0..count).map(|row| ((stream.bits() >> (64 - bits)) << 32) | row).collect();
            let mut want = words.clone();
            want.sort_by_key(|word| word >> 32);
            sorter.sort(&mut words, bits);
            assert_eq!(words, want);
        }
    }
}
