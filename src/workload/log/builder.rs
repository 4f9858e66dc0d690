//! The one way rows of every format take: each cell is read, checked and put into its column.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::tabular::Cell;

use super::columns::Columns;
use super::numbering::Numbering;
use super::problems::{Place, Problems};
use super::values::{self, Wrong, is_null, quote};
use super::{Log, MOST_ROWS, finish};

/// The cells of a row; those of columns that the log does not have are ignored.
pub(super) struct Row<'a> {
    pub id: Cell<'a>,
    pub event: Cell<'a>,
    pub arrival: Cell<'a>,
    pub key: Cell<'a>,
    pub bytes: Cell<'a>,
}

/// A log being built.
pub(super) struct LogBuilder {
    columns: Columns,
    problems: Problems,
    ids: Numbering,
    keys: Numbering,
    rows: Rows,
    seen: usize,
    most: usize,
}

/// The columns so far, in file order; times in microseconds since 1970.
#[derive(Default)]
pub(super) struct Rows {
    pub id: Vec<u32>,
    pub event: Vec<i64>,
    pub arrival: Option<Vec<i64>>,
    pub key: Vec<u32>,
    pub bytes: Option<Vec<u32>>,
}

impl LogBuilder {
    pub fn new(columns: Columns, problems: Problems) -> Self {
        let rows = Rows {
            arrival: columns.arrival.map(|_| Vec::new()),
            bytes: columns.bytes.map(|_| Vec::new()),
            ..Rows::default()
        };
        let (ids, keys) = (Numbering::new(), Numbering::new());
        Self { columns, problems, ids, keys, rows, seen: 0, most: MOST_ROWS }
    }

    /// The columns that are read.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The problems so far, to add to.
    pub fn problems(&mut self) -> &mut Problems {
        &mut self.problems
    }

    /// Takes a row, or its problems. Breaks when the log has too many rows.
    #[inline]
    pub fn push(&mut self, place: Place, row: &Row<'_>) -> ControlFlow<()> {
        self.seen += 1;
        if self.seen > self.most {
            let most = self.most;
            let what = format!("the log has more than {most} rows");
            let remedy = "replay a part of it: the log is held in memory";
            self.problems.add(Place::File, None, || (what, remedy));
            return ControlFlow::Break(());
        }
        self.take(place, row);
        ControlFlow::Continue(())
    }

    fn take(&mut self, place: Place, row: &Row<'_>) {
        let columns = &self.columns;
        let problems = &mut self.problems;
        let id = number(&mut self.ids, row.id, true);
        let id = id.map_err(|wrong| problems.add(place, Some(columns.id.name), || wrong));
        let event = values::time(row.event, columns.event.form);
        let event = event.map_err(|wrong| problems.add(place, Some(columns.event.column.name), || wrong));
        let arrival = columns.arrival.map(|arrival| {
            let time = values::time(row.arrival, arrival.form);
            let time = time.map_err(|wrong| problems.add(place, Some(arrival.column.name), || wrong));
            if let (Ok(event), Ok(time)) = (event, time)
                && time < event
            {
                problems.add(place, Some(arrival.column.name), || early(event, time));
            }
            time
        });
        let key = columns.key.map(|key| {
            let number = number(&mut self.keys, row.key, false);
            number.map_err(|wrong| problems.add(place, Some(key.name), || wrong))
        });
        let bytes = columns
            .bytes
            .map(|bytes| values::bytes(row.bytes).map_err(|wrong| problems.add(place, Some(bytes.name), || wrong)));
        // Columns may be of unequal length from the first problem on: the log is then never made.
        self.rows.id.extend(id);
        self.rows.event.extend(event);
        if let (Some(column), Some(Ok(time))) = (&mut self.rows.arrival, arrival) {
            column.push(time);
        }
        self.rows.key.extend(key.unwrap_or(Ok(0)));
        if let (Some(column), Some(Ok(count))) = (&mut self.rows.bytes, bytes) {
            column.push(count);
        }
    }

    /// The log, or every problem found.
    ///
    /// # Errors
    /// When there are problems, when there is no row, or when the log spans more than ten years.
    pub fn finish(mut self) -> Result<Log> {
        if self.problems.is_empty() && self.seen == 0 {
            let remedy = "add a row for each delivery";
            self.problems.add(Place::File, None, || ("the log has columns but no rows".to_owned(), remedy));
        }
        if self.problems.is_empty() {
            finish::check_span(&self.rows, &mut self.problems);
        }
        if self.problems.is_empty() { Ok(finish::log(self.rows)) } else { Err(self.problems.into_error()) }
    }
}

/// The dense number of an id or a key.
fn number(numbering: &mut Numbering, cell: Cell<'_>, required: bool) -> std::result::Result<u32, Wrong> {
    if required && is_null(cell) {
        return Err(values::missing());
    }
    if let Cell::Text(text) = cell
        && std::str::from_utf8(text).is_err()
    {
        return Err((format!("{} is not UTF-8", quote(cell)), "save the file in UTF-8"));
    }
    numbering.number(cell).ok_or_else(|| (format!("it is {}", quote(cell)), "write a whole number or text"))
}

fn early(event: i64, arrival: i64) -> Wrong {
    let by = crate::units::Span(event - arrival);
    let remedy = "a delivery cannot arrive before its event: correct the clock or swap the columns";
    (format!("it is {by} before the event"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder(names: &[&str]) -> LogBuilder {
        let mut problems = Problems::new("log.csv");
        let columns = Columns::find(names, Place::Line(1), &mut problems).unwrap();
        LogBuilder::new(columns, problems)
    }

    #[test]
    fn too_many_rows_are_refused() {
        let mut builder = builder(&["event_id", "event_time_ms"]);
        builder.most = 2;
        let row = |id| Row {
            id: Cell::Integer(id),
            event: Cell::Integer(5),
            arrival: Cell::Null,
            key: Cell::Null,
            bytes: Cell::Null,
        };
        assert!(builder.push(Place::Line(2), &row(1)).is_continue());
        assert!(builder.push(Place::Line(3), &row(2)).is_continue());
        assert!(builder.push(Place::Line(4), &row(3)).is_break());
        let error = builder.finish().unwrap_err().to_string();
        assert!(error.contains("more than 2 rows"), "{error}");
    }
}
