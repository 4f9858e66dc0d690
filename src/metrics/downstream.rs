//! When what is made from a published dataset lands.

use super::latency::Landings;
use super::results::Row;
use crate::units::{HOUR, Instant, Period};

/// Datasets that are made from the results of a batch.
#[derive(Clone, Debug)]
pub struct Downstream {
    measured: Period,
    landings: Landings,
    core_micros: f64,
}

impl Downstream {
    /// Nothing made.
    #[must_use]
    pub fn new(measured: Period) -> Self {
        Self { measured, landings: Landings::default(), core_micros: 0.0 }
    }

    /// A dataset was made.
    pub fn made(&mut self, core_micros: f64) {
        self.core_micros += core_micros;
    }

    /// The last one of a period that ended at `end` landed.
    pub fn all_made(&mut self, end: Instant, at: Instant) {
        self.landings.landed(end, at, &self.measured);
    }

    /// Core-hours in all.
    #[must_use]
    pub fn core_hours(&self) -> f64 {
        self.core_micros / HOUR as f64
    }

    /// The measures, for so many days.
    pub(super) fn rows(made: Option<&Self>) -> Vec<Row> {
        let [mean, _, p95, max] = made.map_or([None; 4], |made| made.landings.summary());
        vec![("downstream.landing_s_mean", mean), ("downstream.landing_s_p95", p95), ("downstream.landing_s_max", max)]
    }
}
