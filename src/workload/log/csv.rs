//! Logs as CSV with a header.

use std::io::BufRead;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use crate::error::Result;
use crate::tabular::Cell;

use super::Log;
use super::builder::{LogBuilder, Row};
use super::columns::{Columns, Found};
use super::problems::{Place, Problems};
use super::source::Stop;

/// Reads a log.
pub(super) fn read(source: &mut dyn BufRead, mut problems: Problems) -> std::result::Result<Result<Log>, Stop> {
    // The csv reader counts a line at its line feed, which under CRLF belongs to the next record.
    let windows = ends_in_crlf(source.fill_buf()?);
    let mut reader = ReaderBuilder::new().has_headers(false).buffer_capacity(1 << 18).from_reader(source);
    let mut record = ByteRecord::new();
    if !reader.read_byte_record(&mut record).map_err(Stop::csv)? {
        problems
            .add(Place::File, None, || ("the file has no header".to_owned(), "begin with the names of the columns"));
        return Ok(Err(problems.into_error()));
    }
    let names: Vec<String> = record.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let Some(columns) = Columns::find(&names, Place::Line(1), &mut problems) else {
        return Ok(Err(problems.into_error()));
    };
    let mut builder = LogBuilder::new(columns.clone(), problems);
    loop {
        let more = reader.read_byte_record(&mut record);
        let line = record.position().map_or(0, |position| position.line() + u64::from(windows));
        match more {
            Ok(false) => break,
            Ok(true) => {
                if builder.push(Place::Line(line), &row(&record, &columns)).is_break() {
                    break;
                }
            }
            Err(error) => match error.kind() {
                ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    let (expected, found) = (*expected_len, *len);
                    builder.problems().add(Place::Line(line), None, || {
                        let what = format!("the row has {found} cells where the header has {expected}");
                        (what, "give every row one cell for each column, with quotes around a cell that holds a comma")
                    });
                }
                _ => return Err(Stop::csv(error)),
            },
        }
    }
    Ok(builder.finish())
}

fn row<'a>(record: &'a ByteRecord, columns: &Columns) -> Row<'a> {
    columns.row(|column: Found| match record.get(column.index) {
        None | Some([]) => Cell::Null,
        Some(text) => Cell::Text(text),
    })
}

fn ends_in_crlf(start: &[u8]) -> bool {
    let end = start.iter().position(|byte| *byte == b'\n');
    end.and_then(|end| end.checked_sub(1)).and_then(|before| start.get(before)) == Some(&b'\r')
}
