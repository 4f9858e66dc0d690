//! What the command line changes in a scenario: `--set path=value`, `--trace`, `--seed` and
//! `--replications`.

use std::path::PathBuf;

use toml::de::DeValue;

use super::findings::Findings;
use super::path::{Path, Step};
use super::presets;
use super::suggest::did_you_mean;
use super::tree::{Entry, Node, Origin, Value};

/// What the command line changes in a scenario.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Fields as `path=value`: paths such as `job.window.size`, `pipelines[2].every` or, by name,
    /// `pipelines.daily.every`; the value is TOML, and text needs no quotes.
    pub set: Vec<String>,
    /// A log to replay instead of the scenario's stream, whole: the scenario's `rate`, `hours`,
    /// `keys`, `start`, `warmup` and `duration` then do not apply (but `set` can give the last two).
    pub trace: Option<PathBuf>,
    /// Seed.
    pub seed: Option<u64>,
    /// Number of replications.
    pub replications: Option<u32>,
}

impl Overrides {
    /// The changes of the scenario's content, as they stand on a command line.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        let sets = self.set.iter().map(|set| format!("--set {}", quoted(set)));
        let trace = self.trace.iter().map(|log| format!("--trace {}", quoted(&log.display().to_string())));
        sets.chain(trace).collect()
    }
}

/// A word for a POSIX shell.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

const SET: Origin = Origin::Flag("--set");

/// Applies the overrides to the tree; reports the ones that do not fit.
pub(super) fn apply(overrides: &Overrides, findings: &mut Findings) {
    if let Some(log) = &overrides.trace {
        replay(log, &mut findings.tree);
    }
    for assignment in &overrides.set {
        if let Err((what, remedy)) = assign(assignment, &mut findings.tree) {
            findings.add(SET, Some(assignment.clone()), &what, &remedy);
        }
    }
    if let Some(seed) = overrides.seed {
        put(&mut findings.tree, "seed", Node::new(Value::Large(seed), Origin::Flag("--seed")));
    }
    if let Some(count) = overrides.replications {
        put(
            &mut findings.tree,
            "replications",
            Node::new(Value::Integer(i64::from(count)), Origin::Flag("--replications")),
        );
    }
}

/// What draws events: a log has its own.
const DRAWN: [&str; 10] =
    ["rate", "sample", "hours", "daily", "weekdays", "trend", "bursts", "keys", "users", "sessions"];

/// Puts a log in place of the synthetic stream. Start, warm-up and duration stay: what they are for a log
/// that they do not fit is decided when it is read.
fn replay(log: &std::path::Path, tree: &mut Node) {
    let origin = Origin::Flag("--trace");
    if tree.entry("workload").is_none() {
        put(tree, "workload", Node::empty(origin));
    }
    if let Some(workload) = tree.child_mut(&Step::Key("workload".to_owned())) {
        remove(workload, &DRAWN);
        if let Some(partitions) = workload.child_mut(&Step::Key("partitions".to_owned())) {
            remove(partitions, &["idle"]);
        }
        put(workload, "trace", Node::new(Value::Text(log.display().to_string()), origin));
    }
}

fn remove(table: &mut Node, keys: &[&str]) {
    if let Value::Table(entries) = &mut table.value {
        entries.retain(|entry| !keys.contains(&entry.key.as_str()));
    }
}

/// Sets an entry of a table; anything else is left for the reader to complain about.
fn put(table: &mut Node, key: &str, node: Node) {
    if let Value::Table(entries) = &mut table.value {
        entries.retain(|entry| entry.key != key);
        entries.push(Entry { key: key.to_owned(), key_origin: node.origin, node });
    }
}

type Mismatch = (String, String);

fn assign(assignment: &str, tree: &mut Node) -> Result<(), Mismatch> {
    let usage = "write path=value, such as job.window.size=1h or pipelines.daily.every=12h";
    let (path, text) = assignment.split_once('=').ok_or_else(|| ("there is no \"=\"".to_owned(), usage.to_owned()))?;
    let path = Path::parse(path).map_err(|what| (format!("this is no path: {what}"), usage.to_owned()))?;
    if path.0.first() == Some(&Step::Key("pipelines".to_owned())) && tree.entry("pipelines").is_none() {
        put(tree, "pipelines", default_pipelines());
    }
    let mut here = tree;
    for (depth, step) in path.0.iter().enumerate() {
        here = descend(here, step, &Path(path.0.get(..depth).unwrap_or_default().to_vec()))?;
    }
    *here = value(text);
    Ok(())
}

/// The value of an assignment: TOML, or else the text itself.
fn value(text: &str) -> Node {
    let text = text.trim();
    match DeValue::parse(text) {
        Ok(value) => Node::from_value(&value, &|_| SET),
        Err(_) => Node::new(Value::Text(text.to_owned()), SET),
    }
}

/// The four presets, as a file without pipelines has them.
fn default_pipelines() -> Node {
    let table = |name: &&str| {
        let mut pipeline = Node::empty(SET);
        put(&mut pipeline, "preset", Node::new(Value::Text((*name).to_owned()), SET));
        pipeline
    };
    Node::new(Value::List(presets::NAMES.iter().map(table).collect()), SET)
}

/// One step into the tree. A table's missing entry is made; a value in the way gives place to a
/// table, so that `job.window.size` can be set where the file says window = "none".
fn descend<'a>(node: &'a mut Node, step: &Step, so_far: &Path) -> Result<&'a mut Node, Mismatch> {
    if let Value::List(list) = &node.value {
        let (index, length) = (place_in_list(list, step, so_far)?, list.len());
        return node.child_mut(&Step::Index(index)).ok_or_else(|| {
            let remedy = if length > 0 { format!("choose [0] to [{}]", length - 1) } else { String::new() };
            (format!("{so_far} has {length} elements, counted from 0: there is no [{index}]"), remedy)
        });
    }
    let Step::Key(key) = step else {
        return Err((format!("{so_far} is not a list"), "give a key instead of a place".to_owned()));
    };
    if !matches!(node.value, Value::Table(_)) {
        *node = Node::empty(SET);
    }
    if node.entry(key).is_none() {
        put(node, key, Node::empty(SET));
    }
    node.child_mut(step).ok_or_else(|| (format!("{so_far} has no {key}"), String::new()))
}

/// The place of an element by its number or its name.
fn place_in_list(list: &[Node], step: &Step, so_far: &Path) -> Result<usize, Mismatch> {
    let name = match step {
        Step::Index(index) => return Ok(*index),
        Step::Key(name) => name,
    };
    let names: Vec<&str> = list.iter().filter_map(name_of).collect();
    list.iter().position(|node| name_of(node) == Some(name)).ok_or_else(|| {
        let hint = did_you_mean(name, names.iter().copied()).unwrap_or_default();
        let what = format!("{so_far} has nothing of the name \"{name}\"");
        let remedy = match names.is_empty() {
            true => format!("give a place, such as {so_far}[0]"),
            false => format!("{hint} choose one of: {}", names.join(", ")).trim_start().to_owned(),
        };
        (what, remedy)
    })
}

/// The name that an element of a list goes by.
fn name_of(node: &Node) -> Option<&str> {
    ["name", "preset", "model"].iter().find_map(|key| node.text(key))
}
