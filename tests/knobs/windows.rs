//! Kinds of windows.

use super::Effect::{Absent, Down, Is, Plus, Same, Times, Up};
use super::{Knob, knob, turn};

/// Ten events a second and duplicates that are removed: see the base.
pub const OF_CONTINUOUS: &[Knob] = &[
    // Windows of a minute that begin every ten seconds: an event waits 5 s on average instead of 30 s
    // until the first of them ends, and six times as many are open.
    knob("job.window.slide=10s", &[("stages_s.window", Plus(-25.0, 0.2)), ("state.window_entries_peak", Up)]),
    // Without dedup a tenth of the rows is too many: they count, and sum, and are of users who have been counted.
    knob(
        "job.window.aggregate=distinct_users",
        &[("correctness.error_final_mean", Down), ("state.window_entries_peak", Up)],
    )
    .given(&["job.dedup=none", "workload.users={ count = 1000 }"]),
    knob(
        "job.window.aggregate=sum_bytes",
        &[("correctness.error_final_mean", Times(1.0, 0.05)), ("state.window_entries_peak", Same)],
    )
    .given(&["job.dedup=none", "workload.payload=200 B"]),
    knob("job.window.offset=20s", &[("stages_s.window", Plus(0.0, 0.2)), ("landing_s.mean", Plus(0.0, 0.2))]),
    // A key has an event each ten seconds on average. With a gap of g seconds its session ends (e^(g/10) − 1)·10
    // seconds after any of its events on average.
    knob(
        "job.window={ gap = \"10s\", by = \"key\" }",
        &[("correctness.error_first_mean", Up), ("correctness.error_final_mean", Up)],
    )
    .given(&["job.dedup=none", "workload.network.delay={ exponential = { mean = \"10s\" } }"]),
    // Its window is whatever rows come in a row: there is no truth about it.
    knob("job.window={ count = 3, by = \"key\" }", &[("correctness.error_first_mean", Absent)])
        .given(&["job.dedup=none", "workload.duplicates={}"]),
    knob("job.window.gap=20s", &[("stages_s.window", Plus(46.70, 2.0))]).given(&[
        "workload.network={}",
        "job.dedup=none",
        "workload.duplicates={}",
        "job.window={ gap = \"10s\", by = \"key\" }",
    ]),
    // The last of n rows waits for none: (n − 1)/2 rows of a key, ten seconds each.
    knob("job.window.count=5", &[("stages_s.window", Is(20.0, 0.5)), ("accounting.late_dropped", Is(0.0, 0.0))])
        .given(COUNT),
    knob("job.window.every=1", &[("stages_s.window", Is(0.0, 1e-9))]).given(COUNT),
    // A window fires with the first record of its end and the bound, and not with the next tick.
    knob("pipelines[0].watermark.emission=record", &[("landing_s.mean", Down)])
        .given(&["pipelines[0].watermark.interval=2s"]),
];

const COUNT: &[&str] = &["job.dedup=none", "workload.duplicates={}", "job.window={ count = 3, by = \"key\" }"];

/// A micro-batch of ten seconds, in append mode.
const OF_MICRO_BATCH: &[Knob] = &[
    knob("job.window.slide=10s", &[("latency_s.mean", Down), ("state.window_entries_peak", Up)])
        .given(&["pipelines[0].output=append"]),
    knob("job.window.gap=20s", &[("latency_s.mean", Plus(46.70, 2.0))])
        .given(&["job.window={ gap = \"10s\", by = \"key\" }"]),
];

/// A batch each ten minutes: the last 50 s of the period before are read again for windows of a minute that
/// begin every ten seconds.
const OF_BATCH: &[Knob] = &[
    knob(
        "job.window.slide=10s",
        &[("state.window_entries_peak", Times(6.5, 0.2)), ("stages_s.compute", Plus(50.0 * 11.0 / 1_000.0, 0.03))],
    ),
    knob("job.window.gap=20s", &[("state.window_entries_peak", Down)])
        .given(&["job.window={ gap = \"10s\", by = \"key\" }"]),
];

#[test]
fn windows_of_a_continuous_pipeline() {
    turn(super::continuous::PIPELINE, OF_CONTINUOUS);
}

#[test]
fn windows_of_a_micro_batch() {
    turn(super::micro_batch::PIPELINE, OF_MICRO_BATCH);
}

#[test]
fn windows_of_a_batch() {
    turn(super::batch::PIPELINE, OF_BATCH);
}
