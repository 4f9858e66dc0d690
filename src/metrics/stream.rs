//! Measures of the stream itself.

use crate::histogram::Histogram;
use crate::units::{Instant, Period};
use crate::workload::Block;

/// Watches the deliveries of measured events.
#[derive(Clone, Debug)]
pub struct StreamMeter {
    measured: Period,
    /// True events that happened in the measured period.
    pub events: u64,
    /// First deliveries.
    pub first_deliveries: u64,
    /// Duplicate deliveries.
    pub duplicates: u64,
    /// Deliveries whose event time is below the largest delivered before.
    pub out_of_order: u64,
    /// All deliveries handed out, measured or not.
    pub simulated: u64,
    delays: Histogram,
    longest: i64,
    largest: Instant,
}

impl StreamMeter {
    /// Nothing seen.
    #[must_use]
    pub fn new(measured: Period) -> Self {
        Self {
            measured,
            events: 0,
            first_deliveries: 0,
            duplicates: 0,
            out_of_order: 0,
            simulated: 0,
            delays: Histogram::default(),
            longest: 0,
            largest: Instant::MIN,
        }
    }

    /// Counts a block.
    pub fn observe(&mut self, block: &Block) {
        let before = |at: Instant| block.events.partition_point(|event| *event < at) as u64;
        self.events += before(self.measured.to) - before(self.measured.from);
        self.simulated += block.len() as u64;
        let rows = block.rows(0..block.len());
        for row in 0..rows.len() {
            let (arrival, event_time) = (rows.arrival[row], rows.event_time[row]);
            let out_of_order = event_time < self.largest;
            self.largest = self.largest.max(event_time);
            if self.measured.contains(event_time) {
                let duplicate = rows.earlier(row).is_some();
                self.duplicates += u64::from(duplicate);
                self.first_deliveries += u64::from(!duplicate);
                self.out_of_order += u64::from(out_of_order);
                let delay = (arrival - event_time).0.max(0);
                self.longest = self.longest.max(delay);
                self.delays.record(delay as u64);
            }
        }
    }

    /// Delay in seconds at p50, p95, p99 and the largest.
    #[must_use]
    pub fn delays(&self) -> [Option<f64>; 4] {
        let quantile = |q| self.delays.quantile(q).map(|micros| (micros as i64).min(self.longest) as f64 / 1e6);
        let longest = (self.delays.total() > 0).then_some(self.longest as f64 / 1e6);
        [quantile(0.5), quantile(0.95), quantile(0.99), longest]
    }
}
