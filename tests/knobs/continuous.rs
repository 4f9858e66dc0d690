//! Keys of the model `continuous`.

use super::Effect::{Absent, Down, Is, Plus, Same, Times, Up};
use super::{Knob, knob, turn};

pub const PIPELINE: &str = r#"
    model = "continuous"
    parallelism = 1
    service = "1ms"
    fetch_delay = "5ms"
    sink_delay = "10ms"
    watermark = { bound = "5s", interval = "200ms" }
    allowed_lateness = "0s"
"#;

/// Deliveries that miss their window now and then.
const SLOW: &[&str] = &["workload.network.delay={ exponential = { mean = \"20s\" } }"];
/// Each event visible by itself.
const ALONE: &[&str] = &["job.window=none"];
const BLOOM: &[&str] = &["job.window=none", "pipelines[0].dedup.kind=bloom", "pipelines[0].dedup.capacity=1200"];
const EXACTLY_ONCE: &[&str] = &["job.window=none", "pipelines[0].guarantee=exactly_once"];

pub const KNOBS: &[Knob] = &[
    // A partition is idle for half an hour, and holds back all windows unless it is left out.
    knob("pipelines[0].watermark.per=input", &[("landing_s.max", Down), ("workload.events", Same)])
        .given(super::network::IDLE),
    knob("pipelines[0].watermark.idleness=1m", &[("landing_s.max", Down), ("workload.events", Same)])
        .given(super::network::IDLE),
    // One worker is busy for 0.88 of the time.
    knob(
        "pipelines[0].parallelism=2",
        &[
            ("stages_s.wait", Down),
            // Work counts when it is done: what waits over the edge of the measured period moves.
            ("compute.utilisation", Times(0.5, 1e-3)),
            ("compute.peak_cores", Is(2.0, 0.0)),
            ("compute.core_hours", Is(48.0, 1e-9)),
        ],
    )
    .given(&["pipelines[0].service=80ms"]),
    knob("pipelines[0].dispatch=any", &[("stages_s.wait", Down), ("compute.utilisation", Times(1.0, 1e-3))])
        .given(&["pipelines[0].parallelism=4", "pipelines[0].service=250ms"]),
    knob(
        "pipelines[0].service=2ms",
        &[("stages_s.compute", Is(0.002, 1e-9)), ("compute.utilisation", Times(2.0, 1e-3))],
    ),
    knob("pipelines[0].fetch_interval=1s", &[("stages_s.wait", Plus(0.5, 0.05))]).given(ALONE),
    knob("pipelines[0].fetch_delay=105ms", &[("stages_s.wait", Plus(0.1, 1e-6)), ("latency_s.mean", Plus(0.1, 1e-6))])
        .given(ALONE),
    knob(
        "pipelines[0].watermark.bound=65s",
        &[
            ("landing_s.mean", Plus(60.0, 0.3)),
            ("accounting.late_dropped", Down),
            ("correctness.completeness_first", Is(1.0, 1e-3)),
            ("state.window_entries_peak", Up),
        ],
    ),
    // Ends and the bound are multiples of both intervals, and events come ten a second: nearly
    // always the next tick but one closes a window. τ/(1 − exp(−10τ)) is 0.231 s and 2 s.
    knob("pipelines[0].watermark.interval=2s", &[("landing_s.mean", Plus(2.0 - 0.231, 0.05))]).given(&[
        "workload.network={}",
        "workload.duplicates={}",
        "pipelines[0].watermark.bound=4s",
    ]),
    knob(
        "pipelines[0].allowed_lateness=10m",
        &[
            ("accounting.late_dropped", Is(0.0, 0.0)),
            ("accounting.late_included", Up),
            ("correctness.completeness_final", Is(1.0, 0.0)),
            ("correctness.error_final_mean", Down),
            ("state.window_entries_peak", Up),
        ],
    )
    .given(SLOW),
    // Half of the default minute and its five seconds.
    knob("pipelines[0].guarantee=exactly_once", &[("stages_s.commit", Plus(35.0, 0.5))]).given(ALONE),
    knob("pipelines[0].checkpoint.interval=2m", &[("stages_s.commit", Plus(30.0, 0.5))]).given(EXACTLY_ONCE),
    knob("pipelines[0].checkpoint.duration=15s", &[("stages_s.commit", Plus(10.0, 1e-6))]).given(EXACTLY_ONCE),
    knob("pipelines[0].sink_delay=1010ms", &[("stages_s.commit", Is(1.01, 1e-9)), ("landing_s.mean", Plus(1.0, 1e-6))]),
    knob(
        "pipelines[0].cores=4",
        &[
            ("compute.core_hours", Is(96.0, 1e-9)),
            ("compute.peak_cores", Is(4.0, 0.0)),
            ("compute.utilisation", Times(0.25, 1e-9)),
        ],
    ),
    knob(
        "pipelines[0].dedup=false",
        &[
            ("state.dedup_ids_peak", Absent),
            ("accounting.duplicates_removed", Is(0.0, 0.0)),
            ("correctness.overcount", Is(0.1, 0.004)),
        ],
    )
    .given(ALONE),
    knob(
        "pipelines[0].dedup.kind=unbounded",
        &[("state.dedup_ids_peak", Up), ("accounting.duplicates_leaked", Is(0.0, 0.0))],
    )
    .given(ALONE),
    knob(
        "pipelines[0].dedup.ttl=4m",
        &[("state.dedup_ids_peak", Times(2.0, 0.1)), ("accounting.duplicates_leaked", Down)],
    )
    .given(ALONE),
    knob(
        "pipelines[0].dedup.capacity=2400",
        &[("state.dedup_bytes_peak", Times(2.0, 1e-3)), ("accounting.lost", Down)],
    )
    .given(BLOOM),
    knob(
        "pipelines[0].dedup.false_positive=0.1",
        &[("state.dedup_bytes_peak", Times(0.5, 1e-3)), ("correctness.completeness_final", Down)],
    )
    .given(BLOOM),
    // On disk, and no part of the working set.
    knob(
        "pipelines[0].store=flink_rocksdb",
        &[("state.dedup_bytes_peak", Times(15.4 / 96.4, 1e-9)), ("state.working_set_bytes_peak", Is(0.0, 0.0))],
    )
    .given(ALONE),
    knob(
        "pipelines[0].bytes_per_id=192.8",
        &[("state.dedup_bytes_peak", Times(2.0, 1e-9)), ("state.state_bytes_peak", Times(2.0, 1e-9))],
    )
    .given(ALONE),
    knob("pipelines[0].bytes_per_entry=145.4", &[("state.state_bytes_peak", Times(2.0, 1e-9))])
        .given(&["job.dedup=none"]),
];

#[test]
fn keys_of_continuous_pipelines() {
    turn(PIPELINE, KNOBS);
}
