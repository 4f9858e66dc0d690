//! What an answer changes in an exercise.

use toml::{Table, Value};

use crate::error::{Error, Problem, Result};

/// The changes of an answer as `path=value`, if all of them are allowed. What an answer leaves out is as it was.
///
/// # Errors
/// [`Error::Input`] with each change that is not allowed, or when the text is no TOML.
pub fn changes(exercise: &str, (file, answer): (&str, &str), may_change: &[String]) -> Result<Vec<String>> {
    let problem = |field: Option<String>, what: String, remedy: String| Problem {
        file: file.to_owned(),
        position: None,
        field,
        what,
        remedy,
    };
    let given: Table =
        exercise.parse().map_err(|error: toml::de::Error| Error::Model(format!("an exercise is no TOML: {error}")))?;
    let read: Table = answer.parse().map_err(|error: toml::de::Error| {
        let remedy = "edit the exercise's scenario and hand it in as it is".to_owned();
        Error::input(problem(None, format!("this is no TOML: {}", error.message()), remedy))
    })?;
    let mut changes = Vec::new();
    let mut problems = Vec::new();
    walk(&mut Vec::new(), &Value::Table(given), &Value::Table(read), may_change, &mut |path, value, allowed| {
        if allowed {
            changes.push(format!("{path}={}", inline(value)));
        } else {
            let remedy = format!("leave it as it is; an answer may change {}", may_change.join(", "));
            problems.push(problem(Some(path.to_owned()), "this is given".to_owned(), remedy));
        }
    });
    problems.truncate(20);
    if problems.is_empty() { Ok(changes) } else { Err(Error::Input(problems)) }
}

/// Tells each change with its path and whether it is allowed.
fn walk(
    path: &mut Vec<String>,
    given: &Value,
    read: &Value,
    may_change: &[String],
    tell: &mut dyn FnMut(&str, &Value, bool),
) {
    if given == read {
        return;
    }
    let here = path.join(".");
    if may_change.contains(&here) {
        tell(&here, read, true);
        return;
    }
    // Something below may be allowed.
    let leads = here.is_empty() || may_change.iter().any(|allowed| allowed.starts_with(&format!("{here}.")));
    match (given, read) {
        (Value::Table(given), Value::Table(read)) if leads => {
            let none = Value::Table(Table::new());
            for (key, value) in read {
                path.push(key.clone());
                let before = given.get(key).unwrap_or(if value.is_table() { &none } else { &Value::Boolean(false) });
                if given.get(key).is_none() && !value.is_table() {
                    let here = path.join(".");
                    tell(&here, value, may_change.contains(&here));
                } else {
                    walk(path, before, value, may_change, tell);
                }
                path.pop();
            }
        }
        // Pipelines are known by their names.
        (Value::Array(given), Value::Array(read)) if leads && !read.is_empty() => {
            for value in read {
                let name = name_of(value).unwrap_or("?").to_owned();
                path.push(name.clone());
                match given.iter().find(|other| name_of(other) == Some(&name)) {
                    Some(before) => walk(path, before, value, may_change, tell),
                    None => tell(&path.join("."), value, false),
                }
                path.pop();
            }
        }
        _ => tell(&here, read, false),
    }
}

/// The value at a path of a scenario's text, on one line; elements of lists by their names.
pub fn value_at(text: &str, path: &str) -> Option<String> {
    let mut here = Value::Table(text.parse().ok()?);
    for step in path.split('.') {
        here = match here {
            Value::Array(list) => list.into_iter().find(|value| name_of(value) == Some(step))?,
            other => other.get(step)?.clone(),
        };
    }
    Some(inline(&here))
}

fn name_of(value: &Value) -> Option<&str> {
    ["name", "preset", "model"].iter().find_map(|key| value.get(key)?.as_str())
}

/// A value as TOML on one line.
fn inline(value: &Value) -> String {
    match value {
        // A JSON string is a TOML one.
        Value::String(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) if number.fract() == 0.0 && number.is_finite() => format!("{number:.1}"),
        Value::Float(number) => number.to_string(),
        Value::Boolean(word) => word.to_string(),
        Value::Datetime(time) => time.to_string(),
        Value::Array(list) => format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Table(table) => {
            let key = |key: &str| serde_json::Value::from(key).to_string();
            let entries: Vec<String> =
                table.iter().map(|(name, value)| format!("{} = {}", key(name), inline(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "duration = \"1d\"\n[job]\ndedup = { ttl = \"1h\" }\n[[pipelines]]\nname = \"s\"\n\
                         preset = \"continuous\"\nwatermark = { bound = \"1s\" }\n";

    fn found(answer: &str, may: &[&str]) -> std::result::Result<Vec<String>, String> {
        let may: Vec<String> = may.iter().map(ToString::to_string).collect();
        changes(GIVEN, ("a.toml", answer), &may).map_err(|error| error.to_string())
    }

    #[test]
    fn only_what_may_change_is_taken() {
        let bound = ["pipelines.s.watermark.bound", "pipelines.s.allowed_lateness", "job.dedup.ttl"];
        assert_eq!(found(GIVEN, &bound), Ok(vec![]));
        let edited = GIVEN.replace("\"1s\"", "\"20s\"").replace("\"1h\"", "\"6h\"");
        assert_eq!(found(&edited, &bound).unwrap(), ["job.dedup.ttl=\"6h\"", "pipelines.s.watermark.bound=\"20s\""]);
        // The changed part alone, and a key that was not there.
        let part = "[[pipelines]]\nname = \"s\"\nallowed_lateness = \"5m\"\n";
        assert_eq!(found(part, &bound).unwrap(), ["pipelines.s.allowed_lateness=\"5m\""]);
        for (answer, part) in [
            (GIVEN.replace("1d", "1h"), "duration: this is given"),
            (format!("{GIVEN}parallelism = 9\n"), "pipelines.s.parallelism: this is given"),
            (format!("{GIVEN}[[pipelines]]\npreset = \"daily\"\n"), "pipelines.daily: this is given"),
            ("seed = 4\n".to_owned(), "seed: this is given"),
            ("x = [".to_owned(), "no TOML"),
            ("pipelines = []\n".to_owned(), "pipelines: this is given"),
        ] {
            let error = found(&answer, &bound).unwrap_err();
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn a_whole_list_can_be_free() {
        let changed = found("[[pipelines]]\npreset = \"daily\"\nlookback = 2\n", &["pipelines"]).unwrap();
        assert_eq!(changed.len(), 1);
        assert!(changed[0].starts_with("pipelines=[{ ") && changed[0].contains("\"lookback\" = 2"), "{changed:?}");
    }
}
