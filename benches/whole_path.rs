//! The yardstick: nanoseconds of one core for a delivery, from its drawing to all measures.
//!
//! ```text
//! cargo bench --bench whole_path                  # 10 million deliveries
//! cargo bench --bench whole_path -- 100000000     # or as many as asked for
//! ```
//!
//! The stream of `w0.toml` goes through its four pipelines on one thread, three times; then the
//! stream alone, and each pipeline alone (stream and pipeline, less the stream). Every delivery
//! counts and every pipeline sees all of them: the run stops at the end of the measured period, so
//! that no cheap run-out flatters the figure. Time is CPU time where Linux tells it (`schedstat`),
//! which other processes disturb less, and wall time elsewhere.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use millstream::engine::advance;
use millstream::metrics::{Collector, PipelineResult, StreamMeter};
use millstream::pipelines::{AnyPipeline, Frame};
use millstream::scenario::{Overrides, Pipeline, Scenario, Source, parse};
use millstream::workload::{Block, Stream};

/// Deliveries unless the command line says otherwise.
const DELIVERIES: f64 = 1e7;
/// Runs of each part; the median counts.
const RUNS: usize = 3;
/// Probes of each pipeline, as in a replication.
const PROBES: u32 = 4_096;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What a run took.
#[derive(Clone, Copy)]
struct Cost {
    deliveries: u64,
    wall: Duration,
    /// Of this thread, where the system tells.
    cpu: Option<Duration>,
    /// Largest resident set since the run's start, where the system tells.
    peak_rss: Option<u64>,
}

impl Cost {
    /// Nanoseconds of one core for a delivery.
    fn nanos(&self) -> f64 {
        self.cpu.unwrap_or(self.wall).as_secs_f64() * 1e9 / self.deliveries as f64
    }
}

fn main() -> Outcome<()> {
    // `cargo bench` passes --bench.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted: f64 = wanted.map_or(Ok(DELIVERIES), |number| number.replace('_', "").parse())?;
    let scenario = yardstick(wanted)?;
    let all: Vec<&Pipeline> = scenario.pipelines.iter().collect();
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
    let Source::Poisson { rate, .. } = &scenario.workload.source else { return Err("w0 has no rate".into()) };
    let copies = scenario.workload.duplicates.retry.as_ref().map_or(0.0, |retry| retry.share);
    let millis = (deliveries / (rate.0 * (1.0 + copies)) * 1e3).ceil();
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

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
fn measure(scenario: &Scenario, pipelines: &[&Pipeline]) -> Outcome<Cost> {
    // Linux: forget the largest resident set of what ran before.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let (wall, cpu) = (Instant::now(), cpu_time());
    let deliveries = run(scenario, pipelines)?;
    let cpu = cpu_time().zip(cpu).map(|(after, before)| after - before);
    Ok(Cost { deliveries, wall: wall.elapsed(), cpu, peak_rss: peak_rss() })
}

/// CPU time of this thread: the first number of `schedstat`, nanoseconds.
fn cpu_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// Largest resident set, bytes.
fn peak_rss() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1_024)
}

/// Runs the stream through the pipelines, up to the end of the measured period; gives the number
/// of deliveries.
fn run(scenario: &Scenario, pipelines: &[&Pipeline]) -> Outcome<u64> {
    let measured = scenario.measured(None);
    let frame = Frame::new(scenario.seed, 0, measured, PROBES);
    let mut lanes: Vec<_> = pipelines
        .iter()
        .map(|pipeline| AnyPipeline::new(scenario, pipeline, &frame, |setup| Collector::new(scenario, pipeline, setup)))
        .collect();
    let mut stream = Stream::new(scenario, None, 0).ok_or("w0 has no stream")?;
    let mut meter = StreamMeter::new(measured);
    let (mut block, mut deliveries) = (Block::default(), 0);
    while block.until < measured.to && stream.next(&mut block) {
        deliveries += block.len() as u64;
        if !lanes.is_empty() {
            meter.observe(&block);
        }
        for lane in &mut lanes {
            lane.facts_mut().observe(&block);
            advance(lane, &block);
        }
    }
    let delivered = (meter.first_deliveries, meter.duplicates);
    for mut lane in lanes {
        let (ended, held) = (lane.facts().ended(), lane.held());
        if (ended.0 + held.0, ended.1 + held.1) != delivered {
            return Err("deliveries are not conserved".into());
        }
        let result: PipelineResult = lane.into_facts().finish(delivered.0, delivered.1);
        std::hint::black_box(result);
    }
    Ok(deliveries)
}
