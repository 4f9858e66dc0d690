//! Stragglers, gates, trees and bad data of a batch.

use super::Effect::{Down, Is, Plus, Times, Up};
use super::batch::PIPELINE;
use super::{Knob, knob, turn};

const GATE: &[&str] = &["pipelines[0].gate={ takes = \"10s\", stops = 1.0, release = \"1m\" }"];
const TREE: &[&str] = &[
    "pipelines[0].every=20m",
    "pipelines[0].late=drop",
    "pipelines[0].tree={ leaf = \"5m\", throughput = \"1000/s\" }",
];
const BAD: &[&str] = &[
    "workload.bad_data={ per_day = 40.0, lasting = \"5m\", share = 0.2, noticed_after = \"2h\" }",
    "pipelines[0].every=10m",
];
const CAUGHT: &[&str] = &[
    "workload.bad_data={ per_day = 40.0, lasting = \"5m\", share = 0.2, noticed_after = \"2h\" }",
    "pipelines[0].gate={ catches = 1.0, release = \"1m\" }",
];

pub const KNOBS: &[Knob] = &[
    // Four periods of 600 s at 11 deliveries a second are 26.4 s at 1000/s.
    knob("pipelines[0].straggler=2", &[("stages_s.compute", Plus(26.4, 0.5))]),
    knob("pipelines[0].gate.takes=40s", &[("landing_s.mean", Plus(30.0, 1e-6)), ("compute.core_hours", Up)])
        .given(GATE),
    knob("pipelines[0].gate.stops=0", &[("landing_s.mean", Plus(-60.0, 1e-6)), ("quality.stopped_runs", Is(0.0, 0.0))])
        .given(GATE),
    knob(
        "pipelines[0].gate.release=2m",
        &[("landing_s.mean", Plus(60.0, 1e-6)), ("stages_s.commit", Plus(60.0, 1e-6))],
    )
    .given(GATE),
    knob("pipelines[0].gate.catches=0", &[("quality.stopped_runs", Is(0.0, 0.0)), ("quality.bad_exposure_s", Up)])
        .given(CAUGHT),
    // Twenty minutes in parts of five: the last part and merges of 2 and 4; in parts of ten, of 2.
    knob("pipelines[0].tree.leaf=10m", &[("operations.runs", Times(0.5, 1e-9)), ("state.dedup_ids_peak", Up)])
        .given(TREE),
    knob("pipelines[0].tree.throughput=2000/s", &[("landing_s.mean", Plus(-9.0, 0.3))]).given(TREE),
    knob("workload.bad_data.per_day=400", &[("quality.bad_stretches", Up), ("quality.bad_events_published", Up)])
        .given(BAD),
    knob("workload.bad_data.lasting=1m", &[("quality.bad_events_published", Down)]).given(BAD),
    knob(
        "workload.bad_data.share=0.4",
        &[("quality.bad_events_published", Times(2.0, 1e-6)), ("quality.bad_exposure_s", Times(1.0, 1e-6))],
    )
    .given(BAD),
    knob("workload.bad_data.noticed_after=4h", &[("quality.bad_exposure_s", Plus(7_200.0, 1e-3))]).given(BAD),
];

#[test]
fn gates_and_bad_data_of_a_batch() {
    turn(PIPELINE, KNOBS);
}
