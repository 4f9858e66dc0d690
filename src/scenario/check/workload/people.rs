//! Who does what: keys, users, types, sessions.

use crate::random::Distribution;
use crate::scenario::file::{DistributionFile, KeysFile, SessionsFile, TypeFile};
use crate::scenario::findings::Findings;
use crate::scenario::model::{EventType, Keys, Sessions, Source, Step};
use crate::scenario::path::Path;
use crate::units::{Bytes, MINUTE};

/// Types of events at most.
const MOST_TYPES: usize = 32;

/// Checks the payload of the workload or of a type.
pub(super) fn payload(path: &Path, file: Option<&DistributionFile<Bytes>>, findings: &mut Findings) -> Distribution {
    let payload = findings.distribution(path, file, Distribution::Constant(300.0));
    if payload.mean() <= 0.0 {
        findings.at(path, "an event of 0 bytes", "write a size above 0, such as \"300 B\"");
    }
    payload
}

/// Checks keys or users.
pub(super) fn keys(file: Option<&KeysFile>, path: &Path, findings: &mut Findings) -> Keys {
    Keys {
        count: findings.whole(&path.key("count"), file.and_then(|keys| keys.count), 1..=10_000_000, 1),
        zipf: findings.number(&path.key("zipf"), file.and_then(|keys| keys.zipf), 0.0..=10.0, 0.0),
    }
}

/// Checks the types of events.
pub(super) fn types(file: Option<&[TypeFile]>, path: &Path, findings: &mut Findings) -> Vec<EventType> {
    let Some(file) = file else { return Vec::new() };
    if file.is_empty() || file.len() > MOST_TYPES {
        let what = format!("there are {} types", file.len());
        findings.at(path, what, format!("write 1 to {MOST_TYPES}, such as {{ name = \"view\" }}"));
    }
    let mut types: Vec<EventType> = Vec::with_capacity(file.len());
    for (place, of) in file.iter().take(MOST_TYPES).enumerate() {
        let here = path.index(place);
        let name_path = here.key("name");
        let name = findings.required(&name_path, of.name.as_deref(), "name = \"view\"").unwrap_or("-");
        findings.line(&name_path, name, 40);
        if of.name.is_some() && types.iter().any(|known| known.name == name) {
            findings.at(&name_path, format!("there are two types named \"{name}\""), "give each type its own name");
        }
        types.push(EventType {
            name: name.to_owned(),
            share: findings.positive(&here.key("share"), of.share, 1e9, 1.0),
            payload: of.payload.as_ref().map(|file| payload(&here.key("payload"), Some(file), findings)),
        });
    }
    types
}

/// Checks `[workload.sessions]` against the source, the users and the number of types.
pub(super) fn sessions(
    file: &SessionsFile,
    path: &Path,
    (source, users, types): (&Source, &Keys, usize),
    findings: &mut Findings,
) -> Sessions {
    let (events_path, pause_path) = (path.key("events"), path.key("pause"));
    let events =
        findings.required(&events_path, file.events.as_ref(), "events = { lognormal = { median = 5, sigma = 0.8 } }");
    let events = findings.distribution(&events_path, events, Distribution::Constant(1.0));
    let pause = findings.required(
        &pause_path,
        file.pause.as_ref(),
        "pause = { lognormal = { median = \"20s\", sigma = 1.0 } }",
    );
    let steps = file.funnel.as_deref().unwrap_or_default();
    let funnel_path = path.key("funnel");
    if !steps.is_empty() && types != steps.len() + 1 {
        let what = format!("a funnel of {} steps after the first type, but there are {types} types", steps.len());
        findings.at(&funnel_path, what, "write one step for each of `workload.types` from the second on");
    }
    let mut funnel = Vec::with_capacity(steps.len());
    for (place, step) in steps.iter().enumerate() {
        let here = funnel_path.index(place);
        let probability_path = here.key("probability");
        let probability = findings.required(&probability_path, step.probability, "probability = 0.3");
        funnel.push(Step {
            probability: findings.number(&probability_path, probability, 0.0..=1.0, 0.0),
            pause: findings.distribution(&here.key("pause"), step.pause.as_ref(), Distribution::Constant(0.0)),
        });
    }
    let sessions = Sessions {
        events,
        pause: findings.distribution(&pause_path, pause, Distribution::Constant(0.0)),
        gap: findings.distribution(&path.key("gap"), file.gap.as_ref(), Distribution::Constant(30.0 * MINUTE as f64)),
        funnel,
    };
    let mean = sessions.mean_events();
    // Written so that what is not a number is wrong.
    if !(mean > 0.0 && mean <= 10_000.0) {
        let what = format!("a session has {mean} events on average");
        findings.at(&events_path, what, "write events that are above 0 and at most 10000 on average");
    } else if let (Source::Poisson(rates), Some(_)) = (source, &file.events) {
        check_busy(&sessions, rates.rate.0 / mean, users, path, findings);
    }
    sessions
}

/// A user cannot be in two sessions at once: refuses users that would never catch up.
fn check_busy(sessions: &Sessions, starts: f64, users: &Keys, path: &Path, findings: &mut Findings) {
    let first = 1.0 / zipf_sum(users.count, users.zipf);
    let pauses = (sessions.events.mean() - 1.0).max(0.0) * sessions.pause.mean();
    let length = (pauses + sessions.gap.mean()) / 1e6;
    let busy = starts * first * length;
    if busy > 0.9 {
        let what = format!(
            "the busiest user would be in {busy:.1} sessions or their gaps at once: {:.3e} sessions a second of {length:.0} s each with its gap",
            starts * first
        );
        findings.at(path, what, "lower the rate, or write more users, a smaller zipf or shorter sessions");
    }
}

/// The sum of `rank^-zipf` over ranks up to `count`: exact for the first thousand, and for the rest the integral from half
/// before to half after, which is off by less than a part in 10⁶.
fn zipf_sum(count: u32, zipf: f64) -> f64 {
    const EXACT: u32 = 1_000;
    let head: f64 = (1..=count.min(EXACT)).map(|rank| libm::pow(f64::from(rank), -zipf)).sum();
    if count <= EXACT {
        return head;
    }
    let (from, to, power) = (f64::from(EXACT) + 0.5, f64::from(count) + 0.5, 1.0 - zipf);
    let ratio = libm::log(to / from);
    let tail = if power.abs() < 1e-9 { ratio } else { libm::pow(from, power) * libm::expm1(power * ratio) / power };
    head + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zipf_sums_agree_with_the_plain_sum() {
        for (count, zipf) in [(3, 0.7), (1_001, 1.0), (200_000, 0.0), (200_000, 0.2), (200_000, 1.0), (200_000, 3.0)] {
            let want: f64 = (1..=count).map(|rank| f64::from(rank).powf(-zipf)).sum();
            let found = zipf_sum(count, zipf);
            assert!((found / want - 1.0).abs() < 1e-6, "{count} {zipf}: {found} {want}");
        }
    }
}
