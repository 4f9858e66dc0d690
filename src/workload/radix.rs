//! A stable sort of words by their high halves: the order of arrival within a bucket of the calendar.

/// Bits that a pass of the radix sort looks at, at most.
const DIGIT: u32 = 12;
/// Values of a digit.
const VALUES: usize = 1 << DIGIT;
/// Fewer words than this are sorted by comparison.
const FEW: usize = 512;

/// Sorts words whose high halves need `bits` bits by the high half, stably. A radix sort from the lowest digit: two passes do for a usual bucket, at half the
/// cost of a sort by comparison.
pub(super) fn sort_by_high_word(words: &mut Vec<u64>, spare: &mut Vec<u64>, bits: u32) {
    if words.len() < FEW {
        words.sort_by_key(|word| word >> 32);
        return;
    }
    spare.resize(words.len(), 0);
    // Digits of equal length: 23 bits make two of 12 and not three of 11.
    let passes = bits.div_ceil(DIGIT).max(1);
    let length = bits.div_ceil(passes);
    for pass in 0..passes {
        let shift = 32 + pass * length;
        let digit = |word: u64| (word >> shift) as usize & ((1 << length) - 1) & (VALUES - 1);
        let mut places = [0_u32; VALUES];
        for word in words.iter() {
            places[digit(*word)] += 1;
        }
        let mut next = 0;
        for place in &mut places[..1 << length] {
            (*place, next) = (next, next + *place);
        }
        for word in words.iter() {
            let place = &mut places[digit(*word)];
            if let Some(slot) = spare.get_mut(*place as usize) {
                *slot = *word;
            }
            *place += 1;
        }
        std::mem::swap(words, spare);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;

    #[test]
    fn the_radix_sort_is_a_stable_sort() {
        let mut stream = Substream::new(4, 0, "test");
        for (count, bits) in [(3, 5), (600, 1), (5_000, 11), (5_000, 21), (2_000, 32)] {
            let mut words: Vec<u64> = (0..count).map(|row| ((stream.bits() >> (64 - bits)) << 32) | row).collect();
            let mut want = words.clone();
            want.sort_by_key(|word| word >> 32);
            sort_by_high_word(&mut words, &mut Vec::new(), bits);
            assert_eq!(words, want);
        }
    }
}
