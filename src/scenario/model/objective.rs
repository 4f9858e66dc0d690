//! What is to be met.

use crate::units::Span;

/// A bound on a measure.
#[derive(Clone, Debug)]
pub struct Objective {
    /// In words.
    pub name: String,
    /// Which pipeline; `None`: each.
    pub pipeline: Option<String>,
    /// Path of the measure within a pipeline's results, such as `latency_s.p95`.
    pub measure: String,
    /// What the bound holds for.
    pub of: Of,
    /// The bound.
    pub target: Target,
}

/// What the bound of an objective holds for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Of {
    /// The measure itself.
    Measure,
    /// The latency of a share of all true events; those that are never visible count as too late.
    Events {
        /// At least this share of them.
        share: f64,
    },
    /// The value of a day, on a share of the whole UTC days that were measured.
    Days {
        /// At least this share of them.
        share: f64,
        /// For completeness: how long after the end of the day one looks; `None`: when all is over.
        by: Option<Span>,
    },
}

impl Of {
    /// The share that must be good, where the objective has one.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        match self {
            Self::Measure => None,
            Self::Events { share } | Self::Days { share, .. } => Some(share),
        }
    }
}

/// Which side of a bound is good, and the bound in the measure's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
}

impl Target {
    /// Whether a value is on the good side, the bound included.
    #[must_use]
    pub fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }
}
