//! The rows of the comparison: which measures are compared, under which short name, and which way
//! is better.

use crate::experiment::Outcome;
use crate::experiment::PipelineOutcome;
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

impl Group {
    /// Its rows, in a group of what need not be modelled only those that some pipeline has a value for.
    pub fn shown(&self, outcome: &Outcome) -> impl Iterator<Item = &'static Row> {
        let all = self.title != OPERATION;
        let known = |row: &&Row| outcome.pipelines.iter().any(|pipeline| pipeline.get(row.path).value.is_some());
        self.rows.iter().filter(move |row| all || known(row))
    }
}

/// What goes wrong, if it is modelled.
const OPERATION: &str = "Operation";

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
        title: "Funnel",
        rows: &[
            row("funnel.conversion", "conversion", "conversion of the funnel"),
            row("funnel.true_conversion", "true conversion", "true conversion of the funnel"),
            row("funnel.missed", "missed", "share of missed conversions"),
            row("funnel.spurious", "not true", "share of conversions that are not true"),
            row("funnel.seen_after_s_mean", "seen after, mean", "mean time until a conversion is seen"),
        ],
    },
    Group {
        title: "Quality",
        rows: &[
            row("quality.bad_events_published", "bad events published", "bad events published"),
            row("quality.bad_exposure_s", "bad data exposed", "mean exposure of bad data"),
            row("quality.stopped_runs", "runs stopped a day", "runs stopped a day"),
        ],
    },
    Group {
        title: "Sink",
        rows: &[
            row("sink.files_per_day", "files a day", "files a day"),
            row("sink.file_bytes_mean", "mean file", "mean size of a file"),
            row("sink.rewritten_bytes_per_day", "rewritten a day", "bytes rewritten a day"),
        ],
    },
    Group {
        title: "Side input",
        rows: &[
            row("enrich.outdated_share", "joined to old rows", "share joined to an outdated row"),
            row("enrich.bytes_per_day", "bytes loaded a day", "bytes of the side input a day"),
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
        title: OPERATION,
        rows: &[
            row("operations.failures", "failures a day", "failures a day"),
            row("operations.downtime_s", "down, a day", "time without the pipeline a day"),
            row("operations.catch_up_s_max", "all fresh after", "longest time from a failure until all is fresh"),
            row("accounting.written_twice", "rows written twice", "rows written twice"),
            row("accounting.lost", "events lost", "events lost"),
            row("operations.out_of_memory_s", "out of memory after", "time until memory runs out"),
        ],
    },
    Group {
        title: "Cost",
        rows: &[
            row("compute.core_hours", "core-hours a day", "core-hours a day"),
            row("cost.total_per_day", "cost a day", "cost a day"),
        ],
    },
    Group {
        title: "People",
        rows: &[
            row("people.on_call_weeks_per_person", "on-call weeks each", "weeks on call of each person a year"),
            row("people.incidents_per_year", "incidents a year", "incidents a year"),
            row("people.cost_per_day", "people a day", "cost of people a day"),
        ],
    },
];

impl Group {
    /// Whether one of its rows has a value for one of the pipelines.
    #[must_use]
    pub fn applies(&self, pipelines: &[PipelineOutcome]) -> bool {
        self.rows.iter().any(|row| pipelines.iter().any(|pipeline| pipeline.get(row.path).value.is_some()))
    }
}

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
        ("compute", "core_hours" | "peak_cores" | "gb_hours" | "busiest_hour_cores" | "spike") => Some(true),
        ("sink", "files_per_day" | "rewritten_bytes_per_day" | "compaction_core_hours") => Some(true),
        ("enrich" | "people", _) => Some(true),
        ("funnel", "error" | "missed" | "spurious" | "seen_after_s_mean" | "seen_after_s_p95") => Some(true),
        ("quality", "bad_events_published" | "bad_exposure_s") => Some(true),
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
        assert_eq!(phrase("operations.checkpoint_s_mean"), "operations checkpoint mean");
        assert_eq!(phrase("cost.total_per_day"), "cost a day");
    }
}
