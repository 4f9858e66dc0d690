//! The command line: data on stdout, everything else on stderr, one exit code for each kind of
//! outcome.

mod changes;
mod describe;
mod fit;
mod generate;
mod grade;
mod plan;
mod run;
mod size;
mod sweep;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Error, Result};

/// What the program is called with.
#[derive(Debug, Parser)]
#[command(name = "millstream", version, about, long_about = LONG_ABOUT, after_help = EXIT_CODES)]
#[command(max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const LONG_ABOUT: &str = "Batch or stream? Runs one clickstream through daily batch, hourly batch, micro-batch and \
continuous pipelines, the same events through each, and reports latency, freshness, correctness, state, compute and \
money.";

const EXIT_CODES: &str = "Exit codes: 0 fine, 1 an objective failed under --check, 2 a wrong scenario or command \
line, 3 an I/O fault.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate a scenario and report what each pipeline gives and costs
    Run(run::RunArguments),
    /// Run a scenario at all points of a grid: what each field moves, and which points nobody beats
    Sweep(sweep::SweepArguments),
    /// Search the simplest pipeline that meets all objectives
    Plan(plan::PlanArguments),
    /// Say how much memory deduplication takes, by time to live and store, and what leaks
    Size(size::SizeArguments),
    /// Write a scenario's stream as a log that `run --trace` replays
    Generate(generate::GenerateArguments),
    /// Grade the answer to an exercise; without one, list or print exercises
    Grade(grade::GradeArguments),
    /// Read a real log and print the part of a scenario that would make one like it
    Fit(fit::FitArguments),
    /// List the built-in scenarios
    Scenarios,
    /// Print the JSON Schema of scenario files: every key, its meaning and its default
    Schema {
        /// The same as Markdown
        #[arg(long)]
        markdown: bool,
    },
    /// List the measures of summary.json as Markdown: path, unit and meaning
    Measures,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page (troff; read it with `man -l`)
    Man,
}

/// Runs the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    match execute(&arguments.command) {
        Ok(code) => code,
        // Who reads only the first lines wants no complaint.
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn execute(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Run(arguments) => run::run(arguments),
        Command::Sweep(arguments) => sweep::sweep(arguments),
        Command::Size(arguments) => size::size(arguments),
        Command::Plan(arguments) => plan::plan(arguments),
        Command::Grade(arguments) => grade::grade(arguments),
        Command::Generate(arguments) => generate::generate(arguments),
        Command::Fit(arguments) => fit::fit(arguments),
        Command::Scenarios => print(&describe::scenarios()?),
        Command::Schema { markdown: true } => print(&crate::scenario::reference()),
        Command::Schema { markdown: false } => print(&describe::schema()),
        Command::Measures => print(&describe::measures()),
        Command::Completions { shell } => print(&describe::completions(*shell)),
        Command::Man => print(&describe::manual()?),
    }
}

/// A share above 0 and below 1 from `2%` or `0.02`.
fn share(text: &str) -> std::result::Result<f64, String> {
    let (number, unit) = match text.trim().strip_suffix('%') {
        Some(percent) => (percent, 0.01),
        None => (text, 1.0),
    };
    let share = number.trim().parse::<f64>().map(|number| number * unit).ok();
    share.filter(|share| *share > 0.0 && *share < 1.0).ok_or_else(|| "write a share such as 2% or 0.02".to_owned())
}

/// Writes data to stdout.
pub(crate) fn print(data: &str) -> Result<ExitCode> {
    let mut out = anstream::stdout().lock();
    out.write_all(data.as_bytes()).and_then(|()| out.flush()).map(|()| ExitCode::SUCCESS).map_err(|source| Error::Io {
        action: "cannot write to",
        path: "stdout".to_owned(),
        source,
    })
}

/// Writes an error to stderr, each problem on a line of its own; a closed stderr is no reason to fail.
fn complain(error: &Error) {
    let mut err = anstream::stderr().lock();
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let _ = match error {
        Error::Input(problems) => problems.iter().try_for_each(|problem| writeln!(err, "{red}error:{red:#} {problem}")),
        other => writeln!(err, "{red}error:{red:#} {other}"),
    };
}
