//! The search for the simplest pipeline: against runs of single candidates, and when there is none.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const HEAD: &str = r#"
title = "a plan"
question = "?"
warmup = "1d"
duration = "1d"
replications = 3
workload = { rate = "0.5/s", network = { delay = { exponential = { mean = "2s" } } }, duplicates = { retry = { share = 0.02, after = { exponential = { mean = "10m" } } } } }
job = { window = { size = "5m" }, dedup = { ttl = "6h" } }
"#;

fn objective(measure: &str, bound: &str) -> String {
    format!("[[objectives]]\nmeasure = \"{measure}\"\n{bound}\n")
}

/// Plans in a folder; gives exit code, stdout and stderr.
fn plan(folder: &Path, objectives: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    fs::write(folder.join("case.toml"), format!("{HEAD}{objectives}")).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    let output = command.args(["plan", "case.toml"]).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn planned(folder: &Path, objectives: &str, arguments: &[&str]) -> Value {
    let (code, out, err) = plan(folder, objectives, &[arguments, &["--json"]].concat());
    assert_eq!(code, Some(0), "{err}");
    serde_json::from_str(&out).unwrap()
}

fn set(finding: &Value) -> Vec<&str> {
    finding["set"].as_array().unwrap().iter().map(|set| set.as_str().unwrap()).collect()
}

/// What a run of the settings gives for a measure of the pipeline that they are of.
fn run(folder: &Path, (finding, more): (&Value, &[&str]), group: &str, name: &str) -> f64 {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    command.args(["run", "case.toml", "--json", "--out", "single"]).current_dir(folder);
    set(finding).iter().chain(more).for_each(|set| {
        command.args(["--set", set]);
    });
    let summary: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    let pipelines = summary["pipelines"].as_array().unwrap();
    let of = pipelines.iter().find(|pipeline| pipeline["name"] == finding["pipeline"]).unwrap();
    of[group][name]["value"].as_f64().unwrap()
}

#[test]
fn the_simplest_that_meets_is_named_and_the_simpler_misses() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let found = planned(folder, &objective("latency_s.p95", "at_most = \"4h30m\""), &[]);
    let build = &found["build"];
    assert_eq!(build["model"], "batch", "{build}");
    // Latency is spread evenly from the landing to a period after it: 19 of 20 parts of the period, and some minutes. Of
    // the periods that are tried four hours fit, six do not.
    assert!(set(build).contains(&"pipelines[0].every=4h"), "{build}");
    assert!(set(&found["simpler"]).contains(&"pipelines[0].every=6h"), "{}", found["simpler"]);
    let told = build["measures"]["latency_s.p95"]["value"].as_f64().unwrap();
    assert!((run(folder, (build, &[]), "latency_s", "p95") - told).abs() < 1e-9 * told);
    assert!(run(folder, (&found["simpler"], &[]), "latency_s", "p95") > 16_200.0);
    // The faster one is faster and told with its cost.
    let faster = &found["faster"];
    assert!(faster["measures"]["latency_s.p95"]["value"].as_f64().unwrap() < told);
    let answer = found["answer"].to_string();
    for part in ["Build this: batch every 4h", "next simpler is too little: batch every 6h", "cost a day"] {
        assert!(answer.contains(part), "\"{part}\" is missing in {answer}");
    }
    let report = folder.join("reports/case-plan");
    for file in ["index.html", "summary.json", "tables/candidates.parquet", "figures/candidates.png"] {
        assert!(report.join(file).exists(), "{file}");
    }
}

#[test]
fn a_tight_bound_asks_for_a_stream_and_bisection_finds_the_time_to_live() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let objectives = objective("latency_s.p95", "at_most = \"8s\"")
        + &objective("compute.core_hours", "at_most = 30")
        + &objective("correctness.overcount", "at_most = 0.001");
    // Without windows no duplicate is dropped as late.
    let found = planned(folder, &objectives, &["--set", "job.window=none"]);
    let build = &found["build"];
    assert_eq!(build["model"], "continuous", "{}", found["answer"]);
    assert!(run(folder, (build, &["job.window=none"]), "compute", "core_hours") <= 30.0);
    // 2 % duplicates of which e^(-T / 10 min) may leak a twentieth: 30 minutes.
    let ttl = set(build).iter().find_map(|set| set.strip_prefix("job.dedup.ttl=")).unwrap().to_owned();
    let minutes: f64 = ttl.strip_suffix('m').unwrap().parse().unwrap();
    assert!((28.0..=40.0).contains(&minutes), "{ttl}");
    assert!(run(folder, (build, &["job.window=none"]), "correctness", "overcount") <= 0.001);
}

#[test]
fn no_answer_names_the_objectives_that_exclude_one_another() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let objectives = objective("latency_s.p95", "at_most = \"6m\"")
        + &objective("compute.core_hours", "at_most = 1")
        + &objective("correctness.completeness_final", "at_least = 0.9");
    let (code, out, err) = plan(folder, &objectives, &["--check", "--json"]);
    assert_eq!(code, Some(1), "{err}");
    let found: Value = serde_json::from_str(&out).unwrap();
    assert!(found["build"].is_null());
    let names = ["latency_s.p95 at most 6m", "compute.core_hours at most 1"];
    assert_eq!(found["conflicts"], serde_json::json!([names]));
    let (_, out, _) = plan(folder, &objectives, &[]);
    let flat = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(out).contains("exclude one another"));
    // One that nobody meets by itself is named with the nearest.
    let (_, out, _) = plan(folder, &objective("latency_s.p50", "at_most = \"1ms\""), &[]);
    let out = flat(out);
    assert!(out.contains("Nothing meets") && out.contains("the nearest is"), "{out}");
}

#[test]
fn the_answer_does_not_depend_on_threads_or_on_what_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let objectives =
        objective("latency_s.p95", "at_most = \"20m\"") + "[value]\nper_event = 0.01\nhalf_life = \"30m\"\n";
    let of = |threads: &str, store: &str| planned(folder, &objectives, &["--threads", threads, "--store", store]);
    let once = of("1", "a");
    assert!(once["answer"].to_string().contains("what the events are worth"), "{}", once["answer"]);
    assert_eq!(once, of("3", "b"));
    assert_eq!(once, of("2", "a"));
}

#[test]
fn a_plan_needs_objectives() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = plan(folder.path(), "", &[]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("objectives: there is nothing to be met"), "{err}");
}

#[test]
fn an_objective_that_names_a_pipeline_binds_what_is_made_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let all = objective("latency_s.p95", "at_most = \"6m\"");
    let build = &planned(folder, &all, &[])["build"];
    assert_ne!(build["pipeline"], "continuous", "{build}");
    // The limit that is proposed holds the peak with 30 % to spare, half of it does not.
    let peak = run(folder, (build, &[]), "state", "working_set_bytes_peak") * 1.3 / 1_073_741_824.0;
    let limit = build["memory_limit_gib"].as_u64().unwrap();
    assert!(peak <= limit as f64 && (limit == 1 || peak * 1.01 > limit as f64 / 2.0), "{peak} {limit}");
    let named = format!("{all}pipeline = \"continuous\"\n");
    let found = planned(folder, &named, &[]);
    assert_eq!(found["build"]["pipeline"], "continuous", "nothing was asked of any other: {}", found["build"]);
    // One for all beside it: others are judged again, and the named one does not bind them.
    let both = named + &objective("compute.core_hours", "at_most = 1000");
    let found = planned(folder, &both, &[]);
    assert_eq!(found["build"]["model"], "batch", "{}", found["build"]);
    let objectives = found["build"]["objectives"].as_array().unwrap();
    assert_eq!((&objectives[0]["asked"], &objectives[1]["asked"]), (&false.into(), &true.into()));
}
