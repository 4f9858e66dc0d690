//! What a run shows in the terminal: the comparison on stdout; progress and warnings on stderr.

mod comparison;
mod progress;

pub use comparison::comparison;
pub use progress::Progress;

use anstyle::{AnsiColor, Style};

use crate::experiment::Outcome;

/// Prints the comparison to stdout; bold only where stdout is a terminal and `NO_COLOR` is unset.
pub fn print(outcome: &Outcome) {
    anstream::print!("{}", comparison(outcome));
}

/// Prints a warning to stderr.
pub fn warn(text: &str) {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    anstream::eprintln!("{style}warning{style:#}: {text}");
}
