//! Rows of publications in a temporary file, until the report is written.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};

use super::Publication;
use crate::error::{Error, Result};
use crate::units::{Instant, Period};

/// Bytes of a row: eight numbers.
const ROW: usize = 64;
/// No window, no key, no watermark.
const NOTHING: i64 = i64::MIN;
const BUFFER: usize = 1 << 16;

/// Rows of one pipeline in the order of firing, on disk (64 bytes each, in `TMPDIR`).
#[derive(Debug)]
pub struct PublishedRows {
    file: BufWriter<File>,
    count: u64,
}

impl PublishedRows {
    /// No row yet.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub fn new() -> Result<Self> {
        let file = tempfile::tempfile().map_err(failed)?;
        Ok(Self { file: BufWriter::with_capacity(BUFFER, file), count: 0 })
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Appends a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn push(&mut self, row: &Publication) -> Result<()> {
        let mut bytes = [0; ROW];
        let cells = [
            row.window.map_or(NOTHING, |window| window.from.0),
            row.window.map_or(NOTHING, |window| window.to.0),
            row.key.map_or(NOTHING, i64::from),
            row.count.cast_signed(),
            row.firing.into(),
            row.at.0,
            row.watermark.map_or(NOTHING, |at| at.0),
            row.at_end.into(),
        ];
        for (place, cell) in bytes.chunks_exact_mut(8).zip(cells) {
            place.copy_from_slice(&cell.to_le_bytes());
        }
        self.count += 1;
        self.file.write_all(&bytes).map_err(failed)
    }

    /// All rows, from the first.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn read(self) -> Result<PublicationRows> {
        let mut file = self.file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.rewind().map_err(failed)?;
        Ok(PublicationRows { file: BufReader::with_capacity(BUFFER, file), left: self.count })
    }
}

/// Reads rows back.
#[derive(Debug)]
pub struct PublicationRows {
    file: BufReader<File>,
    left: u64,
}

impl Iterator for PublicationRows {
    type Item = Result<Publication>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let mut bytes = [0; ROW];
        if let Err(error) = self.file.read_exact(&mut bytes) {
            return Some(Err(failed(error)));
        }
        let mut cells = bytes.as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes));
        let mut cell = || cells.next().unwrap_or(NOTHING);
        let optional = |cell: i64| (cell != NOTHING).then_some(cell);
        let (from, to) = (optional(cell()), optional(cell()));
        let (key, count, firing) = (optional(cell()), cell(), cell());
        let (at, watermark) = (Instant(cell()), optional(cell()));
        Some(Ok(Publication {
            window: from.zip(to).map(|(from, to)| Period { from: Instant(from), to: Instant(to) }),
            key: key.map(|key| key as u32),
            count: count.cast_unsigned(),
            firing: firing as u32,
            at,
            watermark: watermark.map(Instant),
            at_end: cell() == 1,
        }))
    }
}

fn failed(source: std::io::Error) -> Error {
    Error::Io { action: "cannot use", path: "a temporary file".to_owned(), source }
}
