//! Keys of the model `batch`.

use super::Effect::{Absent, Down, Is, Plus, Same, Times, Up};
use super::{Knob, knob, turn};

/// Every ten minutes, with the three periods before.
pub const PIPELINE: &str = r#"
    model = "batch"
    every = "10m"
    start_after = "1m"
    overhead = "30s"
    throughput = "1000/s"
"#;

/// Deliveries that miss their run now and then.
const SLOW: &[&str] = &["workload.network.delay={ exponential = { mean = \"5m\" } }"];

pub const KNOBS: &[Knob] = &[
    // Five more minutes of wait on average; a run reads four periods, 13.2 s more of rows each.
    knob("pipelines[0].every=20m", &[("operations.runs", Times(0.5, 1e-9)), ("stages_s.wait", Plus(300.0, 3.0))]),
    knob("pipelines[0].start_after=3m", &[("landing_s.mean", Plus(120.0, 0.2)), ("stages_s.wait", Plus(120.0, 0.5))]),
    knob("pipelines[0].start_delay=2m", &[("landing_s.mean", Plus(120.0, 0.2)), ("stages_s.wait", Plus(120.0, 0.5))]),
    knob(
        "pipelines[0].start_delay={ uniform = { low = \"0s\", high = \"2m\" } }",
        &[("landing_s.mean", Plus(60.0, 25.0))],
    ),
    knob(
        "pipelines[0].partition_by=arrival",
        &[
            ("accounting.late_dropped", Is(0.0, 0.0)),
            ("correctness.completeness_final", Is(1.0, 0.0)),
            ("correctness.completeness_first", Down),
        ],
    )
    .given(SLOW),
    knob("pipelines[0].overhead=90s", &[("landing_s.mean", Plus(60.0, 1e-6)), ("stages_s.compute", Plus(60.0, 1e-6))]),
    // Four periods of 600 s at 11 deliveries a second are 26.4 s at 1000/s.
    knob("pipelines[0].throughput=500/s", &[("stages_s.compute", Plus(26.4, 0.5)), ("compute.core_hours", Up)]),
    knob(
        "pipelines[0].late=drop",
        &[
            ("accounting.late_dropped", Up),
            ("accounting.late_included", Is(0.0, 0.0)),
            ("correctness.completeness_final", Down),
            ("correctness.completeness_first", Same),
            ("compute.core_hours", Down),
        ],
    )
    .given(SLOW),
    // Nothing is lost, and nothing is read twice.
    knob(
        "pipelines[0].late=next_run",
        &[
            ("accounting.late_dropped", Is(0.0, 0.0)),
            ("correctness.completeness_final", Is(1.0, 0.0)),
            ("compute.core_hours", Down),
            ("state.working_set_bytes_peak", Down),
        ],
    )
    .given(SLOW),
    // By a run's start a minute after the hour, 0.646, 0.952, 0.994 and 0.999 of the rows of its
    // period and of those before it have come, for exponential delays of mean 5 minutes: a period
    // at 55/s and 5000/s takes 6.6 s. Rows that come after the last look at their period are
    // exp(−2·n) of them for n periods: e⁴ times as many for two periods less.
    knob(
        "pipelines[0].lookback=1",
        &[
            ("accounting.late_dropped", Times(54.6, 0.2)),
            ("state.dedup_ids_peak", Times((0.646 + 0.952) / (0.646 + 0.952 + 0.994 + 0.999), 0.02)),
            ("stages_s.compute", Plus(-6.6 * (0.994 + 0.999), 0.3)),
        ],
    )
    .given(&[
        "workload.network.delay={ exponential = { mean = \"5m\" } }",
        "workload.rate=50/s",
        "pipelines[0].throughput=5000/s",
    ]),
    // Cores are paid while runs last: twelve runs of 30 s + 26.4 s.
    knob(
        "pipelines[0].cores=4",
        &[
            ("compute.core_hours", Times(0.5, 1e-9)),
            ("compute.peak_cores", Is(4.0, 0.0)),
            ("compute.utilisation", Times(1.0, 1e-9)),
            ("cost.compute_per_day", Times(0.5, 1e-9)),
        ],
    ),
    knob("pipelines[0].cores=1", &[("compute.core_hours", Is(144.0 * (30.0 + 26.4) / 3_600.0, 0.05))]),
    knob("pipelines[0].dedup=false", &[("state.dedup_ids_peak", Absent), ("accounting.duplicates_leaked", Up)]),
    knob("pipelines[0].bytes_per_id=145.4", &[("state.dedup_bytes_peak", Times(2.0, 1e-9))]),
    knob("pipelines[0].sink_delay=20s", &[("stages_s.commit", Is(20.0, 1e-9)), ("landing_s.mean", Plus(20.0, 1e-6))]),
    // What daily and hourly differ in, one at a time and together.
    knob("pipelines[0]={ preset = \"hourly\" }", &[("operations.runs", Is(24.0, 1e-9)), ("landing_s.mean", Up)]),
    knob("pipelines[0]={ model = \"continuous\" }", &[("operations.runs", Absent), ("landing_s.mean", Down)]),
];

#[test]
fn keys_of_batches() {
    turn(PIPELINE, KNOBS);
}
