//! The people who run the pipelines.

use super::Effect::{Absent, Is, Plus, Times};
use super::{Knob, knob, turn};

const TEAM: &[&str] = &["team={ size = 4, cost_per_hour = 70.0, mtbf = \"24h\" }"];

/// Of a batch each ten minutes, which runs for 30 s + 26.4 s each time.
pub const OF_BATCH: &[Knob] = &[
    knob("team.size=2", &[("people.on_call_weeks_per_person", Times(2.0, 1e-9))]).given(TEAM),
    knob("team.night=5m", &[("people.on_call_weeks_per_person", Is(0.0, 0.0))]).given(TEAM),
    knob("team.runs=[\"batch\"]", &[("people.complexity", Is(1.0, 0.0)), ("people.cost_per_day", Plus(-80.0, 1e-9))])
        .given(TEAM),
];

/// Of a continuous pipeline: an incident a day of four hours, and eight hours a week for a kind that is new.
pub const KNOBS: &[Knob] = &[
    knob("team.knows_streaming=1", &[("people.on_call_weeks_per_person", Is(52.0, 1e-9))]).given(TEAM),
    knob("team.knows_streaming=0", &[("people.on_call_weeks_per_person", Absent)]).given(TEAM),
    knob("team.cost_per_hour=140.0", &[("people.cost_per_day", Times(2.0, 1e-9))]).given(TEAM),
    knob("team.on_call_week=365.0", &[("people.cost_per_day", Plus(52.0, 1e-9))]).given(TEAM),
    knob("team.hours_per_incident=5.0", &[("people.cost_per_day", Plus(70.0, 1e-9))]).given(TEAM),
    knob("team.hours_per_kind=15.0", &[("people.cost_per_day", Plus(70.0, 1e-9))]).given(TEAM),
    knob("team.mtbf=48h", &[("people.incidents_per_year", Times(0.5, 1e-9))]).given(TEAM),
];

#[test]
fn a_team_and_its_pipelines() {
    turn(super::batch::PIPELINE, OF_BATCH);
    turn(super::continuous::PIPELINE, KNOBS);
}
