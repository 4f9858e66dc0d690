//! Models against closed forms: queueing theory, the sawtooth of a batch, the fixed-interval
//! micro-batch, watermarks, checkpoints, deduplication.
//!
//! A stochastic measure is compared by the rule of simulation practice: its 95 % confidence
//! interval over replications must be narrow (relative half-width at most 1 %) and must hold the
//! theoretical value. Seeds are fixed, so that a test passes or fails for good; a correct model
//! fails a rule of 95 % for one seed in twenty, and such a seed may be changed for another.

mod batch;
mod continuous;
mod dedup;
mod failures;
mod downstream;
mod enrich;
mod gates;
mod micro_batch;
mod parallel;
mod people;
mod single_server;
mod sinks;
mod tree;

use std::path::Path;

use millstream::experiment::{Estimate, Outcome, PipelineOutcome, run};
use millstream::scenario::{Overrides, parse};

/// Relative half-width that a confidence interval may have at most.
const NARROW: f64 = 0.01;
/// Relative error of a quantile: half a bucket of the histogram, twice where events are held.
const BUCKET: f64 = 1.0 / 256.0;

/// Runs a scenario; the text begins with its top-level keys.
fn outcome(text: &str) -> Outcome {
    let text = format!("title = \"t\"\nquestion = \"q\"\n{text}");
    let scenario = parse("theory", &text, Path::new(""), &Overrides::default());
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    run(&scenario, None, 2, &|_| {}).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The scenario's only pipeline.
fn only(outcome: &Outcome) -> &PipelineOutcome {
    assert_eq!(outcome.pipelines.len(), 1);
    &outcome.pipelines[0]
}

fn value(pipeline: &PipelineOutcome, measure: &str) -> f64 {
    pipeline.get(measure).value.unwrap_or_else(|| panic!("{measure} has no value"))
}

/// Value and half-width of an estimate, the latter narrow.
fn narrow(estimate: Estimate, what: &str) -> (f64, f64) {
    let Estimate { value: Some(value), low: Some(low), high: Some(high) } = estimate else {
        panic!("{what} has no interval: {estimate:?}");
    };
    let half = (high - low) / 2.0;
    assert!(half <= NARROW * value, "{what}: {value} ± {half} is not narrow: {:.2} %", half / value * 100.0);
    (value, half)
}

/// The interval of a measure is narrow and holds the theoretical value.
#[track_caller]
fn agrees(pipeline: &PipelineOutcome, measure: &str, theory: f64) {
    let (value, half) = narrow(pipeline.get(measure), measure);
    assert!((value - theory).abs() <= half, "{measure}: {value} ± {half}, theory {theory}");
}

/// The same for a quantile, whose histogram adds an error of up to half a bucket.
#[track_caller]
fn agrees_to_the_bucket(pipeline: &PipelineOutcome, measure: &str, theory: f64) {
    let (value, half) = narrow(pipeline.get(measure), measure);
    let error = half + theory * BUCKET;
    assert!((value - theory).abs() <= error, "{measure}: {value} ± {error}, theory {theory}");
}

/// A measure that theory gives for every run, to a relative tolerance.
#[track_caller]
fn is_about(pipeline: &PipelineOutcome, measure: &str, theory: f64, tolerance: f64) {
    let value = value(pipeline, measure);
    assert!((value - theory).abs() <= tolerance * theory, "{measure}: {value}, theory {theory}");
}
