//! Where every event went, and what the stream was.

use super::{Cell, Group, Row, row};
use crate::experiment::{Estimate, Outcome, PipelineOutcome};
use crate::metrics::{MEASURES, Unit};
use crate::report::view;
use crate::scenario::Model;

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
    let mut rows = vec![
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
    ];
    if stream.lost.value.is_some_and(|lost| lost > 0.0) {
        rows.insert(1, row("lost events", "events that never reached the broker", count, &stream.lost));
    }
    if let Some(sessions) = &stream.sessions {
        rows.push(row("sessions", "that began in the measured period", count, sessions));
    }
    let first = stream.types.first().and_then(|of| of.events.value).unwrap_or(0.0);
    for (place, of) in stream.types.iter().enumerate() {
        let share = of.events.value.filter(|_| place > 0 && first > 0.0).map_or_else(String::new, |events| {
            format!("{} of the {} events; ", view::value(Unit::Share, events / first), stream.types[0].name)
        });
        let delivered = of.deliveries.value.map_or_else(String::new, view::full_count);
        rows.push(row(
            &format!("{} events", of.name),
            &format!("{share}delivered {delivered} times"),
            count,
            &of.events,
        ));
    }
    rows
}

/// What a sample of the events cannot show, with bounds; nothing when all events are simulated.
pub(super) fn sampling(outcome: &Outcome) -> Vec<String> {
    let scenario = &outcome.scenario;
    let sample = scenario.workload.sample;
    if sample == 1 {
        return Vec::new();
    }
    let of = view::full_count(f64::from(sample));
    let mut sentences = vec![
        format!(
            "One of {of} event ids was simulated and stands for all of them: counts, ids, bytes, rows and cores are given in the units of the whole stream. Their intervals are as wide as a sample makes them, wider than those of the whole stream."
        ),
        format!(
            "Highest values (the longest latency, peaks) and rare percentiles are those of the sample: what happens to fewer than one in {} deliveries may be missing. Errors of a window’s count vary more than in the whole stream, because {of} times fewer events are in it.",
            view::full_count((outcome.workload.deliveries.value.unwrap_or(0.0) / f64::from(sample)).max(1.0))
        ),
    ];
    for pipeline in &scenario.pipelines {
        if let Model::Continuous(model) = &pipeline.model {
            let lump = model.service.mean() / 1e6 * f64::from(sample);
            sentences.push(format!(
                "{}: a simulated delivery keeps its worker busy as long as {of} of them, {}. A queue shorter than that cannot be seen; the wait for a worker that is shown is an upper bound, and the true one may be down to {of} times shorter.",
                pipeline.name,
                view::value(Unit::Seconds, lump)
            ));
        }
    }
    sentences
}
