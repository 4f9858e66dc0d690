//! Curves to draw, from the replications' results.

use super::outcome::Curves;
use crate::histogram::Histogram;
use crate::metrics::{PipelineResult, pooled_hours};
use crate::units::{Instant, Period};

/// Shares at which the latency curve is given.
const SHARES: [f64; 16] = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999];
/// Points of the curve of visibility, spread evenly over the logarithm of the age.
const AGES: u32 = 240;

/// The curves of one pipeline over all replications.
#[must_use]
pub fn curves(results: &[&PipelineResult], measured: Period) -> Curves {
    let mut pooled = Histogram::default();
    results.iter().for_each(|result| pooled.merge(&result.latency));
    let events: u64 = results.iter().map(|result| result.events).sum();
    let first = results.first();
    let seconds = |at: Instant| (at - measured.from).as_secs_f64();
    Curves {
        latency: SHARES.iter().filter_map(|&share| Some((share, pooled.quantile(share)? as f64 / 1e6))).collect(),
        visible_by_age: visible_by_age(&pooled, events),
        data_age: first.map_or_else(Vec::new, |result| {
            result.data_age.iter().map(|(at, age)| (seconds(*at), *age as f64 / 1e6)).collect()
        }),
        dedup_bytes: first.map_or_else(Vec::new, |result| {
            result.dedup_bytes.iter().map(|(at, bytes)| (seconds(*at), *bytes)).collect()
        }),
        by_hour: pooled_hours(results.iter().map(|result| result.by_hour.as_slice())),
        backlog: first.map_or_else(Vec::new, |result| {
            result.backlog.iter().map(|(at, records)| (seconds(*at), *records as f64)).collect()
        }),
    }
}

fn visible_by_age(pooled: &Histogram, events: u64) -> Vec<(f64, f64)> {
    let (Some(low), Some(high)) = (pooled.quantile(0.0), pooled.quantile(1.0)) else { return Vec::new() };
    let (low, high) = ((low.max(1) as f64 / 2.0).ln(), (high.max(2) as f64 * 2.0).ln());
    (0..=AGES)
        .map(|step| {
            let age = (low + (high - low) * f64::from(step) / f64::from(AGES)).exp();
            (age / 1e6, pooled.at_most(age as u64) as f64 / events.max(1) as f64)
        })
        .collect()
}
