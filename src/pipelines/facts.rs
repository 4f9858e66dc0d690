//! What a pipeline reports as it happens. It knows no measure: whoever implements [`Facts`] makes
//! measures of them.

use super::cohort::Cohort;
use super::enrich::Joined;
use crate::units::{Instant, Period};
use crate::workload::{Amounts, KeyCounts, Reached, Rows};

/// Takes the facts of one pipeline. Instants may lie ahead of the deliveries handled so far, never
/// behind what was probed.
pub trait Facts {
    /// Events became visible together: held until `held`, visible at `visible`.
    fn cohort_visible(&mut self, cohort: Cohort, held: Instant, visible: Instant);

    /// One event became visible by itself.
    fn event_visible(&mut self, event: &VisibleEvent);

    /// What came before the simulated stream, up to `newest`, is visible from `at` on.
    fn prehistory_visible(&mut self, newest: Instant, at: Instant);

    /// Measured deliveries were resolved without becoming visible, or counted once too often.
    fn resolved(&mut self, resolved: Resolved);

    /// A period (of a batch) or window that ended at `end` was published for the first time.
    fn landed(&mut self, end: Instant, at: Instant);

    /// A window fired.
    fn fired(&mut self, firing: &Firing<'_>);

    /// A window that is not aligned fired: a session, or the last rows of a key.
    fn group_fired(&mut self, firing: &GroupFiring);

    /// A reader sees that an attempt of the funnel has reached a step.
    fn reached(&mut self, _reached: &Reached, _visible: Instant) {}

    /// Whether [`Self::updated`] should be told: it costs a walk over open windows for each batch.
    fn wants_updates(&self) -> bool {
        false
    }

    /// A window that is not over was published as it stands by now. In contrast to a firing, what it holds comes
    /// again with the next update, and once with the firing.
    fn updated(&mut self, _update: &Firing<'_>) {}

    /// What became of the first delivery of an event by the rules of windows, and of a deduplication that drops what is late, as far
    /// as the pipeline's clock says when it takes it.
    fn judged(&mut self, _event_time: Instant, _arrival: Instant, _fate: Fate) {}

    /// The same for first deliveries that were all on time, and none of which has an event time outside of `events`.
    fn judged_on_time(&mut self, _rows: Rows<'_>, _events: Period) {}

    /// Whether it matters that events with these times are judged, and in which order.
    fn follows(&self, _events: Period) -> bool {
        false
    }

    /// From `at` on deliveries are judged by a watermark that covers event times before `to`. May be told again, or
    /// a smaller one: it never falls.
    fn watermark(&mut self, _at: Instant, _to: Instant) {}

    /// No window that ends by `through` will fire any more.
    fn settled(&mut self, through: Instant);

    /// Cores were busy: `core_micros` microseconds of one core, spread evenly over the stretch.
    fn busy(&mut self, from: Instant, to: Instant, core_micros: f64);

    /// A run started.
    fn run_started(&mut self, at: Instant);

    /// A dataset was made from a published one, with so many microseconds of one core.
    fn made(&mut self, _core_micros: f64) {}

    /// The last of the datasets that are made from the period that ended at `end` landed.
    fn all_made(&mut self, _end: Instant, _at: Instant) {}

    /// The pipeline stopped.
    fn failed(&mut self, _failure: &Failure) {}

    /// Records were read a second time after a failure; `written_twice` rows of output had been visible before.
    fn replayed(&mut self, _failed: Instant, _records: u64, _written_twice: u64) {}

    /// Nothing of what a failure had held up waits any more.
    fn caught_up(&mut self, _failed: Instant, _at: Instant) {}

    /// State has outgrown the memory, and does so again after every restart: from `at` on nothing more becomes
    /// visible (a streaming job), or a run is given up (a batch).
    fn out_of_memory(&mut self, _at: Instant, _levels: Levels) {}

    /// A checkpoint was written.
    fn checkpoint(&mut self, _trigger: Instant, _completed: Instant) {}
    /// A gate stopped a run, which waits for a person.
    fn run_stopped(&mut self, _at: Instant) {}

    /// Partitions of the sink were rewritten.
    fn rewritten(&mut self, _at: Instant, _bytes: f64) {}

    /// Rows were joined to the side input.
    fn joined(&mut self, _joined: Joined) {}

    /// The levels at an instant. Probes come in order of time.
    fn probe(&mut self, at: Instant, levels: Levels);

    /// Levels that a run reached by itself, between probes.
    fn peak(&mut self, at: Instant, levels: Levels);
}

/// What windows made of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is in the first publication of its window.
    OnTime,
    /// A later publication adds it.
    Corrected,
    /// Dropped as late.
    Dropped,
}

/// An event that became visible by itself.
#[derive(Clone, Copy, Debug)]
pub struct VisibleEvent {
    /// When it truly happened.
    pub event_time: Instant,
    /// Arrival at the broker.
    pub arrival: Instant,
    /// Processing started.
    pub started: Instant,
    /// Processing ended.
    pub processed: Instant,
    /// Its window fired (or `processed`).
    pub held: Instant,
    /// A reader sees it.
    pub visible: Instant,
    /// Whether it was in the first publication of its window.
    pub on_time: bool,
    /// Whether it counts in measures.
    pub measured: bool,
}

/// Counts of measured deliveries by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// First deliveries dropped as late.
    pub late_dropped: u64,
    /// First deliveries taken for duplicates, or never processed.
    pub lost: u64,
    /// Duplicates recognised and removed.
    pub duplicates_removed: u64,
    /// Duplicates counted in a result.
    pub duplicates_leaked: u64,
    /// Duplicates dropped as late.
    pub duplicates_late_dropped: u64,
    /// Duplicates that were never processed.
    pub duplicates_lost: u64,
}

impl Resolved {
    /// One delivery dropped as late.
    #[must_use]
    pub fn late(first_delivery: bool) -> Self {
        Self {
            late_dropped: u64::from(first_delivery),
            duplicates_late_dropped: u64::from(!first_delivery),
            ..Self::default()
        }
    }

    /// One delivery that was never processed.
    #[must_use]
    pub fn lost(first_delivery: bool) -> Self {
        Self { lost: u64::from(first_delivery), duplicates_lost: u64::from(!first_delivery), ..Self::default() }
    }

    /// One delivery taken for a duplicate.
    #[must_use]
    pub fn recognised(first_delivery: bool) -> Self {
        Self { lost: u64::from(first_delivery), duplicates_removed: u64::from(!first_delivery), ..Self::default() }
    }
}

/// A time without the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// It stopped.
    pub at: Instant,
    /// It works again, with its state.
    pub resumed: Instant,
    /// Whether somebody stopped it on purpose.
    pub planned: bool,
}

/// What a firing adds to the result of a window.
#[derive(Clone, Copy, Debug)]
pub struct Firing<'a> {
    /// Number of the window on the job's grid.
    pub window: i64,
    /// True events added: first deliveries.
    pub events: u64,
    /// Rows added to the count: leaked duplicates too.
    pub rows: u64,
    /// The same rows by key, when windows count by key.
    pub keys: Option<&'a KeyCounts>,
    /// What they add to the published values, if these are no counts.
    pub amounts: Option<&'a Amounts>,
    /// When a reader sees it.
    pub visible: Instant,
    /// The watermark that made it fire, as the engine would print it.
    pub watermark: Option<Instant>,
    /// Whether the end of the input made it fire.
    pub at_end: bool,
}

/// A firing of a window that is not aligned: its whole result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupFiring {
    /// What the session covers; `None` for the last rows of a key.
    pub window: Option<Period>,
    /// Key; `None` when there is one window for all.
    pub key: Option<u32>,
    /// Rows counted.
    pub rows: u64,
    /// What is published: the rows, or what the job's aggregate makes of them.
    pub value: u64,
    /// Whether a part of it had fired before.
    pub again: bool,
    /// When a reader sees it.
    pub visible: Instant,
    /// The watermark that stood then, as the engine would print it; `None` where it plays no part.
    pub watermark: Option<Instant>,
    /// Whether the end of the input made it fire.
    pub at_end: bool,
}

/// What a pipeline holds at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Ids remembered.
    pub dedup_ids: u64,
    /// Open window entries: windows, or windows × keys.
    pub window_entries: u64,
    /// Records at the broker that processing has not taken.
    pub backlog: u64,
    /// Payload bytes of the rows being processed at once.
    pub row_bytes: u64,
}

impl Levels {
    /// Levels of a stream of which one delivery in `sample` was simulated; windows are the same.
    #[must_use]
    pub fn scaled(self, sample: u32) -> Self {
        let sample = u64::from(sample);
        Self {
            dedup_ids: self.dedup_ids.saturating_mul(sample),
            window_entries: self.window_entries,
            backlog: self.backlog.saturating_mul(sample),
            row_bytes: self.row_bytes.saturating_mul(sample),
        }
    }
}
