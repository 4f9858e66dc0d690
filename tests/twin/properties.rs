//! What must hold in every scenario, whatever the numbers are.

use millstream::experiment::{self, Outcome};
use millstream::random::Distribution;
use millstream::scenario::{
    Batch, Continuous, Dedup, Dispatch, Guarantee, LateRows, MicroBatch, Model, PartitionBy, Scenario,
};
use millstream::units::{Rate, Span};

use crate::input::read;
use crate::random::each;
use crate::scenarios::{self, Case};

fn run(scenario: &Scenario) -> Outcome {
    experiment::run(scenario, None, 1, &|_| {}).expect("the engine conserves deliveries")
}

fn value(outcome: &Outcome, path: &str) -> Option<f64> {
    outcome.pipelines[0].get(path).value
}

fn count(outcome: &Outcome, name: &str) -> f64 {
    value(outcome, &format!("accounting.{name}")).expect("counts always have a value")
}

/// Fails unless `smaller` is at most `larger`, but for rounding.
fn ordered(what: &str, smaller: Option<f64>, larger: Option<f64>) -> Result<(), String> {
    match (smaller, larger) {
        (Some(smaller), Some(larger)) if smaller > larger + 1e-9 * larger.abs() + 1e-12 => {
            Err(format!("{what}: {smaller} is not at most {larger}"))
        }
        _ => Ok(()),
    }
}

/// The scenario with its model changed.
fn with<M>(scenario: &Scenario, of: fn(&mut Model) -> Option<&mut M>, change: impl FnOnce(&mut M)) -> Scenario {
    let mut scenario = scenario.clone();
    change(of(&mut scenario.pipelines[0].model).expect("the case is of this model"));
    scenario
}

fn batch(model: &mut Model) -> Option<&mut Batch> {
    if let Model::Batch(batch) = model { Some(batch) } else { None }
}

fn micro_batch(model: &mut Model) -> Option<&mut MicroBatch> {
    if let Model::MicroBatch(micro_batch) = model { Some(micro_batch) } else { None }
}

fn continuous(model: &mut Model) -> Option<&mut Continuous> {
    if let Model::Continuous(continuous) = model { Some(continuous) } else { None }
}

/// The second scenario, which is at least as patient, drops no more. Nothing is said where their
/// streams were cut at different instants.
fn drops_no_more(scenario: &Scenario, patient: &Scenario) -> Result<(), String> {
    let (hasty, patient) = (run(scenario), run(patient));
    let all = |outcome: &Outcome| (count(outcome, "events"), outcome.workload.deliveries.value);
    if all(&hasty) != all(&patient) {
        return Ok(());
    }
    ordered("late_dropped", Some(count(&patient, "late_dropped")), Some(count(&hasty, "late_dropped")))
}

/// Bins, shares and quantiles of one run.
fn sound(case: &Case) -> Result<(), String> {
    let scenario = read(&case.0);
    sound_outcome(&scenario, &run(&scenario))
}

/// The same for a run.
pub fn sound_outcome(scenario: &Scenario, outcome: &Outcome) -> Result<(), String> {
    let sum = |names: &[&str]| names.iter().map(|name| count(outcome, name)).sum::<f64>();
    let events = sum(&["on_time", "late_included", "late_dropped", "lost", "pending"]);
    let bins = ["removed", "leaked", "late_dropped", "lost", "pending"].map(|bin| format!("duplicates_{bin}"));
    let duplicates = sum(&bins.each_ref().map(String::as_str));
    if events != count(outcome, "events") || Some(duplicates) != outcome.workload.duplicate_deliveries.value {
        return Err(format!("{events} events and {duplicates} duplicates are in bins"));
    }
    let lost = outcome.workload.lost.value.unwrap_or(0.0);
    if Some(events - lost + duplicates) != outcome.workload.deliveries.value {
        return Err(format!("{:?} deliveries", outcome.workload.deliveries));
    }
    if scenario.pipelines[0].dedup.is_none() && count(outcome, "duplicates_removed") > 0.0 {
        return Err("duplicates are removed without dedup".to_owned());
    }
    let rising = [
        ["correctness.completeness_first", "correctness.completeness_final"].as_slice(),
        &["latency_s.p50", "latency_s.p90", "latency_s.p95", "latency_s.p99", "latency_s.p999", "latency_s.max"],
        &["latency_s.mean", "latency_s.max"],
        &["landing_s.p50", "landing_s.p95", "landing_s.max"],
        &["freshness_s.data_age_p95", "freshness_s.data_age_max"],
        &["freshness_s.data_age_mean", "freshness_s.data_age_max"],
        &["state.state_bytes_peak", "state.working_set_bytes_peak"],
    ];
    for paths in rising {
        for pair in paths.windows(2) {
            // A p95 may lie above the exact maximum by half a bucket of the histogram.
            let larger = value(outcome, pair[1]).map(|value| value * 1.004 + 1e-6);
            ordered(&format!("{} and {}", pair[0], pair[1]), value(outcome, pair[0]), larger)?;
        }
    }
    for share in ["correctness.completeness_final", "compute.utilisation"] {
        ordered(share, value(outcome, share), Some(1.0).filter(|_| scenario.pipelines[0].cores >= 1.0))?;
    }
    let stages = ["network", "wait", "compute", "window", "commit"];
    let stages: Option<f64> = stages.iter().map(|stage| value(outcome, &format!("stages_s.{stage}"))).sum();
    let mean = value(outcome, "latency_s.mean");
    match (stages, mean) {
        (Some(stages), Some(mean)) if (stages - mean).abs() > 1e-9 * mean.abs() + 1e-12 => {
            Err(format!("stages add up to {stages}, the mean latency is {mean}"))
        }
        (stages, mean) if stages.is_some() != mean.is_some() => Err("stages without a latency".to_owned()),
        _ => Ok(()),
    }
}

#[test]
fn every_batch_is_sound() {
    each(100, scenarios::batch(), sound);
}

#[test]
fn every_micro_batch_is_sound() {
    each(100, scenarios::micro_batch(), sound);
}

#[test]
fn every_continuous_job_is_sound() {
    each(100, scenarios::continuous(), sound);
}

/// With at most one duplicate of each id. (With more, another copy may begin the entry anew.)
fn longer_ttl(case: &Case) -> Result<(), String> {
    let mut scenario = read(&case.0);
    if scenario.workload.duplicates.retry.is_some() {
        scenario.workload.duplicates.repeat = None;
    }
    let Some(Dedup::Ttl(ttl)) = scenario.job.dedup else { return Ok(()) };
    scenario.pipelines[0].dedup = Some(Dedup::Ttl(ttl));
    let mut longer = scenario.clone();
    longer.pipelines[0].dedup = Some(Dedup::Ttl(Span(ttl.0.saturating_mul(4).min(1 << 50))));
    let (shorter, longer) = (run(&scenario), run(&longer));
    let leaked = |outcome| Some(count(outcome, "duplicates_leaked"));
    let removed = |outcome| Some(count(outcome, "duplicates_removed"));
    ordered("leaked", leaked(&longer), leaked(&shorter))?;
    ordered("removed", removed(&shorter), removed(&longer))?;
    ordered("ids", value(&shorter, "state.dedup_ids_peak"), value(&longer, "state.dedup_ids_peak"))?;
    // Nothing else may change.
    ordered("events", Some(count(&shorter, "late_dropped")), Some(count(&longer, "late_dropped")))?;
    ordered("events", Some(count(&longer, "late_dropped")), Some(count(&shorter, "late_dropped")))
}

#[test]
fn a_longer_ttl_never_leaks_more_duplicates() {
    each(60, scenarios::micro_batch(), longer_ttl);
    each(60, scenarios::continuous(), longer_ttl);
    each(20, scenarios::batch(), longer_ttl);
}

#[test]
fn patience_never_drops_more() {
    each(80, scenarios::continuous(), |case| {
        let scenario = read(&case.0);
        let later = |span: &mut Span| *span = Span(span.0 * 2 + 5_000_000);
        drops_no_more(&scenario, &with(&scenario, continuous, |model| later(&mut model.allowed_lateness)))?;
        drops_no_more(&scenario, &with(&scenario, continuous, |model| later(&mut model.watermark_bound)))
    });
    each(80, scenarios::micro_batch(), |case| {
        // Batches that overrun would start at other times.
        let scenario = with(&read(&case.0), micro_batch, |model| {
            model.run_time.overhead = Distribution::Constant(0.0);
            model.run_time.throughput = Rate(1e12);
        });
        let patient = with(&scenario, micro_batch, |model| {
            model.watermark_delay = Span(model.watermark_delay.0 * 2 + 5_000_000);
        });
        drops_no_more(&scenario, &patient)
    });
    each(80, scenarios::batch(), |case| {
        let scenario = with(&read(&case.0), batch, |model| {
            model.partition_by = PartitionBy::EventTime;
            model.late = LateRows::Drop;
        });
        let lookback = |periods| with(&scenario, batch, |model| model.late = LateRows::Lookback { periods });
        drops_no_more(&scenario, &lookback(1))?;
        drops_no_more(&lookback(1), &lookback(4))?;
        let next_run = with(&scenario, batch, |model| model.late = LateRows::NextRun);
        if count(&run(&next_run), "late_dropped") > 0.0 {
            return Err("the next run reads late rows, but some are dropped".to_owned());
        }
        let later = with(&scenario, batch, |model| model.start_after = model.start_after + Span(model.every.0 / 3));
        drops_no_more(&scenario, &later)
    });
}

/// The second scenario, which has more of something, is not slower. Nothing is said where not all
/// events are included in both.
fn not_slower(scenario: &Scenario, faster: &Scenario) -> Result<(), String> {
    let (slow, fast) = (run(scenario), run(faster));
    let included = |outcome: &Outcome| count(outcome, "on_time") + count(outcome, "late_included");
    if included(&slow) != count(&slow, "events") || included(&fast) != included(&slow) {
        return Ok(());
    }
    for path in ["latency_s.mean", "latency_s.max", "stages_s.wait"] {
        ordered(path, value(&fast, path), value(&slow, path))?;
    }
    Ok(())
}

#[test]
fn more_power_is_never_slower() {
    // By arrival, so that a run that starts later reads no more rows.
    each(60, scenarios::batch(), |case| {
        let scenario = with(&read(&case.0), batch, |model| {
            (model.partition_by, model.late) = (PartitionBy::Arrival, LateRows::Drop);
        });
        let faster =
            with(&scenario, batch, |model| model.run_time.throughput = Rate(model.run_time.throughput.0 * 3.0));
        not_slower(&scenario, &faster)
    });
    each(60, scenarios::continuous(), |case| {
        let mut scenario = with(&read(&case.0), continuous, |model| model.dispatch = Dispatch::Any);
        scenario.job.window = None;
        let more = with(&scenario, continuous, |model| model.parallelism += 2);
        not_slower(&scenario, &more)?;
        let at_least_once = with(&scenario, continuous, |model| model.guarantee = Guarantee::AtLeastOnce);
        not_slower(&scenario, &at_least_once)
    });
}
