//! What has come in for one run of a batch.

use super::funnel::StepRow;
use super::tree::Leaves;
use crate::pipelines::cohort::Cohort;
use crate::pipelines::sessions::Sessions;
use crate::pipelines::setup::Setup;
use crate::pipelines::windows::{Tally, Windows};
use crate::units::{Instant, Period};
use crate::workload::{Item, Run};

/// How much there is to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Deliveries.
    pub rows: u64,
    /// Their payload.
    pub bytes: u64,
    /// Ids among them.
    pub ids: u64,
}

impl Size {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { rows: self.rows + other.rows, bytes: self.bytes + other.bytes, ids: self.ids + other.ids }
    }

    /// Adds to it.
    #[inline]
    pub fn add(&mut self, other: Self) {
        *self = self.plus(other);
    }
}

/// A row that counts.
#[derive(Clone, Copy, Debug)]
pub struct Added {
    /// The event time that it carries.
    pub event_time: Instant,
    /// When it truly happened.
    pub happened: Instant,
    /// Arrival at the broker.
    pub arrival: Instant,
    /// What an aggregate looks at.
    pub item: Item,
    /// Whether it is the first delivery of its id.
    pub first: bool,
    /// Whether its period is published with it for the first time.
    pub on_time: bool,
}

/// Rows for one run.
#[derive(Clone, Debug)]
pub struct Intake {
    /// When the run is scheduled.
    pub scheduled: Instant,
    /// When it can start at the earliest, as known by now.
    pub due: Instant,
    /// Rows of the run's own period.
    pub period: Size,
    /// The same by leaf, when the period is made in parts.
    pub(super) leaves: Option<Leaves>,
    /// Rows of earlier periods.
    pub late: Size,
    /// Further rows of earlier periods, whose size is counted with these periods' (lookback).
    pub looked_back: u64,
    /// Events by the start that was expected when they came, the latest last.
    pub cohorts: Vec<Cohort>,
    /// Rows of earlier periods that reach into the run's windows and are read once more for them.
    pub carried: Size,
    /// Rows by window.
    pub windows: Option<Windows<Tally>>,
    /// Rows by session.
    pub sessions: Option<Sessions>,
    /// Rows of the funnel's steps; `None` without one.
    pub(super) steps: Option<Vec<StepRow>>,
    /// Window entries, or steps of the funnel that attempts have reached.
    pub entries: u64,
}

impl Intake {
    /// Nothing yet.
    #[must_use]
    pub fn new(setup: &Setup, scheduled: Instant, due: Instant) -> Self {
        Self {
            scheduled,
            due,
            period: Size::default(),
            leaves: None,
            late: Size::default(),
            looked_back: 0,
            cohorts: vec![setup.cohort(due)],
            carried: Size::default(),
            windows: setup.windows(),
            sessions: setup.sessions(),
            steps: setup.funnel.is_some().then(Vec::new),
            entries: 0,
        }
    }

    /// Rows that the run will take.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.period.rows + self.late.rows + self.looked_back
    }

    /// Rows that the run writes: results of windows or sessions, else what it read once.
    #[must_use]
    pub fn rows_written(&self) -> u64 {
        let has_results = self.windows.is_some() || self.sessions.is_some() || self.steps.is_some();
        if has_results { self.entries } else { self.period.ids + self.late.ids + self.looked_back }
    }

    /// The run cannot start before `at`: later rows are aged against that.
    pub fn delay_to(&mut self, at: Instant, setup: &Setup) {
        if at > self.due {
            self.due = at;
            match self.cohorts.last_mut() {
                Some(last) if last.is_empty() => last.reference = at,
                _ => self.cohorts.push(setup.cohort(at)),
            }
        }
    }

    /// Adds an event or a duplicate that was not removed.
    #[inline]
    pub fn add(&mut self, row: Added, setup: &Setup) {
        if let Some(cohort) = self.cohorts.last_mut() {
            if row.first {
                cohort.add(row.happened, row.arrival, row.on_time, &setup.measured);
            } else {
                cohort.leaked += u64::from(setup.measured.contains(row.happened));
            }
        }
        if let Some(sessions) = &mut self.sessions {
            let key = if setup.by_key { row.item.key } else { 0 };
            sessions.enter(key, row.event_time, row.item);
            self.entries = sessions.entries();
        }
    }

    /// Counts a row in one of its windows.
    #[inline]
    pub fn count(&mut self, row: Added, window: i64, setup: &Setup) {
        if let Some(windows) = &mut self.windows {
            windows.advance_front(row.event_time);
            let tally = windows.entry(window, || setup.tally());
            self.entries += tally.add(row.item, row.first).entries;
        }
    }

    /// The event times at which rows of `period` can be taken in bulk.
    #[must_use]
    pub fn front(&self, period: Period) -> Period {
        if self.sessions.is_some() || self.steps.is_some() {
            return Period { to: period.from, ..period };
        }
        self.windows.as_ref().map_or(period, |windows| windows.front().and(&period))
    }

    /// Adds plain rows of the run's own period, all in one window.
    #[inline]
    pub fn add_plain(&mut self, run: &Run<'_>, setup: &Setup) {
        let count = run.plain() as u64;
        self.period.add(Size { rows: count, bytes: run.sums.bytes, ids: count });
        if let Some(leaves) = &mut self.leaves {
            let rows = run.rows;
            for row in run.stretches().flatten() {
                let size = Size { rows: 1, bytes: u64::from(rows.bytes[row]), ids: 1 };
                leaves.add(rows.event_time[row], rows.arrival[row], size);
            }
        }
        if let Some(cohort) = self.cohorts.last_mut() {
            cohort.add_run(run, true, &setup.measured);
        }
        if let Some(windows) = &mut self.windows {
            let (window, _) = windows.window_of(run.sums.newest);
            self.entries += windows.entry(window, || setup.tally()).add_run(run);
        }
    }
}
