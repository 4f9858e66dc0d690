//! Wrong texts, missing fields, fields out of bounds.

use super::{one_problem, read, top, workload};

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
            &["case.toml:4:38: job.window.by", "one of: key, global"],
        ),
        (
            "job = { window = { size = \"7m\" } }",
            &["pipelines[0].every", "whole windows", "not a multiple of job.window.size"],
        ),
        ("job = { window = [\"5m\"] }", &["case.toml:4:18: job.window", "a list", "\"none\""]),
        (
            "job = { dedup = { kind = \"lru\", ttl = \"1d\" } }",
            &["case.toml:4:26: job.dedup.kind", "one of: ttl, event_time, window, until_watermark"],
        ),
        ("job = { dedup = { ttl = \"1d\", capacity = 5 } }", &["job.dedup.capacity", "no meaning with kind = \"ttl\""]),
        ("job = { dedup = { ttl = \"1d\", false_positive = 0.1 } }", &["job.dedup.false_positive", "bloom"]),
        ("job = { dedup = { ttl = \"1d\", id = \"text\" } }", &["job.dedup.id", "one of: integer, uuid"]),
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
