//! Scenario files through the public interface: every kind of wrong scenario gets a clear problem
//! at its place, and right ones get the documented values.

mod mutilated;
mod overrides;
mod right;
mod wrong_fields;
mod wrong_funnels;
mod wrong_parts;
mod wrong_pipelines;
mod wrong_streams;
mod wrong_windows;

use std::path::Path;

use millstream::error::Error;
use millstream::scenario::{Overrides, Scenario, parse};

/// The shortest scenario: what is written after `top` stands from line 4 on, `workload` from line 6
/// on (without `top`), and `rest` after both.
fn text(top: &str, workload: &str, rest: &str) -> String {
    let lines =
        ["title = \"t\"\nquestion = \"q\"\nduration = \"1d\"", top, "[workload]\nrate = \"10/s\"", workload, rest];
    lines.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn top(line: &str) -> String {
    text(line, "", "")
}

fn workload(lines: &str) -> String {
    text("", lines, "")
}

fn rest(lines: &str) -> String {
    text("", "", lines)
}

fn read(text: &str, set: &[&str]) -> Result<Scenario, Vec<String>> {
    let set = set.iter().map(|&assignment| assignment.to_owned()).collect();
    match parse("case", text, Path::new(""), &Overrides { set, ..Overrides::default() }) {
        Ok(scenario) => Ok(scenario),
        Err(Error::Input(problems)) => Err(problems.iter().map(ToString::to_string).collect()),
        Err(other) => panic!("not a problem of the input: {other}"),
    }
}

/// The text has exactly one problem, and its message holds all the parts.
#[track_caller]
fn one_problem(text: &str, set: &[&str], parts: &[&str]) {
    let problems = read(text, set).expect_err(text);
    assert_eq!(problems.len(), 1, "{text}\n{problems:#?}");
    for part in parts {
        assert!(problems[0].contains(part), "\"{part}\" is missing in: {}\n{text}", problems[0]);
    }
}

#[test]
fn all_problems_come_at_once_and_in_the_order_of_the_file() {
    let text = "duration = \"x\"\ntitle = 5\nquestion = \"q\"\n[job.dedup]\nttl = \"0s\"\n[workload]\nrate = \"0/s\"\nhour = 1\n\
                [[pipelines]]\npreset = \"daily\"\nevery = \"0s\"\ncolour = 1\n";
    let problems = read(text, &["replications=0", "warmup=x"]).unwrap_err();
    let places: Vec<&str> = problems.iter().filter_map(|problem| problem.split(": ").next()).collect();
    let lines = ["1:12", "2:9", "5:7", "7:8", "8:1", "11:9", "12:1"].map(|place| format!("case.toml:{place}"));
    assert_eq!(places[..7], lines, "{problems:#?}");
    assert_eq!(places[7..], ["--set", "--set"]);
}

#[test]
fn a_file_full_of_problems_ends() {
    let text: String = (0..20_000).map(|n| format!("key{n} = 1\n")).collect();
    assert_eq!(read(&text, &[]).unwrap_err().len(), 100);
    let empty_sentences = top(&format!("limits = [{}]", "\"\",".repeat(300_000)));
    assert_eq!(read(&empty_sentences, &[]).unwrap_err().len(), 100);
}
