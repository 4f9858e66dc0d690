//! A bucketed calendar: takes deliveries in any order of arrival, gives them back sorted.
//!
//! Each bucket covers a power of two of microseconds: push is an append, and a bucket is sorted
//! once, when it is due. Memory follows what is in flight and not how long the scenario is.

use std::ops::Range;

use super::activity::Events;
use super::block::Block;
use super::delivery::{Copied, Delivery, Tagged};
use super::draft::{Draft, Drafts};
use super::drawn::{Drawn, Later};
use super::notes::{Earlier, Known, Note};
use super::radix::Sorter;
use super::sending::Sending;
use super::wheel::{REACH, Wheel};
use crate::units::{Instant, Span};

/// Deliveries that have been sent and have not arrived.
#[derive(Clone, Debug)]
pub struct Calendar<T = ()> {
    shift: u32,
    /// What arrives in the bucket that is due.
    draft: Draft<T>,
    /// In which order it was sent.
    sending: Sending,
    sorter: Sorter,
    /// What is in the buckets after it.
    wheel: Wheel<T>,
}

impl<T: Tagged> Calendar<T> {
    /// A calendar from simulated time 0 on, for about `rate` deliveries a second.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        // 8,000 to 16,000 deliveries a bucket: they fit the second cache, and few arrive later; offsets within one must fit 32 bits.
        let micros = (16_000.0 / rate.max(1e-9) * 1e6).clamp(64.0, f64::from(u32::MAX));
        let shift = (micros as u64).ilog2();
        let (mut draft, mut sending) = (Draft::default(), Sending::default());
        draft.begin(Instant(0), shift);
        sending.begin(shift);
        Self { shift, draft, sending, sorter: Sorter::default(), wheel: Wheel::new(shift) }
    }

    /// End of the bucket that is due: everything that arrives before it must have been pushed
    /// before [`Self::pop`].
    #[must_use]
    pub fn due(&self) -> Instant {
        self.draft.end()
    }

    /// log₂ of the length of a bucket, microseconds.
    #[must_use]
    pub fn shift(&self) -> u32 {
        self.shift
    }

    /// Takes a delivery that arrives in the due bucket or later.
    #[inline]
    pub fn push(&mut self, delivery: Delivery<T>) {
        self.push_noted(delivery, None);
    }

    #[inline]
    fn push_noted(&mut self, delivery: Delivery<T>, note: Option<Note>) {
        // An arrival before the due bucket cannot be: delays are not negative.
        if delivery.arrival < self.draft.end() {
            self.sending.push(self.draft.push(delivery, note));
        } else {
            self.wheel.push(delivery, note);
        }
    }

    /// Takes over the events that are sent while the bucket is due, in order of time, and their words.
    pub fn take_over(&mut self, drawn: &mut Drawn) {
        self.draft.take_over(&drawn.events, &drawn.words);
        self.sending.take_over(&mut drawn.words);
    }

    /// Gives the memory of the words back that were taken over.
    pub fn give_back(&mut self, drawn: &mut Drawn) {
        self.sending.give_back(&mut drawn.words);
    }

    /// Sends some of the events that were taken over, each once, with their arrivals. Gives the last arrival of these and `last`.
    #[inline]
    pub fn send(&mut self, events: &Events, rows: Range<usize>, last: Instant) -> Instant {
        let (due, wheel, keys, bytes) = (self.due(), &mut self.wheel, events.key.values(), events.bytes.values());
        self.sending.send(rows, due, last, |Later { row, happened, arrival }| {
            let tag = events.tags.get(row).map_or_else(T::default, |tag| T::of(*tag));
            wheel.push(Delivery::first(arrival, happened, keys[row], bytes[row], tag), None);
        })
    }

    /// What is pushed next are the deliveries of one of these events. Gives when it happens, and when it arrives if nothing happens
    /// to it.
    #[inline]
    pub fn send_apart(&mut self, row: usize, drawn: &Drawn) -> (Instant, Instant) {
        self.sending.send_apart(row).unwrap_or_else(|| drawn.times(row))
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
        for (before, Copied { delivery, happened }) in copies.iter().enumerate() {
            let happened = (*happened != delivery.event_time).then_some(*happened);
            let noted = before > 0 || happened.is_some();
            self.push_noted(*delivery, noted.then(|| Note { known: known.clone(), before, happened }));
        }
    }

    /// Appends the due bucket to a block, sorted, and goes on to the next.
    pub fn pop(&mut self, block: &mut Block) {
        self.hand_out(block);
        block.until = self.due();
        self.go_on();
    }

    /// As [`Self::pop`], but leaves the rows to be made of a sorted draft; what was in there must have been handed out.
    pub fn pop_draft(&mut self, block: &mut Block, drafts: &mut Drafts) {
        self.draft.sort(&self.sending, &mut self.sorter);
        block.until = self.due();
        std::mem::swap(T::draft(drafts), &mut self.draft);
        self.go_on();
    }

    /// Appends what is in the due bucket to a block, sorted.
    fn hand_out(&mut self, block: &mut Block) {
        self.draft.sort(&self.sending, &mut self.sorter);
        self.draft.hand_out(block);
    }

    /// The next bucket is due.
    fn go_on(&mut self) {
        let (draft, sending, wheel) = (&mut self.draft, &mut self.sending, &mut self.wheel);
        draft.begin(Instant((wheel.due() + 1) << self.shift), self.shift);
        sending.begin(self.shift);
        wheel.go_on(|delivery, note| sending.push(draft.push(delivery, note)));
    }

    /// Appends everything that is on its way, sorted.
    pub fn drain(&mut self, block: &mut Block) {
        loop {
            for _ in 0..=REACH {
                self.hand_out(block);
                self.go_on();
            }
            self.hand_out(block);
            if !self.wheel.skip() {
                break;
            }
            self.draft.begin(Instant(self.wheel.due() << self.shift), self.shift);
        }
        block.until = block.arrival.last().map_or(block.until, |last| *last + Span(1));
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
            got.extend(block.arrival.iter().copied().zip(block.key.values().iter()));
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
