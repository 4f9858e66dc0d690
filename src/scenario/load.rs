//! From the command line's word, a path or a built-in name, to the checked scenario.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::builtin::builtins;
use super::check::{self, Base};
use super::findings::Findings;
use super::model::Scenario;
use super::overrides::Overrides;
use super::read::read;
use super::suggest::{choices, tidy};
use crate::error::{Error, Problem, Result};

/// The largest scenario file.
const LARGEST: u64 = 1 << 20;

/// Reads the scenario that `scenario` names: a file, or a built-in one.
///
/// # Errors
/// [`Error::Input`] with every problem of the scenario, in the file's order; [`Error::Io`] when
/// the file cannot be read.
pub fn load(scenario: &str, overrides: &Overrides) -> Result<Scenario> {
    let path = Path::new(scenario);
    if path.exists() && !path.is_dir() {
        let text = text_of(path)?;
        let name = path.file_stem().map_or_else(|| scenario.to_owned(), |stem| stem.to_string_lossy().into_owned());
        let folder = path.parent().unwrap_or(Path::new(""));
        return check(scenario, &text, &name, Some(folder), overrides);
    }
    if let Some(builtin) = builtins().iter().find(|builtin| builtin.name == scenario) {
        return check(&format!("{}.toml", builtin.name), builtin.text, builtin.name, None, overrides);
    }
    let names: Vec<&str> = builtins().iter().map(|builtin| builtin.name).collect();
    Err(if path.is_dir() {
        whole(scenario, "this is a folder", "give a scenario file, such as scenario.toml in it")
    } else {
        let remedy = choices(scenario.trim_end_matches(".toml"), &names, "give the path of a TOML file or one of:");
        whole(scenario, "there is no such file and no built-in scenario of this name", &remedy)
    })
}

/// Reads a scenario from text. `name` is its short name and names the file in problems; paths
/// inside are relative to `folder`.
///
/// # Errors
/// [`Error::Input`] with every problem, in the text's order.
pub fn parse(name: &str, text: &str, folder: &Path, overrides: &Overrides) -> Result<Scenario> {
    check(&format!("{name}.toml"), text, name, Some(folder), overrides)
}

fn check(file: &str, text: &str, name: &str, folder: Option<&Path>, overrides: &Overrides) -> Result<Scenario> {
    let mut findings = Findings::new(file, text);
    let base = Base { name, folder, trace: overrides.trace.as_deref() };
    let scenario = read(text, overrides, &mut findings).map(|file| check::scenario(&file, &base, &mut findings));
    match scenario {
        Some(scenario) if findings.none() => Ok(Scenario { changes: overrides.changes(), ..scenario }),
        _ => Err(Error::Input(findings.into_problems())),
    }
}

/// The text of a scenario file.
fn text_of(path: &Path) -> Result<String> {
    let failed = |error| Error::io("cannot read", path, error);
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    let shown = path.display().to_string();
    if bytes.len() as u64 > LARGEST {
        return Err(whole(&shown, "this is larger than 1 MiB", "a scenario is a TOML text file of a few kilobytes"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let what = format!("this is a binary file, or text that is not UTF-8 (byte {at})");
        whole(&shown, &what, "give a TOML text file in UTF-8")
    })
}

/// A problem with a file as a whole.
fn whole(file: &str, what: &str, remedy: &str) -> Error {
    Error::input(Problem {
        file: tidy(file),
        position: None,
        field: None,
        what: what.to_owned(),
        remedy: remedy.to_owned(),
    })
}
