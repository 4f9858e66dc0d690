//! The subcommand `run`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::error::Result;
use crate::experiment;
use crate::report::files::Draft;
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
    /// Set a field, such as job.window.size=1h or pipelines.daily.every=12h; can be repeated
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Seed of all randomness
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Independent repetitions, from which the confidence intervals come
    #[arg(long, value_name = "N")]
    replications: Option<u32>,
    /// Threads to use; the results are the same with any number [default: one for each core]
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,
    /// Folder for the report [default: reports/<scenario>]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Print summary.json on stdout
    #[arg(long)]
    pub(super) json: bool,
    /// Exit with 1 when an objective is missed
    #[arg(long)]
    pub(super) check: bool,
}

impl RunArguments {
    /// What the arguments change in the scenario.
    fn overrides(&self) -> Overrides {
        Overrides { set: self.set.clone(), trace: self.trace.clone(), seed: self.seed, replications: self.replications }
    }
}

/// Runs the scenario, writes the report and prints the comparison.
pub(super) fn run(arguments: &RunArguments) -> Result<ExitCode> {
    let scenario = scenario::load(&arguments.scenario, &arguments.overrides())?;
    let folder = arguments.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(&scenario.name));
    // A folder that cannot be written is found out before the work, not after it.
    let draft = Draft::prepare(&folder)?;
    let log = log_of(&scenario)?;
    if log.as_ref().is_some_and(|log| !log.sorted) {
        terminal::warn("the log was not in order of arrival; it was sorted");
    }
    let progress = Progress::new(experiment::work(&scenario, log.as_ref()), &scenario.title);
    let threads = arguments.threads.map_or(0, NonZeroUsize::get);
    let outcome = experiment::run(&scenario, log.as_ref(), threads, &|micros| progress.add(micros))?;
    progress.finish();
    let published = draft.publish(&outcome)?;
    if arguments.json {
        super::print(&(serde_json::to_string_pretty(&summary(&outcome)).unwrap_or_default() + "\n"))?;
    } else {
        terminal::print(&outcome)?;
    }
    terminal::note(&format!("report: {}", published.join("index.html").display()));
    let missed = outcome.objectives.iter().any(|verdict| verdict.met == Some(false));
    Ok(if arguments.check && missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The log that the scenario replays, if it does.
fn log_of(scenario: &Scenario) -> Result<Option<Log>> {
    match &scenario.workload.source {
        Source::Poisson(_) => Ok(None),
        Source::Trace(LogFile::Path(path)) => workload::read(path).map(Some),
        Source::Trace(LogFile::Embedded { name, content }) => workload::read_bytes(name, content).map(Some),
    }
}
