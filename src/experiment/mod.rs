//! Replications in parallel, and what they found: estimates with intervals, paired differences,
//! objectives judged.

mod curves;
mod dataflow;
mod estimate;
mod judge;
mod outcome;
mod precision;
mod readers;
mod replication;

pub use estimate::estimate as mean_with_interval;
pub use outcome::*;
pub use precision::{BATCH, Until};
pub use replication::generate;

use std::ops::Range;

use rayon::prelude::*;

use self::estimate::estimate;
use self::replication::{ReplicationResult, Threads};
use crate::error::{Error, Result};
use crate::metrics::{DayResult, MEASURES, PipelineResult, PublishedRows};
use crate::scenario::{Scenario, Source};
use crate::units::{Instant, Span};
use crate::workload::Log;

/// Measures compared between a pipeline and the next.
const COMPARED: [&str; 8] = [
    "latency_s.mean",
    "latency_s.p95",
    "freshness_s.data_age_mean",
    "correctness.completeness_first",
    "correctness.completeness_final",
    "state.working_set_bytes_peak",
    "compute.core_hours",
    "cost.total_per_day",
];

/// Runs all replications of a scenario on `threads` threads (0: one for each core). The result
/// does not depend on how many. `progress` is told simulated microseconds as they pass, from any
/// thread; there are [`work`] of them.
///
/// # Errors
/// [`Error::Model`] for a fault of the program; [`Error::Io`] when temporary files of a large log cannot be used.
pub fn run(scenario: &Scenario, log: Option<&Log>, threads: usize, progress: &(dyn Fn(u64) + Sync)) -> Result<Outcome> {
    run_keeping(scenario, log, threads, false, progress).map(|(outcome, _)| outcome)
}

/// As [`run`]; with `publications` it also gives each publication of a window in the first replication, for each
/// pipeline in the scenario's order, if the job has windows.
///
/// # Errors
/// Those of [`run`], and [`Error::Input`] when there are too many publications to keep.
pub fn run_keeping(
    scenario: &Scenario,
    log: Option<&Log>,
    threads: usize,
    publications: bool,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Outcome, Vec<PublishedRows>)> {
    let how = How { threads, publications, until: None };
    run_as(scenario, log, how, progress)
}

/// What `work` gives for each of `count` places, in their order, on `threads` threads (0: one for each core).
///
/// # Errors
/// The first error that `work` gives, by its place.
pub fn in_parallel<T: Send>(
    threads: usize,
    count: usize,
    work: impl Fn(usize) -> Result<T> + Sync + Send,
) -> Result<Vec<T>> {
    let results: Vec<Result<T>> = pool(threads)?.install(|| (0..count).into_par_iter().map(work).collect());
    results.into_iter().collect()
}

fn pool(threads: usize) -> Result<rayon::ThreadPool> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| Error::Model(format!("no threads: {error}")))
}

/// How to run an experiment.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// Threads; 0: one for each core. The result does not depend on it.
    pub threads: usize,
    /// Whether to keep each publication of a window in the first replication.
    pub publications: bool,
    /// Until when to go on with further replications; `None`: as many as the scenario says.
    pub until: Option<Until>,
}

/// As [`run_keeping`], in the way that is asked for.
///
/// # Errors
/// Those of [`run_keeping`].
pub fn run_as(
    scenario: &Scenario,
    log: Option<&Log>,
    how: How,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Outcome, Vec<PublishedRows>)> {
    let mut scenario = scenario.clone();
    if let Some(log) = log {
        fit_to_log(&mut scenario, log);
    }
    let pool = pool(how.threads)?;
    let told = told(&scenario, log);
    let mut results: Vec<ReplicationResult> = Vec::new();
    let outcome = loop {
        let from = results.len() as u32;
        let to = how.until.map_or(scenario.replications, |until| until.next(from, scenario.replications));
        let run = |threads, replication| {
            replication::run(&scenario, log, replication, how.publications && replication == 0, threads, progress)
        };
        let more = |threads, replications: Range<u32>| -> Result<Vec<ReplicationResult>> {
            pool.install(|| replications.into_par_iter().map(|replication| run(threads, replication)).collect())
        };
        // One thread for each replication, as long as all have one; the rest share them.
        let shared = to - (to - from) % pool.current_num_threads() as u32;
        results.extend(more(Threads::One, from..shared)?);
        results.extend(more(Threads::All, shared..to)?);
        scenario.replications = to;
        let mut outcome = outcome(scenario.clone(), &told, &results);
        let Some(until) = how.until else { break outcome };
        let precision = until.precision(&outcome);
        let is_over = precision.reached || to >= until.most;
        outcome.precision = Some(precision);
        if is_over {
            break outcome;
        }
    };
    let first = results.first_mut().map(|first| first.pipelines.iter_mut()).into_iter().flatten();
    Ok((outcome, first.filter_map(|pipeline| pipeline.publications.take()).collect()))
}

/// Simulated microseconds that [`run`] will report, about.
#[must_use]
pub fn work(scenario: &Scenario, log: Option<&Log>) -> u64 {
    let mut scenario = scenario.clone();
    if let Some(log) = log {
        fit_to_log(&mut scenario, log);
    }
    let measured = scenario.measured(log.map(|log| log.end_after(scenario.start)));
    measured.to.0.unsigned_abs() * u64::from(scenario.replications)
}

/// A log brings its own start; one that is given on the command line for another scenario is measured
/// whole.
fn fit_to_log(scenario: &mut Scenario, log: &Log) {
    let start = log.origin(scenario.start);
    let end = log.end_after(start);
    let foreign =
        start != scenario.start || scenario.duration.is_some_and(|length| end < Instant(0) + scenario.warmup + length);
    if foreign && scenario.log_is_foreign {
        scenario.warmup = Span::ZERO;
        scenario.duration = None;
    }
    scenario.start = start;
}

fn outcome(scenario: Scenario, told: &Told, results: &[ReplicationResult]) -> Outcome {
    let pipelines: Vec<PipelineOutcome> =
        (0..scenario.pipelines.len()).map(|place| pipeline_outcome(&scenario, results, place)).collect();
    Outcome {
        start: scenario.start,
        measured_s: results.first().map_or(Span::ZERO, |result| result.measured.length()).as_secs_f64(),
        workload: workload_outcome(&scenario, told, results),
        differences: differences(&scenario, results),
        slice: slice(&scenario, results),
        objectives: judge::verdicts(&scenario, results, &pipelines),
        precision: None,
        simulated_deliveries: results.iter().map(|result| result.stream.simulated).sum(),
        pipelines,
        scenario,
    }
}

/// An estimate of what `value` gives for each replication.
fn over(results: &[ReplicationResult], value: impl Fn(&ReplicationResult) -> Option<f64>) -> Estimate {
    estimate(&results.iter().map(value).collect::<Vec<_>>())
}

fn workload_outcome(scenario: &Scenario, stream: &Told, results: &[ReplicationResult]) -> WorkloadOutcome {
    let sample = f64::from(scenario.workload.sample);
    let count =
        |of: fn(&crate::metrics::StreamMeter) -> u64| over(results, |result| Some(of(&result.stream) as f64 * sample));
    WorkloadOutcome {
        events: count(|stream| stream.events),
        deliveries: count(|stream| stream.first_deliveries + stream.duplicates),
        duplicate_deliveries: count(|stream| stream.duplicates),
        out_of_order_deliveries: count(|stream| stream.out_of_order),
        delay_s: std::array::from_fn(|place| over(results, |result| result.stream.delays()[place])),
        lost: count(|stream| stream.lost),
        sessions: stream.sessions.then(|| count(|stream| stream.sessions)),
        types: types(scenario, results, &stream.types),
    }
}

/// What there was of each type: in the scenario's order, then in that of the log.
fn types(scenario: &Scenario, results: &[ReplicationResult], names: &[String]) -> Vec<TypeOutcome> {
    let sample = f64::from(scenario.workload.sample);
    let place = |name: &String| scenario.workload.types.iter().position(|of| of.name == *name).unwrap_or(usize::MAX);
    let mut places: Vec<usize> = (0..names.len()).collect();
    places.sort_by_key(|at| place(&names[*at]));
    let of = |at: usize| TypeOutcome {
        name: names[at].clone(),
        events: over(results, |result| Some(result.stream.types[at].0 as f64 * sample)),
        deliveries: over(results, |result| Some(result.stream.types[at].1 as f64 * sample)),
    };
    places.into_iter().map(of).collect()
}

/// What a stream can tell of its events.
struct Told {
    sessions: bool,
    types: Vec<String>,
}

fn told(scenario: &Scenario, log: Option<&Log>) -> Told {
    let workload = &scenario.workload;
    match log {
        Some(log) => Told { sessions: log.has_sessions(), types: log.kinds().to_vec() },
        None => Told {
            sessions: workload.sessions.is_some(),
            types: workload.types.iter().map(|of| of.name.clone()).collect(),
        },
    }
}

fn pipeline_outcome(scenario: &Scenario, results: &[ReplicationResult], place: usize) -> PipelineOutcome {
    let pipeline = &scenario.pipelines[place];
    let measured = results.first().map(|result| result.measured);
    let of_pipeline: Vec<_> = results.iter().map(|result| &result.pipelines[place]).collect();
    PipelineOutcome {
        name: pipeline.name.clone(),
        model: pipeline.model.name(),
        measures: (0..MEASURES.len())
            .map(|measure| over(results, |result| result.pipelines[place].measures[measure].1))
            .collect(),
        load_by_hour: std::array::from_fn(|hour| {
            over(results, |result| Some(result.pipelines[place].load_by_hour[hour]))
        }),
        curves: measured.map_or_else(Curves::default, |measured| curves::curves(&of_pipeline, measured)),
        days: days(scenario, &of_pipeline),
        funnel: funnel(scenario, results, place),
    }
}

/// How many attempts have come to each step of the funnel.
fn funnel(scenario: &Scenario, results: &[ReplicationResult], place: usize) -> Vec<StepOutcome> {
    let steps = scenario.job.funnel.iter().flat_map(|funnel| funnel.steps.iter().enumerate());
    let count = |step: usize, of: fn(&(u64, u64)) -> u64| {
        over(results, |result| result.pipelines[place].funnel.get(step).map(|counts| of(counts) as f64))
    };
    let outcome = |(step, name): (usize, &String)| StepOutcome {
        name: name.clone(),
        shown: count(step, |counts| counts.1),
        truth: count(step, |counts| counts.0),
    };
    steps.map(outcome).collect()
}

/// The days of each replication; a log has the same ones in all.
fn days(scenario: &Scenario, results: &[&PipelineResult]) -> Vec<(u32, DayResult)> {
    let replayed = matches!(scenario.workload.source, Source::Trace(_));
    let kept = if replayed { 1 } else { results.len() };
    (0..)
        .zip(results.iter().take(kept))
        .flat_map(|(replication, result)| result.days.iter().map(move |day| (replication, day.clone())))
        .collect()
}

/// From each pipeline to the next. Both saw the same deliveries, so that the difference is taken
/// within each replication and its interval is narrower than those of the two values.
fn differences(scenario: &Scenario, results: &[ReplicationResult]) -> Vec<Difference> {
    let value = |result: &ReplicationResult, place: usize, measure: usize| result.pipelines[place].measures[measure].1;
    let pairs = scenario.pipelines.windows(2).enumerate();
    pairs
        .flat_map(|(place, pair)| {
            COMPARED.iter().filter_map(move |path| {
                let measure = MEASURES.iter().position(|measure| measure.path == *path)?;
                let change =
                    over(results, |result| Some(value(result, place + 1, measure)? - value(result, place, measure)?));
                Some(Difference { from: pair[0].name.clone(), to: pair[1].name.clone(), measure: path, change })
            })
        })
        .collect()
}

/// The slice that was recorded.
fn slice(scenario: &Scenario, results: &[ReplicationResult]) -> Option<SliceOutcome> {
    let pipelines = scenario.pipelines.iter().zip(&results.first()?.pipelines);
    let mut found = pipelines.filter_map(|(pipeline, result)| {
        Some(SliceOutcome { pipeline: pipeline.name.clone(), slice: result.slice.clone()? })
    });
    found.next()
}
