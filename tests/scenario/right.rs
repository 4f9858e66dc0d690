//! Documented defaults, built-in scenarios, the schema.

use millstream::scenario::{Dedup, LogFile, Overrides, Source, builtins, load, schema};

use millstream::units::{DAY, Span};

use super::{read, rest, top};

#[test]
fn the_shortest_scenario_is_right() {
    let scenario = read(&top(""), &[]).unwrap();
    assert_eq!(scenario.pipelines.len(), 4);
    assert_eq!((scenario.seed, scenario.replications, scenario.warmup.0), (1, 1, 0));
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
    assert_eq!((default.prices.core_hour, default.prices.gb_hour), (0.04048, 0.004_445));
    assert_eq!(default.start.to_string(), "2026-01-05T00:00:00Z");
    assert_eq!(default.complete_share, 0.99);

    let exactly = "[[pipelines]]\npreset = \"continuous\"\nguarantee = \"exactly_once\"\nparallelism = 8\n";
    let explicit = format!("{exactly}checkpoint = {{ interval = \"1m\", duration = \"5s\" }}\ncores = 8\n");
    let pipelines = |lines: &str| format!("{:?}", read(&rest(lines), &[]).unwrap().pipelines);
    assert_eq!(pipelines(exactly), pipelines(&explicit));
}

/// Bytes of an id by the job's table and a pipeline's lines.
fn bytes_per_id(job: &str, pipeline: &str) -> f64 {
    let window = "window = { size = \"5m\" }";
    let text = rest(&format!("[job]\ndedup = {{ {job} }}\n{window}\n[[pipelines]]\n{pipeline}"));
    read(&text, &[]).unwrap_or_else(|problems| panic!("{problems:#?}")).pipelines[0].bytes_per_id
}

#[test]
fn bytes_of_an_id_follow_from_its_form_and_its_store() {
    let rows = [
        ("flink_heap", 72.7, 128.6),
        ("flink_heap_ttl", 96.4, 153.0),
        ("flink_heap_timer", 154.2, 210.2),
        ("flink_heap_map", 233.2, 290.0),
        ("flink_heap_shards", 64.8, 121.5),
        ("flink_rocksdb", 15.4, 47.6),
        ("flink_rocksdb_ttl", 19.7, 47.2),
        ("spark_hdfs", 288.0, 329.0),
        ("spark_rocksdb", 32.0, 60.0),
        ("hash_set", 18.9, 77.6),
    ];
    for (store, integer, uuid) in rows {
        for model in ["batch", "micro_batch", "continuous"] {
            let pipeline = format!("model = \"{model}\"\nstore = \"{store}\"");
            assert_eq!(bytes_per_id("ttl = \"1d\"", &pipeline), integer);
            assert_eq!(bytes_per_id("ttl = \"1d\", id = \"uuid\"", &pipeline), uuid);
            assert_eq!(bytes_per_id("ttl = \"1d\", id = \"uuid\"", &format!("{pipeline}\nbytes_per_id = 5")), 5.0);
        }
    }
    let usual = [
        ("kind = \"event_time\", ttl = \"1d\"", "continuous", 154.2),
        ("kind = \"window\"", "continuous", 72.7),
        ("kind = \"unbounded\"", "continuous", 72.7),
        ("kind = \"generations\", ttl = \"1d\"", "continuous", 18.9),
        ("kind = \"until_watermark\"", "micro_batch", 288.0),
        ("kind = \"within_watermark\"", "micro_batch", 281.0),
        ("kind = \"within_watermark\", id = \"uuid\"", "micro_batch", 322.0),
        ("kind = \"unbounded\"", "micro_batch", 288.0),
        ("kind = \"within_watermark\", id = \"uuid\"", "batch", 128.6),
    ];
    for (job, model, bytes) in usual {
        assert_eq!(bytes_per_id(job, &format!("model = \"{model}\"")), bytes, "{job} {model}");
    }
}

#[test]
fn a_pipeline_may_have_a_deduplication_of_its_own() {
    let text = rest(
        "[job]\ndedup = { ttl = \"1d\", id = \"uuid\" }\n[[pipelines]]\npreset = \"continuous\"\n\
         dedup = { kind = \"generations\" }\n[[pipelines]]\npreset = \"micro_batch\"\n\
         dedup = { kind = \"within_watermark\" }\n[[pipelines]]\npreset = \"daily\"\n[[pipelines]]\npreset = \"hourly\"\n\
         dedup = false\n",
    );
    let day = Span(DAY);
    let dedup: Vec<_> = read(&text, &[]).unwrap().pipelines.iter().map(|pipeline| pipeline.dedup).collect();
    let expected = [Some(Dedup::Generations(day)), Some(Dedup::WithinWatermark), Some(Dedup::Ttl(day)), None];
    assert_eq!(dedup, expected);
}

#[test]
fn built_in_scenarios_are_right() {
    assert_eq!(
        builtins().iter().map(|builtin| builtin.name).collect::<Vec<_>>(),
        [
            "clickstream",
            "lab",
            "real_log",
            "mobile_offline",
            "funnel",
            "outage_burst",
            "bad_clock",
            "idle_partition",
            "firehose",
            "recovery",
            "notifications",
            "security",
            "fraud",
            "trading",
            "sports",
            "analyst",
            "customer_facing",
            "midnight",
            "master_data",
            "always_on",
            "kappa",
            "lambda"
        ]
    );
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
        duplicates retry repeat after dedup ttl kind id capacity false_positive store window size preset model cores bytes_per_id bytes_per_entry sink_delay \
        every start_after start_delay partition_by lookback overhead throughput trigger watermark_delay output \
        parallelism dispatch service fetch_interval fetch_delay watermark bound interval allowed_lateness guarantee \
        checkpoint minimum_pause bandwidth incremental alignment failures mtbf detection repair incidents at planned broker \
        linger retention begins offsets timestamp memory_limit currency core_hour gb_hour pipeline measure at_most at_least constant uniform low high exponential \
        mean normal sd lognormal median sigma gamma shape scale weibull pareto minimum empirical mixture of";
    for key in all.split_whitespace() {
        assert!(found.iter().any(|known| known == key), "{key} is not in the schema");
    }
    let text = schema.to_string();
    assert!(!text.contains("null"), "TOML has no null");
}
