//! Takes the facts of one pipeline and makes its measures of them.

use super::by_hour::ByHour;
use super::correctness::Correctness;
use super::days::Days;
use super::downstream::Downstream;
use super::frame::{PipelineFrame, has_gate};
use super::freshness::Freshness;
use super::funnel::Funnel;
use super::latency::Latency;
use super::load::{Load, State};
use super::operations::Operations;
use super::people::People;
use super::publications::Publications;
use super::quality::Quality;
use super::results::PipelineResult;
use super::session_errors::SessionErrors;
use super::sink::Table;
use super::slice::{Recorder, candidates};
use super::stream::StreamMeter;
use crate::error::Result;
use crate::pipelines::{
    Cohort, Facts, Failure, Fate, Firing, GroupFiring, Joined, Levels, Resolved, Setup, VisibleEvent,
};
use crate::scenario::{Model, Pipeline, Scenario, WindowKind};
use crate::units::{Instant, Period};
use crate::workload::{Block, Grid, Reached, Rows};

/// Facts of one pipeline in one replication.
#[derive(Debug)]
pub struct Collector {
    pub(super) frame: PipelineFrame,
    setup: Setup,
    probe: usize,
    pub(super) on_time: u64,
    pub(super) late_included: u64,
    pub(super) resolved: Resolved,
    pub(super) latency: Latency,
    pub(super) freshness: Freshness,
    pub(super) correctness: Option<Correctness>,
    pub(super) sessions: Option<Box<SessionErrors>>,
    pub(super) funnel: Option<Funnel>,
    pub(super) days: Days,
    pub(super) by_hour: ByHour,
    pub(super) load: Load,
    pub(super) state: State,
    pub(super) operations: Operations,
    pub(super) downstream: Option<Downstream>,
    pub(super) publications: Option<Publications>,
    pub(super) slice: Option<Recorder>,
    /// Kept when there is bad data or a gate.
    pub(super) quality: Option<Quality>,
    /// Who runs it, if the scenario says so.
    pub(super) people: Option<People>,
    /// Files of the sink, if it has some.
    pub(super) table: Option<Table>,
    /// What was joined to the side input.
    pub(super) joined: Joined,
}

/// What became of bad data, if there is any, or a gate.
fn quality(scenario: &Scenario, pipeline: &Pipeline, setup: &Setup) -> Option<Quality> {
    let wanted = scenario.workload.bad_data.is_some() || has_gate(pipeline);
    wanted.then(|| Quality::new(setup.measured, &setup.bad, pipeline.throughput()))
}

fn has_downstream(pipeline: &Pipeline) -> bool {
    matches!(&pipeline.model, Model::Batch(batch) if batch.downstream.is_some())
}

impl Collector {
    /// Nothing reported yet.
    #[must_use]
    pub fn new(scenario: &Scenario, pipeline: &Pipeline, setup: &Setup) -> Self {
        let first_probe = setup.probes.first().copied().unwrap_or(Instant::MAX);
        let measured = setup.measured;
        Self {
            frame: PipelineFrame::new(scenario, pipeline, setup),
            setup: setup.clone(),
            probe: 0,
            on_time: 0,
            late_included: 0,
            resolved: Resolved::default(),
            latency: Latency::default(),
            freshness: Freshness::new(measured, first_probe, scenario.complete_share, setup.bin_shift),
            correctness: setup.grid.map(|grid| Correctness::new(grid, measured)),
            sessions: match setup.window {
                Some(WindowKind::Session { gap }) => Some(Box::new(SessionErrors::new(gap, measured))),
                _ => None,
            },
            funnel: Funnel::new(setup),
            days: Days::new(measured, setup.epoch, setup.bin_shift, scenario.looks()),
            by_hour: ByHour::new(measured, setup.epoch, setup.bin_shift),
            load: Load::new(measured, setup.epoch),
            state: State::new(measured, pipeline),
            operations: Operations::new(measured, pipeline),
            downstream: has_downstream(pipeline).then(|| Downstream::new(measured)),
            publications: None,
            slice: None,
            quality: quality(scenario, pipeline, setup),
            people: scenario.team.as_ref().map(|team| People::new(team, pipeline)),
            table: Table::new(&pipeline.sink, measured, setup.epoch, setup.grid),
            joined: Joined::default(),
        }
    }

    /// Keeps each publication of a window, if the job has windows.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub fn keep_publications(&mut self) -> Result<()> {
        let (grid, sample) = (self.setup.grid, self.setup.sample);
        self.publications = self.setup.window.map(|_| Publications::new(grid, sample)).transpose()?;
        Ok(())
    }

    /// Records a slice of the stream, if the job has windows that do not overlap.
    pub fn keep_slice(&mut self, scenario: &Scenario) {
        let (measured, sample) = (self.setup.measured, self.setup.sample);
        self.slice = self
            .setup
            .grid
            .filter(Grid::is_tumbling)
            .map(|grid| Recorder::new(grid, sample, candidates(scenario, grid, measured)));
    }

    /// Whether publications could be kept so far.
    ///
    /// # Errors
    /// When there are too many, or when they cannot be written.
    pub fn check(&mut self) -> Result<()> {
        self.publications.as_mut().map_or(Ok(()), Publications::check)
    }

    /// Learns what truly happened in a block, before the pipeline sees it.
    pub fn observe(&mut self, block: &Block) {
        self.freshness.happened(&block.bins);
        self.days.happened(&block.bins);
        if let Some(correctness) = &mut self.correctness {
            correctness.truth(&block.windows, block.until);
        }
        if let Some(sessions) = &mut self.sessions {
            sessions.truth(&block.sessions, block.until);
        }
        if let Some(funnel) = &mut self.funnel {
            funnel.truth(&block.reached);
        }
    }

    /// Measured first deliveries and duplicates that have ended in a bin.
    #[must_use]
    pub fn ended(&self) -> (u64, u64) {
        let resolved = &self.resolved;
        let duplicates = resolved.duplicates_removed
            + resolved.duplicates_leaked
            + resolved.duplicates_late_dropped
            + resolved.duplicates_lost;
        (self.on_time + self.late_included + resolved.late_dropped + resolved.lost, duplicates)
    }

    /// The measures, given what the stream was.
    #[must_use]
    pub fn finish(mut self, stream: &StreamMeter) -> PipelineResult {
        self.freshness.close();
        PipelineResult::of(self, stream)
    }
}

impl Facts for Collector {
    fn cohort_visible(&mut self, mut cohort: Cohort, held: Instant, visible: Instant) {
        cohort.unfold();
        self.on_time += cohort.on_time;
        self.late_included += cohort.late;
        self.resolved.duplicates_leaked += cohort.leaked;
        self.latency.cohort(&cohort, held, visible);
        if let Some(quality) = &mut self.quality {
            quality.cohort(&cohort, visible);
        }
        self.days.cohort(&cohort, visible);
        self.by_hour.cohort(&cohort, visible);
        if let Some(table) = &mut self.table {
            table.cohort(&cohort, visible);
        }
        self.freshness.cohort(&mut cohort, visible);
    }

    #[inline]
    fn event_visible(&mut self, event: &VisibleEvent) {
        if event.measured {
            self.on_time += u64::from(event.on_time);
            self.late_included += u64::from(!event.on_time);
            self.latency.event(event);
            self.days.event(event.event_time, event.visible);
            self.by_hour.event(event.event_time, event.visible);
        }
        if let Some(quality) = &mut self.quality {
            quality.event(event);
        }
        if let Some(table) = &mut self.table {
            table.event(event);
        }
        self.freshness.event(event.event_time, event.visible);
    }

    fn prehistory_visible(&mut self, newest: Instant, at: Instant) {
        self.freshness.prehistory(newest, at);
    }

    #[inline]
    fn resolved(&mut self, resolved: Resolved) {
        self.resolved.late_dropped += resolved.late_dropped;
        self.resolved.lost += resolved.lost;
        self.resolved.duplicates_removed += resolved.duplicates_removed;
        self.resolved.duplicates_leaked += resolved.duplicates_leaked;
        self.resolved.duplicates_late_dropped += resolved.duplicates_late_dropped;
        self.resolved.duplicates_lost += resolved.duplicates_lost;
    }

    fn landed(&mut self, end: Instant, at: Instant) {
        self.latency.landed(end, at, &self.setup.measured);
        self.days.landed(end, at);
    }

    fn fired(&mut self, firing: &Firing<'_>) {
        if let Some(correctness) = &mut self.correctness {
            correctness.fired(firing);
        }
        if let Some(publications) = &mut self.publications {
            publications.fired(firing);
        }
        if let Some(slice) = &mut self.slice {
            slice.fired(firing);
        }
        if let Some(table) = &mut self.table {
            table.fired(firing);
        }
    }

    #[inline]
    fn judged(&mut self, event_time: Instant, arrival: Instant, fate: Fate) {
        if let Some(slice) = &mut self.slice {
            slice.judged(event_time, arrival, fate);
        }
    }

    #[inline]
    fn judged_on_time(&mut self, rows: Rows<'_>, events: Period) {
        if let Some(slice) = &mut self.slice {
            slice.judged_on_time(rows, events);
        }
    }

    #[inline]
    fn follows(&self, events: Period) -> bool {
        self.slice.as_ref().is_some_and(|slice| slice.covers(events))
    }

    #[inline]
    fn watermark(&mut self, at: Instant, to: Instant) {
        if let Some(slice) = &mut self.slice {
            slice.watermark(at, to);
        }
    }

    fn wants_updates(&self) -> bool {
        self.publications.is_some()
    }

    fn updated(&mut self, update: &Firing<'_>) {
        if let Some(publications) = &mut self.publications {
            publications.updated(update);
        }
    }

    fn group_fired(&mut self, firing: &GroupFiring) {
        if let Some(sessions) = &mut self.sessions {
            sessions.fired(firing);
        }
        if let Some(publications) = &mut self.publications {
            publications.group_fired(firing);
        }
    }

    fn reached(&mut self, reached: &Reached, visible: Instant) {
        if let Some(funnel) = &mut self.funnel {
            funnel.shown(reached, visible);
        }
    }

    fn settled(&mut self, through: Instant) {
        if let Some(correctness) = &mut self.correctness {
            correctness.settled(through);
        }
        if let Some(sessions) = &mut self.sessions {
            sessions.settled(through);
        }
        if let Some(publications) = &mut self.publications {
            publications.settled(through);
        }
    }

    fn busy(&mut self, from: Instant, to: Instant, core_micros: f64) {
        self.load.busy(from, to, core_micros);
    }

    fn run_started(&mut self, at: Instant) {
        self.load.run_started(at);
    }

    fn made(&mut self, core_micros: f64) {
        if let Some(downstream) = &mut self.downstream {
            downstream.made(core_micros);
        }
    }

    fn all_made(&mut self, end: Instant, at: Instant) {
        if let Some(downstream) = &mut self.downstream {
            downstream.all_made(end, at);
        }
    }

    fn failed(&mut self, failure: &Failure) {
        self.operations.failed(failure);
    }

    fn replayed(&mut self, failed: Instant, records: u64, written_twice: u64) {
        self.operations.replayed(failed, records, written_twice);
    }

    fn caught_up(&mut self, failed: Instant, at: Instant) {
        self.operations.caught_up(failed, at);
    }

    fn out_of_memory(&mut self, at: Instant, levels: Levels) {
        self.operations.out_of_memory(at, levels.scaled(self.setup.sample));
        if !self.frame.is_batch {
            self.operations.dead_since(at);
        }
    }

    fn checkpoint(&mut self, trigger: Instant, completed: Instant) {
        self.operations.checkpoint(trigger, completed);
    }

    fn rewritten(&mut self, at: Instant, bytes: f64) {
        if let Some(table) = &mut self.table {
            table.rewritten(at, bytes);
        }
    }

    fn joined(&mut self, joined: Joined) {
        self.joined.rows += joined.rows;
        self.joined.outdated += joined.outdated;
        self.joined.loads += joined.loads;
    }

    fn run_stopped(&mut self, at: Instant) {
        if let Some(quality) = &mut self.quality {
            quality.run_stopped(at);
        }
    }

    fn probe(&mut self, at: Instant, levels: Levels) {
        self.probe += 1;
        let next = self.setup.probes.get(self.probe).copied().unwrap_or(Instant::MAX);
        self.freshness.probe(at, next);
        self.state.probe(at, levels.scaled(self.setup.sample));
    }

    fn peak(&mut self, at: Instant, levels: Levels) {
        self.state.peak(at, levels.scaled(self.setup.sample));
    }
}
