//! Keys of the experiment itself: what is measured, how often, at which prices.

use super::Effect::{Is, Same, Times, Up};
use super::{Knob, base, knob, measure, outcome, scenario, turn};

/// Hour 0 of the day at full rate, hour 1 at a third, then 2/3, and a thousandth at noon.
const DAY: &[&str] = &[
    "workload.hours=[3, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.6, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]",
    "warmup=0s",
    "duration=1h",
    "workload.rate=5/s",
];

pub const KNOBS: &[Knob] = &[
    knob("duration=4h", &[("workload.events", Times(2.0, 0.01)), ("compute.core_hours", Same)]),
    knob("warmup=1h", &[("workload.events", Times(1.0 / 3.0, 0.03))]).given(DAY),
    knob("start=2026-01-05T12:00:00Z", &[("workload.events", Times(0.2, 0.04))]).given(DAY),
    // The newest event answers for half of the events; for nearly all it takes an older one.
    knob("complete_share=0.999", &[("freshness_s.complete_through_p95", Up)]).given(&[
        "complete_share=0.5",
        "job.window=none",
        "workload.network.delay={ exponential = { mean = \"20s\" } }",
    ]),
    knob("prices.core_hour=0.08096", &[("cost.compute_per_day", Times(2.0, 1e-9)), ("cost.memory_per_day", Same)]),
    knob("prices.gb_hour=0.00889", &[("cost.memory_per_day", Times(2.0, 1e-9)), ("cost.compute_per_day", Same)]),
    // One core for 24 hours.
    knob("prices={ core_hour = 0.5, gb_hour = 0.0 }", &[("cost.total_per_day", Is(12.0, 1e-9))]),
];

#[test]
fn keys_of_the_experiment() {
    turn(super::continuous::PIPELINE, KNOBS);
}

pub const SEED: &str = "seed=2";

#[test]
fn the_seed_changes_every_draw_and_nothing_else() {
    let text = base(super::continuous::PIPELINE);
    let values = |set: &[&str]| {
        let outcome = outcome(&text, set);
        ["workload.events", "latency_s.mean", "accounting.duplicates_removed"].map(|path| measure(&outcome, path))
    };
    let (first, again, other) = (values(&["seed=1"]), values(&[]), values(&[SEED]));
    assert_eq!(first, again);
    for (first, other) in first.into_iter().zip(other) {
        let (first, other) = (first.unwrap(), other.unwrap());
        assert!(first != other && (first / other - 1.0).abs() < 0.05, "{first} {other}");
    }
}

pub const REPLICATIONS: &str = "replications=8";

#[test]
fn replications_give_intervals_that_narrow() {
    let text = base(super::continuous::PIPELINE);
    let interval = |set: &str| outcome(&text, &["duration=20m", set]).pipelines[0].get("stages_s.network");
    let one = interval("replications=1");
    assert!(one.value.is_some() && one.low.is_none() && one.high.is_none());
    let width = |set: &str| {
        let estimate = interval(set);
        let (low, value, high) = (estimate.low.unwrap(), estimate.value.unwrap(), estimate.high.unwrap());
        assert!(low < value && value < high);
        high - low
    };
    assert!(width("replications=64") < width(REPLICATIONS));
    // Replication 0 is the run without replications: the mean of more lies elsewhere.
    assert_ne!(interval(REPLICATIONS).value, one.value);
}

/// Words that are carried along.
pub const WORDS: [&str; 6] = [
    "title=another title",
    "question=another question",
    "assumptions=[\"an assumption\"]",
    "limits=[\"a limit\"]",
    "prices.currency=EUR",
    "pipelines[0].name=another name",
];

#[test]
fn words_are_carried_and_change_no_number() {
    let text = base(super::micro_batch::PIPELINE);
    let scenario = scenario(&text, &WORDS);
    assert_eq!((scenario.title.as_str(), scenario.question.as_str()), ("another title", "another question"));
    assert_eq!((&scenario.assumptions[0][..], &scenario.limits[0][..]), ("an assumption", "a limit"));
    assert_eq!((&scenario.prices.currency[..], &scenario.pipelines[0].name[..]), ("EUR", "another name"));
    let (before, after) = (outcome(&text, &[]), outcome(&text, &WORDS));
    assert_eq!(after.pipelines[0].name, "another name");
    assert_eq!(before.pipelines[0].measures, after.pipelines[0].measures);
}

/// Presets and models start from different values.
pub const PRESETS: [(&str, &str); 7] = [
    ("preset = \"daily\"", "batch"),
    ("preset = \"hourly\"", "batch"),
    ("preset = \"micro_batch\"", "micro_batch"),
    ("preset = \"continuous\"", "continuous"),
    ("model = \"batch\"", "batch"),
    ("model = \"micro_batch\"", "micro_batch"),
    ("model = \"continuous\"", "continuous"),
];

#[test]
fn presets_and_models_are_what_their_names_say() {
    let runs = PRESETS.map(|(pipeline, model)| {
        let outcome = outcome(&base(pipeline), &["duration=1d", "warmup=1d", "workload.rate=1/s"]);
        assert_eq!(outcome.pipelines[0].model, model);
        measure(&outcome, "operations.runs")
    });
    assert_eq!(runs, [1.0, 24.0, 1_440.0, -1.0, 24.0, 1_440.0, -1.0].map(|runs| (runs > 0.0).then_some(runs)));
}
