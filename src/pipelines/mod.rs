//! The three models of a pipeline, and the parts that they share.
//!
//! A pipeline is an [`Actor`] that turns deliveries and its own control events into [`Facts`]. It
//! knows no measure and no report.

mod aged;
mod bad;
mod batch;
mod cohort;
mod continuous;
mod dedup;
mod enrich;
mod facts;
mod failures;
mod held;
mod memory;
mod micro_batch;
mod probes;
mod record;
mod run_counts;
mod sessions;
mod setup;
mod sink;
mod stalled;
mod windows;

pub use bad::BadStretch;
pub use batch::Batch;
pub use cohort::{BIN_REACH, Cohort};
pub use continuous::Continuous;
pub use enrich::Joined;
pub use facts::{Facts, Failure, Fate, Firing, GroupFiring, Levels, Resolved, VisibleEvent};
pub use memory::Footprint;
pub use micro_batch::MicroBatch;
pub use setup::{Frame, Setup};

use crate::engine::Actor;
use crate::scenario::{Model, Pipeline, Scenario, Window};
use crate::units::{Instant, Span};
use crate::workload::Rows;

/// A pipeline of any model.
pub enum AnyPipeline<F> {
    /// `batch`.
    Batch(Box<Batch<F>>),
    /// `micro_batch`.
    MicroBatch(Box<MicroBatch<F>>),
    /// `continuous`.
    Continuous(Box<Continuous<F>>),
}

impl<F: Facts> AnyPipeline<F> {
    /// A pipeline of the scenario, before anything happens. `facts` is made for the pipeline's frame.
    pub fn new(scenario: &Scenario, pipeline: &Pipeline, frame: &Frame, facts: impl FnOnce(&Setup) -> F) -> Self {
        let setup = Setup::new(scenario, pipeline, frame, cycle(scenario, pipeline));
        let facts = facts(&setup);
        match &pipeline.model {
            Model::Batch(model) => Self::Batch(Box::new(Batch::new(model, pipeline, setup, facts))),
            Model::MicroBatch(model) => Self::MicroBatch(Box::new(MicroBatch::new(model, pipeline, setup, facts))),
            Model::Continuous(model) => Self::Continuous(Box::new(Continuous::new(model, pipeline, setup, facts))),
        }
    }

    /// What was reported.
    #[must_use]
    pub fn facts(&self) -> &F {
        match self {
            Self::Batch(pipeline) => pipeline.facts(),
            Self::MicroBatch(pipeline) => pipeline.facts(),
            Self::Continuous(pipeline) => pipeline.facts(),
        }
    }

    /// Access for whoever settles measures.
    pub fn facts_mut(&mut self) -> &mut F {
        match self {
            Self::Batch(pipeline) => pipeline.facts_mut(),
            Self::MicroBatch(pipeline) => pipeline.facts_mut(),
            Self::Continuous(pipeline) => pipeline.facts_mut(),
        }
    }

    /// Gives what was reported.
    #[must_use]
    pub fn into_facts(self) -> F {
        match self {
            Self::Batch(pipeline) => pipeline.into_facts(),
            Self::MicroBatch(pipeline) => pipeline.into_facts(),
            Self::Continuous(pipeline) => pipeline.into_facts(),
        }
    }

    /// Measured first deliveries and duplicates that have not been resolved: what was reported and
    /// what is held must add up to what was delivered.
    pub fn held(&mut self) -> (u64, u64) {
        match self {
            Self::Batch(pipeline) => pipeline.held(),
            Self::MicroBatch(pipeline) => pipeline.held(),
            Self::Continuous(pipeline) => pipeline.held(),
        }
    }

    /// Rows that a funnel holds one by one: what grows with the rate and with how long rows wait.
    #[must_use]
    pub fn funnel_rows(&self) -> u64 {
        match self {
            Self::Batch(pipeline) => pipeline.funnel_rows(),
            Self::MicroBatch(pipeline) => pipeline.funnel_rows(),
            Self::Continuous(pipeline) => pipeline.funnel_rows(),
        }
    }

    /// Whether nothing that is held will ever be resolved: the job is out of memory, time and again.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        match self {
            // Its next run may fit.
            Self::Batch(_) => false,
            Self::MicroBatch(pipeline) => pipeline.is_dead(),
            Self::Continuous(pipeline) => pipeline.is_dead(),
        }
    }

    /// Whether a period or window that ends by `through` is still to be published, although all
    /// of its events may have become visible or it may have none.
    pub fn owes(&mut self, through: Instant) -> bool {
        match self {
            Self::Batch(pipeline) => pipeline.owes(through),
            Self::MicroBatch(pipeline) => pipeline.owes(through),
            // Its windows fire when their events become visible.
            Self::Continuous(_) => false,
        }
    }
}

/// The time scale on which a pipeline publishes: it sets how finely events are counted.
fn cycle(scenario: &Scenario, pipeline: &Pipeline) -> Span {
    match &pipeline.model {
        Model::Batch(batch) => batch.every,
        Model::MicroBatch(micro_batch) => micro_batch.trigger,
        Model::Continuous(_) => {
            scenario.job.window.as_ref().and_then(Window::pace).unwrap_or(Span(crate::units::SECOND))
        }
    }
}

impl<F: Facts> Actor for AnyPipeline<F> {
    fn next_control(&self) -> Instant {
        match self {
            Self::Batch(pipeline) => pipeline.next_control(),
            Self::MicroBatch(pipeline) => pipeline.next_control(),
            Self::Continuous(pipeline) => pipeline.next_control(),
        }
    }

    fn deliver(&mut self, rows: Rows<'_>) {
        match self {
            Self::Batch(pipeline) => pipeline.deliver(rows),
            Self::MicroBatch(pipeline) => pipeline.deliver(rows),
            Self::Continuous(pipeline) => pipeline.deliver(rows),
        }
    }

    fn control(&mut self) {
        match self {
            Self::Batch(pipeline) => pipeline.control(),
            Self::MicroBatch(pipeline) => pipeline.control(),
            Self::Continuous(pipeline) => pipeline.control(),
        }
    }

    fn end_of_input(&mut self, at: Instant) {
        match self {
            Self::Batch(pipeline) => pipeline.end_of_input(at),
            Self::MicroBatch(pipeline) => pipeline.end_of_input(at),
            Self::Continuous(pipeline) => pipeline.end_of_input(at),
        }
    }
}
