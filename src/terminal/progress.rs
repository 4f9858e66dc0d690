//! A progress bar on stderr, only where somebody watches.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Progress of a long piece of work; may be advanced from several threads.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar for `total` pieces of `what`; hidden unless stderr is a terminal.
    #[must_use]
    pub fn new(total: u64, what: &str) -> Self {
        let target =
            if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {percent:>3} %, {eta} left") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what.to_owned());
        Self(bar)
    }

    /// So many more are to be done.
    pub fn expect(&self, n: u64) {
        self.0.inc_length(n);
    }

    /// So many more are done.
    pub fn add(&self, n: u64) {
        self.0.inc(n);
    }

    /// All is done: the bar goes away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
