//! How much memory the state of a pipeline takes.
//!
//! Bytes of an id and of a window entry come from the scenario's stores; they are measured on real engines or taken from
//! their makers (`scenario::Store`). What lies on disk takes no memory, but is part of a checkpoint.

use super::facts::Levels;
use crate::scenario::{Pipeline, Store};

/// Bytes of what a pipeline holds.
#[derive(Clone, Copy, Debug)]
pub struct Footprint {
    per_id: f64,
    /// Bytes of dedup state whatever it holds.
    fixed: f64,
    per_entry: f64,
    ids_on_disk: bool,
    limit: f64,
}

impl Footprint {
    /// That of a pipeline.
    #[must_use]
    pub fn new(pipeline: &Pipeline) -> Self {
        Self {
            per_id: pipeline.bytes_per_id,
            fixed: pipeline.dedup.and_then(|dedup| dedup.fixed_bytes()).unwrap_or(0.0),
            per_entry: pipeline.bytes_per_entry,
            ids_on_disk: pipeline.store.is_some_and(Store::is_on_disk),
            limit: pipeline.memory_limit.unwrap_or(f64::INFINITY),
        }
    }

    /// Bytes of that many ids.
    #[must_use]
    pub fn id_bytes(&self, ids: u64) -> f64 {
        self.fixed + ids as f64 * self.per_id
    }

    /// Bytes of dedup and window state, wherever they lie.
    #[must_use]
    pub fn state(&self, levels: &Levels) -> f64 {
        self.id_bytes(levels.dedup_ids) + levels.window_entries as f64 * self.per_entry
    }

    /// Bytes of memory: state that is not on disk, and rows that are processed at once.
    #[must_use]
    pub fn working_set(&self, levels: &Levels) -> f64 {
        let entries = levels.window_entries as f64 * self.per_entry;
        let ids = if self.ids_on_disk { 0.0 } else { self.id_bytes(levels.dedup_ids) };
        ids + entries + levels.row_bytes as f64
    }

    /// The memory that there is as a share of what is needed, at most 1.
    #[must_use]
    pub fn share(&self, levels: &Levels) -> f64 {
        (self.limit / self.working_set(levels)).min(1.0)
    }

    /// Whether that is more than there is.
    #[must_use]
    pub fn outgrows(&self, levels: &Levels) -> bool {
        self.working_set(levels) > self.limit
    }
}
