//! Windows of a continuous pipeline that are not aligned: sessions, and the last rows of a key.
//!
//! Rules of Flink 2.3. A session is judged by the watermark when it is merged: one whose allowed
//! lateness is over is not taken, so that a record which joins a live session is never late. A merged
//! session that has ended fires at once, one that has not fires later, and counts again what had fired
//! before. A count window fires at every n-th record of its key; event time plays no part.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use super::Continuous;
use crate::pipelines::facts::{Facts, GroupFiring, Resolved};
use crate::pipelines::held::Held;
use crate::pipelines::record::Record;
use crate::pipelines::sessions::Sessions;
use crate::scenario::{Aggregate, WindowKind};
use crate::units::Instant;
use crate::workload::Item;

/// Windows in progress.
pub(super) enum Groups {
    /// Sessions.
    Sessions(Sessions),
    /// The last rows of each key.
    Counts {
        /// Rows of a window.
        size: u32,
        /// Rows from one window to the next.
        every: u32,
        /// Rows of a key so far, and those not visible yet.
        by_key: HashMap<u32, LastRows>,
        /// What is published of them.
        aggregate: Aggregate,
    },
}

/// The last rows of a key.
#[derive(Default)]
pub(super) struct LastRows {
    /// Rows so far.
    rows: u64,
    /// Those not visible yet.
    held: Held,
    /// What the aggregate looks at in the last of them, if it is no count.
    items: VecDeque<Item>,
    bytes: u64,
    /// How many of the last rows are of a user.
    users: HashMap<u32, u32>,
}

impl LastRows {
    /// Remembers a row as one of the last `size`.
    fn keep(&mut self, item: Item, size: u32) {
        if self.items.len() >= size as usize
            && let Some(first) = self.items.pop_front()
        {
            self.bytes -= u64::from(first.bytes);
            if let Entry::Occupied(mut user) = self.users.entry(first.user) {
                *user.get_mut() -= 1;
                if *user.get() == 0 {
                    user.remove();
                }
            }
        }
        self.bytes += u64::from(item.bytes);
        *self.users.entry(item.user).or_insert(0) += 1;
        self.items.push_back(item);
    }

    /// What is published of the last `size`.
    fn value(&self, size: u32, aggregate: Aggregate) -> u64 {
        match aggregate {
            Aggregate::Count => u64::from(size).min(self.rows),
            Aggregate::SumBytes => self.bytes,
            Aggregate::DistinctUsers => self.users.len() as u64,
        }
    }
}

impl Groups {
    /// No window open; `None` for windows that are aligned.
    pub fn new(window: WindowKind, aggregate: Aggregate) -> Option<Self> {
        match window {
            WindowKind::Aligned { .. } => None,
            WindowKind::Session { gap } => Some(Self::Sessions(Sessions::new(gap, aggregate))),
            WindowKind::Count { size, every } => Some(Self::Counts { size, every, aggregate, by_key: HashMap::new() }),
        }
    }

    /// Measured events and duplicates that are not visible yet.
    pub fn held(&self) -> (u64, u64) {
        match self {
            Self::Sessions(sessions) => sessions.held(),
            Self::Counts { by_key, .. } => {
                let all = by_key.values().map(|last| last.held.len());
                all.fold((0, 0), |sum, held| (sum.0 + held.0, sum.1 + held.1))
            }
        }
    }

    /// Windows in the state store.
    fn entries(&self) -> u64 {
        match self {
            Self::Sessions(sessions) => sessions.entries(),
            Self::Counts { by_key, .. } => by_key.len() as u64,
        }
    }
}

impl<F: Facts> Continuous<F> {
    /// Puts a record into its window.
    pub(super) fn enter_group(&mut self, record: Record) {
        match &self.groups {
            Some(Groups::Sessions(_)) => self.enter_session(record),
            Some(Groups::Counts { .. }) => self.enter_count(record),
            None => return,
        }
        self.entries = self.groups.as_ref().map_or(0, Groups::entries);
    }

    fn enter_session(&mut self, record: Record) {
        let Some(Groups::Sessions(sessions)) = &mut self.groups else { return };
        let key = if self.setup.by_key { record.key } else { 0 };
        let watermark = self.watermark.current;
        if sessions.merged(key, record.event_time).to + self.allowed_lateness <= watermark {
            if record.measured {
                self.facts.resolved(Resolved::late(record.first_delivery));
            }
            return;
        }
        let session = sessions.enter(key, record.event_time, record.item());
        session.held.add(record, &self.setup);
        let end = session.window.to;
        if end <= watermark {
            let visible = self.commit.visible_at(record.processed, 1, &mut self.facts);
            let again = std::mem::replace(&mut session.fired, true);
            session.held.release(record.processed, visible, !again, &mut self.facts);
            let (window, rows, value) = (Some(session.window), session.rows, session.value());
            self.facts.group_fired(&GroupFiring {
                window,
                key: self.setup.by_key.then_some(key),
                rows,
                value,
                again,
                visible,
                watermark: Some(self.watermark.printed()),
                at_end: false,
            });
            if !again {
                self.facts.landed(end, visible);
            }
            sessions.settle(key, end);
            self.watermark.next_effect = self.watermark.next_effect.min(end + self.allowed_lateness);
        } else {
            self.watermark.next_effect = self.watermark.next_effect.min(end);
        }
    }

    /// Fires and removes sessions that the watermark has passed.
    pub(super) fn fire_sessions(&mut self, tick: Instant, at_end: bool) {
        let Some(Groups::Sessions(sessions)) = &mut self.groups else { return };
        let watermark = self.watermark.current;
        // The watermark travels behind the records read before it.
        let held = tick.max(self.workers.drained());
        while let Some((key, session)) = sessions.pop_due(watermark) {
            let visible = self.commit.visible_at(held, 1, &mut self.facts);
            let again = std::mem::replace(&mut session.fired, true);
            session.held.release(held, visible, !again, &mut self.facts);
            self.facts.group_fired(&GroupFiring {
                window: Some(session.window),
                key: self.setup.by_key.then_some(key),
                rows: session.rows,
                value: session.value(),
                again,
                visible,
                watermark: Some(self.watermark.printed()),
                at_end,
            });
            if !again {
                self.facts.landed(session.window.to, visible);
            }
        }
        while sessions.pop_ended(watermark - self.allowed_lateness).is_some() {}
        self.facts.settled(sessions.settled(watermark - self.allowed_lateness));
        self.entries = sessions.entries();
        let (due, ended) = sessions.next();
        let ended = ended.map_or(Instant::MAX, |end| end + self.allowed_lateness);
        self.watermark.next_effect = due.unwrap_or(Instant::MAX).min(ended);
    }

    fn enter_count(&mut self, record: Record) {
        let Some(Groups::Counts { size, every, by_key, aggregate }) = &mut self.groups else { return };
        let key = if self.setup.by_key { record.key } else { 0 };
        let last = by_key.entry(key).or_default();
        last.rows += 1;
        last.held.add(record, &self.setup);
        if *aggregate != Aggregate::Count {
            last.keep(record.item(), *size);
        }
        if last.rows % u64::from(*every) == 0 {
            let value = last.value(*size, *aggregate);
            let visible = self.commit.visible_at(record.processed, 1, &mut self.facts);
            last.held.release(record.processed, visible, true, &mut self.facts);
            self.facts.group_fired(&GroupFiring {
                window: None,
                key: self.setup.by_key.then_some(key),
                rows: u64::from(*size).min(last.rows),
                value,
                again: false,
                visible,
                watermark: None,
                at_end: false,
            });
            if *size == *every {
                // A window that tumbles leaves nothing behind.
                by_key.remove(&key);
            }
        }
    }
}
