//! What both peers in Rust share: the stream, the four pipelines as plain state machines that are told
//! what happens when, and the answers. How events are kept in order is up to each peer.
//!
//! Time counts microseconds from the UTC midnight before the start, so that periods, windows and triggers
//! are multiples of their length.

pub mod answers;
pub mod batch;
pub mod continuous;
pub mod micro_batch;
pub mod source;

use serde::{Deserialize, Serialize};

pub const SECOND: i64 = 1_000_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// Size of the windows.
pub const WINDOW: i64 = MINUTE;
/// How long an id is remembered.
pub const TTL: i64 = HOUR;
/// Instants at which levels and data age are read.
pub const PROBES: i64 = 4_096;

/// What is simulated: events and arrivals from `from` until `to`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Period {
    pub from: i64,
    pub to: i64,
    pub seed: u64,
}

impl Period {
    /// From the command line: duration in microseconds, second of the day of the start, seed.
    pub fn from_arguments() -> Option<Self> {
        let numbers: Vec<i64> = std::env::args().skip(1).map(|word| word.parse().ok()).collect::<Option<_>>()?;
        let [duration, start, seed] = numbers[..] else { return None };
        let from = start * SECOND;
        Some(Self { from, to: from + duration, seed: seed as u64 })
    }

    /// The part of a stretch that lies in the period.
    pub fn overlap(&self, from: i64, to: i64) -> i64 {
        (to.min(self.to) - from.max(self.from)).max(0)
    }
}

/// A delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Row {
    pub arrival: i64,
    pub event: i64,
    /// Of a duplicate: when its event arrived first.
    pub first: Option<i64>,
}
