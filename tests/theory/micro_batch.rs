//! The fixed-interval micro-batch: every T, a batch of n rows takes a + b·n.

use millstream::experiment::Outcome;

use super::{agrees, is_about, narrow, only, outcome, value};

struct Load {
    /// λ, events a second.
    rate: f64,
    /// a, seconds.
    overhead: f64,
    /// b, seconds a row.
    row: f64,
    /// T, seconds.
    interval: f64,
}

fn micro_batch(load: &Load, duration: &str, replications: u32) -> Outcome {
    let Load { rate, overhead, row, interval } = load;
    let (overhead, interval, throughput) = ((overhead * 1e3) as u64, (interval * 1e3) as u64, 1.0 / row);
    outcome(&format!(
        r#"
        seed = 2
        warmup = "10m"
        duration = "{duration}"
        replications = {replications}
        [workload]
        rate = "{rate}/s"
        [[pipelines]]
        model = "micro_batch"
        trigger = "{interval}ms"
        overhead = "{overhead}ms"
        throughput = "{throughput}/s"
        "#
    ))
}

#[test]
fn batches_shorter_than_their_interval_keep_to_it() {
    // An event waits T/2 on average, and its batch has 1 + λT rows on average: itself and a
    // Poisson number of others.
    let loads = [
        (Load { rate: 50.0, overhead: 0.2, row: 0.012, interval: 2.0 }, 2.412),
        (Load { rate: 20.0, overhead: 0.5, row: 0.01, interval: 1.0 }, 1.21),
        (Load { rate: 100.0, overhead: 1.0, row: 0.005, interval: 10.0 }, 11.005),
    ];
    for (load, latency) in loads {
        let Load { rate, overhead, row, interval } = load;
        assert!((interval / 2.0 + overhead + row * (1.0 + rate * interval) - latency).abs() < 1e-9);
        let outcome = micro_batch(&load, "2h", 8);
        let pipeline = only(&outcome);
        agrees(pipeline, "latency_s.mean", latency);
        agrees(pipeline, "stages_s.wait", interval / 2.0);
        agrees(pipeline, "stages_s.compute", overhead + row * (1.0 + rate * interval));
        is_about(pipeline, "operations.runs", 86_400.0 / interval, 1e-9);
        agrees(pipeline, "compute.utilisation", overhead / interval + row * rate);
    }
}

/// An interval below a/(1 − bλ) cannot be kept. Batches then follow each other without a pause,
/// and with bλ < 1 their length C settles: it is a + b·N with N events of the batch before, so
/// that E[C] = a/(1 − bλ) and Var[C] = b²λE[C]/(1 − b²λ²). An event waits for half of a batch,
/// longer ones being likelier by their length, and is in the next, which holds it and the others.
#[test]
fn an_interval_too_short_gives_batches_back_to_back() {
    let load = Load { rate: 50.0, overhead: 0.2, row: 0.012, interval: 0.15 };
    let outcome = micro_batch(&load, "2h", 8);
    let pipeline = only(&outcome);
    let busy = load.row * load.rate;
    let cycle = load.overhead / (1.0 - busy);
    let variance = load.row * load.row * load.rate * cycle / (1.0 - busy * busy);
    // Mean length of the batch during which an event arrives.
    let met = (cycle * cycle + variance) / cycle;
    agrees(pipeline, "operations.runs", 86_400.0 / cycle);
    agrees(pipeline, "compute.utilisation", 1.0);
    agrees(pipeline, "stages_s.wait", met / 2.0);
    agrees(pipeline, "latency_s.mean", met / 2.0 + load.overhead + load.row * (1.0 + load.rate * met));
}

/// With bλ > 1 no interval is long enough. Back to back, a batch is bλ times as long as the one
/// before, so that the latency of an event rises with its time and the mean with the duration.
#[test]
fn an_overload_makes_latency_grow() {
    let load = Load { rate: 50.0, overhead: 0.2, row: 0.03, interval: 2.0 };
    let means: Vec<f64> = ["1h", "2h", "4h"]
        .map(|duration| {
            let outcome = micro_batch(&load, duration, 2);
            value(only(&outcome), "latency_s.mean")
        })
        .to_vec();
    assert!(means[0] > 600.0 && means[1] > 1.5 * means[0] && means[2] > 1.5 * means[1], "{means:?}");
    // Below the limit the duration does not matter.
    let load = Load { row: 0.012, ..load };
    let (short, long) = (micro_batch(&load, "2h", 8), micro_batch(&load, "4h", 8));
    let [(short, half), (long, _)] =
        [&short, &long].map(|outcome| narrow(only(outcome).get("latency_s.mean"), "latency"));
    assert!((short - long).abs() < 2.0 * half, "{short} {long}");
}
