//! One replication: a stream, all pipelines over it, and the end.

use crate::engine::{Actor, advance};
use crate::error::{Error, Result};
use crate::metrics::{Collector, PipelineResult, StreamMeter};
use crate::pipelines::{AnyPipeline, Frame};
use crate::scenario::{Model, Scenario};
use crate::units::{HOUR, Instant, Period, Span};
use crate::workload::{Block, Log, Stream};

/// Instants at which levels and data age are read, in each replication.
const PROBES: u32 = 4_096;

/// What one replication found.
#[derive(Clone, Debug)]
pub struct ReplicationResult {
    /// The stream.
    pub stream: StreamMeter,
    /// The measured period.
    pub measured: Period,
    /// Each pipeline, in the scenario's order.
    pub pipelines: Vec<PipelineResult>,
}

/// Runs one replication. `progress` is told simulated microseconds as they pass.
///
/// # Errors
/// [`Error::Model`] when deliveries are not conserved: a fault of the program.
pub fn run(
    scenario: &Scenario,
    log: Option<&Log>,
    replication: u32,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<ReplicationResult> {
    let Some(mut stream) = Stream::new(scenario, log, replication) else {
        return Err(Error::Model("a scenario that replays a log was run without it".into()));
    };
    let measured = scenario.measured(stream.end());
    let frame = Frame::new(scenario.seed, replication, measured, PROBES);
    let mut run = Run {
        lanes: scenario.pipelines.iter().map(|pipeline| Lane::new(scenario, pipeline, &frame)).collect(),
        meter: StreamMeter::new(measured),
        measured,
        limit: measured.to + run_out(scenario, measured),
        told: Instant(0),
        progress,
    };
    run.stream(&mut stream);
    run.finish()
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
    told: Instant,
    progress: &'a (dyn Fn(u64) + Sync),
}

impl Run<'_> {
    fn stream(&mut self, stream: &mut Stream) {
        let mut block = Block::default();
        while stream.next(&mut block) {
            self.meter.observe(&block);
            self.advance(&block);
            if block.until > self.limit || (stream.measured_delivered(&block) && self.all_done(block.until)) {
                return;
            }
        }
        let end = stream.end().unwrap_or(block.until);
        for lane in &mut self.lanes {
            lane.pipeline.end_of_input(end);
        }
        self.run_out(end);
    }

    /// Lets time go on after the end of a log, until the last runs are over.
    fn run_out(&mut self, end: Instant) {
        let mut block = Block { until: end, ..Block::default() };
        loop {
            self.advance(&block);
            if self.all_done(block.until) || block.until > self.limit {
                return;
            }
            block.until += Span(HOUR);
        }
    }

    fn advance(&mut self, block: &Block) {
        for lane in self.lanes.iter_mut().filter(|lane| !lane.done) {
            lane.pipeline.facts_mut().observe(block);
            advance(&mut lane.pipeline, block);
        }
        let now = block.until.min(self.measured.to);
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
                && lane.pipeline.facts().ended() == delivered
                && !lane.pipeline.owes(self.measured.to);
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
            pipelines.push(lane.pipeline.into_facts().finish(delivered.0, delivered.1));
        }
        Ok(ReplicationResult { stream: self.meter, measured: self.measured, pipelines })
    }
}
