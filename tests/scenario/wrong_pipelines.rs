//! Wrong pipelines and objectives.

use super::{one_problem, read, rest};

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
        ("preset = \"hourly\"\nstore = \"hash_set\"", &["case.toml:8:9: pipelines[0].store", "removes no duplicates"]),
        ("preset = \"hourly\"\ndedup = \"yes\"", &["case.toml:8:9: pipelines[0].dedup", "true, false or a table"]),
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
        (
            "preset = \"continuous\"\nguarantee = \"at_most_once\"\ncheckpoint = { interval = \"1m\" }",
            &["pipelines[0].checkpoint", "without checkpoints", "at_least_once"],
        ),
        (
            "preset = \"continuous\"\ncheckpoint = { bandwidth = \"0 B\" }",
            &["pipelines[0].checkpoint.bandwidth", "no bandwidth", "200 MB"],
        ),
        (
            "preset = \"continuous\"\ncheckpoint = { incremental = true }",
            &["pipelines[0].checkpoint.incremental", "bandwidth"],
        ),
        ("preset = \"daily\"\ndownstream = {}", &["pipelines[0].downstream.datasets", "missing"]),
        (
            "preset = \"daily\"\ndownstream = { datasets = 3, at_once = 0 }",
            &["pipelines[0].downstream.at_once", "out of bounds"],
        ),
        ("preset = \"daily\"\nfailures = {}", &["pipelines[0].failures", "neither how often nor when", "mtbf"]),
        ("preset = \"daily\"\nfailures = { mtbf = \"0s\" }", &["pipelines[0].failures.mtbf", "too short"]),
        (
            "preset = \"daily\"\nfailures = { mtbf = \"10ms\" }",
            &["pipelines[0].failures.mtbf", "more than 100000", "write at least"],
        ),
        (
            "preset = \"daily\"\nfailures = { incidents = [{ for = \"1h\" }] }",
            &["pipelines[0].failures.incidents[0].at", "missing"],
        ),
        (
            "preset = \"daily\"\nfailures = { incidents = [{ at = \"1h\", for = \"1h\" }, { at = \"90m\", for = \"1h\" }] }",
            &["pipelines[0].failures.incidents[1].at", "before the end", "sort them"],
        ),
        ("preset = \"daily\"\nbroker = { kind = \"kafka\" }", &["`broker` belongs to the micro_batch and continuous"]),
        (
            "preset = \"continuous\"\nbroker = { kind = \"rabbitmq\", offsets = \"earliest\" }",
            &["pipelines[0].broker.offsets", "cannot be rewound", "latest"],
        ),
        (
            "preset = \"continuous\"\nguarantee = \"exactly_once\"\nbroker = { kind = \"rabbitmq\" }",
            &["pipelines[0].broker.kind", "correlation ids", "parallelism = 1"],
        ),
        (
            "preset = \"micro_batch\"\nbroker = { kind = \"rabbitmq\" }",
            &["pipelines[0].broker", "no source for RabbitMQ"],
        ),
        ("preset = \"micro_batch\"\nbroker = { linger = \"1s\" }", &["pipelines[0].broker.linger", "trigger"]),
        ("preset = \"continuous\"\nbroker = { rate = \"5/s\" }", &["pipelines[0].broker.rate", "rabbitmq"]),
        (
            "preset = \"continuous\"\nbroker = { kind = \"rabbitmq\", retention = \"1d\" }",
            &["pipelines[0].broker.retention", "kafka"],
        ),
        ("preset = \"continuous\"\nbroker = { timestamp = \"1s\" }", &["pipelines[0].broker.timestamp", "no meaning"]),
        (
            "preset = \"continuous\"\nbroker = { offsets = \"timestamp\" }",
            &["pipelines[0].broker.timestamp", "missing"],
        ),
        ("preset = \"continuous\"\nmemory_limit = \"0 B\"", &["pipelines[0].memory_limit", "no memory at all"]),
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
fn wrong_dedup_of_pipelines() {
    // The job's table stands in line 7.
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "kind = \"bloom\", ttl = \"1d\"",
            "preset = \"continuous\"",
            &["job.dedup.capacity", "missing", "capacity = "],
        ),
        (
            "kind = \"event_time\", ttl = \"1d\"",
            "preset = \"micro_batch\"",
            &[
                "case.toml:7:18: job.dedup.kind",
                "micro_batch has no dedup of the kind \"event_time\"",
                "within_watermark",
            ],
        ),
        (
            "kind = \"within_watermark\"",
            "preset = \"continuous\"",
            &[
                "case.toml:7:18: job.dedup.kind",
                "continuous has no dedup",
                "its kinds are ttl, event_time, window, unbounded",
            ],
        ),
        (
            "ttl = \"1d\"",
            "preset = \"micro_batch\"\ndedup = { kind = \"bloom\", capacity = 1 }",
            &["case.toml:10:18: pipelines[0].dedup.kind", "micro_batch has no dedup of the kind \"bloom\""],
        ),
        (
            "ttl = \"1d\"",
            "preset = \"daily\"\ndedup = { kind = \"unbounded\" }",
            &["case.toml:10:9: pipelines[0].dedup", "whatever the kind", "dedup = true"],
        ),
        (
            "ttl = \"1d\"",
            "preset = \"continuous\"\ndedup = { kind = \"bloom\" }",
            &["pipelines[0].dedup.capacity", "missing"],
        ),
        (
            "ttl = \"1d\"",
            "preset = \"continuous\"\ndedup = { kind = \"bloom\", capacity = 0 }",
            &["pipelines[0].dedup.capacity", "1 to 1000000000000"],
        ),
        (
            "kind = \"bloom\", ttl = \"1d\", capacity = 9",
            "preset = \"continuous\"\ndedup = { false_positive = 0.6 }",
            &["pipelines[0].dedup.false_positive", "0.5"],
        ),
        (
            "kind = \"bloom\", ttl = \"1d\", capacity = 9",
            "preset = \"continuous\"\nbytes_per_id = 9",
            &["pipelines[0].bytes_per_id", "follow from `capacity`"],
        ),
        (
            "kind = \"bloom\", ttl = \"1d\", capacity = 9",
            "preset = \"continuous\"\nstore = \"hash_set\"",
            &["pipelines[0].store", "follow from `capacity`"],
        ),
        (
            "kind = \"window\"",
            "preset = \"continuous\"",
            &["case.toml:7:18: job.dedup.kind", "no tumbling windows", "job.window"],
        ),
        (
            "ttl = \"1d\"",
            "preset = \"continuous\"\ndedup = { kind = \"window\" }",
            &["case.toml:10:18: pipelines[0].dedup.kind", "no tumbling windows"],
        ),
        (
            "kind = \"unbounded\"",
            "preset = \"continuous\"\ndedup = { kind = \"ttl\" }",
            &["pipelines[0].dedup.ttl", "missing"],
        ),
        (
            "ttl = \"1500us\"",
            "preset = \"continuous\"\ndedup = { kind = \"event_time\" }",
            &["case.toml:7:17: job.dedup.ttl", "write 1ms or 2ms"],
        ),
        (
            "ttl = \"1d\"",
            "preset = \"continuous\"\ndedup = { kind = \"unbounded\", ttl = \"1d\" }",
            &["pipelines[0].dedup.ttl", "no meaning with kind = \"unbounded\""],
        ),
        (
            "ttl = \"1d\"",
            "preset = \"continuous\"\ndedup = { id = \"uuid\" }",
            &["pipelines[0].dedup.id", "unknown key"],
        ),
        (
            "ttl = \"1d\"",
            "preset = \"continuous\"\nstore = \"redis\"",
            &["pipelines[0].store", "flink_heap, flink_heap_ttl", "hash_set"],
        ),
    ];
    for (job, pipeline, parts) in cases {
        one_problem(&rest(&format!("[job]\ndedup = {{ {job} }}\n[[pipelines]]\n{pipeline}")), &[], parts);
    }
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
    let shares: &[(&str, &[&str])] = &[
        ("measure = \"latency_s\"\nat_most = 1", &["objectives[0].measure", "use one of: latency_s.mean"]),
        (
            "measure = \"latency_s.p95\"\nat_most = 1\nshare_of_events = 0.9",
            &["objectives[0].share_of_events", "write measure = \"latency_s\""],
        ),
        ("measure = \"latency_s\"\nat_most = 1\nshare_of_events = 1", &["no share that can be judged"]),
        (
            "measure = \"latency_s.p95\"\nat_most = 1\nshare_of_events = 0.9\nshare_of_days = 0.9",
            &["objectives[0].share_of_events", "exclude each other"],
        ),
        (
            "measure = \"cost.total_per_day\"\nat_most = 1\nshare_of_days = 0.9",
            &["objectives[0].share_of_days", "no value for each day"],
        ),
        ("measure = \"landing_s.max\"\nat_most = 1\nshare_of_days = 0", &["above 0 and below 1"]),
        (
            "measure = \"landing_s.max\"\nat_most = 1\nshare_of_days = 0.9\nby = \"09:00\"",
            &["objectives[0].by", "completeness of days"],
        ),
        (
            "measure = \"correctness.completeness_final\"\nat_least = 0.9\nshare_of_days = 0.9\nby = \"nine\"",
            &["objectives[0].by", "no time of the day"],
        ),
    ];
    for (lines, parts) in cases.iter().chain(shares) {
        one_problem(&rest(&format!("[[objectives]]\n{lines}")), &[], parts);
    }
    let problems = read(&rest("[[objectives]]\nmeasure = \"speed\""), &[]).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:#?}");
}

#[test]
fn wrong_values() {
    let cases: &[(&str, &[&str])] = &[
        ("half_life = \"1h\"", &["value.per_event", "missing"]),
        ("per_event = 0.1", &["value", "nothing says how"]),
        ("per_event = 0.1\nhalf_life = \"1h\"\ndeadline = \"1h\"", &["value.deadline", "exclude each other"]),
        ("per_event = -1\nhalf_life = \"1h\"", &["value.per_event", "not above 0"]),
        ("per_event = 1\nhalf_life = \"0s\"", &["value.half_life"]),
    ];
    for (lines, parts) in cases {
        one_problem(&rest(&format!("[value]\n{lines}")), &[], parts);
    }
}
