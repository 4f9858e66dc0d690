//! What deduplication lets through and what it holds.

use millstream::experiment::{Outcome, PipelineOutcome};

use super::{agrees, is_about, narrow, only, outcome, value};

/// 50 events a second, each tenth of them delivered again after an exponential time of mean 1 min.
fn retried(duration: &str, ttl: &str, pipeline: &str) -> Outcome {
    outcome(&format!(
        r#"
        warmup = "1h"
        duration = "{duration}"
        replications = 10
        [workload]
        rate = "50/s"
        [workload.duplicates]
        retry = {{ share = 0.1, after = {{ exponential = {{ mean = "1m" }} }} }}
        [job]
        dedup = {{ ttl = "{ttl}" }}
        [[pipelines]]
        {pipeline}
        "#
    ))
}

/// Mean over time of the ids remembered, in the first replication.
fn mean_ids(pipeline: &PipelineOutcome, bytes_per_id: f64) -> f64 {
    let series = &pipeline.curves.dedup_bytes;
    series.iter().map(|(_, bytes)| bytes / bytes_per_id).sum::<f64>() / series.len() as f64
}

#[test]
fn duplicates_leak_when_their_gap_exceeds_the_ttl() {
    for model in ["continuous", "micro_batch"] {
        for (ttl, minutes) in [("1m", 1.0_f64), ("2m", 2.0)] {
            let outcome = retried("3h", ttl, &format!("model = \"{model}\"\nbytes_per_id = 100"));
            let pipeline = only(&outcome);
            let leak = (-minutes).exp();
            agrees(pipeline, "correctness.overcount", 0.1 * leak);
            let [removed, leaked] = ["accounting.duplicates_removed", "accounting.duplicates_leaked"]
                .map(|measure| narrow(pipeline.get(measure), measure).0);
            assert!((leaked / (removed + leaked) / leak - 1.0).abs() < 0.01, "{removed} {leaked}");

            // Little's law: every delivery that is let in makes an entry that lives for the TTL.
            let ids = 50.0 * (1.0 + 0.1 * leak) * minutes * 60.0;
            let mean = mean_ids(pipeline, 100.0);
            assert!((mean / ids - 1.0).abs() < 0.01, "{mean} {ids}");
            // The peak lies a few standard deviations of the Poisson number above.
            let peak = value(pipeline, "state.dedup_ids_peak");
            assert!(peak > ids + ids.sqrt() && peak < ids + 6.0 * ids.sqrt(), "{peak} {ids}");
            is_about(pipeline, "state.dedup_bytes_peak", peak * 100.0, 1e-9);
        }
    }
}

#[test]
fn a_batch_remembers_the_ids_of_what_it_reads() {
    // 50/s for an hour; read with the three hours before, four times as many.
    for (late, periods) in [("late = \"drop\"", 1.0), ("late = \"lookback\"\nlookback = 3", 4.0)] {
        let outcome = retried("6h", "1m", &format!("model = \"batch\"\nevery = \"1h\"\n{late}"));
        let pipeline = only(&outcome);
        let ids = 50.0 * 3_600.0 * periods;
        let peak = value(pipeline, "state.dedup_ids_peak");
        assert!((peak - ids).abs() < 6.0 * ids.sqrt(), "{peak} {ids}");
        // A retry has the event time of its event, so that a run reads both or drops the late one.
        assert_eq!(value(pipeline, "accounting.duplicates_leaked"), 0.0);
    }
}
