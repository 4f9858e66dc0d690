//! What benchmarks share: a stream through pipelines, and what it took.

use std::error::Error;
use std::fs;
use std::time::{Duration, Instant};

use millstream::engine::advance;
use millstream::metrics::{Collector, PipelineResult, StreamMeter};
use millstream::pipelines::{AnyPipeline, Frame};
use millstream::scenario::{Pipeline, Scenario};
use millstream::workload::{Block, Stream};

/// Probes of each pipeline, as in a replication.
const PROBES: u32 = 4_096;

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// What a run took.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "not every benchmark looks at all of it")]
pub struct Cost {
    pub deliveries: u64,
    pub wall: Duration,
    /// Of this thread, where the system tells.
    pub cpu: Option<Duration>,
    /// Largest resident set since the run's start, where the system tells.
    pub peak_rss: Option<u64>,
}

impl Cost {
    /// Nanoseconds of one core for a delivery.
    #[allow(dead_code, reason = "one benchmark counts instructions")]
    pub fn nanos(&self) -> f64 {
        self.cpu.unwrap_or(self.wall).as_secs_f64() * 1e9 / self.deliveries as f64
    }
}

/// Measures a run; every delivery of the stream counts.
pub fn measure(scenario: &Scenario, pipelines: &[&Pipeline]) -> Outcome<Cost> {
    timed(|| run(scenario, pipelines))
}

/// Measures work that gives its number of deliveries.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
pub fn timed(work: impl FnOnce() -> Outcome<u64>) -> Outcome<Cost> {
    // Linux: forget the largest resident set of what ran before.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let (wall, cpu) = (Instant::now(), cpu_time());
    let deliveries = work()?;
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
    // As in a run: the pipeline that is most like a stream is recorded for a figure.
    let recorded = scenario.most_like_a_stream().and_then(|place| scenario.pipelines.get(place));
    for (lane, pipeline) in lanes.iter_mut().zip(pipelines) {
        if recorded.is_some_and(|recorded| recorded.name == pipeline.name) {
            lane.facts_mut().keep_slice(scenario);
        }
    }
    let mut stream = Stream::new(scenario, None, 0)?;
    let mut meter = StreamMeter::new(measured, scenario.workload.types.len());
    let (mut block, mut deliveries) = (Block::default(), 0);
    while block.until < measured.to && stream.next(&mut block)? {
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
        let result: PipelineResult = lane.into_facts().finish(&meter);
        std::hint::black_box(result);
    }
    Ok(deliveries)
}
