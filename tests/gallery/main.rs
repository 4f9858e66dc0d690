//! The gallery: a scenario for each situation, what it has to say, and its numbers as they were.
//!
//! `golden/` holds every measure of every pipeline, to six digits, of two replications. After a change that is meant to move them
//! `MILLSTREAM_GOLDEN=write cargo test --release --test gallery` writes them anew; the difference is for people to read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use millstream::experiment::{Outcome, run};
use millstream::metrics::MEASURES;
use millstream::report::verdict;
use millstream::scenario::{Overrides, load};

type Golden = BTreeMap<String, BTreeMap<String, String>>;

/// What a scenario found.
struct Told(Outcome);

impl Told {
    /// A measure of a pipeline.
    fn of(&self, pipeline: &str, measure: &str) -> f64 {
        self.known(pipeline, measure).unwrap_or_else(|| panic!("{pipeline}: {measure} has no value"))
    }

    fn known(&self, pipeline: &str, measure: &str) -> Option<f64> {
        let found = self.0.pipelines.iter().find(|other| other.name == pipeline);
        found.unwrap_or_else(|| panic!("there is no pipeline {pipeline}")).get(measure).value
    }
}

/// Runs a built-in scenario with two replications, and compares its numbers with those that were written down.
fn tell(name: &str) -> Told {
    let overrides = Overrides { set: vec!["replications=2".to_owned()], ..Overrides::default() };
    let scenario = load(name, &overrides).unwrap_or_else(|error| panic!("{error}"));
    let outcome = run(&scenario, None, 2, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
    let mut found = Golden::new();
    for pipeline in &outcome.pipelines {
        let values = MEASURES.iter().filter_map(|measure| {
            let value = pipeline.get(measure.path).value?;
            Some((measure.path.to_owned(), format!("{value:.5e}")))
        });
        found.insert(pipeline.name.clone(), values.collect());
    }
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/gallery/golden/{name}.json"));
    if std::env::var_os("MILLSTREAM_GOLDEN").is_some_and(|word| word == "write") {
        let text = serde_json::to_string_pretty(&found).expect("a map of text is JSON");
        fs::write(&place, text + "\n").expect("the folder of golden numbers can be written to");
    }
    let text = fs::read_to_string(&place).unwrap_or_else(|error| panic!("{}: {error}", place.display()));
    let golden: Golden = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", place.display()));
    let mut moved = Vec::new();
    for (pipeline, values) in &found {
        for (measure, value) in values {
            let before = golden.get(pipeline).and_then(|values| values.get(measure));
            if before != Some(value) {
                moved.push(format!("{pipeline}: {measure} is {value}, was {before:?}"));
            }
        }
    }
    let count = |golden: &Golden| golden.values().map(BTreeMap::len).sum::<usize>();
    assert!(moved.is_empty() && count(&found) == count(&golden), "{name}:\n{}", moved.join("\n"));
    Told(outcome)
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;

#[test]
fn notifications_run_out_of_memory_or_land_eight_hours_sooner() {
    let told = tell("notifications");
    let (full, limit) = (told.of("continuous", "operations.out_of_memory_bytes"), 1.1e12);
    assert!((full / limit - 1.0).abs() < 0.02, "{full}");
    assert!(told.of("continuous", "accounting.pending") > 0.0);
    assert!(told.known("continuous", "latency_s.p50").is_none());
    let said = verdict::sentences(&told.0);
    assert!(said.iter().any(|sentence| sentence.starts_with("continuous runs out of memory after 8.")), "{said:?}");
    let (daily, merged) = (told.of("daily", "landing_s.p95"), told.of("hourly and merged", "landing_s.p95"));
    assert!(daily > 8.5 * HOUR && daily < 9.0 * HOUR, "{daily}");
    assert!(merged > 0.8 * HOUR && merged < 1.2 * HOUR, "{merged}");
    assert!(daily - merged > 7.6 * HOUR, "{}", daily - merged);
}

#[test]
fn a_break_in_is_known_within_twenty_minutes_or_within_two() {
    let told = tell("security");
    let (batch, stream) = (told.of("every 15 minutes", "latency_s.p95"), told.of("continuous", "latency_s.p95"));
    assert!(batch > 15.0 * MINUTE && batch < 20.0 * MINUTE, "{batch}");
    assert!(stream > MINUTE && stream < 3.0 * MINUTE, "{stream}");
    let stages = ["network", "wait", "compute", "window", "commit"].map(|stage| format!("stages_s.{stage}"));
    let sum: f64 = stages.iter().map(|stage| told.of("continuous", stage)).sum();
    assert!((sum / told.of("continuous", "latency_s.mean") - 1.0).abs() < 1e-9);
    // The micro-batch waits for its trigger; the stream for its window and its checkpoint.
    assert!(told.of("every 15 minutes", "stages_s.wait") > 7.0 * MINUTE);
    assert!(told.of("continuous", "stages_s.wait") < 1.0);
}

#[test]
fn where_value_dies_within_seconds_only_a_stream_is_of_use() {
    for name in ["fraud", "trading", "sports"] {
        let told = tell(name);
        let worth = |pipeline: &str| told.of(pipeline, "value.per_day");
        let stream = worth("continuous");
        assert!(worth("hourly") < 0.02 * stream && worth("micro_batch") < 0.2 * stream, "{name}");
        assert!(worth("micro_batch 10 s") < 0.6 * stream, "{name}: {} {stream}", worth("micro_batch 10 s"));
        assert!(
            told.of("continuous", "value.net_per_day") > told.of("micro_batch 10 s", "value.net_per_day"),
            "{name}"
        );
    }
}

#[test]
fn the_analyst_has_yesterday_by_nine() {
    let told = tell("analyst");
    assert!(told.of("daily", "landing_s.max") < 9.0 * HOUR);
    assert!(told.of("daily", "landing_s.p95") < 4.0 * HOUR);
    assert!(told.of("daily", "operations.failures") > 0.0);
}

#[test]
fn a_gate_keeps_wrong_figures_from_customers() {
    let told = tell("customer_facing");
    let shown = |pipeline: &str| told.of(pipeline, "quality.bad_events_published");
    assert!(shown("hourly with a gate") < 0.25 * shown("hourly") && shown("continuous") > 0.9 * shown("hourly"));
    assert!(told.of("hourly with a gate", "latency_s.p95") < 2.0 * HOUR);
}

#[test]
fn the_midnight_job_misses_what_comes_after_it() {
    let told = tell("midnight");
    // Of the late rows of a day those miss it that come more than d after midnight: λ·share·mean·exp(−d/mean) of them.
    for (pipeline, wait) in [("2 minutes after", 2.0), ("10 minutes after", 10.0), ("20 minutes after", 20.0)] {
        let expected = 3.0 * 50.0 * 0.02 * 600.0 * f64::exp(-wait / 10.0);
        let missed = told.of(pipeline, "accounting.late_dropped");
        assert!((missed / expected - 1.0).abs() < 0.15, "{pipeline}: {missed} {expected}");
    }
}

#[test]
fn disorder_costs_the_funnel_what_nobody_waits_for() {
    let told = tell("funnel");
    let missed = |pipeline: &str| told.of(pipeline, "funnel.missed");
    let after = |pipeline: &str| told.of(pipeline, "funnel.seen_after_s_mean");
    // Phones send every 30 s: a stream that waits half of that drops most of what they do.
    assert!(missed("continuous 15 s") > 0.5 && after("continuous 15 s") < 20.0);
    // Sorted by the minute only, one in ten is missed; twenty minutes of patience leave what stays offline for longer.
    assert!(missed("micro_batch") > 0.05 && missed("micro_batch") < 0.2);
    assert!(missed("continuous 20 min") < 0.05 && after("continuous 20 min") > 20.0 * MINUTE);
    assert!(missed("hourly 3 hours back") < 0.001 && missed("hourly drop") > 0.005);
    assert!(told.of("hourly 3 hours back", "funnel.error") < 0.001);
    let truth = told.of("micro_batch", "funnel.true_conversion");
    assert!(told.of("continuous 15 s", "funnel.conversion") < 0.85 * truth);
}

#[test]
fn the_last_of_thirty_datasets_lands_long_after_the_first() {
    let told = tell("master_data");
    let last = |pipeline: &str| told.of(pipeline, "downstream.landing_s_p95");
    let landed = |pipeline: &str| told.of(pipeline, "landing_s.p95");
    // Thirty of 17 minutes on average, six at a time, are an hour and a half on top.
    for pipeline in ["daily", "hourly and merged"] {
        let rounds = last(pipeline) - landed(pipeline);
        assert!(rounds > 1.3 * HOUR && rounds < 2.3 * HOUR, "{pipeline}: {rounds}");
    }
    assert!(last("daily") > 5.0 * HOUR && last("hourly and merged") < 3.0 * HOUR);
    assert!(last("twelve at a time") < last("hourly and merged") - 0.4 * HOUR);
}

#[test]
fn an_hour_down_is_made_good_as_each_pipeline_can() {
    let told = tell("recovery");
    for pipeline in ["daily", "hourly", "micro_batch", "continuous", "exactly once"] {
        assert!(told.of(pipeline, "accounting.lost") == 0.0, "{pipeline}");
        assert!(told.of(pipeline, "correctness.completeness_final") > 0.9999, "{pipeline}");
    }
    // The daily run slept through it. The others come back, and a stream needs time for its backlog.
    assert!(told.known("daily", "operations.catch_up_s_max").is_none());
    assert!(told.of("hourly", "operations.catch_up_s_max") < 1.2 * HOUR);
    for pipeline in ["micro_batch", "continuous", "exactly once"] {
        let after = told.of(pipeline, "operations.catch_up_s_max");
        assert!(after > 1.2 * HOUR && after < 2.0 * HOUR, "{pipeline}: {after}");
    }
    assert!(told.of("continuous", "accounting.written_twice") > 0.0);
    assert!(told.of("exactly once", "accounting.written_twice") == 0.0);
}

#[test]
fn failures_come_to_what_runs() {
    let told = tell("always_on");
    let a_year = |pipeline: &str| told.of(pipeline, "operations.failures") * 365.0;
    // A failure in 20 days of running: 18 a year, and 18 · 5 / 1440 for five minutes a day.
    assert!((a_year("continuous") / 18.25 - 1.0).abs() < 0.25, "{}", a_year("continuous"));
    assert!(a_year("daily five minutes") < 0.6, "{}", a_year("daily five minutes"));
    assert!(a_year("hourly five minutes") < 0.3 * a_year("continuous"));
    assert!((a_year("micro_batch") / a_year("continuous") - 1.0).abs() < 0.4);
}

#[test]
fn one_code_path_pays_with_memory_and_two_with_work() {
    let kappa = tell("kappa");
    let (hasty, patient) = ("five minutes of patience", "a day of patience");
    assert!(kappa.of(hasty, "correctness.completeness_final") < 0.999);
    assert!(kappa.of(patient, "correctness.completeness_final") > 0.9999);
    let entries = |pipeline: &str| kappa.of(pipeline, "state.window_entries_peak");
    assert!(entries(patient) > 10.0 * entries(hasty));
    let lambda = tell("lambda");
    assert!(lambda.of("speed layer", "landing_s.p95") < 5.0 * MINUTE);
    assert!(lambda.of("speed layer", "correctness.completeness_final") < 0.999);
    assert!(lambda.of("batch layer", "correctness.completeness_final") > 0.9999);
    assert!(lambda.of("batch layer", "landing_s.max") < 9.0 * HOUR);
}
