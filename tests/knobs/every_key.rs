//! No key of the schema is left out of the tables.

use std::collections::BTreeSet;

use millstream::scenario::schema;
use serde_json::Value;

use super::{
    Knob, batch, continuous, enrich, frame, gates, job, micro_batch, network, objectives, operations, people, rates,
    sinks, team, trace, windows, workload,
};

/// Paths of the schema's keys below `node`, without the parameters of distributions.
fn keys(node: &Value, definitions: &Value, path: &str, found: &mut BTreeSet<String>) {
    if let Some(name) = node["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"))
        && !["DistributionOf", "KindOf"].iter().any(|kind| name.starts_with(kind))
    {
        keys(&definitions[name], definitions, path, found);
    }
    for (key, value) in node["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        found.insert(path.clone());
        keys(value, definitions, &path, found);
    }
    if node["items"].is_object() {
        keys(&node["items"], definitions, path, found);
    }
    for choice in ["anyOf", "oneOf"].iter().flat_map(|word| node[*word].as_array().into_iter().flatten()) {
        keys(choice, definitions, path, found);
    }
}

/// The key that `path[0].to=value` turns, without indices.
fn key_of(set: &str) -> String {
    let path = set.split_once('=').map_or(set, |(path, _)| path);
    path.split('.').map(|step| step.split('[').next().unwrap_or(step)).collect::<Vec<_>>().join(".")
}

#[test]
fn every_key_of_the_schema_is_turned_by_a_test() {
    let tables: [&[Knob]; 20] = [
        workload::ON_CONTINUOUS,
        workload::ON_BATCH,
        job::KNOBS,
        batch::KNOBS,
        micro_batch::KNOBS,
        continuous::KNOBS,
        frame::KNOBS,
        rates::KNOBS,
        people::KNOBS,
        people::OF_BATCH,
        network::KNOBS,
        network::OF_PARTITIONS,
        windows::OF_CONTINUOUS,
        operations::OF_CONTINUOUS,
        operations::OF_BATCH,
        gates::KNOBS,
        enrich::KNOBS,
        sinks::KNOBS,
        team::KNOBS,
        team::OF_BATCH,
    ];
    let mut turned: BTreeSet<String> = tables.into_iter().flatten().map(|knob| key_of(knob.turned)).collect();
    let others = [frame::SEED, frame::REPLICATIONS, trace::TRACE]
        .into_iter()
        .chain(frame::WORDS)
        .chain(objectives::KNOBS)
        .chain(objectives::VALUES);
    turned.extend(others.map(key_of));
    // `given` in the table of the stream, the fifth objective, and the table of presets.
    turned.extend(
        ["workload.network.cohorts.name", "objectives.at_least", "pipelines.preset", "pipelines.model"]
            .map(str::to_owned),
    );

    let schema = schema();
    let mut found = BTreeSet::new();
    keys(&schema, &schema["$defs"], "", &mut found);
    assert!(found.len() > 70 && found.contains("pipelines.checkpoint.interval"), "{found:?}");
    // A table is turned when something in it is.
    let is_turned = |key: &String| turned.iter().any(|other| other == key || other.starts_with(&format!("{key}.")));
    let missing: Vec<&String> = found.iter().filter(|key| !is_turned(key)).collect();
    assert!(missing.is_empty(), "no test turns {missing:?}");
    let unknown: Vec<&String> = turned.iter().filter(|key| !found.contains(*key)).collect();
    assert!(unknown.is_empty(), "the schema does not know {unknown:?}");
}
