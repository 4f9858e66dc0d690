//! The rate over time, and sampling. The base runs from 00:00 to 02:40 UTC on a Monday.

use super::Effect::{Down, Same, Times, Up};
use super::continuous::PIPELINE as CONTINUOUS;
use super::{Knob, knob, turn};

pub const KNOBS: &[Knob] = &[
    // The measured two hours are 00:40 to 02:40. Means of the cosine over the hours, by hand:
    // 1 + 0.5·cos(2π(h − 14)/24) averaged over each hour is 0.5666 at 00, 0.5252 at 01, 0.5021 at 02.
    knob(
        "workload.daily={ peak = 1.5, trough = 0.5, hour = 14 }",
        &[("workload.events", Times((0.566_64 / 3.0 + 0.518_56 + 0.502_85 * 2.0 / 3.0) / 2.0, 0.02))],
    ),
    knob("workload.daily.peak=3", &[("workload.events", Times(2.0, 0.05))])
        .given(&["workload.daily={ peak = 1.5, trough = 0.5, hour = 1.7 }"]),
    knob("workload.daily.trough=0", &[("workload.events", Down)]).given(DAILY),
    knob("workload.daily.hour=2", &[("workload.events", Up)]).given(DAILY),
    knob("workload.weekdays=[0.5, 9, 9, 9, 9, 9, 9]", &[("workload.events", Times(0.5, 0.02))]),
    // By the middles of the hours: (11^(0.5/24)/3 + 11^(1.5/24) + 11^(2.5/24)·2/3) / 2.
    knob("workload.trend=10", &[("workload.events", Times(1.184, 0.01))]),
    knob(
        "workload.bursts=[{ at = \"1h\", for = \"10m\", factor = 13 }]",
        &[("workload.events", Times(2.0, 0.02)), ("state.dedup_ids_peak", Times(13.0, 0.2))],
    ),
    knob("workload.bursts[0].at=0s", &[("workload.events", Times(0.5, 0.02))]).given(BURST),
    knob("workload.bursts[0].for=20m", &[("workload.events", Times(1.5, 0.02))]).given(BURST),
    knob("workload.bursts[0].factor=7", &[("workload.events", Times(0.75, 0.02))]).given(BURST),
    // A tenth of the events is simulated; counts stay those of the whole stream.
    knob(
        "workload.sample=1/10",
        &[
            ("workload.events", Times(1.0, 0.05)),
            ("accounting.events", Times(1.0, 0.05)),
            ("accounting.duplicates_removed", Times(1.0, 0.1)),
            ("state.dedup_ids_peak", Times(1.0, 0.1)),
            ("state.dedup_bytes_peak", Times(1.0, 0.1)),
            ("compute.utilisation", Times(1.0, 0.05)),
            ("compute.core_hours", Same),
            ("latency_s.p50", Times(1.0, 0.05)),
        ],
    )
    .given(&["workload.rate=100/s", "pipelines[0].service=1ms"]),
];

const DAILY: &[&str] = &["workload.daily={ peak = 1.5, trough = 0.5 }"];
const BURST: &[&str] = &["workload.bursts=[{ at = \"1h\", for = \"10m\", factor = 13 }]"];

/// A sampled batch reads as many rows, bytes and ids, and takes as long.
const OF_BATCH: &[Knob] = &[knob(
    "workload.sample=1/10",
    &[
        ("state.working_set_bytes_peak", Times(1.0, 0.05)),
        ("state.backlog_records_peak", Times(1.0, 0.05)),
        ("latency_s.mean", Times(1.0, 0.02)),
        ("compute.utilisation", Times(1.0, 0.05)),
        ("cost.total_per_day", Times(1.0, 0.05)),
    ],
)
.given(&["workload.rate=100/s", "pipelines[0].throughput=1000/s"])];

#[test]
fn the_rate_over_time() {
    turn(CONTINUOUS, KNOBS);
}

#[test]
fn a_sampled_batch() {
    turn(super::batch::PIPELINE, OF_BATCH);
}
