//! The true result of each window: what a perfect pipeline would publish.

use std::sync::Arc;

use super::key_counts::KeyCounts;
use crate::scenario::{Window, WindowBy};
use crate::units::{Instant, Span};

/// Event-time windows as numbers: window `i` is `[origin + i·size, origin + (i+1)·size)`, where the
/// origin is 1970-01-01T00:00:00Z, as in Flink and Spark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The Unix epoch in simulated time.
    pub epoch: Instant,
    /// Window length.
    pub size: Span,
}

impl Grid {
    /// The window of an instant.
    #[inline]
    #[must_use]
    pub fn window_of(&self, at: Instant) -> i64 {
        (at - self.epoch).0.div_euclid(self.size.0)
    }

    /// Start of a window.
    #[inline]
    #[must_use]
    pub fn start(&self, window: i64) -> Instant {
        self.epoch + Span(window * self.size.0)
    }

    /// End of a window: the first instant after it.
    #[inline]
    #[must_use]
    pub fn end(&self, window: i64) -> Instant {
        self.start(window + 1)
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
}

/// Collects true events, given in order of event time, into windows.
#[derive(Clone, Debug)]
pub struct TruthCounter {
    grid: Grid,
    by: WindowBy,
    open: Option<TrueWindow>,
    end: Instant,
}

impl TruthCounter {
    /// A counter for the windows of a job.
    #[must_use]
    pub fn new(window: &Window, epoch: Instant) -> Self {
        Self { grid: Grid { epoch, size: window.size }, by: window.by, open: None, end: Instant::MIN }
    }

    /// Counts events with their keys; pushes each window that they leave behind.
    pub fn add(&mut self, events: &[Instant], keys: &[u32], closed: &mut Vec<TrueWindow>) {
        let mut from = 0;
        while from < events.len() {
            if events[from] >= self.end {
                self.open(events[from], closed);
            }
            let to = from + events[from..].partition_point(|event| *event < self.end);
            if let Some(open) = &mut self.open {
                open.events += (to - from) as u64;
                if let Some(counts) = &mut open.keys {
                    let counts = Arc::make_mut(counts);
                    keys[from..to].iter().for_each(|key| {
                        counts.add(*key);
                    });
                }
            }
            from = to;
        }
    }

    fn open(&mut self, at: Instant, closed: &mut Vec<TrueWindow>) {
        closed.extend(self.open.take());
        let window = self.grid.window_of(at);
        let keys = (self.by == WindowBy::Key).then(Arc::default);
        self.open = Some(TrueWindow { window, events: 0, keys });
        self.end = self.grid.end(window);
    }

    /// Closes the open window if it ends by `now`: no event before `now` is still to come.
    pub fn close(&mut self, now: Instant, closed: &mut Vec<TrueWindow>) {
        if self.end <= now {
            closed.extend(self.open.take());
            self.end = Instant::MIN;
        }
    }
}
