//! What can go wrong, by whose turn it is to act.

use std::fmt;
use std::path::Path;

/// An error of the program.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The scenario, the log or the command line is wrong: every problem found.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Input(Vec<Problem>),
    /// Reading or writing failed.
    #[error("{action} {path}: {source}")]
    Io {
        /// What was being done, as in "cannot write".
        action: &'static str,
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The simulation broke one of its own rules: a fault of the program, never of its input.
    #[error("internal fault: {0}; please report it with the scenario and the seed")]
    Model(String),
}

/// The program's result type.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// One problem with the input.
    #[must_use]
    pub fn input(problem: Problem) -> Self {
        Self::Input(vec![problem])
    }

    /// A failed read or write.
    #[must_use]
    pub fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { action, path: path.display().to_string(), source }
    }

    /// The exit code: 2 for a wrong scenario or command line, 3 for an I/O fault.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_) => 2,
            Self::Io { .. } => 3,
            Self::Model(_) => 70,
        }
    }
}

/// One problem with the input: where, what, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// File, or `--set` and the like.
    pub file: String,
    /// Line and column, from 1.
    pub position: Option<(usize, usize)>,
    /// Path of the field, such as `pipelines[2].lookback`; or a column of a log.
    pub field: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some((line, column)) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        f.write_str(": ")?;
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.what)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}
