//! Long tables written as they come: CSV, NDJSON or Parquet, in bounded memory.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::parquet_stream::ParquetStream;
use crate::units::{Instant, UtcInstant};

/// A format of tables that are written as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, with a header.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Parquet, with row groups of 262,144 rows.
    Parquet,
}

impl Format {
    /// The format that a file's extension says.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_string_lossy().to_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// What a column holds.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// Whole numbers.
    Integer,
    /// Whole numbers, and [`NOTHING`] where there is none.
    Optional,
    /// Microseconds since 1970-01-01T00:00:00Z, and [`NOTHING`] where there is no instant: RFC 3339 with six digits of
    /// the second in text, a timestamp in Parquet.
    Time,
    /// Places in a list of words.
    Word(Arc<[String]>),
}

/// No number.
pub(crate) const NOTHING: i64 = i64::MIN;

/// Writes a table of whole numbers and words.
pub(crate) struct TableWriter<W: Write> {
    columns: Vec<(String, Kind)>,
    /// Cells not written yet, by column.
    cells: Vec<Vec<i64>>,
    form: Form<W>,
}

enum Form<W: Write> {
    Text(Text<W>),
    Parquet(Box<ParquetStream<W>>),
}

impl<W: Write> TableWriter<W> {
    /// Begins a table.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(sink: W, format: Format, columns: Vec<(String, Kind)>) -> std::io::Result<Self> {
        let form = match format {
            Format::Csv => Form::Text(Text::new(sink, &columns, false)?),
            Format::Ndjson => Form::Text(Text::new(sink, &columns, true)?),
            Format::Parquet => Form::Parquet(Box::new(ParquetStream::new(sink, &columns)?)),
        };
        Ok(Self { cells: vec![Vec::new(); columns.len()], columns, form })
    }

    /// The columns, to append cells to: as many to each.
    pub fn cells(&mut self) -> &mut [Vec<i64>] {
        &mut self.cells
    }

    /// Writes what was appended, or keeps it until there is enough.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self) -> std::io::Result<()> {
        let rows = self.cells.first().map_or(0, Vec::len);
        match &mut self.form {
            Form::Parquet(_) if rows < super::parquet::GROUP => return Ok(()),
            Form::Parquet(parquet) => parquet.group(&self.columns, &self.cells)?,
            Form::Text(text) => text.rows(&self.columns, &self.cells, rows)?,
        }
        self.cells.iter_mut().for_each(Vec::clear);
        Ok(())
    }

    /// Writes the rest; gives the sink back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> std::io::Result<W> {
        self.write()?;
        let mut sink = match self.form {
            Form::Text(text) => text.sink,
            Form::Parquet(mut parquet) => {
                if self.cells.first().is_some_and(|cells| !cells.is_empty()) {
                    parquet.group(&self.columns, &self.cells)?;
                }
                parquet.finish()?
            }
        };
        sink.flush()?;
        Ok(sink)
    }
}

/// CSV and NDJSON.
struct Text<W> {
    sink: W,
    /// What stands before each cell.
    before: Vec<Vec<u8>>,
    /// What stands for nothing, and at the end of a row.
    nothing: &'static [u8],
    end: &'static [u8],
    /// Whether times stand in quotes.
    quotes_times: bool,
    /// The words of each column as they are written.
    words: Vec<Vec<Vec<u8>>>,
    bytes: Vec<u8>,
}

impl<W: Write> Text<W> {
    fn new(mut sink: W, columns: &[(String, Kind)], json: bool) -> std::io::Result<Self> {
        let quoted = |word: &String| if json { json_text(word) } else { csv_text(word) };
        let words = columns.iter().map(|(_, kind)| match kind {
            Kind::Word(words) => words.iter().map(quoted).collect(),
            Kind::Integer | Kind::Optional | Kind::Time => Vec::new(),
        });
        let before = columns.iter().enumerate().map(|(place, (name, _))| {
            let separator = match (json, place) {
                (true, 0) => "{",
                (false, 0) => "",
                _ => ",",
            };
            let mut before = separator.as_bytes().to_vec();
            if json {
                before.extend(json_text(name));
                before.push(b':');
            }
            before
        });
        let (words, before) = (words.collect(), before.collect());
        if !json {
            let names: Vec<Vec<u8>> = columns.iter().map(|(name, _)| csv_text(name)).collect();
            sink.write_all(&names.join(&b','))?;
            sink.write_all(b"\n")?;
        }
        let (nothing, end): (&[u8], &[u8]) = if json { (b"null", b"}\n") } else { (b"", b"\n") };
        Ok(Self { sink, before, nothing, end, quotes_times: json, words, bytes: Vec::new() })
    }

    fn rows(&mut self, columns: &[(String, Kind)], cells: &[Vec<i64>], rows: usize) -> std::io::Result<()> {
        self.bytes.clear();
        for row in 0..rows {
            for (((_, kind), cells), (before, words)) in
                columns.iter().zip(cells).zip(self.before.iter().zip(&self.words))
            {
                self.bytes.extend_from_slice(before);
                let cell = cells.get(row).copied().unwrap_or(NOTHING);
                match kind {
                    Kind::Optional | Kind::Time if cell == NOTHING => self.bytes.extend_from_slice(self.nothing),
                    Kind::Time => self.bytes.extend(quote(time(cell), self.quotes_times)),
                    Kind::Word(_) => {
                        let word = usize::try_from(cell).ok().and_then(|place| words.get(place));
                        self.bytes.extend_from_slice(word.map_or(self.nothing, Vec::as_slice));
                    }
                    _ => digits(cell, &mut self.bytes),
                }
            }
            self.bytes.extend_from_slice(self.end);
        }
        self.sink.write_all(&self.bytes)
    }
}

/// A number in decimal: several times as fast as the formatting of the standard library.
fn digits(number: i64, into: &mut Vec<u8>) {
    let mut text = [0; 20];
    let mut from = text.len();
    let mut rest = number.unsigned_abs();
    for (place, digit) in text.iter_mut().enumerate().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        from = place;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        into.push(b'-');
    }
    into.extend_from_slice(text.get(from..).unwrap_or_default());
}

/// An instant as RFC 3339.
fn time(micros: i64) -> String {
    let at = UtcInstant(jiff::Timestamp::UNIX_EPOCH).at(Instant(micros));
    format!("{:.6}", at.0)
}

fn quote(text: String, quotes: bool) -> Vec<u8> {
    if quotes { json_text(&text) } else { text.into_bytes() }
}

fn json_text(text: &str) -> Vec<u8> {
    serde_json::Value::from(text).to_string().into_bytes()
}

/// A cell of CSV; what has a comma, a quote or the end of a line in it stands in quotes.
fn csv_text(text: &str) -> Vec<u8> {
    if text.contains([',', '"', '\n', '\r']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\"")).into_bytes()
    } else {
        text.as_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Table, Values};
    use super::*;

    fn columns() -> Vec<(String, Kind)> {
        let words: Arc<[String]> = ["view", "a \"b\", c", "", "é\n"].map(str::to_owned).into();
        vec![
            ("number".to_owned(), Kind::Integer),
            ("maybe, not".to_owned(), Kind::Optional),
            ("word".to_owned(), Kind::Word(words)),
        ]
    }

    fn written(format: Format, rows: i64) -> Vec<u8> {
        let mut writer = TableWriter::new(Vec::new(), format, columns()).unwrap();
        for row in 0..rows {
            let cells = writer.cells();
            cells[0].push(row * row - 9);
            cells[1].push(if row % 3 == 0 { NOTHING } else { -row });
            cells[2].push(row % 4);
            if row % 1_000 == 7 {
                writer.write().unwrap();
            }
        }
        writer.finish().unwrap()
    }

    #[test]
    fn text_is_as_written() {
        let csv = String::from_utf8(written(Format::Csv, 4)).unwrap();
        assert_eq!(csv, "number,\"maybe, not\",word\n-9,,view\n-8,-1,\"a \"\"b\"\", c\"\n-5,-2,\n0,,\"é\n\"\n");
        let json = String::from_utf8(written(Format::Ndjson, 2)).unwrap();
        let expected = "{\"number\":-9,\"maybe, not\":null,\"word\":\"view\"}\n\
                        {\"number\":-8,\"maybe, not\":-1,\"word\":\"a \\\"b\\\", c\"}\n";
        assert_eq!(json, expected);
        assert_eq!(written(Format::Csv, 0), b"number,\"maybe, not\",word\n");
    }

    #[test]
    fn parquet_comes_back_in_groups() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.parquet");
        for rows in [0, 5, 300_000_i64] {
            std::fs::write(&path, written(Format::Parquet, rows)).unwrap();
            let table = Table::read_parquet(&path).unwrap();
            assert_eq!((table.rows(), table.columns.len()), (rows as usize, 3));
            let words = ["view", "a \"b\", c", "", "é\n"];
            let expected = [
                Values::Integer((0..rows).map(|row| Some(row * row - 9)).collect()),
                Values::Integer((0..rows).map(|row| (row % 3 != 0).then_some(-row)).collect()),
                Values::Text((0..rows).map(|row| Some(words[row as usize % 4].to_owned())).collect()),
            ];
            assert!(table.columns.iter().map(|column| &column.values).eq(&expected), "{rows}");
        }
    }

    #[test]
    fn times_are_readable_and_exact() {
        let times = [0, 1_767_225_600_000_001, -1, NOTHING];
        let written = |format| {
            let mut writer = TableWriter::new(Vec::new(), format, vec![("at".to_owned(), Kind::Time)]).unwrap();
            writer.cells()[0].extend(times);
            writer.finish().unwrap()
        };
        let text = |format| String::from_utf8(written(format)).unwrap();
        let [a, b, c] = ["1970-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000001Z", "1969-12-31T23:59:59.999999Z"];
        assert_eq!(text(Format::Csv), format!("at\n{a}\n{b}\n{c}\n\n"));
        assert!(text(Format::Ndjson).starts_with(&format!("{{\"at\":\"{a}\"}}\n")));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("times.parquet");
        std::fs::write(&path, written(Format::Parquet)).unwrap();
        let cells = times.map(|time| (time != NOTHING).then_some(time));
        assert_eq!(Table::read_parquet(&path).unwrap().columns[0].values, Values::Integer(cells.to_vec()));
        let file = &mut std::fs::File::open(&path).unwrap();
        let file = super::super::ParquetFile::open(file).unwrap_or_else(|_| panic!("sound"));
        assert_eq!(file.columns()[0].of, super::super::ColumnType::Timestamp(super::super::TimeUnit::Micros));
    }

    #[test]
    fn numbers_are_written_as_std_writes_them() {
        for number in [0, 1, -1, 9, 10, 99, 100, 1_767_225_600_000_000, i64::MAX, i64::MIN + 1, i64::MIN] {
            let mut text = Vec::new();
            digits(number, &mut text);
            assert_eq!(text, number.to_string().into_bytes());
        }
    }

    #[test]
    fn a_closed_sink_is_told_as_it_is() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        for format in [Format::Csv, Format::Ndjson, Format::Parquet] {
            let outcome = TableWriter::new(Closed, format, columns()).and_then(|mut writer| {
                writer.cells().iter_mut().for_each(|cells| cells.push(1));
                writer.finish().map(drop)
            });
            assert_eq!(outcome.unwrap_err().kind(), std::io::ErrorKind::BrokenPipe, "{format:?}");
        }
    }
}
