//! The reference of scenario files in Markdown, made from the schema.

use std::fmt::Write;

use serde_json::Value;

use super::schema::schema;

/// Deeper tables than this are not walked: no scenario has them.
const DEEPEST: usize = 8;

/// Every table of a scenario with its keys, in the schema's order, as Markdown.
#[must_use]
pub fn reference() -> String {
    let schema = schema();
    let mut out = String::from(
        "# Scenario reference\n\nMade by `millstream schema --markdown`; a test compares the two. Durations are text with a \
         unit, such as \"150ms\", \"15s\", \"5m\", \"24h\"; rates \"1000/s\"; sizes \"300 B\". Where a duration may be a \
         distribution, see the last section.\n",
    );
    let none = Value::Null;
    let definitions = schema.get("$defs").unwrap_or(&none);
    let mut tables = vec![("the scenario".to_owned(), schema.clone())];
    let mut at = 0;
    while let Some((name, table)) = tables.get(at).cloned() {
        at += 1;
        section(&mut out, &name, &table, definitions, &mut tables);
    }
    out.push_str("\n## Distributions\n\n");
    out.push_str("Exactly one of these keys, in a table of its own; amounts are those of the field.\n\n");
    out.push_str("| key | meaning | parameters |\n|---|---|---|\n");
    let kinds = definitions.get("KindOfSpan").and_then(|kind| kind.get("oneOf")?.as_array());
    for kind in kinds.into_iter().flatten() {
        for (key, value) in kind.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let inner = inside(value, definitions, 0).map(|(table, _)| table).unwrap_or_default();
            let names = inner.get("properties").and_then(Value::as_object).into_iter().flatten();
            let names: Vec<String> = names.map(|(name, _)| format!("`{name}`")).collect();
            let _ = writeln!(out, "| `{key}` | {} | {} |", text_of(kind), names.join(", "));
        }
    }
    out
}

fn section(out: &mut String, name: &str, table: &Value, definitions: &Value, tables: &mut Vec<(String, Value)>) {
    let about = text_of(table);
    let _ = write!(out, "\n## `{name}`\n\n{about}\n\n| key | meaning |\n|---|---|\n");
    let path = if name == "the scenario" { String::new() } else { format!("{name}.") };
    rows(out, &path, table, definitions, tables);
}

/// A row for each key; tables inside are told of in their own sections.
fn rows(out: &mut String, path: &str, table: &Value, definitions: &Value, tables: &mut Vec<(String, Value)>) {
    for (key, value) in table.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let _ = writeln!(out, "| `{key}` | {} |", text_of(value).replace('|', "\\|"));
        let inner = inside(value, definitions, 0);
        let depth = path.matches('.').count();
        if let Some((inner, many)) = inner.filter(|_| depth < DEEPEST) {
            let name = format!("{path}{key}{}", if many { "[]" } else { "" });
            tables.push((name, inner));
        }
    }
}

/// The table that a value is, may be, or is a list of.
fn inside(value: &Value, definitions: &Value, depth: usize) -> Option<(Value, bool)> {
    if depth > DEEPEST {
        return None;
    }
    if value.get("properties").is_some() {
        return Some((value.clone(), false));
    }
    if let Some(name) = value.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/")) {
        // Distributions have a section of their own.
        if name.starts_with("DistributionOf") || name.starts_with("KindOf") {
            return None;
        }
        return inside(definitions.get(name)?, definitions, depth + 1);
    }
    if let Some(items) = value.get("items") {
        return inside(items, definitions, depth + 1).map(|(table, _)| (table, true));
    }
    let choices = ["anyOf", "oneOf"].iter().filter_map(|word| value.get(*word)?.as_array()).flatten();
    choices.into_iter().find_map(|choice| inside(choice, definitions, depth + 1))
}

fn text_of(value: &Value) -> &str {
    value.get("description").and_then(Value::as_str).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_section_and_keys_their_meaning() {
        let text = reference();
        for part in [
            "## `the scenario`",
            "## `objectives[]`",
            "| `share_of_days` |",
            "## `pipelines[].watermark`",
            "## `workload.network.cohorts[]`",
            "## `value`",
            "| `lognormal` |",
        ] {
            assert!(text.contains(part), "{part}");
        }
        assert!(text.lines().all(|line| !line.contains("` |  |")), "a key has no meaning");
    }
}
