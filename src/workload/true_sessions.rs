//! The true sessions: what a perfect pipeline would publish of session windows.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::amounts::{Amounts, Item};
use crate::scenario::{Aggregate, Window, WindowBy, WindowKind};
use crate::units::{Instant, Period, Span};

/// A session of a key that has begun, or is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrueSession {
    /// Its key; 0 when there is one session for all.
    pub key: u32,
    /// Its first event.
    pub from: Instant,
    /// Its end, the gap after its last event, and what a perfect pipeline publishes of it; `None` when it has just
    /// begun.
    pub over: Option<(Instant, u64)>,
}

impl TrueSession {
    /// What it covers; to the end of time, while that is open.
    #[must_use]
    pub fn window(&self) -> Period {
        Period { from: self.from, to: self.over.map_or(Instant::MAX, |(to, _)| to) }
    }
}

/// A session that goes on.
#[derive(Clone, Debug)]
struct Open {
    window: Period,
    events: u64,
    amounts: Option<Box<Amounts>>,
}

/// Collects true events, given in order of event time, into sessions. Memory follows the keys with an event within
/// the last gap.
#[derive(Clone, Debug)]
pub struct SessionTruth {
    gap: Span,
    by: WindowBy,
    aggregate: Aggregate,
    open: HashMap<u32, Open>,
    /// An end that each open session may have, with its key and start: the true one is looked up when it comes.
    ends: BinaryHeap<Reverse<(Instant, u32, Instant)>>,
}

impl SessionTruth {
    /// For the windows of a job; `None` when these are no sessions.
    #[must_use]
    pub fn new(window: &Window) -> Option<Self> {
        let WindowKind::Session { gap } = window.kind else { return None };
        let (by, aggregate) = (window.by, window.aggregate);
        Some(Self { gap, by, aggregate, open: HashMap::new(), ends: BinaryHeap::new() })
    }

    /// Counts events; pushes what begins and what is over. `item` gives the key of an event and what the aggregate looks at.
    pub fn add(&mut self, events: &[Instant], item: impl Fn(usize) -> Item, changed: &mut Vec<TrueSession>) {
        for (row, &at) in events.iter().enumerate() {
            let key = if self.by == WindowBy::Key { item(row).key } else { 0 };
            self.close(at, changed);
            let open = self.open.entry(key).or_insert_with(|| {
                changed.push(TrueSession { key, from: at, over: None });
                let window = Period { from: at, to: at + self.gap };
                self.ends.push(Reverse((window.to, key, at)));
                Open { window, events: 0, amounts: Amounts::of(self.aggregate, false) }
            });
            open.window.to = at + self.gap;
            open.events += 1;
            if let Some(amounts) = &mut open.amounts {
                amounts.add(item(row));
            }
        }
    }

    /// Closes the sessions that end before `now`: no event before `now` is still to come, and one at the very end
    /// of a session belongs to it.
    pub fn close(&mut self, now: Instant, changed: &mut Vec<TrueSession>) {
        while let Some(&Reverse((end, key, from))) = self.ends.peek()
            && end < now
        {
            self.ends.pop();
            let Some(open) = self.open.get(&key) else { continue };
            if open.window.to > end {
                self.ends.push(Reverse((open.window.to, key, from)));
                continue;
            }
            let value = open.amounts.as_ref().map_or(open.events, |amounts| amounts.get(None));
            changed.push(TrueSession { key, from, over: Some((end, value)) });
            self.open.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_goes_on_until_its_key_is_silent_for_longer_than_the_gap() {
        let kind = WindowKind::Session { gap: Span(10) };
        let window = Window { kind, by: WindowBy::Key, aggregate: Aggregate::SumBytes };
        let mut truth = SessionTruth::new(&window).unwrap();
        let events = [(0, 1), (3, 2), (10, 1), (14, 2), (20, 1), (31, 1), (32, 3)];
        let (times, keys): (Vec<_>, Vec<_>) = events.iter().map(|(at, key)| (Instant(*at), *key)).unzip();
        let item = |row: usize| Item { key: keys[row], bytes: 1 << row, user: 0 };
        let mut changed = Vec::new();
        truth.add(&times[..3], item, &mut changed);
        truth.add(&times[3..], |row| item(row + 3), &mut changed);
        truth.close(Instant(41), &mut changed);
        let over: Vec<_> =
            changed.iter().filter_map(|session| Some((session.key, session.from.0, session.over?))).collect();
        // An event at the very end of a session belongs to it.
        assert_eq!(over, [(2, 3, (Instant(13), 2)), (2, 14, (Instant(24), 8)), (1, 0, (Instant(30), 1 + 4 + 16)),]);
        let begun = changed.iter().filter(|session| session.over.is_none()).count();
        assert_eq!((begun, truth.open.len(), truth.ends.len()), (5, 2, 2));
        truth.close(Instant::MAX, &mut changed);
        assert_eq!((changed.len(), truth.open.len(), truth.ends.len()), (10, 0, 0));
    }
}
