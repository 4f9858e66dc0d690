//! What is kept of a log's rows, as records of fixed width. Times are microseconds since 1970.

use crate::workload::spool::{Record, Take};

/// A delivery; or an event that was lost, or not sent yet, whose `arrival` is then only its place in the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::workload) struct Row {
    /// Arrival at the broker.
    pub arrival: i64,
    /// Place in the file.
    pub order: u32,
    /// The event time that it carries.
    pub event: i64,
    /// When the event truly happened.
    pub truth: i64,
    /// Key, as [`super::numbering::Numbering`] numbers it.
    pub key: u32,
    /// Payload bytes.
    pub bytes: u32,
    /// Who did it.
    pub user: u32,
    /// Session.
    pub session: u32,
    /// Its place in the session, from 1; 0 if the log does not tell.
    pub position: u16,
    /// Its type, as a place in the log's list.
    pub kind: u8,
}

impl Record for Row {
    const SIZE: usize = 47;

    #[inline]
    fn encode(&self, bytes: &mut Vec<u8>) {
        let mut record = [0; Self::SIZE];
        let fields = [
            (&self.arrival.to_le_bytes()[..], 0),
            (&self.order.to_le_bytes(), 8),
            (&self.event.to_le_bytes(), 12),
            (&self.truth.to_le_bytes(), 20),
            (&self.key.to_le_bytes(), 28),
            (&self.bytes.to_le_bytes(), 32),
            (&self.user.to_le_bytes(), 36),
            (&self.session.to_le_bytes(), 40),
            (&self.position.to_le_bytes(), 44),
            (&[self.kind], 46),
        ];
        for (field, at) in fields {
            record[at..at + field.len()].copy_from_slice(field);
        }
        bytes.extend_from_slice(&record);
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Self {
        let mut take = Take(bytes);
        Self {
            arrival: take.i64(),
            order: take.u32(),
            event: take.i64(),
            truth: take.i64(),
            key: take.u32(),
            bytes: take.u32(),
            user: take.u32(),
            session: take.u32(),
            position: take.u16(),
            kind: take.u8(),
        }
    }
}

/// One row of an id, to find the ids that come more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::workload) struct IdRow {
    /// The id, as [`super::names::name`] names it.
    pub id: u128,
    /// Arrival; [`LOST`] for a row without one.
    pub arrival: i64,
    /// Place in the file.
    pub order: u32,
    /// When what it tells of happened.
    pub truth: i64,
}

/// The arrival of what never arrives: after every other delivery of its id.
pub(in crate::workload) const LOST: i64 = i64::MAX;

impl Record for IdRow {
    const SIZE: usize = 36;

    #[inline]
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.id.to_le_bytes());
        bytes.extend_from_slice(&self.arrival.to_le_bytes());
        bytes.extend_from_slice(&self.order.to_le_bytes());
        bytes.extend_from_slice(&self.truth.to_le_bytes());
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Self {
        let mut take = Take(bytes);
        Self { id: take.u128(), arrival: take.i64(), order: take.u32(), truth: take.i64() }
    }
}

/// A delivery of an id that has more rows than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::workload) struct Again {
    /// Arrival.
    pub arrival: i64,
    /// Place in the file.
    pub order: u32,
    /// The place in the file of the id's first delivery, which names the id.
    pub group: u32,
    /// The earliest true time of the id's rows.
    pub truth: i64,
    /// Whether it is the id's last.
    pub last: bool,
}

impl Again {
    /// Whether it is the id's first delivery.
    pub fn is_first(&self) -> bool {
        self.order == self.group
    }
}

impl Record for Again {
    const SIZE: usize = 25;

    #[inline]
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.arrival.to_le_bytes());
        bytes.extend_from_slice(&self.order.to_le_bytes());
        bytes.extend_from_slice(&self.group.to_le_bytes());
        bytes.extend_from_slice(&self.truth.to_le_bytes());
        bytes.push(u8::from(self.last));
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Self {
        let mut take = Take(bytes);
        Self { arrival: take.i64(), order: take.u32(), group: take.u32(), truth: take.i64(), last: take.u8() != 0 }
    }
}

/// A true event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::workload) struct Happened {
    /// When it happened.
    pub truth: i64,
    /// Place in the file of its first delivery.
    pub order: u32,
    /// Its key.
    pub key: u32,
    /// Payload bytes of its first delivery.
    pub bytes: u32,
    /// Who did it.
    pub user: u32,
    /// Its type, as a place in the log's list.
    pub kind: u8,
}

impl Record for Happened {
    const SIZE: usize = 25;

    #[inline]
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.truth.to_le_bytes());
        bytes.extend_from_slice(&self.order.to_le_bytes());
        bytes.extend_from_slice(&self.key.to_le_bytes());
        bytes.extend_from_slice(&self.bytes.to_le_bytes());
        bytes.extend_from_slice(&self.user.to_le_bytes());
        bytes.push(self.kind);
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Self {
        let mut take = Take(bytes);
        Self {
            truth: take.i64(),
            order: take.u32(),
            key: take.u32(),
            bytes: take.u32(),
            user: take.u32(),
            kind: take.u8(),
        }
    }
}

/// The place in the file of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::workload) struct Order(pub u32);

impl Record for Order {
    const SIZE: usize = 4;

    #[inline]
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.0.to_le_bytes());
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Self {
        Self(Take(bytes).u32())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes_back<R: Record + std::fmt::Debug>(record: R) {
        let mut bytes = Vec::new();
        record.encode(&mut bytes);
        assert_eq!(bytes.len(), R::SIZE);
        assert_eq!(R::decode(&bytes), record);
    }

    #[test]
    fn records_come_back() {
        comes_back(Row {
            arrival: -5,
            order: 1,
            event: 2,
            truth: 3,
            key: 4,
            bytes: 5,
            user: 6,
            session: 7,
            position: 9,
            kind: 8,
        });
        comes_back(IdRow { id: u128::MAX / 3, arrival: LOST, order: u32::MAX, truth: -8 });
        comes_back(Again { arrival: i64::MIN, order: 7, group: 9, truth: 3, last: true });
        comes_back(Happened { truth: 77, order: 8, key: 9, bytes: 10, user: 11, kind: 12 });
        comes_back(Order(123_456_789));
    }
}
