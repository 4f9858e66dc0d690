//! The stream: where events come from and how they reach the broker.

mod bad_data;
mod network;
mod people;
mod rates;

pub(super) use bad_data::bound_incidents;
pub(super) use rates::bound_events;

use super::Base;
use crate::scenario::file::WorkloadFile;
use crate::scenario::findings::Findings;
use crate::scenario::model::{LogFile, Source, Workload};
use crate::scenario::path::Path;

/// Checks `[workload]`.
pub(super) fn workload(file: &WorkloadFile, path: &Path, base: &Base<'_>, findings: &mut Findings) -> Workload {
    let replayed = file.trace.is_some() || base.trace.is_some();
    let source = if replayed {
        trace(file, path, base, findings)
    } else {
        Source::Poisson(Box::new(rates::rates(file, path, findings)))
    };
    let payload = people::payload(&path.key("payload"), file.payload.as_ref(), findings);
    let keys = people::keys(file.keys.as_ref(), &path.key("keys"), findings);
    let users = file.users.as_ref().map(|users| people::keys(Some(users), &path.key("users"), findings));
    let types = people::types(file.types.as_deref(), &path.key("types"), findings);
    let sessions = file.sessions.as_ref().map(|sessions| {
        let users = users.as_ref().unwrap_or(&keys);
        people::sessions(sessions, &path.key("sessions"), (&source, users, types.len()), findings)
    });
    let workload = Workload {
        source,
        sample: rates::sample(file.sample.as_deref(), &path.key("sample"), findings),
        keys,
        users,
        types,
        sessions,
        payload,
        network: network::network(file.network.as_ref(), &path.key("network"), findings),
        clock: network::clock(file.clock.as_ref(), &path.key("clock"), findings),
        duplicates: network::duplicates(file.duplicates.as_ref(), &path.key("duplicates"), findings),
        partitions: network::partitions(file.partitions.as_ref(), &path.key("partitions"), findings),
        bad_data: file.bad_data.as_ref().map(|bad| bad_data::bad_data(bad, &path.key("bad_data"), findings)),
    };
    rates::check_sample(&workload, path, findings);
    workload
}

fn trace(file: &WorkloadFile, path: &Path, base: &Base<'_>, findings: &mut Findings) -> Source {
    let path_of = |key: &str| path.key(key);
    let idle = file.partitions.as_ref().is_some_and(|partitions| partitions.idle.is_some());
    for (key, given, why) in [
        ("rate", file.rate.is_some(), "the log has its own events"),
        ("sample", file.sample.is_some(), "a log is replayed whole"),
        ("hours", file.hours.is_some(), "the log has its own times"),
        ("daily", file.daily.is_some(), "the log has its own times"),
        ("weekdays", file.weekdays.is_some(), "the log has its own times"),
        ("trend", file.trend.is_some(), "the log has its own times"),
        ("bursts", file.bursts.is_some(), "the log has its own times"),
        ("keys", file.keys.is_some(), "the log has its own keys"),
        ("users", file.users.is_some(), "the log has its own users"),
        ("sessions", file.sessions.is_some(), "the log has its own sessions"),
        ("partitions.idle", idle, "the log has its own idle times"),
    ] {
        if given {
            let what = format!("`{key}` and `trace` exclude each other: {why}");
            let at = key.split('.').fold(path.clone(), |path, key| path.key(key));
            findings.at(&at, what, format!("remove `{key}`, or remove `trace`"));
        }
    }
    let name = file.trace.clone().unwrap_or_default();
    let log = base.log(&name, findings.tree.origin_of(&path_of("trace")));
    if let LogFile::Path(at) = &log
        && !at.is_file()
    {
        let what = format!("there is no file {}", at.display());
        let remedy = "give the path of a log, relative to the scenario's folder";
        findings.at(&path_of("trace"), what, remedy);
    }
    Source::Trace(log)
}
