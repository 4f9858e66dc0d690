//! Sinks: linger, upserts as a queue, files of tables, rewritten partitions.

use millstream::experiment::PipelineOutcome;

use super::{is_about, only, outcome};

fn sink(workload: &str, job: &str, pipeline: &str) -> PipelineOutcome {
    let outcome = outcome(&format!(
        "warmup = \"6h\"\nduration = \"2d\"\n[workload]\n{workload}\n{job}\n[[pipelines]]\n{pipeline}\n"
    ));
    only(&outcome).clone()
}

const AT_ONCE: &str = "preset = \"continuous\"\nservice = \"0s\"\nsink_delay = \"0s\"\n";
const HOURLY: &str =
    "model = \"batch\"\nevery = \"1h\"\nstart_after = \"0s\"\noverhead = \"1m\"\nthroughput = \"1e12/s\"\n";

#[test]
fn a_producer_lingers_for_half_of_its_time_on_average() {
    let kafka = sink("rate = \"2/s\"", "", &format!("{AT_ONCE}sink = {{ kind = \"kafka\", linger = \"10s\" }}"));
    is_about(&kafka, "stages_s.commit", 5.0, 0.01);
    assert_eq!(kafka.get("sink.files_per_day").value, None);
}

#[test]
fn upserts_are_a_queue_before_the_reader() {
    // M/D/1 at half of its rate: 0.5/(2·10·0.5) s of wait and 0.1 s of service.
    let events = sink("rate = \"5/s\"", "", &format!("{AT_ONCE}sink = {{ kind = \"postgres\", rate = \"10/s\" }}"));
    is_about(&events, "stages_s.commit", 0.15, 0.02);
    // A batch writes an hour of a row a second at 6/s.
    let batch = sink(
        "rate = \"1/s\"",
        "",
        &format!("{HOURLY}late = \"drop\"\nsink = {{ kind = \"postgres\", rate = \"6/s\" }}"),
    );
    is_about(&batch, "landing_s.mean", 60.0 + 600.0, 0.01);
    // As windows of five minutes it writes twelve rows.
    let windows = "[job]\nwindow = { size = \"5m\" }";
    let batch = sink(
        "rate = \"1/s\"",
        windows,
        &format!("{HOURLY}late = \"drop\"\nsink = {{ kind = \"postgres\", rate = \"6/s\" }}"),
    );
    is_about(&batch, "landing_s.mean", 62.0, 1e-9);
    // A micro-batch a minute writes 60 rows at 2/s.
    let micro = "preset = \"micro_batch\"\noverhead = \"0s\"\nthroughput = \"1e12/s\"\nsink = { kind = \"postgres\", rate = \"2/s\" }";
    let micro = sink("rate = \"1/s\"", "", micro);
    is_about(&micro, "stages_s.commit", 30.0, 0.05);
}

#[test]
fn a_slow_sink_pushes_back_to_the_broker() {
    // One row a second more than it takes: after two days and six hours as many wait at the broker as came too many, and a
    // second's work before the sink.
    let slow = |job: &str, pipeline: &str| sink("rate = \"5/s\"", job, pipeline);
    let events = slow("", &format!("{AT_ONCE}sink = {{ kind = \"postgres\", rate = \"4/s\" }}"));
    let too_many = 54.0 * 3_600.0;
    is_about(&events, "state.backlog_records_peak", too_many, 0.02);
    assert!(events.get("stages_s.commit").value.unwrap() < 1.3);
    // A micro-batch that stores for 75 of 60 seconds follows the one before at once.
    let micro = "preset = \"micro_batch\"\noverhead = \"0s\"\nthroughput = \"1e12/s\"\nsink = { kind = \"postgres\", rate = \"4/s\" }";
    let micro = slow("", micro);
    assert!(micro.get("operations.runs").value.unwrap() < 300.0);
    assert!(micro.get("state.backlog_records_peak").value.unwrap() > 0.5 * too_many);
}

#[test]
fn a_table_gets_a_file_for_each_commit_writer_and_partition() {
    let table = "sink = { kind = \"iceberg\", writers = 2, compaction = \"1 KB\" }";
    let batch = sink("rate = \"1/s\"", "", &format!("{HOURLY}late = \"drop\"\n{table}"));
    is_about(&batch, "sink.commits_per_day", 24.0, 1e-9);
    is_about(&batch, "sink.files_per_day", 48.0, 1e-9);
    is_about(&batch, "sink.file_bytes_mean", 3_600.0 * 100.0 / 2.0, 0.01);
    // 86,400 rows of 100 bytes a day at a kilobyte a second.
    is_about(&batch, "sink.compaction_core_hours", 2.4, 0.01);
    is_about(&batch, "cost.compute_per_day", (24.0 * 8.0 / 60.0 + 2.4) * 0.04048, 0.01);
    let stream = format!("{AT_ONCE}guarantee = \"exactly_once\"\nsink = {{ kind = \"iceberg\" }}");
    let stream = sink("rate = \"1/s\"", "", &stream);
    is_about(&stream, "sink.commits_per_day", 1_440.0, 0.01);
    is_about(&stream, "sink.file_bytes_mean", 6_000.0, 0.03);
    // Windows are one row each.
    let windows = "[job]\nwindow = { size = \"5m\" }";
    let batch = sink("rate = \"1/s\"", windows, &format!("{HOURLY}late = \"drop\"\n{table}"));
    is_about(&batch, "sink.file_bytes_mean", 12.0 * 100.0 / 2.0, 1e-9);
}

#[test]
fn a_late_row_rewrites_its_partition() {
    // A tenth of the events comes two hours late. Each run writes its hour, and rewrites the one two hours before: 3,600
    // rows of 100 bytes, which take 360 s at a kilobyte a second.
    let workload = "rate = \"1/s\"\nnetwork = { late = { share = 0.1, by = \"2h\" } }";
    let hive = "late = \"next_run\"\nsink = { kind = \"hive\", bandwidth = \"1 KB\" }";
    let late = sink(workload, "", &format!("{HOURLY}{hive}"));
    is_about(&late, "sink.rewritten_bytes_per_day", 24.0 * 360_000.0, 0.02);
    is_about(&late, "landing_s.mean", 60.0 + 360.0, 0.02);
    is_about(&late, "sink.files_per_day", 48.0, 0.02);
    let punctual = sink("rate = \"1/s\"", "", &format!("{HOURLY}{hive}"));
    is_about(&punctual, "sink.rewritten_bytes_per_day", 0.0, 0.0);
    is_about(&punctual, "landing_s.mean", 60.0, 1e-9);
}
