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
    /// Sorts words whose high halves need `bits` bits into `to`, but for those that are to be left out.
    pub fn sort<'a>(&mut self, parts: impl Iterator<Item = &'a [u64]> + Clone, bits: u32, to: &mut Vec<u64>) {
        let length = parts.clone().map(<[u64]>::len).sum();
        if length < FEW {
            let none = left_out(bits);
            to.clear();
            to.extend(parts.flatten().filter(|word| **word != none));
            to.sort_by_key(|word| word >> 32);
            return;
        }
        // What is in it will be written over.
        to.resize(length, 0);
        match bits.div_ceil(DIGIT) {
            0 | 1 => self.sort_by::<1>(&parts, bits, to),
            2 => self.sort_by::<2>(&parts, bits, to),
            _ => self.sort_by::<3>(&parts, bits, to),
        }
    }

    fn sort_by<'a, const PASSES: usize>(
        &mut self,
        parts: &(impl Iterator<Item = &'a [u64]> + Clone),
        bits: u32,
        to: &mut Vec<u64>,
    ) {
        self.places.resize_with(PASSES.max(self.places.len()), || [0; VALUES]);
        let Some(places) = self.places.first_chunk_mut::<PASSES>() else { return };
        // Values that a digit has.
        let used: [usize; PASSES] =
            std::array::from_fn(|pass| VALUES.min(1 << bits.saturating_sub(pass as u32 * DIGIT).min(DIGIT)));
        places.iter_mut().zip(used).for_each(|(places, used)| places[..used].fill(0));
        // Part by part: a loop over all of them as one would ask at each word whether its part has ended, and which is next.
        for part in parts.clone() {
            for word in part {
                for (pass, places) in places.iter_mut().enumerate() {
                    places[digit(*word, pass)] += 1;
                }
            }
        }
        let mut gone = 0;
        for (pass, (places, used)) in places.iter_mut().zip(used).enumerate() {
            places[used - 1] -= gone;
            let mut next = 0;
            for place in &mut places[..used] {
                (*place, next) = (next, next + *place);
            }
            if pass == 0 {
                parts.clone().for_each(|part| spread(part, to, places, pass));
                gone = leave_out(to, left_out(bits), used - 1) as u32;
            } else {
                self.spare.resize(to.len(), 0);
                spread(to, &mut self.spare, places, pass);
                std::mem::swap(to, &mut self.spare);
            }
        }
    }
}

/// The word that is left out where words are sorted whose high halves need `bits` bits: none is larger.
#[must_use]
pub(super) fn left_out(bits: u32) -> u64 {
    (((1 << bits) - 1) << 32) | u64::from(u32::MAX)
}

/// Puts each word where the next one with its digit goes.
#[inline(always)]
fn spread(from: &[u64], to: &mut [u64], places: &mut [u32; VALUES], pass: usize) {
    for word in from {
        // The place is counted first: the loop need not ask again after it has written a word.
        let next = &mut places[digit(*word, pass)];
        let place = *next as usize;
        *next += 1;
        if let Some(slot) = to.get_mut(place) {
            *slot = *word;
        }
    }
}

/// Leaves out words that come last by their lowest digit, `last`; gives how many.
fn leave_out(words: &mut Vec<u64>, none: u64, last: usize) -> usize {
    let length = words.len();
    let from = words.iter().rposition(|word| digit(*word, 0) != last).map_or(0, |before| before + 1);
    let mut kept = from;
    for place in from..length {
        let word = words[place];
        words[kept] = word;
        kept += usize::from(word != none);
    }
    words.truncate(kept);
    length - kept
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
        let (mut sorter, mut sorted) = (Sorter::default(), vec![7; 9]);
        for (count, bits) in [(3, 5), (600, 1), (5_000, 11), (5_000, 21), (2_000, 32)] {
            for leaves_out in [0, 10, 2] {
                let mut word = |row| match stream.bits() {
                    draw if leaves_out > 0 && draw.is_multiple_of(leaves_out) => left_out(bits),
                    // Ties of words that stay with those that do not.
                    draw if draw.is_multiple_of(17) => left_out(bits) - 1 - row,
                    draw => ((draw >> (64 - bits)) << 32) | row,
                };
                let words: Vec<u64> = (0..count).map(&mut word).collect();
                let mut want: Vec<u64> = words.iter().copied().filter(|word| *word != left_out(bits)).collect();
                want.sort_by_key(|word| word >> 32);
                let (some, rest) = words.split_at(words.len() / 3);
                // What was there before does not matter.
                sorter.sort([some, &[], rest].into_iter(), bits, &mut sorted);
                assert_eq!(sorted, want);
            }
        }
    }
}
