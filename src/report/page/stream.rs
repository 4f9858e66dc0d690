//! Where every event went, and what the stream was.

use super::{Cell, Group, Row, row};
use crate::experiment::{Estimate, Outcome, PipelineOutcome};
use crate::metrics::{MEASURES, Unit};
use crate::report::view;

/// The bins of events and of duplicates, with their sums.
pub(super) fn accounting(outcome: &Outcome) -> Vec<Group> {
    let bins = |prefix: &str, title: &str, sum_label: &str| {
        let wanted = |path: &&str| {
            let Some(name) = path.strip_prefix("accounting.") else { return false };
            name != "events" && name.starts_with("duplicates_") == (prefix == "duplicates_")
        };
        let paths: Vec<&str> = MEASURES.iter().map(|measure| measure.path).filter(wanted).collect();
        let full = |value: Option<f64>| Cell {
            text: value.map_or_else(|| view::ABSENT.to_owned(), view::full_count),
            interval: None,
        };
        let mut rows: Vec<Row> = paths
            .iter()
            .map(|path| {
                let name = path.trim_start_matches("accounting.").trim_start_matches(prefix).replace('_', " ");
                let cells = outcome.pipelines.iter().map(|pipeline| full(pipeline.get(path).value)).collect();
                Row { label: name, cells, ..row(outcome, path, "") }
            })
            .collect();
        let sum = |pipeline: &PipelineOutcome| paths.iter().map(|path| pipeline.get(path).value).sum::<Option<f64>>();
        let cells = outcome.pipelines.iter().map(|pipeline| full(sum(pipeline))).collect();
        rows.push(Row { label: sum_label.to_owned(), meaning: "the sum of the bins".to_owned(), cells });
        Group { title: title.to_owned(), rows }
    };
    vec![bins("", "Events", "all events"), bins("duplicates_", "Duplicate deliveries", "all duplicate deliveries")]
}

/// The stream in rows.
pub(super) fn workload(outcome: &Outcome) -> Vec<Row> {
    let stream = &outcome.workload;
    let [p50, p95, p99, max] = &stream.delay_s;
    let row = |label: &str, meaning: &str, unit: Unit, estimate: &Estimate| {
        let text = match unit {
            Unit::Count => estimate.value.map_or_else(|| view::ABSENT.to_owned(), view::full_count),
            unit => view::optional(unit, estimate.value),
        };
        Row {
            label: label.to_owned(),
            meaning: meaning.to_owned(),
            cells: vec![Cell { text, interval: view::interval(unit, estimate) }],
        }
    };
    let (count, time) = (Unit::Count, Unit::Seconds);
    vec![
        row("events", "what users did in the measured period, each once", count, &stream.events),
        row("deliveries", "arrivals of these events at the broker", count, &stream.deliveries),
        row(
            "duplicate deliveries",
            "deliveries after the first of the same event",
            count,
            &stream.duplicate_deliveries,
        ),
        row(
            "out of order",
            "deliveries with an event time below the largest delivered before",
            count,
            &stream.out_of_order_deliveries,
        ),
        row("delay, median", "from the event to its arrival", time, p50),
        row("delay, 95 % within", "", time, p95),
        row("delay, 99 % within", "", time, p99),
        row("delay, longest", "", time, max),
    ]
}
