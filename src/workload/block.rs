//! Deliveries in columns, in order of arrival: what the workload hands to the engine.

use super::amounts::Item;
use super::bins::{self, Bin};
use super::funnel::{Act, Reached};
use super::notes::{Earlier, Notes};
use super::sections::{Runs, Sections};
use super::true_sessions::TrueSession;
use super::truth::TrueWindow;
use super::values::{Column, Values};
use crate::units::{Instant, Period};

/// A stretch of the stream: every delivery that arrives from the end of the block before until
/// `until`, in order of arrival; ties keep the order in which they were sent.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// First instant that the block does not cover.
    pub until: Instant,
    /// When the last delivery of a measured event arrives, as far as that is known by the end of the block;
    /// [`Instant::MAX`] when it is not.
    pub last_measured: Instant,
    /// Arrival at the broker.
    pub arrival: Vec<Instant>,
    /// Event time that the delivery carries.
    pub event_time: Vec<Instant>,
    /// Key.
    pub key: Column,
    /// Payload bytes.
    pub bytes: Column,
    /// What is special about deliveries: duplicates, and wrong clocks.
    pub notes: Notes,
    /// What each row is, for logs and for jobs that look at it; empty unless the stream was asked for it.
    pub tags: Vec<Tag>,
    /// Events that happened since the block before and were lost on the way to the broker.
    pub lost: Vec<Lost>,
    /// Times of the true events that happened since the block before, rising.
    pub events: Vec<Instant>,
    /// How many they are by short bins of time, as whoever fills the block has counted.
    pub bins: Vec<Bin>,
    /// True results of the windows that ended since the block before.
    pub windows: Vec<TrueWindow>,
    /// Found by [`Self::seal`].
    pub sections: Sections,
    /// Sessions that have begun or ended, if the job has them.
    pub sessions: Vec<TrueSession>,
    /// Steps of the job's funnel that were truly reached since the block before.
    pub reached: Vec<Reached>,
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

impl Block {
    /// Empties the block and keeps its memory.
    pub fn clear(&mut self) {
        self.arrival.clear();
        self.event_time.clear();
        self.key.clear();
        self.bytes.clear();
        self.notes.clear();
        self.tags.clear();
        self.lost.clear();
        self.events.clear();
        self.bins.clear();
        self.windows.clear();
        self.sections.clear();
        self.sessions.clear();
        self.reached.clear();
    }

    /// Counts true events by bins, when all of them are there.
    pub(super) fn count_events(&mut self) {
        bins::count(&self.events, &mut self.bins);
    }

    /// How many true events of the block lie in a period.
    #[must_use]
    pub fn events_in(&self, period: Period) -> u64 {
        bins::rows_in(period, &self.events, &self.bins).len() as u64
    }

    /// Looks for what pipelines can take in bulk; to be called when all else is there.
    pub fn seal(&mut self) {
        self.find_sections(true);
        self.sections.learn();
    }

    /// Looks for it in the rows that are there: all of them, or those of which no section will change.
    pub(super) fn find_sections(&mut self, all: bool) {
        self.sections.find(&self.arrival, &self.event_time, self.bytes.values(), &self.notes, all);
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
            key: self.key.values().part(range.clone()),
            bytes: self.bytes.values().part(range.clone()),
            first: range.start,
            block: self,
        }
    }
}

/// Some consecutive deliveries of a block.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Arrival at the broker.
    pub arrival: &'a [Instant],
    /// Event time.
    pub event_time: &'a [Instant],
    /// Key.
    pub key: Values<'a>,
    /// Payload bytes.
    pub bytes: Values<'a>,
    /// Place of the first row in the block.
    first: usize,
    block: &'a Block,
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
            key: self.key.part(range.clone()),
            bytes: self.bytes.part(range.clone()),
            first: self.first + range.start,
            block: self.block,
        }
    }

    /// Place of the first row in the block.
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Runs of rows: nearly all are first deliveries with a true event time, which pipelines can take in bulk.
    #[must_use]
    #[inline]
    pub fn runs(&self) -> Runs<'a> {
        Runs::new(*self, &self.block.sections)
    }

    /// The earlier deliveries of a row's id; `None` for the first delivery.
    #[must_use]
    #[inline]
    pub fn earlier(&self, row: usize) -> Option<&'a [Earlier]> {
        self.history(row).0
    }

    /// What an aggregate looks at.
    #[must_use]
    #[inline]
    pub fn item(&self, row: usize) -> Item {
        let key = self.key[row];
        Item { key, bytes: self.bytes[row], user: self.block.tags.get(self.first + row).map_or(key, |tag| tag.user) }
    }

    /// What a funnel looks at.
    #[must_use]
    #[inline]
    pub fn act(&self, row: usize) -> Act {
        let tag = self.block.tags.get(self.first + row).copied().unwrap_or_default();
        let (event_time, happened) = (self.event_time[row], self.happened(row));
        Act { user: tag.user, kind: tag.kind, event_time, happened, place: 0 }
    }

    /// When a row's event truly happened: its event time, unless the sender's clock was wrong.
    #[must_use]
    #[inline]
    pub fn happened(&self, row: usize) -> Instant {
        self.history(row).1
    }

    /// Both, for one look at the notes: [`Self::earlier`] and [`Self::happened`].
    #[must_use]
    #[inline]
    pub fn history(&self, row: usize) -> (Option<&'a [Earlier]>, Instant) {
        let event_time = self.event_time[row];
        let Some(note) = self.block.notes.get(self.first + row) else { return (None, event_time) };
        let earlier = (note.before > 0).then(|| note.known.first(note.before));
        (earlier, note.happened.unwrap_or(event_time))
    }
}
