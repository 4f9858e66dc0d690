//! The problems of a log: the first ones in full, the others counted.

use crate::error::{Error, Problem};

/// Problems shown in full.
const SHOWN: usize = 20;

/// Where in the file a problem is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// The file as a whole.
    File,
    /// A line of text, from 1.
    Line(u64),
    /// A line and a column of text, from 1.
    At(u64, usize),
    /// A row of a Parquet file, from 1.
    Row(u64),
}

/// Problems collected so far.
pub(super) struct Problems {
    file: String,
    list: Vec<Problem>,
    more: u64,
}

impl Problems {
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), list: Vec::new(), more: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.list.len() as u64 + self.more
    }

    /// Adds a problem: `what` is wrong and its remedy, put into words only if it is shown.
    #[cold]
    pub fn add(&mut self, place: Place, field: Option<&str>, words: impl FnOnce() -> (String, &'static str)) {
        if self.list.len() >= SHOWN {
            self.more += 1;
            return;
        }
        let (what, remedy) = words();
        let (position, what) = match place {
            Place::File => (None, what),
            Place::Line(line) => (Some((line as usize, 1)), what),
            Place::At(line, column) => (Some((line as usize, column)), what),
            Place::Row(row) => (None, format!("row {row}: {what}")),
        };
        let (file, field) = (self.file.clone(), field.map(str::to_owned));
        self.list.push(Problem { file, position, field, what, remedy: remedy.to_owned() });
    }

    /// The error of all problems.
    pub fn into_error(mut self) -> Error {
        if self.more > 0 {
            let what = format!("and {} more problems", self.more);
            self.list.push(Problem { file: self.file, position: None, field: None, what, remedy: String::new() });
        }
        Error::Input(self.list)
    }
}
