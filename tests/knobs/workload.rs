//! The stream: rate, keys, payload, network, duplicates.

use super::Effect::{Down, Is, Plus, Times, Up};
use super::continuous::PIPELINE as CONTINUOUS;
use super::{Knob, knob, turn};

pub const ON_CONTINUOUS: &[Knob] = &[
    knob("workload.rate=20/s", &[("workload.events", Times(2.0, 0.01)), ("state.dedup_ids_peak", Times(2.0, 0.1))]),
    knob(
        "workload.hours=[0.5, 0.5, 0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]",
        &[("workload.events", Times(0.5, 0.01)), ("compute.utilisation", Times(0.5, 0.02))],
    ),
    // Two windows are open at most, and all ten keys come in both.
    knob("workload.keys.count=10", &[("state.window_entries_peak", Is(20.0, 0.0))]).given(&["job.window.by=key"]),
    knob("workload.keys.zipf=3.0", &[("state.window_entries_peak", Down)]).given(&["job.window.by=key"]),
    // A popular key burdens its worker.
    knob("workload.keys.zipf=1.0", &[("stages_s.wait", Up), ("compute.utilisation", Times(1.0, 0.01))])
        .given(&["pipelines[0].parallelism=4", "pipelines[0].service=200ms"]),
    knob("workload.network.delay=3s", &[("stages_s.network", Is(3.0, 1e-9))]).given(&["job.window=none"]),
    // (3·1 + 1·5) / 4 before; (3·1 + 3·5) / 6 and (3·3 + 1·5) / 4 after.
    knob("workload.network.cohorts[1].share=3", &[("stages_s.network", Is(3.0, 0.03))]).given(COHORTS),
    knob("workload.network.cohorts[0].delay=3s", &[("stages_s.network", Is(3.5, 0.03))]).given(COHORTS),
    knob("workload.network.late.share=0.2", &[("stages_s.network", Is(1.0 + 0.2 * 20.0, 0.1))]).given(LATE),
    knob("workload.network.late.by=40s", &[("stages_s.network", Is(1.0 + 0.1 * 40.0, 0.1))]).given(LATE),
    // Late rows miss their window.
    knob("workload.network.late={ share = 0.2, by = \"10m\" }", &[("accounting.late_dropped", Up)]),
    knob("workload.duplicates.retry.share=0.2", &[("workload.duplicate_deliveries", Times(2.0, 0.03))]),
    // A gap above the TTL of two minutes leaks, and one far above the watermark's bound is late.
    knob(
        "workload.duplicates.retry.after=3m",
        &[("accounting.duplicates_removed", Is(0.0, 0.0)), ("correctness.overcount", Is(0.1, 0.004))],
    )
    .given(&["job.window=none"]),
    knob(
        "workload.duplicates.retry.after=3m",
        &[("accounting.duplicates_late_dropped", Up), ("accounting.duplicates_leaked", Is(0.0, 0.0))],
    ),
    knob("workload.duplicates.repeat.share=0.2", &[("workload.duplicate_deliveries", Times(2.0, 0.1))]).given(REPEAT),
    // By default a repetition is uniform over the rest of the day and mostly after the measured
    // two hours; after five minutes it is within them.
    knob(
        "workload.duplicates.repeat.after=5m",
        &[("workload.duplicate_deliveries", Is(0.1 * 72_000.0, 300.0)), ("accounting.duplicates_leaked", Up)],
    )
    .given(REPEAT),
];

const COHORTS: &[&str] = &[
    "job.window=none",
    "workload.network={ cohorts = [{ name = \"a\", share = 3, delay = \"1s\" }, { share = 1, delay = \"5s\" }] }",
];
const LATE: &[&str] = &["job.window=none", "workload.network={ delay = \"1s\", late = { share = 0.1, by = \"20s\" } }"];
const REPEAT: &[&str] = &["workload.duplicates={ repeat = { share = 0.1 } }"];

/// A batch holds the payload of what it reads.
pub const ON_BATCH: &[Knob] = &[
    knob("workload.payload=600 B", &[("state.working_set_bytes_peak", Times(2.0, 1e-9))])
        .given(&["job.dedup=none", "job.window=none"]),
    knob(
        "workload.payload={ uniform = { low = \"100 B\", high = \"500 B\" } }",
        &[("state.working_set_bytes_peak", Times(1.0, 0.01))],
    )
    .given(&["job.dedup=none", "job.window=none"]),
    // With the three periods before, a run reads 40 minutes of rows of 300 bytes, a tenth of them
    // twice; the copies of the last ten minutes are not all there yet.
    knob("workload.payload=1 B", &[("state.working_set_bytes_peak", Is(26_400.0, 500.0))])
        .given(&["job.dedup=none", "job.window=none"]),
    knob("workload.network.delay=21s", &[("latency_s.mean", Plus(0.0, 10.0)), ("stages_s.wait", Plus(-20.0, 5.0))]),
];

#[test]
fn the_stream_through_a_continuous_pipeline() {
    turn(CONTINUOUS, ON_CONTINUOUS);
}

#[test]
fn the_stream_through_a_batch() {
    turn(super::batch::PIPELINE, ON_BATCH);
}
