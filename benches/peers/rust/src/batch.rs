//! A batch: scheduled runs over closed periods of event time, with lookback.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answers::Answers;
use crate::{DAY, HOUR, MINUTE, Period, Row, SECOND, WINDOW};

const ROWS_A_SECOND: i64 = 100_000;
const CORES: f64 = 8.0;

/// Rows of a period.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Partition {
    /// Event times of first deliveries that no run has read.
    new: Vec<i64>,
    /// Rows and ids, read or not.
    rows: u64,
    ids: u64,
}

/// A run in progress.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Run {
    number: i64,
    ids: u64,
    kept: Vec<(bool, Vec<i64>)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Batch {
    every: i64,
    start_after: i64,
    overhead: i64,
    lookback: i64,
    /// The period that is published next.
    next: i64,
    table: BTreeMap<i64, Partition>,
    running: Option<Run>,
    waits: bool,
    pub answers: Answers,
}

impl Batch {
    pub fn daily(period: Period) -> Self {
        Self::new(period, DAY, 30 * MINUTE, 3 * MINUTE, 1)
    }

    pub fn hourly(period: Period) -> Self {
        Self::new(period, HOUR, 5 * MINUTE, MINUTE, 3)
    }

    fn new(period: Period, every: i64, start_after: i64, overhead: i64, lookback: i64) -> Self {
        let next = period.from.div_euclid(every);
        let mut answers = Answers::new(period, CORES, (next - 1) * every);
        answers.refreshed(next * every, next * every + start_after + overhead);
        let (table, running, waits) = (BTreeMap::new(), None, false);
        Self { every, start_after, overhead, lookback, next, table, running, waits, answers }
    }

    /// When the next run is due.
    pub fn due(&self) -> i64 {
        (self.next + 1) * self.every + self.start_after
    }

    #[inline]
    pub fn deliver(&mut self, row: &Row) {
        let number = row.event.div_euclid(self.every);
        if self.next - number > self.lookback {
            self.answers.late(row);
            return;
        }
        let partition = self.table.entry(number).or_default();
        partition.rows += 1;
        // A retry has its event's time: whatever run reads it reads the first delivery, too.
        if row.first.is_some() {
            self.answers.removed += 1;
        } else {
            partition.ids += 1;
            partition.new.push(row.event);
        }
    }

    /// A run is due; gives when it ends, unless the one before it is still running.
    pub fn start(&mut self, now: i64) -> Option<i64> {
        if self.running.is_some() {
            self.waits = true;
            return None;
        }
        let number = self.next;
        self.table.retain(|period, _| *period >= number - self.lookback);
        let (mut rows, mut ids, mut kept) = (0, 0, Vec::new());
        for (period, partition) in self.table.range_mut(..=number) {
            rows += partition.rows;
            ids += partition.ids;
            kept.push((*period == number, std::mem::take(&mut partition.new)));
        }
        let end = now + self.overhead + rows as i64 * SECOND / ROWS_A_SECOND;
        self.answers.busy(now, end);
        self.answers.peak(ids);
        self.running = Some(Run { number, ids, kept });
        self.next += 1;
        Some(end)
    }

    /// The run ends; gives when one that has waited for it does.
    pub fn finish(&mut self, now: i64) -> Option<i64> {
        let run = self.running.take()?;
        let mut windows: BTreeMap<i64, u64> = BTreeMap::new();
        let mut newest = i64::MIN;
        for (on_time, events) in run.kept {
            for event in events {
                newest = newest.max(event);
                self.answers.visible(event, now, on_time);
                *windows.entry(event.div_euclid(WINDOW)).or_default() += 1;
            }
        }
        windows.into_iter().for_each(|(window, rows)| self.answers.fire(window, rows));
        self.answers.refreshed(newest, now);
        debug_assert!(run.number < self.next);
        if std::mem::take(&mut self.waits) { self.start(now) } else { None }
    }

    pub fn probe(&mut self, now: i64) {
        self.answers.probe(now, self.running.as_ref().map_or(0, |run| run.ids));
    }
}
