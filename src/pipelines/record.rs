//! A record on its way through a streaming pipeline.

use super::facts::VisibleEvent;
use crate::units::Instant;
use crate::workload::Item;

/// A record that dedup has let through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// The event time that it carries.
    pub event_time: Instant,
    /// When it truly happened.
    pub happened: Instant,
    /// Arrival at the broker.
    pub arrival: Instant,
    /// Key.
    pub key: u32,
    /// Payload bytes.
    pub bytes: u32,
    /// Who did it.
    pub user: u32,
    /// Processing started.
    pub started: Instant,
    /// Processing ended.
    pub processed: Instant,
    /// Whether it is the first delivery of its event.
    pub first_delivery: bool,
    /// Whether it counts in measures.
    pub measured: bool,
}

impl Record {
    /// What an aggregate looks at.
    pub fn item(&self) -> Item {
        Item { key: self.key, bytes: self.bytes, user: self.user }
    }

    /// The record as its reader sees it.
    pub fn visible(&self, held: Instant, visible: Instant, on_time: bool) -> VisibleEvent {
        VisibleEvent {
            event_time: self.happened,
            arrival: self.arrival,
            started: self.started,
            processed: self.processed,
            held,
            visible,
            on_time,
            measured: self.measured,
        }
    }
}
