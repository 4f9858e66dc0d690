//! The watermark: bounded out-of-orderness, emitted at ticks, for the input or for each partition.

use crate::units::{Instant, Span};

/// One millisecond: Flink's watermark stands this much before the first event time that it does
/// not cover.
const MILLISECOND: Span = Span(1_000);

/// The watermark, kept as the first event time that it does not cover: Flink's value plus 1 ms.
///
/// | parameter    | meaning                                                            | default |
/// |--------------|--------------------------------------------------------------------|---------|
/// | `bound`      | how far the watermark trails the largest event                     | 15 s    |
/// | `interval`   | between ticks, counted from simulated time 0                       | 200 ms  |
/// | `partitions` | inputs with a watermark each; merged by their minimum              | 1       |
/// | `idleness`   | without a record for this long an input is left out of the minimum | never   |
///
/// As in Flink an input counts as idle from the first tick on at which its last record, or the start,
/// is `idleness` old; its next record ends that. When all are idle the watermark stays.
pub(super) struct Watermark {
    bound: Span,
    interval: Span,
    idleness: Option<Span>,
    inputs: Vec<Input>,
    /// Whether it is emitted after each record as well (a punctuated generator).
    pub per_record: bool,
    /// Whether something was read since the last tick.
    news: bool,
    /// Where it stands.
    pub current: Instant,
    /// The next tick that may raise it, when there is something new to say by then.
    pub next_tick: Instant,
    /// The earliest end of a window that has not fired, or of its allowed lateness: below it a
    /// rise of the watermark changes nothing.
    pub next_effect: Instant,
}

/// What was read of an input.
#[derive(Clone, Copy)]
struct Input {
    /// Largest event time.
    largest: Instant,
    /// When the last record was read.
    last: Instant,
}

impl Watermark {
    /// Before any record.
    pub fn new(bound: Span, interval: Span, partitions: u32, idleness: Option<Span>) -> Self {
        Self {
            bound,
            interval,
            idleness,
            inputs: vec![Input { largest: Instant::MIN, last: Instant(0) }; partitions.max(1) as usize],
            per_record: false,
            news: false,
            current: Instant::MIN,
            next_tick: Instant(0) + interval,
            next_effect: Instant::MAX,
        }
    }

    /// Whether records of different partitions count apart.
    #[inline]
    pub fn is_split(&self) -> bool {
        self.inputs.len() > 1
    }

    /// A record was read at `at`.
    #[inline]
    pub fn read(&mut self, partition: u32, event_time: Instant, at: Instant) {
        self.news = true;
        let input = if self.is_split() { partition as usize } else { 0 };
        if let Some(input) = self.inputs.get_mut(input) {
            input.largest = input.largest.max(event_time);
            input.last = at;
        }
    }

    /// The first tick that is due before `now` and has something new to say, with what it would
    /// raise the watermark to: the first after a record, or the first at which an input is idle.
    /// To be asked until there is none.
    #[inline]
    pub fn tick_before(&mut self, now: Instant) -> Option<(Instant, Instant)> {
        if self.next_tick >= now {
            return None;
        }
        self.due(now)
    }

    fn due(&mut self, now: Instant) -> Option<(Instant, Instant)> {
        let tick = if self.news { Some(self.next_tick) } else { self.next_idle() };
        let Some(tick) = tick.filter(|tick| *tick < now) else {
            // The ticks until then have nothing to say.
            self.next_tick =
                (now - Span(1)).floor_to(self.interval, Instant(0)).max(self.next_tick - self.interval) + self.interval;
            return None;
        };
        self.news = false;
        self.next_tick = tick + self.interval;
        Some((tick, self.due_at(tick)))
    }

    /// What it would be raised to at an instant by what has been read.
    pub fn due_at(&self, at: Instant) -> Instant {
        let largest = self.inputs.iter().filter(|input| !self.is_idle(input, at)).map(|input| input.largest).min();
        largest.map_or(Instant::MIN, |largest| largest - self.bound)
    }

    fn is_idle(&self, input: &Input, at: Instant) -> bool {
        self.idleness.is_some_and(|idleness| at >= input.last + idleness)
    }

    /// The first tick from the next one on at which an input becomes idle.
    fn next_idle(&self) -> Option<Instant> {
        let idleness = self.idleness?;
        let before = self.next_tick - self.interval;
        let turns =
            self.inputs.iter().map(|input| (input.last + idleness - Span(1)).next_multiple(self.interval, Instant(0)));
        turns.filter(|turn| *turn > before).min()
    }

    /// The highest that it may stand once an event time of `newest` has been read.
    #[inline]
    pub fn to_after(&self, newest: Instant) -> Instant {
        self.inputs.iter().map(|input| input.largest).fold(newest, Instant::max) - self.bound
    }

    /// Nothing is emitted before `at`.
    pub fn silent_until(&mut self, at: Instant) {
        self.next_tick = self.next_tick.max((at - Span(1)).next_multiple(self.interval, Instant(0)));
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

    fn all(watermark: &mut Watermark, now: i64) -> Vec<(i64, i64)> {
        std::iter::from_fn(|| watermark.tick_before(Instant(now))).map(|(tick, to)| (tick.0, to.0)).collect()
    }

    #[test]
    fn a_tick_emits_what_was_read_before_it() {
        let mut watermark = Watermark::new(Span(50), Span(100), 1, None);
        watermark.read(0, Instant(90), Instant(95));
        assert_eq!(all(&mut watermark, 100), []);
        assert_eq!(all(&mut watermark, 101), [(100, 40)]);
        watermark.read(0, Instant(70), Instant(150));
        // The ticks at 300 and 400 have nothing new to say.
        assert_eq!(all(&mut watermark, 450), [(200, 40)]);
        assert_eq!(watermark.next_tick, Instant(500));
    }

    #[test]
    fn it_never_falls() {
        let mut watermark = Watermark::new(Span(0), Span(100), 1, None);
        watermark.next_effect = Instant(30);
        assert!(!watermark.raise(Instant(20)) && watermark.raise(Instant(30)) && !watermark.raise(Instant(10)));
        assert_eq!(watermark.current, Instant(30));
    }

    #[test]
    fn the_slowest_partition_holds_back_the_others() {
        let mut watermark = Watermark::new(Span(0), Span(100), 2, None);
        watermark.read(0, Instant(900), Instant(5));
        assert!(all(&mut watermark, 150)[0].1 < 0);
        watermark.read(1, Instant(300), Instant(160));
        assert_eq!(all(&mut watermark, 1_000), [(200, 300)]);
    }

    #[test]
    fn an_idle_partition_is_left_out_until_its_next_record() {
        let mut watermark = Watermark::new(Span(0), Span(100), 2, Some(Span(250)));
        watermark.read(0, Instant(900), Instant(200));
        // Input 1 never had a record: idle from the first tick 250 after the start.
        assert_eq!(all(&mut watermark, 350).last(), Some(&(300, 900)));
        watermark.read(1, Instant(100), Instant(360));
        assert_eq!(all(&mut watermark, 450), [(400, 100)]);
        // Input 0 is idle at 500, then both: nothing to take the minimum of.
        assert_eq!(all(&mut watermark, 2_000), [(500, 100), (700, Instant::MIN.0)]);
    }
}
