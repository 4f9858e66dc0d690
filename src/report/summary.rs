//! `summary.json`: every measure of an outcome as a value with its interval.

use serde_json::{Map, Value, json};

use crate::experiment::{BudgetOf, Difference, Estimate, Outcome, PipelineOutcome, Precision, TypeOutcome, Verdict};
use crate::metrics::MEASURES;
use crate::scenario::{Of, Target};
use crate::units::Span;

/// The schema of the summary.
pub const SCHEMA: &str = "millstream/summary/1";

/// The summary of an outcome. Numbers that are not finite become null.
#[must_use]
pub fn summary(outcome: &Outcome) -> Value {
    let scenario = &outcome.scenario;
    json!({
        "schema": SCHEMA,
        "scenario": {
            "name": scenario.name,
            "title": scenario.title,
            "question": scenario.question,
            "changes": scenario.changes,
            "start": outcome.start.to_string(),
            "warmup_s": scenario.warmup.as_secs_f64(),
            "duration_s": outcome.measured_s,
        },
        "run": {
            "seed": scenario.seed,
            "replications": scenario.replications,
            "version": env!("CARGO_PKG_VERSION"),
            "simulated_deliveries": outcome.simulated_deliveries,
            "precision": outcome.precision.as_ref().map(precision),
        },
        "workload": workload(outcome),
        "pipelines": outcome.pipelines.iter().map(pipeline).collect::<Vec<_>>(),
        "differences": outcome.differences.iter().map(difference).collect::<Vec<_>>(),
        "objectives": outcome.objectives.iter().map(|verdict| objective(outcome, verdict)).collect::<Vec<_>>(),
        "recommendation": null,
    })
}

fn estimate(estimate: &Estimate) -> Value {
    json!({ "value": estimate.value, "low": estimate.low, "high": estimate.high })
}

fn workload(outcome: &Outcome) -> Value {
    let stream = &outcome.workload;
    let [p50, p95, p99, max] = stream.delay_s.each_ref().map(estimate);
    json!({
        "events": estimate(&stream.events),
        "deliveries": estimate(&stream.deliveries),
        "duplicate_deliveries": estimate(&stream.duplicate_deliveries),
        "out_of_order_deliveries": estimate(&stream.out_of_order_deliveries),
        "delay_s": { "p50": p50, "p95": p95, "p99": p99, "max": max },
        "lost_events": estimate(&stream.lost),
        "sessions": stream.sessions.as_ref().map(estimate),
        "types": stream.types.iter().map(of_type).collect::<Vec<_>>(),
        "sample": outcome.scenario.workload.sample,
    })
}

fn of_type(of: &TypeOutcome) -> Value {
    json!({ "name": of.name, "events": estimate(&of.events), "deliveries": estimate(&of.deliveries) })
}

fn pipeline(pipeline: &PipelineOutcome) -> Value {
    let mut out = Map::new();
    out.insert("name".into(), json!(pipeline.name));
    out.insert("model".into(), json!(pipeline.model));
    for (measure, found) in MEASURES.iter().zip(&pipeline.measures) {
        insert(&mut out, measure.path, estimate(found));
    }
    let steps = pipeline
        .funnel
        .iter()
        .map(|step| json!({ "name": step.name, "shown": estimate(&step.shown), "truth": estimate(&step.truth) }));
    insert(&mut out, "funnel.steps", steps.collect());
    insert(&mut out, "compute.load_by_hour", pipeline.load_by_hour.iter().map(estimate).collect());
    Value::Object(out)
}

/// Puts a value at a path of keys separated by dots.
fn insert(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((group, rest)) => {
            let inner = object.entry(group).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

fn difference(difference: &Difference) -> Value {
    let Estimate { value, low, high } = difference.change;
    json!({
        "from": difference.from, "to": difference.to, "measure": difference.measure,
        "value": value, "low": low, "high": high,
    })
}

fn objective(outcome: &Outcome, verdict: &Verdict) -> Value {
    let asked = outcome.scenario.objectives.get(verdict.objective);
    let target = asked.map(|objective| match objective.target {
        Target::AtMost(bound) => json!({ "at_most": bound }),
        Target::AtLeast(bound) => json!({ "at_least": bound }),
    });
    let Estimate { value, low, high } = verdict.value;
    json!({
        "name": asked.map(|objective| &objective.name),
        "pipeline": verdict.pipeline,
        "measure": asked.map(|objective| &objective.measure),
        "target": target,
        "share_of_days": asked.and_then(|objective| match objective.of {
            Of::Days { share, .. } => Some(share),
            _ => None,
        }),
        "by_s": asked.and_then(|objective| match objective.of {
            Of::Days { by, .. } => by.map(Span::as_secs_f64),
            _ => None,
        }),
        "share_of_events": asked.and_then(|objective| match objective.of {
            Of::Events { share } => Some(share),
            _ => None,
        }),
        "days": verdict.days.map(|(good, total)| json!({ "good": good, "total": total })),
        "value": value, "low": low, "high": high,
        "met": verdict.met,
        "budget_left": verdict.budget_left.map(|budget| {
            let of = match budget.of {
                BudgetOf::Events => "events",
                BudgetOf::Days => "days",
                BudgetOf::Bound => "bound",
            };
            let Estimate { value, low, high } = budget.left;
            json!({ "of": of, "value": value, "low": low, "high": high })
        }),
    })
}

fn precision(precision: &Precision) -> Value {
    json!({
        "asked": precision.asked,
        "reached": precision.reached,
        "widest": precision.widest.as_ref().map(|widest| {
            json!({ "pipeline": widest.pipeline, "measure": widest.measure, "half": widest.half })
        }),
    })
}
