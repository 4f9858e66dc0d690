//! The tables of a report: the comparison in long form, differences and curves.

use crate::experiment::{Curves, Estimate, Outcome};
use crate::metrics::{MEASURES, Unit};
use crate::report::rows;
use crate::tabular::{Table, Values};

/// Every table with its file's stem.
#[must_use]
pub fn tables(outcome: &Outcome) -> Vec<(&'static str, Table)> {
    vec![
        ("comparison", comparison(outcome)),
        ("differences", differences(outcome)),
        ("latency_curve", curve(outcome, "share", "latency_s", |curves| &curves.latency)),
        ("visible_by_age", curve(outcome, "age_s", "share", |curves| &curves.visible_by_age)),
        ("data_age", curve(outcome, "time_s", "data_age_s", |curves| &curves.data_age)),
        ("dedup_bytes", curve(outcome, "time_s", "bytes", |curves| &curves.dedup_bytes)),
        ("load_by_hour", load_by_hour(outcome)),
    ]
}

fn unit_name(unit: Unit, currency: &str) -> String {
    match unit {
        Unit::Seconds => "s",
        Unit::Count => "count",
        Unit::Bytes => "bytes",
        Unit::Share => "share",
        Unit::CoreHours => "core-hours",
        Unit::Cores => "cores",
        Unit::Money => currency,
    }
    .to_owned()
}

fn text(cells: impl Iterator<Item = String>) -> Values {
    Values::Text(cells.map(Some).collect())
}

fn with_estimates(table: Table, estimates: &[Estimate]) -> Table {
    let column = |pick: fn(&Estimate) -> Option<f64>| Values::Number(estimates.iter().map(pick).collect());
    table
        .with("value", column(|estimate| estimate.value))
        .with("low", column(|estimate| estimate.low))
        .with("high", column(|estimate| estimate.high))
}

fn comparison(outcome: &Outcome) -> Table {
    let cells: Vec<_> = outcome
        .pipelines
        .iter()
        .flat_map(|pipeline| {
            MEASURES.iter().zip(&pipeline.measures).map(move |(measure, found)| (pipeline, measure, found))
        })
        .collect();
    let currency = &outcome.scenario.prices.currency;
    let table = Table::default()
        .with("pipeline", text(cells.iter().map(|(pipeline, ..)| pipeline.name.clone())))
        .with("model", text(cells.iter().map(|(pipeline, ..)| pipeline.model.to_owned())))
        .with("measure", text(cells.iter().map(|(_, measure, _)| measure.path.to_owned())))
        .with("unit", text(cells.iter().map(|(_, measure, _)| unit_name(measure.unit, currency))));
    with_estimates(table, &cells.iter().map(|(.., found)| **found).collect::<Vec<_>>())
}

fn differences(outcome: &Outcome) -> Table {
    let rows = &outcome.differences;
    let currency = &outcome.scenario.prices.currency;
    let table = Table::default()
        .with("from", text(rows.iter().map(|row| row.from.clone())))
        .with("to", text(rows.iter().map(|row| row.to.clone())))
        .with("measure", text(rows.iter().map(|row| row.measure.to_owned())))
        .with("unit", text(rows.iter().map(|row| unit_name(rows::unit(row.measure), currency))));
    with_estimates(table, &rows.iter().map(|row| row.change).collect::<Vec<_>>())
}

fn curve(outcome: &Outcome, x: &str, y: &str, pick: fn(&Curves) -> &Vec<(f64, f64)>) -> Table {
    let points: Vec<_> = outcome
        .pipelines
        .iter()
        .flat_map(|pipeline| pick(&pipeline.curves).iter().map(|point| (&pipeline.name, *point)))
        .collect();
    Table::default()
        .with("pipeline", text(points.iter().map(|(name, _)| (*name).clone())))
        .with(x, Values::Number(points.iter().map(|(_, point)| Some(point.0)).collect()))
        .with(y, Values::Number(points.iter().map(|(_, point)| Some(point.1)).collect()))
}

fn load_by_hour(outcome: &Outcome) -> Table {
    let cells: Vec<_> = outcome
        .pipelines
        .iter()
        .flat_map(|pipeline| (0_i64..).zip(&pipeline.load_by_hour).map(|(hour, load)| (&pipeline.name, hour, load)))
        .collect();
    let table = Table::default()
        .with("pipeline", text(cells.iter().map(|(name, ..)| (*name).clone())))
        .with("hour_utc", Values::Integer(cells.iter().map(|(_, hour, _)| Some(*hour)).collect()));
    with_estimates(table, &cells.iter().map(|(.., load)| **load).collect::<Vec<_>>())
}
