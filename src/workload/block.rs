//! Deliveries in columns, in order of arrival: what the workload hands to the engine.

use std::sync::Arc;

use super::amounts::Item;
use super::funnel::{Act, Reached};
use super::truth::TrueWindow;
use crate::units::{Instant, Period};

/// A stretch of the stream: every delivery that arrives from the end of the block before until
/// `until`, in order of arrival; ties keep the order in which they were sent.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// First instant that the block does not cover.
    pub until: Instant,
    /// Arrival at the broker.
    pub arrival: Vec<Instant>,
    /// Event time that the delivery carries.
    pub event_time: Vec<Instant>,
    /// Key.
    pub key: Vec<u32>,
    /// Payload bytes.
    pub bytes: Vec<u32>,
    /// 0 for a plain delivery; else 1 + the place of what is special about it in `notes`.
    pub note: Vec<u32>,
    /// What is special about deliveries: duplicates, and wrong clocks.
    pub notes: Vec<Note>,
    /// What each row is, for logs and for jobs that look at it; empty unless the stream was asked for it.
    pub tags: Vec<Tag>,
    /// Events that happened since the block before and were lost on the way to the broker.
    pub lost: Vec<Lost>,
    /// Times of the true events that happened since the block before, rising.
    pub events: Vec<Instant>,
    /// True results of the windows that ended since the block before.
    pub windows: Vec<TrueWindow>,
    /// Steps of the job's funnel that were truly reached since the block before.
    pub reached: Vec<Reached>,
}

/// What few deliveries have: earlier deliveries of the same id, in order of arrival, or a time that
/// is not the one they carry. Whether a duplicate is recognised follows from the ages of the earlier
/// ones, so that no simulation needs a table of ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// All deliveries of the id, shared by its duplicates.
    pub deliveries: Arc<[Earlier]>,
    /// How many of them come before this one; 0 for the first.
    pub before: usize,
    /// When the event truly happened, if the sender's clock said otherwise.
    pub happened: Option<Instant>,
}

/// What a delivery is, beyond what pipelines need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// Number of the event: equal for all its deliveries.
    pub id: u32,
    /// Who did it.
    pub user: u32,
    /// Session in which it was done.
    pub session: u32,
    /// Its place in the session, from 1; 0 without sessions.
    pub position: u16,
    /// Its type, as a place in the scenario's list.
    pub kind: u8,
}

/// What an event sent when it happened, and what never reaches the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// When it happened.
    pub happened: Instant,
    /// The event time that it carried.
    pub event_time: Instant,
    /// Key.
    pub key: u32,
    /// Payload bytes.
    pub bytes: u32,
    /// What it was.
    pub tag: Tag,
    /// Whether the event is known all the same, because the user did it again and that is delivered.
    pub known: bool,
}

/// An earlier delivery of the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// When it arrived.
    pub arrival: Instant,
    /// The event time that it carried.
    pub event_time: Instant,
}

impl Block {
    /// Empties the block and keeps its memory.
    pub fn clear(&mut self) {
        self.arrival.clear();
        self.event_time.clear();
        self.key.clear();
        self.bytes.clear();
        self.note.clear();
        self.notes.clear();
        self.tags.clear();
        self.lost.clear();
        self.events.clear();
        self.windows.clear();
        self.reached.clear();
    }

    /// Adds `count` rows, still to be filled in; gives the first of them.
    pub(super) fn grow(&mut self, count: usize) -> usize {
        let from = self.len();
        self.arrival.resize(from + count, Instant(0));
        self.event_time.resize(from + count, Instant(0));
        self.key.resize(from + count, 0);
        self.bytes.resize(from + count, 0);
        self.note.resize(from + count, 0);
        from
    }

    /// Number of deliveries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.arrival.len()
    }

    /// Whether nothing arrives.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.arrival.is_empty()
    }

    /// The rows of `range`.
    #[must_use]
    pub fn rows(&self, range: std::ops::Range<usize>) -> Rows<'_> {
        Rows {
            arrival: &self.arrival[range.clone()],
            event_time: &self.event_time[range.clone()],
            key: &self.key[range.clone()],
            bytes: &self.bytes[range.clone()],
            note: &self.note[range.clone()],
            notes: &self.notes,
            tags: self.tags.get(range).unwrap_or_default(),
        }
    }
}

/// Rows of a run at most: sums of as many instants fit 64 bits.
pub const LONGEST_RUN: usize = 1_024;

/// Some consecutive deliveries of a block.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Arrival at the broker.
    pub arrival: &'a [Instant],
    /// Event time.
    pub event_time: &'a [Instant],
    /// Key.
    pub key: &'a [u32],
    /// Payload bytes.
    pub bytes: &'a [u32],
    note: &'a [u32],
    notes: &'a [Note],
    /// Empty, if the stream has none.
    tags: &'a [Tag],
}

impl<'a> Rows<'a> {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.arrival.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.arrival.is_empty()
    }

    /// The rows of `range`.
    #[must_use]
    pub fn part(&self, range: std::ops::Range<usize>) -> Self {
        Self {
            arrival: &self.arrival[range.clone()],
            event_time: &self.event_time[range.clone()],
            key: &self.key[range.clone()],
            bytes: &self.bytes[range.clone()],
            note: &self.note[range.clone()],
            notes: self.notes,
            tags: self.tags.get(range).unwrap_or_default(),
        }
    }

    /// How many rows from `from` on are first deliveries with a true event time in `within`, up to
    /// 1,024: nearly all rows of a stream, so that pipelines can take them in bulk.
    #[must_use]
    #[inline]
    pub fn plain_run(&self, from: usize, within: Period) -> usize {
        let to = self.len().min(from + LONGEST_RUN);
        let rows = self.event_time[from..to].iter().zip(&self.note[from..to]);
        rows.take_while(|(event_time, note)| **note == 0 && within.contains(**event_time)).count()
    }

    /// The earlier deliveries of a row's id; `None` for the first delivery.
    #[must_use]
    #[inline]
    pub fn earlier(&self, row: usize) -> Option<&'a [Earlier]> {
        match self.note[row] {
            0 => None,
            place => {
                let note = &self.notes[place as usize - 1];
                (note.before > 0).then(|| &note.deliveries[..note.before])
            }
        }
    }

    /// What an aggregate looks at.
    #[must_use]
    #[inline]
    pub fn item(&self, row: usize) -> Item {
        let key = self.key[row];
        Item { key, bytes: self.bytes[row], user: self.tags.get(row).map_or(key, |tag| tag.user) }
    }

    /// What a funnel looks at.
    #[must_use]
    #[inline]
    pub fn act(&self, row: usize) -> Act {
        let tag = self.tags.get(row).copied().unwrap_or_default();
        let (event_time, happened) = (self.event_time[row], self.happened(row));
        Act { user: tag.user, kind: tag.kind, event_time, happened, place: 0 }
    }

    /// When a row's event truly happened: its event time, unless the sender's clock was wrong.
    #[must_use]
    #[inline]
    pub fn happened(&self, row: usize) -> Instant {
        let noted = match self.note[row] {
            0 => None,
            place => self.notes[place as usize - 1].happened,
        };
        noted.unwrap_or(self.event_time[row])
    }
}
