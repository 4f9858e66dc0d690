//! Events that have been drawn, and for each a word of when it arrives and what it is: what a calendar sorts.
//!
//! Another thread may send them than has drawn them, and so made the words: of the events themselves it reads little then.

use std::collections::VecDeque;
use std::ops::Range;

use super::activity::Events;
use super::bins::Bin;
use super::marks::{TOGETHER, each_marked};
use super::values::Values;
use crate::units::{Instant, Span};
use crate::vector::widest;

/// The events of a bucket of the calendar, as they are drawn.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    pub(super) events: Events,
    /// When their first deliveries arrive if nothing happens to them; empty where devices draw that.
    pub(super) arrivals: Vec<Instant>,
    pub(super) words: Words,
    /// How many they are by short bins of time.
    pub(super) bins: Vec<Bin>,
}

impl Drawn {
    /// When an event happens, and when it arrives if nothing happens to it.
    #[inline]
    pub(super) fn times(&self, row: usize) -> (Instant, Instant) {
        let happened = self.events.at[row];
        (happened, self.arrivals.get(row).copied().unwrap_or(happened))
    }
}

/// The words of the events that are sent while a bucket of a calendar is due.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// Key and bytes of all events, if they are alike and nothing else is to be told of them.
    pub alike: Option<(u32, u32)>,
    /// Start of the bucket.
    start: Instant,
    /// For each, as if all arrived in the bucket: when, from its start, above; below, for events that are alike when they happened,
    /// from there, else their places.
    pub all: Vec<u64>,
    /// Those that arrive later, in order, as far as they have not been sent.
    pub later: VecDeque<Later>,
}

/// An event that arrives in a later bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Later {
    /// Its place.
    pub row: usize,
    /// When it happens.
    pub happened: Instant,
    /// When it arrives.
    pub arrival: Instant,
}

impl Words {
    /// Makes those of some events, in order of time, of a bucket that begins at `start` and has a length of 2^`shift`. They arrive at
    /// these times if nothing happens to them. `shown` says whether blocks show their tags.
    pub fn make(&mut self, events: &Events, arrivals: &[Instant], start: Instant, shift: u32, shown: bool) {
        self.start = start;
        let end = start + Span(1 << shift);
        let within = |at: &Instant| (start..end).contains(at);
        let alike = !shown && shift < 32 && [events.at.first(), events.at.last()].into_iter().flatten().all(within);
        self.alike = match (events.key.values(), events.bytes.values()) {
            (Values::Alike(key, _), Values::Alike(bytes, _)) if alike => Some((key, bytes)),
            _ => None,
        };
        if self.alike.is_some() {
            self.find(&events.at, arrivals, shift, |at| (at - start).0 as u64);
        } else {
            self.find(&events.at, arrivals, shift, |_| 0);
            self.all.iter_mut().zip(0..).for_each(|(word, place)| *word |= place);
        }
    }

    fn find(&mut self, at: &[Instant], arrivals: &[Instant], shift: u32, low: impl Fn(Instant) -> u64 + Copy) {
        let (start, length) = (self.start, 1 << shift);
        self.later.clear();
        self.all.resize(at.len().min(arrivals.len()), 0);
        let rows = at.chunks(TOGETHER).zip(arrivals.chunks(TOGETHER)).zip(self.all.chunks_mut(TOGETHER));
        for (chunk, ((at, arrivals), words)) in rows.enumerate() {
            // Without the rows' numbers: they would keep the loop from vector units.
            let later = widest(move || {
                let mut later = [0; TOGETHER];
                for (((at, arrival), word), later) in at.iter().zip(arrivals).zip(words).zip(&mut later) {
                    let offset = (*arrival - start).0 as u64;
                    *word = (offset << 32) | low(*at);
                    *later = u8::from(offset >= length);
                }
                later
            });
            each_marked(&later, |row| {
                let (happened, arrival) = (at[row], arrivals[row]);
                self.later.push_back(Later { row: chunk * TOGETHER + row, happened, arrival });
            });
        }
    }

    /// The first of those that arrive later and lie in `rows`; forgets those before.
    #[inline]
    pub fn later_in(&mut self, rows: &Range<usize>) -> Option<Later> {
        while self.later.front()?.row < rows.start {
            self.later.pop_front();
        }
        self.later.front().copied().filter(|later| later.row < rows.end)
    }

    /// When an event happens and when it arrives, if the words say it; rows are asked for in their order, and none of them after later
    /// ones were sent.
    #[inline]
    pub fn times(&mut self, row: usize) -> Option<(Instant, Instant)> {
        self.alike?;
        if let Some(later) = self.later_in(&(row..row + 1)) {
            return Some((later.happened, later.arrival));
        }
        let word = *self.all.get(row)?;
        Some((self.start + Span((word & u64::from(u32::MAX)) as i64), self.arrival(word)))
    }

    /// When an event arrives that does not arrive later, by its word.
    #[inline]
    pub fn arrival(&self, word: u64) -> Instant {
        self.start + Span((word >> 32) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;
    use crate::workload::Column;

    #[test]
    fn words_say_when_events_happen_and_arrive_and_which_arrive_later() {
        const SHIFT: u32 = 20;
        let (start, length) = (Instant(7 << SHIFT), 1 << SHIFT);
        let mut stream = Substream::new(3, 0, "test");
        let mut drawn = Drawn::default();
        for (shown, keys, alike) in [(false, 1, true), (false, 9, false), (true, 1, false)] {
            let mut at: Vec<Instant> =
                (0..1_000).map(|_| start + Span((stream.bits() % length as u64) as i64)).collect();
            at.sort_unstable();
            // Some a little, some too far ahead for 32 bits.
            let delays: Vec<i64> = at.iter().map(|_| (stream.bits() % (1 << (stream.bits() % 40))) as i64).collect();
            drawn.arrivals = at.iter().zip(delays).map(|(at, delay)| *at + Span(delay)).collect();
            let key = at.iter().map(|_| (stream.bits() % keys) as u32).collect::<Vec<_>>();
            let mut bytes = Column::default();
            bytes.push_many(100, at.len());
            drawn.events = Events { at, key: Column::default(), bytes, tags: Vec::new() };
            key.iter().for_each(|key| drawn.events.key.push(*key));
            drawn.words.make(&drawn.events, &drawn.arrivals, start, SHIFT, shown);
            assert_eq!(drawn.words.alike, alike.then_some((0, 100)));
            let rows = || drawn.events.at.iter().zip(&drawn.arrivals).enumerate();
            let (later, here): (Vec<_>, Vec<_>) = rows().partition(|(_, (_, arrival))| (**arrival - start).0 >= length);
            let told = drawn.words.later.iter().map(|later| (later.row, (&later.happened, &later.arrival)));
            assert!(told.eq(later.iter().copied()) && later.len() > 200 && here.len() > 200);
            for (row, (happened, arrival)) in here {
                let word = drawn.words.all[row];
                assert_eq!(drawn.words.arrival(word), *arrival);
                let low = if alike { (*happened - start).0 as u64 } else { row as u64 };
                assert_eq!(word & 0xFFFF_FFFF, low);
            }
            // Of any rows, in their order.
            let some: Vec<_> = rows().map(|(row, (at, arrival))| (row, (*at, *arrival))).collect();
            for (row, times) in some.into_iter().filter(|_| stream.bits().is_multiple_of(3)) {
                assert_eq!(drawn.words.times(row), alike.then_some(times));
                assert_eq!(drawn.times(row), times);
            }
        }
    }
}
