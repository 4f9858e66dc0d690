//! The true result of each window: what a perfect pipeline would publish.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::amounts::{Amounts, Item};
use super::key_counts::KeyCounts;
use crate::scenario::{Aggregate, Window, WindowBy, WindowKind};
use crate::units::{Instant, Span};

/// Event-time windows as numbers: window `i` is `[origin + i·slide, origin + i·slide + size)`, where the
/// origin is 1970-01-01T00:00:00Z plus an offset, as in Flink and Spark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Start of window 0, in simulated time.
    pub origin: Instant,
    /// Window length.
    pub size: Span,
    /// From the start of a window to that of the next; the length for tumbling windows, else less.
    pub slide: Span,
}

impl Grid {
    /// The windows of a job whose 1970-01-01 is `epoch`; `None` when they are not aligned.
    #[must_use]
    pub fn of(window: &Window, epoch: Instant) -> Option<Self> {
        match window.kind {
            WindowKind::Aligned { size, slide, offset } => Some(Self { origin: epoch + offset, size, slide }),
            _ => None,
        }
    }

    /// Whether an instant is in one window only.
    #[inline]
    #[must_use]
    pub fn is_tumbling(&self) -> bool {
        self.size == self.slide
    }

    /// The latest window of an instant; the only one, if windows tumble.
    #[inline]
    #[must_use]
    pub fn window_of(&self, at: Instant) -> i64 {
        (at - self.origin).0.div_euclid(self.slide.0)
    }

    /// All windows of an instant.
    #[inline]
    #[must_use]
    pub fn windows_of(&self, at: Instant) -> RangeInclusive<i64> {
        if self.is_tumbling() {
            let only = self.window_of(at);
            return only..=only;
        }
        let since = (at - self.origin).0;
        (since - self.size.0).div_euclid(self.slide.0) + 1..=since.div_euclid(self.slide.0)
    }

    /// Start of a window.
    #[inline]
    #[must_use]
    pub fn start(&self, window: i64) -> Instant {
        self.origin + Span(window * self.slide.0)
    }

    /// End of a window: the first instant after it. A later window ends later.
    #[inline]
    #[must_use]
    pub fn end(&self, window: i64) -> Instant {
        self.start(window) + self.size
    }
}

/// What truly happened in a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueWindow {
    /// Its number on the [`Grid`].
    pub window: i64,
    /// Events in it.
    pub events: u64,
    /// Events by key, when windows count by key.
    pub keys: Option<Arc<KeyCounts>>,
    /// What the job publishes of them, if that is no count.
    pub amounts: Option<Arc<Amounts>>,
}

impl TrueWindow {
    /// What a perfect pipeline publishes, for the whole or for a key.
    #[must_use]
    pub fn value(&self, key: Option<u32>) -> u64 {
        match (&self.amounts, key) {
            (Some(amounts), _) => amounts.get(key),
            (None, Some(key)) => self.keys.as_ref().map_or(0, |keys| u64::from(keys.get(key))),
            (None, None) => self.events,
        }
    }
}

/// Collects true events, given in order of event time, into windows.
#[derive(Clone, Debug)]
pub struct TruthCounter {
    grid: Grid,
    by: WindowBy,
    aggregate: Aggregate,
    /// Windows that hold an event and have not ended, by number.
    open: VecDeque<TrueWindow>,
    /// Until here all events fall into the same windows: those that are open.
    same_until: Instant,
}

impl TruthCounter {
    /// A counter for the windows of a job; `None` when they are not aligned: what such a window holds
    /// depends on more than the time.
    #[must_use]
    pub fn new(window: &Window, epoch: Instant) -> Option<Self> {
        let grid = Grid::of(window, epoch)?;
        Some(Self { grid, by: window.by, aggregate: window.aggregate, open: VecDeque::new(), same_until: Instant::MIN })
    }

    /// Counts events; pushes each window that they leave behind. `item` gives the key of an event and what the aggregate looks at.
    pub fn add(&mut self, events: &[Instant], item: impl Fn(usize) -> Item, closed: &mut Vec<TrueWindow>) {
        let mut from = 0;
        while from < events.len() {
            if events[from] >= self.same_until {
                self.advance(events[from], closed);
            }
            let to = from + events[from..].partition_point(|event| *event < self.same_until);
            for open in &mut self.open {
                open.events += (to - from) as u64;
                if let Some(counts) = &mut open.keys {
                    let counts = Arc::make_mut(counts);
                    (from..to).for_each(|row| {
                        counts.add(item(row).key);
                    });
                }
                if let Some(amounts) = &mut open.amounts {
                    let amounts = Arc::make_mut(amounts);
                    (from..to).for_each(|row| {
                        amounts.add(item(row));
                    });
                }
            }
            from = to;
        }
    }

    /// Leaves behind what ends by `at`, and opens the windows that hold it.
    fn advance(&mut self, at: Instant, closed: &mut Vec<TrueWindow>) {
        self.close(at, closed);
        let windows = self.grid.windows_of(at);
        let next = self.open.back().map_or(*windows.start(), |open| open.window + 1);
        for window in next.max(*windows.start())..=*windows.end() {
            let keys = (self.by == WindowBy::Key).then(Arc::default);
            let amounts = Amounts::of(self.aggregate, self.by == WindowBy::Key).map(|amounts| Arc::new(*amounts));
            self.open.push_back(TrueWindow { window, events: 0, keys, amounts });
        }
        let first_end = self.open.front().map_or(Instant::MAX, |open| self.grid.end(open.window));
        self.same_until = first_end.min(self.grid.start(*windows.end() + 1));
    }

    /// Closes the windows that end by `now`: no event before `now` is still to come.
    pub fn close(&mut self, now: Instant, closed: &mut Vec<TrueWindow>) {
        while let Some(open) = self.open.front()
            && self.grid.end(open.window) <= now
        {
            if let Some(mut over) = self.open.pop_front() {
                over.amounts.iter_mut().for_each(|amounts| Arc::make_mut(amounts).close());
                closed.push(over);
            }
            self.same_until = Instant::MIN;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_counts_in_all_its_windows() {
        let kind = WindowKind::Aligned { size: Span(10), slide: Span(4), offset: Span(1) };
        let window = Window { kind, by: WindowBy::Key, aggregate: Aggregate::SumBytes };
        let item = |row: usize| Item { key: row as u32 % 3, bytes: row as u32, user: 0 };
        let events: Vec<Instant> = [-7, 0, 1, 4, 5, 5, 9, 40, 41, 60].map(Instant).to_vec();
        let (mut counter, mut closed) = (TruthCounter::new(&window, Instant(0)).unwrap(), Vec::new());
        counter.add(&events[..4], item, &mut closed);
        counter.add(&events[4..], |row| item(row + 4), &mut closed);
        counter.close(Instant(100), &mut closed);
        let grid = Grid::of(&window, Instant(0)).unwrap();
        let wanted: Vec<(i64, u64, u32)> = (-10..30)
            .map(|window| {
                let holds = |event: &Instant| *event >= grid.start(window) && *event < grid.end(window);
                let of_key =
                    events.iter().enumerate().filter(|(row, event)| holds(event) && item(*row).key == 1).count();
                (window, events.iter().filter(|event| holds(event)).count() as u64, of_key as u32)
            })
            .filter(|(_, events, _)| *events > 0)
            .collect();
        let counted: Vec<_> =
            closed.iter().map(|of| (of.window, of.events, of.keys.as_ref().unwrap().get(1))).collect();
        assert_eq!(counted, wanted);
    }
}
