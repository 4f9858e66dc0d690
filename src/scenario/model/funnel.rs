//! Steps that users take one after the other.

use crate::units::Span;

/// Steps of one user in order of event time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel {
    /// Types of events, in the order in which they are to come; 2 to 16, and a type may be several of them.
    pub steps: Vec<String>,
    /// From the first step to the last, at most; in event time.
    pub within: Span,
}
