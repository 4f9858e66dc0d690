//! A log that was generated, replayed: exactly the summary of the synthetic run.

use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

fn millstream(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(cargo_bin!("millstream")).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The summary of a run, without what was asked on the command line.
fn summary(folder: &Path, arguments: &[&str]) -> Value {
    let mut summary: Value = serde_json::from_slice(&millstream(folder, arguments)).unwrap();
    summary["scenario"]["changes"] = Value::Null;
    summary
}

/// A scenario whose stream has everything.
const EVERYTHING: &str = r#"
title = "everything"
question = "Does it come back?"
start = "2026-01-05T06:30:00Z"
warmup = "1h"
duration = "6h"
[workload]
rate = "10/s"
daily = { peak = 1.5, trough = 0.5 }
bursts = [{ at = "3h", for = "10m", factor = 4 }]
keys = { count = 300, zipf = 1.0 }
users = { count = 50_000 }
types = [{ name = "view" }, { name = "click, \"or\" tap" }, { name = "buy", payload = "900 B" }]
payload = { lognormal = { median = "300 B", sigma = 0.5 } }
sessions = { events = 4, pause = { exponential = { mean = "20s" } }, funnel = [{ probability = 0.3, pause = "5s" }, { probability = 0.2 }] }
clock = { ahead = { share = 0.01, by = { exponential = { mean = "10m" } } }, behind = { share = 0.02, by = "3m" } }
duplicates = { retry = { share = 0.05, after = { exponential = { mean = "20m" } }, again = 0.3 }, repeat = { share = 0.02 } }
partitions = { count = 4, zipf = 0.3, idle = [{ partition = 1, from = "2h", for = "40m" }] }
[workload.network]
cohorts = [
  { share = 1, delay = { lognormal = { median = "150ms", sigma = 1.0 } } },
  { share = 1, delay = "400ms", flush = { events = 5, every = "30s" }, offline = { chance = 0.05, for = { exponential = { mean = "30m" } } } },
]
late = { share = 0.02, by = { exponential = { mean = "10m" } } }
outages = [{ from = "4h", for = "20m", share = 0.5, drain = "1m", in_order = false, storm = { every = "2m", most = 3 } }]
loss = 0.01
[job]
dedup = { ttl = "1h" }
window = { size = "5m", by = "key" }
[[pipelines]]
preset = "hourly"
[[pipelines]]
preset = "micro_batch"
[[pipelines]]
preset = "continuous"
parallelism = 3
service = { exponential = { mean = "20ms" } }
watermark = { idleness = "1m" }
"#;

/// Each path at which two values differ.
fn compare(path: &str, one: &Value, other: &Value, differences: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().for_each(|(key, value)| compare(&format!("{path}.{key}"), value, &b[key], differences));
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(at, (a, b))| compare(&format!("{path}[{at}]"), a, b, differences));
        }
        _ if one != other => differences.push(format!("{path}: {one} synthetic, {other} replayed")),
        _ => {}
    }
}

fn round_trip(format: &str, set: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("everything.toml"), EVERYTHING).unwrap();
    let set: Vec<&str> = set.iter().flat_map(|field| ["--set", field]).collect();
    let log = format!("log.{format}");
    let with = |arguments: &[&'static str]| [arguments, &set[..]].concat();
    millstream(folder.path(), &[&with(&["generate", "everything.toml", "--out"])[..3], &[&log], &set[..]].concat());
    let synthetic = summary(folder.path(), &with(&["run", "everything.toml", "--json"]));
    let replayed =
        summary(folder.path(), &[&["run", "everything.toml", "--json", "--trace", &log][..], &set[..]].concat());
    let mut differences = Vec::new();
    compare("", &synthetic, &replayed, &mut differences);
    assert!(differences.is_empty(), "{format} with {set:?}:\n{}", differences.join("\n"));
    assert!(synthetic["workload"]["events"]["value"].as_f64().unwrap() > 100_000.0);
}

#[test]
fn everything_comes_back_from_parquet() {
    round_trip("parquet", &[]);
}

#[test]
fn everything_comes_back_from_csv() {
    round_trip("csv", &["job.window.by=global", "seed=7"]);
}

#[test]
fn everything_comes_back_from_ndjson() {
    round_trip("ndjson", &["job.window=none", "job.dedup=none", "seed=8"]);
}

#[test]
fn a_funnel_comes_back() {
    let funnel = "job.funnel={ steps = [\"view\", \"click, \\\"or\\\" tap\", \"buy\"], within = \"10m\" }";
    round_trip("csv", &["job.window=none", funnel, "seed=9"]);
}

#[test]
fn a_plain_stream_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let set = ["--set", "warmup=1h", "--set", "duration=3h", "--replications", "1"];
    let run = ["run", "lab", "--json"];
    millstream(folder.path(), &[&["generate", "lab", "--out", "log.parquet"][..], &set[..4]].concat());
    let synthetic = summary(folder.path(), &[&run[..], &set].concat());
    let replay = [&run[..], &["--trace", "log.parquet"], &set].concat();
    let replayed = summary(folder.path(), &replay);
    for threads in ["1", "3"] {
        let other = summary(folder.path(), &[&replay[..], &["--threads", threads]].concat());
        assert!(other == replayed, "{threads} threads");
    }
    let mut differences = Vec::new();
    compare("", &synthetic, &replayed, &mut differences);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
