//! A plan as `summary.json` and as a table of all candidates.

use std::path::Path;

use serde_json::{Value, json};

use super::{HEADROOM, Report, SCHEMA, TOLD, span, words};
use crate::decide::plan::{Finding, Judgement, Knob};
use crate::error::Result;
use crate::experiment::Estimate;
use crate::metrics::Unit;
use crate::report::{files, view};
use crate::scenario::{Model, Objective};
use crate::tabular::{Table, Values};

const GIB: f64 = 1_073_741_824.0;

impl Report<'_> {
    /// `summary.json`.
    #[must_use]
    pub fn summary(&self) -> Value {
        let plan = self.plan;
        let finding = |finding: &Finding| {
            let judgement = |(objective, judgement): (&Objective, &Judgement)| {
                let Estimate { value, low, high } = judgement.value;
                json!({
                    "name": objective.name, "asked": judgement.asked, "value": value, "low": low, "high": high, "good": judgement.good,
                    "met": judgement.met, "days": judgement.days.map(|(good, total)| [good, total]),
                    "miss": judgement.miss,
                })
            };
            let measures: serde_json::Map<String, Value> = TOLD
                .iter()
                .chain(&["value.per_day", "value.net_per_day"])
                .map(|path| {
                    let Estimate { value, low, high } = finding.found.get(path);
                    ((*path).to_owned(), json!({ "value": value, "low": low, "high": high }))
                })
                .collect();
            json!({
                "model": finding.candidate.pipeline.model.name(), "pipeline": finding.candidate.pipeline.name,
                "words": words(finding), "set": self.settings(finding),
                "feasible": finding.is_feasible(), "proven": finding.is_proven(), "confirmed": finding.confirmed,
                "objectives": self.objectives().iter().zip(&finding.judgements).map(judgement).collect::<Vec<_>>(),
                "memory_limit_gib": memory_limit(finding), "measures": measures,
            })
        };
        let build = plan.build.and_then(|place| plan.best.get(place));
        json!({
            "schema": SCHEMA,
            "scenario": { "name": plan.scenario.name, "title": plan.scenario.title },
            "run": {
                "seed": plan.scenario.seed, "replications": plan.scenario.replications,
                "version": env!("CARGO_PKG_VERSION"), "candidates": plan.tried.len(),
            },
            "build": build.map(finding),
            "simpler": plan.simpler.as_ref().map(finding),
            "faster": plan.faster().map(finding),
            "best": plan.best.iter().map(finding).collect::<Vec<_>>(),
            "conflicts": plan.conflicts.iter().map(|conflict| {
                let name = |place: &usize| self.objectives().get(*place).map(|objective| objective.name.clone());
                conflict.objectives.iter().map(name).collect::<Vec<_>>()
            }).collect::<Vec<_>>(),
            "answer": self.sentences(),
        })
    }

    /// Writes the agreement on what to build into the folder of the report; nothing when nothing meets all objectives.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_agreement(&self, folder: &Path) -> Result<()> {
        let Some(build) = self.plan.build.and_then(|place| self.plan.best.get(place)) else { return Ok(()) };
        let age = build.found.get("freshness_s.data_age_max").value;
        files::write_agreement(folder, &self.plan.scenario, &[(build.candidate.pipeline.name.as_str(), age)])
    }

    /// The memory to provide, and the limit to set for it.
    pub(super) fn memory(finding: &Finding) -> String {
        let peak = finding.found.get("state.working_set_bytes_peak").value.map(|bytes| bytes * HEADROOM);
        let limit = memory_limit(finding).map(|gib| format!("; memory_limit = \"{gib} GiB\""));
        view::optional(Unit::Bytes, peak) + &limit.unwrap_or_default()
    }

    /// What `--set` takes to make the scenario's pipeline this one.
    pub(super) fn settings(&self, finding: &Finding) -> Vec<String> {
        let candidate = &finding.candidate;
        let base = candidate.base;
        let mut set: Vec<String> = candidate
            .turned
            .iter()
            .map(|(knob, value)| match knob {
                Knob::Ttl => format!("job.dedup.ttl={}", span(*value)),
                Knob::Lookback | Knob::Workers => format!("pipelines[{base}].{}={value}", knob.path()),
                _ => format!("pipelines[{base}].{}={}", knob.path(), span(*value)),
            })
            .collect();
        if let Model::Batch(batch) = &candidate.pipeline.model {
            set.push(format!("pipelines[{base}].start_after={}", span(batch.start_after.0)));
        }
        set
    }

    /// All candidates.
    #[must_use]
    pub fn tables(&self) -> Vec<(&'static str, Table)> {
        let tried = &self.plan.tried;
        let text =
            |of: &dyn Fn(&Finding) -> String| Values::Text(tried.iter().map(|finding| Some(of(finding))).collect());
        let mut table = Table::default()
            .with("model", text(&|finding| finding.candidate.pipeline.model.name().to_owned()))
            .with("settings", text(&words))
            .with("replications", text(&|finding| if finding.confirmed { "all" } else { "1" }.to_owned()))
            .with("feasible", text(&|finding| finding.is_feasible().to_string()))
            .with("missed", Values::Integer(tried.iter().map(|finding| Some(finding.misses().0 as i64)).collect()));
        for (place, objective) in self.objectives().iter().enumerate() {
            let value = |finding: &Finding| finding.judgements.get(place).and_then(|judgement| judgement.value.value);
            table = table
                .with(&format!("objective: {}", objective.name), Values::Number(tried.iter().map(value).collect()));
        }
        for path in TOLD {
            table =
                table.with(path, Values::Number(tried.iter().map(|finding| finding.found.get(path).value).collect()));
        }
        vec![("candidates", table)]
    }
}

/// The smallest power of two of GiB that holds the peak of the working set, by the upper end of its interval, with head-room.
fn memory_limit(finding: &Finding) -> Option<u64> {
    let Estimate { value, high, .. } = finding.found.get("state.working_set_bytes_peak");
    let bytes = value?.max(high.unwrap_or(0.0)) * HEADROOM;
    (0..40).map(|power| 1_u64 << power).find(|gib| bytes <= *gib as f64 * GIB)
}
