//! What every model is built from.

use std::sync::Arc;

use super::bad::{BadStretch, stretches};
use super::cohort::{Cohort, Partitions};
use super::enrich::Enrich;
use super::sessions::Sessions;
use super::windows::{Tally, Windows};
use crate::random::Substream;
use crate::scenario::{Aggregate, Dedup, Pipeline, Scenario, WindowBy, WindowKind};
use crate::units::{Instant, Period, SECOND, Span};
use crate::workload::{Grid, Partitioner, SHORTEST_BIN, Steps};

/// Ages that a window that may fire early keeps one by one: half a megabyte.
const MOST_SINGLES: usize = 1 << 16;

/// The frame of one pipeline in one replication.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Seed of the scenario.
    pub seed: u64,
    /// Number of the replication.
    pub replication: u32,
    /// 1970-01-01 in simulated time.
    pub epoch: Instant,
    /// Event times that are measured.
    pub measured: Period,
    /// Instants at which levels are read, rising.
    pub probes: Arc<[Instant]>,
    /// The job's windows, if they are aligned.
    pub grid: Option<Grid>,
    /// Which rows the job's windows hold.
    pub window: Option<WindowKind>,
    /// Whether windows count by key.
    pub by_key: bool,
    /// What windows compute.
    pub aggregate: Aggregate,
    /// The job's funnel.
    pub funnel: Option<Arc<Steps>>,
    /// How duplicates are removed.
    pub dedup: Option<Dedup>,
    /// Which partition a key belongs to.
    pub partitioner: Partitioner,
    /// Each simulated delivery stands for this many.
    pub sample: u32,
    /// log₂ of the bins in which events are counted by event time, microseconds.
    pub bin_shift: u32,
    /// Stretches of event time with bad events, by time.
    pub bad: Arc<[BadStretch]>,
    /// Whether windows may be over for the pipeline before they truly are: some clocks are ahead.
    pub is_early: bool,
    /// Length of a partition of the sink's table, if it is one.
    pub partition: Option<Span>,
    /// The job's side input.
    pub(super) enrich: Option<Box<Enrich>>,
}

impl Setup {
    /// The frame for a pipeline. `cycle` is the time scale of its publications.
    #[must_use]
    pub fn new(scenario: &Scenario, pipeline: &Pipeline, frame: &Frame, cycle: Span) -> Self {
        let epoch = scenario.start.epoch();
        let window = scenario.job.window.as_ref();
        Self {
            seed: scenario.seed,
            replication: frame.replication,
            epoch,
            measured: frame.measured,
            probes: Arc::clone(&frame.probes),
            grid: window.and_then(|window| Grid::of(window, epoch)),
            window: window.map(|window| window.kind),
            by_key: window.is_some_and(|window| window.by == WindowBy::Key),
            aggregate: window.map_or(Aggregate::Count, |window| window.aggregate),
            funnel: frame.funnel.clone(),
            dedup: pipeline.dedup,
            partitioner: Partitioner::new(&scenario.workload.partitions),
            sample: scenario.workload.sample,
            bin_shift: bin_shift(cycle),
            enrich: scenario
                .job
                .enrich
                .as_ref()
                .map(|enrich| Box::new(Enrich::new(enrich, scenario.workload.keys.count, frame.measured, epoch))),
            partition: pipeline.sink.partition(),
            is_early: scenario.workload.clock.ahead.is_some(),
            bad: stretches(scenario.workload.bad_data.as_ref(), scenario.seed, frame.replication, frame.measured),
        }
    }

    /// A substream of this pipeline.
    #[must_use]
    pub fn substream(&self, pipeline: &str, purpose: &str) -> Substream {
        Substream::new(self.seed, self.replication, &format!("{pipeline}/{purpose}"))
    }

    /// An empty cohort.
    #[must_use]
    pub fn cohort(&self, reference: Instant) -> Cohort {
        let mut cohort = Cohort::new(reference, self.bin_shift);
        cohort.partitions = self.partition.map(|length| Box::new(Partitions::new(length, self.epoch)));
        cohort
    }

    /// An empty cohort of a window, which may fire before its end if clocks are ahead.
    #[must_use]
    pub fn window_cohort(&self, end: Instant) -> Cohort {
        let mut cohort = self.cohort(end);
        if self.is_early {
            cohort.most_singles = MOST_SINGLES;
        }
        cohort
    }

    /// An empty tally.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally::new(self.by_key, self.aggregate)
    }

    /// No sessions, if the job has those.
    #[must_use]
    pub(super) fn sessions(&self) -> Option<Sessions> {
        match self.window {
            Some(WindowKind::Session { gap }) => Some(Sessions::new(gap, self.aggregate)),
            _ => None,
        }
    }

    /// No windows, if the job has aligned ones.
    #[must_use]
    pub fn windows<T>(&self) -> Option<Windows<T>> {
        self.grid.map(Windows::new)
    }
}

/// What the pipelines of a replication have in common.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Number of the replication.
    pub replication: u32,
    /// Event times that are measured.
    pub measured: Period,
    /// Instants at which levels are read.
    pub probes: Arc<[Instant]>,
    /// The job's funnel.
    pub funnel: Option<Arc<Steps>>,
}

impl Frame {
    /// A frame with `count` probes: one at a random place in each of as many equal parts of the
    /// measured period (stratified sampling), so that no schedule can hide between them.
    #[must_use]
    pub fn new(seed: u64, replication: u32, measured: Period, count: u32) -> Self {
        let mut stream = Substream::new(seed, replication, "probes");
        let step = measured.length().0 as f64 / f64::from(count);
        let probes = (0..count).map(|probe| measured.from + Span(((f64::from(probe) + stream.unit()) * step) as i64));
        Self { replication, measured, probes: probes.collect(), funnel: None }
    }

    /// The same with the job's funnel.
    #[must_use]
    pub fn with_funnel(self, funnel: Option<Arc<Steps>>) -> Self {
        Self { funnel, ..self }
    }
}

/// Bins of 1/256 of the cycle, between 66 ms and 8 s, as a power of two of microseconds: as many as
/// are kept at most then reach back further than the hour that "complete through" looks at.
fn bin_shift(cycle: Span) -> u32 {
    ((cycle.0 / 256).clamp(1 << SHORTEST_BIN, 8 * SECOND) as u64).ilog2()
}
