//! One replication: a stream, all pipelines over it, and the end.

use std::ops::Range;

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

/// Runs one replication; `keeps_publications` says whether each publication of a window is kept. `progress`
/// is told simulated microseconds as they pass.
///
/// # Errors
/// [`Error::Model`] when deliveries are not conserved: a fault of the program. [`Error::Io`] when temporary
/// files cannot be used. [`Error::Input`] when there are too many publications to keep.
pub fn run(
    scenario: &Scenario,
    log: Option<&Log>,
    replication: u32,
    keeps_publications: bool,
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
    run.stream(&mut stream, &mut |_| Ok(()))?;
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
    let stop = run.stream(&mut stream, sink)?;
    let mut block = Block::default();
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
}

impl Lane {
    fn new(scenario: &Scenario, pipeline: &crate::scenario::Pipeline, frame: &Frame) -> Self {
        let pipeline = AnyPipeline::new(scenario, pipeline, frame, |setup| Collector::new(scenario, pipeline, setup));
        Self { pipeline, done: false }
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
            told: Instant(0),
            progress,
        })
    }

    /// Runs until all is resolved; `sink` sees each block. Gives when that was.
    fn stream(&mut self, stream: &mut Stream, sink: &mut dyn FnMut(&Block) -> Result<()>) -> Result<Instant> {
        let mut block = Block::default();
        while stream.next(&mut block)? {
            sink(&block)?;
            self.meter.observe_events(&block);
            for lane in self.lanes.iter_mut().filter(|lane| !lane.done) {
                lane.pipeline.facts_mut().observe(&block);
            }
            let mut row = 0;
            while self.stop <= block.until {
                let stop = self.stop;
                let to = row + block.arrival[row..].partition_point(|arrival| *arrival < stop);
                self.advance(&block, row..to, stop);
                row = to;
                self.check()?;
                if stop > self.limit || (stream.measured_delivered(stop) && self.all_done(stop)) {
                    return Ok(stop);
                }
                self.stop += STOPS;
            }
            // All that is left: a block of a log may end amid deliveries of one instant.
            self.advance(&block, row..block.len(), block.until);
            self.check()?;
        }
        let end = stream.end().unwrap_or(block.until);
        for lane in &mut self.lanes {
            lane.pipeline.end_of_input(end);
        }
        self.run_out(end);
        self.check()?;
        Ok(end)
    }

    fn check(&mut self) -> Result<()> {
        if self.lanes.iter().any(|lane| lane.pipeline.funnel_rows() > MOST_FUNNEL_ROWS) {
            return Err(too_many_rows());
        }
        self.lanes.iter_mut().try_for_each(|lane| lane.pipeline.facts_mut().check())
    }

    /// Lets time go on after the end of a log, until the last runs are over.
    fn run_out(&mut self, end: Instant) {
        let mut block = Block { until: end, ..Block::default() };
        for lane in self.lanes.iter_mut().filter(|lane| !lane.done) {
            lane.pipeline.facts_mut().observe(&block);
        }
        loop {
            self.advance(&block, 0..0, block.until);
            if self.all_done(block.until) || block.until > self.limit {
                return;
            }
            block.until += Span(HOUR);
        }
    }

    /// Brings all lanes to `until`, with these rows of the block.
    fn advance(&mut self, block: &Block, rows: Range<usize>, until: Instant) {
        for lane in self.lanes.iter_mut().filter(|lane| !lane.done) {
            advance_to(&mut lane.pipeline, block, rows.clone(), until);
        }
        self.meter.observe_rows(block, rows);
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
