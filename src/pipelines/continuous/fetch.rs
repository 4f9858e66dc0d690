//! How records get from the broker into the engine.

use crate::units::{Instant, Span};

/// A consumer that polls the broker at a fixed interval and takes all that is there.
///
/// | parameter  | meaning                                   | default |
/// |------------|-------------------------------------------|---------|
/// | `interval` | between polls; 0 takes each record at once | 0      |
/// | `delay`    | from the poll to the record being read     | 5 ms   |
///
/// With Poisson arrivals the pick-up time is uniform over `[delay, delay + interval]`. Order is
/// kept.
#[derive(Clone, Debug)]
pub struct Fetch {
    interval: Span,
    delay: Span,
    poll: Instant,
}

impl Fetch {
    /// A consumer whose polls are multiples of `interval` from simulated time 0.
    #[must_use]
    pub fn new(interval: Span, delay: Span) -> Self {
        Self { interval, delay, poll: Instant(0) }
    }

    /// From arrival to reading, if that is always the same.
    #[must_use]
    pub fn constant_delay(&self) -> Option<Span> {
        (self.interval == Span::ZERO).then_some(self.delay)
    }

    /// When a record is read. Fast where arrivals seldom fall.
    #[inline]
    pub fn read_at(&mut self, arrival: Instant) -> Instant {
        if self.interval == Span::ZERO {
            return arrival + self.delay;
        }
        if arrival > self.poll || arrival <= self.poll - self.interval {
            // A record that arrives at the instant of a poll is taken by it.
            self.poll = (arrival - Span(1)).next_multiple(self.interval, Instant(0));
        }
        self.poll + self.delay
    }

    /// The last arrival that has been read at an instant, records of that instant included.
    #[must_use]
    pub fn read_until(&self, at: Instant) -> Instant {
        let polled = at - self.delay;
        if self.interval == Span::ZERO { polled } else { polled.floor_to(self.interval, Instant(0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_takes_what_has_arrived_by_then() {
        let mut fetch = Fetch::new(Span(100), Span(7));
        let read: Vec<i64> = [0, 1, 99, 100, 101, 550].map(|at| fetch.read_at(Instant(at)).0).to_vec();
        assert_eq!(read, [7, 107, 107, 107, 207, 607]);
        assert_eq!(Fetch::new(Span::ZERO, Span(7)).read_at(Instant(5)), Instant(12));
    }

    #[test]
    fn what_is_read_by_an_instant_has_arrived_by_another() {
        for mut fetch in [Fetch::new(Span(100), Span(7)), Fetch::new(Span::ZERO, Span(7)), Fetch::new(Span(1), Span(0))]
        {
            let reads: Vec<(i64, Instant)> =
                (0..450).map(|arrival| (arrival, fetch.read_at(Instant(arrival)))).collect();
            for at in 0..400 {
                let last = reads.iter().rfind(|(_, read)| read.0 <= at).map(|(arrival, _)| *arrival);
                let until = fetch.read_until(Instant(at)).0;
                assert!(last.map_or(until < 0, |last| last == until), "{at}: {last:?} {until}");
            }
        }
    }
}
