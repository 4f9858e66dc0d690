//! The sort itself: runs in memory, then runs on disk.

use std::sync::Arc;

use super::disk::Draft;
use super::{Merge, Record, Sorted, Store};
use crate::error::Result;

/// Takes records in any order, gives them back sorted. Holds a bounded number in memory.
pub(in crate::workload) struct Sorter<R> {
    /// The run being filled.
    run: Vec<R>,
    /// Records in a run.
    most: usize,
    /// Whether the run is in order so far.
    run_in_order: bool,
    /// Whether everything was.
    in_order: bool,
    /// The largest record taken so far, while everything was in order.
    last: Option<R>,
    spilled: Option<Spilled<R>>,
}

/// Runs on disk.
struct Spilled<R> {
    draft: Draft,
    /// Where each run begins.
    starts: Vec<u64>,
    /// The last record of the last run.
    last: R,
}

impl<R: Record> Sorter<R> {
    /// A sorter that holds about `bytes` of records in memory.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let most = (bytes / size_of::<R>().max(1)).max(1);
        Self { run: Vec::new(), most, run_in_order: true, in_order: true, last: None, spilled: None }
    }

    /// Takes a record.
    ///
    /// # Errors
    /// When temporary files cannot be written.
    #[inline]
    pub fn push(&mut self, record: R) -> Result<()> {
        if self.last.is_some_and(|last| record < last) {
            (self.run_in_order, self.in_order) = (false, false);
        }
        self.last = Some(record);
        self.run.push(record);
        if self.run.len() < self.most { Ok(()) } else { self.spill() }
    }

    /// Puts the run in order.
    fn arrange(&mut self) {
        if !self.run_in_order {
            self.run.sort_unstable();
        }
        self.run_in_order = true;
    }

    #[cold]
    fn spill(&mut self) -> Result<()> {
        self.arrange();
        let (Some(first), Some(last)) = (self.run.first(), self.run.last()) else { return Ok(()) };
        let spilled = match &mut self.spilled {
            Some(spilled) => {
                // What goes on where the run before ended makes it longer.
                if *first < spilled.last {
                    spilled.starts.push(spilled.draft.len());
                }
                spilled.last = *last;
                spilled
            }
            None => self.spilled.insert(Spilled { draft: Draft::new()?, starts: vec![0], last: *last }),
        };
        for record in &self.run {
            spilled.draft.push(record)?;
        }
        self.run.clear();
        Ok(())
    }

    /// The records in order, to be taken once.
    ///
    /// # Errors
    /// When temporary files cannot be written or read.
    pub fn merge(mut self) -> Result<Merge<R>> {
        if self.spilled.is_some() {
            self.spill()?;
        }
        self.arrange();
        match self.spilled {
            None => Ok(Merge::memory(self.run)),
            Some(spilled) => {
                drop(self.run);
                let starts = spilled.starts;
                let disk = spilled.draft.finish()?;
                let ends = starts.iter().skip(1).copied().chain([disk.len()]);
                Merge::disk(&disk, starts.iter().copied().zip(ends).map(|(from, to)| from..to).collect())
            }
        }
    }

    /// The records in order, to be read any number of times.
    ///
    /// # Errors
    /// When temporary files cannot be written or read.
    pub fn finish(mut self) -> Result<Sorted<R>> {
        let in_order = self.in_order;
        if self.spilled.is_some() {
            self.spill()?;
        }
        let store = match &self.spilled {
            None => {
                self.arrange();
                self.run.shrink_to_fit();
                Store::Memory(Arc::new(self.run))
            }
            Some(spilled) if spilled.starts.len() > 1 => {
                let mut draft = Draft::new()?;
                let mut merge = self.merge()?;
                while let Some(record) = merge.next()? {
                    draft.push(&record)?;
                }
                Store::Disk(draft.finish()?)
            }
            Some(_) => match self.spilled {
                Some(spilled) => Store::Disk(spilled.draft.finish()?),
                None => Store::Memory(Arc::default()),
            },
        };
        Ok(Sorted { store, in_order })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Take;
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Pair(i64, u32);

    impl Record for Pair {
        const SIZE: usize = 12;
        fn encode(&self, bytes: &mut Vec<u8>) {
            bytes.extend_from_slice(&self.0.to_le_bytes());
            bytes.extend_from_slice(&self.1.to_le_bytes());
        }
        fn decode(bytes: &[u8]) -> Self {
            let mut take = Take(bytes);
            Self(take.i64(), take.u32())
        }
    }

    fn sorter(pairs: &[Pair], memory: usize) -> Sorter<Pair> {
        let mut sorter = Sorter::new(memory);
        pairs.iter().for_each(|pair| sorter.push(*pair).unwrap());
        sorter
    }

    fn all(mut next: impl FnMut() -> Result<Option<Pair>>) -> Vec<Pair> {
        std::iter::from_fn(|| next().unwrap()).collect()
    }

    fn runs(sorter: &Sorter<Pair>) -> usize {
        sorter.spilled.as_ref().map_or(0, |spilled| spilled.starts.len())
    }

    proptest! {
        #[test]
        fn it_sorts_as_std_does(
            numbers in proptest::collection::vec(-20_i64..20, 0..600),
            ordered in any::<bool>(),
            memory in 1_usize..4_000,
        ) {
            let mut pairs: Vec<Pair> = numbers.into_iter().zip(0..).map(|(number, order)| Pair(number, order)).collect();
            if ordered {
                pairs.sort_unstable();
            }
            let mut expected = pairs.clone();
            expected.sort_unstable();
            let mut merge = sorter(&pairs, memory).merge().unwrap();
            prop_assert_eq!(all(|| merge.next()), &expected[..]);
            let sorted = sorter(&pairs, memory).finish().unwrap();
            prop_assert_eq!(sorted.came_in_order(), pairs.is_sorted());
            // Twice, and by two readers at once.
            let (mut first, mut second) = (sorted.read(), sorted.read());
            let both = all(|| {
                let peeked = first.peek().unwrap().copied();
                let next = first.next().unwrap();
                assert_eq!(peeked, next);
                assert_eq!(next, second.next().unwrap());
                Ok(next)
            });
            prop_assert_eq!(both, &expected[..]);
            let last = expected.iter().rev().find(|pair| pair.0 < 3).copied();
            prop_assert_eq!(sorted.last_where(|pair| pair.0 < 3).unwrap(), last);
        }
    }

    #[test]
    fn what_is_in_order_is_one_run() {
        let rising: Vec<Pair> = (0..100_000).map(|number| Pair(i64::from(number / 3), number)).collect();
        let mut in_order = sorter(&rising, 1_600);
        in_order.spill().unwrap();
        assert_eq!(runs(&in_order), 1);
        let falling: Vec<Pair> = rising.iter().rev().copied().collect();
        let reversed = sorter(&falling, 1_600);
        assert!(runs(&reversed) > 900, "{} runs", runs(&reversed));
        let mut merge = reversed.merge().unwrap();
        assert_eq!(all(|| merge.next()), rising);
        // Out of order by less than a run holds, but for the seams.
        let shaken: Vec<Pair> = rising.chunks(10).flat_map(|ten| ten.iter().rev().copied()).collect();
        let mut shaken = sorter(&shaken, 1_600);
        shaken.spill().unwrap();
        assert_eq!((runs(&shaken), shaken.in_order), (1, false));
    }

    #[test]
    fn the_end_is_found_beyond_a_chunk() {
        let rising: Vec<Pair> = (0..200_000).map(|number| Pair(i64::from(number), number)).collect();
        let sorted = sorter(&rising, 1_600).finish().unwrap();
        assert_eq!(sorted.last_where(|pair| pair.0 < 7).unwrap(), Some(Pair(6, 6)));
        assert_eq!(sorted.last_where(|_| false).unwrap(), None);
    }
}
