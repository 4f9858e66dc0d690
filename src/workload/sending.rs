//! Words of what arrives in the due bucket of a calendar, in the order in which it was sent.
//!
//! Nearly all events of a bucket arrive in it: their words stay where they were made, and are sorted from there. What is sent by
//! itself takes the place of its event's word, or comes between two of them; the word of an event that arrives later is left out.

use std::mem;
use std::ops::Range;

use super::drawn::{Later, Words};
use super::radix::left_out;
use crate::units::Instant;

/// Words in the order of sending.
#[derive(Clone, Debug, Default)]
pub(super) struct Sending {
    /// Those of the bucket's events.
    words: Words,
    /// Whether they are this bucket's.
    taken_over: bool,
    /// How many events have been sent.
    sent: usize,
    /// The last of them, if it is sent by itself and its place is free.
    free: Option<usize>,
    /// Words between those of events.
    between: Vec<u64>,
    cuts: Vec<Cut>,
    /// What is left out.
    none: u64,
}

/// Words that come after those of `events` events, and after the words of the cut before.
#[derive(Clone, Copy, Debug)]
struct Cut {
    events: usize,
    /// Where they end.
    end: usize,
}

impl Sending {
    /// Nothing has been sent to a bucket of length 2^`shift`.
    pub fn begin(&mut self, shift: u32) {
        self.between.clear();
        self.cuts.clear();
        (self.taken_over, self.sent, self.free, self.none) = (false, 0, None, left_out(shift));
    }

    /// Takes the words of the events that are sent while the bucket is due.
    pub fn take_over(&mut self, words: &mut Words) {
        mem::swap(&mut self.words, words);
        self.taken_over = true;
    }

    /// Gives the memory of the words back, for those of other events.
    pub fn give_back(&mut self, words: &mut Words) {
        mem::swap(&mut self.words, words);
        self.taken_over = false;
    }

    /// Sends some of the events, each once, and all of them in order; tells which of them arrive later. Gives the last arrival of
    /// these and `last`.
    #[inline]
    pub fn send(
        &mut self,
        rows: Range<usize>,
        due: Instant,
        mut last: Instant,
        mut each: impl FnMut(Later),
    ) -> Instant {
        (self.sent, self.free) = (rows.end, None);
        let mut rest = rows.clone();
        while let Some(later) = self.words.later_in(&rest) {
            rest.start = later.row + 1;
            last = last.max(later.arrival);
            if let Some(word) = self.words.all.get_mut(later.row) {
                *word = self.none;
            }
            each(later);
        }
        if last >= due {
            return last;
        }
        // All of them arrive in the bucket.
        let words = self.words.all.get(rows).unwrap_or_default();
        words.iter().fold(last, |last, word| last.max(self.words.arrival(*word)))
    }

    /// The next event is sent by itself: what is pushed until another one is sent. Gives when it happens and when it arrives if
    /// nothing happens to it, if the words say it.
    #[inline]
    pub fn send_apart(&mut self, row: usize) -> Option<(Instant, Instant)> {
        let times = self.words.times(row);
        self.sent = row + 1;
        self.free = self.words.all.get_mut(row).map(|word| {
            *word = self.none;
            row
        });
        times
    }

    /// Takes the word of a delivery that is sent by itself.
    #[inline]
    pub fn push(&mut self, word: u64) {
        if let Some(place) = self.free.take().and_then(|row| self.words.all.get_mut(row)) {
            *place = word;
            return;
        }
        self.between.push(word);
        let (events, end) = (self.sent.min(self.events().len()), self.between.len());
        match self.cuts.last_mut() {
            Some(cut) if cut.events == events => cut.end = end,
            _ => self.cuts.push(Cut { events, end }),
        }
    }

    fn events(&self) -> &[u64] {
        if self.taken_over { &self.words.all } else { &[] }
    }

    /// All words in order, and some that are to be left out.
    pub fn parts(&self) -> impl Iterator<Item = &[u64]> + Clone {
        let (events, between) = (self.events(), self.between.as_slice());
        let ends = Cut { events: events.len(), end: between.len() };
        let mut last = Cut { events: 0, end: 0 };
        self.cuts.iter().copied().chain([ends]).flat_map(move |cut| {
            let before = mem::replace(&mut last, cut);
            let part = [events.get(before.events..cut.events), between.get(before.end..cut.end)];
            part.map(Option::unwrap_or_default)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn words_come_in_the_order_of_sending() {
        const SHIFT: u32 = 10;
        let mut sending = Sending::default();
        let mut words = Words::default();
        words.all.extend(100..112);
        let later = |row| Later { row, happened: Instant(1), arrival: Instant(5_000) };
        words.later = [2, 5, 6].map(later).into();
        sending.begin(SHIFT);
        // What waited for the bucket.
        [1, 2].into_iter().for_each(|word| sending.push(word));
        sending.take_over(&mut words);
        let mut told = Vec::new();
        assert_eq!(sending.send(0..4, Instant(1_024), Instant(0), |later| told.push(later.row)), Instant(5_000));
        // Two arrive in the bucket; none; one; the first one would have been later.
        assert_eq!(sending.send_apart(4), None);
        [3, 4].into_iter().for_each(|word| sending.push(word));
        sending.send_apart(5);
        sending.send_apart(6);
        sending.push(5);
        let arrival = Instant(0) + Span(3);
        sending.words.all[7] = 3 << 32;
        assert_eq!(sending.send(7..8, Instant(1_024), Instant(2), |later| told.push(later.row)), arrival);
        sending.send_apart(8);
        sending.send(9..12, Instant(1_024), Instant::MAX, |later| told.push(later.row));
        // A place that nobody took is not taken later.
        sending.push(6);
        let none = left_out(SHIFT);
        let all: Vec<u64> = sending.parts().flatten().copied().collect();
        assert_eq!(all, [1, 2, 100, 101, none, 103, 3, 4, none, 5, 3 << 32, none, 109, 110, 111, 6]);
        assert_eq!(told, [2]);
        sending.begin(SHIFT);
        assert_eq!(sending.parts().flatten().count(), 0);
        sending.give_back(&mut words);
        assert_eq!(words.all.len(), 12);
    }
}
