//! A micro-batch: Spark's trigger, its two watermarks, update mode.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answers::{Answers, Ids};
use crate::{MINUTE, Period, Row, SECOND, WINDOW};

const TRIGGER: i64 = MINUTE;
const OVERHEAD: i64 = 600_000;
const ROWS_A_SECOND: i64 = 100_000;
const DELAY: i64 = 15 * SECOND;
const CORES: f64 = 4.0;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MicroBatch {
    /// Event times of the first deliveries that the coming batch shows.
    batch: Vec<i64>,
    /// All rows of the coming batch.
    rows: i64,
    /// Rows by window that are not yet published.
    windows: BTreeMap<i64, u64>,
    watermark: i64,
    watermark_before: i64,
    largest: i64,
    trigger_before: i64,
    ids: Ids,
    pub answers: Answers,
}

impl MicroBatch {
    pub fn new(period: Period) -> Self {
        Self {
            batch: Vec::new(),
            rows: 0,
            windows: BTreeMap::new(),
            watermark: i64::MIN,
            watermark_before: i64::MIN,
            largest: i64::MIN,
            trigger_before: i64::MIN,
            ids: Ids::default(),
            answers: Answers::new(period, CORES, period.from),
        }
    }

    /// The first trigger from an instant on.
    pub fn due(from: i64) -> i64 {
        (from - 1).div_euclid(TRIGGER) * TRIGGER + TRIGGER
    }

    #[inline]
    pub fn deliver(&mut self, row: &Row) {
        self.rows += 1;
        self.largest = self.largest.max(row.event);
        if self.ids.knows(row) {
            self.answers.removed += 1;
            return;
        }
        let window = row.event.div_euclid(WINDOW);
        if (window + 1) * WINDOW <= self.watermark_before {
            self.answers.late(row);
            return;
        }
        *self.windows.entry(window).or_default() += 1;
        match row.first {
            None => self.batch.push(row.event),
            Some(_) => self.answers.leaked += 1,
        }
    }

    /// A trigger; gives the next.
    pub fn trigger(&mut self, now: i64) -> i64 {
        let mut end = now;
        if self.rows > 0 || self.watermark > self.watermark_before {
            end += OVERHEAD + self.rows * SECOND / ROWS_A_SECOND;
            self.answers.busy(now, end);
            self.rows = 0;
            let mut newest = i64::MIN;
            for event in self.batch.drain(..) {
                let over = (event.div_euclid(WINDOW) + 1) * WINDOW;
                newest = newest.max(event);
                self.answers.visible(event, end, over > self.trigger_before);
            }
            self.answers.refreshed(newest, end);
            self.watermark_before = self.watermark;
            self.watermark = self.watermark.max(self.largest.saturating_sub(DELAY));
        }
        // What a reader finds when a window is over.
        while let Some(window) = self.windows.first_entry().filter(|window| (window.key() + 1) * WINDOW <= now) {
            let (window, rows) = window.remove_entry();
            self.answers.fire(window, rows);
        }
        self.trigger_before = now;
        Self::due(now + 1).max(end)
    }

    pub fn probe(&mut self, now: i64) {
        let ids = self.ids.held(now);
        self.answers.probe(now, ids);
    }
}
