//! The one way rows of every format take: each cell is read, checked and put into a record.

use std::ops::ControlFlow;

use crate::error::{Error, Result};
use crate::tabular::Cell;
use crate::units::{DAY, Span, UtcInstant};
use crate::workload::spool::RUN_BYTES;

use super::columns::{Columns, Found};
use super::kinds::Kinds;
use super::names::Name;
use super::numbering::{self, Numbering};
use super::problems::{Place, Problems};
use super::records;
use super::spooled::Spooler;
use super::values::{self, Wrong, is_null, quote};
use super::{Log, MOST_COPIES};

/// Rows that a log may have: a row's place is kept in 32 bits.
pub(super) const MOST_ROWS: u64 = 4_000_000_000;

/// The longest span of a log: ten years.
const LONGEST: i64 = 3_653 * DAY;

/// The cells of a row; those of columns that the log does not have are ignored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub id: Cell<'a>,
    pub event: Cell<'a>,
    pub arrival: Cell<'a>,
    pub truth: Cell<'a>,
    pub key: Cell<'a>,
    pub bytes: Cell<'a>,
    pub user: Cell<'a>,
    pub kind: Cell<'a>,
    pub session: Cell<'a>,
    pub position: Cell<'a>,
}

/// Nothing in any cell.
impl Default for Row<'_> {
    fn default() -> Self {
        let null = Cell::Null;
        Self {
            id: null,
            event: null,
            arrival: null,
            truth: null,
            key: null,
            bytes: null,
            user: null,
            kind: null,
            session: null,
            position: null,
        }
    }
}

/// A log being built.
pub(super) struct LogBuilder {
    columns: Columns,
    problems: Problems,
    keys: Numbering,
    users: Numbering,
    kinds: Kinds,
    spooler: Spooler,
    rows: u64,
    lost: u64,
    /// The earliest true time, and the latest time of any kind.
    first: i64,
    last: i64,
    seen: u64,
    most: u64,
    /// Why rows could not be kept.
    trouble: Option<Error>,
}

impl LogBuilder {
    pub fn new(columns: Columns, problems: Problems) -> Self {
        Self {
            columns,
            problems,
            keys: Numbering::new(numbering::MOST),
            users: Numbering::new(numbering::MOST),
            kinds: Kinds::default(),
            spooler: Spooler::new(RUN_BYTES),
            rows: 0,
            lost: 0,
            first: i64::MAX,
            last: i64::MIN,
            seen: 0,
            most: MOST_ROWS,
            trouble: None,
        }
    }

    /// The columns that are read.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The problems so far, to add to.
    pub fn problems(&mut self) -> &mut Problems {
        &mut self.problems
    }

    /// Takes a row, or its problems. Breaks when the log has too many rows, or when they cannot be kept.
    #[inline]
    pub fn push(&mut self, place: Place, row: &Row<'_>) -> ControlFlow<()> {
        self.seen += 1;
        if self.seen > self.most {
            let most = self.most;
            let what = format!("the log has more than {most} rows");
            self.problems.add(place, None, || (what, "replay a part of it"));
            return ControlFlow::Break(());
        }
        let Some((id, record, arrives)) = self.record(place, row) else { return ControlFlow::Continue(()) };
        // The log is never made once there is a problem.
        if !self.problems.is_empty() {
            return ControlFlow::Continue(());
        }
        self.first = self.first.min(record.truth);
        self.last = self.last.max(record.arrival).max(record.truth).max(record.event);
        let kept = if arrives {
            self.rows += 1;
            self.spooler.deliver(record, Some(id.0))
        } else {
            self.lost += 1;
            self.spooler.lose(record, id.0)
        };
        match kept {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.trouble = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// The record of a row, and whether it arrives; `None`, with its problems, when it has any.
    #[inline]
    fn record(&mut self, place: Place, row: &Row<'_>) -> Option<(Name, records::Row, bool)> {
        let columns = &self.columns;
        let mut checked = Checked { problems: &mut self.problems, place };
        let id = if is_null(row.id) { Err(values::missing()) } else { name(row.id) };
        let id = checked.ok(columns.id, id);
        let event = checked.ok(columns.event.column, values::time(row.event, columns.event.form));
        let truth = match columns.truth {
            Some(truth) if !is_null(row.truth) => checked.ok(truth.column, values::time(row.truth, truth.form)),
            _ => event,
        };
        let arrival = match columns.arrival {
            Some(arrival) if !is_null(row.arrival) => {
                let time = checked.ok(arrival.column, values::time(row.arrival, arrival.form));
                if let (Some(truth), Some(time)) = (truth, time)
                    && time < truth
                {
                    checked.ok::<()>(arrival.column, Err(early(truth, time, truth == event.unwrap_or(truth))));
                }
                time.map(Some)
            }
            // Never arrives.
            Some(_) => Some(None),
            // Not sent yet: in order of what happened.
            None => truth.map(Some),
        };
        let key = match columns.key {
            Some(key) => checked.ok(key, number(&mut self.keys, row.key)),
            None => Some(0),
        };
        let user = match columns.user {
            Some(_) if columns.user == columns.key => key,
            Some(user) => checked.ok(user, number(&mut self.users, row.user)),
            // As in a scenario without users.
            None => key,
        };
        let bytes = columns.bytes.map_or(Some(0), |column| checked.ok(column, values::bytes(row.bytes)));
        let session = columns.session.map_or(Some(0), |column| checked.ok(column, values::session(row.session)));
        let position = columns.position.map_or(Some(0), |column| checked.ok(column, values::position(row.position)));
        let kind = match columns.kind {
            Some(kind) => checked.ok(kind, name(row.kind)).map(|name| self.kinds.number(name, row.kind)),
            None => Some(0),
        };
        let (arrival, truth) = (arrival?, truth?);
        let record = records::Row {
            arrival: arrival.unwrap_or(0),
            order: (self.seen - 1) as u32,
            event: event?,
            truth,
            key: key?,
            bytes: bytes?,
            user: user?,
            session: session?,
            position: position?,
            kind: kind?,
        };
        Some((id?, record, arrival.is_some()))
    }

    /// The log, or every problem found.
    ///
    /// # Errors
    /// When there are problems, when nothing arrives, when the log spans more than ten years, when an id is
    /// delivered too often, or when temporary files cannot be used.
    pub fn finish(mut self) -> Result<Log> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        if self.problems.is_empty() {
            self.check();
        }
        if !self.problems.is_empty() {
            return Err(self.problems.into_error());
        }
        let spooled = match self.spooler.finish(MOST_COPIES, self.keys.all_small())? {
            Ok(spooled) => spooled,
            Err(too_often) => {
                let row = too_often.order + 1;
                self.problems.add(Place::File, Some(self.columns.id.name), || {
                    let what = format!("the id of row {row} is delivered more than {MOST_COPIES} times");
                    (what, "check that the column holds one id for each event")
                });
                return Err(self.problems.into_error());
            }
        };
        let midnight = self.first - self.first.rem_euclid(DAY);
        Ok(Log {
            start: jiff::Timestamp::from_microsecond(midnight).ok().map(UtcInstant),
            sorted: spooled.rows.came_in_order(),
            spooled,
            has_arrivals: self.columns.arrival.is_some(),
            has_bytes: self.columns.bytes.is_some(),
            has_sessions: self.columns.position.is_some(),
            kinds: self.kinds.names.into(),
            rows: self.rows,
            lost: self.lost,
            first: self.first,
            last: self.last,
        })
    }

    /// What is wrong with the log as a whole.
    fn check(&mut self) {
        let (what, remedy) = if self.seen == 0 {
            ("the log has columns but no rows".to_owned(), "add a row for each delivery")
        } else if self.rows == 0 {
            (
                "no row of the log has an arrival".to_owned(),
                "leave out the column to send the events through the network",
            )
        } else if self.last - self.first > LONGEST {
            let date = |micros| UtcInstant(jiff::Timestamp::from_microsecond(micros).unwrap_or_default());
            let (first, last) = (date(self.first), date(self.last));
            let what = format!("the log runs from {first} to {last}, more than ten years");
            (what, "look for a wrong time, or replay a part of it")
        } else {
            return;
        };
        self.problems.add(Place::File, None, || (what, remedy));
    }
}

/// Where problems of a row go.
struct Checked<'a> {
    problems: &'a mut Problems,
    place: Place,
}

impl Checked<'_> {
    #[inline]
    fn ok<T>(&mut self, column: Found, value: std::result::Result<T, Wrong>) -> Option<T> {
        value.map_err(|wrong| self.problems.add(self.place, Some(column.name), || wrong)).ok()
    }
}

/// The name of an id, a key or a type.
#[inline]
fn name(cell: Cell<'_>) -> std::result::Result<Name, Wrong> {
    if let Cell::Text(text) = cell
        && std::str::from_utf8(text).is_err()
    {
        return Err((format!("{} is not UTF-8", quote(cell)), "save the file in UTF-8"));
    }
    Name::of(cell).ok_or_else(|| (format!("it is {}", quote(cell)), "write a whole number or text"))
}

/// The number of a key.
#[inline]
fn number(numbering: &mut Numbering, cell: Cell<'_>) -> std::result::Result<u32, Wrong> {
    numbering.number(name(cell)?).ok_or_else(|| {
        let most = numbering::MOST;
        let remedy = "use a coarser key, or whole numbers from 0 to 9999999: these need no memory";
        (format!("the column has more than {most} different values"), remedy)
    })
}

fn early(truth: i64, arrival: i64, by_event: bool) -> Wrong {
    let by = Span(truth - arrival);
    if by_event {
        let remedy = "a delivery cannot arrive before its event: correct the clock, say when it truly happened in a \
                      column true_time, or swap the columns";
        (format!("it is {by} before the event"), remedy)
    } else {
        (format!("it is {by} before the true time"), "a delivery cannot arrive before its event")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder(names: &[&str]) -> LogBuilder {
        let mut problems = Problems::new("log.csv");
        let columns = Columns::find(names, Place::Line(1), &mut problems).unwrap();
        LogBuilder::new(columns, problems)
    }

    fn row<'a>(id: i64, key: &'a str, kind: &'a str) -> Row<'a> {
        Row {
            id: Cell::Integer(id),
            event: Cell::Integer(5),
            arrival: Cell::Integer(5),
            key: Cell::Text(key.as_bytes()),
            kind: Cell::Text(kind.as_bytes()),
            ..Row::default()
        }
    }

    #[test]
    fn too_many_rows_are_refused() {
        let mut builder = builder(&["event_id", "event_time_ms"]);
        builder.most = 2;
        assert!(builder.push(Place::Line(2), &row(1, "", "")).is_continue());
        assert!(builder.push(Place::Line(3), &row(2, "", "")).is_continue());
        assert!(builder.push(Place::Line(4), &row(3, "", "")).is_break());
        let error = builder.finish().unwrap_err().to_string();
        assert!(error.contains("log.csv:4:1: the log has more than 2 rows"), "{error}");
    }

    #[test]
    fn too_many_keys_are_refused() {
        let mut builder = builder(&["event_id", "event_time_ms", "key"]);
        builder.keys = Numbering::new(2);
        for (id, key) in (1..).zip(["a", "b", "7", "a", "c"]) {
            assert!(builder.push(Place::Line(id as u64 + 1), &row(id, key, "")).is_continue());
        }
        let error = builder.finish().unwrap_err().to_string();
        assert!(error.starts_with("log.csv:6:1: key: the column has more than"), "{error}");
        assert_eq!(error.lines().count(), 1);
    }

    #[test]
    fn an_id_that_comes_too_often_is_no_id() {
        let mut builder = builder(&["event_id", "event_time_ms", "arrival_time_ms"]);
        for _ in 0..=MOST_COPIES {
            assert!(builder.push(Place::Line(2), &row(7, "", "")).is_continue());
        }
        let error = builder.finish().unwrap_err().to_string();
        let expected = "log.csv: event_id: the id of row 1001 is delivered more than 1000 times";
        assert!(error.starts_with(expected), "{error}");
    }
}
