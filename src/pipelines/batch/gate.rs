//! What a run costs, and what is checked before it is published.
//!
//! **Scope.** A run takes overhead + rows / throughput × straggler. The straggler is how much longer the
//! slowest task makes the part that depends on rows: MapReduce (Dean and Ghemawat 2004) sorted in 891 s with backup tasks
//! and in 1,283 s without, a factor of 1.44. Then the gate checks what was made, with the run's cores. A run
//! that it stops waits for a person, without cores: the next run starts when the check is done. Publications keep the order of the
//! runs, so that a run behind a stopped one is published no earlier than that.
//!
//! **Limits.** A run is released as it is, or repaired when it was stopped for its bad data; it is never thrown away.
//!
//! **Parameters**: `scenario::Gate`, `straggler` (default 1). **Validation**: closed forms in `tests/theory/gates.rs`.

use crate::pipelines::cohort::Cohort;
use crate::pipelines::setup::Setup;
use crate::random::{Distribution, Substream};
use crate::scenario;
use crate::units::{Instant, Rate, Span};

/// Draws the time of runs.
#[derive(Clone, Debug)]
pub(super) struct RunClock {
    overhead: Distribution,
    throughput: Rate,
    straggler: Distribution,
    overheads: Substream,
    stragglers: Substream,
}

impl RunClock {
    /// The clock of a pipeline.
    pub fn new(model: &scenario::Batch, stream: impl Fn(&str) -> Substream) -> Self {
        Self {
            overhead: model.run_time.overhead.clone(),
            throughput: model.run_time.throughput,
            straggler: model.straggler.clone(),
            overheads: stream("overhead"),
            stragglers: stream("straggler"),
        }
    }

    /// Time of a run that reads `rows`.
    pub fn draw(&mut self, rows: u64) -> Span {
        self.draw_at(rows, self.throughput)
    }

    /// The same at another throughput.
    pub fn draw_at(&mut self, rows: u64, throughput: Rate) -> Span {
        let overhead = self.overhead.sample(&mut self.overheads);
        let straggler = self.straggler.sample(&mut self.stragglers);
        Span::from_micros_f64(overhead + rows as f64 / throughput.0 * 1e6 * straggler)
    }
}

/// The gate, and what it has stopped.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    model: Option<scenario::Gate>,
    checks: Substream,
    stops: Substream,
    releases: Substream,
    /// The latest publication so far: none comes before it.
    last: Instant,
}

/// What the gate made of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Passage {
    /// When the run may be published.
    pub released: Instant,
    /// Whether it was stopped.
    pub stopped: bool,
    /// Whether it was stopped for bad data, which is repaired.
    pub repaired: bool,
}

impl Gate {
    /// The gate of a pipeline, if it has one.
    pub fn new(model: &scenario::Batch, stream: impl Fn(&str) -> Substream) -> Self {
        let (checks, stops, releases) = (stream("gate_check"), stream("gate_stop"), stream("gate_release"));
        Self { model: model.gate.clone(), checks, stops, releases, last: Instant::MIN }
    }

    /// How long the check of the next run takes.
    pub fn check(&mut self) -> Span {
        let Some(gate) = &self.model else { return Span::ZERO };
        Span::from_micros_f64(gate.takes.sample(&mut self.checks))
    }

    /// A run was checked at `now`; what it holds is bad if `is_bad` says so.
    pub fn pass(&mut self, now: Instant, is_bad: impl FnOnce() -> bool) -> Passage {
        let Some(gate) = &self.model else { return Passage { released: now, stopped: false, repaired: false } };
        // Both are drawn for each run, so that bad data changes no other draw.
        let (stops, catches) = (self.stops.unit() < gate.stops, self.stops.unit() < gate.catches);
        let wait = Span::from_micros_f64(gate.release.sample(&mut self.releases));
        let repaired = catches && is_bad();
        let stopped = stops || repaired;
        self.last = self.last.max(if stopped { now + wait } else { now });
        Passage { released: self.last, stopped, repaired }
    }
}

/// Whether some of the events in the cohorts lie in a bad stretch.
pub(super) fn holds_bad(cohorts: &mut [Cohort], setup: &Setup) -> bool {
    cohorts.iter_mut().for_each(Cohort::unfold);
    cohorts.iter().any(|cohort| setup.bad.iter().any(|bad| bad.events_of(cohort.bins(), cohort.bin_shift) > 0.0))
}
