//! Rows that few of a column are, found without a branch for each.

/// Rows that are looked at together.
pub(super) const TOGETHER: usize = 128;

/// Tells which marks are set, in order: 1 where one is, else 0.
#[inline]
pub(super) fn each_marked(marks: &[u8; TOGETHER], mut each: impl FnMut(usize)) {
    for (word, marks) in marks.as_chunks::<64>().0.iter().enumerate() {
        // One loop for 64 rows: when it ends is hard to foretell.
        let mut bits = marks.as_chunks::<8>().0.iter().rev().fold(0, |bits, marks| (bits << 8) | bits_of(*marks));
        while bits != 0 {
            each(64 * word + bits.trailing_zeros() as usize);
            bits &= bits - 1;
        }
    }
}

/// Eight marks as the bits of a byte, the first one lowest.
#[inline]
fn bits_of(marks: [u8; 8]) -> u64 {
    /// Moves the mark of byte n to bit 56 + n; no two marks meet on the way.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    u64::from_le_bytes(marks).wrapping_mul(GATHER) >> 56
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_are_set_are_told() {
        let mut marks = [0; TOGETHER];
        let set = [0, 1, 7, 8, 63, 64, 100, 127];
        set.iter().for_each(|row| marks[*row] = 1);
        let mut told = Vec::new();
        each_marked(&marks, |row| told.push(row));
        assert_eq!(told, set);
    }
}
