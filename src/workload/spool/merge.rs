//! Sorted runs of a file merged into one order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::Range;
use std::sync::Arc;

use super::Record;
use super::disk::{CHUNK, Chunks, Disk};
use crate::error::Result;

/// Bytes that the readers of all runs hold together, about.
const MEMORY: usize = 32 << 20;
/// The least that a reader of one run holds: smaller reads would not pay.
const LEAST: usize = 16 << 10;

/// Records in order, to be taken once.
pub(in crate::workload) struct Merge<R> {
    from: Source<R>,
}

enum Source<R> {
    Memory(std::vec::IntoIter<R>),
    Disk { runs: Vec<Chunks>, heads: BinaryHeap<Reverse<(R, usize)>> },
}

impl<R: Record> Merge<R> {
    /// Records that are sorted already.
    pub(super) fn memory(records: Vec<R>) -> Self {
        Self { from: Source::Memory(records.into_iter()) }
    }

    /// The sorted runs at these places of a file.
    pub(super) fn disk(disk: &Arc<Disk>, runs: Vec<Range<u64>>) -> Result<Self> {
        let memory = (MEMORY / runs.len().max(1)).clamp(LEAST, CHUNK);
        let mut runs: Vec<Chunks> =
            runs.into_iter().map(|run| Chunks::new(Arc::clone(disk), run, R::SIZE, memory)).collect();
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (place, run) in runs.iter_mut().enumerate() {
            if let Some(record) = run.next()? {
                heads.push(Reverse((record, place)));
            }
        }
        Ok(Self { from: Source::Disk { runs, heads } })
    }

    /// The next record.
    ///
    /// # Errors
    /// When temporary files cannot be read.
    #[inline]
    pub fn next(&mut self) -> Result<Option<R>> {
        match &mut self.from {
            Source::Memory(records) => Ok(records.next()),
            Source::Disk { runs, heads } => {
                let Some(mut head) = heads.peek_mut() else { return Ok(None) };
                let Reverse((record, place)) = *head;
                let next = match runs.get_mut(place) {
                    Some(run) => run.next()?,
                    None => None,
                };
                match next {
                    Some(next) => *head = Reverse((next, place)),
                    None => drop(PeekMut::pop(head)),
                }
                Ok(Some(record))
            }
        }
    }
}
