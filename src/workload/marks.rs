//! Rows that few of a column are, found without a branch for each.

/// Rows that are looked at together.
pub(super) const TOGETHER: usize = 128;

/// Tells which marks are set, in order: 1 where one is, else 0.
#[inline]
pub(super) fn each_marked(marks: &[u8; TOGETHER], mut each: impl FnMut(usize)) {
    for (eight, marks) in marks.as_chunks::<8>().0.iter().enumerate() {
        let mut marks = u64::from_le_bytes(*marks);
        while marks != 0 {
            each(8 * eight + marks.trailing_zeros() as usize / 8);
            marks &= marks - 1;
        }
    }
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
