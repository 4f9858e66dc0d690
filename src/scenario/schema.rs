//! The JSON Schema of scenario files, for editors.

use serde_json::{Map, Value};

use super::file::ScenarioFile;

/// The JSON Schema (2020-12) of scenario files: every key with its meaning, unit and default.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(ScenarioFile).to_value();
    tidy(&mut schema);
    match schema {
        Value::Object(object) => Value::Object(with_head(object)),
        other => other,
    }
}

/// What the schema is about comes first.
fn with_head(mut object: Map<String, Value>) -> Map<String, Value> {
    let heading = ["$schema", "title", "description"];
    let mut head: Map<String, Value> = heading.iter().filter_map(|key| object.shift_remove_entry(*key)).collect();
    head.extend(object);
    head
}

/// Takes the null out of optional fields, for TOML has none, and the line ends out of descriptions.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(tidy),
        Value::Object(object) => {
            object.values_mut().for_each(tidy);
            if let Some(Value::String(description)) = object.get_mut("description") {
                *description = description.replace('\n', " ");
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            let Some(Value::Array(choices)) = object.get_mut("anyOf") else { return };
            choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
            if let [Value::Object(only)] = choices.as_slice() {
                let only = only.clone();
                object.shift_remove("anyOf");
                object.extend(only);
            }
        }
        _ => {}
    }
}
