//! A stream as files: the log of its deliveries, and the truth about its windows. Written block by block.

mod file;

use std::io::BufWriter;
use std::sync::Arc;

use super::block::{Block, Tag};
use super::truth::Grid;
use crate::error::{Error, Result};
use crate::scenario::{Scenario, Window, WindowBy};
use crate::tabular::{Format, Kind, NOTHING, TableWriter};
use crate::units::UtcInstant;

pub use file::Destination;
use file::Name;

/// Writes the deliveries of a stream as a log that [`super::read`] reads.
///
/// Columns: `event_id`, `event_time_us`, `arrival_time_us` (nothing for an event that was lost), `key`, and
/// `user_id`, `event_type`, `session` and `session_event` where the scenario has them, `bytes`, and `true_time_us` where clocks are
/// wrong. Times are microseconds since 1970.
pub struct LogWriter {
    table: Table,
    name: Name,
    columns: LogColumns,
    start: i64,
}

/// The columns of a log that not every scenario has.
#[derive(Clone, Debug, Default)]
pub struct LogColumns {
    /// Whether there are users.
    pub users: bool,
    /// Names of event types; empty: there are none.
    pub kinds: Vec<String>,
    /// Whether there are sessions.
    pub sessions: bool,
    /// Whether clocks are wrong.
    pub clocks: bool,
}

impl LogColumns {
    /// The columns of a scenario's stream.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let workload = &scenario.workload;
        Self {
            users: workload.users.is_some(),
            kinds: workload.types.iter().map(|of| of.name.clone()).collect(),
            sessions: workload.sessions.is_some(),
            clocks: workload.clock.ahead.is_some() || workload.clock.behind.is_some(),
        }
    }
}

impl LogWriter {
    /// Begins a log of a stream whose simulated time 0 is `start`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(to: Destination, format: Format, columns: LogColumns, start: UtcInstant) -> Result<Self> {
        let mut list = vec![
            ("event_id", Kind::Integer),
            ("event_time_us", Kind::Integer),
            ("arrival_time_us", Kind::Optional),
            ("key", Kind::Integer),
            ("bytes", Kind::Integer),
        ];
        if columns.users {
            list.push(("user_id", Kind::Integer));
        }
        if !columns.kinds.is_empty() {
            list.push(("event_type", Kind::Word(Arc::from(columns.kinds.clone()))));
        }
        if columns.sessions {
            list.push(("session", Kind::Integer));
            list.push(("session_event", Kind::Integer));
        }
        if columns.clocks {
            list.push(("true_time_us", Kind::Integer));
        }
        let (table, name) = table(to, format, list)?;
        Ok(Self { table, name, columns, start: start.0.as_microsecond() })
    }

    /// Writes the deliveries of a block, then the events that were lost in its time.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn block(&mut self, block: &Block) -> Result<()> {
        let start = self.start;
        let rows = block.rows(0..block.len());
        let [id, event, arrival, key, bytes, more @ ..] = self.table.cells() else { return Ok(()) };
        let (tags, lost) = (&block.tags, &block.lost);
        id.extend(tags.iter().chain(lost.iter().map(|lost| &lost.tag)).map(|tag| i64::from(tag.id)));
        event.extend(rows.event_time.iter().chain(lost.iter().map(|lost| &lost.event_time)).map(|at| start + at.0));
        arrival.extend(rows.arrival.iter().map(|at| start + at.0));
        arrival.extend(lost.iter().map(|_| NOTHING));
        key.extend(rows.key.iter().chain(lost.iter().map(|lost| lost.key)).map(i64::from));
        bytes.extend(rows.bytes.iter().chain(lost.iter().map(|lost| lost.bytes)).map(i64::from));
        let mut more = more.iter_mut();
        let sessions = self.columns.sessions;
        let wanted = [self.columns.users, !self.columns.kinds.is_empty(), sessions, sessions];
        let of: [fn(&Tag) -> i64; 4] =
            [|tag| tag.user.into(), |tag| tag.kind.into(), |tag| tag.session.into(), |tag| tag.position.into()];
        for (_, of) in wanted.into_iter().zip(of).filter(|(wanted, _)| *wanted) {
            if let Some(column) = more.next() {
                column.extend(tags.iter().chain(lost.iter().map(|lost| &lost.tag)).map(of));
            }
        }
        if let Some(column) = more.next() {
            column.extend((0..rows.len()).map(|row| start + rows.happened(row).0));
            column.extend(lost.iter().map(|lost| start + lost.happened.0));
        }
        self.table.write().map_err(|error| self.name.told(error))
    }

    /// Ends the log and puts it in its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<()> {
        finish(self.table, &self.name)
    }
}

/// Writes what a perfect pipeline would publish: a row for each window, and for each key in it if windows count
/// by key.
///
/// Columns: `window_start_us`, `window_end_us`, `key` if windows count by key, `count`: what the job's aggregate gives.
pub struct TruthWriter {
    table: Table,
    name: Name,
    grid: Grid,
    by_key: bool,
    start: i64,
}

impl TruthWriter {
    /// Begins the truth about windows of a job, for a stream whose simulated time 0 is `start`.
    ///
    /// # Errors
    /// When it cannot be written; [`Error::Model`] for windows that are not aligned.
    pub fn new(to: Destination, format: Format, window: &Window, start: UtcInstant) -> Result<Self> {
        let by_key = window.by == WindowBy::Key;
        let columns = ["window_start_us", "window_end_us", "key", "count"].into_iter();
        let columns = columns.filter(|name| by_key || *name != "key").map(|name| (name, Kind::Integer));
        let (table, name) = table(to, format, columns.collect())?;
        let grid = Grid::of(window, start.epoch()).ok_or_else(|| Error::Model("windows without truth".to_owned()))?;
        Ok(Self { table, name, grid, by_key, start: start.0.as_microsecond() })
    }

    /// Writes the windows that ended in a block.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn block(&mut self, block: &Block) -> Result<()> {
        for window in &block.windows {
            let ends = [self.grid.start(window.window), self.grid.end(window.window)].map(|at| self.start + at.0);
            let mut push = |key: Option<u32>, count: i64| {
                let cells = ends.into_iter().chain(key.map(i64::from)).chain([count]);
                self.table.cells().iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
            };
            match &window.keys {
                Some(keys) if self.by_key => {
                    keys.iter().for_each(|(key, _)| push(Some(key), window.value(Some(key)).cast_signed()));
                }
                _ => push(None, window.value(None).cast_signed()),
            }
        }
        self.table.write().map_err(|error| self.name.told(error))
    }

    /// Ends the file and puts it in its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<()> {
        finish(self.table, &self.name)
    }
}

type Table = TableWriter<BufWriter<Destination>>;

fn table(to: Destination, format: Format, columns: Vec<(&str, Kind)>) -> Result<(Table, Name)> {
    let name = to.name();
    let columns = columns.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect();
    let sink = BufWriter::with_capacity(1 << 18, to);
    let table = TableWriter::new(sink, format, columns).map_err(|error| name.told(error))?;
    Ok((table, name))
}

fn finish(table: Table, name: &Name) -> Result<()> {
    let sink = table.finish().map_err(|error| name.told(error))?;
    let to = sink.into_inner().map_err(|error| name.told(error.into_error()))?;
    to.publish().map_err(|error| name.told(error))
}
