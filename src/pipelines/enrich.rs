//! The side input: rows of a dimension table that events are joined to, and how outdated they are.
//!
//! **Scope.** Rows change as a Poisson process of a rate for each key. A snapshot is taken at UTC multiples of `refresh` and
//! is in use `load` later, so that its age at a join lies between `load` and `refresh` + `load`; a row of age a has changed with probability
//! 1 − exp(−rate · a). These probabilities are summed up, not drawn. Streams join what they take (a record when it is read, a
//! micro-batch at its start). A batch loads the newest snapshot at the start of each run, which takes `load` longer. With a look-up a continuous
//! pipeline asks for a key whose row it holds for longer than the TTL, which takes the worker that much longer.
//!
//! **Limits.** The cache is a table of 2^20 places by key; keys that share a place displace one another. A batch looks at one age
//! for all its rows. A load keeps one core busy beside the pipeline's own.
//!
//! **Parameters**: `scenario::Enrich`; no defaults but load and bytes of 0, for they are the scenario's assumption.
//! **Validation**: the mean over an age that is uniform on [0, T], 1 − (1 − e^(−λT))/(λT), in `tests/theory/enrich.rs`.

use crate::scenario::{Enrich as Model, Refresh};
use crate::units::{Instant, Period, Span};

/// Places of the cache.
const PLACES: usize = 1 << 20;

/// What was joined since the last report; within the measured period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Joined {
    /// Rows joined.
    pub rows: u64,
    /// Expected rows that were joined to an outdated row.
    pub outdated: f64,
    /// Loads of a snapshot by a run, or of a row.
    pub loads: u64,
}

/// The side input of one pipeline.
#[derive(Clone, Debug)]
pub(super) struct Enrich {
    /// Changes of a row a microsecond.
    changes: f64,
    refresh: Refresh,
    measured: Period,
    epoch: Instant,
    /// Key and time of its load, by place.
    cache: Vec<(u32, Instant)>,
    joined: Joined,
}

impl Enrich {
    /// Nothing loaded by the cache yet.
    pub fn new(model: &Model, keys: u32, measured: Period, epoch: Instant) -> Self {
        let places = match model.refresh {
            Refresh::Lookup { .. } => (keys as usize).next_power_of_two().min(PLACES),
            Refresh::Snapshot { .. } => 0,
        };
        Self {
            changes: model.changes.0 / 1e6,
            refresh: model.refresh.clone(),
            measured,
            epoch,
            cache: vec![(0, Instant::MIN); places],
            joined: Joined::default(),
        }
    }

    /// Joins `rows` at an instant to the newest snapshot.
    pub fn join(&mut self, at: Instant, rows: u64) {
        if let Refresh::Snapshot { every, load } = self.refresh {
            let age = (at - load - (at - load).floor_to(every, self.epoch)) + load;
            self.count(at, rows, age);
        }
    }

    /// A run loads the snapshot; gives how long that takes.
    pub fn load(&mut self, at: Instant) -> Span {
        let Refresh::Snapshot { load, .. } = self.refresh else { return Span::ZERO };
        self.joined.loads += u64::from(self.measured.contains(at));
        load
    }

    /// Joins one record; gives how much longer its worker takes for it.
    #[inline]
    pub fn join_record(&mut self, key: u32, at: Instant) -> Span {
        let Refresh::Lookup { ttl, takes } = self.refresh else {
            self.join(at, 1);
            return Span::ZERO;
        };
        let place = key as usize & self.cache.len().wrapping_sub(1);
        let Some(entry) = self.cache.get_mut(place) else { return takes };
        let holds = entry.0 == key && entry.1 > Instant::MIN && at - entry.1 < ttl;
        if !holds {
            *entry = (key, at);
        }
        let age = at - entry.1;
        self.count(at, 1, age);
        if holds {
            return Span::ZERO;
        }
        self.joined.loads += u64::from(self.measured.contains(at));
        takes
    }

    fn count(&mut self, at: Instant, rows: u64, age: Span) {
        if self.measured.contains(at) {
            self.joined.rows += rows;
            self.joined.outdated -= (-self.changes * age.0 as f64).exp_m1() * rows as f64;
        }
    }

    /// What was joined since the last report.
    pub fn report(&mut self) -> Joined {
        std::mem::take(&mut self.joined)
    }
}
