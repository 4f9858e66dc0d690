//! Objectives: what is judged, for whom, and on which side of the bound.

use super::{outcome, scenario};

/// A stream of constant delay through two batches: an hour's and ten minutes'.
const TEXT: &str = r#"
    title = "t"
    question = "q"
    warmup = "1h"
    duration = "4h"
    replications = 3
    workload = { rate = "1/s" }
    [[pipelines]]
    name = "slow"
    model = "batch"
    every = "1h"
    [[pipelines]]
    name = "fast"
    model = "batch"
    every = "10m"
    [[objectives]]
    measure = "latency_s.mean"
    at_most = "30m"
"#;

pub const KNOBS: [&str; 5] = [
    "objectives[0].name=in time",
    "objectives[0].pipeline=fast",
    "objectives[0].measure=operations.runs",
    "objectives[0].at_most=2h",
    "objectives[0]={ measure = \"latency_s.mean\", at_least = \"30m\" }",
];

fn verdicts(set: &[&str]) -> Vec<(String, Option<bool>)> {
    outcome(TEXT, set).objectives.into_iter().map(|verdict| (verdict.pipeline, verdict.met)).collect()
}

#[test]
fn objectives_judge_each_pipeline_or_one_on_the_right_side() {
    let both = |slow, fast| vec![("slow".to_owned(), slow), ("fast".to_owned(), fast)];
    // Half an hour, five minutes and a minute of run for one; five minutes less 20 for the other.
    assert_eq!(verdicts(&[]), both(Some(false), Some(true)));
    assert_eq!(verdicts(&KNOBS[1..2]), [("fast".to_owned(), Some(true))]);
    // 24 and 144 runs a day against a number of 100.
    assert_eq!(verdicts(&[KNOBS[2], "objectives[0].at_most=100"]), both(Some(true), Some(false)));
    assert_eq!(verdicts(&KNOBS[3..4]), both(Some(true), Some(true)));
    assert_eq!(verdicts(&KNOBS[4..]), both(Some(true), Some(false)));
    assert_eq!(scenario(TEXT, &KNOBS[..1]).objectives[0].name, "in time");
}

#[test]
fn a_bound_within_the_interval_leaves_the_objective_open() {
    let mean = outcome(TEXT, &[]).pipelines[0].get("latency_s.mean");
    let at = |bound: f64| verdicts(&[&format!("objectives[0].at_most={bound}")])[0].1;
    assert_eq!(at(mean.value.unwrap()), None);
    assert_eq!(at(mean.high.unwrap() + 1e-6), Some(true));
    assert_eq!(at(mean.low.unwrap() - 1e-6), Some(false));
    // A measure that does not apply is neither met nor missed.
    assert_eq!(verdicts(&["objectives[0].measure=state.dedup_ids_peak", "objectives[0].at_most=1"])[0].1, None);
}
