//! Logs as NDJSON: one JSON object a line. The first line's fields are the log's columns.

use std::io::{BufRead, Read};

use crate::error::Result;

use super::Log;
use super::builder::LogBuilder;
use super::columns::{Columns, NAMES};
use super::json::{Names, Object};
use super::problems::{Place, Problems};
use super::source::Stop;

/// The longest line, in bytes.
const LONGEST_LINE: u64 = 16 << 20;

/// Reads a log.
pub(super) fn read(source: &mut dyn BufRead, problems: Problems) -> std::result::Result<Result<Log>, Stop> {
    let mut state = State::First(problems);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let length = Read::take(&mut *source, LONGEST_LINE).read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(state.finish());
        }
        number += 1;
        if length as u64 == LONGEST_LINE && line.last() != Some(&b'\n') {
            let remedy = "write one JSON object a line";
            let what = || (format!("the line is longer than {LONGEST_LINE} bytes"), remedy);
            state.problems().add(Place::Line(number), None, what);
            return Ok(state.finish());
        }
        let text = line.trim_ascii_end();
        if !text.is_empty() {
            state = match state.take(number, text) {
                Ok(state) => state,
                Err(stopped) => return Ok(stopped.finish()),
            };
        }
    }
}

enum State {
    /// No object yet.
    First(Problems),
    /// With the columns of the first object.
    Rows(Box<LogBuilder>),
    /// The first object does not have the columns of a log.
    Failed(Problems),
}

impl State {
    fn problems(&mut self) -> &mut Problems {
        match self {
            Self::First(problems) | Self::Failed(problems) => problems,
            Self::Rows(builder) => builder.problems(),
        }
    }

    fn finish(self) -> Result<Log> {
        match self {
            Self::Rows(builder) => builder.finish(),
            Self::Failed(problems) => Err(problems.into_error()),
            Self::First(mut problems) => {
                if problems.is_empty() {
                    let remedy = "write one JSON object a line, for each delivery";
                    problems.add(Place::File, None, || ("the log has no rows".to_owned(), remedy));
                }
                Err(problems.into_error())
            }
        }
    }

    /// Takes a line; `Err` is the state at which to stop.
    fn take(mut self, number: u64, text: &[u8]) -> std::result::Result<Self, Self> {
        let place = Place::Line(number);
        let object: Object<'_> = match serde_json::from_slice(text) {
            Ok(object) => object,
            Err(error) => {
                let place = Place::At(number, error.column().max(1));
                self.problems().add(place, None, || wrong_line(text, &error));
                return Ok(self);
            }
        };
        let mut builder = match self {
            Self::Rows(builder) => builder,
            Self::Failed(_) => return Err(self),
            Self::First(mut problems) => match columns(text, place, &mut problems) {
                Some(columns) => Box::new(LogBuilder::new(columns, problems)),
                None => return Err(Self::Failed(problems)),
            },
        };
        object.check_names(place, &mut builder);
        let more = builder.push(place, &object.row(builder.columns()));
        if more.is_break() { Err(Self::Rows(builder)) } else { Ok(Self::Rows(builder)) }
    }
}

/// The columns of the first object; their places are those in [`NAMES`].
fn columns(text: &[u8], place: Place, problems: &mut Problems) -> Option<Columns> {
    let Names(names) = serde_json::from_slice(text).ok()?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut found = Columns::find(&names, place, problems)?;
    found.place(|name| NAMES.iter().position(|known| *known == name).unwrap_or(NAMES.len()));
    Some(found)
}

fn wrong_line(text: &[u8], error: &serde_json::Error) -> (String, &'static str) {
    if std::str::from_utf8(text).is_err() {
        return ("the line is not UTF-8".to_owned(), "save the file in UTF-8");
    }
    let remedy = "write one JSON object a line, such as {\"event_id\": 1, \"event_time_ms\": 1767225600000}";
    match text.trim_ascii_start().first() {
        Some(b'{') => {
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default();
            (format!("the line is not JSON ({said})"), remedy)
        }
        _ => ("the line is not a JSON object".to_owned(), remedy),
    }
}
