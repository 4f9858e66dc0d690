//! A continuous job: Flink's watermark, windows with allowed lateness, one worker.
//!
//! The way from the broker takes the same for all records, so what happens to one is known when it arrives,
//! once the ticks before its reading have been made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answers::{Answers, Ids};
use crate::{MINUTE, Period, Row, SECOND, WINDOW};

const FETCH: i64 = 5_000;
const SERVICE: i64 = 100;
const SINK: i64 = 10_000;
const BOUND: i64 = 15 * SECOND;
const TICK: i64 = 200_000;
const LATENESS: i64 = 5 * MINUTE;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Pane {
    events: Vec<i64>,
    rows: u64,
    fired: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Continuous {
    panes: BTreeMap<i64, Pane>,
    /// The first event time that the watermark does not cover.
    watermark: i64,
    largest: i64,
    next_tick: i64,
    /// When the worker is free.
    free: i64,
    ids: Ids,
    pub answers: Answers,
}

impl Continuous {
    pub fn new(period: Period) -> Self {
        Self {
            panes: BTreeMap::new(),
            watermark: i64::MIN,
            largest: i64::MIN,
            next_tick: period.from + TICK,
            free: i64::MIN,
            ids: Ids::default(),
            answers: Answers::new(period, 1.0, period.from),
        }
    }

    #[inline]
    pub fn deliver(&mut self, row: &Row) {
        let known = self.ids.knows(row);
        let read = row.arrival + FETCH;
        self.tick_until(read - 1);
        self.largest = self.largest.max(row.event);
        let started = self.free.max(read);
        self.free = started + SERVICE;
        self.answers.busy(started, self.free);
        if known {
            self.answers.removed += 1;
            return;
        }
        let window = row.event.div_euclid(WINDOW);
        let end = (window + 1) * WINDOW;
        if end + LATENESS <= self.watermark {
            self.answers.late(row);
            return;
        }
        let pane = self.panes.entry(window).or_default();
        let first = row.first.is_none();
        if end > self.watermark {
            pane.rows += 1;
            if first {
                pane.events.push(row.event);
            } else {
                self.answers.leaked += 1;
            }
            return;
        }
        let on_time = !std::mem::replace(&mut pane.fired, true);
        self.answers.fire(window, 1);
        if first {
            self.answers.visible(row.event, self.free + SINK, on_time);
            self.answers.refreshed(row.event, self.free + SINK);
        } else {
            self.answers.leaked += 1;
        }
    }

    /// Makes the ticks up to an instant.
    #[inline]
    pub fn tick_until(&mut self, until: i64) {
        while self.next_tick <= until {
            self.tick(self.next_tick);
            self.next_tick += TICK;
        }
    }

    fn tick(&mut self, now: i64) {
        let watermark = self.largest.saturating_sub(BOUND);
        if watermark <= self.watermark {
            return;
        }
        self.watermark = watermark;
        // The watermark follows the records read before it through the worker.
        let visible = now.max(self.free) + SINK;
        for (window, pane) in &mut self.panes {
            if (window + 1) * WINDOW > watermark {
                break;
            }
            if std::mem::replace(&mut pane.fired, true) {
                continue;
            }
            let events = std::mem::take(&mut pane.events);
            self.answers.fire(*window, pane.rows);
            self.answers.refreshed(events.iter().copied().max().unwrap_or(i64::MIN), visible);
            events.iter().for_each(|event| self.answers.visible(*event, visible, true));
        }
        while let Some(pane) = self.panes.first_entry().filter(|pane| (pane.key() + 1) * WINDOW + LATENESS <= watermark)
        {
            pane.remove();
        }
    }

    pub fn probe(&mut self, now: i64) {
        self.tick_until(now);
        let ids = self.ids.held(now);
        self.answers.probe(now, ids);
    }
}
