//! Scenario files through the public interface: every kind of wrong scenario gets a clear problem
//! at its place, and right ones get the documented values.

use std::path::Path;

use millstream::error::Error;
use millstream::scenario::{LogFile, Overrides, Scenario, Source, builtins, load, parse, schema};
use proptest::prelude::*;

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
fn the_shortest_scenario_is_right() {
    let scenario = read(&top(""), &[]).unwrap();
    assert_eq!(scenario.pipelines.len(), 4);
    assert_eq!((scenario.seed, scenario.replications, scenario.warmup.0), (1, 1, 0));
}

#[test]
fn wrong_texts() {
    one_problem("", &[], &["case.toml:1:1", "empty", "millstream scenarios"]);
    one_problem("# only a comment\n", &[], &["empty"]);
    one_problem("title = \"a\0b\"", &[], &["binary"]);
    one_problem("title = \"a", &[], &["case.toml:1:", "not valid TOML"]);
    one_problem("title = t", &[], &["case.toml:1:9", "not valid TOML", "text in quotes"]);
    one_problem("title = \"a\"\ntitle = \"b\"", &[], &["case.toml:2:1", "duplicate key", "keep one"]);
    one_problem(&format!("{}a = 1", "a.".repeat(5_000)), &[], &["not valid TOML"]);
}

#[test]
fn wrong_fields_at_the_top() {
    let cases: &[(&str, &[&str])] = &[
        (
            "titel = \"x\"",
            &["case.toml:4:1", "unknown key \"titel\"", "did you mean \"title\"?", "valid here: title, question"],
        ),
        ("colour = 1", &["case.toml:4:1", "unknown key \"colour\"; valid here"]),
        ("replications = 0", &["case.toml:4:16: replications", "from 1 to 10000"]),
        ("replications = 10001", &["from 1 to 10000"]),
        ("replications = -1", &["case.toml:4:16", "the number -1", "whole number"]),
        ("replications = 2.5", &["case.toml:4:16", "2.5", "whole number"]),
        ("replications = \"4\"", &["case.toml:4:16", "the text \"4\"", "without quotes"]),
        ("seed = -5", &["case.toml:4:8: seed", "-5", "whole number, 0 or more"]),
        ("seed = 99999999999999999999", &["case.toml:4:8: seed", "whole number"]),
        ("complete_share = nan", &["case.toml:4:18", "nan is not a number"]),
        ("complete_share = inf", &["inf is not finite", "at most 1"]),
        ("complete_share = 0", &["not above 0"]),
        ("complete_share = 1.5", &["1.5 is too large", "at most 1"]),
        ("warmup = \"-3d\"", &["case.toml:4:10: warmup", "\"-3d\" is not a duration"]),
        ("warmup = 3", &["case.toml:4:10: warmup", "the number 3", "15s"]),
        ("warmup = \"11years\"", &["case.toml:4:10: warmup", "together", "at most 10 years"]),
        ("warmup = \"200years\"", &["case.toml:4:10: warmup", "longer than 100 years"]),
        ("warmup = \"5ns\"", &["below one microsecond"]),
        ("start = \"yesterday\"", &["case.toml:4:9: start", "RFC 3339"]),
        ("start = \"0001-01-01T00:00:00Z\"", &["case.toml:4:9: start", "from 1970 to 2200"]),
        ("assumptions = \"one\"", &["case.toml:4:15: assumptions", "write a list"]),
        ("assumptions = [\"one\", \"\"]", &["case.toml:4:23: assumptions[1]", "empty"]),
        ("limits = [1]", &["case.toml:4:11: limits[0]", "text in quotes"]),
        ("prices = { core_hour = -1 }", &["case.toml:4:24: prices.core_hour", "-1"]),
        ("prices = { gb_hour = inf }", &["prices.gb_hour", "not finite"]),
        ("job = { window = \"no\" }", &["case.toml:4:18: job.window", "\"none\""]),
        ("job = { window = {} }", &["case.toml:4:18: job.window.size", "missing", "size = \"5m\""]),
        ("job = { window = { size = \"0s\" } }", &["job.window.size", "0s is too short", "1ms"]),
        ("job = { window = { size = \"1500us\" } }", &["job.window.size", "whole number of milliseconds"]),
        (
            "job = { window = { size = \"5m\", by = \"user\" } }",
            &["case.toml:4:39: job.window.by", "one of: key, global"],
        ),
        (
            "job = { window = { size = \"7m\" } }",
            &["pipelines[0].every", "whole windows", "not a multiple of job.window.size"],
        ),
        ("job = { window = [\"5m\"] }", &["case.toml:4:18: job.window", "a list", "\"none\""]),
        ("job = { dedup = {} }", &["job.dedup.ttl", "missing"]),
        ("job = { dedup = { ttl = \"0s\" } }", &["job.dedup.ttl", "too short"]),
        ("job = { dedup = { ttl = \"101years\" } }", &["case.toml:4:25: job.dedup.ttl", "longer than 100 years"]),
        ("pipelines = []", &["case.toml:4:13: pipelines", "0 pipelines", "1 to 64"]),
        ("pipelines = \"daily\"", &["case.toml:4:13: pipelines", "write a list"]),
        ("pipelines = [\"daily\"]", &["case.toml:4:14: pipelines[0]", "the text \"daily\"", "a table"]),
    ];
    for (line, parts) in cases {
        let problems = read(&top(line), &[]).expect_err(line);
        // A window that does not fit the hour does not fit the day either.
        let allowed = if line.contains("7m") { 2 } else { 1 };
        assert_eq!(problems.len(), allowed, "{line}\n{problems:#?}");
        for part in *parts {
            assert!(problems[0].contains(part), "\"{part}\" is missing in: {}", problems[0]);
        }
    }
}

#[test]
fn missing_fields() {
    let whole = top("");
    let without = |line: &str| whole.replace(line, "");
    one_problem(&without("title = \"t\"\n"), &[], &["case.toml:1:1: title", "missing", "title = "]);
    one_problem(&without("question = \"q\"\n"), &[], &["question", "missing"]);
    one_problem(&without("duration = \"1d\"\n"), &[], &["duration", "missing", "3d"]);
    one_problem(&without("rate = \"10/s\""), &[], &["case.toml:4:1: workload.rate", "missing", "trace"]);
    one_problem(&without("[workload]\nrate = \"10/s\""), &[], &["case.toml:1:1: workload", "missing"]);
    one_problem(&whole.replace("\"t\"", "\" \""), &[], &["case.toml:1:9: title", "empty"]);
}

#[test]
fn wrong_streams() {
    let rate = |value: &str| top("").replace("10/s", value);
    one_problem(&rate("-1/s"), &[], &["case.toml:5:8: workload.rate", "not negative"]);
    one_problem(&rate("0/s"), &[], &["case.toml:5:8: workload.rate", "above 0"]);
    one_problem(&rate("1e8/s"), &[], &["workload.rate", "at most 10000000/s"]);
    one_problem(&rate("nan/s"), &[], &["workload.rate", "finite"]);
    one_problem(&rate("1000"), &[], &["workload.rate", "not a rate", "\"1000/s\""]);
    one_problem(&rate("1e7/s").replace("\"1d\"", "\"1year\""), &[], &["duration", "events would be simulated", "1e11"]);
    one_problem(&top("").replace("\"1d\"", "\"0s\""), &[], &["case.toml:3:12: duration", "too short"]);
    one_problem(&top("").replace("\"1d\"", "\"50years\""), &[], &["case.toml:3:12: duration", "at most 10 years"]);

    let cases: &[(&str, &[&str])] = &[
        ("hours = [1, 2]", &["case.toml:6:9: workload.hours", "2 weights", "write 24"]),
        ("hours = [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]", &["workload.hours", "all weights are 0"]),
        ("hours = [1,1,-1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", &["case.toml:6:14: workload.hours[2]", "-1"]),
        ("keys = { count = 0 }", &["case.toml:6:18: workload.keys.count", "1 to 10000000"]),
        ("keys = { zipf = -1 }", &["workload.keys.zipf", "0 to 10"]),
        ("keys = [10, 1.0]", &["case.toml:6:8: workload.keys", "a list", "a table"]),
        ("payload = \"0 B\"", &["workload.payload", "0 bytes"]),
        ("payload = \"2 GiB\"", &["workload.payload", "at most 1 GiB"]),
        ("payload = \"150ms\"", &["case.toml:6:11: workload.payload", "not a number of bytes", "512 MiB"]),
        (
            "network = { late = { share = 2, by = \"1s\" } }",
            &["case.toml:6:30: workload.network.late.share", "from 0 to 1"],
        ),
        ("network = { late = { share = 0.1 } }", &["workload.network.late.by", "missing"]),
        ("duplicates = { retry = { share = nan, after = \"1s\" } }", &["workload.duplicates.retry.share", "nan"]),
        ("duplicates = { retry = { share = 0.1 } }", &["workload.duplicates.retry.after", "missing"]),
        ("duplicates = { replay = 1 }", &["workload.duplicates.replay", "unknown key", "retry, repeat"]),
        ("trace = \"log.csv\"", &["case.toml:5:8: workload.rate", "exclude each other", "remove `rate`"]),
        (
            "network = { delay = \"1s\", cohorts = [{ share = 1, delay = \"1s\" }] }",
            &["case.toml:6:21: workload.network.delay", "exclude each other"],
        ),
        ("network = { cohorts = [{ share = 0, delay = \"1s\" }] }", &["workload.network.cohorts[0].share", "above 0"]),
        ("network = { cohorts = [] }", &["case.toml:6:23: workload.network.cohorts", "0 parts"]),
    ];
    for (line, parts) in cases {
        match line.starts_with("trace") {
            false => one_problem(&workload(line), &[], parts),
            // The log does not exist either.
            true => assert!(read(&workload(line), &[]).unwrap_err()[0].contains(parts[0])),
        }
    }
}

#[test]
fn wrong_distributions() {
    let cases: &[(&str, &[&str])] = &[
        ("5", &["case.toml:6:21: workload.network.delay", "the number 5", "exponential"]),
        ("\"soon\"", &["\"soon\" is not a duration"]),
        ("{}", &["case.toml:6:21: workload.network.delay", "empty"]),
        ("{ constant = \"1s\", exponential = { mean = \"1s\" } }", &["2 keys", "mixture"]),
        ("{ lognormall = { median = \"1s\" } }", &["case.toml:6:23", "did you mean \"lognormal\"?"]),
        ("{ lognormal = { median = \"0s\", sigma = 1 } }", &["lognormal.median", "not above 0"]),
        ("{ lognormal = { median = \"1s\" } }", &["lognormal.sigma", "missing"]),
        ("{ lognormal = { median = \"1s\", sigma = nan } }", &["lognormal.sigma", "nan"]),
        ("{ lognormal = { median = \"1s\", sigma = -1 } }", &["case.toml:6:60", "lognormal.sigma", "-1", "0 to 10"]),
        ("{ uniform = { low = \"2s\", high = \"1s\" } }", &["case.toml:6:54", "uniform.high", "below `low`"]),
        ("{ exponential = { mean = \"-1s\" } }", &["exponential.mean", "not a duration"]),
        ("{ exponential = { mean = 5 } }", &["case.toml:6:46", "the number 5"]),
        ("{ normal = { mean = \"1s\", sd = \"-1s\" } }", &["normal.sd", "not a duration"]),
        ("{ gamma = { shape = 0, scale = \"1s\" } }", &["gamma.shape", "0.01"]),
        ("{ weibull = { shape = inf, scale = \"1s\" } }", &["weibull.shape", "not finite"]),
        ("{ pareto = { minimum = \"0s\", shape = 1 } }", &["pareto.minimum", "not above 0"]),
        ("{ empirical = [[0.0, \"1s\"]] }", &["empirical", "1 points", "2 to"]),
        ("{ empirical = [[0.0, \"1s\"], [0.5, \"2s\"]] }", &["empirical", "from 0 to 1"]),
        ("{ empirical = [[0.0, \"1s\"], [1.0, \"5\"]] }", &["empirical[1][1]", "\"5\" is not a duration"]),
        ("{ empirical = [[0.0, \"2s\"], [1.0, \"1s\"]] }", &["empirical[1][1]", "below the one before"]),
        (
            "{ empirical = [[0.0, \"1s\"], [0.0, \"1s\"], [1.0, \"2s\"]] }",
            &["empirical[1][0]", "not above the one before"],
        ),
        ("{ empirical = [[0.0, \"1s\"], [nan, \"1s\"], [1.0, \"2s\"]] }", &["empirical[1][0]", "nan"]),
        ("{ empirical = [[0.0, \"1s\", 3], [1.0, \"2s\"]] }", &["empirical[0]", "a list of 3"]),
        ("{ mixture = [] }", &["mixture", "0 parts"]),
        ("{ mixture = [{ share = 1 }] }", &["mixture[0].of", "missing"]),
        ("{ mixture = [{ share = -1, of = \"1s\" }] }", &["mixture[0].share", "above 0"]),
    ];
    for (value, parts) in cases {
        one_problem(&workload(&format!("network = {{ delay = {value} }}")), &[], parts);
    }
    let nested = |depth| {
        (0..depth).fold("\"1s\"".to_owned(), |inner, _| format!("{{ mixture = [{{ share = 1, of = {inner} }}] }}"))
    };
    let delay = |depth| workload(&format!("network = {{ delay = {} }}", nested(depth)));
    assert!(read(&delay(4), &[]).is_ok());
    one_problem(&delay(5), &[], &["nested too deep", "at most 4"]);
}

#[test]
fn wrong_pipelines() {
    let cases: &[(&str, &[&str])] = &[
        ("name = \"x\"", &["case.toml:6:1: pipelines[0]", "neither `preset` nor `model`", "daily"]),
        ("preset = \"dayly\"", &["case.toml:7:10: pipelines[0].preset", "did you mean \"daily\"?", "hourly"]),
        ("preset = 5", &["pipelines[0].preset", "the number 5", "one of: daily"]),
        ("model = \"stream\"", &["pipelines[0].model", "batch, micro_batch, continuous"]),
        (
            "preset = \"daily\"\nmodel = \"continuous\"",
            &["case.toml:8:9: pipelines[0].model", "model batch, not continuous"],
        ),
        (
            "preset = \"continuous\"\nlookback = 3",
            &[
                "case.toml:8:12: pipelines[0].lookback",
                "`lookback` belongs to the batch model; this pipeline is continuous",
            ],
        ),
        ("preset = \"continuous\"\noverhead = \"1s\"", &["`overhead` belongs to the batch and micro_batch models"]),
        (
            "preset = \"daily\"\nguarantee = \"exactly_once\"",
            &["`guarantee` belongs to the continuous model; this pipeline is batch"],
        ),
        ("preset = \"hourly\"\nevery = \"0s\"", &["case.toml:8:9: pipelines[0].every", "0s is too short"]),
        ("preset = \"micro_batch\"\ntrigger = \"0s\"", &["pipelines[0].trigger", "too short"]),
        ("preset = \"micro_batch\"\noutput = \"complete\"", &["pipelines[0].output", "update, append"]),
        ("preset = \"hourly\"\nevry = \"2h\"", &["case.toml:8:1: pipelines[0].evry", "did you mean \"every\"?"]),
        ("preset = \"hourly\"\nlate = \"lookback\"", &["pipelines[0].lookback", "missing"]),
        (
            "preset = \"hourly\"\nlate = \"drop\"\nlookback = 2",
            &["case.toml:9:12: pipelines[0].lookback", "no meaning without late"],
        ),
        ("preset = \"hourly\"\nlookback = 0", &["pipelines[0].lookback", "1 to 3650"]),
        (
            "preset = \"hourly\"\npartition_by = \"arrival\"\nlate = \"drop\"",
            &["pipelines[0].late", "partition_by = \"arrival\""],
        ),
        ("preset = \"hourly\"\nthroughput = \"0/s\"", &["pipelines[0].throughput", "above 0"]),
        ("preset = \"hourly\"\ncores = 0", &["pipelines[0].cores", "not above 0"]),
        ("preset = \"hourly\"\ncores = inf", &["pipelines[0].cores", "not finite"]),
        ("preset = \"hourly\"\nbytes_per_id = -1", &["pipelines[0].bytes_per_id", "not above 0"]),
        ("preset = \"hourly\"\ndedup = true", &["case.toml:8:9: pipelines[0].dedup", "job.dedup"]),
        ("preset = \"continuous\"\nparallelism = 0", &["pipelines[0].parallelism", "1 to 4096"]),
        (
            "preset = \"continuous\"\nwatermark = { interval = \"0s\" }",
            &["pipelines[0].watermark.interval", "too short"],
        ),
        (
            "preset = \"continuous\"\nwatermark = { bound = \"1500us\" }",
            &["case.toml:8:23: pipelines[0].watermark.bound", "write 1ms or 2ms"],
        ),
        ("preset = \"continuous\"\nallowed_lateness = \"1us\"", &["pipelines[0].allowed_lateness", "milliseconds"]),
        ("preset = \"continuous\"\ncheckpoint = { interval = \"1m\" }", &["pipelines[0].checkpoint", "exactly_once"]),
        (
            "preset = \"continuous\"\nguarantee = \"exactly_once\"\ncheckpoint = { interval = \"0s\" }",
            &["pipelines[0].checkpoint.interval", "too short"],
        ),
        ("preset = \"continuous\"\nsink_delay = \"1\"", &["case.toml:8:14: pipelines[0].sink_delay", "not a duration"]),
        ("preset = \"daily\"\nname = \"a/b\"", &["case.toml:8:8: pipelines[0].name", "\"a/b\" cannot be the name"]),
        ("preset = \"daily\"\nname = \"\"", &["pipelines[0].name", "1 to 40 letters"]),
        (
            "preset = \"daily\"\n[[pipelines]]\npreset = \"daily\"",
            &["case.toml:8:1: pipelines[1].name", "two pipelines of the name \"daily\""],
        ),
        (
            "preset = \"continuous\"\nwatermark = { interval = \"1ms\" }\n[[pipelines]]\npreset = \"daily\"",
            &["pipelines[0].watermark.interval", "more than 1e9 times"],
        ),
    ];
    for (lines, parts) in cases {
        let mut text = rest(&format!("[[pipelines]]\n{lines}"));
        if lines.contains("1ms\"") {
            text = text.replace("\"1d\"", "\"30d\"");
        }
        one_problem(&text, &[], parts);
    }
    let many: String = (0..65).map(|n| format!("[[pipelines]]\nname = \"p{n}\"\npreset = \"daily\"\n")).collect();
    one_problem(&rest(&many), &[], &["65 pipelines", "1 to 64"]);
}

#[test]
fn wrong_objectives() {
    let cases: &[(&str, &[&str])] = &[
        ("measure = \"latency_s.p95\"", &["case.toml:6:1: objectives[0]", "no bound"]),
        ("at_most = 1", &["objectives[0].measure", "missing"]),
        (
            "measure = \"latancy_s.p95\"\nat_most = 1",
            &["case.toml:7:11: objectives[0].measure", "did you mean \"latency_s.p95\"?"],
        ),
        ("measure = \"speed\"\nat_most = 1", &["the groups are: accounting, latency_s"]),
        ("measure = \"latency_s.p95\"\nat_most = 1\nat_least = 2", &["objectives[0].at_least", "exclude each other"]),
        (
            "measure = \"latency_s.p95\"\nat_most = \"fast\"",
            &["case.toml:8:11: objectives[0].at_most", "not a duration"],
        ),
        ("measure = \"latency_s.p95\"\nat_most = nan", &["objectives[0].at_most", "finite"]),
        ("measure = \"latency_s.p95\"\nat_most = true", &["objectives[0].at_most", "a number in the measure's unit"]),
        ("measure = \"correctness.overcount\"\nat_most = \"1s\"", &["plain number"]),
        (
            "measure = \"latency_s.p95\"\nat_most = 1\npipeline = \"dally\"",
            &["objectives[0].pipeline", "did you mean \"daily\"?", "hourly"],
        ),
    ];
    for (lines, parts) in cases {
        one_problem(&rest(&format!("[[objectives]]\n{lines}")), &[], parts);
    }
}

#[test]
fn wrong_overrides() {
    let base = top("");
    for (set, parts) in [
        ("title", &["--set: title", "no \"=\""][..]),
        ("=5", &["--set", "no path"]),
        ("a..b=5", &["--set", "no path", "empty"]),
        ("job.windw.size=5m", &["--set: job.windw", "did you mean \"window\"?"]),
        ("replications=0", &["--set: replications", "1 to 10000"]),
        ("pipelines[9].every=1h", &["--set", "4 elements", "[0] to [3]"]),
        ("pipelines.dally.every=1h", &["--set", "did you mean \"daily\"?", "hourly"]),
        ("title[0]=1", &["--set", "not a list"]),
        ("workload.hours=[1,2]", &["--set: workload.hours", "2 weights"]),
        ("duration=nan", &["--set: duration", "15s"]),
        ("pipelines.daily.trigger=5s", &["--set: pipelines[0].trigger", "micro_batch model"]),
    ] {
        one_problem(&base, &[set], parts);
        assert!(!read(&base, &[set]).unwrap_err()[0].contains("case.toml"), "{set}");
    }
}

#[test]
fn overrides_apply() {
    let text = top("job = { window = \"none\" }");
    let set = ["job.window.size=10m", "title=a new one", "pipelines.hourly.every=2h", "seed=18446744073709551615"];
    let scenario = read(&text, &set).unwrap();
    assert_eq!(scenario.title, "a new one");
    assert_eq!(scenario.seed, u64::MAX);
    assert_eq!(scenario.job.window.unwrap().size.0, 600_000_000);
    assert_eq!(scenario.pipelines.len(), 4);
    assert!(format!("{:?}", scenario.pipelines[1].model).contains("every: Span(7200000000)"));
    assert!(read(&text, &["job.window=none"]).unwrap().job.window.is_none());
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
}

#[test]
fn presets_have_the_documented_values() {
    let written_out = r#"
        [[pipelines]]
        name = "daily"
        model = "batch"
        cores = 8
        dedup = true
        bytes_per_id = 72.7
        bytes_per_entry = 72.7
        sink_delay = "0s"
        every = "1d"
        start_after = "30m"
        start_delay = "0s"
        partition_by = "event_time"
        late = "lookback"
        lookback = 1
        overhead = "3m"
        throughput = "100000/s"
        [[pipelines]]
        name = "hourly"
        model = "batch"
        cores = 8
        every = "1h"
        start_after = "5m"
        late = "lookback"
        lookback = 3
        overhead = { constant = "1m" }
        [[pipelines]]
        model = "micro_batch"
        cores = 4
        bytes_per_id = 288
        sink_delay = "0s"
        trigger = "60s"
        overhead = "600ms"
        throughput = "100000/s"
        watermark_delay = "15s"
        output = "update"
        [[pipelines]]
        model = "continuous"
        cores = 2
        bytes_per_id = 96.4
        sink_delay = "10ms"
        parallelism = 2
        dispatch = "key"
        service = "100us"
        fetch_interval = "0s"
        fetch_delay = "5ms"
        watermark = { bound = "15s", interval = "200ms" }
        allowed_lateness = "5m"
        guarantee = "at_least_once"
    "#;
    let job = "[job]\ndedup = { ttl = \"1d\" }\n";
    let written = read(&rest(&format!("{job}{written_out}")), &[]).unwrap();
    let default = read(&rest(job), &[]).unwrap();
    assert_eq!(format!("{:#?}", written.pipelines), format!("{:#?}", default.pipelines));
    assert_eq!(default.prices.currency, "USD");
    assert_eq!((default.prices.core_hour, default.prices.gb_hour), (0.04048, 0.004445));
    assert_eq!(default.start.to_string(), "2026-01-05T00:00:00Z");
    assert_eq!(default.complete_share, 0.99);

    let exactly = "[[pipelines]]\npreset = \"continuous\"\nguarantee = \"exactly_once\"\nparallelism = 8\n";
    let explicit = format!("{exactly}checkpoint = {{ interval = \"1m\", duration = \"5s\" }}\ncores = 8\n");
    let pipelines = |lines: &str| format!("{:?}", read(&rest(lines), &[]).unwrap().pipelines);
    assert_eq!(pipelines(exactly), pipelines(&explicit));
}

#[test]
fn built_in_scenarios_are_right() {
    assert_eq!(builtins().iter().map(|builtin| builtin.name).collect::<Vec<_>>(), ["clickstream", "lab", "real_log"]);
    for builtin in builtins() {
        let scenario = load(builtin.name, &Overrides::default()).unwrap();
        assert_eq!(scenario.name, builtin.name);
        assert!(!scenario.assumptions.is_empty() && !scenario.limits.is_empty());
    }
    let scenario = load("real_log", &Overrides::default()).unwrap();
    assert!(scenario.duration.is_none());
    match scenario.workload.source {
        Source::Trace(LogFile::Embedded { name, content }) => {
            assert_eq!(name, "web_requests_2015.csv");
            assert!(content.starts_with(b"event_id,event_time_ms"));
        }
        other => panic!("{other:?}"),
    }
    assert!(read(builtins()[1].text, &["job.window=none"]).unwrap().job.window.is_none());
}

#[test]
fn a_log_takes_the_place_of_the_stream() {
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/data/late_arrivals.csv");
    let overrides =
        Overrides { trace: Some(log.clone()), seed: Some(7), replications: Some(2), ..Overrides::default() };
    let scenario = load("clickstream", &overrides).unwrap();
    assert!(matches!(&scenario.workload.source, Source::Trace(LogFile::Path(path)) if *path == log));
    assert_eq!((scenario.warmup.0, scenario.duration, scenario.seed, scenario.replications), (0, None, 7, 2));
    let missing = Overrides { trace: Some("no_such_log.csv".into()), replications: Some(0), ..Overrides::default() };
    let problems = load("clickstream", &missing).unwrap_err().to_string();
    assert!(problems.contains("--trace: workload.trace: there is no file no_such_log.csv"), "{problems}");
    assert!(problems.contains("--replications: replications: 0 is out of bounds"), "{problems}");
}

/// Every key of a table of the schema, at any depth.
fn keys(value: &serde_json::Value, found: &mut Vec<String>) {
    if let Some(properties) = value.get("properties").and_then(serde_json::Value::as_object) {
        found.extend(properties.keys().cloned());
        for (key, property) in properties {
            let described = property.get("description").or(property.get("$ref")).is_some();
            assert!(described || property.get("type").is_some(), "{key} says nothing");
        }
    }
    match value {
        serde_json::Value::Object(object) => object.values().for_each(|value| keys(value, found)),
        serde_json::Value::Array(list) => list.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn the_schema_names_every_key() {
    let schema = schema();
    assert_eq!(schema["title"], "millstream scenario");
    let mut found = Vec::new();
    keys(&schema, &mut found);
    let all = "title question assumptions limits start warmup duration seed replications complete_share workload job \
        pipelines prices objectives rate hours trace keys count zipf payload network delay late share by cohorts name \
        duplicates retry repeat after dedup ttl window size preset model cores bytes_per_id bytes_per_entry sink_delay \
        every start_after start_delay partition_by lookback overhead throughput trigger watermark_delay output \
        parallelism dispatch service fetch_interval fetch_delay watermark bound interval allowed_lateness guarantee \
        checkpoint currency core_hour gb_hour pipeline measure at_most at_least constant uniform low high exponential \
        mean normal sd lognormal median sigma gamma shape scale weibull pareto minimum empirical mixture of";
    for key in all.split_whitespace() {
        assert!(found.iter().any(|known| known == key), "{key} is not in the schema");
    }
    let text = schema.to_string();
    assert!(!text.contains("null"), "TOML has no null");
}

proptest! {
    #[test]
    fn mutilated_scenarios_never_panic(
        edits in prop::collection::vec((0_usize..4_000, 0_usize..40, prop::collection::vec(any::<u8>(), 0..6)), 1..5),
    ) {
        let mut bytes = builtins()[0].text.as_bytes().to_vec();
        for (at, removed, inserted) in edits {
            let from = at.min(bytes.len());
            let to = (from + removed).min(bytes.len());
            bytes.splice(from..to, inserted);
        }
        let _ = parse("case", &String::from_utf8_lossy(&bytes), Path::new(""), &Overrides::default());
    }

    #[test]
    fn any_override_is_taken_or_refused(path in "[a-z_.\\[\\]0-9\"]{0,20}", value in ".{0,12}") {
        let set = vec![format!("{path}={value}"), format!("pipelines.{path}={value}")];
        let _ = parse("case", builtins()[0].text, Path::new(""), &Overrides { set, ..Overrides::default() });
    }

    #[test]
    fn any_value_of_any_field_is_taken_or_refused(
        field in prop::sample::select(vec![
            "duration", "warmup", "seed", "replications", "complete_share", "start", "workload.rate", "workload.hours",
            "workload.keys.count", "workload.keys.zipf", "workload.payload", "workload.network.late.by",
            "workload.duplicates.retry.after", "job.dedup.ttl", "job.window.size", "pipelines.daily.every",
            "pipelines.hourly.lookback", "pipelines.continuous.watermark.interval", "objectives[0].at_most",
        ]),
        value in prop::sample::select(vec![
            "0", "-1", "1e308", "-1e308", "nan", "inf", "9223372036854775807", "1e400", "0s", "1us", "100years",
            "1000000years", "-5s", "1e7/s", "1e-300/s", "[]", "{}", "true", "", "[[0.0, \"0s\"], [1.0, \"100years\"]]",
            "{ weibull = { shape = 0.01, scale = \"100years\" } }", "2200-01-01T00:00:00Z",
        ]),
    ) {
        let set = vec![format!("{field}={value}")];
        let _ = parse("case", builtins()[0].text, Path::new(""), &Overrides { set, ..Overrides::default() });
    }
}
