//! Records by the hundred million in bounded memory: an external merge sort.
//!
//! A [`Sorter`] takes records of fixed width. What fits one run of its memory stays there; more is
//! sorted run by run into a temporary file and merged. Input that is in order already is one run that is
//! only appended to, so that a sorted log costs a copy and no sort. Temporary files have no name in
//! the file system where the system allows that: they vanish with the program, however it ends.

mod disk;
mod merge;
mod record;
mod sorter;

pub(super) use merge::Merge;
pub(super) use record::{Record, Take};
pub(super) use sorter::Sorter;

use std::fmt;
use std::sync::Arc;

use self::disk::{Chunks, Disk};
use crate::error::Result;

/// Bytes of records that a sorter holds in memory while a log is read.
pub(super) const RUN_BYTES: usize = 64 << 20;
/// The same for a sorter of one replication, of which several may run at once.
pub(super) const SMALL_RUN_BYTES: usize = 16 << 20;

/// Sorted records, to be read any number of times; copies share them.
#[derive(Clone)]
pub(super) struct Sorted<R> {
    store: Store<R>,
    in_order: bool,
}

#[derive(Clone)]
enum Store<R> {
    Memory(Arc<Vec<R>>),
    Disk(Arc<Disk>),
}

impl<R> Default for Sorted<R> {
    fn default() -> Self {
        Self { store: Store::Memory(Arc::default()), in_order: true }
    }
}

impl<R> fmt::Debug for Sorted<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.store {
            Store::Memory(_) => "in memory",
            Store::Disk(_) => "on disk",
        };
        write!(f, "sorted records {place}")
    }
}

impl<R: Record> Sorted<R> {
    /// Whether they came in this order.
    pub fn came_in_order(&self) -> bool {
        self.in_order
    }

    /// Reads them from the first on.
    pub fn read(&self) -> Reader<R> {
        let from = match &self.store {
            Store::Memory(records) => From::Memory(Arc::clone(records), 0),
            Store::Disk(disk) => From::Disk(Chunks::new(Arc::clone(disk), 0..disk.len(), R::SIZE, disk::CHUNK)),
        };
        Reader { from, next: None }
    }

    /// The last record of which something is true, looked for from the end.
    ///
    /// # Errors
    /// When temporary files cannot be read.
    pub fn last_where(&self, is_it: impl Fn(&R) -> bool) -> Result<Option<R>> {
        match &self.store {
            Store::Memory(records) => Ok(records.iter().rev().find(|record| is_it(record)).copied()),
            Store::Disk(disk) => {
                let step = (disk::CHUNK / R::SIZE).max(1) as u64 * R::SIZE as u64;
                let mut to = disk.len();
                let mut bytes = Vec::new();
                while to > 0 {
                    let from = to.saturating_sub(step);
                    disk.read(from, to, &mut bytes)?;
                    let found = bytes.chunks_exact(R::SIZE).rev().map(R::decode).find(&is_it);
                    if found.is_some() {
                        return Ok(found);
                    }
                    to = from;
                }
                Ok(None)
            }
        }
    }
}

/// Reads sorted records, one after the other.
#[derive(Clone)]
pub(super) struct Reader<R> {
    from: From<R>,
    next: Option<R>,
}

#[derive(Clone)]
enum From<R> {
    Memory(Arc<Vec<R>>, usize),
    Disk(Chunks),
}

impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reader of sorted records")
    }
}

impl<R: Record> Reader<R> {
    /// The next record.
    ///
    /// # Errors
    /// When temporary files cannot be read.
    #[inline]
    pub fn next(&mut self) -> Result<Option<R>> {
        if let Some(next) = self.next.take() {
            return Ok(Some(next));
        }
        match &mut self.from {
            From::Memory(records, at) => {
                let record = records.get(*at).copied();
                *at += 1;
                Ok(record)
            }
            From::Disk(chunks) => chunks.next(),
        }
    }

    /// The next record, which stays the next one.
    ///
    /// # Errors
    /// When temporary files cannot be read.
    #[inline]
    pub fn peek(&mut self) -> Result<Option<&R>> {
        if self.next.is_none() {
            self.next = self.next()?;
        }
        Ok(self.next.as_ref())
    }
}
