//! The side input: how outdated a row is that an event is joined to.

use millstream::experiment::PipelineOutcome;

use super::{is_about, only, outcome, value};

fn joined(enrich: &str, keys: &str, pipeline: &str) -> PipelineOutcome {
    let outcome = outcome(&format!(
        r#"
        warmup = "6h"
        duration = "12d"
        [workload]
        rate = "2/s"
        {keys}
        [job]
        enrich = {{ changes = "6/d", {enrich} }}
        [[pipelines]]
        {pipeline}
        "#
    ));
    only(&outcome).clone()
}

/// Mean of 1 − e^(−λa) over ages that are uniform from `low` to `high` hours, for six changes a day.
fn uniform(low: f64, high: f64) -> f64 {
    let rate = 6.0 / 24.0;
    1.0 - ((-rate * low).exp() - (-rate * high).exp()) / (rate * (high - low))
}

#[test]
fn the_age_of_a_snapshot_is_uniform() {
    let fresh = joined("refresh = \"3h\", bytes = \"1 GB\"", "", "preset = \"continuous\"");
    is_about(&fresh, "enrich.outdated_share", uniform(0.0, 3.0), 5e-3);
    is_about(&fresh, "enrich.loads_per_day", 8.0, 1e-9);
    is_about(&fresh, "enrich.bytes_per_day", 8e9, 1e-9);
    // A load of an hour makes each snapshot an hour older.
    let slow = joined("refresh = \"3h\", load = \"1h\"", "", "preset = \"continuous\"");
    is_about(&slow, "enrich.outdated_share", uniform(1.0, 4.0), 5e-3);
    is_about(&slow, "enrich.core_hours", 8.0, 1e-9);
    let batches = joined("refresh = \"3h\"", "", "preset = \"micro_batch\"");
    is_about(&batches, "enrich.outdated_share", uniform(0.0, 3.0), 5e-3);
}

#[test]
fn a_batch_joins_the_snapshot_that_is_newest_at_its_start() {
    let pipeline = "model = \"batch\"\nevery = \"6h\"\nstart_after = \"1h\"\nlate = \"drop\"\noverhead = \"1m\"\nthroughput = \"1e12/s\"";
    // Each run starts an hour after a snapshot was taken.
    let plain = joined("refresh = \"3h\"", "", pipeline);
    is_about(&plain, "enrich.outdated_share", 1.0 - (-0.25_f64).exp(), 1e-9);
    is_about(&plain, "enrich.loads_per_day", 4.0, 1e-9);
    // One that loads for two hours is in use from two hours on: the run still joins the one before it.
    let slow = joined("refresh = \"3h\", load = \"2h\"", "", pipeline);
    is_about(&slow, "enrich.outdated_share", 1.0 - (-1.0_f64).exp(), 1e-9);
    is_about(&slow, "landing_s.mean", value(&plain, "landing_s.mean") + 7_200.0, 1e-9);
}

#[test]
fn a_cache_asks_again_after_its_ttl() {
    // A key has an event each 500 s on average: the first after the TTL of 1,000 s asks, 1,500 s after the last.
    let lookup = joined(
        "lookup = { ttl = \"1000s\", takes = \"1s\" }, bytes = \"2 KB\"",
        "keys = { count = 1000 }",
        "preset = \"continuous\"\nservice = \"0s\"",
    );
    let loads = 1_000.0 * 86_400.0 / 1_500.0;
    is_about(&lookup, "enrich.loads_per_day", loads, 0.01);
    is_about(&lookup, "enrich.bytes_per_day", 2_000.0 * loads, 0.01);
    is_about(&lookup, "stages_s.compute", 1.0 / 3.0, 0.01);
    // One of three events has a row of age 0, the others one of a uniform age.
    is_about(&lookup, "enrich.outdated_share", uniform(0.0, 1_000.0 / 3_600.0) * 2.0 / 3.0, 0.02);
}
