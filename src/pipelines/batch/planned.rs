//! The runs of a batch that are to come: when each is scheduled, and what has come in for it.

use super::Batch;
use super::intake::Intake;
use super::tree::Leaves;
use crate::pipelines::facts::Facts;
use crate::units::{Instant, Span};

impl<F: Facts> Batch<F> {
    /// What has come in for the run `ahead` of the next one.
    #[inline]
    pub(super) fn intake(&mut self, ahead: usize) -> &mut Intake {
        self.plan_to(ahead);
        &mut self.intakes[ahead]
    }

    /// Sees to it that the runs up to the one `ahead` of the next are planned.
    #[inline]
    pub(super) fn plan_to(&mut self, ahead: usize) {
        if self.intakes.len() <= ahead {
            self.plan(ahead);
        }
    }

    #[cold]
    fn plan(&mut self, ahead: usize) {
        while self.intakes.len() <= ahead {
            let boundary = self.boundary + Span(self.model.every.0 * self.intakes.len() as i64);
            let delay = Span::from_micros_f64(self.model.start_delay.sample(&mut self.delay_stream));
            let scheduled = boundary + self.model.start_after + delay;
            // No run starts before the one in progress ends, nor before those ahead of it.
            let busy = self.running.as_ref().map_or(Instant::MIN, |run| run.finishes);
            let earlier = self.intakes.back().map_or(Instant::MIN, |intake| intake.due);
            let mut intake = Intake::new(&self.setup, scheduled, scheduled.max(busy).max(earlier));
            intake.leaves = Leaves::new(&self.model, boundary - self.model.every);
            self.intakes.push_back(intake);
        }
    }

    /// Rows that have arrived and that no run has taken yet.
    pub(super) fn backlog(&self) -> u64 {
        self.intakes.iter().map(Intake::waiting).sum()
    }
}
