//! One replication: a stream, all pipelines over it, and the end.

use std::ops::Range;

use super::ahead::{Ahead, Beside};
use crate::engine::{Actor, advance_to};
use crate::error::{Error, Problem, Result};
use crate::metrics::{Collector, PipelineResult, StreamMeter};
use crate::pipelines::{AnyPipeline, Frame};
use crate::scenario::{Model, Scenario};
use crate::units::{HOUR, Instant, MINUTE, Period, Span};
use crate::workload::{Block, Log, Steps, Stream};

/// Instants at which levels and data age are read, in each replication.
const PROBES: u32 = 4_096;

/// Rows that the funnel of one pipeline may hold at once: some hundred bytes each.
const MOST_FUNNEL_ROWS: u64 = 20_000_000;

/// From one look whether all is resolved to the next, after the measured period.
const STOPS: Span = Span(MINUTE);

/// What one replication found.
#[derive(Debug)]
pub struct ReplicationResult {
    /// The stream.
    pub stream: StreamMeter,
    /// The measured period.
    pub measured: Period,
    /// Each pipeline, in the scenario's order.
    pub pipelines: Vec<PipelineResult>,
}

/// How the threads share a replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// One does all of it: what a block holds stays in its caches.
    One,
    /// The stream is drawn ahead while the pipelines work side by side.
    All,
}

/// Runs one replication; `keeps_publications` says whether each publication of a window is kept. `progress`
/// is told simulated microseconds as they pass. The result does not depend on the threads.
///
/// # Errors
/// [`Error::Model`] when deliveries are not conserved: a fault of the program. [`Error::Io`] when temporary
/// files cannot be used. [`Error::Input`] when there are too many publications to keep.
pub fn run(
    scenario: &Scenario,
    log: Option<&Log>,
    replication: u32,
    keeps_publications: bool,
    threads: Threads,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<ReplicationResult> {
    let mut stream = Stream::new(scenario, log, replication)?;
    let measured = scenario.measured(stream.end());
    let mut run = Run::new(scenario, log, measured, replication, progress)?;
    if keeps_publications {
        run.lanes.iter_mut().try_for_each(|lane| lane.pipeline.facts_mut().keep_publications())?;
    }
    if replication == 0
        && let Some(place) = scenario.most_like_a_stream()
        && let Some(lane) = run.lanes.get_mut(place)
    {
        lane.pipeline.facts_mut().keep_slice(scenario);
    }
    match threads {
        Threads::One => run.stream(&mut stream)?,
        Threads::All => run.stream_ahead(&mut stream)?,
    };
    run.finish()
}

/// Hands out the generated stream of one replication, with what each row is, block by block: as far
/// as the pipelines need it until all measured events are resolved, so that a replay of it finds
/// the same; then what is on its way. `progress` is told simulated microseconds as they pass.
///
/// # Errors
/// What `sink` says; [`Error::Model`] for a scenario that replays a log.
pub fn generate(
    scenario: &Scenario,
    replication: u32,
    sink: &mut dyn FnMut(&Block) -> Result<()>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<()> {
    let mut stream = Stream::tagged(scenario, replication)?;
    let mut run = Run::new(scenario, None, scenario.measured(None), replication, progress)?;
    let mut block = Block::default();
    let stop = loop {
        stream.next(&mut block)?;
        sink(&block)?;
        if let Some(stop) = run.take(std::slice::from_ref(&block), None)? {
            break stop;
        }
    };
    // A replay must get past the instant at which the run ended, by a delivery.
    let longest = stop + run.measured.length();
    let mut last = Instant::MIN;
    while last < stop && block.until < longest {
        stream.next(&mut block)?;
        last = block.arrival.last().copied().unwrap_or(last);
        sink(&block)?;
    }
    stream.drain(&mut block);
    sink(&block)
}

/// How long the stream runs on at most until all measured events are resolved: what takes longer
/// is pending.
fn run_out(scenario: &Scenario, measured: Period) -> Span {
    let periods = scenario.pipelines.iter().map(|pipeline| match &pipeline.model {
        Model::Batch(batch) => Span(batch.every.0.saturating_mul(3)) + batch.start_after,
        Model::MicroBatch(micro_batch) => micro_batch.trigger,
        Model::Continuous(continuous) => continuous.watermark_bound,
    });
    periods.max().unwrap_or_default().max(measured.length()).max(Span(HOUR))
}

/// One pipeline of the run.
struct Lane {
    pipeline: AnyPipeline<Collector>,
    /// All measured deliveries have ended in a bin, and all measured windows and periods are published.
    done: bool,
    /// Its funnel has held too many rows.
    overfull: bool,
}

impl Lane {
    fn new(scenario: &Scenario, pipeline: &crate::scenario::Pipeline, frame: &Frame) -> Self {
        let pipeline = AnyPipeline::new(scenario, pipeline, frame, |setup| Collector::new(scenario, pipeline, setup));
        Self { pipeline, done: false, overfull: false }
    }

    fn advance(&mut self, parts: &[Part<'_>]) {
        for part in parts {
            if part.begins {
                self.pipeline.facts_mut().observe(part.block);
            }
            advance_to(&mut self.pipeline, part.block, part.rows.clone(), part.until);
            // After each part: how many are taken together depends on the threads.
            self.overfull |= self.pipeline.funnel_rows() > MOST_FUNNEL_ROWS;
        }
    }
}

/// Some rows of a block, and up to when.
struct Part<'a> {
    block: &'a Block,
    /// Whether it is the first of its block.
    begins: bool,
    rows: Range<usize>,
    until: Instant,
}

impl Part<'_> {
    fn meter(&self, meter: &mut StreamMeter) {
        if self.begins {
            meter.observe_events(self.block);
        }
        meter.observe_rows(self.block, self.rows.clone());
    }
}

struct Run<'a> {
    lanes: Vec<Lane>,
    meter: StreamMeter,
    measured: Period,
    limit: Instant,
    /// When to look next whether all is resolved: at instants that do not depend on blocks, so that a
    /// stream ends the same whether it is generated or replayed.
    stop: Instant,
    /// Up to where lanes have come.
    until: Instant,
    told: Instant,
    progress: &'a (dyn Fn(u64) + Sync),
}

impl<'a> Run<'a> {
    fn new(
        scenario: &Scenario,
        log: Option<&Log>,
        measured: Period,
        replication: u32,
        progress: &'a (dyn Fn(u64) + Sync),
    ) -> Result<Self> {
        let funnel = Steps::resolve(scenario, log)?;
        let frame = Frame::new(scenario.seed, replication, measured, PROBES).with_funnel(funnel);
        Ok(Self {
            lanes: scenario.pipelines.iter().map(|pipeline| Lane::new(scenario, pipeline, &frame)).collect(),
            meter: StreamMeter::new(measured, log.map_or(scenario.workload.types.len(), |log| log.kinds().len())),
            measured,
            limit: measured.to + run_out(scenario, measured),
            stop: measured.to,
            until: Instant(0),
            told: Instant(0),
            progress,
        })
    }

    /// Runs until all is resolved; gives when that was.
    fn stream(&mut self, stream: &mut Stream) -> Result<Instant> {
        let mut block = Block::default();
        while stream.next(&mut block)? {
            if let Some(stop) = self.take(std::slice::from_ref(&block), None)? {
                return Ok(stop);
            }
        }
        self.end(stream.end())
    }

    /// As [`Self::stream`], on all threads: while pipelines work on a chunk, those after it are made.
    fn stream_ahead(&mut self, stream: &mut Stream) -> Result<Instant> {
        let end = stream.end();
        let mut ahead = Ahead::new(stream)?;
        loop {
            let (now, beside) = ahead.parts();
            if now.is_empty() {
                break;
            }
            if let Some(stop) = self.take(now, Some(beside))? {
                return Ok(stop);
            }
            ahead.go_on()?;
        }
        self.end(end)
    }

    /// The input is over.
    fn end(&mut self, end: Option<Instant>) -> Result<Instant> {
        let end = end.unwrap_or(self.until);
        for lane in &mut self.lanes {
            lane.pipeline.end_of_input(end);
        }
        self.run_out(end);
        self.check()?;
        Ok(end)
    }

    /// Works on blocks, and lets other threads do what is to be done beside it; gives when all was resolved, if it was.
    fn take(&mut self, blocks: &[Block], beside: Option<Beside<'_, '_>>) -> Result<Option<Instant>> {
        let threads = if beside.is_some() { Threads::All } else { Threads::One };
        let mut parts = Vec::with_capacity(blocks.len());
        for block in blocks {
            let (mut row, mut begins) = (0, true);
            while self.stop <= block.until {
                let stop = self.stop;
                let to = row + block.arrival[row..].partition_point(|arrival| *arrival < stop);
                parts.push(Part { block, begins, rows: row..to, until: stop });
                (row, begins) = (to, false);
                self.advance(&parts, threads, None);
                parts.clear();
                self.check()?;
                let delivered = stop >= self.measured.to && stop > block.last_measured;
                if stop > self.limit || (delivered && self.all_done(stop)) {
                    return Ok(Some(stop));
                }
                self.stop += STOPS;
            }
            // All that is left: a block of a log may end amid deliveries of one instant.
            parts.push(Part { block, begins, rows: row..block.len(), until: block.until });
        }
        self.advance(&parts, threads, beside);
        self.check()?;
        Ok(None)
    }

    fn check(&mut self) -> Result<()> {
        if self.lanes.iter().any(|lane| lane.overfull) {
            return Err(too_many_rows());
        }
        self.lanes.iter_mut().try_for_each(|lane| lane.pipeline.facts_mut().check())
    }

    /// Lets time go on after the end of a log, until the last runs are over.
    fn run_out(&mut self, end: Instant) {
        let mut block = Block { until: end, ..Block::default() };
        let mut begins = true;
        loop {
            let part = Part { block: &block, begins, rows: 0..0, until: block.until };
            self.advance(&[part], Threads::One, None);
            begins = false;
            if self.all_done(block.until) || block.until > self.limit {
                return;
            }
            block.until += Span(HOUR);
        }
    }

    /// Brings all lanes to the end of the last part.
    fn advance(&mut self, parts: &[Part<'_>], threads: Threads, beside: Option<Beside<'_, '_>>) {
        let Some(until) = parts.last().map(|part| part.until) else { return };
        self.until = until;
        let meter = &mut self.meter;
        let mut meter = || parts.iter().for_each(|part| part.meter(meter));
        let lanes = self.lanes.iter_mut().filter(|lane| !lane.done);
        match threads {
            Threads::One => {
                lanes.for_each(|lane| lane.advance(parts));
                meter();
            }
            // In this order: what takes longest, and cannot be shared, begins first; what is small fills the gaps in the end.
            Threads::All => rayon::scope_fifo(|scope| {
                let sealed = beside.map(|beside| beside.spawn(scope));
                lanes.for_each(|lane| scope.spawn_fifo(|_| lane.advance(parts)));
                scope.spawn_fifo(|_| meter());
                sealed.into_iter().flatten().for_each(|block| scope.spawn_fifo(|_| block.seal()));
            }),
        }
        let now = until.min(self.measured.to);
        if now > self.told {
            (self.progress)((now - self.told).0 as u64);
            self.told = now;
        }
    }

    /// Whether every pipeline has resolved all measured deliveries and shown all probes.
    fn all_done(&mut self, now: Instant) -> bool {
        let delivered = (self.meter.first_deliveries, self.meter.duplicates);
        for lane in &mut self.lanes {
            lane.done = now > self.measured.to
                && (lane.pipeline.is_dead()
                    || (lane.pipeline.facts().ended() == delivered && !lane.pipeline.owes(self.measured.to)));
        }
        self.lanes.iter().all(|lane| lane.done)
    }

    fn finish(self) -> Result<ReplicationResult> {
        let delivered = (self.meter.first_deliveries, self.meter.duplicates);
        let mut pipelines = Vec::with_capacity(self.lanes.len());
        for (place, mut lane) in self.lanes.into_iter().enumerate() {
            let (ended, held) = (lane.pipeline.facts().ended(), lane.pipeline.held());
            if (ended.0 + held.0, ended.1 + held.1) != delivered {
                return Err(Error::Model(format!(
                    "pipeline {place} was delivered {delivered:?} measured events and duplicates, but {ended:?} ended in a bin and {held:?} are held"
                )));
            }
            pipelines.push(lane.pipeline.into_facts().finish(&self.meter));
        }
        Ok(ReplicationResult { stream: self.meter, measured: self.measured, pipelines })
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
