//! A log's deliveries, one after the other.

use super::Log;
use super::numbering::KeyNumbers;
use super::records::{Again, Row};
use crate::error::Result;
use crate::workload::spool::Reader;

/// A delivery of a log; times are microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// Number of its event: the place in the file, from 0, of the event's first delivery.
    pub id: u32,
    /// Whether it is the first delivery of its event.
    pub first: bool,
    /// Arrival at the broker, if the log has arrivals.
    pub arrival: Option<i64>,
    /// The event time that it carries.
    pub event_time: i64,
    /// When the event truly happened.
    pub true_time: i64,
    /// Number of its key.
    pub key: u32,
    /// Payload bytes; 0 if the log does not have them.
    pub bytes: u32,
    /// Number of its user; one for each key if the log does not have them.
    pub user: u32,
    /// Session; 0 if the log does not have them.
    pub session: u32,
    /// Its place in the session, from 1; 0 if the log does not tell.
    pub position: u16,
    /// Its type, as a place in [`Log::kinds`].
    pub kind: u8,
}

/// The deliveries of a log in order of arrival. An item is an error when temporary files cannot be read.
#[derive(Debug)]
pub struct Deliveries {
    rows: Reader<Row>,
    again: Reader<Again>,
    keys: KeyNumbers,
    has_arrivals: bool,
}

impl Deliveries {
    pub(super) fn new(log: &Log) -> Self {
        let spooled = &log.spooled;
        Self {
            rows: spooled.rows.read(),
            again: spooled.again.read(),
            keys: spooled.keys.clone(),
            has_arrivals: log.has_arrivals,
        }
    }

    fn row(&mut self) -> Result<Option<LogRow>> {
        let Some(row) = self.rows.next()? else { return Ok(None) };
        let mark = match self.again.peek()? {
            Some(mark) if mark.order == row.order => self.again.next()?,
            _ => None,
        };
        let id = mark.map_or(row.order, |mark| mark.group);
        Ok(Some(LogRow {
            id,
            first: id == row.order,
            arrival: self.has_arrivals.then_some(row.arrival),
            event_time: row.event,
            true_time: row.truth,
            key: self.keys.of(row.key),
            bytes: row.bytes,
            user: row.user,
            session: row.session,
            position: row.position,
            kind: row.kind,
        }))
    }
}

impl Iterator for Deliveries {
    type Item = Result<LogRow>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row().transpose()
    }
}
