//! Columns of whole numbers, of which as a rule all rows have the same.

use std::ops::{Index, Range};

/// A column of a block.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// The value that so many rows have, unless they differ.
    alike: (u32, usize),
    differ: bool,
    /// The value of each row when they differ.
    each: Vec<u32>,
}

impl From<Vec<u32>> for Column {
    fn from(each: Vec<u32>) -> Self {
        Self { differ: true, each, ..Self::default() }
    }
}

impl Column {
    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        (self.alike.1, self.differ) = (0, false);
    }

    /// Appends a value.
    #[inline]
    pub fn push(&mut self, value: u32) {
        self.push_many(value, 1);
    }

    /// Appends a value `more` times.
    #[inline]
    pub fn push_many(&mut self, value: u32, more: usize) {
        let (of, count) = self.alike;
        if !self.differ && (count == 0 || of == value) {
            self.alike = (value, count + more);
        } else {
            let each = self.each();
            each.resize(each.len() + more, value);
        }
    }

    /// Changes the value of a row, if there is such a row.
    #[inline]
    pub fn set(&mut self, row: usize, value: u32) {
        if (self.differ || self.alike.0 != value)
            && let Some(of) = self.each().get_mut(row)
        {
            *of = value;
        }
    }

    /// The value of each row, to be changed.
    pub fn each(&mut self) -> &mut Vec<u32> {
        if !self.differ {
            let (value, count) = self.alike;
            self.each.clear();
            self.each.resize(count, value);
            self.differ = true;
        }
        &mut self.each
    }

    /// No values, to be filled with one for each row.
    pub fn refill(&mut self) -> &mut Vec<u32> {
        self.clear();
        self.each()
    }

    /// Leaves out rows, by whether each is kept.
    pub fn retain(&mut self, keeps: &[bool]) {
        if self.differ {
            let mut keeps = keeps.iter();
            self.each.retain(|_| keeps.next().copied().unwrap_or(true));
        } else {
            self.alike.1 = keeps.iter().filter(|keeps| **keeps).count();
        }
    }

    /// All rows.
    #[must_use]
    #[inline]
    pub fn values(&self) -> Values<'_> {
        if self.differ { Values::Each(&self.each) } else { Values::Alike(self.alike.0, self.alike.1) }
    }
}

/// Some rows of a column.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// So many rows have this value.
    Alike(u32, usize),
    /// The value of each row.
    Each(&'a [u32]),
}

impl Values<'_> {
    /// The value of a row.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize) -> Option<u32> {
        match self {
            Self::Alike(value, count) => (row < *count).then_some(*value),
            Self::Each(values) => values.get(row).copied(),
        }
    }

    /// The rows of `range`, which must lie within.
    #[must_use]
    #[inline]
    pub fn part(&self, range: Range<usize>) -> Self {
        match self {
            Self::Alike(value, _) => Self::Alike(*value, range.len()),
            Self::Each(values) => Self::Each(&values[range]),
        }
    }

    /// The value of each row.
    pub fn iter(&self) -> impl Iterator<Item = u32> + use<'_> {
        let (alike, each): (_, &[u32]) = match self {
            Self::Alike(value, count) => (std::iter::repeat_n(*value, *count), &[]),
            Self::Each(values) => (std::iter::repeat_n(0, 0), values),
        };
        alike.chain(each.iter().copied())
    }

    /// Replaces a vector by the value of each row.
    pub fn copy_to(&self, vector: &mut Vec<u32>) {
        vector.clear();
        match self {
            Self::Alike(value, count) => vector.resize(*count, *value),
            Self::Each(values) => vector.extend_from_slice(values),
        }
    }

    /// What all rows add up to.
    #[must_use]
    #[inline]
    pub fn sum(&self) -> u64 {
        match self {
            Self::Alike(value, count) => u64::from(*value) * *count as u64,
            Self::Each(values) => values.iter().map(|value| u64::from(*value)).sum(),
        }
    }
}

impl Index<usize> for Values<'_> {
    type Output = u32;

    #[inline]
    fn index(&self, row: usize) -> &u32 {
        match self {
            Self::Alike(value, _) => value,
            Self::Each(values) => &values[row],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_what_a_vector_is() {
        let mut stream = crate::random::Substream::new(4, 0, "test");
        for differs in [u64::MAX, 40, 1] {
            let (mut column, mut vector) = (Column::default(), Vec::new());
            for round in 0..20 {
                let value = |stream: &mut crate::random::Substream| {
                    if stream.bits().is_multiple_of(differs) { (stream.bits() % 9) as u32 } else { round }
                };
                for _ in 0..stream.bits() % 30 {
                    let (value, more) = (value(&mut stream), (stream.bits() % 5) as usize);
                    column.push_many(value, more);
                    vector.resize(vector.len() + more, value);
                    column.push(value);
                    vector.push(value);
                }
                for _ in 0..stream.bits() % 5 {
                    let (row, value) = ((stream.bits() % 40) as usize, value(&mut stream));
                    column.set(row, value);
                    vector.get_mut(row).into_iter().for_each(|of| *of = value);
                }
                let values = column.values();
                assert_eq!(values.iter().collect::<Vec<_>>(), vector);
                assert_eq!(values.sum(), vector.iter().map(|value| u64::from(*value)).sum::<u64>());
                assert!(vector.iter().enumerate().all(|(row, of)| values[row] == *of && values.get(row) == Some(*of)));
                assert_eq!(values.get(vector.len()), None);
                let part = vector.len() / 3..vector.len() / 2;
                assert_eq!(values.part(part.clone()).iter().collect::<Vec<_>>(), vector[part]);
                assert!(vector.is_empty() || differs < u64::MAX || !column.differ || round % 2 == 0);
                let keeps: Vec<bool> = vector.iter().map(|_| stream.bits().is_multiple_of(2)).collect();
                column.retain(&keeps);
                let mut kept = keeps.iter();
                vector.retain(|_| *kept.next().unwrap());
                let mut copy = vec![7];
                column.values().copy_to(&mut copy);
                assert_eq!(copy, vector);
                if round % 2 == 0 {
                    column.clear();
                } else {
                    assert!(column.refill().is_empty());
                }
                assert_eq!(column.values().get(0), None);
                vector.clear();
            }
        }
    }
}
