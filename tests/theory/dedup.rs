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

/// The same stream on a pipeline with a deduplication of its own.
fn with_kind(dedup: &str, window: &str, pipeline: &str, replications: u32) -> Outcome {
    outcome(&format!(
        r#"
        warmup = "1h"
        duration = "3h"
        replications = {replications}
        [workload]
        rate = "50/s"
        [workload.duplicates]
        retry = {{ share = 0.1, after = {{ exponential = {{ mean = "1m" }} }} }}
        [job]
        dedup = {{ {dedup} }}
        {window}
        [[pipelines]]
        bytes_per_id = 100
        {pipeline}
        "#
    ))
}

const FLINK: &str =
    "model = \"continuous\"\nparallelism = 1\nservice = \"1us\"\nwatermark = { bound = \"10s\", interval = \"200ms\" }";
const SPARK: &str = "model = \"micro_batch\"\ntrigger = \"10s\"\noverhead = \"1s\"\nwatermark_delay = \"2m\"";

/// Ids held are the rate of new ids times the time that one is held: Little's law.
#[track_caller]
fn holds(pipeline: &PipelineOutcome, ids: f64) {
    let mean = mean_ids(pipeline, 100.0);
    assert!((mean / ids - 1.0).abs() < 0.005, "{mean} ids, theory {ids}");
}

#[test]
fn a_timer_holds_ids_for_the_ttl_and_the_watermark_bound() {
    for minutes in [1.0_f64, 3.0] {
        let dedup = format!("kind = \"event_time\", ttl = \"{minutes}m\"");
        let outcome = with_kind(&dedup, "", FLINK, 10);
        let pipeline = only(&outcome);
        // The watermark trails by the bound, the gap to the newest event, and half a tick.
        let held = minutes * 60.0 + 10.0 + 0.02 + 0.1;
        holds(pipeline, 50.0 * held);
        // A retry has the event time of its event: it leaks when it comes after the timer.
        agrees(pipeline, "correctness.overcount", 0.1 * (-held / 60.0).exp());
    }
}

#[test]
fn a_window_holds_ids_until_it_closes() {
    let pipeline = format!("{FLINK}\nallowed_lateness = \"2m\"");
    let outcome = with_kind("kind = \"window\"", "window = { size = \"5m\" }", &pipeline, 2);
    let pipeline = only(&outcome);
    // Half a window, the lateness, the bound, the gap to the newest event, half a tick.
    holds(pipeline, 50.0 * (150.0 + 120.0 + 10.0 + 0.12));
    // A copy has the event time of its event: it is recognised or late.
    assert_eq!(value(pipeline, "accounting.duplicates_leaked"), 0.0);
    assert!(value(pipeline, "accounting.duplicates_late_dropped") > 1_000.0);
}

#[test]
fn spark_holds_ids_for_one_or_two_delays_and_a_trigger() {
    // With a delay of two minutes: an id enters with the batch after its event. The batch sees the watermark of what
    // had come by the trigger before it, which trails by the delay.
    for (kind, delays) in [("until_watermark", 1.0), ("within_watermark", 2.0)] {
        let outcome = with_kind(&format!("kind = \"{kind}\""), "", SPARK, 2);
        let pipeline = only(&outcome);
        holds(pipeline, 50.0 * (delays * 120.0 + 10.0));
        // A copy with the event time of its event is recognised or late.
        assert_eq!(value(pipeline, "accounting.duplicates_leaked"), 0.0);
        // Late is what comes after the delay and, as batches filter by the watermark of the one before, up to two triggers.
        let late = value(pipeline, "accounting.duplicates_late_dropped") / value(pipeline, "accounting.events") / 0.1;
        let theory = |after: f64| (-(120.0 + after) / 60.0_f64).exp();
        assert!(late < theory(10.0) && late > theory(20.0), "{late}");
    }
}

#[test]
fn what_never_forgets_grows_with_the_stream() {
    for pipeline in [FLINK, SPARK] {
        let outcome = with_kind("kind = \"unbounded\"", "", pipeline, 2);
        let pipeline = only(&outcome);
        // Ten seconds of Spark's rows are not in its state yet, half of them on average.
        holds(pipeline, 50.0 * (3_600.0 + 5_400.0));
        is_about(pipeline, "state.dedup_ids_peak", 50.0 * 4.0 * 3_600.0, 0.01);
        assert_eq!(value(pipeline, "accounting.duplicates_leaked"), 0.0);
    }
}

#[test]
fn two_generations_hold_ids_for_one_to_two_spans() {
    let outcome = with_kind("kind = \"generations\", ttl = \"1m\"", "", FLINK, 10);
    let pipeline = only(&outcome);
    // A copy leaks when its gap exceeds what is left of two spans, between one and two: its mean is an integral.
    let leak = (-1.0_f64).exp() - (-2.0_f64).exp();
    agrees(pipeline, "correctness.overcount", 0.1 * leak);
    let entries = 50.0 * (1.0 + 0.1 * leak);
    holds(pipeline, entries * 1.5 * 60.0);
    let series = &pipeline.curves.dedup_bytes;
    let least = series.iter().map(|(_, bytes)| bytes / 100.0).fold(f64::INFINITY, f64::min);
    is_about(pipeline, "state.dedup_ids_peak", entries * 120.0, 0.05);
    assert!((least / (entries * 60.0) - 1.0).abs() < 0.06, "{least}");
}

/// Share of new ids that rotating Bloom filters lose, and bytes of both, where `ids` come in a rotation.
fn bloom_by_hand(capacity: f64, false_positive: f64, ids: f64) -> (f64, f64) {
    let bits = (capacity * -false_positive.ln() / std::f64::consts::LN_2.powi(2)).ceil();
    let hashes = (bits / capacity * std::f64::consts::LN_2).round();
    let share = |held: f64| (1.0 - (-hashes * held / bits).exp()).powf(hashes);
    let (mut older, mut lost) = (0.0, 0.0);
    // Some rotations until the older filter has what it has for ever.
    for _ in 0..20 {
        let mut newer = 0.0;
        for _ in 0..ids as u64 {
            newer += (1.0 - share(newer)) * (1.0 - share(older));
        }
        (older, lost) = (newer, 1.0 - newer / ids);
    }
    (lost, 2.0 * bits / 8.0)
}

#[test]
fn bloom_filters_lose_a_share_of_the_events_and_take_fixed_bytes() {
    // 6,000 ids in two minutes: as many as the filters are made for, and twice as many.
    for (capacity, false_positive) in [(6_000.0, 0.05), (3_000.0, 0.01)] {
        let dedup = format!("kind = \"bloom\", ttl = \"2m\", capacity = {capacity}, false_positive = {false_positive}");
        for window in ["", "window = { size = \"1m\" }"] {
            let text = with_kind_text(&dedup, window);
            let outcome = outcome(&text);
            let pipeline = only(&outcome);
            let (share, bytes) = bloom_by_hand(capacity, false_positive, 6_000.0);
            // Copies that come too late for the filters are looked for in them as well: a few ids more.
            let lost = value(pipeline, "accounting.lost") / value(pipeline, "accounting.events");
            assert!((lost / share - 1.0).abs() < 0.03, "{lost} {share}");
            is_about(pipeline, "state.dedup_bytes_peak", bytes, 1e-9);
            is_about(pipeline, "state.state_bytes_peak", bytes, if window.is_empty() { 1e-9 } else { 0.1 });
            let complete = value(pipeline, "correctness.completeness_final");
            // Means of ratios, and a ratio of means.
            assert!((complete + lost - 1.0).abs() < 1e-5, "{complete} {lost}");
            assert!(pipeline.curves.dedup_bytes.iter().all(|(_, of)| (of - bytes).abs() < 1e-6));
        }
    }
}

fn with_kind_text(dedup: &str, window: &str) -> String {
    format!(
        r#"
        warmup = "30m"
        duration = "3h"
        replications = 4
        [workload]
        rate = "50/s"
        [workload.duplicates]
        retry = {{ share = 0.1, after = {{ exponential = {{ mean = "5s" }} }} }}
        [job]
        dedup = {{ {dedup} }}
        {window}
        [[pipelines]]
        {FLINK}
        "#
    )
}

#[test]
fn a_sample_fills_filters_as_the_whole_stream_does() {
    let dedup = "kind = \"bloom\", ttl = \"2m\", capacity = 6000, false_positive = 0.05";
    let text = with_kind_text(dedup, "").replace("rate = \"50/s\"", "rate = \"50/s\"\n        sample = \"1/10\"");
    let outcome = outcome(&text.replace("\"3h\"", "\"12h\""));
    let pipeline = only(&outcome);
    let lost = value(pipeline, "accounting.lost") / value(pipeline, "accounting.events");
    let (share, bytes) = bloom_by_hand(6_000.0, 0.05, 6_000.0);
    assert!((lost / share - 1.0).abs() < 0.05, "{lost} {share}");
    is_about(pipeline, "state.dedup_bytes_peak", bytes, 1e-9);
}
