//! From text to the file's shape: TOML, the overrides of the command line, then serde, which is
//! repeated without the offending value after each error until none is left.

use serde::Deserialize;
use toml::de::DeTable;

use super::file::ScenarioFile;
use super::findings::Findings;
use super::overrides::{self, Overrides};
use super::tree::{Node, Origin};

/// Reads a file's text into `findings`; `None` when it is no TOML at all.
pub(super) fn read(text: &str, overrides: &Overrides, findings: &mut Findings) -> Option<ScenarioFile> {
    if text.contains('\0') {
        findings.add(Origin::File(0), None, "this is a binary file", "give a TOML text file");
        return None;
    }
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            syntax(&error, findings);
            return None;
        }
    };
    if table.get_ref().is_empty() {
        findings.add(
            Origin::File(0),
            None,
            "the scenario is empty",
            "start from a built-in one: `millstream scenarios` lists them",
        );
        return None;
    }
    findings.tree = Node::from_table(table.get_ref(), 0, &Origin::File);
    overrides::apply(overrides, findings);
    Some(shape(findings))
}

fn syntax(error: &toml::de::Error, findings: &mut Findings) {
    let at = error.span().map_or(0, |span| span.start);
    let remedy = if error.message().contains("duplicate") {
        "keep one of them"
    } else {
        "write key = value, with text in quotes, lists in [ ] and tables in { } or under [table]"
    };
    findings.add(Origin::File(at), None, &format!("not valid TOML: {}", error.message()), remedy);
}

/// The file's shape, as far as it can be read; every error is reported once and passed over.
fn shape(findings: &mut Findings) -> ScenarioFile {
    while !findings.full() {
        let error = match ScenarioFile::deserialize(&findings.tree) {
            Ok(file) => return file,
            Err(error) => error,
        };
        let mut path = error.path();
        // An element that stands in for a reported one and still does not fit, or a table that
        // holds a reported field: the table or list around it is passed over without a word.
        while findings.tree.get(&path).is_some_and(|node| node.rejected) && path.0.pop().is_some() {}
        let known = findings.tree.get(&path).is_some_and(Node::holds_reported);
        if !known {
            let tree = &findings.tree;
            let origin = if error.of_key { tree.key_origin_of(&path) } else { tree.origin_of(&path) };
            findings.add(origin, Some(path.to_string()), &error.what, &error.remedy);
        }
        findings.tree.reject(&path);
        if path.0.is_empty() {
            break;
        }
    }
    ScenarioFile::default()
}
