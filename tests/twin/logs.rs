//! Engine and twin over the real logs, to the end of their bounded input.

use std::collections::HashMap;
use std::path::Path;

use millstream::workload::{Log, LogRow, read as read_log};

use crate::input::{Input, read};
use crate::random::agree;

/// Pipelines of all models; `[window]` is left to the case.
const PIPELINES: &str = r#"
[[pipelines]]
name = "hourly with lookback"
preset = "hourly"
overhead = { exponential = { mean = "20m" } }

[[pipelines]]
name = "hourly with late rows next"
preset = "hourly"
late = "next_run"
start_after = "90m"
start_delay = { uniform = { low = "0s", high = "40m" } }

[[pipelines]]
name = "two-hourly without late rows"
model = "batch"
every = "2h"
start_after = "10s"
late = "drop"
dedup = false

[[pipelines]]
name = "hourly by arrival"
model = "batch"
every = "1h"
partition_by = "arrival"
throughput = "1/s"

[[pipelines]]
name = "update"
preset = "micro_batch"
watermark_delay = "10m"
throughput = "2/s"

[[pipelines]]
name = "append"
preset = "micro_batch"
trigger = "7m"
watermark_delay = "1m"
output = "append"

[[pipelines]]
preset = "continuous"

[[pipelines]]
name = "patient and exactly once"
preset = "continuous"
parallelism = 3
service = { exponential = { mean = "10s" } }
fetch_interval = "3s"
watermark = { bound = "20m", interval = "1s" }
allowed_lateness = "1h"
guarantee = "exactly_once"
checkpoint = { interval = "30s", duration = { uniform = { low = "1s", high = "90s" } } }
sink_delay = { exponential = { mean = "2s" } }

[[pipelines]]
name = "never late"
preset = "continuous"
dispatch = "any"
watermark = { bound = "2h", interval = "1s" }
allowed_lateness = "0s"
dedup = false
"#;

fn log(name: &str) -> Log {
    read_log(&Path::new("scenarios/data").join(name)).expect("the log is sound")
}

/// The text of a scenario over a log.
fn text(name: &str, workload: &str, job: &str) -> String {
    format!(
        "title = \"log\"\nquestion = \"?\"\n[workload]\ntrace = \"data/{name}\"\n{workload}\n[job]\n{job}\n{PIPELINES}"
    )
}

fn check(name: &str, workload: &str, jobs: &[&str]) {
    let log = log(name);
    for job in jobs {
        if let Err(difference) = agree(&read(&text(name, workload, job)), Some(&log)) {
            panic!("{name} with {job}: {difference}");
        }
    }
}

#[test]
fn late_arrivals() {
    let jobs = [
        "window = { size = \"15m\", by = \"key\" }\ndedup = { ttl = \"2h\" }",
        "window = { size = \"1m\" }\ndedup = { ttl = \"10s\" }",
        "dedup = { ttl = \"2h\" }",
    ];
    check("late_arrivals.csv", "", &jobs);
}

#[test]
fn web_requests() {
    let workload = r#"
[workload.network]
delay = { lognormal = { median = "2s", sigma = 2.5 } }
late = { share = 0.02, by = { exponential = { mean = "40m" } } }
[workload.duplicates]
retry = { share = 0.05, after = { exponential = { mean = "20m" } } }
repeat = { share = 0.05 }"#;
    let jobs = ["", ", by = \"key\", aggregate = \"sum_bytes\""]
        .map(|rest| format!("window = {{ size = \"30m\"{rest} }}\ndedup = {{ ttl = \"1h\" }}"));
    check("web_requests_2015.csv", workload, &jobs.each_ref().map(String::as_str));
}

#[test]
fn ids_are_those_of_the_log() {
    let log = log("late_arrivals.csv");
    let scenario = read(&text("late_arrivals.csv", "", "dedup = { ttl = \"1h\" }"));
    let input = Input::new(&scenario, Some(&log), Default::default());
    let rows: Vec<LogRow> = log.deliveries().map(Result::unwrap).collect();
    assert_eq!(input.deliveries.len(), rows.len());
    assert_eq!(log.len(), 9_637);
    // Ids of equal deliveries at equal times cannot be told apart: compare what was delivered of each.
    let of_each = |id: &dyn Fn(usize) -> usize| {
        let mut deliveries: HashMap<usize, Vec<(i64, i64, u32)>> = HashMap::new();
        for (place, row) in input.deliveries.iter().enumerate() {
            deliveries.entry(id(place)).or_default().push((row.arrival, row.event_time, row.key));
        }
        let mut deliveries: Vec<_> = deliveries.into_values().collect();
        deliveries.sort_unstable();
        deliveries
    };
    assert_eq!(of_each(&|place| input.deliveries[place].id), of_each(&|place| rows[place].id as usize));
    assert_eq!(input.deliveries.iter().filter(|delivery| !delivery.first).count(), 51);
}
