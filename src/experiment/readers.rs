//! What reads the stream of a replication: its own measures, and the pipelines.

use std::ops::Range;

use crate::engine::advance_to;
use crate::error::{Error, Problem, Result};
use crate::metrics::{Collector, StreamMeter};
use crate::pipelines::{AnyPipeline, Frame};
use crate::scenario::{Pipeline, Scenario};
use crate::units::{Instant, MINUTE, Period, Span};
use crate::workload::Block;

/// Rows that the funnel of one pipeline may hold at once: some hundred bytes each.
const MOST_FUNNEL_ROWS: u64 = 20_000_000;

/// From one look whether all is resolved to the next, after the measured period.
const STOPS: Span = Span(MINUTE);

/// Some rows of a block, and up to when.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub block: &'a Block,
    /// Whether it is the first of its block, and the last.
    pub begins: bool,
    pub ends: bool,
    pub rows: Range<usize>,
    pub until: Instant,
}

/// Where a reader is in a block: from which row on, and whether it has read anything of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    row: usize,
    begun: bool,
}

impl Place {
    /// What is next in the block: all that is left, or up to a stop.
    pub fn part<'a>(&self, block: &'a Block, stop: Instant) -> Part<'a> {
        let ends = stop > block.until;
        // All that is left: a block of a log may end amid deliveries of one instant.
        let to = if ends { block.len() } else { self.row + block.arrival[self.row..].partition_point(|at| *at < stop) };
        Part { block, begins: !self.begun, ends, rows: self.row..to, until: stop.min(block.until) }
    }

    /// Goes past a part.
    pub fn pass(&mut self, part: &Part<'_>) {
        *self = if part.ends { Self::default() } else { Self { row: part.rows.end, begun: true } };
    }
}

/// The stream's own measures, and who is told how far it has come.
// In lines of the cache of its own, as each pipeline: others that lie beside it may be read for on another core.
#[repr(align(128))]
pub(super) struct Meter<'a> {
    pub meter: StreamMeter,
    measured: Period,
    told: Instant,
    progress: &'a (dyn Fn(u64) + Sync),
}

impl<'a> Meter<'a> {
    /// `kinds` is the number of types of events; `progress` is told simulated microseconds as they pass.
    pub fn new(measured: Period, kinds: usize, progress: &'a (dyn Fn(u64) + Sync)) -> Self {
        Self { meter: StreamMeter::new(measured, kinds), measured, told: Instant(0), progress }
    }

    /// Measured events and duplicates that have been delivered.
    pub fn delivered(&self) -> (u64, u64) {
        (self.meter.first_deliveries, self.meter.duplicates)
    }

    /// Reads a part.
    pub fn read(&mut self, part: &Part<'_>) {
        if part.begins {
            self.meter.observe_events(part.block);
        }
        self.meter.observe_rows(part.block, part.rows.clone());
        let now = part.until.min(self.measured.to);
        if now > self.told {
            (self.progress)((now - self.told).0 as u64);
            self.told = now;
        }
    }
}

/// One pipeline of the run.
#[repr(align(128))]
pub(super) struct Lane {
    pub pipeline: AnyPipeline<Collector>,
    /// All measured deliveries have ended in a bin, and all measured windows and periods are published.
    done: bool,
}

impl Lane {
    pub fn new(scenario: &Scenario, pipeline: &Pipeline, frame: &Frame) -> Self {
        let pipeline = AnyPipeline::new(scenario, pipeline, frame, |setup| Collector::new(scenario, pipeline, setup));
        Self { pipeline, done: false }
    }

    /// Reads a part, unless all is done.
    ///
    /// # Errors
    /// When the pipeline holds or keeps too much.
    pub fn read(&mut self, part: &Part<'_>) -> Result<()> {
        if self.done {
            return Ok(());
        }
        if part.begins {
            self.pipeline.facts_mut().observe(part.block);
        }
        advance_to(&mut self.pipeline, part.block, part.rows.clone(), part.until);
        if self.pipeline.funnel_rows() > MOST_FUNNEL_ROWS {
            return Err(too_many_rows());
        }
        self.pipeline.facts_mut().check()
    }

    /// Whether it has resolved all that is `delivered`, and shown all probes.
    fn is_done(&mut self, now: Instant, measured: Period, delivered: (u64, u64)) -> bool {
        self.done = now > measured.to
            && (self.pipeline.is_dead()
                || (self.pipeline.facts().ended() == delivered && !self.pipeline.owes(measured.to)));
        self.done
    }
}

/// Whether every pipeline is done.
pub(super) fn all_done<'l>(
    lanes: impl Iterator<Item = &'l mut Lane>,
    now: Instant,
    measured: Period,
    delivered: (u64, u64),
) -> bool {
    // Each is asked: those that are done read no more.
    lanes.map(|lane| lane.is_done(now, measured, delivered)).filter(|done| !done).count() == 0
}

/// When to look whether all is resolved: at instants that do not depend on blocks, so that a stream ends the same whether it is
/// generated or replayed.
#[derive(Debug)]
pub(super) struct Stops {
    pub next: Instant,
    pub measured: Period,
    /// When to stop anyway.
    pub limit: Instant,
}

impl Stops {
    /// Stops from the end of the measured period on.
    pub fn new(measured: Period, limit: Instant) -> Self {
        Self { next: measured.to, measured, limit }
    }

    /// Looks, and goes on to the next stop; gives when all was resolved, if it was. `last` is when the last measured delivery
    /// arrives.
    pub fn look<'l>(
        &mut self,
        last: Instant,
        delivered: (u64, u64),
        lanes: impl Iterator<Item = &'l mut Lane>,
    ) -> Option<Instant> {
        let stop = self.next;
        self.next += STOPS;
        (stop > self.limit || (stop > last && all_done(lanes, stop, self.measured, delivered))).then_some(stop)
    }
}

fn too_many_rows() -> Error {
    Error::input(Problem {
        file: "scenario".to_owned(),
        position: None,
        field: Some("job.funnel".to_owned()),
        what: format!("a pipeline holds more than {MOST_FUNNEL_ROWS} rows of the funnel at once"),
        remedy: "lower `within`, the rate, or the period or lookback of batch pipelines".to_owned(),
    })
}
