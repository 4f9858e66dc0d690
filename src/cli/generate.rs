//! The subcommand `generate`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::error::{Error, Problem, Result};
use crate::experiment;
use crate::scenario::{self, Overrides, Scenario, Source};
use crate::tabular::Format;
use crate::terminal::Progress;
use crate::workload::{Destination, LogColumns, LogWriter, TruthWriter};

/// What to generate, and where to write it.
#[derive(Debug, clap::Args)]
pub(super) struct GenerateArguments {
    /// A TOML file, or the name of a built-in scenario (see `millstream scenarios`)
    scenario: String,
    /// The log to write; its format follows from the extension .csv, .ndjson, .jsonl or .parquet. - is stdout
    #[arg(long, value_name = "LOG")]
    out: PathBuf,
    /// Format of the log [default: by its extension]
    #[arg(long, value_name = "FORMAT")]
    format: Option<FormatWord>,
    /// Also write the true count of each window of the job, in the format of this file's extension
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Set a field, such as duration=1h or workload.rate=10/s; can be repeated
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Seed of all randomness
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Which of the scenario's repetitions to write; the first is 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    replication: u32,
}

/// A format by its name.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FormatWord {
    Csv,
    Ndjson,
    Parquet,
}

impl From<FormatWord> for Format {
    fn from(word: FormatWord) -> Self {
        match word {
            FormatWord::Csv => Self::Csv,
            FormatWord::Ndjson => Self::Ndjson,
            FormatWord::Parquet => Self::Parquet,
        }
    }
}

/// Writes the scenario's stream as a log.
pub(super) fn generate(arguments: &GenerateArguments) -> Result<ExitCode> {
    let overrides = Overrides { set: arguments.set.clone(), seed: arguments.seed, ..Overrides::default() };
    let scenario = scenario::load(&arguments.scenario, &overrides)?;
    let mut problems = Vec::new();
    let format =
        arguments.format.map_or_else(|| format_of("--out", &arguments.out, &mut problems), |word| Some(word.into()));
    let truth = arguments.truth.as_deref().map(|path| (path, format_of("--truth", path, &mut problems)));
    check(arguments, &scenario, &mut problems);
    if !problems.is_empty() {
        return Err(Error::Input(problems));
    }
    let to =
        if is_stdout(&arguments.out) { Destination::stdout() } else { Destination::file(&arguments.out, "--out")? };
    let Some(format) = format else { return Err(Error::Model("a log has no format".into())) };
    let mut log = LogWriter::new(to, format, LogColumns::of(&scenario), scenario.start)?;
    let mut truth = match (truth, &scenario.job.window) {
        (Some((path, Some(format))), Some(window)) => {
            Some(TruthWriter::new(Destination::file(path, "--truth")?, format, window, scenario.start)?)
        }
        _ => None,
    };
    let progress = Progress::new(scenario.measured(None).to.0.unsigned_abs(), &scenario.title);
    let mut sink = |block: &_| {
        truth.as_mut().map_or(Ok(()), |truth| truth.block(block))?;
        log.block(block)
    };
    experiment::generate(&scenario, arguments.replication, &mut sink, &|micros| progress.add(micros))?;
    progress.finish();
    truth.map_or(Ok(()), TruthWriter::finish)?;
    log.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// The format that a file's name says.
fn format_of(option: &str, path: &Path, problems: &mut Vec<Problem>) -> Option<Format> {
    let format = Format::of(path);
    if format.is_none() {
        let (what, remedy) = if is_stdout(path) && option == "--out" {
            ("stdout has no name that tells its format".to_owned(), "add --format csv, ndjson or parquet")
        } else {
            (
                format!("{} has no extension that tells its format", path.display()),
                "name a .csv, .ndjson or .parquet file",
            )
        };
        problems.push(problem(option, what, remedy));
    }
    format
}

/// What else is wrong with the command.
fn check(arguments: &GenerateArguments, scenario: &Scenario, problems: &mut Vec<Problem>) {
    if matches!(scenario.workload.source, Source::Trace(_)) {
        let what = format!("{} replays a log and generates nothing", scenario.name);
        problems.push(problem("SCENARIO", what, "name a scenario with `workload.rate`"));
    }
    let is_aligned = scenario.job.window.as_ref().is_some_and(|window| window.size().is_some());
    if arguments.truth.is_some() && !is_aligned {
        let remedy = "leave out --truth, or add job.window with a size to the scenario";
        problems.push(problem("--truth", "the scenario has no windows of time to count in".to_owned(), remedy));
    }
    if arguments.truth.as_ref() == Some(&arguments.out) {
        problems.push(problem("--truth", "it is the same file as --out".to_owned(), "name another file"));
    }
}

fn problem(option: &str, what: String, remedy: &str) -> Problem {
    Problem { file: option.to_owned(), position: None, field: None, what, remedy: remedy.to_owned() }
}
