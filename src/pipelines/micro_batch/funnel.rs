//! The funnel of a micro-batch: a stateful operator that a job writes for itself.
//!
//! **Scope.** Spark has no pattern matching. What stands here is what one writes with `applyInPandasWithState`,
//! `flatMapGroupsWithState` or `transformWithState`, event-time timeout: rows at or below the late filter's watermark are
//! dropped; the rows of a batch are sorted by event time, ties in order of arrival, and matched on top of the attempts in each
//! user's state; an attempt leaves it when the watermark passes its end. What it has reached is published with the batch.
//!
//! **Limits.** Rows are sorted within a batch only: one that comes in a later batch than a row that follows it by event time
//! does not open or take further what the later row would have needed. A job that holds all rows until the watermark passes
//! them is the continuous one with a trigger.
//!
//! **Parameters**: `scenario::Funnel`. **Validation**: what Spark answered (`tests/conformance/golden/spark_funnel.ndjson`), and
//! an event-by-event twin (`tests/funnel`).

use std::sync::Arc;

use super::MicroBatch;
use crate::pipelines::facts::{Facts, Resolved};
use crate::units::{Instant, Span};
use crate::workload::{Act, Matcher, Reached, Rows, Steps};

/// The unit of Spark's watermark.
const MILLISECOND: Span = Span(1_000);

/// Rows for the coming batch, and attempts in progress.
pub(super) struct Funnel {
    steps: Arc<Steps>,
    matcher: Matcher,
    arrived: Vec<Act>,
    reached: Vec<Reached>,
}

impl Funnel {
    /// No row yet.
    pub fn new(steps: &Arc<Steps>) -> Self {
        Self {
            steps: Arc::clone(steps),
            matcher: Matcher::new(Arc::clone(steps)),
            arrived: Vec::new(),
            reached: Vec::new(),
        }
    }

    /// Rows and attempts in memory.
    pub fn rows(&self) -> u64 {
        self.arrived.len() as u64 + self.matcher.held()
    }

    /// Rows that the batch writes: a step that is reached is one.
    pub fn written(&self) -> u64 {
        self.reached.len() as u64
    }
}

impl<F: Facts> MicroBatch<F> {
    /// Rows that the funnel holds one by one.
    pub fn funnel_rows(&self) -> u64 {
        self.funnel.as_ref().map_or(0, Funnel::rows)
    }

    /// Takes a row for the coming batch.
    pub(super) fn enter_funnel(&mut self, rows: Rows<'_>, row: usize, first_delivery: bool) {
        let Some(funnel) = &mut self.funnel else { return };
        let act = rows.act(row);
        let measured = self.setup.measured.contains(act.happened);
        if act.event_time <= self.watermarks.late.floor_to(MILLISECOND, self.setup.epoch) {
            if measured {
                self.facts.resolved(Resolved::late(first_delivery));
            }
            return;
        }
        if first_delivery {
            self.batch.cohort.add(act.happened, rows.arrival[row], true, &self.setup.measured);
        } else {
            self.batch.cohort.leaked += u64::from(measured);
        }
        if funnel.steps.of(act.kind) != 0 {
            funnel.arrived.push(act);
        }
    }

    /// Matches the rows of the batch that runs now.
    pub(super) fn match_funnel(&mut self) {
        let Some(funnel) = &mut self.funnel else { return };
        funnel.arrived.sort_by_key(|act| act.event_time);
        for act in funnel.arrived.drain(..) {
            funnel.matcher.take(act, &mut funnel.reached);
        }
        funnel.matcher.expire(self.watermarks.evict);
        self.entries = funnel.matcher.open();
    }

    /// Publishes what they have reached.
    pub(super) fn publish_funnel(&mut self, visible: Instant) {
        let Some(funnel) = &mut self.funnel else { return };
        for reached in funnel.reached.drain(..) {
            self.facts.reached(&reached, visible);
        }
    }
}
