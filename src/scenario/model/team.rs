//! The people who run the pipelines: all of it is the scenario's assumption.

use crate::units::Span;

/// Who runs the pipelines.
#[derive(Clone, Debug)]
pub struct Team {
    /// People.
    pub size: u32,
    /// Of whom know streaming.
    pub knows_streaming: u32,
    /// Models that the team runs already, by name.
    pub runs: Vec<&'static str>,
    /// Cost of an hour of a person.
    pub cost_per_hour: f64,
    /// What a week of being on call costs beyond that.
    pub on_call_week: f64,
    /// Longest time for which nobody works: a batch whose period is as long can wait for the morning.
    pub night: Span,
    /// Hours of a person for an incident.
    pub hours_per_incident: f64,
    /// Hours of a person a week for a kind of pipeline that the team does not run yet.
    pub hours_per_kind: f64,
    /// Running time between incidents that need a person; `None`: they are not modelled.
    pub mtbf: Option<Span>,
}
