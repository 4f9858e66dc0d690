//! The problems found so far, each with its place in the file.

use super::path::Path;
use super::suggest::tidy;
use super::tree::{Node, Origin};
use crate::error::Problem;

/// More problems than this are not listed: who has so many wants to see the first ones.
const MOST: usize = 100;

/// A document and what is wrong with it.
pub(super) struct Findings {
    /// Name of the file.
    file: String,
    /// The file's text.
    text: String,
    /// Its values; the ones with problems are marked.
    pub(super) tree: Node,
    found: Vec<(Origin, Problem)>,
}

impl Findings {
    /// No problems so far.
    pub(super) fn new(file: &str, text: &str) -> Self {
        Self { file: file.to_owned(), text: text.to_owned(), tree: Node::empty(Origin::File(0)), found: Vec::new() }
    }

    /// Adds a problem at a place, unless there are enough of them.
    pub(super) fn add(&mut self, origin: Origin, field: Option<String>, what: &str, remedy: &str) {
        if self.full() {
            return;
        }
        let (file, position) = match origin {
            Origin::File(byte) => (self.file.clone(), Some(self.position(byte))),
            Origin::Flag(flag) => (flag.to_owned(), None),
        };
        self.found.push((origin, Problem { file, position, field, what: tidy(what), remedy: tidy(remedy) }));
    }

    /// Adds a problem with the field at `path`, unless one was reported there already.
    pub(super) fn at(&mut self, path: &Path, what: impl AsRef<str>, remedy: impl AsRef<str>) {
        let silent = self.tree.reported(path) || self.tree.get(path).is_some_and(Node::holds_reported);
        if !silent {
            let field = (!path.0.is_empty()).then(|| path.to_string());
            self.add(self.tree.origin_of(path), field, what.as_ref(), remedy.as_ref());
        }
    }

    /// Whether the list is long enough.
    pub(super) fn full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// Whether there is no problem.
    pub(super) fn none(&self) -> bool {
        self.found.is_empty()
    }

    /// The problems in the file's order, those of the command line last.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut found = self.found;
        found.sort_by_key(|(origin, _)| *origin);
        found.into_iter().map(|(_, problem)| problem).collect()
    }

    /// Line and column of a byte, from 1; the column counts characters.
    fn position(&self, byte: usize) -> (usize, usize) {
        let before: String = self.text.char_indices().take_while(|(at, _)| *at < byte).map(|(_, c)| c).collect();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        (line, column)
    }
}
