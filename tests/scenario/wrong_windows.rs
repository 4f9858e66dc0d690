//! Wrong windows.

use super::{one_problem, read, top};

#[test]
fn wrong_kinds_of_windows() {
    let only = "[[pipelines]]\npreset = \"continuous\"\n";
    for (window, says) in [
        ("slide = \"1m\"", &["job.window.size", "missing", "gap = \"30m\""][..]),
        ("size = \"5m\", gap = \"1m\"", &["case.toml", "job.window", "exclude each other"]),
        ("gap = \"5m\", slide = \"1m\"", &["job.window.slide", "goes with `size`"]),
        ("gap = \"5m\", every = 3", &["job.window.every", "goes with `count`"]),
        ("size = \"5m\", slide = \"6m\"", &["job.window.slide", "leave out what lies between"]),
        ("size = \"5m\", slide = \"1ms\"", &["job.window.slide", "300000 windows", "at least 300ms"]),
        ("size = \"5m\", slide = \"1500us\"", &["job.window.slide", "whole number of milliseconds"]),
        ("size = \"5m\", offset = \"5m\"", &["job.window.offset", "less than the slide"]),
        ("gap = \"0s\"", &["job.window.gap", "too short"]),
        ("size = \"5m\", aggregate = \"mean\"", &["job.window.aggregate", "one of: count, sum_bytes, distinct_users"]),
        ("count = 0", &["job.window.count", "from 1 to 1000000"]),
        ("count = 5, every = 6", &["job.window.every", "from 1 to 5"]),
    ] {
        one_problem(&(top(&format!("job = {{ window = {{ {window} }} }}")) + "\n" + only), &[], says);
    }
}

#[test]
fn windows_that_a_model_does_not_have() {
    let case = |window: &str, pipeline: &str| {
        top(&format!("job = {{ window = {{ {window} }} }}")) + "\n[[pipelines]]\n" + pipeline
    };
    for (window, pipeline, says) in [
        ("count = 5", "preset = \"hourly\"", &["pipelines[0].every", "order"][..]),
        ("count = 5", "preset = \"micro_batch\"", &["pipelines[0]", "no count windows"]),
        (
            "size = \"5m\", aggregate = \"distinct_users\"",
            "preset = \"micro_batch\"",
            &["pipelines[0]", "no exact distinct count", "approx_count_distinct"],
        ),
        (
            "size = \"5m\", aggregate = \"distinct_users\"",
            "preset = \"continuous\"\n[workload]\nsample = \"1/10\"",
            &["job.window.aggregate", "how many users"],
        ),
        ("gap = \"5m\"", "preset = \"micro_batch\"\noutput = \"update\"", &["pipelines[0].output", "append"]),
        ("size = \"1h\", slide = \"7m\"", "preset = \"hourly\"", &["job.window.slide, 7m", "divides"]),
        ("size = \"1h\", offset = \"1m\"", "preset = \"hourly\"", &["offset of 1m"]),
        (
            "gap = \"1m\"",
            "preset = \"continuous\"\n[workload]\nsample = \"1/10\"",
            &["job.window", "every event of a key"],
        ),
    ] {
        let text = case(window, pipeline);
        // The last case adds to the table of the stream.
        let text = match text.split_once("\n[workload]\nsample") {
            Some((start, rest)) => start.replace("[workload]\n", &format!("[workload]\nsample{rest}\n")),
            None => text,
        };
        one_problem(&text, &[], says);
    }
    for (aggregate, is) in [("", "Count"), (", aggregate = \"sum_bytes\"", "SumBytes")] {
        let scenario = read(&case(&format!("size = \"5m\"{aggregate}"), "preset = \"micro_batch\""), &[]).unwrap();
        assert_eq!(format!("{:?}", scenario.job.window.unwrap().aggregate), is);
    }
    let users = read(&case("size = \"5m\", aggregate = \"distinct_users\"", "preset = \"hourly\""), &[]).unwrap();
    assert!(format!("{:?}", users.job.window).contains("DistinctUsers"));
    let sessions = read(&case("gap = \"5m\"", "preset = \"micro_batch\""), &[]).unwrap();
    assert!(format!("{:?}", sessions.pipelines).contains("output: Append"));
}
