//! The attempts that a run takes: failures, and memory that does not suffice.
//!
//! **Scope.** A run that fails starts over with the rows that it had read; one that is due while the pipeline is down waits. One whose
//! working set does not fit fills the memory and is given up: every further attempt would end the same way.
//!
//! **Limits.** A planned stop lets a run end. What a run that was given up should have published is not made up for.
//!
//! **Parameters**: `scenario::Failures`, `memory_limit`. **Validation**: `tests/theory/failures.rs`, `tests/twin/failures.rs`.

use super::intake::Intake;
use crate::pipelines::facts::{Facts, Levels};
use crate::pipelines::failures::Failures;
use crate::pipelines::memory::Footprint;
use crate::pipelines::setup::Setup;
use crate::scenario::Pipeline;
use crate::units::{Instant, Span};

/// What keeps runs from succeeding.
pub(super) struct Attempts {
    failures: Failures,
    footprint: Footprint,
    /// Since when there is something to catch up on.
    behind_since: Option<Instant>,
    /// Measured events and duplicates of runs that were given up.
    pub given_up: (u64, u64),
}

impl Attempts {
    /// Those of a pipeline that has not run.
    pub fn new(pipeline: &Pipeline, setup: &Setup) -> Self {
        let (failures, footprint) = (Failures::new(pipeline, setup), Footprint::new(pipeline));
        Self { failures, footprint, behind_since: None, given_up: (0, 0) }
    }

    /// When a run has filled the memory, if its working set does not fit: in proportion to its time.
    pub fn full_at(
        &self,
        now: Instant,
        takes: Span,
        levels: Levels,
        setup: &Setup,
        cores: f64,
        facts: &mut impl Facts,
    ) -> Option<Instant> {
        let scaled = levels.scaled(setup.sample);
        if !self.footprint.outgrows(&scaled) {
            return None;
        }
        let until = now + Span::from_micros_f64(takes.0 as f64 * self.footprint.share(&scaled));
        facts.busy(now, until, (until - now).0 as f64 * cores);
        facts.out_of_memory(until, levels);
        Some(until)
    }

    /// When the attempt starts that succeeds.
    pub fn start(&mut self, now: Instant, takes: Span, rows: u64, cores: f64, facts: &mut impl Facts) -> Instant {
        let attempt = self.failures.run(now, takes, rows, cores, facts);
        self.behind_since = self.behind_since.or(attempt.failed);
        attempt.start
    }

    /// A run will not be tried again.
    pub fn give_up(&mut self, intake: &Intake) {
        for cohort in &intake.cohorts {
            self.given_up.0 += cohort.len();
            self.given_up.1 += cohort.leaked;
        }
    }

    /// A run was published, and no other is due.
    pub fn caught_up(&mut self, at: Instant, facts: &mut impl Facts) {
        if let Some(since) = self.behind_since.take() {
            facts.caught_up(since, at);
        }
    }
}
