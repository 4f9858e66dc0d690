//! The subcommand `sweep`.

use std::path::PathBuf;
use std::process::ExitCode;

use super::changes::Changes;
use crate::decide::{self, Grid, Store, Sweep, Vary};
use crate::error::{Error, Problem, Result};
use crate::measure;
use crate::report::files::Draft;
use crate::report::sweep::Report;
use crate::terminal::{self, Progress};

/// Where finished points are kept.
pub(super) const STORE: &str = "reports/.points";

/// What to vary.
#[derive(Debug, clap::Args)]
pub(super) struct SweepArguments {
    /// A TOML file, or the name of a built-in scenario (see `millstream scenarios`)
    scenario: String,
    /// A field and its values, such as pipelines.continuous.watermark.bound=5s,15s,1m; several make a grid of at most
    /// 4096 points
    #[arg(long, value_name = "PATH=A,B,C", required = true)]
    vary: Vec<String>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// The measure of heat maps and frontiers, by its path in summary.json
    #[arg(long, value_name = "PATH", default_value = "latency_s.p95")]
    measure: String,
    /// Folder for the report [default: reports/<scenario>-sweep]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Folder for finished points: a sweep that was broken off goes on where it was
    #[arg(long, value_name = "DIR", default_value = STORE)]
    store: PathBuf,
    /// Print summary.json of the sweep on stdout
    #[arg(long)]
    json: bool,
}

/// Runs the grid, writes the report and prints what each field moves.
pub(super) fn sweep(arguments: &SweepArguments) -> Result<ExitCode> {
    let varied = arguments.vary.iter().map(|text| Vary::parse(text)).collect::<Result<Vec<_>>>()?;
    let grid = Grid::new(varied)?;
    if measure::find(&arguments.measure).is_none() {
        return Err(Error::input(Problem {
            file: "--measure".to_owned(),
            position: None,
            field: None,
            what: format!("there is no measure \"{}\"", arguments.measure),
            remedy: "give a path of summary.json, such as latency_s.p95".to_owned(),
        }));
    }
    let overrides = arguments.changes.overrides();
    let sweep = Sweep::new(&arguments.scenario, &overrides, grid)?;
    let Some(first) = sweep.first().cloned() else { return Err(Error::Model("a grid has no point".to_owned())) };
    let folder =
        arguments.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(format!("{}-sweep", first.name)));
    let draft = Draft::prepare(&folder)?;
    let store = Store::open(&arguments.store)?;
    let log = super::run::log_of(&first)?;
    let progress = Progress::new(sweep.work(&store, log.as_ref()), &first.title);
    let threads = arguments.changes.threads();
    let swept = decide::sweep(&sweep, log.as_ref(), &store, threads, &|micros| progress.add(micros))?;
    progress.finish();
    if swept.kept > 0 {
        terminal::note(&format!("{} of {} points were there already", swept.kept, swept.points.len()));
    }
    let command = command(arguments, &first);
    let report = Report { swept: &swept, scenario: &first, measure: &arguments.measure, command: &command };
    let (paper, summary) = (report.paper()?, report.summary());
    let published = draft.publish_with(|folder| paper.write(folder, &summary, &report.tables()))?;
    let code = if arguments.json {
        super::print(&format!("{summary:#}\n"))?
    } else {
        super::print(&terminal::paper(&paper.title, &report.sentences(), &[report.effects_in_words()]))?
    };
    terminal::note(&format!("report: {}", published.join("index.html").display()));
    Ok(code)
}

/// The command that makes it again.
fn command(arguments: &SweepArguments, first: &crate::scenario::Scenario) -> String {
    let vary = arguments.vary.iter().map(|text| ("--vary", text.clone()));
    let set = arguments.changes.set.iter().map(|text| ("--set", text.clone()));
    let numbers = [("--seed", first.seed.to_string()), ("--replications", first.replications.to_string())];
    let measure = [("--measure", arguments.measure.clone())];
    let options = vary.chain(set).chain(numbers).chain(measure);
    let words: Vec<String> =
        options.map(|(option, value)| format!("{option} {}", crate::scenario::quoted(&value))).collect();
    format!("millstream sweep {} {}", crate::scenario::quoted(&arguments.scenario), words.join(" "))
}
