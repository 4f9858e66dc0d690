//! The stream: events and deliveries in order of arrival, synthetic or from a real log.
//!
//! It knows nothing of pipelines. All pipelines of a replication see the same blocks, so that
//! differences between them are paired.

mod activity;
mod amounts;
mod arrivals;
mod bins;
mod block;
mod calendar;
mod delivery;
mod draft;
mod drawn;
mod export;
mod funnel;
mod generator;
mod key_counts;
mod lists;
mod log;
mod marks;
mod network;
mod notes;
mod partitions;
mod radix;
mod replay;
mod sections;
mod sending;
mod spool;
mod sums;
mod true_sessions;
mod truth;
mod values;
mod wheel;

pub use amounts::{Amounts, Item};
pub use bins::{Bin, SHORTEST as SHORTEST_BIN};
pub use block::{Block, Lost, Rows, Tag};
pub use draft::Drafts;
pub use drawn::Drawn;
pub use export::{Destination, LogColumns, LogWriter, TruthWriter};
pub use funnel::{Act, Matcher, Reached, Steps};
pub use generator::{Generator, Sender, Source};
pub use key_counts::KeyCounts;
pub use log::{Deliveries, Log, LogRow, read, read_bytes};
pub use notes::{Earlier, Known, Note, Notes};
pub use partitions::Partitioner;
pub use replay::Replay;
pub use sections::{LONGEST as LONGEST_RUN, Piece, Run, Runs, Sections};
pub use sums::Sums;
pub use true_sessions::TrueSession;
pub use truth::{Grid, TrueWindow};
pub use values::{Column, Values};

use crate::error::{Error, Problem, Result};
use crate::scenario::{Aggregate, Scenario};
use crate::units::Instant;

/// The stream of one replication.
#[derive(Clone, Debug)]
pub enum Stream {
    /// Generated, without end.
    Synthetic(Box<Generator>),
    /// Generated, with what each row is.
    Tagged(Box<Generator<Tag>>),
    /// A log, which ends.
    Recorded(Box<Replay>),
}

impl Stream {
    /// The stream of a replication: the log if there is one, else the scenario's generator.
    ///
    /// # Errors
    /// When temporary files of a large log cannot be read; [`Error::Model`] for a scenario that replays a log
    /// and is given none.
    pub fn new(scenario: &Scenario, log: Option<&Log>, replication: u32) -> Result<Self> {
        match log {
            Some(log) => {
                // Bytes that are drawn are drawn for each delivery: an event itself has none.
                if sums_bytes(scenario) && log.has_arrivals && !log.has_bytes {
                    return Err(no_bytes());
                }
                let mut replay = Replay::new(log, scenario, replication)?;
                if asks_for_users(scenario) || log.has_sessions() || !log.kinds().is_empty() {
                    replay.tag();
                }
                Ok(Self::Recorded(Box::new(replay)))
            }
            None if scenario.workload.types.is_empty()
                && scenario.workload.sessions.is_none()
                && !(asks_for_users(scenario) && scenario.workload.users.is_some()) =>
            {
                let generator = Generator::new(scenario, replication).ok_or_else(no_log)?;
                Ok(Self::Synthetic(Box::new(generator)))
            }
            None => Self::tagged(scenario, replication),
        }
    }

    /// The generated stream of a replication, with what each row is.
    ///
    /// # Errors
    /// [`Error::Model`] for a scenario that replays a log.
    pub fn tagged(scenario: &Scenario, replication: u32) -> Result<Self> {
        let generator = Generator::new(scenario, replication).ok_or_else(no_log)?;
        Ok(Self::Tagged(Box::new(generator)))
    }

    /// Fills the next block; false at the end of the input.
    ///
    /// # Errors
    /// When temporary files of a large log cannot be read.
    pub fn next(&mut self, block: &mut Block) -> Result<bool> {
        let more = match self {
            Self::Synthetic(generator) => {
                generator.next(block);
                true
            }
            Self::Tagged(generator) => {
                generator.next(block);
                true
            }
            Self::Recorded(replay) => replay.next(block)?,
        };
        block.last_measured = self.last_measured();
        block.seal();
        Ok(more)
    }

    /// What draws events, if they are drawn, and what makes blocks of them: two threads may do it.
    #[must_use]
    pub fn split(&mut self) -> (Option<&mut Source>, Feed<'_>) {
        match self {
            Self::Synthetic(generator) => (Some(&mut generator.source), Feed::Plain(&mut generator.sender)),
            Self::Tagged(generator) => (Some(&mut generator.source), Feed::Tagged(&mut generator.sender)),
            Self::Recorded(replay) => (None, Feed::Recorded(replay)),
        }
    }

    /// Fills a last block with all that is on its way, without further events.
    pub fn drain(&mut self, block: &mut Block) {
        match self {
            Self::Synthetic(generator) => generator.sender.drain(block),
            Self::Tagged(generator) => generator.sender.drain(block),
            Self::Recorded(_) => block.clear(),
        }
    }

    /// When the last delivery of a measured event arrives, once blocks were handed out up to the end of the measured
    /// period; [`Instant::MAX`] when that is not known.
    #[must_use]
    pub fn last_measured(&self) -> Instant {
        match self {
            Self::Synthetic(generator) => generator.sender.last_measured(),
            Self::Tagged(generator) => generator.sender.last_measured(),
            Self::Recorded(replay) => replay.last_measured(),
        }
    }

    /// For a log, the first instant after everything in it.
    #[must_use]
    pub fn end(&self) -> Option<Instant> {
        match self {
            Self::Synthetic(_) | Self::Tagged(_) => None,
            Self::Recorded(replay) => Some(replay.end()),
        }
    }
}

/// What makes blocks of a stream.
#[derive(Debug)]
pub enum Feed<'a> {
    /// Of drawn events.
    Plain(&'a mut Sender),
    /// Of drawn events, with what each row is.
    Tagged(&'a mut Sender<Tag>),
    /// Of a log.
    Recorded(&'a mut Replay),
}

impl Feed<'_> {
    /// Fills the next block, for drawn events from those that the source has drawn next; false at the end of the input. As
    /// [`Stream::next`], but for [`Drafts::hand_out`] and [`Block::seal`], which another thread may do: until then the rows of drawn
    /// events are `drafts`.
    ///
    /// # Errors
    /// Those of [`Stream::next`].
    pub fn next_unsealed(&mut self, drawn: &mut Drawn, block: &mut Block, drafts: &mut Drafts) -> Result<bool> {
        let mut more = true;
        block.last_measured = match self {
            Self::Plain(sender) => {
                sender.send(drawn, block, Some(drafts));
                sender.last_measured()
            }
            Self::Tagged(sender) => {
                sender.send(drawn, block, Some(drafts));
                sender.last_measured()
            }
            Self::Recorded(replay) => {
                more = replay.next(block)?;
                replay.last_measured()
            }
        };
        Ok(more)
    }
}

/// Whether the job's windows look at who did it.
fn asks_for_users(scenario: &Scenario) -> bool {
    scenario.job.window.as_ref().is_some_and(|window| window.aggregate == Aggregate::DistinctUsers)
}

fn sums_bytes(scenario: &Scenario) -> bool {
    scenario.job.window.as_ref().is_some_and(|window| window.aggregate == Aggregate::SumBytes)
}

fn no_bytes() -> Error {
    Error::input(Problem {
        file: "workload.source".to_owned(),
        position: None,
        field: Some("job.window.aggregate".to_owned()),
        what: "windows are to sum bytes, but the log's rows do not say how many they have".to_owned(),
        remedy: "add a column bytes to the log, or set aggregate = \"count\" or \"distinct_users\"".to_owned(),
    })
}

fn no_log() -> Error {
    Error::Model("a scenario that replays a log was run without it".to_owned())
}
