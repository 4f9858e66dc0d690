//! A window in progress.

use crate::pipelines::cohort::Cohort;
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
        Self { held: setup.window_cohort(end), tally: setup.tally(), fired: false }
    }
}
