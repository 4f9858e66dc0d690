//! The ids that a slow twin remembers: in hash maps, one entry for each.

use std::collections::{HashMap, HashSet};

use millstream::scenario::Dedup;
use millstream::units::Span;

use crate::findings::Ground;
use crate::input::Delivery;

/// What is remembered: an id, where the kind says so with its window or event time.
type Key = (usize, Option<i64>);

/// Milliseconds since 1970 of an instant.
fn millis(at: i64, epoch: i64) -> i64 {
    (at - epoch).div_euclid(1_000)
}

/// Ids of a pipeline.
pub struct Ids {
    dedup: Option<Dedup>,
    epoch: i64,
    /// When an entry was made, by the clock, or when it expires, in milliseconds or microseconds since 1970.
    entries: HashMap<Key, i64>,
    newer: HashSet<usize>,
    older: HashSet<usize>,
    next_rotation: i64,
    /// Spark: entries after the last batch.
    pub after_batch: usize,
}

impl Ids {
    pub fn new(ground: &Ground<'_>) -> Self {
        Self {
            dedup: ground.dedup,
            epoch: ground.epoch,
            entries: HashMap::new(),
            newer: HashSet::new(),
            older: HashSet::new(),
            next_rotation: match ground.dedup {
                Some(Dedup::Generations(every)) => every.0,
                _ => i64::MAX,
            },
            after_batch: 0,
        }
    }

    /// Whether the watermark decides what is remembered.
    pub fn by_watermark(&self) -> bool {
        !matches!(self.dedup, None | Some(Dedup::Ttl(_) | Dedup::Unbounded | Dedup::Generations(_)))
    }

    fn rotate(&mut self) {
        let Some(Dedup::Generations(every)) = self.dedup else { return };
        self.older = std::mem::take(&mut self.newer);
        self.next_rotation += every.0;
    }

    /// Whether a delivery is recognised by the clock; one that is not makes an entry.
    pub fn knows(&mut self, row: &Delivery, now: i64) -> bool {
        match self.dedup {
            Some(Dedup::Ttl(ttl)) => {
                let known = self.entries.get(&(row.id, None)).is_some_and(|made| now - made < ttl.0);
                if !known {
                    self.entries.insert((row.id, None), now);
                }
                known
            }
            Some(Dedup::Unbounded) => self.entries.insert((row.id, None), now).is_some(),
            Some(Dedup::Generations(_)) => {
                while self.next_rotation < now {
                    self.rotate();
                }
                self.older.contains(&row.id) || !self.newer.insert(row.id)
            }
            _ => false,
        }
    }

    /// The same for a record that Flink reads, whose window is given if it still takes it.
    pub fn flink_knows(&mut self, row: &Delivery, window: Option<(i64, i64)>, lateness: i64) -> bool {
        let timer = match (self.dedup, window) {
            (Some(Dedup::EventTime(ttl)), _) => Some((None, millis(row.event_time, self.epoch) + ttl.0 / 1_000)),
            (Some(Dedup::Window), Some((window, end))) => {
                Some((Some(window), millis(end, self.epoch) - 1 + lateness / 1_000))
            }
            _ => None,
        };
        let Some((scope, timer)) = timer else { return false };
        let known = self.entries.contains_key(&(row.id, scope));
        if !known {
            self.entries.insert((row.id, scope), timer);
        }
        known
    }

    /// Flink's watermark has risen: timers run.
    pub fn flink_rises(&mut self, watermark: i64) {
        if self.by_watermark() {
            let printed = millis(watermark, self.epoch) - 1;
            self.entries.retain(|_, timer| *timer > printed);
        }
    }

    /// Whether Spark drops a row as late before it looks for duplicates.
    pub fn spark_drops(&self, row: &Delivery, watermark_before: i64, has_window: bool) -> bool {
        let filters = self.by_watermark() || (self.dedup == Some(Dedup::Unbounded) && has_window);
        filters && row.event_time - self.epoch <= millis(watermark_before, self.epoch) * 1_000
    }

    /// Whether Spark recognises a row; one that is not makes an entry.
    pub fn spark_knows(&mut self, row: &Delivery, delay: Span) -> bool {
        let (scope, delay) = match self.dedup {
            Some(Dedup::UntilWatermark) => (Some(row.event_time), 0),
            Some(Dedup::WithinWatermark) => (None, delay.0),
            _ => return self.knows(row, row.arrival),
        };
        let known = self.entries.contains_key(&(row.id, scope));
        if !known {
            self.entries.insert((row.id, scope), row.event_time - self.epoch + delay);
        }
        known
    }

    /// A batch evicts by its watermark.
    pub fn spark_evicts(&mut self, watermark: i64) {
        if self.by_watermark() {
            let watermark = millis(watermark, self.epoch) * 1_000;
            self.entries.retain(|_, expiry| *expiry > watermark);
        }
        self.after_batch = self.entries.len();
    }

    /// Ids held; by the clock those at `now`.
    pub fn held(&mut self, now: i64) -> u64 {
        match self.dedup {
            Some(Dedup::Ttl(ttl)) => self.entries.values().filter(|made| now - **made < ttl.0).count() as u64,
            Some(Dedup::Generations(_)) => {
                while self.next_rotation <= now {
                    self.rotate();
                }
                (self.newer.len() + self.older.len()) as u64
            }
            _ => self.entries.len() as u64,
        }
    }
}
