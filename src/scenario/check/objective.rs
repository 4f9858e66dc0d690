//! The objectives: known measures, known pipelines, bounds in the measure's unit.

use crate::measure::{EVENT_LATENCY, MEASURES, Measure, Unit, find, has_days};
use crate::scenario::file::{BoundFile, ObjectiveFile, ValueFile};
use crate::scenario::findings::Findings;
use crate::scenario::model::{Decay, Objective, Of, Pipeline, Target, Value};
use crate::scenario::path::Path;
use crate::scenario::suggest::{choices, did_you_mean};
use crate::units::{Bytes, SECOND, Span};

/// Most objectives of a scenario.
const MOST: usize = 256;

/// Checks `[[objectives]]`.
pub(super) fn objectives(
    files: &[ObjectiveFile],
    path: &Path,
    pipelines: &[Pipeline],
    findings: &mut Findings,
) -> Vec<Objective> {
    if files.len() > MOST {
        findings.at(path, format!("there are {} objectives", files.len()), format!("write at most {MOST}"));
        return Vec::new();
    }
    let check = |(place, file)| objective(file, &path.index(place), pipelines, findings);
    files.iter().enumerate().filter_map(check).collect()
}

fn objective(file: &ObjectiveFile, path: &Path, pipelines: &[Pipeline], findings: &mut Findings) -> Option<Objective> {
    if let Some(name) = &file.name {
        findings.line(&path.key("name"), name, 120);
    }
    pipeline(file.pipeline.as_deref(), &path.key("pipeline"), pipelines, findings);
    let measure_path = path.key("measure");
    let name = findings.required(&measure_path, file.measure.as_deref(), "measure = \"latency_s.p95\"");
    let measure = match name {
        Some(name) if name == EVENT_LATENCY.path && file.share_of_events.is_some() => Some(&EVENT_LATENCY),
        Some(name) => find(name).or_else(|| unknown(name, &measure_path, findings)),
        None => None,
    };
    let of = of(file, path, measure, findings);
    let (key, bound) = bound(file, path, findings)?;
    let measure = measure?;
    let number = number(bound, measure, &path.key(key), findings)?;
    let (words, target) = match key {
        "at_most" => ("at most", Target::AtMost(number)),
        _ => ("at least", Target::AtLeast(number)),
    };
    let text = match bound {
        BoundFile::Number(number) => number.to_string(),
        BoundFile::Text(text) => text.clone(),
    };
    let when = match of {
        Of::Measure => String::new(),
        Of::Events { share } => format!(" for {} % of the events", percent(share)),
        Of::Days { share, .. } => {
            let by = file.by.as_ref().map_or_else(String::new, |by| format!(" by {by} UTC"));
            format!("{by} on {} % of the days", percent(share))
        }
    };
    Some(Objective {
        name: file.name.clone().unwrap_or_else(|| format!("{} {words} {text}{when}", measure.path)),
        pipeline: file.pipeline.clone(),
        measure: measure.path.to_owned(),
        of,
        target,
    })
}

/// A share in percent, without the noise of its last digits.
fn percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}

/// What the bound holds for.
fn of(file: &ObjectiveFile, path: &Path, measure: Option<&'static Measure>, findings: &mut Findings) -> Of {
    let by_path = path.key("by");
    let by = file.by.as_deref().and_then(|by| hour(by, &by_path, findings));
    let is_completeness = measure.is_none_or(|measure| measure.path == "correctness.completeness_final");
    if file.by.is_some() && (file.share_of_days.is_none() || !is_completeness) {
        let remedy = "write it with measure = \"correctness.completeness_final\" and share_of_days, or remove it";
        findings.at(&by_path, "`by` is for the completeness of days", remedy);
    }
    match (file.share_of_days, file.share_of_events) {
        (None, None) => Of::Measure,
        (Some(_), Some(_)) => {
            let what = "`share_of_days` and `share_of_events` exclude each other";
            findings.at(&path.key("share_of_events"), what, "write two objectives, one for each share");
            Of::Measure
        }
        (Some(share), None) => {
            if let Some(measure) = measure.filter(|measure| !has_days(measure.path)) {
                let what = format!("{} has no value for each day", measure.path);
                let remedy = "use one of latency_s, landing_s.max or correctness.completeness_final, or remove it";
                findings.at(&path.key("share_of_days"), what, remedy);
            }
            Of::Days { share: inner_share(&path.key("share_of_days"), share, findings), by }
        }
        (None, Some(share)) => {
            if let Some(measure) = measure.filter(|measure| measure.path != EVENT_LATENCY.path) {
                let what = format!("{} is no measure of one event", measure.path);
                findings.at(&path.key("share_of_events"), what, "write measure = \"latency_s\", or remove it");
            }
            Of::Events { share: inner_share(&path.key("share_of_events"), share, findings) }
        }
    }
}

/// A share above 0 and below 1: no number of days or events would ever prove all.
fn inner_share(path: &Path, share: f64, findings: &mut Findings) -> f64 {
    if share > 0.0 && share < 1.0 {
        return share;
    }
    findings.at(path, format!("{share} is no share that can be judged"), "write a number above 0 and below 1");
    0.5
}

/// A time of the day as the time since midnight.
fn hour(text: &str, path: &Path, findings: &mut Findings) -> Option<Span> {
    let read = text.parse::<jiff::civil::Time>();
    if read.is_err() {
        findings.at(path, format!("\"{text}\" is no time of the day"), "write hours and minutes, such as \"09:00\"");
    }
    let time = read.ok()?;
    let seconds = (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60 + i64::from(time.second());
    Some(Span(seconds * SECOND))
}

fn pipeline(name: Option<&str>, path: &Path, pipelines: &[Pipeline], findings: &mut Findings) {
    let Some(name) = name else { return };
    if !pipelines.iter().any(|pipeline| pipeline.name == name) && !findings.tree.reported(path) {
        let names: Vec<&str> = pipelines.iter().map(|pipeline| pipeline.name.as_str()).collect();
        findings.at(path, format!("there is no pipeline \"{name}\""), choices(name, &names, "the pipelines are:"));
    }
}

/// Reports a measure that does not exist: names the nearest one, or those of its group, or the groups.
fn unknown(name: &str, path: &Path, findings: &mut Findings) -> Option<&'static Measure> {
    let paths = || MEASURES.iter().map(|measure| measure.path);
    let group = |path: &'static str| path.split('.').next().unwrap_or(path);
    let siblings: Vec<&str> = paths().filter(|path| name.split('.').next() == Some(group(path))).collect();
    let remedy = if let Some(hint) = did_you_mean(name, paths()) {
        hint
    } else if siblings.is_empty() {
        let mut groups: Vec<&str> = paths().map(group).collect();
        groups.dedup();
        format!("measures are written group.name, such as latency_s.p95; the groups are: {}", groups.join(", "))
    } else {
        format!("use one of: {}", siblings.join(", "))
    };
    findings.at(path, format!("there is no measure \"{name}\""), remedy);
    None
}

/// The key of the one bound, and the bound.
fn bound<'a>(file: &'a ObjectiveFile, path: &Path, findings: &mut Findings) -> Option<(&'static str, &'a BoundFile)> {
    match (&file.at_most, &file.at_least) {
        (Some(bound), None) => Some(("at_most", bound)),
        (None, Some(bound)) => Some(("at_least", bound)),
        (Some(_), Some(_)) => {
            let what = "`at_most` and `at_least` exclude each other";
            findings.at(&path.key("at_least"), what, "write two objectives, one for each bound");
            None
        }
        (None, None) => {
            findings.at(path, "the objective has no bound", "add at_most = \"15m\", or at_least");
            None
        }
    }
}

/// The bound in the measure's unit.
fn number(bound: &BoundFile, measure: &Measure, path: &Path, findings: &mut Findings) -> Option<f64> {
    let text = match bound {
        BoundFile::Number(number) if number.is_finite() && *number >= 0.0 => return Some(*number),
        BoundFile::Number(number) => {
            findings.at(path, format!("{number} cannot be a bound"), "write a finite number, 0 or more");
            return None;
        }
        BoundFile::Text(text) => text,
    };
    let read = match measure.unit {
        Unit::Seconds => text.parse().map(Span::as_secs_f64),
        Unit::Bytes => text.parse().map(|Bytes(bytes)| bytes as f64),
        _ => Err(format!("\"{text}\" is text, but {} is a plain number; write a number without quotes", measure.path)),
    };
    read.map_err(|message: String| {
        let (what, remedy) = message.rsplit_once("; ").unwrap_or((&message, ""));
        findings.at(path, what, remedy);
    })
    .ok()
}

/// Checks `value`.
pub(super) fn value(file: Option<&ValueFile>, path: &Path, findings: &mut Findings) -> Option<Value> {
    let file = file?;
    let per_event_path = path.key("per_event");
    let given = findings.required(&per_event_path, file.per_event, "per_event = 0.001");
    let per_event = findings.positive(&per_event_path, given, 1e9, 1.0);
    let mut span =
        |key: &str, given: Option<Span>| given.map(|span| findings.interval(&path.key(key), Some(span), span));
    let decay = match (span("half_life", file.half_life), span("deadline", file.deadline)) {
        (Some(half_life), None) => Some(Decay::HalfLife(half_life)),
        (None, Some(deadline)) => Some(Decay::Deadline(deadline)),
        (Some(_), Some(_)) => {
            let what = "`half_life` and `deadline` exclude each other";
            findings.at(&path.key("deadline"), what, "remove one of them");
            None
        }
        (None, None) => {
            findings.at(path, "nothing says how the value goes down", "add half_life = \"1h\", or deadline = \"15m\"");
            None
        }
    };
    Some(Value { per_event, decay: decay? })
}
