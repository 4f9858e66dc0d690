//! The control events at which a pipeline's levels are read.

use std::sync::Arc;

use super::dedup::Remembered;
use crate::scenario::Dedup;
use crate::units::{Instant, Span};

/// Walks through the probes and, one TTL before each, through the marks of the dedup state.
#[derive(Clone, Debug)]
pub struct Probes {
    at: Arc<[Instant]>,
    next: usize,
    next_mark: usize,
    ttl: Option<Span>,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Count what will have expired by a later probe.
    Mark,
    /// Read the levels.
    Probe,
}

impl Probes {
    /// All probes still to come.
    #[must_use]
    pub fn new(at: Arc<[Instant]>, dedup: Option<Dedup>) -> Self {
        let ttl = match dedup {
            Some(Dedup::Ttl(ttl)) => Some(ttl),
            _ => None,
        };
        let first_mark = ttl.map_or(at.len(), |ttl| at.partition_point(|probe| *probe - ttl < Instant(0)));
        Self { at, next: 0, next_mark: first_mark, ttl }
    }

    fn mark(&self) -> Instant {
        match (self.ttl, self.at.get(self.next_mark)) {
            (Some(ttl), Some(probe)) => *probe - ttl,
            _ => Instant::MAX,
        }
    }

    /// The next probe; [`Instant::MAX`] after the last.
    #[must_use]
    pub fn next_probe(&self) -> Instant {
        self.at.get(self.next).copied().unwrap_or(Instant::MAX)
    }

    /// The probes from the next one on.
    #[must_use]
    pub fn coming(&self) -> &[Instant] {
        &self.at[self.next..]
    }

    /// When the next probe or mark is due.
    #[must_use]
    pub fn next(&self) -> Instant {
        self.mark().min(self.next_probe())
    }

    /// Takes what is due: at one instant marks come first.
    pub fn pop(&mut self) -> Due {
        if self.mark() <= self.next_probe() {
            self.next_mark += 1;
            Due::Mark
        } else {
            self.next += 1;
            Due::Probe
        }
    }

    /// Ids held at the probe taken last.
    pub fn ids(&self, dedup: Option<&mut Remembered>) -> u64 {
        let probe = self.at[self.next - 1];
        let marked = self.ttl.is_some_and(|ttl| probe - ttl >= Instant(0));
        dedup.map_or(0, |dedup| dedup.ids(probe, marked))
    }
}
