//! `run --emit publications` as a user calls it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use millstream::tabular::{Table, Values};

/// The published run of Flink 2: events of these seconds, one every 500 ms from 00:00:20 on.
const SECONDS: [i64; 10] = [1, 2, 4, 6, 3, 8, 2, 11, 1, 13];

const FLINK: &str = r#"
title = "golden"
question = "?"
start = "2026-01-05T00:00:00Z"
duration = "1h"
[workload]
rate = "1/s"
[job]
window = { size = "5s" }
[[pipelines]]
model = "continuous"
parallelism = 1
service = "0s"
fetch_delay = "0s"
sink_delay = "0s"
watermark = { bound = "2s", interval = "200ms" }
allowed_lateness = "3s"
"#;

/// Late events, leaked and removed duplicates; all in twelve whole windows.
const BUSY: &str = r#"
title = "busy"
question = "?"
start = "2026-01-05T00:00:00Z"
warmup = "0s"
duration = "1h"
replications = 2
[workload]
rate = "5/s"
keys = { count = 40, zipf = 1.0 }
[workload.network]
delay = { exponential = { mean = "5s" } }
late = { share = 0.05, by = { exponential = { mean = "10m" } } }
[workload.duplicates]
retry = { share = 0.1, after = { exponential = { mean = "1m" } } }
[job]
window = { size = "5m" }
dedup = { ttl = "30s" }
[[pipelines]]
name = "batch"
model = "batch"
every = "15m"
late = "next_run"
[[pipelines]]
name = "looks back"
model = "batch"
every = "15m"
lookback = 2
[[pipelines]]
name = "update"
model = "micro_batch"
trigger = "1m"
watermark_delay = "10m"
[[pipelines]]
name = "append"
model = "micro_batch"
output = "append"
watermark_delay = "1m"
[[pipelines]]
name = "drops"
preset = "continuous"
allowed_lateness = "0s"
[[pipelines]]
name = "waits"
preset = "continuous"
allowed_lateness = "15m"
"#;

fn run(folder: &Path, text: &str, arguments: &[&str]) -> Output {
    fs::write(folder.join("case.toml"), text).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    command.args(["run", "case.toml", "--out", "report"]).args(arguments).current_dir(folder).output().unwrap()
}

fn sound(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    told
}

fn csv(folder: &Path) -> String {
    fs::read_to_string(folder.join("report/tables/publications.csv")).unwrap()
}

/// The lines of the table, cell by cell, without its header.
fn rows(folder: &Path) -> Vec<Vec<String>> {
    let text = csv(folder);
    let (header, rows) = text.split_once('\n').unwrap();
    assert_eq!(header, "pipeline,window_start,window_end,key,count,firing,published_at,watermark,at_end");
    rows.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn the_published_run_of_flink_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = "event_id,event_time,arrival_time\n".to_owned();
    for (id, second) in (0..).zip(SECONDS) {
        let arrival = 20_000 + 500 * id;
        let (whole, part) = (arrival / 1_000, arrival % 1_000);
        log += &format!("{id},2026-01-05T00:00:{second:02}Z,2026-01-05T00:00:{whole:02}.{part:03}Z\n");
    }
    // The source ended half a second after its last event; nothing of this one arrives.
    log += "10,2026-01-05T00:00:25Z,\n";
    fs::write(folder.path().join("log.csv"), log).unwrap();
    let told = sound(&run(folder.path(), FLINK, &["--trace", "log.csv", "--emit", "publications"]));
    assert!(told.contains("publications: 4 rows"), "{told}");
    let at = |second: &str| format!("2026-01-05T00:00:{second}Z");
    let row = |from: &str, to: &str, rest: [&str; 5]| {
        let [count, firing, published, watermark, end] = rest;
        let watermark = if watermark.is_empty() { String::new() } else { at(watermark) };
        let (key, count, firing) = (String::new(), count.to_owned(), firing.to_owned());
        let name = "continuous".to_owned();
        vec![name, at(from), at(to), key, count, firing, at(published), watermark, end.to_owned()]
    };
    let expected = [
        row("00.000000", "05.000000", ["4", "0", "22.600000", "05.999000", "false"]),
        row("00.000000", "05.000000", ["5", "1", "23.000000", "05.999000", "false"]),
        row("05.000000", "10.000000", ["2", "0", "24.600000", "10.999000", "false"]),
        row("10.000000", "15.000000", ["2", "0", "25.000001", "", "true"]),
    ];
    assert_eq!(rows(folder.path()), expected);
}

/// The last row of each window and key, by pipeline.
fn finals(rows: &[Vec<String>]) -> BTreeMap<&str, BTreeMap<(&str, &str), u64>> {
    let mut finals: BTreeMap<&str, BTreeMap<(&str, &str), u64>> = BTreeMap::new();
    let mut firings: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for row in rows {
        let (window, key) = (row[1].as_str(), row[3].as_str());
        let expected = firings.entry((&row[0], window, key)).or_default();
        assert_eq!(row[5], expected.to_string(), "firings are numbered: {row:?}");
        *expected += 1;
        let count: u64 = row[4].parse().unwrap();
        let before = finals.entry(&row[0]).or_default().insert((window, key), count);
        assert!(before.is_none_or(|before| before < count), "counts grow: {row:?}");
    }
    finals
}

#[test]
fn final_counts_are_what_the_accounting_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut by_window = Vec::new();
    for by in ["global", "key"] {
        let set = format!("job.window.by={by}");
        // One replication, so that the summary is of the one whose publications are written; a log, so that
        // nothing comes after the measured hour.
        let text = BUSY.replace("replications = 2", "replications = 1");
        fs::write(folder.path().join("case.toml"), &text).unwrap();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
        command.args(["generate", "case.toml", "--out", "log.csv"]).current_dir(folder.path()).assert().success();
        let arguments = ["--trace", "log.csv", "--emit", "publications", "--json", "--set", &set];
        let out = run(folder.path(), &text, &[&arguments[..], &["--set", "duration=40d"]].concat());
        sound(&out);
        let summary: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        let rows = rows(folder.path());
        assert!(rows.iter().all(|row| row[3].is_empty() == (by == "global")));
        let finals = finals(&rows);
        for pipeline in summary["pipelines"].as_array().unwrap() {
            let name = pipeline["name"].as_str().unwrap();
            let bin = |bin: &str| pipeline["accounting"][bin]["value"].as_f64().unwrap() as u64;
            let counted = bin("on_time") + bin("late_included") + bin("duplicates_leaked");
            assert_eq!(finals[name].values().sum::<u64>(), counted, "{name} by {by}");
            // Who looks back two periods sees all copies of an event at once.
            assert!(bin("duplicates_leaked") > 0 || name == "looks back", "{name}");
        }
        let windows = |rows: BTreeMap<&str, BTreeMap<(&str, &str), u64>>| {
            let mut sums: BTreeMap<(String, String), u64> = BTreeMap::new();
            for (name, rows) in &rows {
                for ((window, _), count) in rows {
                    *sums.entry(((*name).to_owned(), (*window).to_owned())).or_default() += count;
                }
            }
            sums
        };
        by_window.push(windows(finals));
    }
    assert_eq!(by_window[0], by_window[1], "keys add up to the window");
}

#[test]
fn each_model_publishes_as_its_engine_does() {
    let folder = tempfile::tempdir().unwrap();
    sound(&run(folder.path(), BUSY, &["--emit", "publications"]));
    let rows = rows(folder.path());
    let of = |name: &str| rows.iter().filter(|row| row[0] == name).collect::<Vec<_>>();
    let firings = |name: &str| {
        let mut firings: BTreeMap<&str, usize> = BTreeMap::new();
        of(name).iter().for_each(|row| *firings.entry(&row[1]).or_default() += 1);
        firings
    };
    // Spark in append mode and Flink without lateness publish a window once.
    for name in ["append", "drops"] {
        assert!(firings(name).values().all(|count| *count == 1), "{name}");
        assert!(of(name).iter().all(|row| !row[7].is_empty() && row[6] > row[2]), "{name}");
    }
    // In update mode each batch publishes what it touched: a window of five minutes is touched in six minutes or more,
    // from its first minute on.
    let updates = firings("update");
    assert!(updates.values().filter(|count| **count >= 6).count() >= 12, "{updates:?}");
    assert!(of("update").iter().filter(|row| row[6] < row[2]).count() >= 4 * 12);
    // Each run, and each late record.
    assert!(firings("looks back").values().any(|count| *count == 2));
    assert!(firings("waits").values().any(|count| *count > 10));
    let order: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    let mut names = order.clone();
    names.dedup();
    assert_eq!(names, ["batch", "looks back", "update", "append", "drops", "waits"]);
}

#[test]
fn threads_and_forms_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let tables = || ["csv", "parquet"].map(|form| folder.path().join(format!("report/tables/publications.{form}")));
    let bytes = |threads: &str| {
        let arguments = ["--emit", "publications", "--set", "job.window.by=key", "--threads", threads];
        sound(&run(folder.path(), BUSY, &arguments));
        tables().map(|path| fs::read(path).unwrap())
    };
    assert_eq!(bytes("1"), bytes("2"));
    let table = Table::read_parquet(&tables()[1]).unwrap();
    let rows = rows(folder.path());
    assert!(rows.len() > 1_000 && table.rows() == rows.len());
    let column = |name: &str| &table.columns.iter().find(|column| column.name == name).unwrap().values;
    let (Values::Text(names), Values::Integer(counts), Values::Integer(starts), Values::Text(ends)) =
        (column("pipeline"), column("count"), column("window_start"), column("at_end"))
    else {
        panic!("the columns are text and whole numbers")
    };
    for (place, row) in rows.iter().enumerate() {
        let start: jiff::Timestamp = row[1].parse().unwrap();
        assert_eq!(starts[place], Some(start.as_microsecond()));
        assert_eq!(counts[place], Some(row[4].parse().unwrap()));
        assert_eq!((names[place].as_deref(), ends[place].as_deref()), (Some(row[0].as_str()), Some(row[8].as_str())));
    }
    // A run without the option writes none, over a report that has some.
    sound(&run(folder.path(), BUSY, &[]));
    assert!(tables().iter().all(|path| !path.exists()) && folder.path().join("report/summary.json").exists());
}

#[test]
fn without_windows_there_is_nothing_to_publish() {
    let folder = tempfile::tempdir().unwrap();
    let text = FLINK.replace("[job]\nwindow = { size = \"5s\" }\n", "");
    let out = run(folder.path(), &text, &["--emit", "publications"]);
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!((out.status.code(), out.stdout.len()), (Some(2), 0));
    assert!(
        told.contains("--emit: the scenario has no windows") && told.contains("--set job.window.size=5m"),
        "{told}"
    );
    let out = run(folder.path(), FLINK, &["--emit", "postcards"]);
    assert_eq!(out.status.code(), Some(2));
}
