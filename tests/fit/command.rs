//! The command as a user calls it.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

use super::{data, scenario};

/// Exit code, stdout and stderr of `millstream fit` in a folder.
fn fit_in(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    let output = command.arg("fit").args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_fragment_runs() {
    let folder = tempfile::tempdir().unwrap();
    let log = data("late_arrivals.csv");
    let (code, out, err) = fit_in(folder.path(), &[log.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("KS distance") && err.contains("lognormal") && err.contains("* gamma"), "{err}");
    scenario(&out);
    let text =
        format!("title = \"t\"\nquestion = \"q\"\nduration = \"1h\"\n{out}\n[[pipelines]]\npreset = \"hourly\"\n");
    fs::write(folder.path().join("fitted.toml"), text).unwrap();
    let mut run = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    run.args(["run", "fitted.toml", "--json"]).current_dir(folder.path()).assert().success();
    // The same log gives the same bytes.
    assert_eq!(fit_in(folder.path(), &[log.to_str().unwrap()]).1, out);
}

#[test]
fn json_and_figures_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let log = data("late_arrivals.csv");
    let log = log.to_str().unwrap();
    let (code, out, err) = fit_in(folder.path(), &[log, "--json", "--figure", "delay.svg"]);
    assert_eq!(code, Some(0), "{err}");
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["events"], 9_586);
    assert_eq!(found["arrivals"]["watermark_bounds"].as_array().unwrap().len(), 3);
    assert_eq!(found["arrivals"]["delay"]["candidates"].as_array().unwrap().len(), 9);
    assert!(found["arrivals"]["delay"]["candidates"][0]["aic"].is_number());
    assert_eq!(found["duplicates"]["retry"]["ids"], 49);
    let svg = fs::read_to_string(folder.path().join("delay.svg")).unwrap();
    assert!(svg.contains("No family fits the delays") && svg.matches("watermark bound").count() == 3);
    assert!(svg.contains("Delay: from the event") && svg.contains("lognormal, KS"));
    assert_eq!(fit_in(folder.path(), &[log, "--figure", "delay.png"]).0, Some(0));
    assert!(fs::read(folder.path().join("delay.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn faults_have_their_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let log = data("late_arrivals.csv");
    let log = log.to_str().unwrap();
    fs::write(folder.path().join("wrong.csv"), "event_id,event_time_ms\n1,soon\n").unwrap();
    for (arguments, code, part) in [
        (&["none.csv"][..], 2, "there is no such file"),
        (&["wrong.csv"], 2, "wrong.csv:2:1: event_time_ms"),
        (&[log, "--figure", "delay.pdf"], 2, "--figure: delay.pdf"),
        (&[log, "--figure", "none/delay.svg"], 3, "cannot write"),
        (&[], 2, "Usage"),
    ] {
        let (found, out, err) = fit_in(folder.path(), arguments);
        assert_eq!((found, out.as_str()), (Some(code), ""), "{err}");
        assert!(err.contains(part), "{err}");
    }
}

#[test]
fn access_logs_are_fitted_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let line = |second: u32| {
        format!(
            "192.0.2.{} - - [{:02}/Jan/2026:{:02}:{:02}:{:02} +0000] \"GET /{}?a HTTP/1.1\" 200 {}\n",
            second % 200,
            1 + second / 86_400,
            second / 3_600 % 24,
            second / 60 % 60,
            second % 60,
            second % 7,
            second % 900
        )
    };
    let text: String = (0..100_000).step_by(50).map(line).collect();
    fs::write(folder.path().join("access.log.1"), text).unwrap();
    let (code, out, err) = fit_in(folder.path(), &["access.log.1", "--figure", "delay.svg"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("no arrival times") && !folder.path().join("delay.svg").exists());
    let fitted = scenario(&out);
    assert_eq!(fitted.workload.keys.count, 7);
    assert_eq!(fitted.workload.keys.zipf, 0.0);
    let mut run = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    let run = run.args(["run", "real_log", "--trace", "access.log.1", "--json"]).current_dir(folder.path());
    run.assert().success();
}
