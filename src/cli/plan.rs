//! The subcommand `plan`.

use std::path::PathBuf;
use std::process::ExitCode;

use super::changes::Changes;
use super::sweep::STORE;
use crate::decide::{Store, plan};
use crate::error::{Error, Problem, Result};
use crate::report::files::Draft;
use crate::report::plan::Report;
use crate::scenario::{self, quoted};
use crate::terminal::{self, Progress};

/// What to plan.
#[derive(Debug, clap::Args)]
pub(super) struct PlanArguments {
    /// A TOML file with objectives, or the name of a built-in scenario
    scenario: String,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// Folder for the report [default: reports/<scenario>-plan]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Folder for finished runs: a search that was broken off goes on where it was
    #[arg(long, value_name = "DIR", default_value = STORE)]
    store: PathBuf,
    /// Print summary.json of the plan on stdout
    #[arg(long)]
    json: bool,
    /// Exit with 1 when nothing meets all objectives
    #[arg(long)]
    check: bool,
}

/// Searches, writes the report and prints the answer.
pub(super) fn plan(arguments: &PlanArguments) -> Result<ExitCode> {
    let overrides = arguments.changes.overrides();
    let scenario = scenario::load(&arguments.scenario, &overrides)?;
    if scenario.objectives.is_empty() {
        return Err(Error::input(Problem {
            file: arguments.scenario.clone(),
            position: None,
            field: Some("objectives".to_owned()),
            what: "there is nothing to be met".to_owned(),
            remedy: "add [[objectives]] with measure = \"latency_s.p95\" and at_most = \"15m\"".to_owned(),
        }));
    }
    let folder =
        arguments.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(format!("{}-plan", scenario.name)));
    let draft = Draft::prepare(&folder)?;
    let store = Store::open(&arguments.store)?;
    let log = super::run::log_of(&scenario)?;
    let progress = Progress::new(0, &scenario.title);
    let told = |more: u64, done: u64| {
        progress.expect(more);
        progress.add(done);
    };
    let threads = arguments.changes.threads();
    let found = plan::plan(&arguments.scenario, &overrides, &scenario, log.as_ref(), (&store, threads), &told)?;
    progress.finish();
    let set: Vec<String> = arguments.changes.set.iter().map(|set| format!(" --set {}", quoted(set))).collect();
    let command = format!(
        "millstream plan {}{} --seed {} --replications {}",
        quoted(&arguments.scenario),
        set.concat(),
        scenario.seed,
        scenario.replications
    );
    let report = Report { plan: &found, command: &command };
    let (paper, summary) = (report.paper()?, report.summary());
    let published = draft.publish_with(|folder| {
        report.write_agreement(folder)?;
        paper.write(folder, &summary, &report.tables())
    })?;
    if arguments.json {
        super::print(&format!("{summary:#}\n"))?;
    } else {
        super::print(&terminal::paper(&paper.title, &report.sentences(), &[report.best()]))?;
    }
    terminal::note(&format!("report: {}", published.join("index.html").display()));
    Ok(if arguments.check && found.build.is_none() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
