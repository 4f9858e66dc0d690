//! Tumbling windows in progress: found by event time, visited in order of their end.

use std::collections::{BTreeMap, VecDeque};

use super::facts::Firing;
use crate::scenario::Aggregate;
use crate::units::{Instant, Period};
use crate::workload::{Amounts, Grid, Item, KeyCounts, Run};

/// Windows in the ring; older ones wait in a map, so that a row years late costs no memory.
const RING: usize = 4_096;

/// Rows counted for a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// True events: first deliveries.
    pub events: u64,
    /// Rows: duplicates that were not removed too.
    pub rows: u64,
    /// Rows by key, when windows count by key.
    pub keys: Option<KeyCounts>,
    /// What is published of them, if that is no count.
    pub amounts: Option<Box<Amounts>>,
}

/// What a row has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entered {
    /// New entries in a state store.
    pub entries: u64,
    /// By how much the value has grown, if it is no count.
    pub grown: u64,
}

impl Tally {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(by_key: bool, aggregate: Aggregate) -> Self {
        let amounts = Amounts::of(aggregate, by_key);
        Self { keys: by_key.then(KeyCounts::default), amounts, ..Self::default() }
    }

    /// Counts a row.
    #[inline]
    pub fn add(&mut self, item: Item, first_delivery: bool) -> Entered {
        self.events += u64::from(first_delivery);
        self.rows += 1;
        let is_new = match &mut self.keys {
            Some(keys) => keys.add(item.key),
            None => self.rows == 1,
        };
        let mut entered = Entered { entries: u64::from(is_new), grown: 0 };
        if let Some(amounts) = &mut self.amounts {
            let before = amounts.users();
            entered.grown = amounts.add(item);
            entered.entries += amounts.users() - before;
        }
        entered
    }

    /// Counts a row of which it is known what the value grows by.
    pub fn add_grown(&mut self, item: Item, first_delivery: bool, grown: u64) {
        self.events += u64::from(first_delivery);
        self.rows += 1;
        if let Some(keys) = &mut self.keys {
            keys.add(item.key);
        }
        if let Some(amounts) = &mut self.amounts {
            amounts.grow(item.key, grown);
        }
    }

    /// Counts the plain rows of a run; gives how many new entries they make.
    #[inline]
    pub fn add_run(&mut self, run: &Run<'_>) -> u64 {
        let before = self.entries();
        self.events += run.plain() as u64;
        self.rows += run.plain() as u64;
        if let Some(keys) = &mut self.keys {
            for stretch in run.stretches() {
                run.rows.key.part(stretch).iter().for_each(|key| {
                    keys.add(key);
                });
            }
        }
        if let Some(amounts) = &mut self.amounts {
            run.stretches().flatten().for_each(|row| {
                amounts.add(run.rows.item(row));
            });
        }
        self.entries() - before
    }

    /// A firing that adds all that was counted.
    #[must_use]
    pub fn firing(&self, window: i64, visible: Instant, watermark: Option<Instant>, at_end: bool) -> Firing<'_> {
        let (events, rows) = (self.events, self.rows);
        let (keys, amounts) = (self.keys.as_ref(), self.amounts.as_deref());
        Firing { window, events, rows, keys, amounts, visible, watermark, at_end }
    }

    /// Entries that it takes in a state store.
    #[must_use]
    pub fn entries(&self) -> u64 {
        let results = self.keys.as_ref().map_or(u64::from(self.rows > 0), KeyCounts::entries);
        results + self.amounts.as_ref().map_or(0, |amounts| amounts.users())
    }
}

/// Windows that hold something of type `T`, by number; what is large is better boxed.
#[derive(Clone, Debug)]
pub struct Windows<T> {
    grid: Grid,
    recent: VecDeque<Option<T>>,
    base: i64,
    old: BTreeMap<i64, T>,
    /// The window that was asked for last, unless it is at the front.
    last: i64,
    last_start: Instant,
    last_end: Instant,
    /// The newest window that a row has been in: most rows fall into it again.
    front: Period,
    front_window: i64,
}

impl<T> Windows<T> {
    /// No window open.
    #[must_use]
    pub fn new(grid: Grid) -> Self {
        let (last_start, last_end) = (Instant(0), Instant(0));
        let front = Period { from: Instant::MIN, to: Instant::MIN };
        let (recent, old) = (VecDeque::new(), BTreeMap::new());
        Self { grid, recent, base: 0, old, last: 0, last_start, last_end, front, front_window: 0 }
    }

    /// The grid that the windows lie on.
    #[must_use]
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// The latest window of an instant, and its end.
    #[inline]
    pub fn window_of(&mut self, at: Instant) -> (i64, Instant) {
        if self.front.contains(at) {
            return (self.front_window, self.front.to);
        }
        if at < self.last_start || at >= self.last_end {
            self.last = self.grid.window_of(at);
            self.last_start = self.grid.start(self.last);
            self.last_end = self.last_start + self.grid.slide;
        }
        (self.last, self.last_start + self.grid.size)
    }

    /// The stretch of the newest window that a row has been in, once it is told to
    /// [`Self::advance_front`]: where most rows to come will fall.
    #[must_use]
    pub fn front(&self) -> Period {
        self.front
    }

    /// Tells that a row was in the window of `at`. Sliding windows have no stretch of which rows fall into
    /// one only.
    pub fn advance_front(&mut self, at: Instant) {
        if at >= self.front.to && self.grid.is_tumbling() {
            let window = self.grid.window_of(at);
            self.front = Period { from: self.grid.start(window), to: self.grid.end(window) };
            self.front_window = window;
        }
    }

    /// What a window holds, made when it holds nothing yet.
    #[inline]
    pub fn entry(&mut self, window: i64, make: impl FnOnce() -> T) -> &mut T {
        if self.recent.is_empty() {
            self.base = window;
        }
        if window < self.base {
            return self.old.entry(window).or_insert_with(make);
        }
        let place = (window - self.base) as usize;
        if place >= self.recent.len() {
            self.extend_to(window);
        }
        let place = (window - self.base) as usize;
        self.recent[place].get_or_insert_with(make)
    }

    #[cold]
    fn extend_to(&mut self, window: i64) {
        // Keep the ring short: what falls out at the front goes to the map.
        while self.base + (RING as i64) <= window {
            match self.recent.pop_front() {
                Some(held) => {
                    if let Some(held) = held {
                        self.old.insert(self.base, held);
                    }
                    self.base += 1;
                }
                None => self.base = window,
            }
        }
        let length = (window - self.base) as usize + 1;
        self.recent.resize_with(length.max(self.recent.len()), || None);
    }

    /// Each open window, from the oldest.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (i64, &mut T)> + '_ {
        let old = self.old.iter_mut().map(|(window, held)| (*window, held));
        let recent = (self.base..).zip(self.recent.iter_mut());
        old.chain(recent.filter_map(|(window, held)| Some((window, held.as_mut()?))))
    }

    /// Takes the oldest open window if it ends by `through`.
    pub fn pop_ended(&mut self, through: Instant) -> Option<(i64, T)> {
        if let Some((&window, _)) = self.old.first_key_value() {
            if self.grid.end(window) > through {
                return None;
            }
            return self.old.pop_first();
        }
        while let Some(front) = self.recent.front() {
            if front.is_some() && self.grid.end(self.base) > through {
                return None;
            }
            let window = self.base;
            self.base += 1;
            if let Some(held) = self.recent.pop_front().flatten() {
                return Some((window, held));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn windows_are_found_and_taken_in_order() {
        let mut windows = Windows::new(Grid { origin: Instant(-7), size: Span(10), slide: Span(10) });
        let mut reference = BTreeMap::new();
        for at in [5, 3, 100_000, 12, -1_000_000, 99_999, 44, -1_000_001, 60_000, 3] {
            let (window, end) = windows.window_of(Instant(at));
            assert!(Instant(at) < end && Instant(at) >= windows.grid().start(window));
            *windows.entry(window, || 0) += 1;
            *reference.entry(window).or_insert(0) += 1;
        }
        let seen: Vec<_> = windows.iter_mut().map(|(window, count)| (window, *count)).collect();
        assert_eq!(seen, reference.iter().map(|(window, count)| (*window, *count)).collect::<Vec<_>>());
        let limit = Instant(99_990);
        let taken: Vec<_> = std::iter::from_fn(|| windows.pop_ended(limit)).collect();
        let wanted: Vec<_> = reference.into_iter().filter(|(window, _)| windows.grid().end(*window) <= limit).collect();
        assert_eq!(taken, wanted);
        assert!(windows.iter_mut().count() > 0);
    }
}
