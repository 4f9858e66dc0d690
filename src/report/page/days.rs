//! The worst day beside the mean.

use super::{Cell, Row};
use crate::experiment::{Outcome, PipelineOutcome};
use crate::metrics::{DayResult, Unit};
use crate::report::{rows, view};

/// Measures of a day, and how long after it one looks at its completeness.
const TOLD: [&str; 3] = ["landing_s.max", "latency_s.p95", "latency_s.p99"];
const NINE: f64 = 9.0 * 3_600.0;

/// A row for each measure of a day: the mean over days, and the worst day with its date.
pub(super) fn days(outcome: &Outcome) -> Vec<Row> {
    if outcome.pipelines.iter().all(|pipeline| pipeline.days.is_empty()) {
        return Vec::new();
    }
    let mut found: Vec<Row> =
        TOLD.iter().map(|path| row(outcome, &rows::phrase(path), Unit::Seconds, true, &|day| day.get(path))).collect();
    found.push(row(outcome, "complete at 09:00 UTC of the next day", Unit::Share, false, &|day| {
        day.complete_after(NINE)
    }));
    found.push(row(outcome, "complete finally", Unit::Share, false, &|day| day.completeness));
    found
}

fn row(outcome: &Outcome, label: &str, unit: Unit, less: bool, of: &dyn Fn(&DayResult) -> Option<f64>) -> Row {
    let cell = |pipeline: &PipelineOutcome| {
        let values: Vec<(f64, &DayResult)> =
            pipeline.days.iter().filter_map(|(_, day)| Some((of(day)?, day))).collect();
        let worse = |a: &&(f64, &DayResult), b: &&(f64, &DayResult)| {
            let order = a.0.total_cmp(&b.0);
            if less { order } else { order.reverse() }
        };
        let Some((worst, day)) = values.iter().max_by(worse) else {
            return Cell { text: view::ABSENT.to_owned(), interval: None };
        };
        let mean = values.iter().map(|(value, _)| value).sum::<f64>() / values.len() as f64;
        let date = outcome.start.at(day.start).0.strftime("%-d %b").to_string();
        Cell {
            text: view::value(unit, mean),
            interval: Some(format!("worst of {} days: {}, {date}", values.len(), view::value(unit, *worst))),
        }
    };
    Row { label: label.to_owned(), meaning: String::new(), cells: outcome.pipelines.iter().map(cell).collect() }
}
