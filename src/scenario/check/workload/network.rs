//! The way from the event to the broker: delays, outages, clocks, duplicates, partitions.

use crate::random::Distribution;
use crate::scenario::file::{
    ClockFile, CohortFile, DuplicatesFile, IdleFile, LateFile, NetworkFile, OutageFile, PartitionsFile,
};
use crate::scenario::findings::Findings;
use crate::scenario::model::{
    Clock, Cohort, Duplicates, Flush, Idle, Network, Offline, Outage, Partitions, Repeat, ShareOf, Storm,
};
use crate::scenario::path::Path;
use crate::units::{SECOND, Span};

/// Outages, and idle times of partitions, at most.
const MOST: usize = 1_000;

/// Checks `[workload.network]`.
pub(super) fn network(file: Option<&NetworkFile>, path: &Path, findings: &mut Findings) -> Network {
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
    let outages = file.outages.as_deref().unwrap_or_default();
    Network {
        delay,
        cohorts: senders(file.cohorts.as_deref().unwrap_or_default(), &path.key("cohorts"), findings),
        late: late(file.late.as_ref(), &path.key("late"), findings),
        outages: self::outages(outages, &path.key("outages"), findings),
        loss: findings.number(&path.key("loss"), file.loss, 0.0..=1.0, 0.0),
    }
}

fn late(file: Option<&LateFile>, path: &Path, findings: &mut Findings) -> Option<ShareOf> {
    let file = file?;
    let by_path = path.key("by");
    let by = findings.required(&by_path, file.by.as_ref(), "by = { exponential = { mean = \"10m\" } }");
    Some(ShareOf {
        share: findings.share(&path.key("share"), file.share),
        after: findings.distribution(&by_path, by, Distribution::Constant(0.0)),
    })
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

/// Cohorts of senders, when one of them holds its events.
fn senders(cohorts: &[CohortFile], path: &Path, findings: &mut Findings) -> Vec<Cohort> {
    if cohorts.iter().all(|cohort| cohort.offline.is_none() && cohort.flush.is_none()) {
        return Vec::new();
    }
    let mut senders = Vec::with_capacity(cohorts.len());
    for (place, cohort) in cohorts.iter().enumerate() {
        let path = path.index(place);
        let offline = cohort.offline.as_ref().map(|offline| {
            let path = path.key("offline");
            let (chance_path, for_path) = (path.key("chance"), path.key("for"));
            let chance = findings.required(&chance_path, offline.chance, "chance = 0.05, a number from 0 to 1");
            let length =
                findings.required(&for_path, offline.r#for.as_ref(), "for = { exponential = { mean = \"2h\" } }");
            Offline {
                chance: findings.number(&chance_path, chance, 0.0..=1.0, 0.0),
                length: findings.distribution(&for_path, length, Distribution::Constant(0.0)),
            }
        });
        let flush = cohort.flush.as_ref().map(|flush| {
            let path = path.key("flush");
            let (events_path, every_path) = (path.key("events"), path.key("every"));
            let events = findings.required(&events_path, flush.events, "events = 20");
            let every = findings.required(&every_path, flush.every, "every = \"30s\"");
            Flush {
                events: findings.whole(&events_path, events, 1..=10_000, 1),
                every: findings.interval(&every_path, every, Span(SECOND)),
            }
        });
        // Its share and its delay were checked with the mixture.
        let mut known = Findings::new("", "");
        let delay = known.distribution(&path, cohort.delay.as_ref(), Distribution::Constant(0.0));
        senders.push(Cohort { share: cohort.share.filter(|share| *share > 0.0).unwrap_or(1.0), delay, offline, flush });
    }
    senders
}

fn outages(outages: &[OutageFile], path: &Path, findings: &mut Findings) -> Vec<Outage> {
    few(outages.len(), path, findings);
    let mut checked: Vec<Outage> = Vec::with_capacity(outages.len());
    for (place, outage) in outages.iter().enumerate() {
        let path = path.index(place);
        let (from, length) = stretch(&path, outage.from, outage.r#for, findings);
        let storm = outage.storm.as_ref().map(|storm| {
            let path = path.key("storm");
            let every = findings.required(&path.key("every"), storm.every, "every = \"10s\"");
            Storm {
                every: findings.interval(&path.key("every"), every, Span(SECOND)),
                most: findings.whole(&path.key("most"), storm.most, 1..=1_000, 5),
            }
        });
        checked.push(Outage {
            from,
            length,
            share: findings.number(&path.key("share"), outage.share, 0.0..=1.0, 1.0),
            drain: outage.drain.unwrap_or_default(),
            in_order: outage.in_order.unwrap_or(true),
            storm,
        });
    }
    checked.sort_by_key(|outage| outage.from);
    checked
}

/// Start and length of a stretch of time.
pub(super) fn stretch(path: &Path, from: Option<Span>, length: Option<Span>, findings: &mut Findings) -> (Span, Span) {
    let from = findings.required(&path.key("from"), from, "from = \"12h\", counted from the start");
    let for_path = path.key("for");
    let length = findings.required(&for_path, length, "for = \"1h\"");
    (from.unwrap_or_default(), findings.interval(&for_path, length, Span(SECOND)))
}

fn few(count: usize, path: &Path, findings: &mut Findings) {
    if count > MOST {
        findings.at(path, format!("there are {count}"), format!("write at most {MOST}"));
    }
}

/// Checks `[workload.clock]`.
pub(super) fn clock(file: Option<&ClockFile>, path: &Path, findings: &mut Findings) -> Clock {
    let Some(file) = file else { return Clock::default() };
    let clock = Clock {
        ahead: late(file.ahead.as_ref(), &path.key("ahead"), findings),
        behind: late(file.behind.as_ref(), &path.key("behind"), findings),
    };
    let share = |of: &Option<ShareOf>| of.as_ref().map_or(0.0, |of| of.share);
    let wrong = share(&clock.ahead) + share(&clock.behind);
    if wrong > 1.0 {
        let what = format!("the shares of wrong clocks add up to {wrong}");
        findings.at(path, what, "write shares that are at most 1 together");
    }
    clock
}

/// Checks `[workload.partitions]`.
pub(super) fn partitions(file: Option<&PartitionsFile>, path: &Path, findings: &mut Findings) -> Partitions {
    let none = PartitionsFile::default();
    let file = file.unwrap_or(&none);
    let count = findings.whole(&path.key("count"), file.count, 1..=10_000, 1);
    let idle = file.idle.as_deref().unwrap_or_default();
    let idle_path = path.key("idle");
    few(idle.len(), &idle_path, findings);
    let one = |(place, idle): (usize, &IdleFile)| {
        let path = idle_path.index(place);
        let (from, length) = stretch(&path, idle.from, idle.r#for, findings);
        let partition_path = path.key("partition");
        let partition = findings.required(&partition_path, idle.partition, "partition = 0").unwrap_or(0);
        if partition >= count {
            let what = format!("there is no partition {partition}: they are numbered from 0 to {}", count - 1);
            findings.at(&partition_path, what, "name one of them, or raise partitions.count");
        }
        Idle { partition, from, length }
    };
    let idle: Vec<Idle> = idle.iter().enumerate().map(one).collect();
    Partitions { count, zipf: findings.number(&path.key("zipf"), file.zipf, 0.0..=10.0, 0.0), idle }
}

/// Checks `[workload.duplicates]`.
pub(super) fn duplicates(file: Option<&DuplicatesFile>, path: &Path, findings: &mut Findings) -> Duplicates {
    let Some(file) = file else { return Duplicates::default() };
    let again = file.retry.as_ref().and_then(|retry| retry.again);
    let retry_again = findings.number(&path.key("retry").key("again"), again, 0.0..=0.99, 0.0);
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
    Duplicates { retry, retry_again, repeat }
}
