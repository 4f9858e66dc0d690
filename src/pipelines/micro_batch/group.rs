//! A window in the state store of a micro-batch, and the watermarks that rule it.

use crate::pipelines::cohort::Cohort;
use crate::pipelines::facts::Fate;
use crate::pipelines::setup::Setup;
use crate::pipelines::windows::Tally;
use crate::units::Instant;

/// State of a window.
pub(super) struct Group {
    /// Events held until eviction (append mode).
    pub held: Option<Cohort>,
    /// Measured events of the coming batch among them.
    pub fresh: u64,
    /// What has not been published yet.
    pub unpublished: Tally,
    /// All that was counted: what the state store holds.
    pub all: Tally,
    pub published: bool,
}

impl Group {
    /// An empty window; in append mode it holds its events.
    pub fn new(setup: &Setup, append: bool, end: Instant) -> Self {
        Self {
            held: append.then(|| setup.window_cohort(end)),
            fresh: 0,
            unpublished: setup.tally(),
            all: setup.tally(),
            published: false,
        }
    }
}

/// The two watermarks of a batch, as event times.
pub(super) struct Watermarks {
    /// Late filter of the coming batch.
    pub late: Instant,
    /// Eviction of the coming batch.
    pub evict: Instant,
    /// Largest event time read.
    pub largest: Instant,
}

/// Where a row went.
pub(super) enum Placed {
    /// Dropped as late.
    Late,
    /// Visible with its batch.
    Visible { on_time: bool },
    /// Held until its window is emitted.
    Held,
}

impl Placed {
    /// What that means for an event.
    pub fn fate(&self) -> Fate {
        match self {
            Self::Late => Fate::Dropped,
            Self::Visible { on_time: false } => Fate::Corrected,
            Self::Visible { on_time: true } | Self::Held => Fate::OnTime,
        }
    }
}
