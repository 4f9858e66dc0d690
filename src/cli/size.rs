//! The subcommand `size`.

use std::path::PathBuf;
use std::process::ExitCode;

use super::changes::Changes;
use crate::decide::{self, Capacity};
use crate::error::{Error, Problem, Result};
use crate::experiment;
use crate::report::files::Draft;
use crate::report::size::{Report, STORES};
use crate::scenario::{self, Dedup, IdForm, Model, Scenario, Source, Store, quoted};
use crate::terminal::{self, Progress};
use crate::units::{Bytes, DAY, HOUR, MINUTE, Span};

/// Times to live that are looked at unless others are named.
const TTLS: [i64; 13] = [
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    3 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
];

/// What to size, and for which machines.
#[derive(Debug, clap::Args)]
pub(super) struct SizeArguments {
    /// A TOML file, or the name of a built-in scenario (see `millstream scenarios`)
    scenario: String,
    /// Times to live to look at [default: from 1m to 28d, and the scenario's]
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    ttl: Vec<Span>,
    /// The store to judge [default: that of the first continuous pipeline, else of the first micro-batch, else flink_heap_ttl]
    #[arg(long, value_name = "STORE", value_parser = store)]
    store: Option<Store>,
    /// Form of the ids
    #[arg(long, value_name = "FORM", default_value = "integer")]
    id: FormWord,
    /// Workers that share the ids [default: the parallelism of the first continuous pipeline, else 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    workers: Option<u32>,
    /// Memory of a worker for the ids
    #[arg(long, value_name = "BYTES", default_value = "4 GiB")]
    memory: Bytes,
    /// Bytes a second that a worker can write into a checkpoint
    #[arg(long, value_name = "BYTES", default_value = "100 MB")]
    bandwidth: Bytes,
    /// Time between two checkpoints
    #[arg(long, value_name = "SPAN", default_value = "1m")]
    checkpoint: Span,
    /// Growth of the stream a year, such as 50% [default: the scenario's trend, else none]
    #[arg(long, value_name = "SHARE", value_parser = growth)]
    growth: Option<f64>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// Folder for the report [default: reports/<scenario>-size]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print summary.json on stdout
    #[arg(long)]
    json: bool,
}

/// The form of ids.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FormWord {
    Integer,
    Uuid,
}

fn store(text: &str) -> std::result::Result<Store, String> {
    let names = || STORES.iter().map(|store| store.name()).collect::<Vec<_>>().join(", ");
    let found = STORES.iter().find(|store| store.name() == text);
    found.copied().ok_or_else(|| format!("the stores are: {}", names()))
}

/// A growth of 0 to 10,000 % a year.
fn growth(text: &str) -> std::result::Result<f64, String> {
    let (number, unit) = match text.trim().strip_suffix('%') {
        Some(percent) => (percent, 0.01),
        None => (text, 1.0),
    };
    let growth = number.trim().parse::<f64>().ok().map(|number| number * unit);
    growth.filter(|growth| (0.0..=100.0).contains(growth)).ok_or_else(|| "write a growth such as 50% or 0.5".to_owned())
}

/// Looks at the stream, writes the report and prints the answer.
pub(super) fn size(arguments: &SizeArguments) -> Result<ExitCode> {
    let overrides = arguments.changes.overrides();
    let scenario = scenario::load(&arguments.scenario, &overrides)?;
    let own = own_ttl(&scenario);
    let mut ttls = if arguments.ttl.is_empty() { TTLS.map(Span).to_vec() } else { arguments.ttl.clone() };
    if arguments.ttl.is_empty() {
        ttls.extend(own);
    }
    check(arguments, &ttls)?;
    let ttl = own.filter(|ttl| ttls.contains(ttl)).or(if arguments.ttl.is_empty() {
        Some(Span(DAY))
    } else {
        ttls.iter().copied().max()
    });
    let stream = scenario.most_like_a_stream().and_then(|place| scenario.pipelines.get(place));
    let first = stream.and_then(|pipeline| pipeline.store);
    let capacity = Capacity {
        workers: arguments.workers.or_else(|| workers(&scenario)).unwrap_or(1),
        memory: arguments.memory.0 as f64,
        bandwidth: arguments.bandwidth.0 as f64,
        interval: arguments.checkpoint.as_secs_f64(),
        growth: arguments.growth.unwrap_or_else(|| trend(&scenario)),
    };
    let folder =
        arguments.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(format!("{}-size", scenario.name)));
    let draft = Draft::prepare(&folder)?;
    let log = super::run::log_of(&scenario)?;
    let progress = Progress::new(experiment::work(&scenario, log.as_ref()), &scenario.title);
    let threads = arguments.changes.threads();
    let found = decide::size(&scenario, log.as_ref(), &ttls, threads, &|micros| progress.add(micros))?;
    progress.finish();
    let command = command(arguments, &scenario);
    let report = Report {
        size: &found,
        scenario: &scenario,
        capacity,
        form: match arguments.id {
            FormWord::Integer => IdForm::Integer,
            FormWord::Uuid => IdForm::Uuid,
        },
        ttl: ttl.unwrap_or(Span(DAY)),
        store: arguments.store.or(first).unwrap_or(Store::FlinkHeapTtl),
        command: &command,
    };
    let (paper, summary) = (report.paper()?, report.summary());
    let published = draft.publish_with(|folder| paper.write(folder, &summary, &report.tables()))?;
    let code = if arguments.json {
        super::print(&format!("{summary:#}\n"))?
    } else {
        super::print(&terminal::paper(&paper.title, &report.sentences(), &[report.by_ttl(), report.by_store()]))?
    };
    terminal::note(&format!("report: {}", published.join("index.html").display()));
    Ok(code)
}

fn check(arguments: &SizeArguments, ttls: &[Span]) -> Result<()> {
    let problem = |option: &str, what: &str, remedy: String| {
        Err(Error::input(Problem {
            file: option.to_owned(),
            position: None,
            field: None,
            what: what.to_owned(),
            remedy,
        }))
    };
    if ttls.len() > decide::MOST_TTLS || ttls.iter().any(|ttl| *ttl <= Span::ZERO) {
        let remedy = format!("name at most {} spans above 0", decide::MOST_TTLS);
        return problem("--ttl", "these cannot be looked at", remedy);
    }
    for (option, zero) in [
        ("--memory", arguments.memory.0 == 0),
        ("--bandwidth", arguments.bandwidth.0 == 0),
        ("--checkpoint", arguments.checkpoint <= Span::ZERO),
    ] {
        if zero {
            return problem(option, "it is 0", "write something above 0".to_owned());
        }
    }
    Ok(())
}

/// The time to live of the job, or of the first pipeline that has one.
fn own_ttl(scenario: &Scenario) -> Option<Span> {
    let ttl = |dedup: &Option<Dedup>| match dedup {
        Some(Dedup::Ttl(ttl) | Dedup::EventTime(ttl) | Dedup::Generations(ttl) | Dedup::Bloom(ttl, _)) => Some(*ttl),
        _ => None,
    };
    ttl(&scenario.job.dedup).or_else(|| scenario.pipelines.iter().find_map(|pipeline| ttl(&pipeline.dedup)))
}

fn workers(scenario: &Scenario) -> Option<u32> {
    scenario.pipelines.iter().find_map(|pipeline| match &pipeline.model {
        Model::Continuous(continuous) => Some(continuous.parallelism),
        _ => None,
    })
}

/// The scenario's trend over a year, if it rises.
fn trend(scenario: &Scenario) -> f64 {
    match &scenario.workload.source {
        Source::Poisson(rates) if rates.trend > 0.0 => (libm::pow(1.0 + rates.trend, 365.25) - 1.0).clamp(0.0, 1e6),
        _ => 0.0,
    }
}

/// The command that makes it again.
fn command(arguments: &SizeArguments, scenario: &Scenario) -> String {
    let mut words = vec![format!("millstream size {}", quoted(&arguments.scenario))];
    if !arguments.ttl.is_empty() {
        let ttls: Vec<String> = arguments.ttl.iter().map(ToString::to_string).collect();
        words.push(format!("--ttl {}", quoted(&ttls.join(","))));
    }
    words.extend(arguments.store.map(|store| format!("--store {}", store.name())));
    if matches!(arguments.id, FormWord::Uuid) {
        words.push("--id uuid".to_owned());
    }
    words.extend(arguments.workers.map(|workers| format!("--workers {workers}")));
    words.push(format!("--memory {}", quoted(&format!("{} B", arguments.memory.0))));
    words.push(format!("--bandwidth {}", quoted(&format!("{} B", arguments.bandwidth.0))));
    words.push(format!("--checkpoint {}", quoted(&arguments.checkpoint.to_string())));
    words.extend(arguments.growth.map(|growth| format!("--growth {growth}")));
    words.extend(arguments.changes.set.iter().map(|set| format!("--set {}", quoted(set))));
    words.push(format!("--seed {} --replications {}", scenario.seed, scenario.replications));
    words.join(" ")
}
