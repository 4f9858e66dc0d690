//! The rows of the comparison: which measures are compared, under which short name, and which way
//! is better.

use crate::measure::EVENT_LATENCY;
use crate::metrics::{self, Unit};

/// A group of rows.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Heading.
    pub title: &'static str,
    /// Its rows.
    pub rows: &'static [Row],
}

/// A row of the comparison.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Path of the measure.
    pub path: &'static str,
    /// Short name within the group.
    pub label: &'static str,
    /// Name in a sentence.
    pub phrase: &'static str,
}

const fn row(path: &'static str, label: &'static str, phrase: &'static str) -> Row {
    Row { path, label, phrase }
}

/// The comparison's rows, in groups.
pub const GROUPS: &[Group] = &[
    Group {
        title: "Latency",
        rows: &[
            row("latency_s.p50", "median", "median latency"),
            row("latency_s.p95", "95 % within", "95th-percentile latency"),
            row("latency_s.p99", "99 % within", "99th-percentile latency"),
            row("landing_s.p95", "landing, p95", "95th-percentile landing time"),
        ],
    },
    Group {
        title: "Freshness",
        rows: &[
            row("freshness_s.data_age_mean", "data age, mean", "mean data age"),
            row("freshness_s.data_age_p95", "data age, p95", "95th-percentile data age"),
            row("freshness_s.complete_through_p95", "complete thru, p95", "95th-percentile age of complete data"),
        ],
    },
    Group {
        title: "Correctness",
        rows: &[
            row("correctness.completeness_first", "complete at first", "completeness at first publication"),
            row("correctness.completeness_final", "complete finally", "final completeness"),
            row("correctness.error_first_mean", "error at first", "mean error at first publication"),
            row("accounting.duplicates_removed", "duplicates removed", "duplicates removed"),
            row("accounting.duplicates_leaked", "duplicates leaked", "duplicates leaked"),
            row("accounting.late_dropped", "dropped late", "events dropped as late"),
        ],
    },
    Group {
        title: "Memory",
        rows: &[
            row("state.dedup_bytes_peak", "dedup memory, peak", "peak dedup memory"),
            row("state.working_set_bytes_peak", "working set, peak", "peak working set"),
        ],
    },
    Group {
        title: "Cost",
        rows: &[
            row("compute.core_hours", "core-hours a day", "core-hours a day"),
            row("cost.total_per_day", "cost a day", "cost a day"),
        ],
    },
];

/// The stages of a latency in the order in which an event passes them.
pub const STAGES: [&str; 5] = ["network", "wait", "compute", "window", "commit"];

/// A row by the path of its measure.
#[must_use]
pub fn find(path: &str) -> Option<&'static Row> {
    GROUPS.iter().flat_map(|group| group.rows).find(|row| row.path == path)
}

/// A measure's name in a sentence: its row's, or its path in words.
#[must_use]
pub fn phrase(path: &str) -> String {
    match find(path) {
        _ if path == "latency_s.mean" => "mean latency".to_owned(),
        _ if path == EVENT_LATENCY.path => "latency".to_owned(),
        _ if path == "correctness.overcount" => "share of leaked duplicates".to_owned(),
        _ if path == "landing_s.max" => "latest landing".to_owned(),
        Some(row) => row.phrase.to_owned(),
        None => path.replace("_s.", " ").replace("_s_", " ").replace(['.', '_'], " "),
    }
}

/// The unit of a measure; a count for an unknown path.
#[must_use]
pub fn unit(path: &str) -> Unit {
    let measure = metrics::find(path).or_else(|| (path == EVENT_LATENCY.path).then_some(&EVENT_LATENCY));
    measure.map_or(Unit::Count, |measure| measure.unit)
}

/// Whether less is better (`Some(true)`), more is better (`Some(false)`), or neither.
#[must_use]
pub fn less_is_better(path: &str) -> Option<bool> {
    let (group, name) = path.split_once('.')?;
    match (group, name) {
        ("latency_s" | "stages_s" | "landing_s" | "freshness_s" | "state" | "cost", _) => Some(true),
        ("correctness", "completeness_first" | "completeness_final") | ("value", _) => Some(false),
        ("correctness", _) => Some(true),
        ("compute", "core_hours" | "peak_cores") => Some(true),
        ("operations", "failures" | "downtime_s" | "catch_up_s_max") => Some(true),
        ("accounting", "late_dropped" | "lost" | "pending" | "duplicates_leaked" | "duplicates_pending") => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_measure() {
        for row in GROUPS.iter().flat_map(|group| group.rows) {
            assert!(metrics::find(row.path).is_some(), "{}", row.path);
        }
        for stage in STAGES {
            assert!(metrics::find(&format!("stages_s.{stage}")).is_some(), "{stage}");
        }
    }

    #[test]
    fn names_are_words() {
        assert_eq!(phrase("latency_s.p95"), "95th-percentile latency");
        assert_eq!(phrase("operations.catch_up_s_max"), "operations catch up max");
        assert_eq!(phrase("cost.total_per_day"), "cost a day");
    }
}
