//! The sawtooth: with period T and publication P after the boundary, an event waits uniformly
//! between P and P + T, and so does the age of the data.

use millstream::experiment::Outcome;

use super::{agrees, agrees_to_the_bucket, is_about, only, outcome, value};

/// A batch whose runs take exactly their overhead.
fn batch(top: &str, rate: &str, pipeline: &str) -> Outcome {
    outcome(&format!(
        r#"
        {top}
        [workload]
        rate = "{rate}"
        [[pipelines]]
        model = "batch"
        throughput = "1e12/s"
        late = "drop"
        {pipeline}
        "#
    ))
}

/// Latency and data age of a sawtooth: `period` and `publication` in seconds, `gap` the mean time
/// from the newest event to the boundary.
fn is_a_sawtooth(outcome: &Outcome, period: f64, publication: f64, gap: f64) {
    let pipeline = only(outcome);
    agrees(pipeline, "latency_s.mean", publication + period / 2.0);
    for (measure, q) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
        agrees_to_the_bucket(pipeline, &format!("latency_s.{measure}"), publication + q * period);
    }
    // The oldest of many events is only just younger than a whole period.
    is_about(pipeline, "latency_s.max", publication + period, 1e-3);
    assert!(value(pipeline, "latency_s.max") <= publication + period);
    is_about(pipeline, "freshness_s.data_age_mean", publication + period / 2.0 + gap, 1e-3);
    is_about(pipeline, "freshness_s.data_age_p95", publication + 0.95 * period + gap, 5e-3);
    is_about(pipeline, "freshness_s.data_age_max", publication + period, 5e-3);
    for measure in ["landing_s.mean", "landing_s.max"] {
        is_about(pipeline, measure, publication, 1e-9);
    }
    is_about(pipeline, "operations.runs", 86_400.0 / period, 1e-9);
}

#[test]
fn an_hourly_batch_five_minutes_after_the_hour() {
    let top = "warmup = \"2h\"\nduration = \"2d\"\nreplications = 8";
    let outcome = batch(top, "1/s", "every = \"1h\"\nstart_after = \"0s\"\noverhead = \"5m\"");
    is_a_sawtooth(&outcome, 3_600.0, 300.0, 1.0);
}

#[test]
fn a_daily_batch_two_hours_after_midnight() {
    let top = "warmup = \"1d\"\nduration = \"8d\"\nreplications = 8";
    let outcome = batch(top, "12/m", "every = \"1d\"\nstart_after = \"90m\"\noverhead = \"30m\"");
    // Mean 14 h, longest 26 h.
    is_a_sawtooth(&outcome, 86_400.0, 7_200.0, 5.0);
}

#[test]
fn a_random_run_time_shifts_the_mean_by_its_own() {
    // Uniform between 2 and 8 minutes; runs never meet.
    let top = "seed = 3\nwarmup = \"2h\"\nduration = \"40d\"\nreplications = 10";
    let overhead = r#"overhead = { uniform = { low = "2m", high = "8m" } }"#;
    let outcome = batch(top, "2/m", &format!("every = \"1h\"\nstart_after = \"0s\"\n{overhead}"));
    let pipeline = only(&outcome);
    agrees(pipeline, "latency_s.mean", 1_800.0 + 300.0);
    agrees(pipeline, "landing_s.mean", 300.0);
    // Just before a run of R ends, the data is an hour and R old, and the gap before the hour.
    is_about(pipeline, "freshness_s.data_age_max", 3_600.0 + 480.0 + 30.0, 0.03);
}

#[test]
fn a_run_longer_than_its_period_delays_the_next() {
    let outcome = batch("duration = \"20h\"", "1/s", "every = \"1h\"\nstart_after = \"0s\"\noverhead = \"90m\"");
    let pipeline = only(&outcome);
    // Every hour a run of 90 minutes: run k, from 1 on, reads the hour that ends at k and ends
    // itself at 1 + 1.5·k hours: it lands 1.5 + (k − 1)/2 hours after its period.
    let landings: Vec<f64> = (1..=20).map(|k| 1.5 + f64::from(k - 1) / 2.0).collect();
    let mean = landings.iter().sum::<f64>() / 20.0 * 3_600.0;
    is_about(pipeline, "landing_s.mean", mean, 1e-9);
    is_about(pipeline, "landing_s.max", 11.0 * 3_600.0, 1e-9);
    is_about(pipeline, "latency_s.mean", mean + 1_800.0, 1e-2);
}
