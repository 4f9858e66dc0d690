//! A bucketed calendar: takes deliveries in any order of arrival, gives them back sorted.
//!
//! Each bucket covers a power of two of microseconds: push is an append, and a bucket is sorted
//! once, when it is due. The near future is a ring of buckets, the far future an ordered map, so
//! that memory follows what is in flight and not how long the scenario is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::block::{Block, Earlier, History};
use crate::units::Instant;

/// Buckets in the ring.
const RING: i64 = 4_096;
/// Buckets from the due one on that are about to be filled, and may take a used buffer.
const NEAR: i64 = 4;

/// A delivery on its way to the broker.
#[derive(Clone, Copy, Debug)]
pub struct Delivery {
    /// When it arrives.
    pub arrival: Instant,
    /// Event time that it carries.
    pub event_time: Instant,
    /// Key.
    pub key: u32,
    /// Payload bytes.
    pub bytes: u32,
    /// 0, or 1 + the place of its history in the calendar.
    history: u32,
}

impl Delivery {
    /// The first delivery of an id.
    #[must_use]
    pub fn first(arrival: Instant, event_time: Instant, key: u32, bytes: u32) -> Self {
        Self { arrival, event_time, key, bytes, history: 0 }
    }
}

/// Deliveries that have been sent and have not arrived.
#[derive(Clone, Debug)]
pub struct Calendar {
    shift: u32,
    /// The bucket that is due next, and where it ends.
    due: i64,
    due_end: Instant,
    current: Vec<Delivery>,
    /// The buckets after it.
    ring: Vec<Vec<Delivery>>,
    far: BTreeMap<i64, Vec<Delivery>>,
    histories: Vec<History>,
    free: Vec<u32>,
    spare: Vec<Vec<Delivery>>,
    order: Vec<u64>,
    sorted: Vec<u64>,
}

impl Calendar {
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
            ring: vec![Vec::new(); RING as usize],
            far: BTreeMap::new(),
            histories: Vec::new(),
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
    pub fn push(&mut self, delivery: Delivery) {
        // An arrival before the due bucket cannot be: delays are not negative.
        if delivery.arrival < self.due_end {
            self.current.push(delivery);
        } else {
            self.push_later(delivery);
        }
    }

    fn push_later(&mut self, delivery: Delivery) {
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
    pub fn push_copies(&mut self, copies: &mut [Delivery]) {
        copies.sort_by_key(|copy| copy.arrival);
        let deliveries: Arc<[Earlier]> =
            copies.iter().map(|copy| Earlier { arrival: copy.arrival, event_time: copy.event_time }).collect();
        for (before, copy) in copies.iter_mut().enumerate() {
            if before > 0 {
                copy.history = self.keep(History { deliveries: Arc::clone(&deliveries), before });
            }
            self.push(*copy);
        }
    }

    fn keep(&mut self, history: History) -> u32 {
        if let Some(place) = self.free.pop() {
            self.histories[place as usize] = history;
            place + 1
        } else {
            self.histories.push(history);
            self.histories.len() as u32
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
        let from = block.grow(self.order.len());
        let columns = block.arrival[from..]
            .iter_mut()
            .zip(&mut block.event_time[from..])
            .zip(&mut block.key[from..])
            .zip(&mut block.bytes[from..])
            .zip(&mut block.history[from..]);
        for (packed, ((((arrival, event_time), key), bytes), history)) in self.order.iter().zip(columns) {
            let delivery = &bucket[(packed & u64::from(u32::MAX)) as usize];
            (*arrival, *event_time) = (delivery.arrival, delivery.event_time);
            (*key, *bytes) = (delivery.key, delivery.bytes);
            *history = 0;
            if delivery.history > 0 {
                let kept = delivery.history - 1;
                self.free.push(kept);
                block.histories.push(std::mem::take(&mut self.histories[kept as usize]));
                *history = block.histories.len() as u32;
            }
        }
        // A full-size buffer in each slot of the ring would cost hundreds of megabytes: reuse a few.
        bucket.clear();
        if self.spare.len() < NEAR as usize {
            self.spare.push(bucket);
        }
        self.due += 1;
        block.until = self.due_end;
        self.due_end = Instant((self.due + 1) << self.shift);
        self.current = std::mem::take(&mut self.ring[(self.due % RING) as usize]);
        if let Some(far) = self.far.remove(&self.due) {
            // Sent before everything that is in the ring: they come first among equals.
            self.current.splice(0..0, far);
        }
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
        let mut calendar = Calendar::new(1_000.0);
        let mut sent: Vec<(Instant, u32)> = Vec::new();
        let mut block = Block::default();
        let mut got = Vec::new();
        let mut key = 0;
        while got.len() < 20_000 {
            while sent.len() < 20_000 && key / 50 * 10_000 < calendar.due().0 as u32 {
                // A delay of up to a few hours, on a coarse grid so that there are ties.
                let delay = (stream.bits() % 20) * if stream.bits().is_multiple_of(50) { 600_000_000 } else { 100_000 };
                let arrival = Instant(i64::from(key / 50) * 10_000 + delay as i64);
                calendar.push(Delivery::first(arrival, Instant(0), key, 0));
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
        let mut calendar = Calendar::new(1.0);
        let at = |arrival| Delivery::first(Instant(arrival), Instant(arrival / 2), 0, 0);
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
