//! The program as a whole: exit codes, and what goes to stdout and what to stderr.

use std::fs;

use assert_cmd::Command;

fn millstream(arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    command.args(arguments);
    command
}

/// Runs in a folder with one file; gives the exit code, stdout and stderr.
fn run_file(content: &[u8], arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("case.toml"), content).unwrap();
    let output = millstream(&["run", "case.toml"]).args(arguments).current_dir(folder.path()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

const RIGHT: &str = "title = \"t\"\nquestion = \"q\"\nduration = \"1d\"\n[workload]\nrate = \"10/s\"\n";

#[test]
fn a_wrong_scenario_exits_with_2_and_prints_nothing_on_stdout() {
    let cases: &[(&[u8], &[&str], &str)] = &[
        (b"", &[], "empty"),
        (b"\x7fELF\x02\x01\x01\0\xff\xfe", &[], "binary"),
        (b"title = \"\xff\"", &[], "not UTF-8 (byte 9)"),
        (b"title = ", &[], "case.toml:1:"),
        (RIGHT.as_bytes(), &["--set", "duration=-1s"], "--set: duration"),
        (RIGHT.as_bytes(), &["--replications", "0"], "--replications: replications"),
        (RIGHT.as_bytes(), &["--trace", "none.csv"], "there is no file none.csv"),
        (RIGHT.as_bytes(), &["--seed", "x"], "invalid value 'x'"),
        (RIGHT.as_bytes(), &["--threads", "0"], "invalid value '0'"),
        (&[b'#'; (1 << 20) + 1], &[], "larger than 1 MiB"),
    ];
    for (content, arguments, part) in cases {
        let (code, out, err) = run_file(content, arguments);
        assert_eq!(code, Some(2), "{err}");
        assert_eq!(out, "");
        assert!(err.contains(part), "\"{part}\" is missing in: {err}");
    }
}

#[test]
fn each_problem_has_its_line() {
    let text = RIGHT.replace("10/s", "0/s").replace("\"1d\"", "5");
    let (code, out, err) = run_file(text.as_bytes(), &["--set", "colour=red"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    let lines: Vec<&str> = err.lines().collect();
    assert_eq!(lines.len(), 3, "{err}");
    assert!(lines[0].starts_with("error: case.toml:3:12: duration: "), "{err}");
    assert!(lines[1].starts_with("error: case.toml:5:8: workload.rate: "), "{err}");
    assert!(lines[2].starts_with("error: --set: colour: "), "{err}");
}

#[test]
fn a_scenario_that_is_not_there_gets_a_suggestion() {
    for (name, part) in [
        ("clickstrem", "did you mean \"clickstream\"?"),
        ("no/such/file.toml", "clickstream, lab, real_log"),
        (".", "a folder"),
    ] {
        let output = millstream(&["run", name]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert!(String::from_utf8(output.stderr).unwrap().contains(part), "{name}");
    }
}

#[test]
fn wrong_command_lines_exit_with_2() {
    for arguments in [&["walk"][..], &["run"], &["run", "clickstream", "--colour"], &["completions", "dos"]] {
        let output = millstream(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn descriptions_go_to_stdout() {
    let out = |arguments: &[&str]| {
        let output = millstream(arguments).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let schema: serde_json::Value = serde_json::from_str(&out(&["schema"])).unwrap();
    assert!(schema["properties"]["workload"].is_object());
    let list = out(&["scenarios"]);
    assert!(["clickstream", "lab", "real_log"].iter().all(|name| list.contains(name)));
    assert!(list.lines().all(|line| line.chars().count() <= 80));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(out(&["completions", shell]).contains("millstream"));
    }
    let manual = out(&["man"]);
    assert!(manual.contains(".TH millstream 1") && manual.contains("Exit codes"));
    assert!(out(&["--help"]).contains("run"));
    assert!(out(&["--version"]).starts_with("millstream "));
}

#[test]
fn a_closed_stdout_ends_quietly() {
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("millstream"))
        .arg("schema")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
