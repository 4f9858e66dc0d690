//! The people who run the pipelines.

use crate::scenario::file::TeamFile;
use crate::scenario::findings::Findings;
use crate::scenario::model::Team;
use crate::scenario::path::Path;
use crate::units::{HOUR, Span};

/// Most people, and hours.
const MOST: u32 = 10_000;

/// Checks `[team]`.
pub(super) fn team(file: &TeamFile, path: &Path, findings: &mut Findings) -> Team {
    let size_path = path.key("size");
    let size = findings.required(&size_path, file.size, "size = 4, the number of people");
    let size = findings.whole(&size_path, size, 1..=MOST, 1);
    let hours = 0.0..=f64::from(MOST);
    let mut runs: Vec<&'static str> = file.runs.iter().flatten().map(|word| word.name()).collect();
    runs.dedup();
    Team {
        size,
        knows_streaming: findings.whole(&path.key("knows_streaming"), file.knows_streaming, 0..=size, size),
        runs,
        cost_per_hour: findings.number(&path.key("cost_per_hour"), file.cost_per_hour, 0.0..=1e9, 0.0),
        on_call_week: findings.number(&path.key("on_call_week"), file.on_call_week, 0.0..=1e9, 0.0),
        night: file.night.unwrap_or(Span(16 * HOUR)),
        hours_per_incident: findings.number(
            &path.key("hours_per_incident"),
            file.hours_per_incident,
            hours.clone(),
            4.0,
        ),
        hours_per_kind: findings.number(&path.key("hours_per_kind"), file.hours_per_kind, hours, 8.0),
        mtbf: file.mtbf.map(|given| findings.interval(&path.key("mtbf"), Some(given), Span(HOUR))),
    }
}

/// What the report says of it.
pub(super) fn assumption(team: &Team) -> String {
    let incidents = team.mtbf.map_or_else(String::new, |mtbf| {
        format!(", an incident that takes {} hours after {mtbf} of running", team.hours_per_incident)
    });
    format!(
        "People are this scenario's assumption, not measured: a team of {}, {} of whom know streaming, nobody at work for up to {}, {} hours a week for each new kind of pipeline{incidents}.",
        team.size, team.knows_streaming, team.night, team.hours_per_kind
    )
}
