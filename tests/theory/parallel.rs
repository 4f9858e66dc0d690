//! Several workers: one queue (M/M/c) and a queue for each worker (by key).

use millstream::experiment::Outcome;
use millstream::random::slot_of_key;

use super::{agrees, agrees_to_the_bucket, only, outcome};

/// Mean service time, seconds.
const SERVICE: f64 = 0.1;

/// Workers that are offered `load` of their unit: that many would be busy all the time.
fn servers(load: f64, workers: u32, dispatch: &str, keys: &str, events: f64, replications: u32) -> Outcome {
    let rate = load / SERVICE;
    let (warmup, duration) = ((events / rate / 50.0) as u64, (events / rate) as u64);
    outcome(&format!(
        r#"
        seed = 7
        warmup = "{warmup}s"
        duration = "{duration}s"
        replications = {replications}
        [workload]
        rate = "{rate}/s"
        keys = {keys}
        [[pipelines]]
        model = "continuous"
        parallelism = {workers}
        dispatch = "{dispatch}"
        fetch_delay = "0s"
        sink_delay = "0s"
        service = {{ exponential = {{ mean = "100ms" }} }}
        "#
    ))
}

/// Erlang's C: the probability of waiting with `workers` workers and an offered load of `load`.
fn erlang_c(workers: u32, load: f64) -> f64 {
    let blocked = (1..=workers).fold(1.0, |blocked, k| load * blocked / (f64::from(k) + load * blocked));
    let workers = f64::from(workers);
    workers * blocked / (workers - load * (1.0 - blocked))
}

/// P(time in the system > t) of M/M/c, t in mean service times.
fn stays_longer(workers: u32, load: f64, t: f64) -> f64 {
    let (waits, spare) = (erlang_c(workers, load), f64::from(workers) - 1.0 - load);
    let further = if spare.abs() < 1e-12 { t } else { (1.0 - (-spare * t).exp()) / spare };
    (-t).exp() * (1.0 + waits * further)
}

fn quantile(workers: u32, load: f64, q: f64) -> f64 {
    let (mut low, mut high) = (0.0, 100.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if stays_longer(workers, load, middle) > 1.0 - q { low = middle } else { high = middle }
    }
    low
}

#[test]
fn erlangs_formula_gives_the_tabulated_values() {
    for (workers, load, waits) in [(2, 1.0, 0.333_333), (5, 4.0, 0.554_113), (10, 8.0, 0.409_180), (8, 6.4, 0.4576)] {
        assert!((erlang_c(workers, load) - waits).abs() < 5e-5, "C({workers}, {load})");
    }
    // With one worker the time in the system is exponential: M/M/1.
    assert!((quantile(1, 0.8, 0.95) - 14.979).abs() < 1e-3);
}

#[test]
fn one_queue_for_all_workers_is_m_m_c() {
    for (workers, load, events, replications) in
        [(2, 1.0, 400_000.0, 16), (2, 1.6, 500_000.0, 24), (5, 4.0, 500_000.0, 24), (10, 8.0, 600_000.0, 40)]
    {
        let outcome = servers(load, workers, "any", "{ count = 1 }", events, replications);
        let pipeline = only(&outcome);
        let wait = erlang_c(workers, load) / (f64::from(workers) - load);
        agrees(pipeline, "stages_s.wait", wait * SERVICE);
        agrees(pipeline, "latency_s.mean", (wait + 1.0) * SERVICE);
        agrees_to_the_bucket(pipeline, "latency_s.p50", quantile(workers, load, 0.5) * SERVICE);
        agrees_to_the_bucket(pipeline, "latency_s.p99", quantile(workers, load, 0.99) * SERVICE);
    }
}

/// Mean wait in seconds when each worker is an M/M/1 queue with its keys' share of the events.
fn wait_by_key(load: f64, workers: u32, weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    let mut shares = vec![0.0; workers as usize];
    for (key, weight) in (0..).zip(weights) {
        shares[slot_of_key(key, workers) as usize] += weight / total;
    }
    shares.iter().map(|share| SERVICE * share * share * load / (1.0 - share * load)).sum()
}

#[test]
fn many_uniform_keys_make_each_worker_m_m_1() {
    let keys = 10_000;
    let outcome = servers(3.2, 4, "key", &format!("{{ count = {keys} }}"), 700_000.0, 12);
    let wait = wait_by_key(3.2, 4, &vec![1.0; keys]);
    // A quarter of the load at each: 0.8, mean wait four times the service; hashing is a little uneven.
    assert!((wait / 0.4 - 1.0).abs() < 0.02, "{wait}");
    agrees(only(&outcome), "stages_s.wait", wait);
}

#[test]
fn popular_keys_burden_their_worker() {
    let weights: Vec<f64> = (1..=50).map(|rank| f64::from(rank).powf(-1.0)).collect();
    let outcome = servers(1.2, 3, "key", "{ count = 50, zipf = 1.0 }", 400_000.0, 12);
    let wait = wait_by_key(1.2, 3, &weights);
    assert!(wait > 1.1 * wait_by_key(1.2, 3, &[1.0; 50]), "{wait}");
    agrees(only(&outcome), "stages_s.wait", wait);
}
