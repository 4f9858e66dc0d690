//! Windows of a batch: which run counts a row in which, and what a run publishes.

use super::intake::{Added, Size};
use super::tree::Leaves;
use super::{Batch, Run};
use crate::pipelines::facts::{Facts, GroupFiring};
use crate::pipelines::sessions::Sessions;
use crate::pipelines::windows::Windows;
use crate::scenario::{LateRows, PartitionBy};
use crate::units::{Instant, Span};
use crate::workload::Grid;

impl<F: Facts> Batch<F> {
    /// Joins what a run reads to the snapshot that is newest at its start; gives how long the run takes to load it.
    pub(super) fn join(&mut self, now: Instant, rows: u64) -> Span {
        let Some(enrich) = &mut self.setup.enrich else { return Span::ZERO };
        enrich.join(now, rows);
        let load = enrich.load(now);
        self.facts.joined(enrich.report());
        load
    }

    /// Tells the work on a period in parts, whose last leaf starts at `now`; gives the last step's start and end, and the largest.
    pub(super) fn grow(&mut self, leaves: Leaves, now: Instant, late: Size) -> (Instant, Instant, Size) {
        let merges_at = self.model.tree.as_ref().map_or(self.model.run_time.throughput, |tree| tree.throughput);
        let when = (self.last_finish, now);
        let work = leaves.work(when, late, &mut self.clock, merges_at, self.setup.sample);
        for step in work.before {
            self.facts.run_started(step.from);
            self.facts.busy(step.from, step.to, (step.to - step.from).0 as f64 * self.cores);
        }
        (work.last.from, work.last.to, work.largest)
    }

    /// Counts a row in its windows. A run publishes those that end in its period.
    pub(super) fn count(&mut self, row: Added, ahead: usize, grid: Grid) {
        let mut count = |window: i64| {
            let run = self.publisher(grid, window).max(ahead);
            self.plan_to(run);
            self.intakes[run].count(row, window, &self.setup);
        };
        if grid.is_tumbling() {
            count(grid.window_of(row.event_time));
        } else {
            grid.windows_of(row.event_time).for_each(count);
        }
    }

    /// For windows that end after the period of a row later runs read it again.
    pub(super) fn carry(&mut self, event_time: Instant, ahead: usize, size: Size, grid: Grid) {
        let last = self.publisher(grid, *grid.windows_of(event_time).end());
        for run in ahead + 1..=last {
            self.intake(run).carried.add(size);
        }
    }

    /// The run in whose period a window ends, counted from the next one; partitioned by arrival each run
    /// publishes what it reads.
    fn publisher(&self, grid: Grid, window: i64) -> usize {
        let beyond = (grid.end(window) - self.boundary).0;
        if beyond <= 0 || self.model.partition_by == PartitionBy::Arrival {
            return 0;
        }
        ((beyond - 1) / self.model.every.0 + 1) as usize
    }

    pub(super) fn publish(&mut self, mut run: Run, finished: Instant, visible: Instant) {
        self.facts.busy(run.started, finished, (finished - run.started).0 as f64 * self.cores);
        self.facts.landed(run.boundary, visible);
        for mut cohort in run.intake.cohorts {
            cohort.work_many(cohort.len(), run.started, finished);
            self.facts.cohort_visible(cohort, finished, visible);
        }
        for (window, added) in run.intake.windows.iter_mut().flat_map(Windows::iter_mut) {
            if let Some(counted) = &mut self.counted {
                counted.subtract(window, added);
            }
            self.facts.fired(&added.firing(window, visible, None, false));
        }
        if let Some(counted) = &mut self.counted {
            counted.forget(run.boundary, &self.setup);
        }
        self.publish_sessions(run.intake.sessions, run.boundary, visible);
        self.publish_funnel(run.boundary, visible);
        let settled = match (self.model.partition_by, self.model.late) {
            (PartitionBy::EventTime, LateRows::Drop) => Some(run.boundary),
            (PartitionBy::EventTime, LateRows::Lookback { periods }) => {
                Some(run.boundary - Span(self.model.every.0.saturating_mul(i64::from(periods))))
            }
            _ => None,
        };
        if let Some(through) = settled {
            let through = self.sessions.as_ref().map_or(through, |sessions| sessions.settled(through));
            self.facts.settled(through);
        }
    }

    /// Publishes the sessions that have gained rows, whole, as far as the run reads back.
    fn publish_sessions(&mut self, gained: Option<Sessions>, boundary: Instant, visible: Instant) {
        let (Some(sessions), Some(mut gained)) = (&mut self.sessions, gained) else { return };
        while let Some((key, part)) = gained.pop_ended(Instant::MAX) {
            sessions.merge(key, part.window, part.rows, part.amounts);
        }
        let by_key = self.setup.by_key;
        while let Some((key, session)) = sessions.pop_due(Instant::MAX) {
            let again = std::mem::replace(&mut session.fired, true);
            let (window, rows, value) = (Some(session.window), session.rows, session.value());
            let key = by_key.then_some(key);
            let firing = GroupFiring { window, key, rows, value, again, visible, watermark: None, at_end: false };
            self.facts.group_fired(&firing);
        }
        // What no later run reads cannot grow any more.
        let through = match (self.model.partition_by, self.model.late) {
            (PartitionBy::EventTime, LateRows::Lookback { periods }) => {
                boundary - Span(self.model.every.0.saturating_mul(i64::from(periods)))
            }
            _ => Instant::MAX,
        };
        while sessions.pop_ended(through).is_some() {}
    }
}
