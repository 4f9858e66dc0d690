//! Delays of a continuous pipeline outside its workers: fetch, watermark, checkpoint.

use millstream::experiment::Outcome;

use super::{agrees, agrees_to_the_bucket, is_about, only, outcome};

/// A continuous pipeline whose workers take no time.
fn continuous(rate: &str, job: &str, duration: &str, pipeline: &str) -> Outcome {
    outcome(&format!(
        r#"
        warmup = "1h"
        duration = "{duration}"
        replications = 10
        [workload]
        rate = "{rate}"
        {job}
        [[pipelines]]
        model = "continuous"
        parallelism = 1
        service = "0s"
        {pipeline}
        "#
    ))
}

#[test]
fn a_fetch_waits_uniformly_for_the_next_poll() {
    let fetch = "fetch_interval = \"500ms\"\nfetch_delay = \"20ms\"\nsink_delay = \"0s\"";
    let outcome = continuous("7/s", "", "8h", fetch);
    let pipeline = only(&outcome);
    agrees(pipeline, "stages_s.wait", 0.02 + 0.25);
    for (measure, q) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
        agrees_to_the_bucket(pipeline, &format!("latency_s.{measure}"), 0.02 + q * 0.5);
    }
    is_about(pipeline, "latency_s.max", 0.52, 1e-3);
}

/// Landing time of windows that end at `e`: the first event from `e` + bound on comes after an
/// exponential time X, and the next tick of the interval τ after it fires the window. Ends and
/// bounds are multiples of τ here, so that this is E⌈X/τ⌉·τ = τ/(1 − exp(−λτ)), which for few
/// events an interval is 1/λ + τ/2.
fn tick_after_event(rate: f64, interval: f64) -> f64 {
    interval / (1.0 - (-rate * interval).exp())
}

#[test]
fn a_window_lands_at_the_tick_after_the_event_that_closes_it() {
    let job = "[job]\nwindow = { size = \"1m\" }";
    let pipeline = |bound: &str, interval: &str, rest: &str| {
        format!("watermark = {{ bound = \"{bound}\", interval = \"{interval}\" }}\nallowed_lateness = \"0s\"\n{rest}")
    };
    let at_once = "fetch_delay = \"0s\"\nsink_delay = \"0s\"";

    // The closed form of few events an interval is within 0.4 % of the exact one.
    assert!((tick_after_event(1.0, 0.2) / (1.0 + 0.2 / 2.0) - 1.0).abs() < 0.004);
    let outcome = continuous("1/s", job, "10d", &pipeline("0s", "200ms", at_once));
    agrees(only(&outcome), "landing_s.mean", tick_after_event(1.0, 0.2));

    // The bound, the fetch (a multiple of the interval) and the sink come on top.
    let delays = "fetch_delay = \"400ms\"\nsink_delay = \"300ms\"";
    let outcome = continuous("1/s", job, "1d", &pipeline("3s", "200ms", delays));
    agrees(only(&outcome), "landing_s.mean", 3.0 + 0.4 + tick_after_event(1.0, 0.2) + 0.3);

    // With many events an interval it is the whole interval.
    let outcome = continuous("20/s", job, "12h", &pipeline("2s", "1s", at_once));
    agrees(only(&outcome), "landing_s.mean", 2.0 + 1.0);
}

#[test]
fn a_window_holds_its_events_until_it_fires() {
    let job = "[job]\nwindow = { size = \"1m\" }";
    let watermark = "watermark = { bound = \"5s\", interval = \"200ms\" }";
    let rest = "fetch_delay = \"0s\"\nsink_delay = \"0s\"";
    let outcome = continuous("5/s", job, "12h", &format!("{watermark}\n{rest}"));
    let pipeline = only(&outcome);
    // Half a window on average, and the landing time.
    agrees(pipeline, "stages_s.window", 30.0 + 5.0 + tick_after_event(5.0, 0.2));
    agrees(pipeline, "latency_s.mean", 30.0 + 5.0 + tick_after_event(5.0, 0.2));
}

#[test]
fn exactly_once_output_waits_for_its_checkpoint() {
    let checkpoint = |interval: &str, duration: &str| {
        format!(
            "guarantee = \"exactly_once\"\ncheckpoint = {{ interval = \"{interval}\", duration = {duration} }}
            fetch_delay = \"0s\"\nsink_delay = \"0s\""
        )
    };
    // Half an interval and the duration on average; an interval and the duration at most.
    let outcome = continuous("1/s", "", "1d", &checkpoint("1m", "\"5s\""));
    let pipeline = only(&outcome);
    agrees(pipeline, "stages_s.commit", 35.0);
    agrees(pipeline, "latency_s.mean", 35.0);
    agrees_to_the_bucket(pipeline, "latency_s.p90", 5.0 + 54.0);
    is_about(pipeline, "latency_s.max", 65.0, 1e-3);

    let outcome = continuous("1/s", "", "1d", &checkpoint("1m", r#"{ uniform = { low = "2s", high = "8s" } }"#));
    agrees(only(&outcome), "stages_s.commit", 35.0);

    // Longer than the interval, checkpoints follow each other: the duration is the interval.
    let outcome = continuous("1/s", "", "1d", &checkpoint("1m", "\"90s\""));
    agrees(only(&outcome), "stages_s.commit", 45.0 + 90.0);
    is_about(only(&outcome), "latency_s.max", 180.0, 1e-3);
}
