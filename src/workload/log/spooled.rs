//! Deliveries as a replay wants them: in order of arrival, with what was delivered before, and the true events.
//!
//! ```text
//! rows ──▶ sorted by arrival ────────────────┬─────────────▶ rows
//! ids  ──▶ sorted by id ──▶ ids seen again ──┼─────────────▶ again    (by arrival)
//! lost ──▶ in file order ──▶ of no other row ┴─▶ firsts ───▶ events   (by true time)
//!                                            └─────────────▶ lost     (by true time)
//! ```
//!
//! A true event is an id. It happened when the earliest of its rows did: a user who does a thing again, under the
//! same id, has done it at the first time, even if that row arrives later or is lost.

use super::numbering::{KeyNumbers, Renumbering};
use super::records::{Again, Happened, IdRow, LOST, Order, Row};
use crate::error::Result;
use crate::workload::spool::{Sorted, Sorter};

/// Deliveries, sorted; copies share them.
#[derive(Clone, Debug)]
pub(in crate::workload) struct Spooled {
    /// All deliveries by arrival, ties in file order.
    pub rows: Sorted<Row>,
    /// Those of ids that have more rows than one, in the same order.
    pub again: Sorted<Again>,
    /// True events by true time.
    pub events: Sorted<Happened>,
    /// The true events among them that never arrive; `arrival` is the true time again.
    pub lost: Sorted<Row>,
    /// How keys are numbered.
    pub keys: KeyNumbers,
    /// The latest arrival or true event.
    pub last: i64,
}

/// One id is delivered more often than is allowed.
#[derive(Debug)]
pub(in crate::workload) struct TooOften {
    /// Place in the file of one of its rows.
    pub order: u32,
}

/// Takes deliveries in any order.
pub(in crate::workload) struct Spooler {
    rows: Sorter<Row>,
    ids: Sorter<IdRow>,
    lost: Sorter<Row>,
    memory: usize,
}

impl Spooler {
    /// A spooler whose sorters hold `memory` bytes each.
    pub fn new(memory: usize) -> Self {
        Self { rows: Sorter::new(memory), ids: Sorter::new(memory), lost: Sorter::new(memory), memory }
    }

    /// Takes a delivery; an id that certainly has no other needs no name.
    #[inline]
    pub fn deliver(&mut self, row: Row, id: Option<u128>) -> Result<()> {
        if let Some(id) = id {
            self.ids.push(IdRow { id, arrival: row.arrival, order: row.order, truth: row.truth })?;
        }
        self.rows.push(row)
    }

    /// Takes an event that never arrives.
    pub fn lose(&mut self, row: Row, id: u128) -> Result<()> {
        self.ids.push(IdRow { id, arrival: LOST, order: row.order, truth: row.truth })?;
        self.lost.push(Row { arrival: 0, ..row })
    }

    /// Sorts all. An id may be delivered `most` times; `own_keys` says that keys keep their numbers.
    pub fn finish(self, most: usize, own_keys: bool) -> Result<std::result::Result<Spooled, TooOften>> {
        let Self { rows, ids, lost, memory } = self;
        let (again, only_lost) = match seen_again(ids, most, memory)? {
            Ok(found) => found,
            Err(too_often) => return Ok(Err(too_often)),
        };
        let rows = rows.finish()?;
        let mut events = Sorter::new(memory);
        let mut numbers = (!own_keys).then(Renumbering::default);
        let mut last = i64::MIN;
        let (mut reader, mut marks) = (rows.read(), again.read());
        while let Some(row) = reader.next()? {
            if let Some(numbers) = &mut numbers {
                numbers.see(row.key);
            }
            last = last.max(row.arrival).max(row.truth);
            let mark = match marks.peek()? {
                Some(mark) if mark.order == row.order => marks.next()?,
                _ => None,
            };
            if mark.is_none_or(|mark| mark.is_first()) {
                let truth = mark.map_or(row.truth, |mark| mark.truth);
                let Row { order, key, bytes, user, kind, .. } = row;
                events.push(Happened { truth, order, key, bytes, user, kind })?;
            }
        }
        let mut lost_by_truth = Sorter::new(memory);
        let (mut lost, mut orders) = (lost.merge()?, only_lost.merge()?);
        while let Some(Order(order)) = orders.next()? {
            while let Some(row) = lost.next()? {
                if row.order == order {
                    if let Some(numbers) = &mut numbers {
                        numbers.see(row.key);
                    }
                    last = last.max(row.truth);
                    let Row { truth, key, bytes, user, kind, .. } = row;
                    events.push(Happened { truth, order, key, bytes, user, kind })?;
                    lost_by_truth.push(Row { arrival: row.truth, ..row })?;
                    break;
                }
            }
        }
        Ok(Ok(Spooled {
            rows,
            again,
            events: events.finish()?,
            lost: lost_by_truth.finish()?,
            keys: numbers.map_or(KeyNumbers::Own, Renumbering::finish),
            last,
        }))
    }
}

type SeenAgain = std::result::Result<(Sorted<Again>, Sorter<Order>), TooOften>;

/// The deliveries of ids that have more rows than one; and of ids that have none, the row that was lost, the first
/// in true time.
fn seen_again(ids: Sorter<IdRow>, most: usize, memory: usize) -> Result<SeenAgain> {
    let mut again = Sorter::new(memory);
    let mut only_lost = Sorter::new(memory);
    let mut ids = ids.merge()?;
    let mut group = Group::default();
    loop {
        let next = ids.next()?;
        if next.as_ref().map(|next| next.id) != group.first.map(|first| first.id) {
            group.close(&mut again, &mut only_lost)?;
        }
        let Some(next) = next else { break };
        group.first.get_or_insert(next);
        if next.arrival == LOST {
            let lost = (next.truth, next.order);
            group.lost = Some(group.lost.map_or(lost, |before| before.min(lost)));
        } else if group.delivered.len() < most {
            group.truth = group.truth.min(next.truth);
            group.delivered.push((next.arrival, next.order));
        } else {
            return Ok(Err(TooOften { order: next.order }));
        }
    }
    Ok(Ok((again.finish()?, only_lost)))
}

/// The rows of one id.
struct Group {
    first: Option<IdRow>,
    /// Arrivals and places of those delivered, in this order.
    delivered: Vec<(i64, u32)>,
    /// The earliest true time of those.
    truth: i64,
    /// True time and place of the one lost, the first in true time.
    lost: Option<(i64, u32)>,
}

impl Default for Group {
    fn default() -> Self {
        Self { first: None, delivered: Vec::new(), truth: i64::MAX, lost: None }
    }
}

impl Group {
    fn close(&mut self, again: &mut Sorter<Again>, only_lost: &mut Sorter<Order>) -> Result<()> {
        match (self.delivered.as_slice(), self.lost) {
            ([], Some((_, order))) => only_lost.push(Order(order))?,
            ([(_, group), more @ ..], lost) if lost.is_some() || !more.is_empty() => {
                let truth = lost.map_or(self.truth, |lost| lost.0.min(self.truth));
                let length = self.delivered.len();
                for (&(arrival, order), place) in self.delivered.iter().zip(1..) {
                    again.push(Again { arrival, order, group: *group, truth, last: place == length })?;
                }
            }
            _ => {}
        }
        self.delivered.clear();
        (self.first, self.truth, self.lost) = (None, i64::MAX, None);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::workload::spool::{Reader, Record};

    fn all<R: Record>(mut reader: Reader<R>) -> Vec<R> {
        std::iter::from_fn(|| reader.next().unwrap()).collect()
    }

    fn spool(rows: &[(u128, Option<i64>, i64)], memory: usize) -> Spooled {
        let mut spooler = Spooler::new(memory);
        for ((id, arrival, truth), order) in rows.iter().zip(0..) {
            let row = Row { order, truth: *truth, event: *truth, key: *id as u32 + 90, ..Row::default() };
            match arrival {
                Some(arrival) => spooler.deliver(Row { arrival: *arrival, ..row }, Some(*id)).unwrap(),
                None => spooler.lose(row, *id).unwrap(),
            }
        }
        spooler.finish(usize::MAX, false).unwrap().unwrap()
    }

    proptest! {
        #[test]
        fn disk_and_memory_say_the_same(
            rows in proptest::collection::vec((0_u128..60, proptest::option::weighted(0.8, 0_i64..50), 0_i64..50), 0..200),
            memory in 1_usize..2_000,
        ) {
            let (disk, plain) = (spool(&rows, memory), spool(&rows, 1 << 20));
            prop_assert_eq!(all(disk.rows.read()), all(plain.rows.read()));
            prop_assert_eq!(all(disk.again.read()), all(plain.again.read()));
            prop_assert_eq!(all(disk.events.read()), all(plain.events.read()));
            prop_assert_eq!(all(disk.lost.read()), all(plain.lost.read()));
            prop_assert!((90..150).all(|key| disk.keys.of(key) == plain.keys.of(key)));
            prop_assert_eq!(disk.last, plain.last);
        }
    }

    #[test]
    fn a_loss_beside_a_delivery_is_nothing() {
        let rows = [
            (1, None, 4),
            (2, None, 7),
            (1, Some(9), 5),
            (2, None, 6),
            (3, Some(8), 8),
            (3, Some(9), 1),
            (4, Some(9), 9),
        ];
        let spooled = spool(&rows, 1 << 20);
        assert_eq!(all(spooled.lost.read()).iter().map(|row| row.order).collect::<Vec<_>>(), [3]);
        let events: Vec<_> = all(spooled.events.read()).iter().map(|event| (event.truth, event.order)).collect();
        assert_eq!(events, [(1, 4), (4, 2), (6, 3), (9, 6)]);
        let again: Vec<_> = all(spooled.again.read()).iter().map(|mark| (mark.order, mark.group, mark.last)).collect();
        assert_eq!(again, [(4, 4, false), (2, 2, true), (5, 4, true)]);
        assert_eq!(spooled.last, 9);
    }
}
