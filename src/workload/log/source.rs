//! From a path or bytes to the reader of the right format.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, Result};
use crate::tabular::{Fault, Source};

use super::problems::{Place, Problems};
use super::{Log, access, csv, ndjson, parquet};

/// The formats of a log.
#[derive(Clone, Copy)]
enum Format {
    Csv,
    Ndjson,
    Parquet,
    /// A web server's access log.
    Access,
    /// The name does not tell.
    Unknown,
}

/// Why a file could not be read to its end, apart from wrong rows.
pub(super) enum Stop {
    /// The system refused.
    Io(std::io::Error),
    /// The file is not in its format: what is wrong with it.
    Unsound(String),
}

impl Stop {
    /// What the csv reader said.
    pub fn csv(error: ::csv::Error) -> Self {
        Self::Io(error.into())
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Io(error) => Self::Io(error),
            Fault::Unsound(what) => Self::Unsound(what),
        }
    }
}

/// Reads a log from a file.
pub(super) fn read(path: &Path) -> Result<Log> {
    let name = path.display().to_string();
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => wrong(&name, "there is no such file", "check the path"),
        _ => Error::io("cannot read", path, error),
    };
    let about = std::fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        return Err(wrong(&name, "this is a folder", "name a file in it"));
    }
    let format = format(&name);
    if about.is_file() && about.len() == 0 {
        return Err(empty(&name));
    }
    let mut file = File::open(path).map_err(failed)?;
    let outcome = match format {
        Format::Parquet => parquet::read(&mut file, Problems::new(&name)),
        format => text(&mut BufReader::with_capacity(1 << 18, file), format, &name),
    };
    settle(outcome, path, &name)
}

/// Reads a log from its content.
pub(super) fn read_bytes(name: &str, content: &[u8]) -> Result<Log> {
    let format = format(name);
    if content.is_empty() {
        return Err(empty(name));
    }
    let mut source = Cursor::new(content);
    let outcome = match format {
        Format::Parquet => parquet::read(&mut source as &mut dyn Source, Problems::new(name)),
        format => text(&mut source, format, name),
    };
    settle(outcome, Path::new(name), name)
}

/// Reads a format of text, unpacked if it is gzip.
fn text(source: &mut dyn BufRead, format: Format, name: &str) -> std::result::Result<Result<Log>, Stop> {
    if !source.fill_buf()?.starts_with(b"\x1f\x8b") {
        return plain(source, format, name);
    }
    let mut unpacked = Gunzip { decoder: MultiGzDecoder::new(source), broken: false };
    let outcome = plain(&mut BufReader::with_capacity(1 << 18, &mut unpacked), format, name);
    if unpacked.broken {
        return Ok(Err(wrong(
            name,
            "the gzip data is damaged or ends too early",
            "copy the file again; gzip -t tests it",
        )));
    }
    outcome
}

/// Unpacks gzip; damaged data is its end, and is remembered.
struct Gunzip<R> {
    decoder: MultiGzDecoder<R>,
    broken: bool,
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self.decoder.read(into) {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof
                ) =>
            {
                self.broken = true;
                Ok(0)
            }
            outcome => outcome,
        }
    }
}

/// Reads a format of text, past its byte order mark.
fn plain(source: &mut dyn BufRead, format: Format, name: &str) -> std::result::Result<Result<Log>, Stop> {
    let start = source.fill_buf()?;
    if start.is_empty() {
        return Ok(Err(empty(name)));
    }
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Ok(Err(wrong(name, "the file is UTF-16", "save it in UTF-8")));
    }
    if start.starts_with(b"PAR1") {
        return Ok(Err(wrong(name, "the file is Parquet", "name it with the extension .parquet")));
    }
    let marked = start.starts_with(b"\xef\xbb\xbf");
    // No line of another format looks like one of an access log, whatever the file is called.
    let format = if access::is_access_log(start.get(if marked { 3 } else { 0 }..).unwrap_or_default()) {
        Format::Access
    } else {
        format
    };
    if marked {
        source.consume(3);
    }
    match format {
        Format::Ndjson => ndjson::read(source, Problems::new(name)),
        Format::Access => access::read(source, Problems::new(name)),
        Format::Csv | Format::Parquet => csv::read(source, Problems::new(name)),
        Format::Unknown => Ok(Err(unknown(name))),
    }
}

/// The format that a name tells. An access log's may be followed by the number of its rotation, and any
/// by `.gz`.
fn format(name: &str) -> Format {
    let lower = name.to_lowercase();
    let unpacked = lower.strip_suffix(".gz").unwrap_or(&lower);
    match extension(unpacked) {
        Some("csv") => Format::Csv,
        Some("ndjson" | "jsonl") => Format::Ndjson,
        Some("parquet") if unpacked.len() == lower.len() => Format::Parquet,
        Some("log") => Format::Access,
        Some(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            match unpacked.rsplit_once('.').and_then(|(stem, _)| extension(stem)) {
                Some("log") => Format::Access,
                _ => Format::Unknown,
            }
        }
        _ => Format::Unknown,
    }
}

fn extension(name: &str) -> Option<&str> {
    Path::new(name).extension().and_then(|extension| extension.to_str())
}

/// Neither name nor content tells the format.
fn unknown(name: &str) -> Error {
    let what = match extension(name) {
        Some(extension) => format!("a log cannot be read from .{}", extension.to_lowercase()),
        None => "the file has no extension that tells its format".to_owned(),
    };
    let remedy = "name a .csv, a .ndjson (or .jsonl), a .parquet file or a web server's access log";
    wrong(name, &what, remedy)
}

fn settle(outcome: std::result::Result<Result<Log>, Stop>, path: &Path, name: &str) -> Result<Log> {
    match outcome {
        Ok(log) => log,
        Err(Stop::Io(error)) => Err(Error::io("cannot read", path, error)),
        Err(Stop::Unsound(what)) => {
            let remedy = "write it again, with zstd, snappy, gzip, lz4 or no compression";
            Err(wrong(name, &what, remedy))
        }
    }
}

fn empty(name: &str) -> Error {
    wrong(name, "the file is empty", "give it a header and a row for each delivery")
}

fn wrong(name: &str, what: &str, remedy: &'static str) -> Error {
    let mut problems = Problems::new(name);
    problems.add(Place::File, None, || (what.to_owned(), remedy));
    problems.into_error()
}
