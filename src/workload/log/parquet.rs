//! Logs as Parquet, one row group at a time.

use crate::error::Result;
use crate::tabular::{Cell, Cells, ColumnType, Fault, ParquetFile, Source, TimeUnit};

use super::Log;
use super::builder::{LogBuilder, MOST_ROWS};
use super::columns::{Columns, Found, TimeColumn};
use super::problems::{Place, Problems};
use super::source::Stop;
use super::values::TimeForm;

/// Reads a log.
pub(super) fn read(source: &mut dyn Source, mut problems: Problems) -> std::result::Result<Result<Log>, Stop> {
    let mut file = ParquetFile::open(source)?;
    let names: Vec<&str> = file.columns().iter().map(|column| column.name.as_str()).collect();
    let columns = Columns::find(&names, Place::File, &mut problems);
    let columns = columns.and_then(|columns| typed(columns, &file, &mut problems));
    let rows = (0..file.groups()).fold(0_usize, |rows, group| rows.saturating_add(file.rows(group)));
    if rows as u64 > MOST_ROWS {
        problems.add(Place::File, None, || {
            let what = format!("the log has {rows} rows, more than {MOST_ROWS}");
            (what, "replay a part of it")
        });
    }
    let Some(columns) = columns.filter(|_| problems.is_empty()) else {
        return Ok(Err(problems.into_error()));
    };
    let mut builder = LogBuilder::new(columns.clone(), problems);
    let mut before = 0;
    for group in 0..file.groups() {
        let rows = file.rows(group);
        if rows == 0 {
            continue;
        }
        let cells = Group::read(&mut file, group, &columns)?;
        for row in 0..rows {
            if builder
                .push(Place::Row(before + row as u64 + 1), &columns.row(|column| cells.cell(column, row)))
                .is_break()
            {
                return Ok(builder.finish());
            }
        }
        before += rows as u64;
    }
    Ok(builder.finish())
}

/// The cells of a row group, by the columns' places in the file.
struct Group(Vec<Option<Cells>>);

impl Group {
    fn read(file: &mut ParquetFile<'_>, group: usize, columns: &Columns) -> std::result::Result<Self, Fault> {
        let mut cells: Vec<Option<Cells>> = std::iter::repeat_with(|| None).take(file.columns().len()).collect();
        for column in columns.all() {
            if let Some(place @ None) = cells.get_mut(column.index) {
                *place = Some(file.read(group, column.index)?);
            }
        }
        Ok(Self(cells))
    }

    #[inline]
    fn cell(&self, column: Found, row: usize) -> Cell<'_> {
        self.0.get(column.index).and_then(Option::as_ref).map_or(Cell::Null, |cells| cells.get(row))
    }
}

/// Checks the columns' types; a timestamp's unit is its type's, whatever its name says.
fn typed(mut columns: Columns, file: &ParquetFile<'_>, problems: &mut Problems) -> Option<Columns> {
    let of = |column: Found| file.columns().get(column.index).map_or(ColumnType::Other("missing"), |column| column.of);
    for column in [Some(columns.id), columns.key, columns.user, columns.kind].into_iter().flatten() {
        if let Some(kind) = other_than(of(column), |of| of == ColumnType::Integer || of == ColumnType::Text) {
            refuse(problems, column, kind, "make it whole numbers or text");
        }
    }
    for column in [columns.bytes, columns.session, columns.position].into_iter().flatten() {
        if let Some(kind) = other_than(of(column), |of| of == ColumnType::Integer || of == ColumnType::Text) {
            refuse(problems, column, kind, "make it whole numbers");
        }
    }
    let of_event = of(columns.event.column);
    time_form(&mut columns.event, of_event, problems);
    for time in [&mut columns.arrival, &mut columns.truth].into_iter().flatten() {
        let of = of(time.column);
        time_form(time, of, problems);
    }
    problems.is_empty().then_some(columns)
}

fn time_form(time: &mut TimeColumn, of: ColumnType, problems: &mut Problems) {
    match of {
        ColumnType::Timestamp(TimeUnit::Millis) => time.form = TimeForm::Millis,
        ColumnType::Timestamp(TimeUnit::Micros) => time.form = TimeForm::Micros,
        ColumnType::Timestamp(TimeUnit::Nanos) => time.form = TimeForm::Nanos,
        ColumnType::Text => {}
        ColumnType::Integer | ColumnType::Float if time.form != TimeForm::Text => {}
        _ => {
            let remedy = "make it a timestamp, RFC 3339 text, or whole numbers in a column named _ms or _us at its end";
            refuse(problems, time.column, name(of), remedy);
        }
    }
}

/// The name of a type that is not wanted; floats are looked at cell by cell, for they may be whole.
fn other_than(of: ColumnType, wanted: impl Fn(ColumnType) -> bool) -> Option<&'static str> {
    (!wanted(of) && of != ColumnType::Float).then(|| name(of))
}

fn name(of: ColumnType) -> &'static str {
    match of {
        ColumnType::Integer => "a whole number without a unit",
        ColumnType::Timestamp(_) => "a timestamp",
        ColumnType::Float => "a number without a unit",
        ColumnType::Text => "text",
        ColumnType::Other(name) => name,
    }
}

fn refuse(problems: &mut Problems, column: Found, kind: &str, remedy: &'static str) {
    problems.add(Place::File, Some(column.name), || (format!("the column is {kind}"), remedy));
}
