//! What is in a bucket of the calendar, in no order yet.
//!
//! Most of it are words only, of arrival and event time if nothing else tells deliveries apart. Sorting them and making columns
//! of them needs nothing else: another thread may do it.

use super::activity::Events;
use super::block::{Block, Tag};
use super::delivery::{Delivery, Tagged};
use super::drawn::Words;
use super::marks::{TOGETHER, each_marked};
use super::notes::Note;
use super::radix::Sorter;
use super::sending::Sending;
use super::wheel::Batch;
use crate::units::{Instant, Span};
use crate::vector::widest;

/// Deliveries that arrive in one bucket.
#[derive(Clone, Debug, Default)]
pub struct Draft<T> {
    /// When the bucket begins, and log₂ of its length.
    start: Instant,
    shift: u32,
    /// Once it is sorted, when each delivery arrives, from the start of the bucket; below that [`OTHER`] and the place of one that
    /// was sent by itself, else what `events` says.
    order: Vec<u64>,
    events: Sent<T>,
    others: Batch<T>,
}

/// What is to be made rows of a block: one of them, as the stream has tags or not.
#[derive(Clone, Debug, Default)]
pub struct Drafts {
    /// Deliveries with nothing else to them.
    pub(super) plain: Draft<()>,
    /// Deliveries with tags.
    pub(super) tagged: Draft<Tag>,
}

impl Drafts {
    /// Moves its rows to their block, which is to be sealed next.
    pub fn hand_out(&mut self, block: &mut Block) {
        self.plain.fetch();
        self.tagged.fetch();
        self.plain.hand_out(block);
        self.tagged.hand_out(block);
    }
}

/// Marks a delivery that was sent by itself.
const OTHER: u64 = 1 << 31;

/// What the words of events stand for that were sent in columns.
#[derive(Clone, Debug)]
enum Sent<T> {
    /// When they happened, from the start of the bucket: they have the same key and as many bytes.
    Alike(u32, u32),
    /// Their places in columns.
    Columns(Columns<T>),
}

/// Events in columns.
#[derive(Clone, Debug, Default)]
struct Columns<T> {
    event_time: Vec<Instant>,
    key: Vec<u32>,
    bytes: Vec<u32>,
    tag: Vec<T>,
}

impl<T> Default for Sent<T> {
    fn default() -> Self {
        Self::Alike(0, 0)
    }
}

impl<T: Tagged> Draft<T> {
    /// Begins an empty draft.
    pub(super) fn begin(&mut self, start: Instant, shift: u32) {
        (self.start, self.shift) = (start, shift);
        self.others.clear();
    }

    /// When the bucket ends.
    #[inline]
    pub(super) fn end(&self) -> Instant {
        self.start + Span(1 << self.shift)
    }

    /// Takes a delivery that is sent by itself; gives its word.
    #[inline]
    pub(super) fn push(&mut self, delivery: Delivery<T>, note: Option<Note>) -> u64 {
        let (offset, place) = ((delivery.arrival - self.start).0 as u64, self.others.deliveries.len() as u64);
        self.others.push(delivery, note);
        (offset << 32) | OTHER | place
    }

    /// Takes over the events that are sent while the bucket is due, in order of time: what their words stand for.
    pub(super) fn take_over(&mut self, events: &Events, words: &Words) {
        if let Some((key, bytes)) = words.alike {
            self.events = Sent::Alike(key, bytes);
            return;
        }
        if let Sent::Alike(..) = self.events {
            self.events = Sent::Columns(Columns::default());
        }
        let Sent::Columns(columns) = &mut self.events else { return };
        columns.event_time.clone_from(&events.at);
        events.key.values().copy_to(&mut columns.key);
        events.bytes.values().copy_to(&mut columns.bytes);
        columns.tag.clear();
        columns.tag.extend(events.tags.iter().map(|tag| T::of(*tag)));
    }

    /// Brings its deliveries, which were sent in this order, into that of arrival.
    pub(super) fn sort(&mut self, sending: &Sending, sorter: &mut Sorter) {
        sorter.sort(sending.parts(), self.shift, &mut self.order);
    }

    /// Reads of each line of the cache: what another core wrote comes together, instead of line after line.
    fn fetch(&self) {
        let words = self.order.iter().step_by(8).fold(0, |all, word| all ^ word);
        let others = self.others.deliveries.iter().step_by(2).fold(0, |all, other| all ^ other.arrival.0);
        let notes = self.others.notes.iter().fold(0, |all, note| all ^ note.before);
        std::hint::black_box((words, others, notes));
    }

    /// Appends its rows to a block, once; finds the block's sections on the way.
    pub(super) fn hand_out(&mut self, block: &mut Block) {
        block.arrival.reserve(self.order.len());
        block.event_time.reserve(self.order.len());
        // All that is to be done to some rows, while they are in the first cache.
        for words in self.order.chunks(TOGETHER) {
            let from = block.len();
            self.events.put(self.start, words, block);
            if T::SHOWN {
                let columns = if let Sent::Columns(columns) = &self.events { columns.tag.as_slice() } else { &[] };
                let others = &self.others.deliveries;
                let tag = |word: &u64| match word & OTHER {
                    0 => columns.get(place(*word)).copied(),
                    _ => others.get(place(*word)).map(|other| other.tag),
                };
                words.iter().for_each(|word| tag(word).unwrap_or_default().put(block));
            }
            put_others(words, &mut self.others, from, block);
            block.find_sections(false);
        }
    }
}

impl<T> Sent<T> {
    /// Appends rows to a block; what was sent by itself is to be put right.
    fn put(&self, start: Instant, words: &[u64], block: &mut Block) {
        let arrival = &mut block.arrival;
        widest(move || arrival.extend(words.iter().map(|word| start + Span((word >> 32) as i64))));
        match self {
            Sent::Alike(key, bytes) => {
                let event_time = &mut block.event_time;
                widest(move || {
                    event_time.extend(words.iter().map(|word| start + Span((word & (OTHER - 1)) as i64)));
                });
                block.key.push_many(*key, words.len());
                block.bytes.push_many(*bytes, words.len());
            }
            Sent::Columns(columns) => {
                gather(&columns.event_time, words, &mut block.event_time);
                gather(&columns.key, words, block.key.each());
                gather(&columns.bytes, words, block.bytes.each());
            }
        }
    }
}

/// Puts what was sent by itself into the rows of a block from `from` on.
fn put_others<T>(words: &[u64], others: &mut Batch<T>, from: usize, block: &mut Block) {
    let marks = widest(move || {
        let mut marks = [0; TOGETHER];
        words.iter().zip(&mut marks).for_each(|(word, mark)| *mark = (word >> 31) as u8 & 1);
        marks
    });
    each_marked(&marks, |row| {
        let Some(other) = words.get(row).and_then(|word| others.deliveries.get(place(*word))) else { return };
        let to = from + row;
        block.event_time[to] = other.event_time;
        block.key.set(to, other.key);
        block.bytes.set(to, other.bytes);
        if let Some(note) = other.note.checked_sub(1) {
            block.notes.push(to, std::mem::take(&mut others.notes[note as usize]));
        }
    });
}

/// The place that a word stands for.
#[inline]
fn place(word: u64) -> usize {
    (word & (OTHER - 1)) as usize
}

/// Appends a column in some order; a default value for what does not lie in it.
fn gather<V: Copy + Default>(column: &[V], order: &[u64], to: &mut Vec<V>) {
    to.extend(order.iter().map(|word| match word & OTHER {
        0 => column.get(place(*word)).copied().unwrap_or_default(),
        _ => V::default(),
    }));
}
