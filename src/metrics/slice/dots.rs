//! A bounded number of dots that stand for any number of events.

use crate::units::Instant;

/// Dots at most: a figure cannot show more.
const MOST: usize = 1_600;

/// An event that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dot {
    /// The event time that it carried.
    pub event_time: Instant,
    /// When it arrived at the broker.
    pub arrival: Instant,
}

/// Every event, or, when there are more than 1,600, every second, fourth, eighth, … in the order in which they were
/// judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Dots {
    /// The events that are drawn.
    pub dots: Vec<Dot>,
    /// All events.
    pub count: u64,
    /// How many of them a dot stands for.
    pub each: u64,
}

impl Default for Dots {
    fn default() -> Self {
        Self { dots: Vec::new(), count: 0, each: 1 }
    }
}

impl Dots {
    /// Adds an event.
    #[inline]
    pub(super) fn add(&mut self, dot: Dot) {
        let place = self.count;
        self.count += 1;
        if place & (self.each - 1) == 0 {
            self.draw(place, dot);
        }
    }

    /// Adds events, each of which can be looked up by its number.
    pub(super) fn add_many(&mut self, count: usize, dot: impl Fn(usize) -> Dot) {
        let (before, after) = (self.count, self.count + count as u64);
        self.count = after;
        let mut place = before.next_multiple_of(self.each);
        while place < after {
            self.draw(place, dot((place - before) as usize));
            place = (place + 1).next_multiple_of(self.each);
        }
    }

    fn draw(&mut self, place: u64, dot: Dot) {
        if self.dots.len() == MOST {
            let mut place = 0;
            self.dots.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.each *= 2;
        }
        if place & (self.each - 1) == 0 {
            self.dots.push(dot);
        }
    }

    /// The same where each event stands for `sample` of them.
    pub(super) fn scaled(self, sample: u64) -> Self {
        Self { dots: self.dots, count: self.count * sample, each: self.each * sample }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_every_so_manieth() {
        for count in [5, 1_600, 1_601, 40_000] {
            let mut dots = Dots::default();
            let dot = |at: i64| Dot { event_time: Instant(at), arrival: Instant(at) };
            (0..count).for_each(|at| dots.add(dot(at)));
            let mut together = Dots::default();
            for (part, start) in (0..count).step_by(37).enumerate() {
                if part % 5 == 0 {
                    (start..count.min(start + 37)).for_each(|at| together.add(dot(at)));
                } else {
                    together.add_many((count - start).min(37) as usize, |place| dot(start + place as i64));
                }
            }
            assert_eq!(together, dots);
            assert!(dots.dots.len() <= MOST && dots.count == count as u64);
            assert!(count < 1_600 || dots.dots.len() >= MOST / 2);
            let each = dots.each as i64;
            let expected: Vec<i64> = (0..count).step_by(each as usize).collect();
            assert_eq!(dots.dots.iter().map(|dot| dot.event_time.0).collect::<Vec<_>>(), expected);
        }
    }
}
