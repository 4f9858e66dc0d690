//! Sweeps: the same bytes on any number of threads, and whether they were broken off or not.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const SCENARIO: &str = r#"
title = "a sweep"
question = "?"
warmup = "5m"
duration = "20m"
replications = 2
workload = { rate = "20/s", network = { delay = { exponential = { mean = "3s" } } } }
job = { window = { size = "1m" } }
[[pipelines]]
preset = "micro_batch"
[[pipelines]]
preset = "continuous"
"#;

const GRID: [&str; 4] =
    ["--vary", "pipelines.continuous.watermark.bound=1s,10s,30s", "--vary", "pipelines.micro_batch.trigger=10s,1m"];

fn sweep(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    let output = command.arg("sweep").args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for part in ["", "tables", "figures"] {
        for entry in fs::read_dir(folder.join(part)).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_file() {
                found.push((entry.strip_prefix(folder).unwrap().display().to_string(), fs::read(&entry).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_broken_off_sweep_goes_on_and_ends_the_same() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("case.toml"), SCENARIO).unwrap();
    let run = |out: &str, store: &str, threads: &str| {
        let options = ["case.toml", "--out", out, "--store", store, "--threads", threads];
        let (code, _, err) = sweep(folder.path(), &[&options[..], &GRID].concat());
        assert_eq!(code, Some(0), "{err}");
        err
    };
    run("whole", "a", "1");
    let whole = files(&folder.path().join("whole"));
    let names: Vec<&str> = whole.iter().map(|(name, _)| name.as_str()).collect();
    for name in ["index.html", "summary.json", "tables/points.parquet", "tables/points.csv", "figures/heat_2.png"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    // As if it had been stopped after two of the six points.
    let mut points: Vec<_> =
        fs::read_dir(folder.path().join("a")).unwrap().map(|entry| entry.unwrap().path()).collect();
    points.sort();
    assert_eq!(points.len(), 6);
    points[2..].iter().for_each(|point| fs::remove_file(point).unwrap());
    assert!(run("resumed", "a", "2").contains("2 of 6 points were there already"));
    assert!(whole == files(&folder.path().join("resumed")));
    run("parallel", "b", "3");
    assert!(whole == files(&folder.path().join("parallel")));
}

#[test]
fn the_points_are_those_of_single_runs() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("case.toml"), SCENARIO).unwrap();
    let (code, out, err) = sweep(folder.path(), &[&["case.toml", "--json"][..], &GRID].concat());
    assert_eq!(code, Some(0), "{err}");
    let summary: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(summary["points"].as_array().unwrap().len(), 6);
    let set = ["pipelines.continuous.watermark.bound=30s", "pipelines.micro_batch.trigger=10s"];
    assert_eq!(summary["points"][4]["set"], serde_json::json!(set));
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    command.args(["run", "case.toml", "--json", "--set", set[0], "--set", set[1]]).current_dir(folder.path());
    let run: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    let (swept, single) = (&summary["points"][4]["pipelines"], &run["pipelines"]);
    for place in [0, 1] {
        let value = swept[place]["measures"]["latency_s.p95"][0].as_f64().unwrap();
        assert!((value - single[place]["latency_s"]["p95"]["value"].as_f64().unwrap()).abs() < 1e-9 * value);
    }
    // Each field moves its own pipeline and not the other.
    let moved: Vec<(&str, &str)> = summary["sensitivity"]
        .as_array()
        .unwrap()
        .iter()
        .map(|effect| (effect["pipeline"].as_str().unwrap(), effect["field"].as_str().unwrap()))
        .collect();
    assert!(!moved.is_empty() && moved.iter().all(|(pipeline, field)| field.contains(pipeline)), "{moved:?}");
}

#[test]
fn wrong_grids_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("case.toml"), SCENARIO).unwrap();
    for (arguments, part) in [
        (&["case.toml", "--vary", "workload.rate"][..], "--vary: workload.rate: there is no"),
        (&["case.toml", "--vary", "workload.rat=1/s,2/s"], "did you mean"),
        (&["case.toml", "--vary", "workload.rate=1/s,-2/s"], "(at workload.rate=-2/s)"),
        (&["case.toml", "--vary", "workload.rate=1/s", "--measure", "speed"], "--measure: there is no measure"),
    ] {
        let (code, out, err) = sweep(folder.path(), arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains(part), "\"{part}\" is missing in {err}");
    }
    assert!(!folder.path().join("reports").exists(), "nothing is written for a wrong grid");
}
