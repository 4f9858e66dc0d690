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

pub const KNOBS: [&str; 8] = [
    "objectives[0].name=in time",
    "objectives[0].pipeline=fast",
    "objectives[0].measure=operations.runs",
    "objectives[0].at_most=2h",
    "objectives[0]={ measure = \"latency_s.mean\", at_least = \"30m\" }",
    "objectives[0].share_of_days=0.6",
    "objectives[0].by=\"01:00\"",
    "objectives[0].share_of_events=0.4",
];

pub const VALUES: [&str; 3] = ["value.per_event=0.01", "value.half_life=30m", "value.deadline=30m"];

#[test]
fn an_event_is_worth_less_the_later_it_is_visible() {
    let worth = |set: &[&str]| {
        let found = outcome(TEXT, &[set, &["workload.network.delay=0s"]].concat());
        let of = |place: usize| found.pipelines[place].get("value.per_day").value;
        let net =
            found.pipelines[0].get("value.net_per_day").value.zip(found.pipelines[0].get("cost.total_per_day").value);
        assert_eq!(net.map(|(net, cost)| ((net + cost) * 1e9).round()), of(0).map(|worth| (worth * 1e9).round()));
        [of(0), of(1)]
    };
    assert_eq!(worth(&[]), [None, None]);
    // 86,400 events a day at a cent. Latencies of the slow one are even over an hour from what a run takes on, a good
    // six minutes; within 30 minutes of it is what happened in the last 24 of each hour.
    let [slow, fast] = worth(&[VALUES[0], VALUES[2]]).map(Option::unwrap);
    assert!((slow - 864.0 * 24.0 / 60.0).abs() < 25.0 && (fast - 864.0).abs() < 10.0, "{slow} {fast}");
    // The mean of 2^(-t / 30) from 6 to 66 minutes: 30 / (60 ln 2) · (2^-0.2 - 2^-2.2).
    let [slow, fast] = worth(&VALUES[..2]).map(Option::unwrap);
    assert!((slow - 864.0 * 0.7213 * (0.8706 - 0.2176)).abs() < 25.0, "{slow}");
    assert!(fast > 1.5 * slow && fast < 864.0, "{fast}");
    assert!(worth(&["value.per_event=0.02", VALUES[1]])[0].unwrap() > 1.9 * slow);
}

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
    assert_eq!(verdicts(&KNOBS[4..5]), both(Some(true), Some(false)));
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

/// Two days of an hour's batch that takes ten minutes and of a day's that lands at 02:00.
const DAYS: &str = r#"
    title = "t"
    question = "q"
    start = "2026-01-03T22:00:00Z"
    warmup = "2h"
    duration = "2d"
    replications = 8
    workload = { rate = "1/s", network = { delay = "1s" } }
    [[pipelines]]
    name = "nightly"
    model = "batch"
    every = "1d"
    start_after = "1h50m"
    overhead = "10m"
    [[pipelines]]
    name = "hourly"
    model = "batch"
    every = "1h"
    start_after = "0s"
    overhead = "10m"
    [[objectives]]
    measure = "landing_s.max"
    at_most = "1h"
"#;

#[test]
fn a_share_of_days_is_counted_day_by_day() {
    let judged = |set: &[&str]| outcome(DAYS, set).objectives;
    // Sixteen days, none or all of which land within the hour.
    let found = judged(&KNOBS[5..6]);
    assert_eq!((found[0].days, found[0].met), (Some((0, 16)), Some(false)));
    assert_eq!((found[1].days, found[1].met), (Some((16, 16)), Some(true)));
    // 16 of 16 show 79.4 % and no more.
    assert_eq!(judged(&["objectives[0].share_of_days=0.79"])[1].met, Some(true));
    assert_eq!(judged(&["objectives[0].share_of_days=0.8"])[1].met, None);
    let budget = found[1].budget_left.unwrap();
    assert_eq!(budget.left.value, Some(1.0));
    // One hour after midnight nothing of the day is there, and all but the last hour's late second.
    let complete = "objectives[0]={ measure = \"correctness.completeness_final\", at_least = 0.999, share_of_days = 0.6, \
                    by = \"02:01\" }";
    let at = |by: &str| judged(&[complete, &format!("objectives[0].by=\"{by}\"")]).into_iter().map(|v| v.met);
    assert_eq!(at("02:05").collect::<Vec<_>>(), [Some(true), Some(true)]);
    assert_eq!(at("01:59").collect::<Vec<_>>(), [Some(false), Some(true)]);
    assert_eq!(at("00:09").collect::<Vec<_>>(), [Some(false), Some(false)]);
}

#[test]
fn a_share_of_events_counts_all_true_events() {
    let of = |set: &[&str]| outcome(TEXT, set).objectives;
    let base = "objectives[0]={ measure = \"latency_s\", at_most = \"31m\", share_of_events = 0.9 }";
    // An hour's batch that ends a minute and more after the hour: half of its events are younger than half an hour.
    let found = of(&[base]);
    let share = found[0].value.value.unwrap();
    assert!((0.3..0.52).contains(&share), "{share}");
    assert_eq!((found[0].met, found[1].met), (Some(false), Some(true)));
    assert_eq!(of(&[base, "objectives[0].share_of_events=0.2"])[0].met, Some(true));
    // A lost event is never there.
    let lossy = of(&[base, "workload.network.loss=0.2"]);
    assert!(lossy[1].value.value.unwrap() < 0.85 && lossy[1].met == Some(false), "{lossy:?}");
    assert!(lossy[1].budget_left.unwrap().left.value.unwrap() < -0.5);
}
