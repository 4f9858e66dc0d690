//! Wrong gates, trees, sinks, side inputs, bad data and teams.

use super::{one_problem, read, rest, text, workload};

#[test]
fn wrong_gates_and_trees() {
    let cases: &[(&str, &[&str])] = &[
        ("straggler = -1", &["pipelines[0].straggler"]),
        ("gate = { stops = 1.5 }", &["pipelines[0].gate.stops", "0 to 1"]),
        ("gate = { catches = -0.1 }", &["pipelines[0].gate.catches", "0 to 1"]),
        ("gate = { takes = \"x\" }", &["pipelines[0].gate.takes", "not a duration"]),
        ("late = \"drop\"\ntree = {}", &["pipelines[0].tree.leaf", "missing"]),
        ("late = \"drop\"\ntree = { leaf = \"7h\" }", &["pipelines[0].tree.leaf", "does not divide"]),
        ("late = \"drop\"\ntree = { leaf = \"1d\" }", &["pipelines[0].tree.leaf", "2 to 1024 parts"]),
        ("tree = { leaf = \"1h\" }", &["pipelines[0].tree", "late = \"lookback\""]),
        (
            "partition_by = \"arrival\"\ntree = { leaf = \"1h\" }",
            &["pipelines[0].tree", "partitioned by arrival", "event_time"],
        ),
    ];
    for (lines, parts) in cases {
        let job = "[job]\ndedup = { ttl = \"1d\" }\n";
        one_problem(&rest(&format!("{job}[[pipelines]]\npreset = \"daily\"\n{lines}")), &[], parts);
    }
    let no_dedup = "[[pipelines]]\npreset = \"daily\"\nlate = \"drop\"\ntree = { leaf = \"1h\" }";
    one_problem(&rest(no_dedup), &[], &["pipelines[0].tree", "removes no duplicates"]);
    let sessions = format!("[job]\ndedup = {{ ttl = \"1d\" }}\nwindow = {{ gap = \"1m\" }}\n{no_dedup}");
    one_problem(&rest(&sessions), &[], &["pipelines[0].tree", "no place for sessions"]);
    let stream = "[[pipelines]]\npreset = \"continuous\"\ngate = {}";
    one_problem(&rest(stream), &[], &["pipelines[0].gate", "belongs to the batch model"]);
}

#[test]
fn wrong_sinks() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("daily", "{}", &["pipelines[0].sink.kind", "missing", "iceberg"]),
        ("daily", "{ kind = \"s3\" }", &["pipelines[0].sink.kind", "kafka"]),
        ("daily", "{ kind = \"kafka\", rate = \"1/s\" }", &["pipelines[0].sink.rate", "no meaning"]),
        ("daily", "{ kind = \"iceberg\", partition = \"1s\" }", &["pipelines[0].sink.partition", "at least"]),
        ("daily", "{ kind = \"iceberg\", writers = 0 }", &["pipelines[0].sink.writers", "1 to 4096"]),
        ("daily", "{ kind = \"hive\", row_bytes = \"0 B\" }", &["pipelines[0].sink.row_bytes", "at least"]),
        ("daily", "{ kind = \"postgres\", rate = \"0/s\" }", &["pipelines[0].sink.rate", "above 0"]),
        ("continuous", "{ kind = \"iceberg\" }", &["pipelines[0].sink.kind", "checkpoint", "exactly_once"]),
        ("micro_batch", "{ kind = \"hive\" }", &["pipelines[0].sink.kind", "whole partitions"]),
    ];
    for (preset, sink, parts) in cases {
        one_problem(&rest(&format!("[[pipelines]]\npreset = \"{preset}\"\nsink = {sink}")), &[], parts);
    }
}

#[test]
fn wrong_side_inputs() {
    let only = "[[pipelines]]\npreset = \"continuous\"";
    let cases: &[(&str, &[&str])] = &[
        ("{ refresh = \"3h\" }", &["job.enrich.changes", "missing"]),
        ("{ changes = \"0/d\", refresh = \"3h\" }", &["job.enrich.changes", "above 0"]),
        ("{ changes = \"1/d\" }", &["job.enrich.refresh", "missing", "lookup"]),
        ("{ changes = \"1/d\", refresh = \"0s\" }", &["job.enrich.refresh", "too short"]),
        ("{ changes = \"1/d\", refresh = \"3h\", lookup = { ttl = \"1m\" } }", &["exclude each other"]),
        ("{ changes = \"1/d\", load = \"1m\", lookup = { ttl = \"1m\" } }", &["job.enrich.load", "no meaning"]),
        ("{ changes = \"1/d\", lookup = { ttl = \"1m\", takes = \"2h\" } }", &["job.enrich.lookup.takes", "at most"]),
        ("{ changes = \"1/d\", lookup = {} }", &["job.enrich.lookup.ttl", "missing"]),
    ];
    for (enrich, parts) in cases {
        one_problem(&rest(&format!("[job]\nenrich = {enrich}\n{only}")), &[], parts);
    }
    let lookup = "[job]\nenrich = { changes = \"1/d\", lookup = { ttl = \"1m\" } }\n[[pipelines]]\npreset = \"daily\"";
    one_problem(&rest(lookup), &[], &["job.enrich.lookup", "daily", "one by one"]);
}

#[test]
fn wrong_bad_data_and_teams() {
    let cases: &[(&str, &[&str])] = &[
        ("lasting = \"1h\"\nshare = 0.1\nnoticed_after = \"1h\"", &["workload.bad_data.per_day", "missing"]),
        ("per_day = 1.0\nshare = 0.1\nnoticed_after = \"1h\"", &["workload.bad_data.lasting", "missing"]),
        ("per_day = 1.0\nlasting = \"1h\"\nnoticed_after = \"1h\"", &["workload.bad_data.share", "missing"]),
        ("per_day = 1.0\nlasting = \"1h\"\nshare = 0.1", &["workload.bad_data.noticed_after", "missing"]),
        ("per_day = 1.0\nlasting = \"1h\"\nshare = 1.1\nnoticed_after = \"1h\"", &["bad_data.share", "too large"]),
    ];
    for (lines, parts) in cases {
        one_problem(&workload(&format!("[workload.bad_data]\n{lines}")), &[], parts);
    }
    let many = "[workload.bad_data]\nper_day = 900.0\nlasting = \"1s\"\nshare = 0.1\nnoticed_after = \"1h\"";
    let long = text("", many, "").replace("\"1d\"", "\"2d\"");
    one_problem(&long, &[], &["workload.bad_data.per_day", "1800 incidents", "1000"]);
    let cases: &[(&str, &[&str])] = &[
        ("knows_streaming = 0", &["team.size", "missing"]),
        ("size = 0", &["team.size", "1 to 10000"]),
        ("size = 2\nknows_streaming = 3", &["team.knows_streaming", "0 to 2"]),
        ("size = 2\nruns = [\"kappa\"]", &["team.runs", "batch, micro_batch, continuous"]),
        ("size = 2\ncost_per_hour = -1.0", &["team.cost_per_hour", "0 to"]),
        ("size = 2\nmtbf = \"0s\"", &["team.mtbf", "too short"]),
    ];
    for (lines, parts) in cases {
        one_problem(&rest(&format!("[team]\n{lines}")), &[], parts);
    }
    assert!(read(&rest("[team]\nsize = 2"), &[]).is_ok());
}
