//! What is kept of the run of one scenario: the measures of its pipelines and its verdicts, as JSON.

use serde_json::{Value, json};

use crate::experiment::{Estimate, Outcome, Verdict};
use crate::metrics::MEASURES;

/// What was found of one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Each pipeline, in the scenario's order.
    pub pipelines: Vec<PointPipeline>,
    /// The objectives, judged.
    pub verdicts: Vec<PointVerdict>,
}

/// What was found of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct PointPipeline {
    /// Its name.
    pub name: String,
    /// Its model.
    pub model: String,
    /// One estimate for each of [`MEASURES`].
    pub measures: Vec<Estimate>,
}

/// What became of an objective.
#[derive(Clone, Debug, PartialEq)]
pub struct PointVerdict {
    /// Index into the scenario's objectives.
    pub objective: usize,
    /// Pipeline.
    pub pipeline: String,
    /// What was measured.
    pub value: Estimate,
    /// Met, missed or open.
    pub met: Option<bool>,
    /// On how many of how many days the bound held.
    pub days: Option<(u64, u64)>,
}

impl PointPipeline {
    /// The estimate of a measure by its path; empty for an unknown path.
    #[must_use]
    pub fn get(&self, path: &str) -> Estimate {
        let place = MEASURES.iter().position(|measure| measure.path == path);
        place.and_then(|place| self.measures.get(place).copied()).unwrap_or_default()
    }
}

impl PointVerdict {
    /// As the experiment gives it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict {
            objective: self.objective,
            pipeline: self.pipeline.clone(),
            value: self.value,
            met: self.met,
            days: self.days,
            budget_left: None,
        }
    }
}

impl Point {
    /// What is kept of an outcome.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        Self {
            pipelines: outcome
                .pipelines
                .iter()
                .map(|pipeline| PointPipeline {
                    name: pipeline.name.clone(),
                    model: pipeline.model.to_owned(),
                    measures: pipeline.measures.clone(),
                })
                .collect(),
            verdicts: outcome
                .objectives
                .iter()
                .map(|verdict| PointVerdict {
                    objective: verdict.objective,
                    pipeline: verdict.pipeline.clone(),
                    value: verdict.value,
                    met: verdict.met,
                    days: verdict.days,
                })
                .collect(),
        }
    }

    /// The pipeline of a name.
    #[must_use]
    pub fn pipeline(&self, name: &str) -> Option<&PointPipeline> {
        self.pipelines.iter().find(|pipeline| pipeline.name == name)
    }

    /// As JSON; measures by their paths.
    #[must_use]
    pub fn json(&self) -> Value {
        let pipeline = |pipeline: &PointPipeline| {
            let named = MEASURES.iter().zip(&pipeline.measures);
            let measures: serde_json::Map<String, Value> =
                named.map(|(measure, found)| (measure.path.to_owned(), estimate(found))).collect();
            json!({ "name": pipeline.name, "model": pipeline.model, "measures": measures })
        };
        let verdict = |verdict: &PointVerdict| {
            json!({
                "objective": verdict.objective, "pipeline": verdict.pipeline, "value": estimate(&verdict.value),
                "met": verdict.met, "days": verdict.days.map(|(good, total)| [good, total]),
            })
        };
        json!({
            "pipelines": self.pipelines.iter().map(pipeline).collect::<Vec<_>>(),
            "verdicts": self.verdicts.iter().map(verdict).collect::<Vec<_>>(),
        })
    }

    /// From JSON; `None` when it is none of ours.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        let pipeline = |value: &Value| {
            let measures = value.get("measures")?;
            let of = |path| measures.get(path).and_then(read_estimate);
            Some(PointPipeline {
                name: value.get("name")?.as_str()?.to_owned(),
                model: value.get("model")?.as_str()?.to_owned(),
                measures: MEASURES.iter().map(|measure| of(measure.path)).collect::<Option<_>>()?,
            })
        };
        let verdict = |value: &Value| {
            let days = match value.get("days")? {
                Value::Null => None,
                days => Some((days.get(0)?.as_u64()?, days.get(1)?.as_u64()?)),
            };
            Some(PointVerdict {
                objective: usize::try_from(value.get("objective")?.as_u64()?).ok()?,
                pipeline: value.get("pipeline")?.as_str()?.to_owned(),
                value: read_estimate(value.get("value")?)?,
                met: value.get("met")?.as_bool(),
                days,
            })
        };
        let list = |key: &str| value.get(key)?.as_array();
        Some(Self {
            pipelines: list("pipelines")?.iter().map(pipeline).collect::<Option<_>>()?,
            verdicts: list("verdicts")?.iter().map(verdict).collect::<Option<_>>()?,
        })
    }
}

fn estimate(estimate: &Estimate) -> Value {
    json!([estimate.value, estimate.low, estimate.high])
}

fn read_estimate(value: &Value) -> Option<Estimate> {
    let [value, low, high] = value.as_array()?.as_slice() else { return None };
    let number = |value: &Value| if value.is_null() { Some(None) } else { value.as_f64().map(Some) };
    Some(Estimate { value: number(value)?, low: number(low)?, high: number(high)? })
}
