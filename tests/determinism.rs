//! The same seed gives the same results: on any number of threads, in any company, with any number
//! of replications, and with every release.

use std::path::Path;

use millstream::experiment::{self, How, Outcome, Until};
use millstream::scenario::{Overrides, Scenario, parse};
use millstream::workload::{Block, Stream};

const TEXT: &str = r#"
title = "determinism"
question = "?"
start = "2026-01-05T07:13:20Z"
warmup = "10m"
duration = "50m"
seed = 42
replications = 3

[workload]
rate = "20/s"
hours = [1, 1, 1, 1, 1, 1, 1, 1, 0.4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
keys = { count = 300, zipf = 1.1 }
payload = { gamma = { shape = 2.0, scale = "200 B" } }

[workload.network]
delay = { mixture = [
  { share = 0.7, of = { lognormal = { median = "150ms", sigma = 1.0 } } },
  { share = 0.2, of = { normal = { mean = "1s", sd = "400ms" } } },
  { share = 0.1, of = { weibull = { shape = 0.8, scale = "2s" } } },
] }
late = { share = 0.02, by = { pareto = { minimum = "5s", shape = 1.5 } } }

[workload.duplicates]
retry = { share = 0.05, after = { exponential = { mean = "20s" } } }
repeat = { share = 0.05, after = { empirical = [[0.0, "1s"], [0.5, "2m"], [1.0, "10m"]] } }

[job]
dedup = { ttl = "3m" }
window = { size = "30s", by = "key" }
"#;

const PIPELINES: [&str; 4] = [
    r#"
[[pipelines]]
name = "batch"
model = "batch"
every = "5m"
start_after = "20s"
start_delay = { uniform = { low = "0s", high = "30s" } }
overhead = { exponential = { mean = "1m" } }
throughput = "100/s"
"#,
    r#"
[[pipelines]]
name = "micro_batch"
model = "micro_batch"
trigger = "10s"
overhead = { lognormal = { median = "2s", sigma = 0.8 } }
throughput = "500/s"
sink_delay = { exponential = { mean = "300ms" } }
"#,
    r#"
[[pipelines]]
name = "by key"
model = "continuous"
parallelism = 3
service = { exponential = { mean = "50ms" } }
allowed_lateness = "1m"
"#,
    r#"
[[pipelines]]
name = "exactly once"
model = "continuous"
dispatch = "any"
fetch_interval = "700ms"
guarantee = "exactly_once"
checkpoint = { interval = "20s", duration = { uniform = { low = "1s", high = "30s" } } }
"#,
];

fn scenario(pipelines: &[&str], set: &[&str]) -> Scenario {
    let text = format!("{TEXT}{}", pipelines.concat());
    let set = set.iter().map(|&assignment| assignment.to_owned()).collect();
    match parse("determinism", &text, Path::new(""), &Overrides { set, ..Overrides::default() }) {
        Ok(scenario) => scenario,
        Err(problems) => panic!("{problems}"),
    }
}

fn run(scenario: &Scenario, threads: usize) -> Outcome {
    experiment::run(scenario, None, threads, &|_| {}).expect("the engine conserves deliveries")
}

#[test]
fn results_do_not_depend_on_threads_or_repetition() {
    let scenario = scenario(&PIPELINES, &[]);
    let once = format!("{:?}", run(&scenario, 1));
    assert!(once.len() > 10_000);
    for threads in [1, 2, 2, 5] {
        assert!(once == format!("{:?}", run(&scenario, threads)), "{threads} threads");
    }
    let other = Scenario { seed: 43, ..scenario };
    assert!(once != format!("{:?}", run(&other, 2)), "another seed gives other results");
}

#[test]
fn threads_that_share_a_replication_change_nothing() {
    // Many looks in a block whether all is resolved, a few rows or many from one to the next, and many blocks between two.
    for rate in ["1/s", "40/s", "2000/s"] {
        let rate = format!("workload.rate=\"{rate}\"");
        let scenario = scenario(&PIPELINES, &["replications=1", "duration=5m", "warmup=2m", &rate]);
        let once = format!("{:?}", run(&scenario, 1));
        for threads in [2, 3, 8] {
            assert!(once == format!("{:?}", run(&scenario, threads)), "{rate}, {threads} threads");
        }
    }
}

#[test]
fn a_slice_of_what_is_taken_in_bulk_does_not_depend_on_threads() {
    let at_once = r#"
[[pipelines]]
name = "at once"
model = "continuous"
parallelism = 1
service = "100us"
watermark = { bound = "2s" }
"#;
    let set = ["replications=1", "workload.rate=\"70/s\"", "duration=2h", "workload.network.delay=\"150ms\""];
    let scenario = scenario(&[PIPELINES[0], PIPELINES[1], at_once], &set);
    let slice = |threads| format!("{:?}", run(&scenario, threads).slice);
    let once = slice(1);
    assert!(once.contains("watermark"));
    for threads in [2, 3, 2, 3, 2, 8] {
        assert!(once == slice(threads), "{threads} threads");
    }
}

#[test]
fn a_panic_ends_the_work_of_all_threads() {
    let scenario = scenario(&PIPELINES, &["replications=1"]);
    let run = || experiment::run(&scenario, None, 2, &|_| panic!("told"));
    assert!(std::panic::catch_unwind(run).is_err());
}

#[test]
fn where_a_run_stops_does_not_depend_on_threads() {
    let scenario = scenario(&PIPELINES, &["duration=10m"]);
    let until = Some(Until { precision: 0.02, most: 12 });
    let run = |threads| {
        let how = How { threads, until, ..How::default() };
        experiment::run_as(&scenario, None, how, &|_| {}).expect("the engine conserves deliveries").0
    };
    let once = run(1);
    let precision = once.precision.as_ref().unwrap();
    assert!(once.scenario.replications % 4 == 0 && precision.asked == 0.02, "{precision:?}");
    assert_eq!(precision.reached, precision.widest.as_ref().unwrap().half <= 0.02);
    assert!(precision.reached || once.scenario.replications == 12);
    assert!(format!("{once:?}") == format!("{:?}", run(3)));
}

/// Everything that was found of a pipeline.
fn found(outcome: &Outcome, name: &str) -> String {
    let pipeline = outcome.pipelines.iter().find(|pipeline| pipeline.name == name);
    format!("{:?}", pipeline.expect("the pipeline was run"))
}

#[test]
fn a_pipeline_does_not_notice_the_others() {
    let all = run(&scenario(&PIPELINES, &[]), 2);
    let names: Vec<String> = all.pipelines.iter().map(|pipeline| pipeline.name.clone()).collect();
    for pipeline in &all.pipelines {
        assert_eq!(pipeline.get("accounting.pending").value, Some(0.0), "{}", pipeline.name);
    }
    for (place, name) in names.iter().enumerate() {
        let alone = run(&scenario(&PIPELINES[place..=place], &[]), 2);
        assert!(found(&alone, name) == found(&all, name), "{name} alone");
        let without: Vec<&str> = (0..4).filter(|other| *other != place).map(|other| PIPELINES[other]).collect();
        let without = run(&scenario(&without, &[]), 2);
        for other in names.iter().filter(|other| *other != name) {
            assert!(found(&without, other) == found(&all, other), "{other} without {name}");
        }
    }
    let mut turned = PIPELINES;
    turned.reverse();
    let turned = run(&scenario(&turned, &[]), 2);
    for name in &names {
        assert!(found(&turned, name) == found(&all, name), "{name} in another place");
    }
    assert!(format!("{:?}", turned.workload) == format!("{:?}", all.workload));
}

#[test]
fn a_replication_does_not_depend_on_how_many_there_are() {
    let outcomes = [1, 2, 3].map(|count| run(&scenario(&PIPELINES, &[&format!("replications={count}")]), 2));
    for place in 0..PIPELINES.len() {
        let curves = outcomes.each_ref().map(|outcome| format!("{:?}", outcome.pipelines[place].curves.data_age));
        assert!(curves[0] == curves[1] && curves[1] == curves[2], "the first replication is always the same");
        for path in ["latency_s.mean", "freshness_s.data_age_mean", "compute.utilisation", "accounting.events"] {
            let estimates = outcomes.each_ref().map(|outcome| outcome.pipelines[place].get(path));
            let means = estimates.map(|estimate| estimate.value.expect("a value"));
            // What each replication must have found, if those before it were the same.
            let (first, second) = (means[0], 2.0 * means[1] - means[0]);
            let third = 3.0 * means[2] - first - second;
            let squares: f64 = [first, second, third].map(|value| (value - means[2]).powi(2)).iter().sum();
            // Student's t with 2 degrees of freedom at 97.5 %.
            let half = 4.302_652_729_749_46 * (squares / 2.0 / 3.0).sqrt();
            let got = estimates[2].high.expect("an interval") - means[2];
            assert!(half > 0.0 && (got / half - 1.0).abs() < 1e-6, "{path}: {got} {half}");
        }
    }
}

/// FNV-1a over everything that pipelines get to know of the first deliveries.
fn hash_of_stream(scenario: &Scenario, replication: u32, deliveries: usize) -> u64 {
    let mut stream = Stream::new(scenario, None, replication).expect("a synthetic stream");
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut note = |value: i64| {
        hash = value
            .to_le_bytes()
            .iter()
            .fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    };
    let (mut block, mut seen) = (Block::default(), 0);
    while seen < deliveries {
        assert!(stream.next(&mut block).unwrap());
        let rows = block.rows(0..block.len().min(deliveries - seen));
        for row in 0..rows.len() {
            let (key, bytes) = (rows.key[row].into(), rows.bytes[row].into());
            [rows.arrival[row].0, rows.event_time[row].0, key, bytes].into_iter().for_each(&mut note);
            let earlier = rows.earlier(row).unwrap_or_default();
            note(earlier.len() as i64);
            earlier.iter().for_each(|copy| [copy.arrival.0, copy.event_time.0].into_iter().for_each(&mut note));
        }
        seen += rows.len();
    }
    hash
}

#[test]
fn the_stream_is_pinned() {
    // A change here changes every published number: it needs a new major version.
    let scenario = scenario(&PIPELINES, &[]);
    assert_eq!([0, 1].map(|replication| hash_of_stream(&scenario, replication, 1_000)), PINNED);
}

const PINNED: [u64; 2] = [7_894_439_269_000_463_950, 16_763_220_504_214_631_256];

#[test]
fn the_stream_depends_on_the_workload_alone() {
    let all = scenario(&PIPELINES, &[]);
    let other = scenario(&PIPELINES[1..2], &["job.window=none", "job.dedup=none", "replications=9", "warmup=1m"]);
    assert_eq!(hash_of_stream(&all, 2, 20_000), hash_of_stream(&other, 2, 20_000));
    // Turning one knob leaves all other draws as they were: the same events, at the same times.
    let events = |set: &[&str]| {
        let mut stream = Stream::new(&scenario(&PIPELINES, set), None, 0).expect("a synthetic stream");
        let (mut block, mut events) = (Block::default(), Vec::new());
        while events.len() < 5_000 {
            assert!(stream.next(&mut block).unwrap());
            events.extend_from_slice(&block.events);
        }
        events.truncate(5_000);
        events
    };
    assert_eq!(events(&[]), events(&["workload.network.late.share=0.5", "workload.duplicates.retry.share=0"]));
}
