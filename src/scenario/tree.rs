//! A TOML document as a tree that knows where each value stands, so that every problem can be
//! shown at its place, whichever pass finds it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::path::{Path, Step};

/// Where a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// In the file, at this byte.
    File(usize),
    /// On the command line, by this option.
    Flag(&'static str),
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Text, or a date, which is read as text.
    Text(String),
    /// Whole number.
    Integer(i64),
    /// Whole number above the largest `i64`.
    Large(u64),
    /// Floating-point number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// List.
    List(Vec<Node>),
    /// Table, in the file's order.
    Table(Vec<Entry>),
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The value.
    pub(super) value: Value,
    /// Where it stands.
    pub(super) origin: Origin,
    /// A problem was reported here: readers pass over it.
    pub(super) rejected: bool,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// Where the key stands.
    pub(super) key_origin: Origin,
    /// The value.
    pub(super) node: Node,
}

impl Node {
    /// A value without a problem so far.
    pub(super) fn new(value: Value, origin: Origin) -> Self {
        Self { value, origin, rejected: false }
    }

    /// An empty table.
    pub(super) fn empty(origin: Origin) -> Self {
        Self::new(Value::Table(Vec::new()), origin)
    }

    /// A parsed table; `at` gives the origin of a byte of the parsed text.
    pub(super) fn from_table(table: &DeTable<'_>, start: usize, at: &impl Fn(usize) -> Origin) -> Self {
        let mut entries: Vec<Entry> = table
            .iter()
            .map(|(key, value)| Entry {
                key: key.get_ref().to_string(),
                key_origin: at(key.span().start),
                node: Self::from_value(value, at),
            })
            .collect();
        entries.sort_by_key(|entry| entry.key_origin);
        Self::new(Value::Table(entries), at(start))
    }

    /// A parsed value.
    pub(super) fn from_value(value: &Spanned<DeValue<'_>>, at: &impl Fn(usize) -> Origin) -> Self {
        let start = value.span().start;
        let content = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Datetime(date) => Value::Text(date.to_string()),
            DeValue::Boolean(flag) => Value::Boolean(*flag),
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Integer(number) => integer(number.as_str(), number.radix()),
            DeValue::Array(list) => Value::List(list.iter().map(|node| Self::from_value(node, at)).collect()),
            DeValue::Table(table) => return Self::from_table(table, start, at),
        };
        Self::new(content, at(start))
    }

    /// The entries of a table; none of anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The entry of a table.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The text of a table's entry.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match &self.entry(key)?.node.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn child(&self, step: &Step) -> Option<&Self> {
        match (&self.value, step) {
            (Value::Table(_), Step::Key(key)) => self.entry(key).map(|entry| &entry.node),
            (Value::List(list), Step::Index(index)) => list.get(*index),
            _ => None,
        }
    }

    /// One step into the tree.
    pub(super) fn child_mut(&mut self, step: &Step) -> Option<&mut Self> {
        match (&mut self.value, step) {
            (Value::Table(entries), Step::Key(key)) => {
                entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.node)
            }
            (Value::List(list), Step::Index(index)) => list.get_mut(*index),
            _ => None,
        }
    }

    /// The value at a path.
    pub(super) fn get(&self, path: &Path) -> Option<&Self> {
        path.0.iter().try_fold(self, Self::child)
    }

    /// Where a problem with the field at `path` is shown: at its value, or for a missing field at
    /// the nearest table around it.
    pub(super) fn origin_of(&self, path: &Path) -> Origin {
        let mut here = self;
        for step in &path.0 {
            match here.child(step) {
                Some(child) => here = child,
                None => break,
            }
        }
        here.origin
    }

    /// Where the key at the end of a path stands.
    pub(super) fn key_origin_of(&self, path: &Path) -> Origin {
        if let Some((Step::Key(key), parents)) = path.0.split_last()
            && let Some(parent) = parents.iter().try_fold(self, Self::child)
            && let Some(entry) = parent.entry(key)
        {
            return entry.key_origin;
        }
        self.origin_of(path)
    }

    /// Whether a problem was reported at the path or around it.
    pub(super) fn reported(&self, path: &Path) -> bool {
        let mut here = self;
        for step in &path.0 {
            match here.child(step) {
                Some(child) => here = child,
                None => return here.rejected,
            }
            if here.rejected {
                return true;
            }
        }
        here.rejected
    }

    /// Whether a problem was reported inside this value.
    pub(super) fn holds_reported(&self) -> bool {
        match &self.value {
            Value::List(list) => list.iter().any(|node| node.rejected || node.holds_reported()),
            Value::Table(entries) => entries.iter().any(|entry| entry.node.rejected || entry.node.holds_reported()),
            _ => false,
        }
    }

    /// Marks the value at a path as reported, so that readers pass over it.
    pub(super) fn reject(&mut self, path: &Path) {
        let mut here = self;
        for step in &path.0 {
            match here.child_mut(step) {
                Some(child) => here = child,
                None => return,
            }
        }
        here.rejected = true;
    }
}

/// A whole number; one beyond 64 bits becomes a float, which fields for whole numbers refuse.
fn integer(digits: &str, radix: u32) -> Value {
    if let Ok(number) = i64::from_str_radix(digits, radix) {
        Value::Integer(number)
    } else if let Ok(number) = u64::from_str_radix(digits, radix) {
        Value::Large(number)
    } else {
        Value::Float(digits.parse().unwrap_or(f64::INFINITY))
    }
}
