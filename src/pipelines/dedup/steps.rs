//! Where the watermark stood when a delivery was looked at.

use std::collections::VecDeque;

use crate::units::{Instant, Span};

/// Rises remembered at most.
const MOST: usize = 1 << 16;

/// A rise of the watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The last arrival that was looked at before it.
    pub seen: Instant,
    /// What the watermark reached.
    pub horizon: Instant,
}

/// The course of the watermark. When it has more steps than fit, those go that lie further back than matters, or
/// every second one, and of those to come only every second one is kept as well.
#[derive(Clone, Debug)]
pub struct Steps {
    start: Step,
    steps: VecDeque<Step>,
    last: Step,
    rises: u64,
    /// One in this many rises is kept.
    stride: u64,
    /// How far behind the watermark an earlier one may still matter; `None` without an end.
    reach: Option<Span>,
}

impl Steps {
    /// A watermark that stands at `horizon` from the start on.
    #[must_use]
    pub fn new(horizon: Instant, reach: Option<Span>) -> Self {
        let start = Step { seen: Instant::MIN, horizon };
        Self { start, steps: VecDeque::new(), last: start, rises: 0, stride: 1, reach }
    }

    /// Where it stands.
    #[must_use]
    pub fn now(&self) -> Step {
        self.last
    }

    /// It rises.
    pub fn rise(&mut self, step: Step) {
        self.last = step;
        self.rises += 1;
        if self.rises.is_multiple_of(self.stride) {
            if self.steps.len() >= MOST {
                self.thin(step.horizon);
            }
            self.steps.push_back(step);
        }
    }

    #[cold]
    fn thin(&mut self, horizon: Instant) {
        let matters = |reach: Span| self.steps.partition_point(|step| step.horizon < horizon - reach);
        let over = self.reach.map_or(0, matters);
        if over >= MOST / 2 {
            if let Some(last) = self.steps.drain(..over).next_back() {
                self.start = Step { seen: Instant::MIN, ..last };
            }
            return;
        }
        self.stride *= 2;
        let mut place = 0;
        self.steps.retain(|_| {
            place += 1;
            place % 2 == 0
        });
    }

    /// Where it stood when a delivery of this arrival was looked at.
    #[must_use]
    pub fn at(&self, arrival: Instant) -> Step {
        if self.last.seen < arrival {
            return self.last;
        }
        let place = self.steps.partition_point(|step| step.seen < arrival);
        place.checked_sub(1).and_then(|place| self.steps.get(place)).copied().unwrap_or(self.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(seen: i64, horizon: i64) -> Step {
        Step { seen: Instant(seen), horizon: Instant(horizon) }
    }

    #[test]
    fn a_delivery_is_looked_at_before_the_rise_of_its_instant() {
        let mut steps = Steps::new(Instant(-9), None);
        assert_eq!(steps.now().horizon, Instant(-9));
        steps.rise(step(10, 1));
        steps.rise(step(10, 2));
        steps.rise(step(20, 5));
        let seen = [9, 10, 11, 20, 21].map(|arrival| steps.at(Instant(arrival)).horizon.0);
        assert_eq!(seen, [-9, -9, 2, 2, 5]);
        assert_eq!(steps.now(), step(20, 5));
    }

    #[test]
    fn memory_has_a_bound_and_what_matters_stays() {
        let count = 1_000_000;
        let mut near = Steps::new(Instant(0), Some(Span(10_000)));
        let mut far = Steps::new(Instant(0), None);
        for at in 1..=count {
            near.rise(step(at, at));
            far.rise(step(at, at));
        }
        assert!(near.steps.len() <= MOST && far.steps.len() <= MOST);
        for at in (count - 9_000..count).step_by(37) {
            assert_eq!(near.at(Instant(at)).horizon.0, at - 1);
        }
        for at in (1..count).step_by(997) {
            let off = at - far.at(Instant(at)).horizon.0;
            assert!((1..=count / 32_768 + 2).contains(&off), "{at} {off}");
        }
    }
}
