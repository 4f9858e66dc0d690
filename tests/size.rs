//! The size of dedup state: against Little's law, a run of the engine, a published walk-through and a real hash set.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use millstream::decide::{Size, SizeRow, size};
use millstream::experiment;
use millstream::scenario::{Overrides, Scenario, parse};
use millstream::units::{DAY, HOUR, MINUTE, Span};
use serde_json::Value;

fn scenario(text: &str) -> Scenario {
    let head = "title = \"t\"\nquestion = \"q\"\n";
    parse("size", &format!("{head}{text}"), Path::new(""), &Overrides::default()).unwrap()
}

fn sized(scenario: &Scenario, ttls: &[Span]) -> Size {
    size(scenario, None, ttls, 0, &|_| {}).unwrap()
}

fn mean(row: &SizeRow) -> f64 {
    row.mean.value.unwrap()
}

const STEADY: &str = "warmup = \"2h\"\nduration = \"4h\"\nreplications = 4\n[workload]\nrate = \"50/s\"\n\
    [workload.duplicates]\nretry = { share = 0.2, after = { exponential = { mean = \"10m\" } } }\n\
    [job]\ndedup = { ttl = \"30m\" }\n[[pipelines]]\npreset = \"continuous\"\n";

#[test]
fn ids_held_follow_littles_law() {
    let found = sized(&scenario(STEADY), &[Span(MINUTE), Span(10 * MINUTE), Span(HOUR), Span(20 * DAY)]);
    for (row, leaked) in found.rows.iter().zip([0.905, 0.368, 0.0025, 0.0]) {
        // A share e^(-T / 10 min) of the duplicates is let through, and makes an entry like a new id.
        let seconds = row.ttl.as_secs_f64();
        let law = 50.0 * (1.0 + 0.2 * leaked) * seconds;
        assert!((mean(row) - law).abs() < 0.02 * law, "{row:?}: {law}");
        assert!((row.leaked.value.unwrap() - leaked).abs() < 0.02, "{row:?}");
        assert!(row.mean.value <= row.p99.value && row.p99.value <= row.peak.value);
    }
    assert_eq!(found.rows.iter().map(|row| row.extrapolated).collect::<Vec<_>>(), [false, false, false, true]);
}

#[test]
fn ids_held_are_those_of_a_run_of_the_engine() {
    let scenario = scenario(STEADY);
    let row = &sized(&scenario, &[Span(30 * MINUTE)]).rows[0];
    let run = experiment::run(&scenario, None, 0, &|_| {}).unwrap();
    let pipeline = &run.pipelines[0];
    let peak = pipeline.get("state.dedup_ids_peak").value.unwrap();
    // The run looks at 4,096 random instants, the pass at each of a few thousand bins.
    assert!((row.peak.value.unwrap() - peak).abs() < 0.003 * peak, "{row:?}: {peak}");
    let [leaked, removed] = ["duplicates_leaked", "duplicates_removed"]
        .map(|name| pipeline.get(&format!("accounting.{name}")).value.unwrap());
    let share = leaked / (leaked + removed);
    assert!((row.leaked.value.unwrap() - share).abs() < 0.005, "{row:?}: {share}");
}

/// Segment, 2017: 60 billion keys of four weeks in 1.5 TB, which is 24,802 new keys a second and 25 bytes each.
#[test]
fn four_weeks_of_segments_keys() {
    let text = "duration = \"12h\"\n[workload]\nrate = \"24802/s\"\nsample = \"1/1000\"\n\
                [workload.duplicates]\nretry = { share = 0.006, after = \"10s\" }\n";
    let found = sized(&scenario(text), &[Span(28 * DAY)]);
    let ids = mean(&found.rows[0]);
    assert!((ids - 60e9).abs() < 0.01 * 60e9, "{ids}");
    assert!((ids * 25.0 - 1.5e12).abs() < 0.01 * 1.5e12);
    assert!((found.duplicates.value.unwrap() - 0.006).abs() < 0.0006, "{found:?}");
}

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    let output = command.arg("size").args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_answers_with_a_report() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("case.toml"), format!("title = \"t\"\nquestion = \"q\"\n{STEADY}")).unwrap();
    let options = ["case.toml", "--ttl", "1m,1h", "--store", "spark_hdfs", "--workers", "4", "--memory", "16 kB"];
    let (code, out, err) = run(folder.path(), &options);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("With a time to live of 1 h") && out.contains("more than the 16 kB of memory"), "{out}");
    let report = folder.path().join("reports/case-size");
    for file in ["index.html", "tables/by_store.parquet", "tables/by_ttl.csv", "figures/memory_by_ttl.png"] {
        assert!(report.join(file).exists(), "{file}");
    }
    let (_, out, _) = run(folder.path(), &[&options[..], &["--json", "--growth", "50%", "--threads", "1"]].concat());
    let summary: Value = serde_json::from_str(&out).unwrap();
    let row = &summary["ttls"][1];
    let bytes = row["stores"]["spark_hdfs"]["bytes_peak"]["value"].as_f64().unwrap();
    assert!((bytes - row["ids_peak"]["value"].as_f64().unwrap() * 288.0).abs() < 1.0);
    assert_eq!(row["stores"]["spark_hdfs"]["days_left"], 0.0);
    assert_eq!(summary["capacity"]["growth_per_year"], 0.5);
    for (arguments, part) in [
        (&["case.toml", "--ttl", "0s"][..], "--ttl: these cannot"),
        (&["case.toml", "--memory", "0 B"], "--memory: it is 0"),
        (&["case.toml", "--store", "floppy"], "the stores are"),
        (&["case.toml", "--growth=-3"], "growth"),
    ] {
        let (code, _, err) = run(folder.path(), arguments);
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains(part), "\"{part}\" is missing in {err}");
    }
}
