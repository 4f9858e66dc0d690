//! The subcommand `run`.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::error::Result;
use crate::scenario::{self, Overrides};

/// What to run, and what to change in it.
#[derive(Debug, clap::Args)]
pub(super) struct RunArguments {
    /// A TOML file, or the name of a built-in scenario (see `millstream scenarios`)
    scenario: String,
    /// Replay this log (CSV, NDJSON or Parquet) instead of the scenario's stream, whole
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

/// Loads the scenario and shows what it asks.
pub(super) fn run(arguments: &RunArguments) -> Result<ExitCode> {
    let scenario = scenario::load(&arguments.scenario, &arguments.overrides())?;
    // A closed stderr is no reason to fail.
    let _ = writeln!(anstream::stderr(), "{}\n{}", scenario.title, scenario.question);
    Ok(ExitCode::SUCCESS)
}
