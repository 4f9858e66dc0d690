//! The watermark of one input: bounded out-of-orderness, emitted at ticks.

use crate::units::{Instant, Span};

/// One millisecond: Flink's watermark stands this much before the first event time that it does
/// not cover.
const MILLISECOND: Span = Span(1_000);

/// The watermark, kept as the first event time that it does not cover: Flink's value plus 1 ms.
///
/// | parameter  | meaning                                        | default |
/// |------------|------------------------------------------------|---------|
/// | `bound`    | how far the watermark trails the largest event | 15 s    |
/// | `interval` | between ticks, counted from simulated time 0   | 200 ms  |
pub(super) struct Watermark {
    bound: Span,
    interval: Span,
    /// Largest event time read.
    largest: Instant,
    /// Where it stands.
    pub current: Instant,
    /// The next tick.
    pub next_tick: Instant,
    /// The earliest end of a window that has not fired, or of its allowed lateness: below it a
    /// rise of the watermark changes nothing.
    pub next_effect: Instant,
}

impl Watermark {
    /// Before any record.
    pub fn new(bound: Span, interval: Span) -> Self {
        Self {
            bound,
            interval,
            largest: Instant::MIN,
            current: Instant::MIN,
            next_tick: Instant(0) + interval,
            next_effect: Instant::MAX,
        }
    }

    /// A record was read.
    #[inline]
    pub fn read(&mut self, event_time: Instant) {
        self.largest = self.largest.max(event_time);
    }

    /// The first tick that is due before `now`, with what it would raise the watermark to. Only the
    /// first tick after a record can raise it, so that the others need no visit.
    #[inline]
    pub fn tick_before(&mut self, now: Instant) -> Option<(Instant, Instant)> {
        if self.next_tick >= now {
            return None;
        }
        let tick = self.next_tick;
        self.next_tick = (now - Span(1)).floor_to(self.interval, Instant(0)).max(tick) + self.interval;
        Some((tick, self.largest - self.bound))
    }

    /// Raises it, never lowers it; whether that makes a window fire or go.
    #[inline]
    pub fn raise(&mut self, to: Instant) -> bool {
        let rises = to > self.current;
        self.current = self.current.max(to);
        rises && to >= self.next_effect
    }

    /// The value as Flink prints it.
    pub fn printed(&self) -> Instant {
        self.current - MILLISECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_emits_what_was_read_before_it() {
        let mut watermark = Watermark::new(Span(50), Span(100));
        watermark.read(Instant(90));
        assert_eq!(watermark.tick_before(Instant(100)), None);
        assert_eq!(watermark.tick_before(Instant(101)), Some((Instant(100), Instant(40))));
        watermark.read(Instant(70));
        // The ticks at 300 and 400 have nothing new to say.
        assert_eq!(watermark.tick_before(Instant(450)), Some((Instant(200), Instant(40))));
        assert_eq!(watermark.next_tick, Instant(500));
    }

    #[test]
    fn it_never_falls() {
        let mut watermark = Watermark::new(Span(0), Span(100));
        watermark.next_effect = Instant(30);
        assert!(!watermark.raise(Instant(20)) && watermark.raise(Instant(30)) && !watermark.raise(Instant(10)));
        assert_eq!(watermark.current, Instant(30));
    }
}
