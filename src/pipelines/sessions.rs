//! Session windows: each row opens [t, t + gap), and windows of a key that overlap or touch merge
//! (Flink's `TimeWindow.intersects`, Spark's `session_window`).

use std::collections::{BTreeSet, HashMap};

use super::held::Held;
use crate::scenario::Aggregate;
use crate::units::{Instant, Period, Span};
use crate::workload::{Amounts, Item};

/// A session of one key.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// From its first row to the gap after its last.
    pub window: Period,
    /// Rows in it.
    pub rows: u64,
    /// What is published of them, if that is no count.
    pub amounts: Option<Box<Amounts>>,
    /// Whether it, or a part of it, has fired.
    pub fired: bool,
    /// Records that are not visible yet.
    pub held: Held,
}

/// Sessions that are kept, by key.
#[derive(Clone, Debug)]
pub(super) struct Sessions {
    gap: Span,
    aggregate: Aggregate,
    /// Users remembered in all.
    users: u64,
    by_key: HashMap<u32, Vec<Session>>,
    /// End and key of the sessions that are due to fire. Sessions of a key end at different times.
    due: BTreeSet<(Instant, u32)>,
    /// End and key of all.
    kept: BTreeSet<(Instant, u32)>,
    /// Start and key of all.
    starts: BTreeSet<(Instant, u32)>,
}

impl Session {
    /// What is published.
    pub fn value(&self) -> u64 {
        self.amounts.as_ref().map_or(self.rows, |amounts| amounts.get(None))
    }
}

impl Sessions {
    /// None yet.
    pub fn new(gap: Span, aggregate: Aggregate) -> Self {
        Self {
            gap,
            aggregate,
            users: 0,
            by_key: HashMap::new(),
            due: BTreeSet::new(),
            kept: BTreeSet::new(),
            starts: BTreeSet::new(),
        }
    }

    /// The pause that ends a session.
    pub fn gap(&self) -> Span {
        self.gap
    }

    /// How many are kept.
    pub fn len(&self) -> u64 {
        self.kept.len() as u64
    }

    /// Entries that they take in a state store.
    pub fn entries(&self) -> u64 {
        self.len() + self.users
    }

    /// The session that a row of `key` would make, merged with what is kept.
    pub fn merged(&self, key: u32, at: Instant) -> Period {
        let own = Period { from: at, to: at + self.gap };
        let kept = self.by_key.get(&key).into_iter().flatten();
        kept.filter(|session| touch(&session.window, &own)).fold(own, |merged, session| union(&merged, &session.window))
    }

    /// Puts a row in: merges what it touches and gives the session, due to fire at its end.
    pub fn enter(&mut self, key: u32, at: Instant, item: Item) -> &mut Session {
        let amounts = Amounts::of(self.aggregate, false).map(|mut amounts| {
            amounts.add(item);
            amounts
        });
        self.merge(key, Period { from: at, to: at + self.gap }, 1, amounts)
    }

    /// Puts rows in that make a session among themselves, likewise.
    pub fn merge(&mut self, key: u32, own: Period, rows: u64, mut amounts: Option<Box<Amounts>>) -> &mut Session {
        let kept = self.by_key.entry(key).or_default();
        let mut merged = Session { window: own, rows: 0, amounts: None, fired: false, held: Held::default() };
        let mut place = 0;
        while place < kept.len() {
            if touch(&kept[place].window, &own) {
                let part = kept.swap_remove(place);
                self.due.remove(&(part.window.to, key));
                self.kept.remove(&(part.window.to, key));
                self.starts.remove(&(part.window.from, key));
                merged.window = union(&merged.window, &part.window);
                merged.rows += part.rows;
                merged.fired |= part.fired;
                merged.held.append(part.held);
                self.users -= users(&part.amounts);
                amounts = union_of(part.amounts, amounts);
            } else {
                place += 1;
            }
        }
        merged.rows += rows;
        self.users += users(&amounts);
        merged.amounts = amounts;
        self.due.insert((merged.window.to, key));
        self.kept.insert((merged.window.to, key));
        self.starts.insert((merged.window.from, key));
        kept.push(merged);
        &mut kept[place]
    }

    /// Tells that a session fires by itself and no longer waits for its end.
    pub fn settle(&mut self, key: u32, end: Instant) {
        self.due.remove(&(end, key));
    }

    /// The next session that is due by `through`, by end, then by key: it is due no more.
    pub fn pop_due(&mut self, through: Instant) -> Option<(u32, &mut Session)> {
        let (end, key) = *self.due.first().filter(|(end, _)| *end <= through)?;
        self.due.pop_first();
        let session = self.by_key.get_mut(&key)?.iter_mut().find(|session| session.window.to == end)?;
        Some((key, session))
    }

    /// Removes the next session that ends by `through`, by end, then by key.
    pub fn pop_ended(&mut self, through: Instant) -> Option<(u32, Session)> {
        let (end, key) = *self.kept.first().filter(|(end, _)| *end <= through)?;
        self.kept.pop_first();
        self.due.remove(&(end, key));
        let kept = self.by_key.get_mut(&key)?;
        let place = kept.iter().position(|session| session.window.to == end)?;
        let session = kept.swap_remove(place);
        self.starts.remove(&(session.window.from, key));
        self.users -= users(&session.amounts);
        if kept.is_empty() {
            self.by_key.remove(&key);
        }
        Some((key, session))
    }

    /// Up to when no session will be published any more: none that ends by `through` will, and none is kept that
    /// began before.
    pub fn settled(&self, through: Instant) -> Instant {
        self.starts.first().map_or(through, |(start, _)| through.min(*start))
    }

    /// The earliest end of a session that is due, and of any.
    pub fn next(&self) -> (Option<Instant>, Option<Instant>) {
        (self.due.first().map(|(end, _)| *end), self.kept.first().map(|(end, _)| *end))
    }

    /// Measured events and duplicates that are not visible yet.
    pub fn held(&self) -> (u64, u64) {
        let all = self.by_key.values().flatten().map(|session| session.held.len());
        all.fold((0, 0), |sum, held| (sum.0 + held.0, sum.1 + held.1))
    }
}

fn users(amounts: &Option<Box<Amounts>>) -> u64 {
    amounts.as_ref().map_or(0, |amounts| amounts.users())
}

/// Both together: the smaller goes into the larger.
fn union_of(one: Option<Box<Amounts>>, other: Option<Box<Amounts>>) -> Option<Box<Amounts>> {
    let (Some(one), Some(other)) = (one, other) else { return None };
    let (mut large, small) = if one.users() >= other.users() { (one, other) } else { (other, one) };
    large.merge(&small);
    Some(large)
}

fn touch(one: &Period, other: &Period) -> bool {
    one.from <= other.to && other.from <= one.to
}

fn union(one: &Period, other: &Period) -> Period {
    Period { from: one.from.min(other.from), to: one.to.max(other.to) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_touch_are_one_session() {
        let mut sessions = Sessions::new(Span(10), Aggregate::DistinctUsers);
        let by = |user| Item { user, ..Item::default() };
        for at in [0, 30, 50] {
            sessions.enter(7, Instant(at), by(at as u32 / 40));
        }
        sessions.enter(8, Instant(5), by(0));
        assert_eq!(sessions.entries(), 8);
        assert_eq!((sessions.len(), sessions.next()), (4, (Some(Instant(10)), Some(Instant(10)))));
        // 20 touches [30, 40) and, at its other end, [10 …: no, 0 + 10 is not 20.
        let merged = sessions.enter(7, Instant(20), by(5));
        assert_eq!(merged.value(), 2);
        assert_eq!((merged.window, merged.rows), (Period { from: Instant(20), to: Instant(40) }, 2));
        assert_eq!(sessions.merged(7, Instant(10)), Period { from: Instant(0), to: Instant(40) });
        // 40 joins what ends there with what begins at 50.
        let merged = sessions.enter(7, Instant(40), by(5));
        assert_eq!(merged.value(), 3);
        assert_eq!((merged.window, merged.rows), (Period { from: Instant(20), to: Instant(60) }, 4));
        let ends: Vec<_> =
            std::iter::from_fn(|| sessions.pop_due(Instant(15)).map(|(key, of)| (key, of.rows))).collect();
        assert_eq!(ends, [(7, 1), (8, 1)]);
        let ended: Vec<_> =
            std::iter::from_fn(|| sessions.pop_ended(Instant(60)).map(|(key, of)| (key, of.rows))).collect();
        assert_eq!(ended, [(7, 1), (8, 1), (7, 4)]);
        assert_eq!((sessions.entries(), sessions.by_key.len()), (0, 0));
    }
}
