//! `generate` as a user calls it: a log in each format, the truth about its windows, and what is refused.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use millstream::error::Result;
use millstream::experiment;
use millstream::scenario::{Overrides, Scenario, parse};
use millstream::tabular::{Table, Values};
use millstream::workload::{Block, LogRow, read};

/// A scenario in which most can happen to an event.
const BUSY: &str = r#"
title = "busy"
question = "?"
start = "2026-03-01T06:30:00Z"
duration = "30m"
warmup = "2m"
[workload]
rate = "3/s"
keys = { count = 50, zipf = 1.0 }
users = { count = 3000, zipf = 0.0 }
types = [{ name = "view", share = 0.8 }, { name = "click, \"hard\"", share = 0.2 }]
sessions = { events = 4.0, pause = "20s", gap = "1m", funnel = [{ probability = 0.3, pause = "5s" }] }
payload = "300 B"
[workload.network]
delay = { exponential = { mean = "5s" } }
loss = 0.05
[workload.clock]
ahead = { share = 0.2, by = "30s" }
[workload.duplicates]
retry = { share = 0.1, after = "10s" }
[job]
window = { size = "1m", by = "key" }
[[pipelines]]
preset = "continuous"
"#;

/// One without anything that is not usual.
const PLAIN: &str = r#"
title = "plain"
question = "?"
duration = "10m"
[workload]
rate = "2/s"
[[pipelines]]
preset = "continuous"
"#;

fn generate(folder: &Path, text: &str, arguments: &[&str]) -> Output {
    fs::write(folder.join("case.toml"), text).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    command.args(["generate", "case.toml"]).args(arguments).current_dir(folder).output().unwrap()
}

fn sound(output: &Output) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "{told}");
}

fn scenario(text: &str) -> Scenario {
    parse("case", text, Path::new(""), &Overrides::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The blocks of the stream.
fn blocks(scenario: &Scenario, replication: u32) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut sink = |block: &Block| -> Result<()> {
        blocks.push(block.clone());
        Ok(())
    };
    experiment::generate(scenario, replication, &mut sink, &|_| {}).unwrap();
    blocks
}

fn rows(path: &Path) -> Vec<LogRow> {
    read(path).unwrap().deliveries().map(Result::unwrap).collect()
}

#[test]
fn a_log_says_what_the_stream_did_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = scenario(BUSY);
    let blocks = blocks(&scenario, 1);
    let start = scenario.start.0.as_microsecond();
    for name in ["log.csv", "log.ndjson", "log.parquet", "sub/log.jsonl"] {
        let out = generate(folder.path(), BUSY, &["--out", name, "--replication", "1"]);
        sound(&out);
        assert!(out.stdout.is_empty());
        let path = folder.path().join(name);
        let log = read(&path).unwrap();
        assert_eq!(log.kinds(), ["view", "click, \"hard\""]);
        assert_eq!(log.origin(scenario.start), scenario.start);
        let found: Vec<LogRow> = log.deliveries().map(Result::unwrap).collect();
        let mut at = 0;
        let (mut skewed, mut lost, mut again) = (0, 0, 0);
        for block in &blocks {
            let rows = block.rows(0..block.len());
            for row in 0..rows.len() {
                let (read, tag) = (found[at], block.tags[row]);
                at += 1;
                let times = [rows.arrival[row], rows.event_time[row], rows.happened(row)].map(|time| start + time.0);
                assert_eq!([read.arrival.unwrap(), read.event_time, read.true_time], times);
                assert_eq!((read.key, read.bytes), (rows.key[row], rows.bytes[row]));
                assert_eq!((read.user, read.session, read.kind), (tag.user, tag.session, tag.kind));
                assert_eq!(read.first, rows.earlier(row).is_none());
                skewed += usize::from(read.event_time != read.true_time);
                again += usize::from(!read.first);
            }
            lost += block.lost.len() as u64;
        }
        assert_eq!((at, log.len(), log.lost()), (found.len(), at as u64, lost));
        assert!(at > 4_000 && skewed > 300 && lost > 100 && again > 100, "{at} {skewed} {lost} {again}");
    }
    // Nothing else is left behind.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
}

#[test]
fn a_plain_log_has_the_usual_columns() {
    let folder = tempfile::tempdir().unwrap();
    let out = generate(folder.path(), PLAIN, &["--out", "-", "--format", "csv"]);
    sound(&out);
    let text = String::from_utf8(out.stdout).unwrap();
    assert_eq!(text.lines().next(), Some("event_id,event_time_us,arrival_time_us,key,bytes"));
    // The same command gives the same bytes, the seed and the replication others.
    let again = |arguments: &[&str]| {
        let out = generate(folder.path(), PLAIN, &[&["--out", "-", "--format", "csv"], arguments].concat());
        sound(&out);
        String::from_utf8(out.stdout).unwrap()
    };
    assert_eq!(text, again(&[]));
    assert_ne!(text, again(&["--seed", "7"]));
    assert_ne!(text, again(&["--replication", "1"]));
    assert!(again(&["--set", "duration=30m"]).lines().count() > text.lines().count() + 1_000);
    let out = generate(folder.path(), PLAIN, &["--out", "-", "--format", "parquet"]);
    sound(&out);
    let path = folder.path().join("log.parquet");
    fs::write(&path, out.stdout).unwrap();
    let csv = folder.path().join("log.csv");
    fs::write(&csv, text).unwrap();
    assert!(rows(&path) == rows(&csv));
}

#[test]
fn the_truth_is_that_of_the_windows() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = scenario(BUSY);
    let blocks = blocks(&scenario, 0);
    let windows: Vec<_> = blocks.iter().flat_map(|block| &block.windows).collect();
    let expected: Vec<[i64; 4]> = windows
        .iter()
        .flat_map(|window| {
            let keys = window.keys.as_ref().unwrap().iter().collect::<Vec<_>>();
            keys.into_iter().map(|(key, count)| {
                [window.window * 60_000_000, (window.window + 1) * 60_000_000, key.into(), count.into()]
            })
        })
        .collect();
    sound(&generate(folder.path(), BUSY, &["--out", "log.csv", "--truth", "truth.parquet"]));
    let table = Table::read_parquet(&folder.path().join("truth.parquet")).unwrap();
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["window_start_us", "window_end_us", "key", "count"]);
    assert_eq!(table.rows(), expected.len());
    for (place, column) in table.columns.iter().enumerate() {
        let cells = expected.iter().map(|row| Some(row[place])).collect();
        assert!(column.values == Values::Integer(cells), "{}", column.name);
    }
    // Windows of all keys together have no key.
    let all = BUSY.replace(", by = \"key\"", "");
    sound(&generate(folder.path(), &all, &["--out", "log.csv", "--truth", "truth.csv"]));
    let text = fs::read_to_string(folder.path().join("truth.csv")).unwrap();
    assert_eq!(text.lines().next(), Some("window_start_us,window_end_us,count"));
    assert_eq!(text.lines().count(), windows.len() + 1);
    let total: u64 = text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(total, windows.iter().map(|window| window.events).sum::<u64>());
}

#[test]
fn wrong_commands_say_what_is_wrong_and_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("folder.csv")).unwrap();
    let cases: &[(&[&str], i32, &str)] = &[
        (&[], 2, "--out"),
        (&["--out", "-"], 2, "--out: stdout has no name that tells its format; add --format csv"),
        (&["--out", "log.txt"], 2, "--out: log.txt has no extension that tells its format"),
        (&["--out", "log.csv", "--format", "xml"], 2, "invalid value 'xml'"),
        (&["--out", "folder.csv"], 2, "--out: folder.csv is a folder"),
        (&["--out", "case.toml/log.csv"], 3, "case.toml"),
        (&["--out", "log.csv", "--truth", "truth.csv"], 2, "--truth: the scenario has no windows"),
        (&["--out", "log.csv", "--truth", "-"], 2, "--truth: - has no extension"),
        (&["--out", "log.csv", "--truth", "log.csv"], 2, "--truth: it is the same file as --out"),
        (&["--out", "log.csv", "--set", "duration=-1s"], 2, "--set: duration"),
        (&["--out", "log.csv", "--replication", "-1"], 2, "'-1'"),
    ];
    for (arguments, code, part) in cases {
        let out = generate(folder.path(), PLAIN, arguments);
        let told = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(*code), "{arguments:?}: {told}");
        assert!(told.contains(part) && out.stdout.is_empty(), "{arguments:?}: {told}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "{arguments:?}");
    }
    let out = Command::new(assert_cmd::cargo::cargo_bin!("millstream"))
        .args(["generate", "real_log", "--out", "-", "--format", "csv"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.code() == Some(2) && told.contains("real_log replays a log and generates nothing"), "{told}");
}

#[test]
fn a_replay_of_a_log_is_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = scenario(PLAIN);
    sound(&generate(folder.path(), PLAIN, &["--out", "log.parquet"]));
    let log = read(&folder.path().join("log.parquet")).unwrap();
    assert!(log.sorted);
    let plain = experiment::run(&scenario, None, 1, &|_| {}).unwrap();
    let replayed = experiment::run(&scenario, Some(&log), 1, &|_| {}).unwrap();
    assert_eq!(plain.pipelines[0].get("latency_s.mean"), replayed.pipelines[0].get("latency_s.mean"));
    assert!(plain.pipelines[0].get("latency_s.mean").value.is_some());
}
