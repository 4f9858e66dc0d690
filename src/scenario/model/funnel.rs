//! Steps that users take one after the other.

use crate::units::Span;

/// Steps of one user in order of event time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel {
    /// Types of events, in the order in which they are to come; 2 to 16, and a type may be several of them.
    pub steps: Vec<String>,
    /// Time from the first step to the last, in event time: less than this.
    pub within: Span,
}
