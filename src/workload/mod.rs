//! The stream: events and deliveries in order of arrival, synthetic or from a real log.
//!
//! It knows nothing of pipelines. All pipelines of a replication see the same blocks, so that
//! differences between them are paired.

mod arrivals;
mod block;
mod calendar;
mod generator;
mod key_counts;
mod log;
mod network;
mod replay;
mod truth;

pub use block::{Block, Earlier, History, Rows};
pub use generator::Generator;
pub use key_counts::KeyCounts;
pub use log::{Log, MOST_ROWS, read, read_bytes};
pub use replay::Replay;
pub use truth::{Grid, TrueWindow};

use crate::scenario::Scenario;
use crate::units::Instant;

/// The stream of one replication.
#[derive(Clone, Debug)]
pub enum Stream {
    /// Generated, without end.
    Synthetic(Box<Generator>),
    /// A log, which ends.
    Recorded(Box<Replay>),
}

impl Stream {
    /// The stream of a replication: the log if there is one, else the scenario's generator.
    #[must_use]
    pub fn new(scenario: &Scenario, log: Option<&Log>, replication: u32) -> Option<Self> {
        match log {
            Some(log) => Some(Self::Recorded(Box::new(Replay::new(log, scenario, replication)))),
            None => Generator::new(scenario, replication).map(|generator| Self::Synthetic(Box::new(generator))),
        }
    }

    /// Fills the next block; false at the end of the input.
    pub fn next(&mut self, block: &mut Block) -> bool {
        match self {
            Self::Synthetic(generator) => {
                generator.next(block);
                true
            }
            Self::Recorded(replay) => replay.next(block),
        }
    }

    /// Whether every delivery of a measured event has been handed out, given the last block.
    #[must_use]
    pub fn measured_delivered(&self, block: &Block) -> bool {
        match self {
            Self::Synthetic(generator) => generator.measured_delivered(block),
            Self::Recorded(_) => false,
        }
    }

    /// For a log, the first instant after everything in it.
    #[must_use]
    pub fn end(&self) -> Option<Instant> {
        match self {
            Self::Synthetic(_) => None,
            Self::Recorded(replay) => Some(replay.end()),
        }
    }
}
