//! Parallel workers that serve records one after the other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::random::slot_of_key;
use crate::scenario::Dispatch;
use crate::units::{Instant, Span};

/// FIFO workers. By key each worker has its own queue (`G/G/1` each, as after Flink's `keyBy`); by
/// `any` one queue feeds the first free worker (`G/G/c`). A record's start is the later of its
/// reading and its worker being free (Lindley 1952).
///
/// Scope: unlimited buffers between reading and serving, so that reading is never slowed down.
/// Validated against M/M/1, M/D/1, M/G/1 and M/M/c (`tests/theory`).
#[derive(Clone, Debug)]
pub enum Workers {
    /// One worker.
    One(Instant),
    /// A queue for each worker.
    ByKey(Vec<Instant>),
    /// One queue: when each worker is free, and the latest of these.
    Any(BinaryHeap<Reverse<Instant>>, Instant),
}

impl Workers {
    /// Idle workers.
    #[must_use]
    pub fn new(parallelism: u32, dispatch: Dispatch) -> Self {
        match (parallelism, dispatch) {
            (..=1, _) => Self::One(Instant::MIN),
            (_, Dispatch::Key) => Self::ByKey(vec![Instant::MIN; parallelism as usize]),
            (_, Dispatch::Any) => {
                Self::Any(std::iter::repeat_n(Reverse(Instant::MIN), parallelism as usize).collect(), Instant::MIN)
            }
        }
    }

    /// Serves a record: when processing starts and ends, and when its worker is free again. A record
    /// of a sample stands for `sample` of them, which keep the worker as long.
    #[inline]
    pub fn serve(&mut self, key: u32, read: Instant, service: Span, sample: u32) -> (Instant, Instant, Instant) {
        let serve = |free: &mut Instant| {
            let started = read.max(*free);
            *free = started + Span(service.0 * i64::from(sample));
            (started, started + service, *free)
        };
        match self {
            Self::One(free) => serve(free),
            Self::ByKey(free) => {
                let worker = slot_of_key(key, free.len() as u32);
                serve(&mut free[worker as usize])
            }
            Self::Any(free, last) => {
                let Some(mut first) = free.peek_mut() else { return (read, read + service, read + service) };
                let served = serve(&mut first.0);
                *last = served.2.max(*last);
                served
            }
        }
    }

    /// When the only worker is free, if there is but one.
    #[inline]
    #[must_use]
    pub fn only_one(&self) -> Option<Instant> {
        match self {
            Self::One(free) => Some(*free),
            _ => None,
        }
    }

    /// The only worker is free at `at`.
    #[inline]
    pub fn free_at(&mut self, at: Instant) {
        if let Self::One(free) = self {
            *free = at;
        }
    }

    /// When a record that is read then would start.
    #[inline]
    #[must_use]
    pub fn start_of(&self, key: u32, read: Instant) -> Instant {
        let free = match self {
            Self::One(free) => *free,
            Self::ByKey(free) => free[slot_of_key(key, free.len() as u32) as usize],
            Self::Any(free, _) => free.peek().map_or(Instant::MIN, |Reverse(first)| *first),
        };
        read.max(free)
    }

    /// Every worker stands still from `from` on for `pause`, or as long after it is free.
    pub fn pause(&mut self, from: Instant, pause: Span) {
        match self {
            Self::One(free) => *free = from.max(*free) + pause,
            Self::ByKey(all) => all.iter_mut().for_each(|free| *free = from.max(*free) + pause),
            Self::Any(all, last) => {
                *last = from.max(*last) + pause;
                *all = all.drain().map(|Reverse(free)| Reverse(from.max(free) + pause)).collect();
            }
        }
    }

    /// When all that was given is processed.
    #[must_use]
    pub fn drained(&self) -> Instant {
        match self {
            Self::One(free) => *free,
            Self::ByKey(free) => free.iter().copied().max().unwrap_or(Instant::MIN),
            Self::Any(_, last) => *last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_queue_feeds_the_first_free_worker() {
        let mut workers = Workers::new(2, Dispatch::Any);
        let mut serve = |read, service| workers.serve(0, Instant(read), Span(service), 1).0.0;
        assert_eq!([serve(0, 10), serve(1, 3), serve(2, 1), serve(3, 1), serve(20, 1)], [0, 1, 4, 5, 20]);
        assert_eq!(workers.drained(), Instant(21));
    }

    #[test]
    fn a_key_stays_with_its_worker() {
        let mut workers = Workers::new(4, Dispatch::Key);
        let first = workers.serve(9, Instant(0), Span(50), 2);
        assert_eq!(first, (Instant(0), Instant(50), Instant(100)));
        assert_eq!(workers.serve(9, Instant(1), Span(1), 1).0, Instant(100));
        let other = (0..100).find(|key| slot_of_key(*key, 4) != slot_of_key(9, 4)).unwrap();
        assert_eq!(workers.serve(other, Instant(1), Span(1), 1).0, Instant(1));
    }
}
