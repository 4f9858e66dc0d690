//! Users, types and sessions.

use super::Effect::{Down, Is, Times};
use super::continuous::PIPELINE as CONTINUOUS;
use super::{Knob, knob, turn};

pub const KNOBS: &[Knob] = &[
    // A clock that is wrong is a user's: with one user all or none are.
    knob("workload.users.count=1", &[("accounting.late_dropped", Is(0.0, 20.0))]).given(USERS),
    // The busiest user holds back what others would have done: all the same in number, later in time.
    knob("workload.users.zipf=0.6", &[("workload.events", Times(1.0, 0.1)), ("workload.sessions", Times(1.0, 0.1))])
        .given(SESSIONS),
    knob("workload.types[0].name=look", &[("workload.types[0].events", Times(1.0, 1e-12))]).given(TYPES),
    knob("workload.types[0].share=1", &[("workload.types[1].events", Times(2.5, 0.05))]).given(TYPES),
    // The base's two hours are 72,000 events.
    knob(
        "workload.sessions={ events = 4, pause = \"10s\", gap = \"10s\" }",
        &[("workload.events", Times(1.0, 0.03)), ("workload.sessions", Is(18_000.0, 500.0))],
    )
    .given(&["workload.users.count=1000000", "workload.sessions={ events = 1, pause = \"0s\" }"]),
    knob(
        "workload.sessions.events=8",
        &[("workload.sessions", Times(0.5, 0.04)), ("workload.events", Times(1.0, 0.04))],
    )
    .given(SESSIONS),
    // The last events of a session come three pauses later: mostly after the end.
    knob(
        "workload.sessions.pause=10h",
        &[("workload.sessions", Times(1.0, 0.05)), ("workload.events", Times(0.25, 0.1))],
    )
    .given(SESSIONS),
    // One user who would do more: sessions of 30 s one after the other, each with its gap.
    knob("workload.sessions.gap=50s", &[("workload.sessions", Is(90.0, 2.0))]).given(&[
        "workload.rate=72/h",
        "workload.bursts=[{ at = \"0s\", for = \"3h\", factor = 20 }]",
        "workload.users.count=1",
        "workload.sessions={ events = 4, pause = \"10s\", gap = \"10s\" }",
    ]),
    // A view leads to a click with a half, that to a cart with a fifth.
    knob("workload.sessions.funnel[0].probability=1", &[("workload.types[1].events", Times(1.6 / 1.1, 0.05))])
        .given(FUNNEL),
    knob(
        "workload.sessions.funnel[1].pause=1h",
        &[("workload.types[1].events", Times(1.0, 0.1)), ("workload.events", Down)],
    )
    .given(&[
        "workload.rate=1/s",
        "workload.users.count=1000000",
        "workload.types=[{ name = \"view\" }, { name = \"click\" }, { name = \"cart\" }]",
        // Everything that follows a view comes after the run.
        "workload.bursts=[{ at = \"0s\", for = \"100m\", factor = 0 }]",
        "workload.sessions={ events = 1, pause = \"0s\", funnel = [{ probability = 1 }, { probability = 1 }] }",
    ]),
    knob(
        "workload.sessions.funnel=[]",
        &[("workload.types[1].events", Is(0.0, 0.0)), ("workload.types[0].events", Times(1.6, 0.05))],
    )
    .given(FUNNEL),
];

const USERS: &[&str] = &["workload.users.count=1000", "workload.clock={ behind = { share = 0.2, by = \"2h\" } }"];
const SESSIONS: &[&str] =
    &["workload.users.count=1000000", "workload.sessions={ events = 4, pause = \"10s\", gap = \"10s\" }"];
const TYPES: &[&str] = &["workload.types=[{ name = \"view\", share = 4 }, { name = \"buy\" }]"];
const FUNNEL: &[&str] = &[
    "workload.users.count=1000000",
    "workload.types=[{ name = \"view\" }, { name = \"click\" }, { name = \"cart\" }]",
    "workload.sessions={ events = 3, pause = \"10s\", funnel = [{ probability = 0.5 }, { probability = 0.2 }] }",
];

/// A batch holds the payload of what it reads: half of the events have their own.
pub const OF_BATCH: &[Knob] =
    &[knob("workload.types[1].payload=1300 B", &[("state.working_set_bytes_peak", Times(8.0 / 3.0, 0.03))]).given(&[
        "job.dedup=none",
        "job.window=none",
        "workload.types=[{ name = \"view\" }, { name = \"buy\" }]",
    ])];

#[test]
fn who_does_what() {
    turn(CONTINUOUS, KNOBS);
}

#[test]
fn payload_by_type() {
    turn(super::batch::PIPELINE, OF_BATCH);
}
