//! Our side of the comparison with peers: the stream of `w0.toml` through its four pipelines on one
//! thread, with all measures on and no report, up to the end of the measured period. `run` beside this
//! file starts it and reads what it prints.
//!
//! ```text
//! cargo bench --bench peers_ours -- DURATION_US START_SECOND_OF_DAY SEED
//! ```
//!
//! Deliveries that arrive in the measured period are taken, and no later ones: peers do the same.

use std::error::Error;
use std::fs;
use std::path::Path;

use millstream::engine::advance_to;
use millstream::metrics::{Collector, PipelineResult, StreamMeter};
use millstream::pipelines::{AnyPipeline, Frame};
use millstream::scenario::{Overrides, Pipeline, Scenario, parse};
use millstream::workload::{Block, Stream};
use serde_json::{Map, Value, json};

/// Probes of each pipeline, as in a replication.
const PROBES: u32 = 4_096;

/// What is compared: its name here and its path in `summary.json`.
const COMPARED: [(&str, &str); 15] = [
    ("events", "accounting.events"),
    ("on_time", "accounting.on_time"),
    ("late_included", "accounting.late_included"),
    ("late_dropped", "accounting.late_dropped"),
    ("pending", "accounting.pending"),
    ("duplicates_removed", "accounting.duplicates_removed"),
    ("duplicates_leaked", "accounting.duplicates_leaked"),
    ("duplicates_late_dropped", "accounting.duplicates_late_dropped"),
    ("latency_mean", "latency_s.mean"),
    ("latency_p50", "latency_s.p50"),
    ("latency_p99", "latency_s.p99"),
    ("data_age_mean", "freshness_s.data_age_mean"),
    ("error_first_mean", "correctness.error_first_mean"),
    ("error_final_mean", "correctness.error_final_mean"),
    ("utilisation", "compute.utilisation"),
];

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    // `cargo bench` passes --bench.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    // Without arguments ten million deliveries, as `run` has them.
    let defaults = ["9803922000", "79200", "1"].map(str::to_owned);
    let arguments = if arguments.is_empty() { &defaults[..] } else { &arguments };
    let [duration, start, seed] = arguments else {
        return Err("usage: DURATION_US START_SECOND_OF_DAY SEED".into());
    };
    let start: u32 = start.parse()?;
    let start = format!("2026-01-05T{:02}:{:02}:{:02}Z", start / 3_600, start / 60 % 60, start % 60);
    let set = vec![format!("duration={duration}us"), format!("start={start}"), format!("seed={seed}")];
    let overrides = Overrides { set, ..Overrides::default() };
    let scenario = parse("w0", include_str!("../w0.toml"), Path::new(""), &overrides)?;
    println!("{}", run(&scenario)?);
    Ok(())
}

fn run(scenario: &Scenario) -> Outcome<Value> {
    let measured = scenario.measured(None);
    let frame = Frame::new(scenario.seed, 0, measured, PROBES);
    let mut lanes: Vec<_> = scenario
        .pipelines
        .iter()
        .map(|pipeline| AnyPipeline::new(scenario, pipeline, &frame, |setup| Collector::new(scenario, pipeline, setup)))
        .collect();
    // As in a run: the pipeline that is most like a stream is recorded for a figure.
    if let Some(lane) = scenario.most_like_a_stream().and_then(|place| lanes.get_mut(place)) {
        lane.facts_mut().keep_slice(scenario);
    }
    let mut stream = Stream::new(scenario, None, 0)?;
    let mut meter = StreamMeter::new(measured, scenario.workload.types.len());
    let mut block = Block::default();
    while block.until < measured.to && stream.next(&mut block)? {
        let until = block.until.min(measured.to);
        let rows = 0..block.arrival.partition_point(|arrival| *arrival < until);
        meter.observe_events(&block);
        meter.observe_rows(&block, rows.clone());
        for lane in &mut lanes {
            lane.facts_mut().observe(&block);
            advance_to(lane, &block, rows.clone(), until);
        }
    }
    let deliveries = meter.simulated;
    let mut answers = Map::new();
    for (mut lane, pipeline) in lanes.into_iter().zip(&scenario.pipelines) {
        let (ended, held) = (lane.facts().ended(), lane.held());
        if (ended.0 + held.0, ended.1 + held.1) != (meter.first_deliveries, meter.duplicates) {
            return Err("deliveries are not conserved".into());
        }
        let result = lane.into_facts().finish(&meter);
        answers.insert(pipeline.name.clone(), answer(&result, pipeline));
    }
    Ok(json!({ "deliveries": deliveries, "peak_rss": peak_rss(), "pipelines": answers }))
}

/// What is compared of one pipeline; seconds, counts and shares.
fn answer(result: &PipelineResult, pipeline: &Pipeline) -> Value {
    let value = |wanted: &str| result.measures.iter().find(|(path, _)| *path == wanted).and_then(|(_, value)| *value);
    let mut answer: Map<String, Value> =
        COMPARED.iter().map(|(name, path)| ((*name).to_owned(), json!(value(path)))).collect();
    let held: f64 = result.dedup_bytes.iter().map(|(_, bytes)| bytes / pipeline.bytes_per_id).sum();
    answer.insert("dedup_ids_mean".to_owned(), json!(held / f64::from(PROBES)));
    answer.insert("dedup_ids_peak".to_owned(), json!(value("state.dedup_ids_peak")));
    Value::Object(answer)
}

/// Largest resident set of this process, bytes, where the system tells.
fn peak_rss() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1_024)
}
