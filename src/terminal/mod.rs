//! What a run shows in the terminal: the comparison on stdout; progress and warnings on stderr.

mod candidates;
mod comparison;
mod paper;
mod progress;

pub use candidates::candidates;
pub use comparison::comparison;
pub use paper::paper;
pub use progress::Progress;

use std::io::Write;
use std::path::Path;

use anstyle::{AnsiColor, Style};

use crate::error::{Error, Result};
use crate::experiment::Outcome;

/// Prints the comparison to stdout; bold only where stdout is a terminal and `NO_COLOR` is unset.
///
/// # Errors
/// [`Error::Io`] when stdout is closed.
pub fn print(outcome: &Outcome) -> Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(comparison(outcome).as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Error::io("cannot write to", Path::new("stdout"), error))
}

/// Prints a warning to stderr.
pub fn warn(text: &str) {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    note(&format!("{style}warning{style:#}: {text}"));
}

/// Prints a line to stderr; a closed stderr is no reason to fail.
pub fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
