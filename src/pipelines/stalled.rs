//! What comes to a streaming job that is out of memory: it is counted, and stays pending.

use super::facts::Levels;
use super::setup::Setup;
use crate::workload::Rows;

/// Whether memory has run out, and what has come since.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stalled {
    is_dead: bool,
    /// Measured first deliveries and duplicates.
    measured: (u64, u64),
    /// All deliveries.
    all: u64,
}

impl Stalled {
    /// Memory has run out.
    pub fn die(&mut self) {
        self.is_dead = true;
    }

    /// Whether it has.
    #[inline]
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.is_dead
    }

    /// Rows come, and nobody takes them.
    #[cold]
    pub fn count(&mut self, rows: Rows<'_>, setup: &Setup) {
        self.all += rows.len() as u64;
        for row in (0..rows.len()).filter(|row| setup.measured.contains(rows.happened(*row))) {
            let is_first = rows.earlier(row).is_none();
            self.measured.0 += u64::from(is_first);
            self.measured.1 += u64::from(!is_first);
        }
    }

    /// Measured first deliveries and duplicates that came since.
    #[must_use]
    pub fn held(&self) -> (u64, u64) {
        self.measured
    }

    /// What is to be seen of it: a backlog that grows from what waited before.
    #[must_use]
    pub fn levels(&self, before: u64) -> Levels {
        Levels { backlog: before + self.all, ..Levels::default() }
    }
}
