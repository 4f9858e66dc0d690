//! The yardstick: nanoseconds of one core for a delivery, from its drawing to all measures.
//!
//! ```text
//! cargo bench --bench whole_path                  # 10 million deliveries
//! cargo bench --bench whole_path -- 100000000     # or as many as asked for
//! cargo bench --bench whole_path -- 1e7 stream    # one part for a profiler: whole, stream or a pipeline's name
//! ```
//!
//! The stream of `w0.toml` goes through its four pipelines on one thread, three times; then the
//! stream alone, and each pipeline alone (stream and pipeline, less the stream). Every delivery
//! counts and every pipeline sees all of them: the run stops at the end of the measured period, so
//! that no cheap run-out flatters the figure. Time is CPU time where Linux tells it (`schedstat`),
//! which other processes disturb less, and wall time elsewhere.

mod common;

use std::path::Path;
use std::time::Duration;

use common::{Cost, Outcome, measure};
use millstream::scenario::{Overrides, Pipeline, Scenario, Source, parse};

/// Deliveries unless the command line says otherwise.
const DELIVERIES: f64 = 1e7;
/// Runs of each part; the median counts.
const RUNS: usize = 3;
fn main() -> Outcome<()> {
    // `cargo bench` passes --bench.
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let wanted: f64 = arguments.next().map_or(Ok(DELIVERIES), |number| number.replace('_', "").parse())?;
    let scenario = yardstick(wanted)?;
    let all: Vec<&Pipeline> = scenario.pipelines.iter().collect();
    if let Some(part) = arguments.next() {
        // For a profiler: one part, nothing else.
        if !["whole", "stream"].contains(&part.as_str()) && all.iter().all(|of| part != of.name) {
            return Err(format!("{part:?} is no part: write whole, stream or the name of a pipeline of w0.toml").into());
        }
        let some: Vec<&Pipeline> = all.into_iter().filter(|of| part == "whole" || part == of.name).collect();
        median(&scenario, &some, true)?;
        return Ok(());
    }
    println!("whole path: the stream through {} pipelines, one thread", all.len());
    let whole = median(&scenario, &all, true)?;
    println!("  median  {:6.1} ns a delivery and core\n\nparts, median of {RUNS} runs:", whole.nanos());
    let stream = median(&scenario, &[], false)?;
    println!("  {:20} {:6.1} ns", "stream", stream.nanos());
    let mut rest = whole.nanos() - stream.nanos();
    for pipeline in &all {
        let nanos = median(&scenario, &[pipeline], false)?.nanos() - stream.nanos();
        rest -= nanos;
        println!("  {:20} {nanos:6.1} ns", pipeline.name);
    }
    println!("  {:20} {rest:6.1} ns (whole path less its parts: caches, noise)", "rest");
    Ok(())
}

/// The scenario, as long as the deliveries take.
fn yardstick(deliveries: f64) -> Outcome<Scenario> {
    let read = |set: Vec<String>| {
        let overrides = Overrides { set, ..Overrides::default() };
        parse("w0", include_str!("w0.toml"), Path::new(""), &overrides)
    };
    let scenario = read(Vec::new())?;
    let Source::Poisson(rates) = &scenario.workload.source else { return Err("w0 has no rate".into()) };
    let copies = scenario.workload.duplicates.retry.as_ref().map_or(0.0, |retry| retry.share);
    let millis = (deliveries / (rates.rate.0 * (1.0 + copies)) * 1e3).ceil();
    Ok(read(vec![format!("duration={millis}ms")])?)
}

/// The middle one of three runs.
fn median(scenario: &Scenario, pipelines: &[&Pipeline], report: bool) -> Outcome<Cost> {
    let mut costs = Vec::with_capacity(RUNS);
    for run in 1..=RUNS {
        let cost = measure(scenario, pipelines)?;
        if report {
            println!("  run {run}   {}", describe(&cost));
        }
        costs.push(cost);
    }
    costs.sort_by(|a, b| a.nanos().total_cmp(&b.nanos()));
    costs.get(RUNS / 2).copied().ok_or_else(|| "no runs".into())
}

fn describe(cost: &Cost) -> String {
    let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
    let cpu = cost.cpu.map_or_else(|| "no CPU time".to_owned(), |cpu| seconds(cpu) + " CPU");
    let rss = cost.peak_rss.map_or_else(String::new, |bytes| format!(", peak RSS {:.1} MB", bytes as f64 / 1e6));
    format!("{:6.1} ns  ({} deliveries, {} wall, {cpu}{rss})", cost.nanos(), cost.deliveries, seconds(cost.wall))
}
