//! A window in progress, and the records that go into it.

use crate::pipelines::cohort::Cohort;
use crate::pipelines::facts::VisibleEvent;
use crate::pipelines::setup::Setup;
use crate::pipelines::windows::Tally;
use crate::units::Instant;

/// State of a window.
pub(super) struct Pane {
    /// Events that wait for the first firing.
    pub held: Cohort,
    /// What was counted.
    pub tally: Tally,
    /// Whether it has fired.
    pub fired: bool,
}

impl Pane {
    /// An empty window.
    pub fn new(setup: &Setup, end: Instant) -> Self {
        Self { held: setup.cohort(end), tally: setup.tally(), fired: false }
    }
}

/// A record that dedup has let through.
#[derive(Clone, Copy)]
pub(super) struct Record {
    /// The event time that it carries.
    pub event_time: Instant,
    /// When it truly happened.
    pub happened: Instant,
    pub arrival: Instant,
    pub key: u32,
    pub started: Instant,
    pub processed: Instant,
    pub first_delivery: bool,
    pub measured: bool,
}

impl Record {
    /// The record as its reader sees it.
    pub fn visible(&self, held: Instant, visible: Instant, on_time: bool) -> VisibleEvent {
        VisibleEvent {
            event_time: self.happened,
            arrival: self.arrival,
            started: self.started,
            processed: self.processed,
            held,
            visible,
            on_time,
            measured: self.measured,
        }
    }
}
