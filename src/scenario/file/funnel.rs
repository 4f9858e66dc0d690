//! Steps that users take one after the other, as a file writes them.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::units::Span;

/// A funnel. Each event of the first step opens an attempt of its user; the next event of the user that is of the next
/// step takes it one step further, whatever lies between, in order of event time. What reaches the last step is converted.
/// It is Flink CEP's `begin(A).followedBy(B).followedBy(C).within(T)`, by user (by key, where there are no `users` and no
/// `sessions`); its measures are those of `funnel.*`. A funnel needs types of events.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct FunnelFile {
    /// Types of events in the order in which they are to come, 2 to 16, each one of `workload.types` or of the log; a type
    /// may come more than once. Required.
    #[schemars(required)]
    pub(in crate::scenario) steps: Option<Vec<String>>,
    /// Time from the first step to the last, in event time: less than this. Whole milliseconds, less than `duration`: an
    /// attempt is measured if all of this time is. Required.
    #[schemars(required)]
    pub(in crate::scenario) within: Option<Span>,
}
