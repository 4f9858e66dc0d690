//! Latency of events and its stages, and landing times.

use crate::histogram::Histogram;
use crate::pipelines::{Cohort, VisibleEvent};
use crate::units::{Instant, Period};

/// Latencies of the measured events that became visible.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    /// Microseconds. Events of cohorts pass two buckets, each within 0.4 %: together within 1 %.
    pub histogram: Histogram,
    /// Sums over events, microseconds, exact: network, wait, compute, window, commit.
    stages: [i128; 5],
    longest: i64,
    landings: Landings,
}

/// Landing times: from the end of a period to its publication.
#[derive(Clone, Debug, Default)]
pub struct Landings {
    /// Microseconds.
    times: Histogram,
    sum: i128,
    longest: i64,
}

impl Landings {
    /// A publication, if what it publishes lies in the measured period.
    pub fn landed(&mut self, end: Instant, at: Instant, measured: &Period) {
        if end > measured.from && end <= measured.to {
            let landing = (at - end).0.max(0);
            self.times.record(landing as u64);
            self.sum += i128::from(landing);
            self.longest = self.longest.max(landing);
        }
    }

    /// In seconds: mean, p50, p95, max.
    #[must_use]
    pub fn summary(&self) -> [Option<f64>; 4] {
        let count = self.times.total();
        if count == 0 {
            return [None; 4];
        }
        let quantile = |q| self.times.quantile(q).map(|micros| (micros as i64).min(self.longest) as f64 / 1e6);
        let mean = self.sum as f64 / count as f64 / 1e6;
        [Some(mean), quantile(0.5), quantile(0.95), Some(self.longest as f64 / 1e6)]
    }
}

impl Latency {
    /// Events that became visible together.
    pub fn cohort(&mut self, cohort: &Cohort, held: Instant, visible: Instant) {
        let count = i128::from(cohort.len());
        if count == 0 {
            return;
        }
        let after = (visible - cohort.reference).0;
        for (age, events) in cohort.ages() {
            self.histogram.record_many((age + after).max(0) as u64, u64::from(events));
        }
        for age in &cohort.singles {
            self.histogram.record((after + age).max(0) as u64);
        }
        let [held, visible] = [held, visible].map(|at| i128::from(at.0) * count);
        let sums = [cohort.event_times, cohort.arrivals, cohort.started, cohort.processed, held, visible];
        for (stage, ends) in self.stages.iter_mut().zip(sums.windows(2)) {
            *stage += ends[1] - ends[0];
        }
        self.longest = self.longest.max(after + (cohort.reference - cohort.oldest).0);
    }

    /// One event that became visible by itself.
    #[inline]
    pub fn event(&mut self, event: &VisibleEvent) {
        let ends = [event.event_time, event.arrival, event.started, event.processed, event.held, event.visible];
        for (stage, ends) in self.stages.iter_mut().zip(ends.windows(2)) {
            *stage += i128::from((ends[1] - ends[0]).0);
        }
        let latency = (event.visible - event.event_time).0;
        self.histogram.record(latency.max(0) as u64);
        self.longest = self.longest.max(latency);
    }

    /// A first publication, if what it publishes lies in the measured period.
    pub fn landed(&mut self, end: Instant, at: Instant, measured: &Period) {
        self.landings.landed(end, at, measured);
    }

    /// A quantile of the latency, seconds.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        // A bucket's middle may lie above the largest value, which is known exactly.
        self.histogram.quantile(q).map(|micros| (micros as i64).min(self.longest) as f64 / 1e6)
    }

    /// Mean of each stage, seconds, in the order of the path; they add up to the mean latency.
    #[must_use]
    pub fn stage_means(&self) -> Option<[f64; 5]> {
        let count = self.histogram.total();
        (count > 0).then(|| self.stages.map(|sum| sum as f64 / count as f64 / 1e6))
    }

    /// Mean latency, seconds.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let count = self.histogram.total();
        (count > 0).then(|| self.stages.iter().sum::<i128>() as f64 / count as f64 / 1e6)
    }

    /// Longest latency, seconds.
    #[must_use]
    pub fn longest(&self) -> Option<f64> {
        (self.histogram.total() > 0).then(|| self.longest as f64 / 1e6)
    }

    /// Landing time in seconds: mean, p50, p95, max.
    #[must_use]
    pub fn landing(&self) -> [Option<f64>; 4] {
        self.landings.summary()
    }
}
