//! What pipelines compute: dedup and windows.

use super::Effect::{Absent, Down, Is, Plus, Times, Up};
use super::{Knob, knob, turn};

/// An attempt each 20 s of a user, steps as often.
const FUNNEL: &[&str] = &[
    "job.window=none",
    "workload.types=[{ name = \"a\" }, { name = \"b\" }, { name = \"c\" }]",
    "job.funnel={ steps = [\"a\", \"b\"], within = \"10s\" }",
];

/// 1,200 ids in two minutes.
const BLOOM: &[&str] = &["job.window=none", "job.dedup.kind=bloom", "job.dedup.capacity=1200"];

pub const KNOBS: &[Knob] = &[
    knob("job.dedup.ttl=4m", &[("state.dedup_ids_peak", Times(2.0, 0.1)), ("accounting.duplicates_leaked", Down)])
        .given(&["job.window=none"]),
    knob(
        "job.dedup=none",
        &[
            ("state.dedup_ids_peak", Absent),
            ("state.dedup_bytes_peak", Absent),
            ("accounting.duplicates_removed", Is(0.0, 0.0)),
            ("correctness.overcount", Is(0.1, 0.004)),
        ],
    )
    .given(&["job.window=none"]),
    // Two maps hold up to two times the ttl.
    knob(
        "job.dedup.kind=generations",
        &[("state.dedup_ids_peak", Times(2.0, 0.12)), ("accounting.duplicates_leaked", Down)],
    )
    .given(&["job.window=none"]),
    knob("job.dedup.id=uuid", &[("state.dedup_bytes_peak", Times(153.0 / 96.4, 1e-9))]).given(&["job.window=none"]),
    knob("job.dedup.capacity=2400", &[("state.dedup_bytes_peak", Times(2.0, 1e-3)), ("accounting.lost", Down)])
        .given(BLOOM),
    knob(
        "job.dedup.false_positive=0.1",
        &[("state.dedup_bytes_peak", Times(0.5, 1e-3)), ("accounting.lost", Up), ("accounting.on_time", Down)],
    )
    .given(BLOOM),
    // An event is held for half a window more.
    knob("job.window.size=2m", &[("stages_s.window", Plus(30.0, 0.5)), ("latency_s.mean", Plus(30.0, 0.5))]),
    // At most two windows are open. In the one that is about to close all 100 keys have come, in
    // the one after it half of them within the bound of five seconds.
    knob("job.window.by=key", &[("state.window_entries_peak", Times(75.0, 0.1))]),
    // A tenth of the rows misses its window: the mean error stays, but that of six rows of a key
    // spreads more than that of 600.
    knob(
        "job.window.by=key",
        &[("correctness.error_first_mean", Times(1.0, 0.15)), ("correctness.error_first_p95", Up)],
    )
    .given(&["workload.network.delay={ exponential = { mean = \"10s\" } }"]),
    knob(
        "job.window=none",
        &[
            ("state.window_entries_peak", Absent),
            ("correctness.error_first_mean", Absent),
            ("landing_s.mean", Absent),
            ("stages_s.window", Is(0.0, 0.0)),
            ("latency_s.mean", Down),
        ],
    ),
    // A user has a `b` each 30 s: 1 − e^(−10/30) of the attempts convert, then 1 − e^(−20/30).
    knob(
        "job.funnel.within=20s",
        &[
            ("funnel.true_conversion", Is(0.4866, 0.01)),
            ("funnel.conversion", Up),
            ("funnel.started", Times(1.0, 0.02)),
            ("state.window_entries_peak", Up),
        ],
    )
    .given(FUNNEL),
    // The third step as well, in what is left of the time: 1 − (1 + x)·e^(−x) with x = 1/3.
    knob(
        "job.funnel.steps=[\"a\", \"b\", \"c\"]",
        &[
            ("funnel.true_conversion", Is(0.0446, 0.004)),
            ("funnel.conversion", Down),
            ("funnel.true_started", Times(1.0, 0.02)),
        ],
    )
    .given(FUNNEL),
    knob("job.funnel=none", &[("funnel.started", Absent), ("funnel.true_started", Absent), ("latency_s.mean", Down)])
        .given(FUNNEL),
];

#[test]
fn the_job_of_a_continuous_pipeline() {
    turn(super::continuous::PIPELINE, KNOBS);
}
