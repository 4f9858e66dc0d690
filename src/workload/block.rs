//! Deliveries in columns, in order of arrival: what the workload hands to the engine.

use std::sync::Arc;

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
    /// 0 for the first delivery of an id; else 1 + its place in `histories`.
    pub history: Vec<u32>,
    /// For each duplicate delivery in the block, the earlier deliveries of its id.
    pub histories: Vec<History>,
    /// Times of the true events that happened since the block before, rising.
    pub events: Vec<Instant>,
    /// True results of the windows that ended since the block before.
    pub windows: Vec<TrueWindow>,
}

/// The earlier deliveries of an id, in order of arrival. Whether a duplicate is recognised follows
/// from their ages, so that no simulation needs a table of ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// All deliveries of the id, shared by its duplicates.
    pub deliveries: Arc<[Earlier]>,
    /// How many of them come before this one.
    pub before: usize,
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
        self.history.clear();
        self.histories.clear();
        self.events.clear();
        self.windows.clear();
    }

    /// Adds `count` rows, still to be filled in; gives the first of them.
    pub(super) fn grow(&mut self, count: usize) -> usize {
        let from = self.len();
        self.arrival.resize(from + count, Instant(0));
        self.event_time.resize(from + count, Instant(0));
        self.key.resize(from + count, 0);
        self.bytes.resize(from + count, 0);
        self.history.resize(from + count, 0);
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
            history: &self.history[range],
            histories: &self.histories,
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
    history: &'a [u32],
    histories: &'a [History],
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
            history: &self.history[range],
            histories: self.histories,
        }
    }

    /// How many rows from `from` on are first deliveries with an event time in `within`, up to
    /// 1,024: nearly all rows of a stream, so that pipelines can take them in bulk.
    #[must_use]
    #[inline]
    pub fn plain_run(&self, from: usize, within: Period) -> usize {
        let to = self.len().min(from + LONGEST_RUN);
        let rows = self.event_time[from..to].iter().zip(&self.history[from..to]);
        rows.take_while(|(event_time, history)| **history == 0 && within.contains(**event_time)).count()
    }

    /// The earlier deliveries of a row's id; `None` for the first delivery.
    #[must_use]
    #[inline]
    pub fn earlier(&self, row: usize) -> Option<&'a [Earlier]> {
        match self.history[row] {
            0 => None,
            place => {
                let history = &self.histories[place as usize - 1];
                Some(&history.deliveries[..history.before])
            }
        }
    }
}
