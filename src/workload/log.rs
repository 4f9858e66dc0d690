//! A real log in memory: one row for each delivery, in columns.

use crate::units::{Instant, UtcInstant};

/// A log of deliveries, or of events when `arrival` is `None`.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The UTC midnight before the first event: simulated time 0.
    pub start: Option<UtcInstant>,
    /// Dense number of the row's event id, by first appearance: equal ids have equal numbers.
    pub id: Vec<u32>,
    /// Event time.
    pub event_time: Vec<Instant>,
    /// Arrival at the broker; rows are sorted by it, ties in file order.
    pub arrival: Option<Vec<Instant>>,
    /// Dense number of the row's key, by first appearance (all 0 without a key column).
    pub key: Vec<u32>,
    /// Payload bytes, when the log has them.
    pub bytes: Option<Vec<u32>>,
}

impl Log {
    /// The first instant after everything in it; `None` for an empty log.
    #[must_use]
    pub fn end(&self) -> Option<Instant> {
        let last = self.arrival.as_ref().unwrap_or(&self.event_time).iter().chain(&self.event_time).max()?;
        Some(*last + crate::units::Span(1))
    }
}
