//! The page: everything of an outcome in one HTML file that needs nothing else.

mod days;
mod paper;
mod steps;
mod stream;

use minijinja::value::Serde;
use minijinja::{Environment, HtmlEscape};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::experiment::{Estimate, Outcome, PipelineOutcome};
use crate::metrics::{MEASURES, Unit};
use crate::report::charts::Figure;
use crate::report::rows::{self, GROUPS};
use crate::report::{verdict, view};
use crate::scenario::quoted;
pub use paper::{Paper, PaperTable, Section};
use steps::Step;

const TEMPLATE: &str = include_str!("../../../assets/report.html");
const HEAD: &str = include_str!("../../../assets/head.html");
const STYLE: &str = include_str!("../../../assets/report.css");

/// Figures by the section that they stand in, in this order; all others show the same stream under each pipeline.
const CONTINUUM: [&str; 1] = ["continuum"];
const OVER_TIME: [&str; 4] = ["day_complete", "visible_by_age", "data_age", "outage"];
const TAKES: [&str; 2] = ["dedup_bytes", "load_by_hour"];

/// A cell: a value and its interval.
#[derive(Serialize)]
struct Cell {
    text: String,
    interval: Option<String>,
}

/// A row of a table, with a cell for each pipeline.
#[derive(Serialize)]
struct Row {
    label: String,
    meaning: String,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Group {
    title: String,
    rows: Vec<Row>,
}

/// How an objective turned out.
#[derive(Serialize)]
struct Goal {
    name: String,
    measure: String,
    bound: String,
    cells: Vec<GoalCell>,
}

#[derive(Serialize)]
struct GoalCell {
    text: String,
    interval: Option<String>,
    budget: Option<String>,
    word: &'static str,
}

/// Everything that the template shows.
#[derive(Serialize)]
struct View<'a> {
    title: &'a str,
    question: &'a str,
    assumptions: &'a [String],
    limits: Vec<String>,
    seed: u64,
    replications: u32,
    complete_share: String,
    version: &'static str,
    start: String,
    warmup: String,
    measured: String,
    simulated: String,
    names: Vec<&'a str>,
    models: Vec<&'a str>,
    verdict: Vec<String>,
    goals: Vec<Goal>,
    undecided: bool,
    days: Vec<Row>,
    groups: Vec<Group>,
    continuum: Vec<Drawing<'a>>,
    same_stream: Vec<Drawing<'a>>,
    over_time: Vec<Drawing<'a>>,
    takes: Vec<Drawing<'a>>,
    steps: Vec<Step>,
    accounting: Vec<Group>,
    workload: Vec<Row>,
    measures: Vec<Row>,
    reproduce: String,
}

/// A figure on the page.
#[derive(Serialize)]
struct Drawing<'a> {
    name: &'a str,
    caption: &'a str,
    svg: String,
}

impl<'a> View<'a> {
    fn of(outcome: &'a Outcome, figures: &'a [Figure]) -> Self {
        let scenario = &outcome.scenario;
        let (name, seed, replications) = (quoted(&scenario.name), scenario.seed, scenario.replications);
        Self {
            title: &scenario.title,
            question: &scenario.question,
            assumptions: &scenario.assumptions,
            limits: scenario.limits.iter().cloned().chain(stream::sampling(outcome)).collect(),
            seed,
            replications,
            complete_share: view::value(Unit::Share, scenario.complete_share),
            version: env!("CARGO_PKG_VERSION"),
            start: outcome.start.to_string(),
            warmup: view::value(Unit::Seconds, scenario.warmup.as_secs_f64()),
            measured: view::value(Unit::Seconds, outcome.measured_s),
            simulated: view::full_count(outcome.simulated_deliveries as f64),
            names: outcome.pipelines.iter().map(|pipeline| pipeline.name.as_str()).collect(),
            models: outcome.pipelines.iter().map(|pipeline| pipeline.model).collect(),
            verdict: verdict::sentences(outcome).iter().map(|sentence| view::tied(sentence)).collect(),
            goals: goals(outcome),
            undecided: outcome.objectives.iter().any(|verdict| verdict::word(verdict) == "undecided"),
            days: days::days(outcome),
            groups: comparison(outcome),
            continuum: drawings(figures, &CONTINUUM),
            same_stream: figures.iter().filter(|figure| !is_elsewhere(figure)).map(drawing).collect(),
            over_time: drawings(figures, &OVER_TIME),
            takes: drawings(figures, &TAKES),
            steps: steps::steps(outcome),
            accounting: stream::accounting(outcome),
            workload: stream::workload(outcome),
            measures: MEASURES.iter().map(|measure| row(outcome, measure.path, measure.path)).collect(),
            reproduce: [format!("millstream run {name} --seed {seed} --replications {replications}")]
                .iter()
                .chain(&scenario.changes)
                .cloned()
                .collect::<Vec<_>>()
                .join(" "),
        }
    }
}

/// The page.
///
/// # Errors
/// When the template fails, which no outcome makes it do.
pub fn page(outcome: &Outcome, figures: &[Figure]) -> Result<String> {
    render(TEMPLATE, View::of(outcome, figures))
}

fn render(text: &str, view: impl Serialize) -> Result<String> {
    let failed = |error: minijinja::Error| Error::Model(format!("cannot make the page: {error:#}"));
    let mut environment = Environment::new();
    environment.add_template("report.css", STYLE).map_err(failed)?;
    environment.add_template("head.html", HEAD).map_err(failed)?;
    environment.add_template("page.html", text).map_err(failed)?;
    let template = environment.get_template("page.html").map_err(failed)?;
    template.render(Serde(view)).map_err(failed)
}

fn cell(unit: Unit, estimate: &Estimate) -> Cell {
    Cell { text: view::optional(unit, estimate.value), interval: view::interval(unit, estimate) }
}

fn row(outcome: &Outcome, path: &str, label: &str) -> Row {
    let meaning = crate::metrics::find(path).map_or("", |measure| measure.meaning).to_owned();
    let unit = rows::unit(path);
    let cells = outcome.pipelines.iter().map(|pipeline| cell(unit, &pipeline.get(path))).collect();
    Row { label: label.to_owned(), meaning, cells }
}

fn comparison(outcome: &Outcome) -> Vec<Group> {
    GROUPS
        .iter()
        .filter(|group| group.applies(&outcome.pipelines))
        .map(|group| {
            let title = match group.title {
                "Cost" => format!("Cost ({})", outcome.scenario.prices.currency),
                title => title.to_owned(),
            };
            Group { title, rows: group.shown(outcome).map(|each| row(outcome, each.path, each.label)).collect() }
        })
        .collect()
}

fn goals(outcome: &Outcome) -> Vec<Goal> {
    let of = |judged: &verdict::Judged<'_>, pipeline: &PipelineOutcome| {
        let unit = verdict::unit(judged.objective);
        match judged.verdicts.iter().find(|verdict| verdict.pipeline == pipeline.name) {
            Some(found) => {
                let Cell { interval, .. } = cell(unit, &found.value);
                let budget = found.budget_left.as_ref().and_then(verdict::budget);
                GoalCell { text: verdict::found(judged.objective, found), interval, budget, word: verdict::word(found) }
            }
            None => GoalCell { text: view::ABSENT.to_owned(), interval: None, budget: None, word: "not asked" },
        }
    };
    verdict::judged(outcome)
        .iter()
        .map(|judged| Goal {
            name: judged.objective.name.clone(),
            measure: rows::phrase(&judged.objective.measure),
            bound: verdict::bound(judged.objective),
            cells: outcome.pipelines.iter().map(|pipeline| of(judged, pipeline)).collect(),
        })
        .collect()
}

fn is_elsewhere(figure: &Figure) -> bool {
    [&CONTINUUM[..], &OVER_TIME, &TAKES].concat().contains(&figure.name)
}

/// The figures of those names, in the order of the names.
fn drawings<'a>(figures: &'a [Figure], names: &[&str]) -> Vec<Drawing<'a>> {
    names.iter().flat_map(|name| figures.iter().filter(move |figure| figure.name == *name)).map(drawing).collect()
}

/// A figure with its drawing made fit for the page: scalable, and named for screen readers.
fn drawing(figure: &Figure) -> Drawing<'_> {
    let label = HtmlEscape(&figure.title);
    let opening = format!("<svg role=\"img\" aria-label=\"{label}\" ");
    let svg = figure.svg.replacen("<svg ", &opening, 1).replacen("width=\"1600\" height=\"900\" ", "", 1);
    Drawing { name: figure.name, caption: &figure.caption, svg }
}
