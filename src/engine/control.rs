//! The queue of control events.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::units::Instant;

/// Control events by time; of one instant by class `C`, then in the order of scheduling. Both
/// operations cost O(log n); the queue holds a handful of events.
#[derive(Clone, Debug)]
pub struct ControlQueue<C> {
    heap: BinaryHeap<Reverse<(Instant, C, u64)>>,
    scheduled: u64,
}

impl<C: Ord + Copy> ControlQueue<C> {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        Self { heap: BinaryHeap::new(), scheduled: 0 }
    }

    /// Schedules an event.
    pub fn schedule(&mut self, at: Instant, control: C) {
        self.heap.push(Reverse((at, control, self.scheduled)));
        self.scheduled += 1;
    }

    /// When the next event is due; [`Instant::MAX`] when there is none.
    #[must_use]
    pub fn next(&self) -> Instant {
        self.heap.peek().map_or(Instant::MAX, |Reverse((at, _, _))| *at)
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(Instant, C)> {
        self.heap.pop().map(|Reverse((at, control, _))| (at, control))
    }
}

impl<C: Ord + Copy> Default for ControlQueue<C> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_time_then_class_then_order() {
        let mut queue = ControlQueue::new();
        for (at, class) in [(5, 'b'), (3, 'z'), (5, 'a'), (5, 'b')] {
            queue.schedule(Instant(at), class);
        }
        assert_eq!(queue.next(), Instant(3));
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(at, class)| (at.0, class)).collect();
        assert_eq!(order, [(3, 'z'), (5, 'a'), (5, 'b'), (5, 'b')]);
        assert_eq!(queue.next(), Instant::MAX);
    }
}
