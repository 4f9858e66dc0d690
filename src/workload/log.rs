//! A real log in memory: one row for each delivery, in columns; read from CSV, NDJSON or Parquet.
//!
//! Columns by name, in any order; others are ignored:
//!
//! | column | cells |
//! |---|---|
//! | `event_id` | whole number or text; equal for two deliveries of one event |
//! | `event_time`, `event_time_ms` or `event_time_us` | RFC 3339 text or a Parquet timestamp; whole numbers since 1970 |
//! | `arrival_time`, `arrival_time_ms` or `arrival_time_us` | the same, optional |
//! | `key`, else `user_id` | whole number or text, optional; no value is a key of its own |
//! | `bytes` | payload size, optional; no value is 0 |
//! | `event_type` | accepted, not used |

mod builder;
mod columns;
mod csv;
mod finish;
mod json;
mod ndjson;
mod numbering;
mod parquet;
mod problems;
mod source;
mod values;

use std::path::Path;

use crate::error::Result;
use crate::units::{Instant, UtcInstant};

/// Rows that a log may have: a replay holds the log in memory, about 40 bytes a row.
pub const MOST_ROWS: usize = 50_000_000;

/// A log of deliveries, or of events when `arrival` is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// The UTC midnight before the first event: simulated time 0.
    pub start: Option<UtcInstant>,
    /// Dense number of the row's event id, by first appearance: equal ids have equal numbers.
    pub id: Vec<u32>,
    /// Event time.
    pub event_time: Vec<Instant>,
    /// Arrival at the broker; rows are sorted by it, ties in file order. Without it, rows are sorted by
    /// event time.
    pub arrival: Option<Vec<Instant>>,
    /// Dense number of the row's key, by first appearance (all 0 without a key column).
    pub key: Vec<u32>,
    /// Payload bytes, when the log has them.
    pub bytes: Option<Vec<u32>>,
    /// Whether the file already had its rows in this order.
    pub sorted: bool,
}

impl Log {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there are none; a log that was read has some.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }
}

/// Reads a log; its format follows from the extension: `.csv`, `.ndjson` or `.jsonl`, `.parquet`.
///
/// # Errors
/// [`crate::error::Error::Input`] with up to 20 problems when the log is wrong or does not exist,
/// [`crate::error::Error::Io`] when it cannot be read.
pub fn read(path: &Path) -> Result<Log> {
    source::read(path)
}

/// Reads a log from its content; its format follows from the extension of `name`.
///
/// # Errors
/// [`crate::error::Error::Input`] with up to 20 problems when the log is wrong.
pub fn read_bytes(name: &str, content: &[u8]) -> Result<Log> {
    source::read_bytes(name, content)
}

impl Log {
    /// The first instant after everything in it; `None` for an empty log.
    #[must_use]
    pub fn end(&self) -> Option<Instant> {
        let last = self.arrival.as_ref().unwrap_or(&self.event_time).iter().chain(&self.event_time).max()?;
        Some(*last + crate::units::Span(1))
    }
}
