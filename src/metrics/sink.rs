//! Files of a table: how many, how large, and what compacting or rewriting them takes.
//!
//! A commit makes a file for each writer and each partition of event time that it touches, so that
//! files a day = commits × writers × partitions touched. Rows are events, or with aligned windows their results.

use std::collections::{BTreeMap, BTreeSet};

use crate::pipelines::{Cohort, Firing, VisibleEvent};
use crate::scenario::SinkKind;
use crate::units::{Instant, Period, Span};
use crate::workload::Grid;

/// Commits whose partitions may still grow.
const OPEN: usize = 64;

/// What a pipeline writes to its table.
#[derive(Clone, Debug)]
pub struct Table {
    measured: Period,
    epoch: Instant,
    partition: Span,
    /// Writers of each partition.
    writers: u32,
    row_bytes: f64,
    /// Bytes that one core compacts in an hour.
    compacts: Option<f64>,
    grid: Option<Grid>,
    open: BTreeMap<Instant, BTreeSet<i64>>,
    commits: u64,
    files: u64,
    rows: u64,
    rewritten: f64,
}

/// What was written in a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Written {
    /// Commits.
    pub commits: f64,
    /// Files.
    pub files: f64,
    /// Mean bytes of a file; `None` without one.
    pub file_bytes: Option<f64>,
    /// Bytes of partitions rewritten.
    pub rewritten: f64,
    /// Core-hours of compaction; `None` without it.
    pub compaction: Option<f64>,
}

impl Table {
    /// The table of a sink, if it is one.
    #[must_use]
    pub fn new(sink: &SinkKind, measured: Period, epoch: Instant, grid: Option<Grid>) -> Option<Self> {
        let (partition, writers, row_bytes, compaction) = match sink {
            SinkKind::Iceberg { partition, writers, row_bytes, compaction } => {
                (*partition, *writers, *row_bytes, *compaction)
            }
            SinkKind::Hive { partition, row_bytes, .. } => (*partition, 1, *row_bytes, None),
            _ => return None,
        };
        Some(Self {
            measured,
            epoch,
            partition,
            writers,
            row_bytes: row_bytes.0 as f64,
            compacts: compaction.map(|bytes| bytes.0 as f64 * 3_600.0),
            grid,
            open: BTreeMap::new(),
            commits: 0,
            files: 0,
            rows: 0,
            rewritten: 0.0,
        })
    }

    /// Events became visible together.
    pub fn cohort(&mut self, cohort: &Cohort, visible: Instant) {
        if self.grid.is_some() || !self.measured.contains(visible) {
            return;
        }
        for (partition, count) in cohort.partitions.iter().flat_map(|partitions| partitions.iter()) {
            self.touch(visible, partition);
            self.rows += count;
        }
    }

    /// One event became visible by itself.
    pub fn event(&mut self, event: &VisibleEvent) {
        if self.grid.is_none() && self.measured.contains(event.visible) {
            self.touch(event.visible, self.partition_of(event.event_time));
            self.rows += 1;
        }
    }

    /// A window fired.
    pub fn fired(&mut self, firing: &Firing<'_>) {
        let Some(grid) = self.grid.filter(|_| self.measured.contains(firing.visible)) else { return };
        self.touch(firing.visible, self.partition_of(grid.start(firing.window)));
        self.rows += firing.keys.map_or(1, crate::workload::KeyCounts::entries);
    }

    /// Partitions were rewritten.
    pub fn rewritten(&mut self, at: Instant, bytes: f64) {
        if self.measured.contains(at) {
            self.rewritten += bytes;
        }
    }

    fn partition_of(&self, at: Instant) -> i64 {
        (at - self.epoch).0.div_euclid(self.partition.0)
    }

    fn touch(&mut self, visible: Instant, partition: i64) {
        self.open.entry(visible).or_default().insert(partition);
        while self.open.len() > OPEN {
            self.close();
        }
    }

    fn close(&mut self) {
        if let Some((_, partitions)) = self.open.pop_first() {
            self.commits += 1;
            self.files += partitions.len() as u64 * u64::from(self.writers);
        }
    }

    /// What was written in a day, of which `days` were measured; `sample` rows stand behind each event.
    #[must_use]
    pub fn written(mut self, days: f64, sample: u32) -> Written {
        while !self.open.is_empty() {
            self.close();
        }
        let scale = if self.grid.is_some() { 1.0 } else { f64::from(sample) };
        let bytes = self.rows as f64 * scale * self.row_bytes;
        Written {
            commits: self.commits as f64 / days,
            files: self.files as f64 / days,
            file_bytes: (self.files > 0).then(|| bytes / self.files as f64),
            rewritten: self.rewritten / days,
            compaction: self.compacts.map(|an_hour| bytes / an_hour / days),
        }
    }
}
