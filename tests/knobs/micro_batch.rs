//! Keys of the model `micro_batch`.

use super::Effect::{Down, Is, Plus, Times, Up};
use super::{Knob, knob, turn};

pub const PIPELINE: &str = r#"
    model = "micro_batch"
    trigger = "10s"
    overhead = "1s"
    throughput = "1000/s"
    watermark_delay = "15s"
"#;

const SLOW: &[&str] = &["workload.network.delay={ exponential = { mean = \"20s\" } }"];

pub const KNOBS: &[Knob] = &[
    // Half of ten seconds more of wait, and the rows of ten seconds: 0.11 s.
    knob(
        "pipelines[0].trigger=20s",
        &[
            ("operations.runs", Times(0.5, 1e-9)),
            ("stages_s.wait", Plus(5.0, 0.1)),
            ("stages_s.compute", Plus(0.11, 0.01)),
        ],
    ),
    knob(
        "pipelines[0].overhead=3s",
        &[("stages_s.compute", Plus(2.0, 1e-6)), ("compute.utilisation", Plus(0.2, 1e-6))],
    ),
    // About 111 rows in an event's batch: 0.11 s at 1000/s, 1.11 s at 100/s.
    knob("pipelines[0].throughput=100/s", &[("stages_s.compute", Plus(0.999, 0.02))]),
    knob(
        "pipelines[0].watermark_delay=5m",
        &[
            ("accounting.late_dropped", Down),
            ("correctness.completeness_final", Is(1.0, 1e-3)),
            ("state.window_entries_peak", Up),
        ],
    )
    .given(SLOW),
    // Append waits for the watermark and publishes once.
    knob("pipelines[0].watermark_delay=75s", &[("landing_s.mean", Plus(60.0, 2.0))])
        .given(&["pipelines[0].output=append"]),
    knob(
        "pipelines[0].output=append",
        &[
            ("accounting.late_included", Is(0.0, 0.0)),
            ("correctness.completeness_first", Up),
            ("landing_s.mean", Up),
            ("latency_s.mean", Up),
        ],
    )
    .given(SLOW),
    knob(
        "pipelines[0].cores=8",
        &[
            ("compute.core_hours", Is(8.0 * 24.0, 1e-9)),
            ("compute.utilisation", Times(1.0, 1e-9)),
            ("cost.compute_per_day", Times(2.0, 1e-9)),
        ],
    ),
    // Held for two delays and a trigger, and looked at before the batch evicts: 50 s in place of two minutes.
    knob("pipelines[0].dedup.kind=within_watermark", &[("state.dedup_ids_peak", Times(50.0 / 120.0, 0.15))]),
    knob("pipelines[0].store=spark_rocksdb", &[("state.dedup_bytes_peak", Times(32.0 / 288.0, 1e-9))]),
    knob("pipelines[0].bytes_per_id=576", &[("state.dedup_bytes_peak", Times(2.0, 1e-9))]),
    knob("pipelines[0].sink_delay=2s", &[("stages_s.commit", Is(2.0, 1e-9)), ("latency_s.mean", Plus(2.0, 1e-6))]),
    knob("job.dedup.ttl=4m", &[("state.dedup_ids_peak", Times(2.0, 0.1))]),
    knob("workload.payload=600 B", &[("state.working_set_bytes_peak", Times(2.0, 1e-9))])
        .given(&["job.dedup=none", "job.window=none"]),
];

#[test]
fn keys_of_micro_batches() {
    turn(PIPELINE, KNOBS);
}
