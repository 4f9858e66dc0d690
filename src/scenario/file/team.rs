//! The people who run the pipelines, in files.

use schemars::JsonSchema;
use serde::Deserialize;

use super::ModelWord;
use crate::units::Span;

/// Who runs the pipelines. No default here is measured: all of it is the scenario's assumption, and the report says so.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct TeamFile {
    /// People, 1 to 10000. Required.
    #[schemars(required)]
    pub(in crate::scenario) size: Option<u32>,
    /// How many of them know streaming, 0 to `size`: they are on call for micro-batches and continuous pipelines.
    /// Default: all.
    pub(in crate::scenario) knows_streaming: Option<u32>,
    /// Models that the team runs already. Default: none.
    pub(in crate::scenario) runs: Option<Vec<ModelWord>>,
    /// Cost of an hour of a person, in the currency of the prices. Default 0.
    pub(in crate::scenario) cost_per_hour: Option<f64>,
    /// What a week of being on call costs beyond that. Default 0.
    pub(in crate::scenario) on_call_week: Option<f64>,
    /// Longest time for which nobody works. A batch whose period is at least as long needs nobody on call. Default "16h".
    pub(in crate::scenario) night: Option<Span>,
    /// Hours of a person for an incident, 0 to 10000. Default 4.
    pub(in crate::scenario) hours_per_incident: Option<f64>,
    /// Hours of a person a week for a kind of pipeline that the team does not run yet, 0 to 10000. Default 8.
    pub(in crate::scenario) hours_per_kind: Option<f64>,
    /// Running time between incidents that need a person; a batch runs during its runs only. Default: no incidents are
    /// modelled.
    pub(in crate::scenario) mtbf: Option<Span>,
}
