//! Measures of parts that a scenario may have or not: gates and bad data.

use super::collector::Collector;
use super::results::Row;

/// Their rows, in the order of `MEASURES`.
pub(super) fn rows(collector: &Collector) -> Vec<Row> {
    quality(collector)
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
