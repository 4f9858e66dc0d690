//! The tables of a report: the comparison in long form, differences and curves.

use crate::experiment::{Curves, Estimate, Outcome, PipelineOutcome, SliceOutcome};
use crate::metrics::{DayResult, HourCell, MEASURES, Unit};
use crate::report::rows;
use crate::tabular::{Table, Values};
use crate::units::Instant;

/// Every table with its file's stem.
#[must_use]
pub fn tables(outcome: &Outcome) -> Vec<(&'static str, Table)> {
    let mut tables = vec![
        ("comparison", comparison(outcome)),
        ("differences", differences(outcome)),
        ("latency_curve", curve(outcome, "share", "latency_s", |curves| &curves.latency)),
        ("visible_by_age", curve(outcome, "age_s", "share", |curves| &curves.visible_by_age)),
        ("data_age", curve(outcome, "time_s", "data_age_s", |curves| &curves.data_age)),
        ("dedup_bytes", curve(outcome, "time_s", "bytes", |curves| &curves.dedup_bytes)),
        ("load_by_hour", load_by_hour(outcome)),
        ("latency_by_hour", latency_by_hour(outcome)),
    ];
    tables.push(("days", days(outcome)));
    tables.extend(outcome.scenario.job.funnel.as_ref().map(|_| ("funnel", funnel(outcome))));
    tables.extend(outcome.slice.as_ref().map(|of| ("event_time", event_time(outcome, of))));
    tables
}

/// Attempts that have reached each step of the funnel: one row for each pipeline and step.
fn funnel(outcome: &Outcome) -> Table {
    let of = |pipeline: &PipelineOutcome| {
        let name = pipeline.name.clone();
        (1_i64..).zip(pipeline.funnel.clone()).map(move |(place, step)| (name.clone(), place, step))
    };
    let rows: Vec<_> = outcome.pipelines.iter().flat_map(of).collect();
    let table = Table::default()
        .with("pipeline", text(rows.iter().map(|(name, ..)| name.clone())))
        .with("step", Values::Integer(rows.iter().map(|(_, place, _)| Some(*place)).collect()))
        .with("type", text(rows.iter().map(|(.., step)| step.name.clone())))
        .with("truth", Values::Number(rows.iter().map(|(.., step)| step.truth.value).collect()));
    with_estimates(table, &rows.iter().map(|(.., step)| step.shown).collect::<Vec<_>>())
}

/// Events by hour of the UTC day and latency, all replications together.
fn latency_by_hour(outcome: &Outcome) -> Table {
    let of = |pipeline: &PipelineOutcome| {
        let name = pipeline.name.clone();
        pipeline.curves.by_hour.iter().map(move |cell| (name.clone(), *cell)).collect::<Vec<_>>()
    };
    let rows: Vec<(String, HourCell)> = outcome.pipelines.iter().flat_map(of).collect();
    let sample = f64::from(outcome.scenario.workload.sample);
    let column =
        |pick: &dyn Fn(&HourCell) -> f64| Values::Number(rows.iter().map(|(_, cell)| Some(pick(cell))).collect());
    Table::default()
        .with("pipeline", text(rows.iter().map(|(name, _)| name.clone())))
        .with("hour", column(&|cell| f64::from(cell.hour)))
        .with("from_s", column(&|cell| cell.from_s))
        .with("to_s", column(&|cell| cell.to_s))
        .with("events", column(&|cell| cell.events as f64 * sample))
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

/// Each whole UTC day of each replication.
fn days(outcome: &Outcome) -> Table {
    let rows: Vec<_> = outcome
        .pipelines
        .iter()
        .flat_map(|pipeline| pipeline.days.iter().map(move |(replication, day)| (&pipeline.name, *replication, day)))
        .collect();
    let number =
        |of: &dyn Fn(&DayResult) -> Option<f64>| Values::Number(rows.iter().map(|(.., day)| of(day)).collect());
    let date = |day: &DayResult| outcome.start.at(day.start).0.strftime("%Y-%m-%d").to_string();
    let mut table = Table::default()
        .with("pipeline", text(rows.iter().map(|(name, ..)| (*name).clone())))
        .with(
            "replication",
            Values::Integer(rows.iter().map(|(_, replication, _)| Some(i64::from(*replication))).collect()),
        )
        .with("day", text(rows.iter().map(|(.., day)| date(day))))
        .with("landing_s", number(&|day| day.landing_s));
    for (place, name) in ["mean", "p50", "p90", "p95", "p99", "p999", "max"].into_iter().enumerate() {
        table = table.with(&format!("latency_s_{name}"), number(&|day| day.latency_s.get(place).copied().flatten()));
    }
    for hours in [0.0, 1.0, 3.0, 6.0, 9.0, 12.0, 24.0] {
        table = table.with(&format!("complete_after_{hours}h"), number(&|day| day.complete_after(hours * 3_600.0)));
    }
    table.with("complete_finally", number(&|day| day.completeness))
}

/// What the figure of event time draws. Times are microseconds since 1970.
fn event_time(outcome: &Outcome, of: &SliceOutcome) -> Table {
    let (slice, start) = (&of.slice, outcome.start.0.as_microsecond());
    let fates = ["on time", "corrected", "dropped"].into_iter().zip(&slice.fates);
    let events = fates.flat_map(|(what, dots)| {
        dots.dots.iter().map(move |dot| (what, dot.event_time, None, dot.arrival, Some(dots.each)))
    });
    let windows = slice.windows.iter().map(|(window, at)| ("window", window.from, Some(window.to), *at, None));
    // Before the first value there is no watermark.
    let known = slice.watermark.iter().filter(|(_, to)| *to > Instant::MIN);
    let watermark = known.map(|(at, to)| ("watermark", *to, None, *at, None));
    let rows: Vec<_> = events.chain(windows).chain(watermark).collect();
    let micros = |at: Instant| Some(start.saturating_add(at.0));
    Table::default()
        .with("pipeline", text(rows.iter().map(|_| of.pipeline.clone())))
        .with("what", text(rows.iter().map(|(what, ..)| (*what).to_owned())))
        .with("event_time_us", Values::Integer(rows.iter().map(|(_, from, ..)| micros(*from)).collect()))
        .with("event_time_end_us", Values::Integer(rows.iter().map(|(_, _, to, ..)| to.and_then(micros)).collect()))
        .with("processing_time_us", Values::Integer(rows.iter().map(|(.., at, _)| micros(*at)).collect()))
        .with("events", Values::Integer(rows.iter().map(|(.., each)| each.map(u64::cast_signed)).collect()))
}
