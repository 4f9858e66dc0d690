//! Funnels from a scenario to its measures.

use std::path::Path;

use millstream::experiment::{Outcome, run};
use millstream::report::{summary, tables};
use millstream::scenario::{Overrides, parse};
use millstream::workload::read_bytes;

const STREAM: &str = r#"
    title = "t"
    question = "q"
    warmup = "1h"
    duration = "8h"
    [workload]
    rate = "4/s"
    users = { count = 500 }
    types = [{ name = "view" }, { name = "cart" }, { name = "purchase" }]
    [workload.sessions]
    events = 3
    pause = "30s"
    gap = "5m"
    funnel = [
      { probability = 0.5, pause = { exponential = { mean = "20s" } } },
      { probability = 0.5, pause = { exponential = { mean = "1m" } } },
    ]
    [workload.network]
    delay = { exponential = { mean = "2s" } }
    late = { share = 0.05, by = { exponential = { mean = "2m" } } }
    [job]
    funnel = { steps = ["view", "cart", "purchase"], within = "10m" }
"#;

fn outcome(text: &str, set: &[&str]) -> Outcome {
    let overrides = Overrides { set: set.iter().map(|field| (*field).to_owned()).collect(), ..Overrides::default() };
    let scenario = parse("funnel", text, Path::new(""), &overrides).unwrap_or_else(|error| panic!("{error}"));
    run(&scenario, None, 1, &|_| {}).unwrap_or_else(|error| panic!("{error}"))
}

fn pipelines() -> String {
    let continuous = ["0s", "5s", "30s", "5m", "1h"].map(|bound| {
        format!(
            "[[pipelines]]\nname = \"bound {bound}\"\npreset = \"continuous\"\nwatermark = {{ bound = \"{bound}\" }}\n"
        )
    });
    let batch = "[[pipelines]]\nname = \"lookback\"\npreset = \"hourly\"\nlate = \"lookback\"\nlookback = 4\n\
                 [[pipelines]]\nname = \"drop\"\npreset = \"hourly\"\nlate = \"drop\"\n\
                 [[pipelines]]\npreset = \"micro_batch\"\n";
    format!("{STREAM}\n{}{batch}", continuous.concat())
}

#[test]
fn a_larger_bound_misses_less_and_waits_longer() {
    let outcome = outcome(&pipelines(), &[]);
    let value = |place: usize, path: &str| outcome.pipelines[place].get(path).value.unwrap();
    for place in 1..5 {
        assert!(value(place, "funnel.missed") <= value(place - 1, "funnel.missed"), "{place}");
        assert!(value(place, "funnel.started") >= value(place - 1, "funnel.started"), "{place}");
        assert!(value(place, "funnel.converted") >= value(place - 1, "funnel.converted"), "{place}");
        assert!(value(place, "funnel.seen_after_s_mean") > value(place - 1, "funnel.seen_after_s_mean"), "{place}");
    }
    assert!(value(0, "funnel.missed") > 0.5 && value(4, "funnel.missed") == 0.0);
    // Who waits for all has the truth: a stream by its bound, a batch because it reads everything again.
    for place in [4, 5] {
        assert_eq!(value(place, "funnel.error"), 0.0);
        assert_eq!(value(place, "funnel.converted"), value(place, "funnel.true_converted"));
    }
    // One that drops late rows does not, nor one that sorts within a minute only.
    let missed = [6, 7].map(|place| value(place, "funnel.missed"));
    assert!(missed[0] > 0.0 && missed[1] > 0.02, "{missed:?}");
    assert!(value(6, "funnel.spurious") == 0.0 && value(7, "funnel.spurious") < 0.001);
    for pipeline in &outcome.pipelines {
        let steps: Vec<_> =
            pipeline.funnel.iter().map(|step| (step.shown.value.unwrap(), step.truth.value.unwrap())).collect();
        assert_eq!(steps.len(), 3);
        assert!(steps.is_sorted_by(|before, after| before.0 >= after.0 && before.1 >= after.1), "{steps:?}");
        // The truth is one for all.
        assert_eq!(steps.iter().map(|step| step.1).collect::<Vec<_>>(), {
            let first = &outcome.pipelines[0].funnel;
            first.iter().map(|step| step.truth.value.unwrap()).collect::<Vec<_>>()
        });
        let by_path = ["funnel.started", "funnel.converted"].map(|path| pipeline.get(path).value.unwrap());
        assert_eq!(by_path, [steps[0].0, steps[2].0]);
    }
}

#[test]
fn duplicates_that_leak_open_attempts_that_are_none() {
    let twice = "workload.duplicates={ retry = { share = 0.2, after = \"1s\" } }";
    let with = outcome(&pipelines(), &[twice]);
    let without = outcome(&pipelines(), &[twice, "job.dedup={ ttl = \"1d\" }"]);
    let value = |outcome: &Outcome, path: &str| outcome.pipelines[4].get(path).value.unwrap();
    assert!((value(&with, "funnel.spurious") - 0.2 / 1.2).abs() < 0.02, "{}", value(&with, "funnel.spurious"));
    assert_eq!(value(&with, "funnel.missed"), 0.0);
    assert_eq!((value(&without, "funnel.spurious"), value(&without, "funnel.error")), (0.0, 0.0));
}

#[test]
fn open_attempts_and_rows_that_wait_are_state() {
    let outcome = outcome(&pipelines(), &[]);
    let peak = |place: usize| outcome.pipelines[place].get("state.window_entries_peak").value.unwrap();
    // An hour of rows at 4/s, against five seconds of them; attempts of ten minutes on top of both.
    assert!((peak(4) / 14_400.0 - 1.15).abs() < 0.2, "{}", peak(4));
    for place in [1, 7] {
        assert!(peak(place) < 3_000.0 && peak(place) > 500.0, "{}", peak(place));
    }
    let full = super::outcome::outcome(&pipelines(), &["pipelines[4].memory_limit=200 KB"]);
    assert!(full.pipelines[4].get("operations.out_of_memory_s").value.is_some());
}

#[test]
fn a_failure_takes_with_it_what_a_job_without_checkpoints_held() {
    let text = format!(
        "{STREAM}\n[[pipelines]]\npreset = \"continuous\"\nwatermark = {{ bound = \"10m\" }}\n\
         failures = {{ mtbf = \"2h\", repair = \"1m\" }}\n"
    );
    let missed = |guarantee: &str| {
        let set = format!("pipelines[0].guarantee={guarantee}");
        let mut set = vec![set.as_str()];
        if guarantee != "at_most_once" {
            set.push("pipelines[0].checkpoint={ interval = \"30s\" }");
        }
        outcome(&text, &set).pipelines[0].get("funnel.missed").value.unwrap()
    };
    let (lost, kept) = (missed("at_most_once"), missed("exactly_once"));
    assert!(lost > kept + 0.01, "{lost} {kept}");
}

#[test]
fn the_summary_and_the_tables_hold_each_step() {
    let outcome = outcome(&pipelines(), &[]);
    let summary = summary::summary(&outcome);
    let steps = &summary["pipelines"][5]["funnel"]["steps"];
    assert_eq!(steps.as_array().unwrap().len(), 3);
    assert_eq!(steps[1]["name"], "cart");
    assert_eq!(steps[2]["shown"]["value"], summary["pipelines"][5]["funnel"]["converted"]["value"]);
    assert_eq!(steps[2]["truth"]["value"], summary["pipelines"][5]["funnel"]["true_converted"]["value"]);
    assert!(tables::tables(&outcome).iter().any(|(name, _)| *name == "funnel"));
}

/// A scenario that replays a log, and the log.
fn replay(log: &str) -> Result<Outcome, String> {
    let text = "title = \"t\"\nquestion = \"q\"\n[workload]\ntrace = \"data/late_arrivals.csv\"\n[job]\n\
                funnel = { steps = [\"view\", \"buy\"], within = \"10m\" }\n[[pipelines]]\npreset = \"hourly\"\n";
    let scenario =
        parse("funnel", text, Path::new("scenarios"), &Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
    let log = read_bytes("log.csv", log.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    run(&scenario, Some(&log), 1, &|_| {}).map_err(|error| error.to_string())
}

#[test]
fn steps_are_types_of_the_log() {
    let head = "event_id,event_time,arrival_time,user_id,event_type\n";
    let row = |id: u32, at: &str, kind: &str| format!("{id},2026-01-05T{at}:00Z,2026-01-05T{at}:01Z,7,{kind}\n");
    // The view at noon converts; the purchase at 12:08 belongs to that of 12:05 as well. That of 13:00 is too late for all.
    let rows =
        [(1, "12:00", "view"), (2, "12:05", "view"), (3, "12:08", "buy"), (4, "12:20", "view"), (5, "13:00", "buy")];
    let log: String = rows.iter().map(|(id, at, kind)| row(*id, at, kind)).collect();
    let outcome = replay(&(head.to_owned() + &log)).unwrap();
    let value = |path: &str| outcome.pipelines[0].get(path).value.unwrap();
    assert_eq!(["funnel.true_started", "funnel.true_converted"].map(value), [3.0, 2.0]);
    assert_eq!(["funnel.started", "funnel.converted"].map(value), [3.0, 2.0]);
    // The hour is published five minutes and a bit after its end.
    assert!(value("funnel.seen_after_s_mean") > 57.0 * 60.0);

    let error = replay(&(head.to_owned() + &row(1, "12:00", "view"))).unwrap_err();
    for part in ["job.funnel.steps[1]", "no events of the type \"buy\"", "write one of its types: view"] {
        assert!(error.contains(part), "{error}");
    }
    let error = replay("event_id,event_time,arrival_time\n1,2026-01-05T12:00:00Z,2026-01-05T12:00:01Z\n").unwrap_err();
    assert!(error.contains("add a column event_type"), "{error}");
}
