//! A hierarchical timing wheel (Varghese and Lauck 1987): deliveries by the bucket of time in which they arrive.
//!
//! Deliveries minutes or hours ahead are not spread over thousands of buckets, each far apart in memory, but written down
//! one after the other. Now and then, when they are enough for the caches to help, they are spread over coarse buckets, and what is in one of
//! these over fine ones when its time comes.

use std::collections::BTreeMap;

use super::delivery::{Delivery, Tagged};
use super::lists::Lists;
use super::notes::{Earlier, Known, Note};
use crate::units::Span;

/// Fine buckets in a coarse one, in bits: so few that all of them stay in the caches.
const BITS: u32 = 4;
/// Fine buckets of a coarse one, and coarse ones.
const FINE: i64 = 1 << BITS;
const COARSE: i64 = 256;
/// Buckets that the wheel reaches over; what is beyond lies in a map.
pub(super) const REACH: i64 = FINE * COARSE;

/// Deliveries in the order in which they were sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch<T> {
    /// Each with the place of its note, from 1 on, or 0.
    pub deliveries: Vec<Delivery<T>>,
    /// The notes.
    pub notes: Vec<Note>,
}

impl<T: Tagged> Batch<T> {
    /// Appends a delivery.
    #[inline]
    pub fn push(&mut self, delivery: Delivery<T>, note: Option<Note>) {
        let noted = note.is_some();
        self.notes.extend(note);
        let place = if noted { self.notes.len() as u32 } else { 0 };
        self.deliveries.push(Delivery { note: place, ..delivery });
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.deliveries.clear();
        self.notes.clear();
    }

    /// Empties it, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = (Delivery<T>, Option<Note>)> {
        let mut notes = self.notes.drain(..);
        self.deliveries.drain(..).map(move |delivery| (delivery, if delivery.note > 0 { notes.next() } else { None }))
    }
}

/// Says of a delivery in a list that its note is in the list of notes.
const APART: u32 = u32::MAX;

/// A delivery as lists hold it. Nearly all that have a note are the second of two with the same event time: then the
/// number that leads to a note holds the delay of the first, plus 1.
#[derive(Clone, Copy, Debug)]
struct Packed<T>(Delivery<T>);

impl<T: Tagged> Packed<T> {
    /// Packs a delivery; gives back a note that does not fit.
    #[inline]
    fn new(delivery: Delivery<T>, note: Option<Note>) -> (Self, Option<Note>) {
        let packed = |note: u32| Self(Delivery { note, ..delivery });
        match note {
            None => (packed(0), None),
            Some(Note { known: Known::One(first), before: 1, happened: None })
                if first.event_time == delivery.event_time
                    && (0..i64::from(APART) - 1).contains(&(first.arrival - first.event_time).0) =>
            {
                (packed((first.arrival - first.event_time).0 as u32 + 1), None)
            }
            note => (packed(APART), note),
        }
    }

    /// The delivery and its note, which is `apart` unless it is packed.
    #[inline]
    fn unpack(self, apart: Option<Note>) -> (Delivery<T>, Option<Note>) {
        let Self(delivery) = self;
        let note = match delivery.note {
            0 => None,
            APART => apart,
            delay => {
                let event_time = delivery.event_time;
                let first = Earlier { arrival: event_time + Span(i64::from(delay) - 1), event_time };
                Some(Note { known: Known::One(first), before: 1, happened: None })
            }
        };
        (delivery, note)
    }
}

/// Buckets of one level.
#[derive(Clone, Debug)]
struct Level<T> {
    deliveries: Lists<Packed<T>>,
    notes: Lists<Note>,
}

impl<T: Tagged> Level<T> {
    fn new(slots: i64) -> Self {
        Self { deliveries: Lists::new(slots as usize), notes: Lists::new(slots as usize) }
    }

    #[inline]
    fn push(&mut self, slot: i64, delivery: Packed<T>, apart: Option<Note>) {
        self.deliveries.push(slot as usize, delivery);
        if let Some(note) = apart {
            self.notes.push(slot as usize, note);
        }
    }

    fn take(&mut self, slot: i64) -> impl Iterator<Item = (Packed<T>, Option<Note>)> {
        let mut notes = self.notes.take(slot as usize, |note| note.before as u64);
        let deliveries = self.deliveries.take(slot as usize, |delivery| delivery.0.arrival.0 as u64);
        deliveries.map(move |delivery| (delivery, if delivery.0.note == APART { notes.next() } else { None }))
    }
}

/// Deliveries of the buckets after the one that is due.
#[derive(Clone, Debug)]
pub(super) struct Wheel<T> {
    /// Bits of an arrival within a bucket.
    shift: u32,
    due: i64,
    /// The bucket after the due one, as far as it was sent since that is due.
    next: Batch<T>,
    /// Buckets of the coarse one that is due, and coarse ones after it.
    fine: Level<T>,
    coarse: Level<T>,
    /// What was sent to coarse ones since one is due.
    sent: Level<T>,
    /// Coarse ones that the wheel does not reach.
    far: BTreeMap<i64, Batch<T>>,
}

impl<T: Tagged> Wheel<T> {
    /// An empty one, of which bucket 0 is due; a bucket covers 2^`shift` microseconds.
    pub fn new(shift: u32) -> Self {
        let [fine, coarse, sent] = [FINE, COARSE, 1].map(Level::new);
        Self { shift, due: 0, next: Batch::default(), fine, coarse, sent, far: BTreeMap::new() }
    }

    /// The bucket that is due.
    pub fn due(&self) -> i64 {
        self.due
    }

    /// Takes a delivery of a bucket after the due one.
    #[inline]
    pub fn push(&mut self, delivery: Delivery<T>, note: Option<Note>) {
        let bucket = delivery.arrival.0 >> self.shift;
        if bucket == self.due + 1 {
            self.next.push(delivery, note);
        } else {
            self.push_later(bucket, delivery, note);
        }
    }

    fn push_later(&mut self, bucket: i64, delivery: Delivery<T>, note: Option<Note>) {
        let (delivery, apart) = Packed::new(delivery, note);
        if bucket >> BITS == self.due >> BITS {
            self.fine.push(bucket % FINE, delivery, apart);
        } else {
            self.sent.push(0, delivery, apart);
        }
    }

    /// The next bucket is due; what is in it is given out in the order in which it was sent.
    pub fn go_on(&mut self, mut each: impl FnMut(Delivery<T>, Option<Note>)) {
        self.due += 1;
        if self.due % FINE == 0 {
            self.spread();
        }
        // Whatever was sent while a bucket was farther away was sent before.
        let bucket = self.fine.take(self.due % FINE).map(|(delivery, apart)| delivery.unpack(apart));
        bucket.chain(self.next.drain()).for_each(|(delivery, note)| each(delivery, note));
    }

    /// The next coarse bucket is due.
    fn spread(&mut self) {
        let (due, shift) = (self.due >> BITS, self.shift);
        for (delivery, apart) in self.sent.take(0) {
            let coarse = delivery.0.arrival.0 >> shift >> BITS;
            if coarse - due < COARSE {
                self.coarse.push(coarse % COARSE, delivery, apart);
            } else {
                let (delivery, note) = delivery.unpack(apart);
                self.far.entry(coarse).or_default().push(delivery, note);
            }
        }
        let mut far = self.far.remove(&due).unwrap_or_default();
        let far = far.drain().map(|(delivery, note)| Packed::new(delivery, note));
        for (delivery, apart) in far.chain(self.coarse.take(due % COARSE)) {
            self.fine.push((delivery.0.arrival.0 >> shift) % FINE, delivery, apart);
        }
    }

    /// Passes over buckets in which nothing is: to the last before the next that the map knows. All others must be
    /// empty. `false` if the map is empty.
    pub fn skip(&mut self) -> bool {
        let Some(coarse) = self.far.keys().next() else { return false };
        self.due = self.due.max((coarse << BITS) - 1);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;
    use crate::units::Instant;

    /// A note of one kind or another.
    fn note(stream: &mut Substream, delivery: &Delivery<()>) -> Option<Note> {
        let event_time = delivery.event_time;
        let first = |event_time: Instant, delay| Earlier { arrival: event_time + Span(delay), event_time };
        let known = match stream.bits() % 6 {
            0 | 1 => Known::One(first(event_time, (stream.bits() % 1_000_000) as i64)),
            2 => Known::One(first(
                event_time,
                [-5, 0, 4_294_967_293, 4_294_967_294, 1 << 40][(stream.bits() % 5) as usize],
            )),
            3 => Known::One(first(event_time + Span(1), 7)),
            4 => Known::Many([first(event_time, 1), first(event_time, 2)].into()),
            _ => return None,
        };
        let happened = stream.bits().is_multiple_of(4).then_some(Instant(9));
        Some(Note { known, before: 1, happened })
    }

    #[test]
    fn deliveries_come_out_in_their_buckets_and_in_the_order_in_which_they_were_sent() {
        const SHIFT: u32 = 10;
        let mut stream = Substream::new(2, 0, "test");
        let mut wheel = Wheel::new(SHIFT);
        let mut sent: BTreeMap<i64, Vec<(i64, Option<Note>)>> = BTreeMap::new();
        let mut most = 0;
        for bucket in 0..30_000 {
            assert_eq!(wheel.due(), bucket);
            for _ in 0..stream.bits() % 4 {
                // From the next bucket to far beyond the wheel.
                let ahead = 1 + (stream.bits() % (1 << (stream.bits() % 15))) as i64;
                let arrival = Instant(((bucket + ahead) << SHIFT) + (stream.bits() % 1_024) as i64);
                let event_time = arrival - Span((stream.bits() % 5_000_000) as i64);
                let delivery = Delivery::first(arrival, event_time, 0, 0, ());
                let note = note(&mut stream, &delivery);
                sent.entry(bucket + ahead).or_default().push((arrival.0, note.clone()));
                wheel.push(delivery, note);
            }
            let mut got = Vec::new();
            wheel.go_on(|delivery, note| got.push((delivery.arrival.0, note)));
            assert_eq!(got, sent.remove(&(bucket + 1)).unwrap_or_default(), "{bucket}");
            most = most.max(got.len());
        }
        assert!(most > 4 && sent.keys().any(|bucket| *bucket > 30_000 + REACH));
    }
}
