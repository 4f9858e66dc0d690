//! A real log: one row for each delivery, read from CSV, NDJSON, Parquet or an access log and kept in order
//! of arrival.
//!
//! Columns by name, in any order; others are ignored:
//!
//! | column | cells |
//! |---|---|
//! | `event_id` | whole number or text; equal for two deliveries of one event |
//! | `event_time`, `event_time_ms` or `event_time_us` | RFC 3339 text or a Parquet timestamp; whole numbers since 1970 |
//! | `arrival_time`, `arrival_time_ms` or `arrival_time_us` | the same, optional; no value is an event that was lost |
//! | `true_time`, `true_time_ms` or `true_time_us` | the same, optional: when the event truly happened, where the sender's clock was wrong; no value is the event time |
//! | `key`, else `user_id` | whole number or text, optional; no value is a key of its own |
//! | `bytes` | payload size, optional; no value is 0 |
//! | `user_id`, `event_type` | whole number or text, optional |
//! | `session` | whole number, optional; no value is 0 |
//! | `session_event` | place of the event in its session, from 1, optional; its first event is what sessions are counted by |
//!
//! A log is not held in memory: what exceeds some 100 MiB goes to temporary files, about 100 bytes a row,
//! sorted if it was not in order. Only keys that are not small whole numbers are held, and ids between their
//! first and their last delivery.
//!
//! Or a web server's access log, see `access`. Any format of text may be compressed with gzip.

mod access;
mod builder;
mod columns;
mod csv;
mod json;
mod kinds;
mod names;
mod ndjson;
mod numbering;
mod parquet;
mod problems;
pub(super) mod records;
mod source;
pub(super) mod spooled;
mod values;
mod walk;

pub use walk::{Deliveries, LogRow};

use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::units::{DAY, Instant, Span, UtcInstant};

use self::spooled::Spooled;

/// Deliveries that one id may have: more are no id.
const MOST_COPIES: usize = 1_000;

/// A log of deliveries, or of events that are still to be sent. Copies share what is kept of it.
#[derive(Clone, Debug)]
pub struct Log {
    /// The UTC midnight before the first event.
    pub start: Option<UtcInstant>,
    /// Whether the file already had its rows in order of arrival; of true time, if it has no arrivals.
    pub sorted: bool,
    pub(super) spooled: Spooled,
    pub(super) has_arrivals: bool,
    pub(super) has_bytes: bool,
    has_sessions: bool,
    kinds: Arc<[String]>,
    rows: u64,
    lost: u64,
    first: i64,
    last: i64,
}

impl Log {
    /// Number of deliveries; of events, if it has no arrivals.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.rows
    }

    /// Whether there are none; a log that was read has some.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Rows without an arrival in a log that has arrivals.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether its rows are deliveries; if not, they are events that a scenario's network delivers.
    #[must_use]
    pub fn has_arrivals(&self) -> bool {
        self.has_arrivals
    }

    /// Whether its rows say how many bytes they have.
    #[must_use]
    pub fn has_bytes(&self) -> bool {
        self.has_bytes
    }

    /// Whether its rows say where in a session they stand.
    #[must_use]
    pub fn has_sessions(&self) -> bool {
        self.has_sessions
    }

    /// The event types; [`LogRow::kind`] is a place in them.
    #[must_use]
    pub fn kinds(&self) -> &[String] {
        &self.kinds
    }

    /// Simulated time 0 of the log: `preferred`, if the first event happened within a day from then on; else
    /// the UTC midnight before the first event.
    #[must_use]
    pub fn origin(&self, preferred: UtcInstant) -> UtcInstant {
        let start = preferred.0.as_microsecond();
        if (start..start.saturating_add(DAY)).contains(&self.first) {
            return preferred;
        }
        self.start.unwrap_or(preferred)
    }

    /// The first instant after everything in it, on the clock that begins at `origin`.
    #[must_use]
    pub fn end_after(&self, origin: UtcInstant) -> Instant {
        Instant(self.last - origin.0.as_microsecond()) + Span(1)
    }

    /// The first instant after everything in it, on the clock that begins at [`Self::start`].
    #[must_use]
    pub fn end(&self) -> Option<Instant> {
        self.start.map(|start| self.end_after(start))
    }

    /// Its deliveries in order of arrival, ties in file order; its events by true time, if it has no arrivals.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries {
        Deliveries::new(self)
    }
}

/// Reads a log; its format follows from the extension: `.csv`, `.ndjson` or `.jsonl`, `.parquet`,
/// `.log` (an access log, also `.log.1`); `.gz` may follow each but Parquet's. A file of another name is
/// read if it is an access log or gzip of one.
///
/// # Errors
/// [`crate::error::Error::Input`] with up to 20 problems when the log is wrong or does not exist,
/// [`crate::error::Error::Io`] when it cannot be read, or when it is large and temporary files cannot be used.
pub fn read(path: &Path) -> Result<Log> {
    source::read(path)
}

/// Reads a log from its content; its format follows from the extension of `name`.
///
/// # Errors
/// [`crate::error::Error::Input`] with up to 20 problems when the log is wrong,
/// [`crate::error::Error::Io`] when it is large and temporary files cannot be used.
pub fn read_bytes(name: &str, content: &[u8]) -> Result<Log> {
    source::read_bytes(name, content)
}
