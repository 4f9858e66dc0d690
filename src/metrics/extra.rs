//! Measures of parts that a scenario may have or not: gates and bad data.

use super::collector::Collector;
use super::downstream::Downstream;
use super::funnel::Funnel;
use super::people::People;
use super::results::Row;
use super::sink::Written;
use crate::scenario::Refresh;
use crate::units::DAY;

/// Their rows, in the order of `MEASURES`.
pub(super) fn rows(collector: &Collector) -> Vec<Row> {
    let mut rows = Funnel::rows(collector.funnel.as_ref());
    rows.extend(quality(collector));
    rows.extend(enrich(collector));
    rows.extend(sink(collector));
    rows.extend(People::rows(collector.people.as_ref(), running_hours(collector)));
    rows.extend(Downstream::rows(collector.downstream.as_ref()));
    rows
}

/// Hours a day for which the pipeline runs and can fail.
pub(super) fn running_hours(collector: &Collector) -> f64 {
    let frame = &collector.frame;
    // What is made from the result runs on cores of its own.
    let made = collector.downstream.as_ref().map_or(0.0, |made| made.core_hours() / collector.load.days());
    if frame.is_batch { (collector.load.core_hours_a_day() - made).max(0.0) / frame.cores } else { 24.0 }
}

/// What was written to the table in a day, if the sink is one.
pub(super) fn written(collector: &Collector) -> Option<Written> {
    collector.table.clone().map(|table| table.written(collector.load.days(), collector.frame.sample))
}

fn sink(collector: &Collector) -> Vec<Row> {
    let written = written(collector);
    vec![
        ("sink.commits_per_day", written.map(|written| written.commits)),
        ("sink.files_per_day", written.map(|written| written.files)),
        ("sink.file_bytes_mean", written.and_then(|written| written.file_bytes)),
        ("sink.rewritten_bytes_per_day", written.filter(|_| collector.frame.is_hive).map(|written| written.rewritten)),
        ("sink.compaction_core_hours", written.and_then(|written| written.compaction)),
    ]
}

fn enrich(collector: &Collector) -> Vec<Row> {
    let (joined, frame) = (&collector.joined, &collector.frame);
    let days = collector.load.days();
    let loads = frame.enrich.as_ref().map(|(refresh, _)| match refresh {
        // A stream keeps its snapshot up to date whether it has records or not; a run loads it when it starts.
        Refresh::Snapshot { every, .. } if !frame.is_batch => DAY as f64 / every.0 as f64,
        Refresh::Snapshot { .. } => joined.loads as f64 / days,
        Refresh::Lookup { .. } => joined.loads as f64 * f64::from(frame.sample) / days,
    });
    let bytes = frame.enrich.as_ref().map_or(0.0, |(_, bytes)| *bytes as f64);
    let hours = frame.enrich.as_ref().map_or(0.0, |(refresh, _)| match refresh {
        Refresh::Snapshot { load, .. } => load.as_secs_f64() / 3_600.0,
        Refresh::Lookup { takes, .. } => takes.as_secs_f64() / 3_600.0,
    });
    let outdated = (joined.rows > 0).then(|| joined.outdated / joined.rows as f64);
    vec![
        ("enrich.outdated_share", outdated),
        ("enrich.loads_per_day", loads),
        ("enrich.bytes_per_day", loads.map(|loads| loads * bytes)),
        ("enrich.core_hours", loads.map(|loads| loads * hours)),
    ]
}

fn quality(collector: &Collector) -> Vec<Row> {
    let (quality, frame) = (collector.quality.as_ref(), &collector.frame);
    let sample = f64::from(frame.sample);
    let bad = quality.filter(|_| frame.has_bad_data);
    vec![
        ("quality.bad_stretches", bad.map(|quality| quality.stretches() as f64)),
        ("quality.bad_events_published", bad.and_then(|quality| Some(quality.published()? * sample))),
        ("quality.bad_exposure_s", bad.and_then(|quality| quality.exposure_s(frame.sample))),
        ("quality.stopped_runs", quality.filter(|_| frame.has_gate).map(super::quality::Quality::stopped_a_day)),
    ]
}
