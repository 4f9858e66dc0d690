//! Published windows against the truth.

use std::collections::BTreeMap;

use crate::histogram::Histogram;
use crate::pipelines::Firing;
use crate::units::{Instant, Period};
use crate::workload::{Amounts, Grid, KeyCounts, TrueWindow};

/// Windows that are watched at once. An older one is settled as it stands; rows that still come
/// for it count in the accounting, and no longer in the error of its window.
const WATCHED: usize = 1 << 15;
/// Errors are kept in parts per 10⁹.
const PARTS: f64 = 1e9;

/// Errors of the counts of windows, at first publication and finally.
#[derive(Clone, Debug)]
pub struct Correctness {
    grid: Grid,
    measured: Period,
    watched: BTreeMap<i64, Watched>,
    settled: Option<i64>,
    /// The truth of windows that end by then is known.
    known_until: Instant,
    errors: Errors,
}

/// Errors of results, at first publication and finally.
#[derive(Clone, Debug, Default)]
pub(super) struct Errors {
    first: Histogram,
    first_sum: f64,
    final_sum: f64,
}

impl Errors {
    /// A result: as first published, as it stands in the end, and what it should be.
    pub fn add(&mut self, first: u64, last: u64, truth: u64) {
        let error = |count: u64| count.abs_diff(truth) as f64 / truth.max(1) as f64;
        let (first, last) = (error(first), error(last));
        self.first.record((first * PARTS) as u64);
        self.first_sum += first;
        self.final_sum += last;
    }

    /// Mean and p95 of the error at first publication, mean of the final error.
    pub fn summary(&self) -> [Option<f64>; 3] {
        let count = self.first.total();
        if count == 0 {
            return [None; 3];
        }
        let p95 = self.first.quantile(0.95).map(|parts| parts as f64 / PARTS);
        [Some(self.first_sum / count as f64), p95, Some(self.final_sum / count as f64)]
    }
}

/// A window between its first event and its last firing. Days of windows are watched, and most jobs have neither keys nor amounts.
#[derive(Clone, Debug, Default)]
struct Watched {
    /// Events that truly happened in it; 0 until that is known.
    truth: u64,
    /// Rows published first, once it was published.
    first: Option<u64>,
    /// Rows published in all.
    last: u64,
    parts: Option<Box<Parts>>,
}

/// What makes up a window, where it is more than a number.
#[derive(Clone, Debug, Default)]
struct Parts {
    truth: Option<TrueWindow>,
    first: Published,
    last: Published,
}

/// What a reader sees of a window but for its rows.
#[derive(Clone, Debug, Default)]
struct Published {
    keys: Option<KeyCounts>,
    amounts: Option<Amounts>,
}

impl Correctness {
    /// No window seen.
    #[must_use]
    pub fn new(grid: Grid, measured: Period) -> Self {
        Self {
            grid,
            measured,
            watched: BTreeMap::new(),
            settled: None,
            known_until: Instant::MIN,
            errors: Errors::default(),
        }
    }

    fn is_measured(&self, window: i64) -> bool {
        self.grid.start(window) >= self.measured.from
            && self.grid.end(window) <= self.measured.to
            && self.settled.is_none_or(|settled| window > settled)
    }

    /// The windows that truly ended before `until`, since the call before.
    pub fn truth(&mut self, windows: &[TrueWindow], until: Instant) {
        self.known_until = until;
        for truth in windows {
            if self.is_measured(truth.window) {
                let watched = self.watched.entry(truth.window).or_default();
                watched.truth = truth.events;
                if truth.keys.is_some() || truth.amounts.is_some() {
                    watched.parts.get_or_insert_default().truth = Some(truth.clone());
                }
                self.limit();
            }
        }
    }

    /// A window fired.
    pub fn fired(&mut self, firing: &Firing<'_>) {
        if !self.is_measured(firing.window) {
            return;
        }
        let watched = self.watched.entry(firing.window).or_default();
        watched.last += firing.rows;
        let is_first = watched.first.is_none();
        watched.first.get_or_insert(firing.rows);
        if firing.keys.is_some() || firing.amounts.is_some() {
            watched.parts.get_or_insert_default().fired(firing, is_first);
        }
        self.limit();
    }

    fn limit(&mut self) {
        if self.watched.len() > WATCHED
            && let Some((window, watched)) = self.watched.pop_first()
        {
            self.settle(window, &watched);
        }
    }

    /// No window that ends by `through` will fire any more.
    pub fn settled(&mut self, through: Instant) {
        while let Some(entry) = self.watched.first_entry()
            && self.grid.end(*entry.key()) <= through.min(self.known_until)
        {
            let (window, watched) = entry.remove_entry();
            self.settle(window, &watched);
        }
    }

    fn settle(&mut self, window: i64, watched: &Watched) {
        self.settled = self.settled.max(Some(window));
        watched.for_each_truth(|key, truth| {
            let [first, last] = watched.counts(key);
            self.errors.add(first, last, truth);
        });
    }

    /// Mean and p95 of the error at first publication, mean of the final error. A window that was
    /// never published is wrong by 100 %.
    #[must_use]
    pub fn errors(mut self) -> [Option<f64>; 3] {
        while let Some((window, watched)) = self.watched.pop_first() {
            self.settle(window, &watched);
        }
        self.errors.summary()
    }
}

impl Watched {
    /// Each true count: of the window, or of each of its keys. Where nothing truly happened, what was published is all error.
    fn for_each_truth(&self, mut visit: impl FnMut(Option<u32>, u64)) {
        match self.parts.as_ref().and_then(|parts| parts.truth.as_ref()) {
            Some(truth @ TrueWindow { keys: Some(keys), .. }) => {
                keys.iter().for_each(|(key, _)| visit(Some(key), truth.value(Some(key))));
            }
            Some(truth) => visit(None, truth.value(None)),
            None => visit(None, self.truth),
        }
    }

    /// What was published first and in the end, of the window or of a key.
    fn counts(&self, key: Option<u32>) -> [u64; 2] {
        let rows = [self.first.unwrap_or(0), self.last];
        match &self.parts {
            Some(parts) => [parts.first.count(key, rows[0]), parts.last.count(key, rows[1])],
            None if key.is_some() => [0; 2],
            None => rows,
        }
    }
}

impl Parts {
    /// The window fired.
    fn fired(&mut self, firing: &Firing<'_>, is_first: bool) {
        if let Some(added) = firing.keys {
            let keys = self.last.keys.get_or_insert_default();
            for (key, count) in added.iter() {
                keys.add_many(key, count);
            }
        }
        if let Some(added) = firing.amounts {
            match &mut self.last.amounts {
                Some(amounts) => amounts.add_up(added),
                None => {
                    let mut amounts = added.clone();
                    amounts.close();
                    self.last.amounts = Some(amounts);
                }
            }
        }
        if is_first {
            self.first = self.last.clone();
        }
    }
}

impl Published {
    /// The count of a key, or of all where rows are this many.
    fn count(&self, key: Option<u32>, rows: u64) -> u64 {
        if let Some(amounts) = &self.amounts {
            return amounts.get(key);
        }
        match (key, &self.keys) {
            (Some(key), Some(keys)) => u64::from(keys.get(key)),
            (Some(_), None) => 0,
            (None, _) => rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn errors_are_those_of_the_first_and_the_last_publication() {
        let measured = Period { from: Instant(0), to: Instant(100) };
        let mut correctness = Correctness::new(Grid { origin: Instant(0), size: Span(10), slide: Span(10) }, measured);
        let truth = |window, events| TrueWindow { window, events, keys: None, amounts: None };
        correctness.truth(&[truth(0, 10), truth(1, 10), truth(2, 4), truth(10, 99)], Instant(200));
        let fire = |window, rows| Firing {
            window,
            events: rows,
            rows,
            keys: None,
            amounts: None,
            visible: Instant(0),
            watermark: None,
            at_end: false,
        };
        // Window 0: first 8, then 10. Window 1: 11, a leaked duplicate. Window 2: never. 10: not measured.
        [fire(0, 8), fire(0, 2), fire(1, 11), fire(10, 1)].iter().for_each(|firing| correctness.fired(firing));
        correctness.settled(Instant(20));
        assert_eq!(correctness.watched.len(), 1);
        let [first, p95, last] = correctness.errors().map(Option::unwrap);
        assert!((first - (0.2 + 0.1 + 1.0) / 3.0).abs() < 1e-9);
        assert!((last - (0.0 + 0.1 + 1.0) / 3.0).abs() < 1e-9);
        assert!((p95 - 1.0).abs() < 0.01);
    }
}
