//! The stream: where events come from and how they reach the broker.

use super::Base;
use crate::random::Distribution;
use crate::scenario::file::{CohortFile, DuplicatesFile, NetworkFile, WorkloadFile};
use crate::scenario::findings::Findings;
use crate::scenario::model::{Duplicates, Keys, LogFile, Network, Repeat, ShareOf, Source, Workload};
use crate::scenario::path::Path;
use crate::units::Rate;

/// The highest rate, events a second.
const HIGHEST_RATE: f64 = 1e7;

/// Checks `[workload]`.
pub(super) fn workload(file: &WorkloadFile, path: &Path, base: &Base<'_>, findings: &mut Findings) -> Workload {
    let source = if file.trace.is_some() || base.trace.is_some() {
        trace(file, path, base, findings)
    } else {
        poisson(file, path, findings)
    };
    let keys = file.keys.as_ref();
    let keys_path = path.key("keys");
    let payload_path = path.key("payload");
    let payload = findings.distribution(&payload_path, file.payload.as_ref(), Distribution::Constant(300.0));
    if payload.mean() <= 0.0 {
        findings.at(&payload_path, "an event of 0 bytes", "write a size above 0, such as \"300 B\"");
    }
    Workload {
        source,
        keys: Keys {
            count: findings.whole(&keys_path.key("count"), keys.and_then(|k| k.count), 1..=10_000_000, 1),
            zipf: findings.number(&keys_path.key("zipf"), keys.and_then(|k| k.zipf), 0.0..=10.0, 0.0),
        },
        payload,
        network: network(file.network.as_ref(), &path.key("network"), findings),
        duplicates: duplicates(file.duplicates.as_ref(), &path.key("duplicates"), findings),
    }
}

fn trace(file: &WorkloadFile, path: &Path, base: &Base<'_>, findings: &mut Findings) -> Source {
    let path_of = |key: &str| path.key(key);
    for (key, given, why) in [
        ("rate", file.rate.is_some(), "the log has its own events"),
        ("hours", file.hours.is_some(), "the log has its own times"),
        ("keys", file.keys.is_some(), "the log has its own keys"),
    ] {
        if given {
            let what = format!("`{key}` and `trace` exclude each other: {why}");
            findings.at(&path_of(key), what, format!("remove `{key}`, or remove `trace`"));
        }
    }
    let name = file.trace.clone().unwrap_or_default();
    let log = base.log(&name, findings.tree.origin_of(&path_of("trace")));
    if let LogFile::Path(at) = &log
        && !at.is_file()
    {
        let what = format!("there is no file {}", at.display());
        let remedy = "give the path of a CSV or Parquet log, relative to the scenario's folder";
        findings.at(&path_of("trace"), what, remedy);
    }
    Source::Trace(log)
}

fn poisson(file: &WorkloadFile, path: &Path, findings: &mut Findings) -> Source {
    let rate_path = path.key("rate");
    let rate = findings.required(&rate_path, file.rate, "rate = \"1000/s\", or trace = \"log.csv\" to replay a log");
    let rate = findings.positive_rate(&rate_path, rate, HIGHEST_RATE, Rate(1.0));
    let hours = hours(file.hours.as_deref(), &path.key("hours"), findings);
    let peak = rate.0 * hours.iter().copied().fold(0.0, f64::max);
    if peak > HIGHEST_RATE {
        let what = format!("the rate of the busiest hour is {peak}/s");
        findings.at(
            &path.key("hours"),
            what,
            format!("keep rate times the largest weight at {HIGHEST_RATE}/s or less"),
        );
    }
    Source::Poisson { rate, hours }
}

fn hours(weights: Option<&[f64]>, path: &Path, findings: &mut Findings) -> [f64; 24] {
    let Some(weights) = weights else { return [1.0; 24] };
    let Ok(hours) = <[f64; 24]>::try_from(weights) else {
        let what = format!("there are {} weights", weights.len());
        findings.at(path, what, "write 24, one for each hour of the UTC day from 00:00");
        return [1.0; 24];
    };
    for (hour, weight) in hours.iter().enumerate() {
        findings.number(&path.index(hour), Some(*weight), 0.0..=1e6, 1.0);
    }
    if hours.iter().all(|weight| *weight == 0.0) {
        findings.at(path, "all weights are 0: there would be no events", "make at least one weight larger than 0");
    }
    hours
}

fn network(file: Option<&NetworkFile>, path: &Path, findings: &mut Findings) -> Network {
    let none = NetworkFile::default();
    let file = file.unwrap_or(&none);
    let delay_path = path.key("delay");
    let delay = findings.distribution(&delay_path, file.delay.as_ref(), Distribution::Constant(0.0));
    let delay = match &file.cohorts {
        None => delay,
        Some(cohorts) => {
            if file.delay.is_some() {
                let what = "`delay` and `cohorts` exclude each other: each cohort has its own delay";
                findings.at(&delay_path, what, "remove one of them");
            }
            self::cohorts(cohorts, &path.key("cohorts"), findings)
        }
    };
    let late = file.late.as_ref().map(|late| {
        let late_path = path.key("late");
        let by_path = late_path.key("by");
        let by = findings.required(&by_path, late.by.as_ref(), "by = { exponential = { mean = \"10m\" } }");
        ShareOf {
            share: findings.share(&late_path.key("share"), late.share),
            after: findings.distribution(&by_path, by, Distribution::Constant(0.0)),
        }
    });
    Network { delay, late }
}

fn cohorts(cohorts: &[CohortFile], path: &Path, findings: &mut Findings) -> Distribution {
    for (place, cohort) in cohorts.iter().enumerate() {
        if let Some(name) = &cohort.name {
            findings.line(&path.index(place).key("name"), name, 80);
        }
    }
    let parts: Vec<_> = cohorts.iter().map(|cohort| (cohort.share, cohort.delay.as_ref())).collect();
    findings.mixture(path, &parts, "delay", 0)
}

fn duplicates(file: Option<&DuplicatesFile>, path: &Path, findings: &mut Findings) -> Duplicates {
    let Some(file) = file else { return Duplicates::default() };
    let retry = file.retry.as_ref().map(|retry| {
        let path = path.key("retry");
        let after_path = path.key("after");
        let after =
            findings.required(&after_path, retry.after.as_ref(), "after = { exponential = { mean = \"30s\" } }");
        ShareOf {
            share: findings.share(&path.key("share"), retry.share),
            after: findings.distribution(&after_path, after, Distribution::Constant(0.0)),
        }
    });
    let repeat = file.repeat.as_ref().map(|repeat| {
        let path = path.key("repeat");
        let after_path = path.key("after");
        let after = repeat.after.as_ref();
        Repeat {
            share: findings.share(&path.key("share"), repeat.share),
            after: after.map(|after| findings.distribution(&after_path, Some(after), Distribution::Constant(0.0))),
        }
    });
    Duplicates { retry, repeat }
}
