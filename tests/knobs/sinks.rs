//! Sinks.

use super::Effect::{Down, Is, Plus, Times, Up};
use super::{Knob, knob, turn};

const KAFKA: &[&str] = &["job.window=none", "pipelines[0].sink={ kind = \"kafka\", linger = \"2s\" }"];
const ICEBERG: &[&str] = &["job.window=none", "pipelines[0].sink={ kind = \"iceberg\", compaction = \"1 KB\" }"];
const HIVE: &[&str] = &[
    "job.window=none",
    "pipelines[0].late=next_run",
    "workload.network.delay={ exponential = { mean = \"5m\" } }",
    "pipelines[0].sink={ kind = \"hive\", bandwidth = \"1 MB\" }",
];
const POSTGRES: &[&str] = &["job.window=none", "pipelines[0].sink={ kind = \"postgres\", rate = \"200/s\" }"];

/// Of a batch each ten minutes at ten events a second.
pub const KNOBS: &[Knob] = &[
    // Runs end at a time of their own within the linger: a linger of ten minutes ends with the ten minutes.
    knob("pipelines[0].sink.linger=10m", &[("stages_s.commit", Up), ("landing_s.mean", Is(600.0, 1e-6))]).given(KAFKA),
    knob("pipelines[0].sink.kind=postgres", &[("stages_s.commit", Up), ("sink.files_per_day", super::Effect::Absent)])
        .given(&["job.window=none", "pipelines[0].sink={ kind = \"iceberg\" }"]),
    knob("pipelines[0].sink.partition=5m", &[("sink.files_per_day", Up), ("sink.file_bytes_mean", Down)])
        .given(ICEBERG),
    knob(
        "pipelines[0].sink.writers=3",
        &[("sink.files_per_day", Times(3.0, 1e-9)), ("sink.file_bytes_mean", Times(1.0 / 3.0, 1e-9))],
    )
    .given(ICEBERG),
    knob("pipelines[0].sink.row_bytes=200 B", &[("sink.file_bytes_mean", Times(2.0, 1e-9))]).given(ICEBERG),
    knob(
        "pipelines[0].sink.compaction=2 KB",
        &[("sink.compaction_core_hours", Times(0.5, 1e-9)), ("cost.total_per_day", Down)],
    )
    .given(ICEBERG),
    knob("pipelines[0].sink.bandwidth=500 KB", &[("stages_s.commit", Times(2.0, 1e-3))]).given(HIVE),
    // 6,000 events of a run at 200/s are 30 s.
    knob("pipelines[0].sink.rate=400/s", &[("stages_s.commit", Plus(-15.0, 1.0))]).given(POSTGRES),
];

#[test]
fn the_sink_of_a_batch() {
    turn(super::batch::PIPELINE, KNOBS);
}
