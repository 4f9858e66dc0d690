//! One worker: M/M/1, M/D/1 and M/G/1. Service takes 100 ms on average, so that the clock's
//! microsecond is far below anything measured.

use millstream::experiment::Outcome;

use super::{agrees, agrees_to_the_bucket, only, outcome};

/// Mean service time, seconds.
const SERVICE: f64 = 0.1;

/// One worker with unlimited buffer, busy for the share `load` of its time; a replication sees
/// `events` events after a warm-up of a fiftieth of that.
fn server(load: f64, service: &str, events: f64, replications: u32) -> Outcome {
    let rate = load / SERVICE;
    let (warmup, duration) = ((events / rate / 50.0) as u64, (events / rate) as u64);
    outcome(&format!(
        r#"
        seed = 2
        warmup = "{warmup}s"
        duration = "{duration}s"
        replications = {replications}
        [workload]
        rate = "{rate}/s"
        [[pipelines]]
        model = "continuous"
        parallelism = 1
        fetch_delay = "0s"
        sink_delay = "0s"
        service = {service}
        "#
    ))
}

/// Mean wait of M/G/1 with a squared coefficient of variation `scv` of the service time, by
/// Pollaczek and Khinchine.
fn mean_wait(load: f64, scv: f64) -> f64 {
    SERVICE * load * (1.0 + scv) / (2.0 * (1.0 - load))
}

#[test]
fn exponential_service_is_m_m_1() {
    let outcome = server(0.8, r#"{ exponential = { mean = "100ms" } }"#, 500_000.0, 24);
    let pipeline = only(&outcome);
    // ρ/(μ − λ), and the time in the system is exponential with rate μ − λ = 10 − 8.
    agrees(pipeline, "stages_s.wait", 0.4);
    agrees(pipeline, "stages_s.compute", 0.1);
    agrees(pipeline, "latency_s.mean", 0.5);
    for (measure, q) in [("p50", 0.5_f64), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)] {
        agrees_to_the_bucket(pipeline, &format!("latency_s.{measure}"), -(1.0 - q).ln() / 2.0);
    }
    agrees(pipeline, "compute.utilisation", 0.8);
}

#[test]
fn constant_service_is_m_d_1() {
    let outcome = server(0.8, r#""100ms""#, 300_000.0, 16);
    agrees(only(&outcome), "stages_s.wait", 0.2);
    assert!((mean_wait(0.8, 0.0) - 0.2).abs() < 1e-12);
}

#[test]
fn lognormal_service_is_m_g_1() {
    // Squared coefficient of variation exp(σ²) − 1 = 2; the mean is median · exp(σ²/2).
    let sigma = 3.0_f64.ln().sqrt();
    let median = (1e6 * SERVICE / 3.0_f64.sqrt()).round();
    let service = format!(r#"{{ lognormal = {{ median = "{median}us", sigma = {sigma} }} }}"#);
    let outcome = server(0.5, &service, 500_000.0, 22);
    agrees(only(&outcome), "stages_s.wait", mean_wait(0.5, 2.0));
    assert!((mean_wait(0.5, 2.0) - 0.15).abs() < 1e-12);
}

#[test]
fn gamma_service_is_m_g_1() {
    // Squared coefficient of variation 1/shape.
    for (shape, scale, scv) in [(0.5, "200ms", 2.0), (4.0, "25ms", 0.25)] {
        let service = format!(r#"{{ gamma = {{ shape = {shape}, scale = "{scale}" }} }}"#);
        let outcome = server(0.5, &service, 200_000.0, 16);
        agrees(only(&outcome), "stages_s.wait", mean_wait(0.5, scv));
    }
}

#[test]
fn a_mixture_of_service_times_is_m_g_1() {
    // Nine in ten take 50 ms, one in ten 550 ms: with a mean of 1, E[S²] = 3.25.
    let service = r#"{ mixture = [{ share = 9.0, of = "50ms" }, { share = 1.0, of = "550ms" }] }"#;
    let outcome = server(0.5, service, 300_000.0, 20);
    agrees(only(&outcome), "stages_s.wait", mean_wait(0.5, 2.25));
}
