//! What is special about few deliveries of a block.

use std::ops::Range;
use std::sync::Arc;

use crate::units::Instant;

/// What few deliveries have: earlier deliveries of the same id, in order of arrival, or a time that
/// is not the one they carry. Whether a duplicate is recognised follows from the ages of the earlier
/// ones, so that no simulation needs a table of ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// What was delivered of the id, shared by its duplicates.
    pub known: Known,
    /// How many deliveries of it come before this one; 0 for the first.
    pub before: usize,
    /// When the event truly happened, if the sender's clock said otherwise.
    pub happened: Option<Instant>,
}

/// Deliveries of one id, in order of arrival, as far as a later one follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Known {
    /// None: there is only one.
    #[default]
    None,
    /// The first of two.
    One(Earlier),
    /// All of several.
    Many(Arc<[Earlier]>),
}

impl Known {
    /// The first `count` of them.
    #[must_use]
    #[inline]
    pub fn first(&self, count: usize) -> &[Earlier] {
        let all = match self {
            Self::None => &[],
            Self::One(earlier) => std::slice::from_ref(earlier),
            Self::Many(all) => all,
        };
        &all[..count.min(all.len())]
    }
}

/// An earlier delivery of the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// When it arrived.
    pub arrival: Instant,
    /// The event time that it carried.
    pub event_time: Instant,
}

/// The notes of a block, by row: a bit for each row, and a count for 64 of them.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    words: Vec<Word>,
    all: Vec<Note>,
}

/// 64 rows.
#[derive(Clone, Copy, Debug)]
struct Word {
    /// Which of them have a note.
    marks: u64,
    /// Notes of earlier rows.
    before: u32,
}

impl Notes {
    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.words.clear();
        self.all.clear();
    }

    /// Those of a single row.
    #[must_use]
    pub fn of_first(note: &Note) -> Self {
        let mut notes = Self::default();
        notes.push(0, note.clone());
        notes
    }

    /// Adds the note of a row behind all that have one.
    #[inline]
    pub fn push(&mut self, row: usize, note: Note) {
        self.words.resize(row / 64 + 1, Word { marks: 0, before: self.all.len() as u32 });
        if let Some(word) = self.words.last_mut() {
            word.marks |= 1 << (row % 64);
        }
        self.all.push(note);
    }

    /// The note of a row, if it has one.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize) -> Option<&Note> {
        let word = self.words.get(row / 64)?;
        let mark = 1 << (row % 64);
        if word.marks & mark == 0 {
            return None;
        }
        self.all.get(word.before as usize + (word.marks & (mark - 1)).count_ones() as usize)
    }

    /// Tells which of some rows have a note: 64 at a time, from a multiple of that on.
    #[inline]
    pub(super) fn each_in(&self, rows: Range<usize>, mut each: impl FnMut(usize)) {
        for first in rows.step_by(64) {
            let mut marks = self.words.get(first / 64).map_or(0, |word| word.marks);
            while marks != 0 {
                each(first + marks.trailing_zeros() as usize);
                marks &= marks - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_own_note_or_none() {
        let mut notes = Notes::default();
        for round in 0..3 {
            let rows = [0, 1, 63, 64, 300, 301, 511, 10_000 + round];
            let note = |row: usize| Note { before: row, ..Note::default() };
            rows.iter().for_each(|row| notes.push(*row, note(*row)));
            for row in 0..11_000 {
                assert_eq!(notes.get(row), rows.contains(&row).then(|| note(row)).as_ref());
            }
            let mut told = Vec::new();
            notes.each_in(0..11_000, |row| told.push(row));
            assert_eq!(told, rows);
            notes.clear();
            assert_eq!(notes.get(0), None);
        }
    }
}
