//! Checks `job.funnel`.

use super::bounds::MILLISECOND;
use crate::scenario::file::FunnelFile;
use crate::scenario::findings::Findings;
use crate::scenario::model::{Batch, Funnel, Job, LateRows, Model, Pipeline, Source, Workload};
use crate::scenario::path::Path;
use crate::units::{Instant, MINUTE, Span, UtcInstant};

/// Steps at most.
const MOST_STEPS: usize = 16;
/// Runs of a batch that read the same row, at most.
const MOST_READ: f64 = 1_000.0;
/// Rows that a funnel may hold at once, as they are expected: some 60 bytes each.
const MOST_HELD: f64 = 1e7;

/// Its own keys.
pub(super) fn funnel(file: &FunnelFile, path: &Path, findings: &mut Findings) -> Funnel {
    let steps_path = path.key("steps");
    let steps = findings.required(&steps_path, file.steps.clone(), "steps = [\"view\", \"purchase\"]");
    let steps = steps.unwrap_or_default();
    if file.steps.is_some() && !(2..=MOST_STEPS).contains(&steps.len()) {
        let what = format!("a funnel has 2 to {MOST_STEPS} steps, not {}", steps.len());
        findings.at(&steps_path, what, "write the types of events in the order in which they are to come");
    }
    let within_path = path.key("within");
    let within = findings.required(&within_path, file.within, "within = \"30m\"");
    let within = findings.interval(&within_path, within.or(Some(Span(MINUTE))), MILLISECOND);
    Funnel { steps, within: findings.whole_millis(&within_path, Some(within), MILLISECOND) }
}

/// What it asks of the rest of the scenario.
pub(super) fn around(
    job: &Job,
    workload: &Workload,
    (start, duration): (UtcInstant, Option<Span>),
    pipelines: &[Pipeline],
    top: &Path,
    findings: &mut Findings,
) {
    let Some(funnel) = &job.funnel else { return };
    let path = top.key("job").key("funnel");
    if job.window.is_some() {
        let what = "`window` and `funnel` exclude each other: a job publishes the one or the other";
        findings.at(&path, what, "remove one of them");
    }
    if workload.sample > 1 {
        let what = "one in so many event ids does not tell what a user did next";
        findings.at(&path, what, "remove `workload.sample`");
    }
    types(funnel, workload, &path, findings);
    let within = path.key("within");
    if let Some(duration) = duration.filter(|duration| funnel.within >= *duration) {
        let what =
            format!("no attempt is measured: {} is as long as the measured {duration}, or longer", funnel.within);
        findings.at(&within, what, "write less than `duration`");
    }
    for (place, pipeline) in pipelines.iter().enumerate() {
        let path = top.key("pipelines").index(place);
        let lateness = match &pipeline.model {
            Model::Continuous(job) => job.allowed_lateness,
            _ => Span::ZERO,
        };
        if lateness > Span::ZERO && findings.tree.get(&path.key("allowed_lateness")).is_some() {
            let what = "Flink's pattern matching has no allowed lateness: what the watermark has passed is dropped";
            findings.at(&path.key("allowed_lateness"), what, "remove it, or give the watermark a larger bound");
        }
        held(funnel, workload, start, pipeline, &within, findings);
    }
}

/// Steps are types that events have.
fn types(funnel: &Funnel, workload: &Workload, path: &Path, findings: &mut Findings) {
    // Those of a log are known when it is read.
    if matches!(workload.source, Source::Trace(_)) {
        return;
    }
    if workload.types.is_empty() {
        findings.at(path, "the events have no types", "name them in `workload.types`, or remove the funnel");
        return;
    }
    let names: Vec<&str> = workload.types.iter().map(|of| of.name.as_str()).collect();
    for (place, step) in funnel.steps.iter().enumerate() {
        if !names.contains(&step.as_str()) {
            let what = format!("\"{step}\" is no type of event");
            findings.at(&path.key("steps").index(place), what, format!("write one of: {}", names.join(", ")));
        }
    }
}

/// Rows of the funnel are held one by one until the watermark, or a run, is past them.
fn held(
    funnel: &Funnel,
    workload: &Workload,
    start: UtcInstant,
    pipeline: &Pipeline,
    path: &Path,
    findings: &mut Findings,
) {
    if let Model::Batch(batch) = &pipeline.model
        && batch.every > Span::ZERO
        && reach(batch, funnel) / batch.every.as_secs_f64() > MOST_READ
    {
        let runs = reach(batch, funnel) / batch.every.as_secs_f64();
        let what = format!("{runs:.0} runs of the pipeline {} would read the same row", pipeline.name);
        findings.at(
            path,
            what,
            format!("stay at or below {MOST_READ}: a shorter time or lookback, or a longer period"),
        );
    }
    let Source::Poisson(rates) = &workload.source else { return };
    let (peak, _) = rates.peak_and_total(Instant(0) + rates.trend_for, start.epoch());
    let time = match &pipeline.model {
        Model::Batch(batch) => batch.every.as_secs_f64() + batch.start_after.as_secs_f64() + reach(batch, funnel),
        Model::MicroBatch(batch) => batch.trigger.as_secs_f64() + funnel.within.as_secs_f64(),
        Model::Continuous(job) => job.watermark_bound.as_secs_f64() + funnel.within.as_secs_f64(),
    };
    let rows = peak * time;
    // What is not a number is too much.
    if rows.is_nan() || rows > MOST_HELD {
        let what = format!(
            "the pipeline {} would hold about {rows:.1e} rows of the funnel at once ({peak:.3e}/s for {time:.0} s)",
            pipeline.name
        );
        findings.at(path, what, format!("stay at or below {MOST_HELD:.0e}: lower the rate, `within`, or the period"));
    }
}

fn reach(batch: &Batch, funnel: &Funnel) -> f64 {
    let back = match batch.late {
        LateRows::Lookback { periods } => batch.every.as_secs_f64() * f64::from(periods),
        LateRows::Drop | LateRows::NextRun => 0.0,
    };
    back.max(funnel.within.as_secs_f64())
}
