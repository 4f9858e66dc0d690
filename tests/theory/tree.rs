//! A period made in parts: what remains to be done after its end.

use super::{is_about, only, outcome, value};

/// A day of 24 hours at 10 events a second, none of them late.
fn daily(tree: &str) -> millstream::experiment::PipelineOutcome {
    let outcome = outcome(&format!(
        r#"
        warmup = "1d"
        duration = "3d"
        [workload]
        rate = "1/s"
        [job]
        dedup = {{ ttl = "1d" }}
        [[pipelines]]
        model = "batch"
        every = "1d"
        start_after = "5m"
        overhead = "1m"
        throughput = "10/s"
        late = "drop"
        {tree}
        "#
    ));
    only(&outcome).clone()
}

#[test]
fn after_midnight_only_the_right_edge_remains() {
    // In one go: 24 hours of 3,600 rows each at 10/s are 8,640 s.
    let plain = daily("");
    is_about(&plain, "landing_s.mean", 300.0 + 60.0 + 8_640.0, 5e-3);
    // The last leaf, and merges of 2, 4, 8 and 24 of them at 100/s, each with its overhead.
    let tree = daily("tree = { leaf = \"1h\", throughput = \"100/s\" }");
    is_about(&tree, "landing_s.mean", 300.0 + 60.0 + 360.0 + 4.0 * 60.0 + 38.0 * 36.0, 5e-3);
    // The same is published.
    for measure in ["accounting.on_time", "accounting.late_dropped", "accounting.duplicates_removed"] {
        assert_eq!(value(&tree, measure), value(&plain, measure), "{measure}");
    }
    assert_eq!(value(&tree, "operations.runs"), 24.0);
    // All leaves and all 23 merges: 24·(60 + 360) s + 23·60 s + (2·12 + 4·6 + 8·3 + 16 + 24) · 36 s. Each day is
    // measured whole but for the end of the last, so that days before count for it.
    let busy = 24.0 * 420.0 + 23.0 * 60.0 + 112.0 * 36.0;
    is_about(&tree, "compute.core_hours", 8.0 * busy / 3_600.0, 5e-3);
    // A leaf fits where a day does not.
    is_about(&tree, "state.dedup_ids_peak", 3_600.0, 0.06);
    is_about(&plain, "state.dedup_ids_peak", 86_400.0, 0.02);
    // The load is spread over the day instead of a spike after midnight.
    let of =
        |pipeline: &millstream::experiment::PipelineOutcome, hour: usize| pipeline.load_by_hour[hour].value.unwrap();
    assert!(of(&plain, 12) == 0.0 && of(&tree, 12) > 0.5, "{} {}", of(&plain, 12), of(&tree, 12));
}

#[test]
fn a_late_scheduler_moves_the_last_part_only() {
    let slow = daily("start_delay = \"2h\"\ntree = { leaf = \"1h\", throughput = \"100/s\" }");
    is_about(&slow, "landing_s.mean", 7_200.0 + 300.0 + 60.0 + 360.0 + 4.0 * 60.0 + 38.0 * 36.0, 5e-3);
}
