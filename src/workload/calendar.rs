//! A bucketed calendar: takes deliveries in any order of arrival, gives them back sorted.
//!
//! Each bucket covers a power of two of microseconds: push is an append, and a bucket is sorted
//! once, when it is due. The near future is a ring of buckets, the far future an ordered map, so
//! that memory follows what is in flight and not how long the scenario is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::block::{Block, Earlier, Note, Tag};
use crate::units::{Instant, Span};

/// Buckets in the ring.
const RING: i64 = 4_096;
/// Buckets from the due one on that are about to be filled, and may take a used buffer.
const NEAR: i64 = 4;

/// What a calendar keeps of a delivery beyond what pipelines need: nothing, or its [`Tag`].
pub trait Tagged: Copy + Default {
    /// Whether blocks show tags.
    const SHOWN: bool;

    /// The tag of an event.
    fn of(tag: Tag) -> Self;

    /// Puts it into a block, for the next row.
    fn put(self, block: &mut Block);
}

impl Tagged for () {
    const SHOWN: bool = false;
    #[inline]
    fn of(_: Tag) {}
    #[inline]
    fn put(self, _: &mut Block) {}
}

impl Tagged for Tag {
    const SHOWN: bool = true;
    #[inline]
    fn of(tag: Tag) -> Self {
        tag
    }
    #[inline]
    fn put(self, block: &mut Block) {
        block.tags.push(self);
    }
}

/// A delivery on its way to the broker.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<T = ()> {
    /// When it arrives.
    pub arrival: Instant,
    /// Event time that it carries.
    pub event_time: Instant,
    /// Key.
    pub key: u32,
    /// Payload bytes.
    pub bytes: u32,
    /// 0, or 1 + the place of its note in the calendar.
    note: u32,
    /// What else is known of it.
    pub tag: T,
}

impl<T> Delivery<T> {
    /// The first delivery of an id.
    #[must_use]
    #[inline]
    pub fn first(arrival: Instant, event_time: Instant, key: u32, bytes: u32, tag: T) -> Self {
        Self { arrival, event_time, key, bytes, note: 0, tag }
    }
}

/// A delivery of an event that has several, or a wrong clock.
#[derive(Clone, Copy, Debug)]
pub struct Copied<T = ()> {
    /// The delivery.
    pub delivery: Delivery<T>,
    /// When what it tells of truly happened.
    pub happened: Instant,
}

/// Deliveries that have been sent and have not arrived.
#[derive(Clone, Debug)]
pub struct Calendar<T = ()> {
    shift: u32,
    /// The bucket that is due next, and where it ends.
    due: i64,
    due_end: Instant,
    current: Vec<Delivery<T>>,
    /// The buckets after it.
    ring: Vec<Vec<Delivery<T>>>,
    far: BTreeMap<i64, Vec<Delivery<T>>>,
    notes: Vec<Note>,
    free: Vec<u32>,
    spare: Vec<Vec<Delivery<T>>>,
    order: Vec<u64>,
    sorted: Vec<u64>,
}

impl<T: Tagged> Calendar<T> {
    /// A calendar from simulated time 0 on, for about `rate` deliveries a second.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        // Some 4,000 deliveries a bucket: they fit the cache, and the sort's tables pay; offsets within one must fit 32 bits.
        let micros = (4_000.0 / rate.max(1e-9) * 1e6).clamp(64.0, f64::from(u32::MAX));
        let shift = (micros as u64).ilog2();
        Self {
            shift,
            due: 0,
            due_end: Instant(1 << shift),
            current: Vec::new(),
            ring: (0..RING).map(|_| Vec::new()).collect(),
            far: BTreeMap::new(),
            notes: Vec::new(),
            free: Vec::new(),
            spare: Vec::new(),
            order: Vec::new(),
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
            self.current.push(delivery);
        } else {
            self.push_later(delivery);
        }
    }

    fn push_later(&mut self, delivery: Delivery<T>) {
        let bucket = delivery.arrival.0 >> self.shift;
        if bucket - self.due < RING {
            let slot = &mut self.ring[(bucket % RING) as usize];
            if slot.capacity() == 0 && bucket - self.due < NEAR {
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
        let deliveries: Arc<[Earlier]> =
            if copies.len() > 1 { copies.iter().map(earlier).collect() } else { Arc::default() };
        for (before, Copied { delivery, happened }) in copies.iter_mut().enumerate() {
            let happened = (*happened != delivery.event_time).then_some(*happened);
            if before > 0 || happened.is_some() {
                delivery.note = self.keep(Note { deliveries: Arc::clone(&deliveries), before, happened });
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
        let mut bucket = std::mem::take(&mut self.current);
        let base = self.due << self.shift;
        self.order.clear();
        self.order.extend(
            bucket.iter().zip(0_u64..).map(|(delivery, row)| (((delivery.arrival.0 - base) as u64) << 32) | row),
        );
        sort_by_high_word(&mut self.order, &mut self.sorted, self.shift);
        self.hand_out(&bucket, block);
        // A full-size buffer in each slot of the ring would cost hundreds of megabytes: reuse a few.
        bucket.clear();
        if self.spare.len() < NEAR as usize {
            self.spare.push(bucket);
        }
        block.until = self.due_end;
        self.go_on();
    }

    /// Appends a bucket to a block, in the order found.
    fn hand_out(&mut self, bucket: &[Delivery<T>], block: &mut Block) {
        let from = block.grow(self.order.len());
        let columns = block.arrival[from..]
            .iter_mut()
            .zip(&mut block.event_time[from..])
            .zip(&mut block.key[from..])
            .zip(&mut block.bytes[from..])
            .zip(&mut block.note[from..]);
        for (packed, ((((arrival, event_time), key), bytes), note)) in self.order.iter().zip(columns) {
            let delivery = &bucket[(packed & u64::from(u32::MAX)) as usize];
            (*arrival, *event_time) = (delivery.arrival, delivery.event_time);
            (*key, *bytes) = (delivery.key, delivery.bytes);
            *note = 0;
            if delivery.note > 0 {
                let kept = delivery.note - 1;
                self.free.push(kept);
                block.notes.push(std::mem::take(&mut self.notes[kept as usize]));
                *note = block.notes.len() as u32;
            }
        }
        let shown = if T::SHOWN { self.order.as_slice() } else { &[] };
        for packed in shown {
            bucket[(packed & u64::from(u32::MAX)) as usize].tag.put(block);
        }
    }

    /// The next bucket is due.
    fn go_on(&mut self) {
        self.due += 1;
        self.due_end = Instant((self.due + 1) << self.shift);
        self.current = std::mem::take(&mut self.ring[(self.due % RING) as usize]);
        if let Some(far) = self.far.remove(&self.due) {
            // Sent before everything that is in the ring: they come first among equals.
            self.current.splice(0..0, far);
        }
    }

    /// Appends everything that is on its way, sorted.
    pub fn drain(&mut self, block: &mut Block) {
        let mut all = Vec::new();
        for _ in 0..=RING {
            all.append(&mut self.current);
            self.go_on();
        }
        all.extend(std::mem::take(&mut self.far).into_values().flatten());
        all.sort_by_key(|delivery| delivery.arrival);
        self.order.clear();
        self.order.extend(0..all.len() as u64);
        self.hand_out(&all, block);
        block.until = all.last().map_or(block.until, |last| last.arrival + Span(1));
    }
}

/// Bits that a pass of the radix sort looks at.
const DIGIT: u32 = 11;
/// Fewer words than this are sorted by comparison.
const FEW: usize = 512;

/// Sorts words whose high halves need `bits` bits and whose low halves rise already: by the high
/// half, stably. A radix sort from the lowest digit: two passes do for a usual bucket, at half the
/// cost of a sort by comparison.
fn sort_by_high_word(words: &mut Vec<u64>, spare: &mut Vec<u64>, bits: u32) {
    if words.len() < FEW {
        words.sort_unstable();
        return;
    }
    spare.clear();
    spare.resize(words.len(), 0);
    for pass in 0..bits.div_ceil(DIGIT) {
        let digit = |word: u64| (word >> (32 + pass * DIGIT)) as usize & ((1 << DIGIT) - 1);
        let mut places = [0_u32; 1 << DIGIT];
        words.iter().for_each(|word| places[digit(*word)] += 1);
        let mut next = 0;
        for place in &mut places {
            (*place, next) = (next, next + *place);
        }
        for word in words.iter() {
            let place = &mut places[digit(*word)];
            spare[*place as usize] = *word;
            *place += 1;
        }
        std::mem::swap(words, spare);
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
    fn the_radix_sort_is_a_stable_sort() {
        let mut stream = Substream::new(4, 0, "test");
        for (count, bits) in [(3, 5), (600, 1), (5_000, 11), (5_000, 21), (2_000, 32)] {
            let mut words: Vec<u64> = (0..count).map(|row| ((stream.bits() >> (64 - bits)) << 32) | row).collect();
            let mut want = words.clone();
            want.sort_by_key(|word| word >> 32);
            sort_by_high_word(&mut words, &mut Vec::new(), bits);
            assert_eq!(words, want);
        }
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
