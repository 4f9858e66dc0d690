//! The funnel of a batch: each run matches all that it reads.
//!
//! **Scope.** A run reads its period, what its policy for late rows adds, and once more the rows of the steps that reach into its
//! period: those up to `within` before it, or the periods that it looks back on, if these are longer. What it reads it sorts by event
//! time, ties in order of arrival, and matches. An attempt is published as far as it has come, again when a run finds that it came
//! further: more rows never take back a step. What is behind all that later runs read stays as it is.
//!
//! **Limits.** Partitioned by arrival, the rows read again are those that arrived up to `within` before the period. The rows of a
//! run that was given up are not read again.
//!
//! **Parameters**: `scenario::Funnel`, `late`, `lookback`. **Validation**: an event-by-event twin (`tests/funnel`).

use std::sync::Arc;

use super::Batch;
use super::intake::{Intake, Size};
use crate::pipelines::facts::Facts;
use crate::random::ByKey;
use crate::scenario::{self, LateRows, PartitionBy};
use crate::units::{Instant, Span};
use crate::workload::{Act, Matcher, Reached, Rows, Steps};

/// A row of one of the steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepRow {
    act: Act,
    /// What the table is partitioned by.
    by: Instant,
    /// Its place in the order of arrival.
    order: u64,
    bytes: u32,
    /// Whether the run in progress is the first that reads it.
    new: bool,
    /// Steps published of the attempt that it opens.
    published: u8,
}

/// The rows that runs read once more.
pub(super) struct Funnel {
    steps: Arc<Steps>,
    lookback: Span,
    rows: Vec<StepRow>,
    /// Rows so far.
    count: u64,
    /// Rows that wait for a run.
    waiting: u64,
    /// What the run in progress has found.
    reached: Vec<Reached>,
}

impl Funnel {
    /// No row yet.
    pub fn new(model: &scenario::Batch, steps: &Arc<Steps>) -> Self {
        let lookback = match (model.partition_by, model.late) {
            (PartitionBy::EventTime, LateRows::Lookback { periods }) => {
                Span(model.every.0.saturating_mul(i64::from(periods)))
            }
            _ => Span::ZERO,
        };
        let (rows, reached) = (Vec::new(), Vec::new());
        Self { steps: Arc::clone(steps), lookback, rows, count: 0, waiting: 0, reached }
    }

    /// Rows in memory.
    pub fn rows(&self) -> u64 {
        self.rows.len() as u64 + self.waiting
    }

    /// Matches what a run reads whose period begins at `from`; gives how much of it is read once more for that alone.
    pub fn read(&mut self, new: &mut Vec<StepRow>, from: Instant) -> Size {
        let again = self.rows.iter().filter(|row| row.by < from - self.lookback);
        let again =
            again.fold(Size::default(), |sum, row| sum.plus(Size { rows: 1, bytes: u64::from(row.bytes), ids: 1 }));
        self.waiting -= new.len() as u64;
        // Of users without a new row all is known.
        let news: ByKey<()> = new.iter().map(|row| (row.act.user, ())).collect();
        self.rows.append(new);
        // What was there is in order already, which a stable sort makes use of.
        self.rows.sort_by_key(|row| (row.act.event_time, row.order));
        let mut matcher = Matcher::new(Arc::clone(&self.steps));
        for (place, row) in (0_u32..).zip(&self.rows).filter(|(_, row)| news.contains_key(&row.act.user)) {
            matcher.expire(row.act.event_time);
            matcher.take(Act { place, ..row.act }, &mut self.reached);
        }
        let rows = &self.rows;
        self.reached.retain(|of| rows.get(of.opened.place as usize).is_some_and(|row| of.step >= row.published));
        again
    }

    /// Steps that the run in progress has found.
    pub fn found(&self) -> u64 {
        self.reached.len() as u64
    }

    /// The run publishes nothing: what it read first is not read again.
    pub fn give_up(&mut self) {
        self.reached.clear();
        self.rows.retain(|row| !row.new);
    }

    /// Publishes what the run has found; the next run's period begins at `next`.
    fn publish(&mut self, next: Instant, visible: Instant, facts: &mut impl Facts) {
        for reached in self.reached.drain(..) {
            if let Some(row) = self.rows.get_mut(reached.opened.place as usize) {
                row.published = row.published.max(reached.step + 1);
            }
            facts.reached(&reached, visible);
        }
        let from = next - self.lookback.max(self.steps.within());
        self.rows.retain_mut(|row| {
            row.new = false;
            row.by >= from
        });
    }
}

impl<F: Facts> Batch<F> {
    /// Rows that the funnel holds one by one.
    pub fn funnel_rows(&self) -> u64 {
        self.funnel.as_ref().map_or(0, Funnel::rows)
    }

    /// Keeps a row for the run that reads it.
    pub(super) fn keep_step(&mut self, rows: Rows<'_>, row: usize, ahead: usize) {
        let Some(funnel) = &mut self.funnel else { return };
        let act = rows.act(row);
        if funnel.steps.of(act.kind) == 0 {
            return;
        }
        let by = match self.model.partition_by {
            PartitionBy::EventTime => act.event_time,
            PartitionBy::Arrival => rows.arrival[row],
        };
        let kept = StepRow { act, by, order: funnel.count, bytes: rows.bytes[row], new: true, published: 0 };
        funnel.count += 1;
        funnel.waiting += 1;
        self.intake(ahead).steps.get_or_insert_default().push(kept);
    }

    /// Matches what the run of the next boundary reads.
    pub(super) fn read_funnel(&mut self, intake: &mut Intake) {
        let Some(funnel) = &mut self.funnel else { return };
        let new = intake.steps.get_or_insert_default();
        intake.carried.add(funnel.read(new, self.boundary - self.model.every));
        intake.entries = funnel.found();
    }

    /// Publishes what the run of a boundary has found.
    pub(super) fn publish_funnel(&mut self, boundary: Instant, visible: Instant) {
        if let Some(funnel) = &mut self.funnel {
            funnel.publish(boundary, visible, &mut self.facts);
        }
    }
}
