//! What pipelines ask of people: being on call, incidents, the cost of one more kind.
//!
//! Formulas, all on the scenario's assumptions (`scenario::Team`): whoever knows the kind shares the 52 weeks of a year;
//! incidents a year = hours of running a year / mean time between them; hours a day = incidents × hours of one / 365, and
//! for a kind that the team does not run yet its hours a week / 7.

use super::results::Row;
use crate::scenario::{Model, Pipeline, Team};
use crate::units::Span;

/// Weeks of a year.
const WEEKS: f64 = 52.0;
/// Days of a year.
const DAYS: f64 = 365.0;

/// One pipeline and the team that runs it.
#[derive(Clone, Debug)]
pub struct People {
    team: Team,
    /// Who can be on call for it.
    able: u32,
    on_call: bool,
    is_new: bool,
    complexity: u32,
    /// Mean running between incidents: the pipeline's own, else the team's.
    between: Option<Span>,
}

impl People {
    /// The team with one pipeline.
    #[must_use]
    pub fn new(team: &Team, pipeline: &Pipeline) -> Self {
        let (able, on_call, complexity) = match &pipeline.model {
            Model::Batch(batch) => (team.size, batch.every < team.night, 1),
            Model::MicroBatch(_) => (team.knows_streaming, true, 2),
            Model::Continuous(_) => (team.knows_streaming, true, 3),
        };
        let is_new = !team.runs.contains(&pipeline.model.name());
        let between = pipeline.failures.as_ref().and_then(|failures| failures.mtbf).or(team.mtbf);
        Self { team: team.clone(), able, on_call, is_new, complexity, between }
    }

    /// The measures, for a pipeline that runs that many hours a day.
    pub(super) fn rows(people: Option<&Self>, running_hours: f64) -> Vec<Row> {
        let incidents = people.and_then(|people| people.incidents(running_hours));
        vec![
            ("people.on_call_weeks_per_person", people.and_then(Self::weeks)),
            ("people.incidents_per_year", incidents),
            ("people.cost_per_day", people.map(|people| people.cost(incidents.unwrap_or(0.0)))),
            // One more for a kind that is new to the team.
            ("people.complexity", people.map(|people| f64::from(people.complexity + u32::from(people.is_new)))),
        ]
    }

    /// `None` when somebody must be on call and nobody can.
    fn weeks(&self) -> Option<f64> {
        match (self.on_call, self.able) {
            (false, _) => Some(0.0),
            (true, 0) => None,
            (true, able) => Some(WEEKS / f64::from(able)),
        }
    }

    fn incidents(&self, running_hours: f64) -> Option<f64> {
        let between = self.between?.as_secs_f64() / 3_600.0;
        Some(running_hours * DAYS / between)
    }

    fn cost(&self, incidents: f64) -> f64 {
        let hours = incidents * self.team.hours_per_incident / DAYS
            + if self.is_new { self.team.hours_per_kind / 7.0 } else { 0.0 };
        let on_call = if self.on_call { self.team.on_call_week * WEEKS / DAYS } else { 0.0 };
        hours * self.team.cost_per_hour + on_call
    }
}
