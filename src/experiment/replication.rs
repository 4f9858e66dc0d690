//! One replication: a stream, all pipelines over it, and the end.

use super::dataflow;
use super::readers::{Lane, Meter, Part, Place, Stops, all_done};
use crate::engine::Actor;
use crate::error::{Error, Result};
use crate::metrics::{PipelineResult, StreamMeter};
use crate::pipelines::Frame;
use crate::scenario::{Model, Scenario};
use crate::units::{HOUR, Instant, Period, Span};
use crate::workload::{Block, Log, Steps, Stream};

/// Instants at which levels and data age are read, in each replication.
const PROBES: u32 = 4_096;

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
    /// The stream is made ahead while the pipelines work side by side.
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
        Threads::All => run.stream_together(&mut stream)?,
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
        if let Some(stop) = run.take(&block)? {
            break stop;
        }
    };
    // A replay must get past the instant at which the run ended, by a delivery.
    let longest = stop + run.stops.measured.length();
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

struct Run<'a> {
    lanes: Vec<Lane>,
    meter: Meter<'a>,
    stops: Stops,
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
        let kinds = log.map_or(scenario.workload.types.len(), |log| log.kinds().len());
        Ok(Self {
            lanes: scenario.pipelines.iter().map(|pipeline| Lane::new(scenario, pipeline, &frame)).collect(),
            meter: Meter::new(measured, kinds, progress),
            stops: Stops::new(measured, measured.to + run_out(scenario, measured)),
        })
    }

    /// Runs until all is resolved.
    fn stream(&mut self, stream: &mut Stream) -> Result<()> {
        let mut block = Block::default();
        while stream.next(&mut block)? {
            if self.take(&block)?.is_some() {
                return Ok(());
            }
        }
        self.end(stream)
    }

    /// As [`Self::stream`], by all threads.
    fn stream_together(&mut self, stream: &mut Stream) -> Result<()> {
        match dataflow::run(stream, &mut self.meter, &mut self.lanes, &mut self.stops)? {
            Some(_) => Ok(()),
            None => self.end(stream),
        }
    }

    /// The input is over: time goes on until the last runs are.
    fn end(&mut self, stream: &Stream) -> Result<()> {
        let Some(end) = stream.end() else { return Ok(()) };
        for lane in &mut self.lanes {
            lane.pipeline.end_of_input(end);
        }
        let mut block = Block { until: end, ..Block::default() };
        let mut begins = true;
        loop {
            let part = Part { begins, ..Place::default().part(&block, Instant::MAX) };
            begins = false;
            self.read(&part)?;
            let delivered = self.meter.delivered();
            if all_done(self.lanes.iter_mut(), block.until, self.stops.measured, delivered)
                || block.until > self.stops.limit
            {
                return Ok(());
            }
            block.until += Span(HOUR);
        }
    }

    /// Works on a block; gives when all was resolved, if it was.
    fn take(&mut self, block: &Block) -> Result<Option<Instant>> {
        let mut place = Place::default();
        loop {
            let part = place.part(block, self.stops.next);
            self.read(&part)?;
            if part.ends {
                return Ok(None);
            }
            place.pass(&part);
            let stop = self.stops.look(block.last_measured, self.meter.delivered(), self.lanes.iter_mut());
            if stop.is_some() {
                return Ok(stop);
            }
        }
    }

    /// Lets all read a part.
    fn read(&mut self, part: &Part<'_>) -> Result<()> {
        self.meter.read(part);
        self.lanes.iter_mut().try_for_each(|lane| lane.read(part))
    }

    fn finish(self) -> Result<ReplicationResult> {
        let delivered = self.meter.delivered();
        let (stream, measured) = (self.meter.meter, self.stops.measured);
        let mut pipelines = Vec::with_capacity(self.lanes.len());
        for (place, mut lane) in self.lanes.into_iter().enumerate() {
            let (ended, held) = (lane.pipeline.facts().ended(), lane.pipeline.held());
            if (ended.0 + held.0, ended.1 + held.1) != delivered {
                return Err(Error::Model(format!(
                    "pipeline {place} was delivered {delivered:?} measured events and duplicates, but {ended:?} ended in a bin and {held:?} are held"
                )));
            }
            pipelines.push(lane.pipeline.into_facts().finish(&stream));
        }
        Ok(ReplicationResult { stream, measured, pipelines })
    }
}
