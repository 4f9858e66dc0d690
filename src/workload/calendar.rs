//! A bucketed calendar: takes deliveries in any order of arrival, gives them back sorted.
//!
//! Each bucket covers a power of two of microseconds: push is an append, and a bucket is sorted
//! once, when it is due. The near future is a ring of buckets, the far future an ordered map, so
//! that memory follows what is in flight and not how long the scenario is. Most deliveries arrive in the bucket that is due when
//! they are sent: it lies in columns, and only words of arrival and place are sorted.

use std::collections::BTreeMap;

use super::activity::Events;
use super::block::{Block, Earlier, Known, Note};
use super::delivery::{Copied, Delivery, Tagged};
use super::radix::sort_by_high_word;
use crate::units::{Instant, Span};
use crate::vector::widest;

/// Buckets in the ring.
const RING: i64 = 4_096;
/// Used buffers that are kept for other buckets of the ring, and how many deliveries they may have room for.
const SPARE: usize = 64;
const LARGEST_SPARE: usize = 128;

/// Deliveries that have been sent and have not arrived.
#[derive(Clone, Debug)]
pub struct Calendar<T = ()> {
    shift: u32,
    /// The bucket that is due next, and where it ends.
    due: i64,
    due_end: Instant,
    /// What may be in it: deliveries by place.
    rows: Columns<T>,
    /// What is in it: when each arrives, from the start of the bucket, and below that its place, marked by [`NOTED`].
    order: Vec<u64>,
    /// The buckets after it.
    ring: Vec<Vec<Delivery<T>>>,
    far: BTreeMap<i64, Vec<Delivery<T>>>,
    notes: Vec<Note>,
    free: Vec<u32>,
    spare: Vec<Vec<Delivery<T>>>,
    sorted: Vec<u64>,
}

/// Marks the place of a delivery that has a note.
const NOTED: u64 = 1 << 31;

/// Deliveries in columns.
#[derive(Clone, Debug, Default)]
struct Columns<T> {
    event_time: Vec<Instant>,
    key: Vec<u32>,
    bytes: Vec<u32>,
    tag: Vec<T>,
    /// Place and note of those that have one.
    noted: Vec<(u32, u32)>,
}

impl<T: Tagged> Columns<T> {
    fn len(&self) -> usize {
        self.event_time.len()
    }

    fn clear(&mut self) {
        self.event_time.clear();
        self.key.clear();
        self.bytes.clear();
        self.tag.clear();
        self.noted.clear();
    }
}

impl<T: Tagged> Calendar<T> {
    /// A calendar from simulated time 0 on, for about `rate` deliveries a second.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        // 4,000 to 8,000 deliveries a bucket: they fit the cache, and the sort's tables pay; offsets within one must fit 32 bits.
        let micros = (8_000.0 / rate.max(1e-9) * 1e6).clamp(64.0, f64::from(u32::MAX));
        let shift = (micros as u64).ilog2();
        Self {
            shift,
            due: 0,
            due_end: Instant(1 << shift),
            rows: Columns::default(),
            order: Vec::new(),
            ring: (0..RING).map(|_| Vec::new()).collect(),
            far: BTreeMap::new(),
            notes: Vec::new(),
            free: Vec::new(),
            spare: Vec::new(),
            sorted: Vec::new(),
        }
    }

    /// End of the bucket that is due: everything that arrives before it must have been pushed
    /// before [`Self::pop`].
    #[must_use]
    pub fn due(&self) -> Instant {
        self.due_end
    }

    /// Takes a delivery that arrives in the due bucket or later.
    #[inline]
    pub fn push(&mut self, delivery: Delivery<T>) {
        // An arrival before the due bucket cannot be: delays are not negative.
        if delivery.arrival < self.due_end {
            self.push_due(&delivery);
        } else {
            self.push_later(delivery);
        }
    }

    #[inline]
    fn push_due(&mut self, delivery: &Delivery<T>) {
        let mut place = self.rows.len() as u64;
        if delivery.note > 0 {
            self.rows.noted.push((place as u32, delivery.note));
            place |= NOTED;
        }
        let offset = (delivery.arrival.0 - (self.due << self.shift)) as u64;
        self.order.push((offset << 32) | place);
        self.rows.event_time.push(delivery.event_time);
        self.rows.key.push(delivery.key);
        self.rows.bytes.push(delivery.bytes);
        self.rows.tag.push(delivery.tag);
    }

    /// Takes over events that are about to be sent; gives the place of the first.
    pub fn take_over(&mut self, events: &Events) -> usize {
        let first = self.rows.len();
        self.rows.event_time.extend_from_slice(&events.at);
        self.rows.key.extend_from_slice(&events.key);
        self.rows.bytes.extend(events.bytes.iter().map(|bytes| *bytes as u32));
        if T::SHOWN {
            self.rows.tag.extend(events.tags.iter().map(|tag| T::of(*tag)));
        }
        self.rows.tag.resize(self.rows.event_time.len(), T::default());
        first
    }

    /// Sends events that were taken over, from `first` on, each once. Gives the last arrival.
    #[inline]
    pub fn send(&mut self, first: usize, arrivals: &[Instant]) -> Instant {
        let (start, end) = (self.due << self.shift, self.due_end);
        let length = (end.0 - start) as u64;
        let mut last = Instant::MIN;
        let words = self.order.len();
        self.order.resize(words + arrivals.len(), 0);
        let mut filled = words;
        for (place, arrival) in (first..).zip(arrivals) {
            last = last.max(*arrival);
            let offset = (arrival.0 - start) as u64;
            if offset >= length {
                self.send_later(place, *arrival);
            } else if let Some(word) = self.order.get_mut(filled) {
                *word = (offset << 32) | place as u64;
                filled += 1;
            }
        }
        self.order.truncate(filled);
        last
    }

    fn send_later(&mut self, place: usize, arrival: Instant) {
        let rows = &self.rows;
        let (event_time, key, bytes) = (rows.event_time[place], rows.key[place], rows.bytes[place]);
        self.push_later(Delivery::first(arrival, event_time, key, bytes, rows.tag[place]));
    }

    fn push_later(&mut self, delivery: Delivery<T>) {
        let bucket = delivery.arrival.0 >> self.shift;
        if bucket - self.due < RING {
            let slot = &mut self.ring[(bucket % RING) as usize];
            if slot.capacity() == 0 {
                *slot = self.spare.pop().unwrap_or_default();
            }
            slot.push(delivery);
        } else {
            self.far.entry(bucket).or_default().push(delivery);
        }
    }

    /// Takes all deliveries of one id: in order of arrival the first is the original, the others
    /// are duplicates and know those before them.
    pub fn push_copies(&mut self, copies: &mut [Copied<T>]) {
        copies.sort_by_key(|copy| copy.delivery.arrival);
        let earlier =
            |copy: &Copied<T>| Earlier { arrival: copy.delivery.arrival, event_time: copy.delivery.event_time };
        let known = match &*copies {
            [] | [_] => Known::None,
            [first, _] => Known::One(earlier(first)),
            all => Known::Many(all.iter().map(earlier).collect()),
        };
        for (before, Copied { delivery, happened }) in copies.iter_mut().enumerate() {
            let happened = (*happened != delivery.event_time).then_some(*happened);
            if before > 0 || happened.is_some() {
                delivery.note = self.keep(Note { known: known.clone(), before, happened });
            }
            self.push(*delivery);
        }
    }

    fn keep(&mut self, note: Note) -> u32 {
        if let Some(place) = self.free.pop() {
            self.notes[place as usize] = note;
            place + 1
        } else {
            self.notes.push(note);
            self.notes.len() as u32
        }
    }

    /// Appends the due bucket to a block, sorted, and goes on to the next.
    pub fn pop(&mut self, block: &mut Block) {
        self.hand_out(block);
        block.until = self.due_end;
        self.go_on();
    }

    /// Appends the due bucket to a block, sorted.
    fn hand_out(&mut self, block: &mut Block) {
        sort_by_high_word(&mut self.order, &mut self.sorted, self.shift);
        let (start, order, rows) = (self.due << self.shift, &self.order, &self.rows);
        let from = block.len();
        block.arrival.extend(order.iter().map(|word| Instant(start + (word >> 32) as i64)));
        block.event_time.extend(order.iter().map(|word| rows.event_time[place(*word)]));
        gather(&rows.key, order, &mut block.key);
        gather(&rows.bytes, order, &mut block.bytes);
        block.note.resize(from + order.len(), 0);
        if T::SHOWN {
            order.iter().for_each(|word| rows.tag[place(*word)].put(block));
        }
        if !rows.noted.is_empty() {
            for (row, word) in order.iter().enumerate().filter(|(_, word)| *word & NOTED > 0) {
                let found = rows.noted.binary_search_by_key(&(place(*word) as u32), |(place, _)| *place);
                let Some((_, note)) = found.ok().and_then(|found| rows.noted.get(found)) else { continue };
                self.free.push(note - 1);
                block.notes.push(std::mem::take(&mut self.notes[*note as usize - 1]));
                block.note[from + row] = block.notes.len() as u32;
            }
        }
        self.rows.clear();
        self.order.clear();
    }

    /// The next bucket is due.
    fn go_on(&mut self) {
        self.due += 1;
        self.due_end = Instant((self.due + 1) << self.shift);
        // Sent before everything that is in the ring: they come first among equals.
        if let Some(far) = self.far.remove(&self.due) {
            far.iter().for_each(|delivery| self.push_due(delivery));
        }
        let mut bucket = std::mem::take(&mut self.ring[(self.due % RING) as usize]);
        bucket.iter().for_each(|delivery| self.push_due(delivery));
        bucket.clear();
        // A large buffer in each slot of the ring would cost hundreds of megabytes: reuse a few.
        if self.spare.len() < SPARE && bucket.capacity() <= LARGEST_SPARE {
            self.spare.push(bucket);
        }
    }

    /// Appends everything that is on its way, sorted.
    pub fn drain(&mut self, block: &mut Block) {
        for _ in 0..=RING {
            self.hand_out(block);
            self.go_on();
        }
        self.hand_out(block);
        while let Some(bucket) = self.far.keys().next().copied() {
            self.due = bucket - 1;
            self.go_on();
            self.hand_out(block);
        }
        block.until = block.arrival.last().map_or(block.until, |last| *last + Span(1));
    }
}

/// The place that a word of a calendar's order stands for.
#[inline]
fn place(word: u64) -> usize {
    (word & (NOTED - 1)) as usize
}

/// Appends a column in some order; often its values are all the same.
fn gather(column: &[u32], order: &[u64], to: &mut Vec<u32>) {
    let first = column.first().copied().unwrap_or_default();
    // All of them, without a look at each whether to go on.
    if widest(|| column.iter().fold(0, |differ, value| differ | (value ^ first))) == 0 {
        to.resize(to.len() + order.len(), first);
    } else {
        to.extend(order.iter().map(|word| column[place(*word)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;

    #[test]
    fn gives_back_everything_in_order_with_stable_ties() {
        let mut stream = Substream::new(3, 0, "test");
        let mut calendar: Calendar = Calendar::new(1_000.0);
        let mut sent: Vec<(Instant, u32)> = Vec::new();
        let mut block = Block::default();
        let mut got = Vec::new();
        let mut key = 0;
        while got.len() < 20_000 {
            while sent.len() < 20_000 && key / 50 * 10_000 < calendar.due().0 as u32 {
                // A delay of up to a few hours, on a coarse grid so that there are ties.
                let delay = (stream.bits() % 20) * if stream.bits().is_multiple_of(50) { 600_000_000 } else { 100_000 };
                let arrival = Instant(i64::from(key / 50) * 10_000 + delay as i64);
                calendar.push(Delivery::first(arrival, Instant(0), key, 0, ()));
                sent.push((arrival, key));
                key += 1;
            }
            block.clear();
            calendar.pop(&mut block);
            got.extend(block.arrival.iter().copied().zip(block.key.iter().copied()));
        }
        sent.sort_by_key(|(arrival, _)| *arrival);
        assert_eq!(got, sent);
    }

    #[test]
    fn duplicates_know_what_came_before() {
        let mut calendar: Calendar = Calendar::new(1.0);
        let at = |arrival| Copied {
            delivery: Delivery::first(Instant(arrival), Instant(arrival / 2), 0, 0, ()),
            happened: Instant(arrival / 2),
        };
        calendar.push_copies(&mut [at(900), at(100), at(500)]);
        let mut block = Block::default();
        calendar.pop(&mut block);
        let rows = block.rows(0..3);
        assert_eq!(rows.earlier(0), None);
        let earlier = |arrival| Earlier { arrival: Instant(arrival), event_time: Instant(arrival / 2) };
        assert_eq!(rows.earlier(1), Some(&[earlier(100)][..]));
        assert_eq!(rows.earlier(2), Some(&[earlier(100), earlier(500)][..]));
    }
}
