//! Records of a window of few: kept one by one, and summed up when they become many.

use super::cohort::Cohort;
use super::facts::{Facts, Resolved};
use super::record::Record;
use super::setup::Setup;
use crate::units::{Instant, Period};

/// Records kept one by one; more become a cohort.
const FEW: usize = 4_096;

/// Records that wait to become visible together.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    few: Vec<Record>,
    many: Vec<Cohort>,
    /// Measured events among them.
    events: u64,
    /// Measured duplicates among them.
    leaked: u64,
}

impl Held {
    /// Adds a record.
    pub fn add(&mut self, record: Record, setup: &Setup) {
        if !record.first_delivery {
            self.leaked += u64::from(record.measured);
            return;
        }
        self.events += u64::from(record.measured);
        self.few.push(record);
        if self.few.len() >= FEW {
            self.sum_up(&setup.measured, setup);
        }
    }

    /// Takes over what another held.
    pub fn append(&mut self, mut other: Self) {
        self.few.append(&mut other.few);
        self.many.append(&mut other.many);
        self.events += other.events;
        self.leaked += other.leaked;
    }

    /// Measured events and duplicates.
    #[must_use]
    pub fn len(&self) -> (u64, u64) {
        (self.events, self.leaked)
    }

    /// Ages are counted back from the newest, so that none is negative.
    fn sum_up(&mut self, measured: &Period, setup: &Setup) {
        let newest = self.few.iter().map(|record| record.happened).max().unwrap_or(Instant::MIN);
        let mut cohort = setup.cohort(newest);
        for record in self.few.drain(..) {
            cohort.add(record.happened, record.arrival, true, measured);
            if record.measured {
                cohort.work(record.started, record.processed);
            }
        }
        self.many.push(cohort);
    }

    /// Reports all as held until `held` and visible at `visible`, and forgets them.
    pub fn release(&mut self, held: Instant, visible: Instant, on_time: bool, facts: &mut impl Facts) {
        for record in self.few.drain(..) {
            facts.event_visible(&record.visible(held, visible, on_time));
        }
        for mut cohort in self.many.drain(..) {
            if !on_time {
                cohort.late += std::mem::take(&mut cohort.on_time);
            }
            facts.cohort_visible(cohort, held, visible);
        }
        if self.leaked > 0 {
            facts.resolved(Resolved { duplicates_leaked: self.leaked, ..Resolved::default() });
        }
        (self.events, self.leaked) = (0, 0);
    }
}
