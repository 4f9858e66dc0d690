//! The agreement itself, for the tools that watch it: objectives as OpenSLO v1, freshness for dbt.
//!
//! OpenSLO (github.com/OpenSLO/OpenSLO, v1) knows objectives on a share of events or of time slices. So percentiles of
//! latency, shares of events and shares of days are written; means, peaks and costs have no form there and are left
//! out. The metric's source names the measure; what collects it is the reader's.

use serde_json::{Map, Value, json};

use crate::measure::{Unit, percentile};
use crate::report::rows;
use crate::scenario::{Objective, Of, Scenario, Target};

/// Objectives that can be said in OpenSLO v1, one document each.
#[must_use]
pub fn openslo(scenario: &Scenario) -> Vec<Value> {
    scenario.objectives.iter().enumerate().filter_map(|(place, objective)| slo(scenario, place, objective)).collect()
}

fn slo(scenario: &Scenario, place: usize, objective: &Objective) -> Option<Value> {
    let percentile = percentile(&objective.measure);
    let (target, slices) = match objective.of {
        Of::Events { share } => (share, false),
        Of::Days { share, .. } => (share, true),
        Of::Measure => (percentile?, false),
    };
    let (op, value) = match objective.target {
        Target::AtMost(value) => ("lte", value),
        Target::AtLeast(value) => ("gte", value),
    };
    let name = label(&format!("{}-{}", scenario.name, place + 1));
    let mut bound = json!({ "displayName": objective.name, "op": op, "value": value, "target": target });
    if let (true, Value::Object(bound)) = (slices, &mut bound) {
        bound.insert("timeSliceTarget".to_owned(), json!(1.0));
        bound.insert("timeSliceWindow".to_owned(), json!("1d"));
    }
    let measure = if percentile.is_some() { "latency_s" } else { &objective.measure };
    let mut spec = Map::new();
    spec.insert("measure".to_owned(), json!(measure));
    spec.insert("unit".to_owned(), json!(if rows::unit(&objective.measure) == Unit::Seconds { "s" } else { "1" }));
    if let Of::Days { by: Some(by), .. } = objective.of {
        spec.insert("seconds_after_end_of_day".to_owned(), json!(by.as_secs_f64()));
    }
    Some(json!({
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": { "name": name, "displayName": objective.name },
        "spec": {
            "description": format!("{}, from the scenario {}", objective.name, scenario.name),
            "service": label(objective.pipeline.as_deref().unwrap_or(&scenario.name)),
            "indicator": {
                "metadata": { "name": format!("{name}-indicator") },
                "spec": { "thresholdMetric": { "metricSource": { "type": "millstream", "spec": spec } } },
            },
            "timeWindow": [{ "duration": "28d", "isRolling": true }],
            "budgetingMethod": if slices { "Timeslices" } else { "Occurrences" },
            "objectives": [bound],
        },
    }))
}

/// A DNS label, as names are in OpenSLO: small letters, digits and "-", 63 at most.
fn label(text: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let label: String = text.chars().map(letter).take(63).collect();
    let label = label.trim_matches('-');
    if label.is_empty() { "slo".to_owned() } else { label.to_owned() }
}

/// Freshness of tables for dbt: it warns when the data is older than it ever was in the simulation, and fails at the
/// strictest bound on freshness, else at twice that age. `tables` are names and largest data ages in seconds.
#[must_use]
pub fn dbt(scenario: &Scenario, tables: &[(&str, Option<f64>)]) -> Value {
    let bound = |pipeline: &str| {
        let concerns = scenario.objectives.iter().filter(|objective| {
            objective.measure.starts_with("freshness_s.")
                && objective.pipeline.as_deref().is_none_or(|name| name == pipeline)
        });
        let bounds = concerns.filter_map(|objective| match objective.target {
            Target::AtMost(bound) => Some(bound),
            Target::AtLeast(_) => None,
        });
        bounds.min_by(f64::total_cmp)
    };
    let table = |(name, age): &(&str, Option<f64>)| {
        let age = age.filter(|age| age.is_finite())?;
        let error = bound(name).unwrap_or(2.0 * age);
        Some(json!({
            "name": name,
            "config": {
                "loaded_at_field": "published_at",
                "freshness": { "warn_after": period(age.min(error)), "error_after": period(error) },
            },
        }))
    };
    json!({
        "version": 2,
        "sources": [{ "name": label(&scenario.name).replace('-', "_"), "tables": tables.iter().filter_map(table).collect::<Vec<_>>() }],
    })
}

/// A time as dbt counts it, rounded up: minutes, hours or days.
fn period(seconds: f64) -> Value {
    let (unit, name) = match seconds {
        _ if seconds >= 10.0 * 86_400.0 => (86_400.0, "day"),
        _ if seconds >= 10.0 * 3_600.0 => (3_600.0, "hour"),
        _ => (60.0, "minute"),
    };
    json!({ "count": ((seconds / unit).ceil().max(1.0)) as u64, "period": name })
}

/// Documents as YAML; texts are in double quotes, as JSON has them.
#[must_use]
pub fn yaml(documents: &[Value]) -> String {
    let mut out = String::new();
    for (place, document) in documents.iter().enumerate() {
        if place > 0 {
            out.push_str("---\n");
        }
        block(&mut out, document, 0, false);
    }
    out
}

/// Writes a value, its lines moved to the right; the first line of a list's element follows its dash.
fn block(out: &mut String, value: &Value, indent: usize, after_dash: bool) {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (place, (key, value)) in entries.iter().enumerate() {
                let margin = if place == 0 && after_dash { 0 } else { indent };
                out.push_str(&" ".repeat(margin));
                out.push_str(key);
                out.push(':');
                inner(out, value, indent);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for value in list {
                out.push_str(&" ".repeat(indent));
                out.push_str("- ");
                block(out, value, indent + 2, true);
            }
        }
        other => {
            out.push_str(&other.to_string());
            out.push('\n');
        }
    }
}

fn inner(out: &mut String, value: &Value, indent: usize) {
    let is_block = value.as_object().is_some_and(|entries| !entries.is_empty())
        || value.as_array().is_some_and(|list| !list.is_empty());
    if is_block {
        out.push('\n');
        block(out, value, indent + 2, false);
    } else {
        out.push_str(&format!(" {value}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use crate::scenario::{Overrides, parse};

    fn scenario() -> Scenario {
        let text = "title = \"t\"\nquestion = \"q\"\nduration = \"1d\"\nworkload = { rate = \"1/s\" }\n\
            [[objectives]]\nname = \"quick\"\nmeasure = \"latency_s.p95\"\nat_most = \"15m\"\n\
            [[objectives]]\nmeasure = \"cost.total_per_day\"\nat_most = 3\n\
            [[objectives]]\nmeasure = \"latency_s\"\nat_most = \"1h\"\nshare_of_events = 0.999\n\
            [[objectives]]\nmeasure = \"correctness.completeness_final\"\nat_least = 0.99\nshare_of_days = 0.98\nby = \"09:00\"\n\
            [[objectives]]\nmeasure = \"freshness_s.data_age_p95\"\nat_most = \"2h\"\npipeline = \"hourly\"\n";
        parse("My shop", text, Path::new(""), &Overrides::default()).unwrap()
    }

    /// What the v1 schema of OpenSLO requires of an SLO and allows in its enumerations.
    #[test]
    fn slos_follow_the_schema_of_openslo() {
        let found = openslo(&scenario());
        assert_eq!(found.len(), 3);
        for slo in &found {
            assert_eq!((&slo["apiVersion"], &slo["kind"]), (&json!("openslo/v1"), &json!("SLO")));
            let name = slo["metadata"]["name"].as_str().unwrap();
            assert!(name.len() <= 63 && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            let spec = &slo["spec"];
            assert!(spec["service"].is_string() && spec["indicator"]["metadata"]["name"].is_string());
            assert!(spec["indicator"]["spec"]["thresholdMetric"]["metricSource"]["spec"].is_object());
            let window = spec["timeWindow"].as_array().unwrap();
            assert!(window.len() == 1 && window[0]["duration"].is_string() && window[0]["isRolling"].is_boolean());
            let method = spec["budgetingMethod"].as_str().unwrap();
            assert!(["Occurrences", "Timeslices", "RatioTimeslices"].contains(&method));
            for objective in spec["objectives"].as_array().unwrap() {
                assert!(["lte", "gte", "lt", "gt"].contains(&objective["op"].as_str().unwrap()));
                assert!(objective["value"].is_number());
                assert!((0.0..1.0).contains(&objective["target"].as_f64().unwrap()));
                assert_eq!(objective.get("timeSliceTarget").is_some(), method == "Timeslices");
                assert_eq!(objective.get("timeSliceWindow").is_some(), method == "Timeslices");
            }
        }
        assert_eq!(found[0]["spec"]["objectives"][0]["target"], 0.95);
        assert_eq!(found[1]["spec"]["objectives"][0]["target"], 0.999);
        assert_eq!(found[2]["spec"]["budgetingMethod"], "Timeslices");
    }

    /// dbt: version 2, sources with tables, `freshness` of whole counts of minutes, hours or days.
    #[test]
    fn freshness_follows_the_schema_of_dbt() {
        let found = dbt(&scenario(), &[("hourly", Some(4_000.0)), ("daily", Some(100_000.0)), ("none", None)]);
        assert_eq!((&found["version"], found["sources"][0]["tables"].as_array().unwrap().len()), (&json!(2), 2));
        for table in found["sources"][0]["tables"].as_array().unwrap() {
            for after in ["warn_after", "error_after"] {
                let freshness = &table["config"]["freshness"][after];
                assert!(freshness["count"].as_u64().unwrap() > 0);
                assert!(["minute", "hour", "day"].contains(&freshness["period"].as_str().unwrap()));
            }
        }
        let of = |place: usize| found["sources"][0]["tables"][place]["config"]["freshness"].clone();
        // The bound on freshness where there is one, else twice what was seen.
        assert_eq!(of(0)["error_after"], json!({ "count": 120, "period": "minute" }));
        assert_eq!(of(0)["warn_after"], json!({ "count": 67, "period": "minute" }));
        assert_eq!(of(1)["error_after"], json!({ "count": 56, "period": "hour" }));
    }

    #[test]
    fn yaml_is_indented() {
        let text = yaml(&[json!({ "a": [{ "b": 1, "c": { "d": "x: y" } }], "e": [] }), json!({ "f": true })]);
        assert_eq!(text, "a:\n  - b: 1\n    c:\n      d: \"x: y\"\ne: []\n---\nf: true\n");
    }
}
