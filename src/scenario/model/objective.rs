//! What is to be met, and what it is worth.

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

/// What an event is worth when it is visible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// At once, in the scenario's currency.
    pub per_event: f64,
    /// How that goes down with the latency.
    pub decay: Decay,
}

/// How the worth of an event goes down with its latency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decay {
    /// By half in each such time.
    HalfLife(Span),
    /// To nothing after this.
    Deadline(Span),
}

impl Value {
    /// The worth of an event of this latency, microseconds.
    #[must_use]
    pub fn at(&self, latency: u64) -> f64 {
        match self.decay {
            Decay::HalfLife(half) => self.per_event * libm::exp2(-(latency as f64) / half.0.max(1) as f64),
            Decay::Deadline(deadline) if latency <= deadline.0.unsigned_abs() => self.per_event,
            Decay::Deadline(_) => 0.0,
        }
    }
}
