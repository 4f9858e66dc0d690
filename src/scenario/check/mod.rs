//! From the file's shape to the checked [`Scenario`]: what must be there, bounds, contradictions.
//! Every check reports its problem and goes on; the scenario counts only when there is none.

mod bounds;
mod dedup;
mod distribution;
mod enrich;
mod funnel;
mod gate;
mod models;
mod objective;
mod operations;
mod pipeline;
mod sink;
mod team;
mod window;
mod workload;

use std::path::PathBuf;

use super::builtin;
use super::file::{JobFile, OrNone, PricesFile, ScenarioFile, WorkloadFile};
use super::findings::Findings;
use super::model::{Aggregate, Job, LogFile, Prices, Scenario, Source, Window, WindowBy, Workload};
use super::path::Path;
use super::presets;
use super::tree::Origin;
use crate::units::{DAY, Span, UtcInstant};
use dedup::JobDedup;
use models::Around;

/// The longest that a scenario may run, warm-up included.
const LONGEST_RUN: Span = Span(3_653 * DAY);
/// Earliest and latest start, seconds from 1970: 1970 and 2200.
const STARTS: std::ops::RangeInclusive<i64> = 0..=7_258_118_400;

/// What a scenario's paths are relative to.
pub(super) struct Base<'a> {
    /// The scenario's name.
    pub(super) name: &'a str,
    /// The scenario's folder; `None` for a built-in one.
    pub(super) folder: Option<&'a std::path::Path>,
    /// A log given on the command line.
    pub(super) trace: Option<&'a std::path::Path>,
}

impl Base<'_> {
    /// Where a log is: one from the command line is relative to the current folder, one from a
    /// file to the file's, one from a built-in scenario is inside the program.
    fn log(&self, name: &str, origin: Origin) -> LogFile {
        match (self.trace, self.folder) {
            (Some(log), _) if origin == Origin::Flag("--trace") => LogFile::Path(log.to_path_buf()),
            (_, None) => builtin::log(name).unwrap_or_else(|| LogFile::Path(PathBuf::from(name))),
            (_, Some(folder)) if matches!(origin, Origin::File(_)) => LogFile::Path(folder.join(name)),
            _ => LogFile::Path(PathBuf::from(name)),
        }
    }
}

/// Checks a scenario; its value counts only when `findings` has no problem afterwards.
pub(super) fn scenario(file: &ScenarioFile, base: &Base<'_>, findings: &mut Findings) -> Scenario {
    let top = Path::default();
    let title = words(&top.key("title"), file.title.as_deref(), "title = \"…\"", 200, findings);
    let question = words(&top.key("question"), file.question.as_deref(), "question = \"…\"", 1_000, findings);
    let mut assumptions = sentences(file.assumptions.as_deref(), &top.key("assumptions"), findings);
    let team = file.team.as_ref().map(|given| team::team(given, &top.key("team"), findings));
    assumptions.extend(team.as_ref().map(team::assumption));
    let limits = sentences(file.limits.as_deref(), &top.key("limits"), findings);
    let mut workload = stream(file, &top, base, findings);
    let start = start(file.start, &top.key("start"), &workload, findings);
    let (warmup, duration) = lengths(file, &top, &workload, findings);
    let replications = findings.whole(&top.key("replications"), file.replications, 1..=10_000, 1);
    let simulated = duration.map(|duration| warmup + duration).filter(|total| *total <= LONGEST_RUN);
    let paths = (&top.key("workload"), &top.key("duration"));
    workload::bound_events(&mut workload, simulated, (start, replications), paths, findings);
    workload::bound_incidents(workload.bad_data.as_ref(), simulated, &top.key("workload"), findings);
    let (job, dedup) = job(file.job.as_ref(), &top.key("job"), simulated, findings);
    if workload.sample > 1 && job.window.as_ref().is_some_and(|window| window.by == WindowBy::Key) {
        let what = "one in so many event ids does not tell which keys a window holds";
        findings.at(&top.key("job").key("window").key("by"), what, "remove `workload.sample`, or set by = \"global\"");
    }
    if workload.sample > 1 && job.window.as_ref().is_some_and(|window| window.aggregate == Aggregate::DistinctUsers) {
        let what = "one in so many event ids does not tell how many users a window has";
        let remedy = "remove `workload.sample`, or set aggregate = \"count\"";
        findings.at(&top.key("job").key("window").key("aggregate"), what, remedy);
    }
    if workload.sample > 1 && job.window.as_ref().is_some_and(|window| window.size().is_none()) {
        let what = "sessions and the last rows of a key need every event of a key";
        findings.at(&top.key("job").key("window"), what, "remove `workload.sample`, or write windows with a size");
    }
    let around = Around { window: job.window.as_ref(), dedup, simulated };
    let pipelines = pipeline::pipelines(file.pipelines.as_deref(), &top.key("pipelines"), &around, findings);
    enrich::pipelines(job.enrich.as_ref(), &pipelines, &top.key("job").key("enrich"), findings);
    let measured = (start, simulated.and(duration));
    funnel::around(&job, &workload, measured, &pipelines, &top, findings);
    let objectives = file.objectives.as_deref().unwrap_or_default();
    Scenario {
        changes: Vec::new(),
        log_is_foreign: base.trace.is_some(),
        name: base.name.to_owned(),
        title,
        question,
        assumptions,
        limits,
        start,
        warmup,
        duration,
        seed: file.seed.unwrap_or(1),
        replications,
        complete_share: findings.positive(&top.key("complete_share"), file.complete_share, 1.0, 0.99),
        workload,
        value: objective::value(file.value.as_ref(), &top.key("value"), findings),
        objectives: objective::objectives(objectives, &top.key("objectives"), &pipelines, findings),
        job,
        team,
        pipelines,
        prices: prices(file.prices.as_ref(), &top.key("prices"), findings),
    }
}

fn words(path: &Path, text: Option<&str>, example: &str, longest: usize, findings: &mut Findings) -> String {
    let text = findings.required(path, text, example).unwrap_or("-");
    findings.line(path, text, longest);
    text.to_owned()
}

fn sentences(list: Option<&[String]>, path: &Path, findings: &mut Findings) -> Vec<String> {
    let list = list.unwrap_or_default();
    for (place, sentence) in list.iter().enumerate() {
        findings.line(&path.index(place), sentence, 1_000);
    }
    list.to_vec()
}

fn stream(file: &ScenarioFile, top: &Path, base: &Base<'_>, findings: &mut Findings) -> Workload {
    let path = top.key("workload");
    let none = WorkloadFile::default();
    match findings.required(
        &path,
        file.workload.as_ref(),
        "[workload] with rate = \"1000/s\", or with trace = \"log.csv\"",
    ) {
        Some(file) => workload::workload(file, &path, base, findings),
        // Its fields are missing as well, but the table says it all.
        None => workload::workload(&none, &path, base, &mut Findings::new("", "")),
    }
}

fn start(given: Option<UtcInstant>, path: &Path, workload: &Workload, findings: &mut Findings) -> UtcInstant {
    let from_file = !matches!(findings.tree.origin_of(&Path::default().key("workload").key("trace")), Origin::Flag(_));
    if given.is_some() && from_file && matches!(workload.source, Source::Trace(_)) {
        let what = "`start` and `workload.trace` exclude each other: the log brings its own start";
        findings.at(path, what, "remove `start`");
    }
    let monday = || UtcInstant(jiff::Timestamp::from_second(1_767_571_200).unwrap_or_default());
    let start = given.unwrap_or_else(monday);
    if !STARTS.contains(&start.0.as_second()) {
        findings.at(path, format!("{start} is out of bounds"), "write an instant from 1970 to 2200");
    }
    start
}

/// Warm-up and duration.
fn lengths(file: &ScenarioFile, top: &Path, workload: &Workload, findings: &mut Findings) -> (Span, Option<Span>) {
    let path = top.key("duration");
    let warmup = file.warmup.unwrap_or_default();
    let replayed = matches!(workload.source, Source::Trace(_));
    let duration = match file.duration {
        None if replayed => None,
        given => Some(findings.required(&path, given, "duration = \"3d\"").unwrap_or(Span(DAY))),
    };
    let duration = duration.map(|span| findings.interval(&path, Some(span), Span(DAY)));
    let total = warmup + duration.unwrap_or_default();
    if total > LONGEST_RUN {
        let longer = if warmup > LONGEST_RUN { top.key("warmup") } else { path };
        findings.at(&longer, format!("warm-up and duration are {total} together"), "write at most 10 years in all");
    }
    (warmup, duration)
}

fn job(
    file: Option<&JobFile>,
    path: &Path,
    simulated: Option<Span>,
    findings: &mut Findings,
) -> (Job, Option<JobDedup>) {
    let (mut job, mut removal) = (Job::default(), None);
    let Some(file) = file else { return (job, None) };
    if let Some(OrNone::On(dedup)) = &file.dedup {
        let has_window =
            matches!(&file.window, Some(OrNone::On(window)) if window.size.is_some() && window.slide.is_none());
        let (checked, given) = dedup::job(dedup, &path.key("dedup"), has_window, findings);
        (job.dedup, removal) = (Some(checked), Some(given));
    }
    if let Some(OrNone::On(window)) = &file.window {
        let kind = window::kind(window, &path.key("window"), simulated, findings);
        let (by, aggregate) = (window.by.unwrap_or(WindowBy::Global), window.aggregate.unwrap_or_default());
        job.window = Some(Window { kind, by, aggregate });
    }
    job.enrich = file.enrich.as_ref().map(|given| enrich::enrich(given, &path.key("enrich"), findings));
    if let Some(OrNone::On(given)) = &file.funnel {
        job.funnel = Some(funnel::funnel(given, &path.key("funnel"), findings));
    }
    (job, removal)
}

fn prices(file: Option<&PricesFile>, path: &Path, findings: &mut Findings) -> Prices {
    let default = presets::prices();
    let Some(file) = file else { return default };
    let currency = file.currency.clone().unwrap_or(default.currency);
    findings.line(&path.key("currency"), &currency, 20);
    Prices {
        currency,
        core_hour: findings.number(&path.key("core_hour"), file.core_hour, 0.0..=1e9, default.core_hour),
        gb_hour: findings.number(&path.key("gb_hour"), file.gb_hour, 0.0..=1e9, default.gb_hour),
    }
}
