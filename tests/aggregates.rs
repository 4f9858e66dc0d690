//! Windows that sum bytes or count distinct users: what duplicates and late rows do to each, against the truth.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use millstream::experiment::{self, Outcome};
use millstream::scenario::{Overrides, parse};
use millstream::workload::read;

/// Every row comes within a second of its event, a tenth of them twice.
const TWICE: &str = r#"
title = "twice"
question = "?"
start = "2026-01-05T00:00:00Z"
warmup = "0s"
duration = "4h"
replications = 2
[workload]
rate = "5/s"
keys = { count = 4 }
users = { count = 3000 }
payload = { lognormal = { median = "500 B", sigma = 1.0 } }
network = { delay = { uniform = { low = "0s", high = "1s" } } }
duplicates = { retry = { share = 0.1, after = { uniform = { low = "10s", high = "20s" } } } }
[job]
window = { size = "10m" }
"#;

const STREAMING: &str =
    "[[pipelines]]\nmodel = \"continuous\"\nallowed_lateness = \"1h\"\nwatermark = { bound = \"5s\" }\n";
const MICRO_BATCH: &str = "[[pipelines]]\nmodel = \"micro_batch\"\nwatermark_delay = \"1h\"\n";

fn batch(late: &str) -> String {
    format!("[[pipelines]]\nmodel = \"batch\"\nevery = \"1h\"\nstart_after = \"0s\"\nstart_delay = \"0s\"\n{late}\n")
}

fn run(pipeline: &str, set: &[&str]) -> Outcome {
    let set = set.iter().map(|&assignment| assignment.to_owned()).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    let scenario = parse("twice", &format!("{TWICE}{pipeline}"), Path::new(""), &overrides);
    experiment::run(&scenario.unwrap_or_else(|error| panic!("{error}")), None, 1, &|_| {}).unwrap()
}

fn measure(outcome: &Outcome, path: &str) -> f64 {
    outcome.pipelines[0].get(path).value.unwrap_or_else(|| panic!("no {path}"))
}

fn aggregate(word: &str) -> String {
    format!("job.window.aggregate={word}")
}

#[test]
fn leaked_duplicates_make_counts_and_sums_too_high_and_do_no_harm_to_distinct_users() {
    for by in ["job.window.by=global", "job.window.by=key"] {
        for pipeline in [STREAMING, &batch("late = \"lookback\"\nlookback = 2"), MICRO_BATCH] {
            let error = |word| measure(&run(pipeline, &[&aggregate(word), by]), "correctness.error_final_mean");
            let (count, sum) = (error("count"), error("sum_bytes"));
            assert!((count - 0.1).abs() < 0.01 && (sum - 0.1).abs() < 0.02, "{count} {sum} {by} {pipeline}");
            // The same rows, and not the same result.
            assert!((count - sum).abs() > 1e-6);
            if pipeline != MICRO_BATCH {
                assert!(error("distinct_users") < 1e-12, "{by} {pipeline}");
            }
            let clean = [&aggregate("sum_bytes"), by, "job.dedup.ttl=1h"];
            assert!(measure(&run(pipeline, &clean), "correctness.error_final_mean") < 1e-12);
        }
    }
}

/// A fifth of the rows comes some twenty minutes late, from one in six users each ten minutes.
const LATE: [&str; 4] = [
    "workload.network.late={ share = 0.2, by = { exponential = { mean = \"20m\" } } }",
    "workload.duplicates={}",
    "workload.users.count=500",
    "job.window.size=1h",
];

#[test]
fn late_rows_of_users_who_were_counted_matter_less() {
    let error = |word: &str, path| {
        let aggregate = aggregate(word);
        measure(&run(STREAMING, &[&LATE[..], &[&aggregate]].concat()), path)
    };
    let first = ["count", "sum_bytes", "distinct_users"].map(|word| error(word, "correctness.error_first_mean"));
    assert!(first[0] > 0.01 && first[1] > 0.01 && first[2] < 0.1 * first[0], "{first:?}");
}

#[test]
fn a_run_of_late_rows_alone_counts_users_again_and_a_lookback_does_not() {
    let error = |late: &str, word: &str| {
        let aggregate = aggregate(word);
        measure(&run(&batch(late), &[&LATE[..], &[&aggregate]].concat()), "correctness.error_final_mean")
    };
    let (next, back) = ("late = \"next_run\"", "late = \"lookback\"\nlookback = 40");
    for word in ["count", "sum_bytes"] {
        assert!(error(next, word) < 1e-12 && error(back, word) < 1e-12, "{word}");
    }
    // A good part of a window's 500 users have late rows too.
    assert!(error(next, "distinct_users") > 0.3 && error(back, "distinct_users") < 1e-12);
}

#[test]
fn a_set_of_users_is_state() {
    let peak = |word| {
        let set = [&aggregate(word), "job.dedup=none", "workload.duplicates={}", "workload.users.count=50"];
        measure(&run(STREAMING, &set), "state.window_entries_peak")
    };
    // A result and fifty users for each window whose allowed lateness is not over: six that have fired, and one or two.
    let windows = peak("count");
    assert!(windows >= 7.0 && peak("sum_bytes") == windows);
    assert!(peak("distinct_users") > 45.0 * windows && peak("distinct_users") <= 51.0 * windows);
}

fn millstream(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    let output = command.args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The last value of each window in a CSV file with these columns.
fn last_values(file: &Path, window: &str) -> BTreeMap<String, u64> {
    let text = fs::read_to_string(file).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| header.iter().position(|found| *found == name).unwrap();
    let (window, key, value) = (place(window), place("key"), place("count"));
    let mut last = BTreeMap::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let start: String = if window == 0 {
            // The truth counts microseconds.
            jiff::Timestamp::from_microsecond(cells[window].parse().unwrap()).unwrap().to_string()
        } else {
            cells[window].parse::<jiff::Timestamp>().unwrap().to_string()
        };
        last.insert(format!("{start} {}", cells[key]), cells[value].parse().unwrap());
    }
    last
}

#[test]
fn what_is_published_in_the_end_is_the_truth_and_a_replay_finds_the_same() {
    for word in ["sum_bytes", "distinct_users"] {
        let folder = tempfile::tempdir().unwrap();
        let dedup = if word == "sum_bytes" { "dedup = { ttl = \"1h\" }\n" } else { "" };
        let window = format!("{dedup}window = {{ size = \"10m\", by = \"key\", aggregate = \"{word}\" }}");
        let text = format!("{TWICE}{STREAMING}").replace("window = { size = \"10m\" }", &window);
        let text = text.replace("replications = 2", "replications = 1");
        fs::write(folder.path().join("case.toml"), &text).unwrap();
        millstream(folder.path(), &["run", "case.toml", "--out", "report", "--emit", "publications"]);
        millstream(folder.path(), &["generate", "case.toml", "--out", "log.csv", "--truth", "truth.csv"]);
        let published = last_values(&folder.path().join("report/tables/publications.csv"), "window_start");
        let truth = last_values(&folder.path().join("truth.csv"), "window_start_us");
        let within = |from: &str| from < "2026-01-05T03:55";
        let shared: Vec<_> = truth.iter().filter(|(window, _)| within(window)).collect();
        assert_eq!(shared.len(), 96, "{word}");
        assert!(shared.iter().all(|(window, value)| published.get(*window) == Some(value)), "{word}");
        let scenario = parse("twice", &text, Path::new(""), &Overrides::default()).unwrap();
        let log = read(&folder.path().join("log.csv")).unwrap();
        let replayed = experiment::run(&scenario, Some(&log), 1, &|_| {}).unwrap();
        assert!(measure(&replayed, "correctness.error_final_mean") < 1e-12, "{word}");
    }
}

#[test]
fn a_log_without_bytes_has_no_sum_of_them() {
    let scenario = format!("{TWICE}{STREAMING}");
    let overrides = Overrides { set: vec![aggregate("sum_bytes")], ..Overrides::default() };
    let scenario = parse("twice", &scenario, Path::new(""), &overrides).unwrap();
    let log = "event_id,event_time_ms,arrival_time_ms\n1,1767571200000,1767571200001\n";
    let log = millstream::workload::read_bytes("log.csv", log.as_bytes()).unwrap();
    let error = experiment::run(&scenario, Some(&log), 1, &|_| {}).unwrap_err();
    assert!(error.exit_code() == 2 && error.to_string().contains("column bytes"), "{error}");
}
