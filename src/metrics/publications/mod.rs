//! Every publication of one pipeline as a row: full counts, where a pipeline tells only what is added.

mod spool;

use std::collections::{BTreeMap, HashMap};

pub use spool::{PublicationRows, PublishedRows};

use crate::error::{Error, Problem, Result};
use crate::pipelines::{Firing, GroupFiring};
use crate::units::{Instant, Period};
use crate::workload::Grid;

/// Rows of a pipeline at most.
const MOST: u64 = 20_000_000;

/// One firing of a window, or of one key in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The window; `None` for the last rows of a key.
    pub window: Option<Period>,
    /// The key; `None` when windows count all keys together.
    pub key: Option<u32>,
    /// The count, or what else the job's windows compute, as the reader sees it: what earlier firings published included.
    pub count: u64,
    /// How many times the window, or the key in it, was published before; for a session whether it, or a part
    /// of it, was.
    pub firing: u32,
    /// When a reader sees it.
    pub at: Instant,
    /// The watermark that made it fire, if one did and the input had not ended.
    pub watermark: Option<Instant>,
    /// Whether the end of the input made it fire.
    pub at_end: bool,
}

/// Makes rows of firings and puts them on disk. In memory are the counts of windows that may fire again.
#[derive(Debug)]
pub(super) struct Publications {
    /// The job's windows, if they are aligned.
    grid: Option<Grid>,
    sample: u64,
    /// By end and start of the window, so that settled windows come first.
    open: BTreeMap<(Instant, Instant), Totals>,
    rows: PublishedRows,
    most: u64,
    failure: Option<Error>,
}

/// What was published of a window: as a whole, or by key.
#[derive(Clone, Debug, Default)]
struct Totals {
    whole: Total,
    keys: HashMap<u32, Total>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Total {
    /// Rows that firings have added.
    fired: u64,
    /// What they have added to the value.
    value: u64,
    /// The count of the row before.
    shown: u64,
    /// Rows before.
    rows: u32,
}

impl Publications {
    /// Nothing fired. One delivery stands for `sample` of them.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub fn new(grid: Option<Grid>, sample: u32) -> Result<Self> {
        Self::of_at_most(MOST, grid, sample)
    }

    fn of_at_most(most: u64, grid: Option<Grid>, sample: u32) -> Result<Self> {
        let rows = PublishedRows::new()?;
        Ok(Self { grid, sample: sample.into(), open: BTreeMap::new(), rows, most, failure: None })
    }

    /// A window fired.
    pub fn fired(&mut self, firing: &Firing<'_>) {
        self.publish(firing, true);
    }

    /// A window that is not over showed what it will fire by and by.
    pub fn updated(&mut self, update: &Firing<'_>) {
        self.publish(update, false);
    }

    /// The only place that knows how a firing names its window.
    fn window(&self, firing: &Firing<'_>) -> Option<Period> {
        self.grid.map(|grid| Period { from: grid.start(firing.window), to: grid.end(firing.window) })
    }

    /// A session or the last rows of a key fired, with its whole count.
    pub fn group_fired(&mut self, firing: &GroupFiring) {
        let row = Publication {
            window: firing.window,
            key: firing.key,
            count: firing.value.saturating_mul(self.sample),
            firing: firing.again.into(),
            at: firing.visible,
            watermark: firing.watermark.filter(|_| !firing.at_end),
            at_end: firing.at_end,
        };
        write(&mut self.rows, &row, self.most, &mut self.failure);
    }

    fn publish(&mut self, firing: &Firing<'_>, fires: bool) {
        let Some(window) = self.window(firing) else { return };
        let totals = self.open.entry((window.to, window.from)).or_default();
        // The last watermark is no instant.
        let watermark = firing.watermark.filter(|_| !firing.at_end);
        let mut row = Publication {
            window: Some(window),
            key: None,
            count: 0,
            firing: 0,
            at: firing.visible,
            watermark,
            at_end: firing.at_end,
        };
        let Some(keys) = firing.keys else {
            let value = firing.amounts.map_or(firing.rows, |amounts| amounts.get(None));
            if let Some((value, before)) = totals.whole.show(firing.rows, value, fires) {
                (row.count, row.firing) = (value.saturating_mul(self.sample), before);
                write(&mut self.rows, &row, self.most, &mut self.failure);
            }
            return;
        };
        for (key, added) in keys.iter() {
            let total = totals.keys.entry(key).or_default();
            let value = firing.amounts.map_or(added.into(), |amounts| amounts.get(Some(key)));
            if let Some((value, before)) = total.show(added.into(), value, fires) {
                (row.key, row.count, row.firing) = (Some(key), value.saturating_mul(self.sample), before);
                write(&mut self.rows, &row, self.most, &mut self.failure);
            }
        }
    }

    /// No window that ends by `through` will fire any more.
    pub fn settled(&mut self, through: Instant) {
        while let Some(entry) = self.open.first_entry()
            && entry.key().0 <= through
        {
            entry.remove();
        }
    }

    /// Why rows are missing, if they are.
    pub fn check(&mut self) -> Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    /// All rows.
    pub fn finish(self) -> PublishedRows {
        self.rows
    }
}

impl Total {
    /// The value with what was added, and how many rows came before; `None` when a reader has seen it.
    fn show(&mut self, added: u64, grown: u64, fires: bool) -> Option<(u64, u32)> {
        let count = self.fired + added;
        if fires {
            self.fired = count;
            self.value += grown;
        }
        let value = if fires { self.value } else { self.value + grown };
        let before = self.rows;
        let is_new = count != self.shown;
        self.shown = count;
        self.rows += u32::from(is_new);
        is_new.then_some((value, before))
    }
}

fn write(rows: &mut PublishedRows, row: &Publication, most: u64, failure: &mut Option<Error>) {
    if failure.is_some() {
        return;
    }
    if rows.count() == most {
        *failure = Some(Error::input(Problem {
            file: "--emit".to_owned(),
            position: None,
            field: None,
            what: format!("a pipeline publishes more than {most} rows, the most that are written"),
            remedy: "count in larger windows or globally, allow less lateness, or measure for a shorter time"
                .to_owned(),
        }));
    } else {
        *failure = rows.push(row).err();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;
    use crate::workload::KeyCounts;

    fn firing(window: i64, rows: u64, keys: Option<&KeyCounts>) -> Firing<'_> {
        let watermark = Some(Instant(7));
        Firing { window, events: rows, rows, keys, amounts: None, visible: Instant(90), watermark, at_end: false }
    }

    fn publications(most: u64) -> Publications {
        Publications::of_at_most(most, Some(Grid { origin: Instant(0), size: Span(10), slide: Span(10) }), 3).unwrap()
    }

    fn seen(publications: Publications) -> Vec<(i64, Option<u32>, u64, u32)> {
        let rows = publications.finish().read().unwrap().map(Result::unwrap);
        rows.map(|row| (row.window.unwrap().from.0, row.key, row.count, row.firing)).collect()
    }

    #[test]
    fn counts_are_full_and_firings_are_numbered() {
        let mut publications = publications(MOST);
        [(0, 4), (1, 2), (0, 1)].iter().for_each(|(window, rows)| publications.fired(&firing(*window, *rows, None)));
        publications.settled(Instant(10));
        assert_eq!(publications.open.len(), 1);
        assert_eq!(seen(publications), [(0, None, 12, 0), (10, None, 6, 0), (0, None, 15, 1)]);
    }

    #[test]
    fn each_key_fires_by_itself() {
        let counts = |keys: &[u32]| {
            let mut counts = KeyCounts::default();
            keys.iter().for_each(|key| assert!(counts.add(*key) || *key == 5));
            counts
        };
        let (first, late, new) = (counts(&[5, 5, 9]), counts(&[5]), counts(&[2]));
        let mut publications = publications(MOST);
        [&first, &late, &new].iter().for_each(|keys| publications.fired(&firing(0, 1, Some(keys))));
        let expected = [(0, Some(5), 6, 0), (0, Some(9), 3, 0), (0, Some(5), 9, 1), (0, Some(2), 3, 0)];
        assert_eq!(seen(publications), expected);
    }

    #[test]
    fn what_a_reader_has_seen_already_is_no_publication() {
        let mut publications = publications(MOST);
        publications.updated(&firing(0, 4, None));
        publications.updated(&firing(0, 6, None));
        publications.updated(&firing(0, 6, None));
        publications.fired(&firing(0, 6, None));
        publications.fired(&firing(0, 1, None));
        assert_eq!(seen(publications), [(0, None, 12, 0), (0, None, 18, 1), (0, None, 21, 2)]);
    }

    #[test]
    fn too_many_rows_are_refused_and_not_cut() {
        let mut publications = publications(2);
        (0..2).for_each(|window| publications.fired(&firing(window, 1, None)));
        assert!(publications.check().is_ok());
        publications.fired(&firing(2, 1, None));
        let error = publications.check().unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().contains("more than 2 rows"), "{error}");
    }
}
