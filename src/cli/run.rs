//! The subcommand `run`.

use std::path::PathBuf;
use std::process::ExitCode;

use super::changes::Changes;
use crate::error::{Error, Problem, Result};
use crate::experiment::{self, How, Until};
use crate::report::files::Draft;
use crate::report::publications;
use crate::report::summary::summary;
use crate::scenario::{self, LogFile, Overrides, Scenario, Source};
use crate::terminal::{self, Progress};
use crate::workload::{self, Log};

/// What to run, and what to change in it.
#[derive(Debug, clap::Args)]
pub(super) struct RunArguments {
    /// A TOML file, or the name of a built-in scenario (see `millstream scenarios`)
    scenario: String,
    /// Replay this log instead of the scenario's stream; one that does not cover its measured period, whole
    #[arg(long, value_name = "LOG")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// Add replications, four at a time, until half of each interval is at most this share of its value, such as 2%:
    /// of what the objectives are about, or of the main measures
    #[arg(long, value_name = "SHARE", value_parser = super::share)]
    precision: Option<f64>,
    /// Most replications that --precision may add up to
    #[arg(long, value_name = "N", default_value_t = 64, requires = "precision", value_parser = clap::value_parser!(u32).range(2..=10_000))]
    most_replications: u32,
    /// Folder for the report [default: reports/<scenario>]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Print summary.json on stdout
    #[arg(long)]
    pub(super) json: bool,
    /// Exit with 1 when an objective is missed
    #[arg(long)]
    pub(super) check: bool,
    /// Also write each publication of a window in the first replication, to tables/publications.csv and .parquet
    #[arg(long, value_name = "WHAT")]
    emit: Option<Emit>,
}

/// What a run can write on top of the report.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Emit {
    Publications,
}

impl RunArguments {
    /// What the arguments change in the scenario.
    fn overrides(&self) -> Overrides {
        Overrides { trace: self.trace.clone(), ..self.changes.overrides() }
    }
}

/// Runs the scenario, writes the report and prints the comparison.
pub(super) fn run(arguments: &RunArguments) -> Result<ExitCode> {
    let scenario = scenario::load(&arguments.scenario, &arguments.overrides())?;
    if arguments.emit.is_some() && scenario.job.window.is_none() {
        return Err(Error::input(Problem {
            file: "--emit".to_owned(),
            position: None,
            field: None,
            what: "the scenario has no windows, so that each event is published by itself".to_owned(),
            remedy: "leave out --emit, or add a window to the job, such as --set job.window.size=5m".to_owned(),
        }));
    }
    let folder = arguments.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(&scenario.name));
    // A folder that cannot be written is found out before the work, not after it.
    let draft = Draft::prepare(&folder)?;
    let log = log_of(&scenario)?;
    if log.as_ref().is_some_and(|log| !log.sorted) {
        terminal::warn("the log was not in order of arrival; it was sorted");
    }
    let progress = Progress::new(experiment::work(&scenario, log.as_ref()), &scenario.title);
    let threads = arguments.changes.threads();
    let emits = arguments.emit.is_some();
    let add = |micros| progress.add(micros);
    let until = arguments.precision.map(|precision| Until { precision, most: arguments.most_replications });
    let how = How { threads, publications: emits, until };
    let (outcome, rows) = experiment::run_as(&scenario, log.as_ref(), how, &add)?;
    progress.finish();
    if emits {
        let count = publications::write(draft.folder(), &outcome, rows)?;
        terminal::note(&format!("publications: {count} rows, in the tables of the report"));
    }
    // Whoever waits reads it while the figures are drawn.
    if arguments.json {
        super::print(&(serde_json::to_string_pretty(&summary(&outcome)).unwrap_or_default() + "\n"))?;
    } else {
        terminal::print(&outcome)?;
    }
    let published = draft.publish(&outcome, threads)?;
    terminal::note(&format!("report: {}", published.join("index.html").display()));
    let missed = outcome.objectives.iter().any(|verdict| verdict.met == Some(false));
    Ok(if arguments.check && missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The log that the scenario replays, if it does.
pub(super) fn log_of(scenario: &Scenario) -> Result<Option<Log>> {
    match &scenario.workload.source {
        Source::Poisson(_) => Ok(None),
        Source::Trace(LogFile::Path(path)) => workload::read(path).map(Some),
        Source::Trace(LogFile::Embedded { name, content }) => workload::read_bytes(name, content).map(Some),
    }
}
