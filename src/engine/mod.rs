//! One clock for each actor: control events on a heap, deliveries in columns between them.
//!
//! Control events are few and deliveries are many, so a block of deliveries is cut at the instants
//! of an actor's control events and handed over in slices. **Ties:** a delivery that arrives at
//! the instant of a control event comes before it; control events of one instant run in the order
//! of their class, then in the order in which they were scheduled. The engine knows no pipeline.

mod control;

pub use control::ControlQueue;

use std::ops::Range;

use crate::units::Instant;
use crate::workload::{Block, Rows};

/// Something that takes deliveries and control events in order of time.
pub trait Actor {
    /// When its next control event is due; [`Instant::MAX`] when there is none.
    fn next_control(&self) -> Instant;

    /// Takes consecutive deliveries, none later than its next control event.
    fn deliver(&mut self, rows: Rows<'_>);

    /// Executes its next control event.
    fn control(&mut self);

    /// Says that no delivery comes at or after `at`.
    fn end_of_input(&mut self, at: Instant);
}

/// Brings an actor to the end of a block: all deliveries in it, and all control events before it.
pub fn advance(actor: &mut impl Actor, block: &Block) {
    advance_to(actor, block, 0..block.len(), block.until);
}

/// Brings an actor to `until`: all deliveries of these rows of a block, which arrive before it, and all
/// control events before it.
pub fn advance_to(actor: &mut impl Actor, block: &Block, rows: Range<usize>, until: Instant) {
    let mut from = rows.start;
    loop {
        let due = actor.next_control();
        if due >= until {
            break;
        }
        let to = from + block.arrival[from..rows.end].partition_point(|arrival| *arrival <= due);
        if to > from {
            actor.deliver(block.rows(from..to));
        }
        from = to;
        actor.control();
    }
    if from < rows.end {
        actor.deliver(block.rows(from..rows.end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    /// Writes down what it is given; a control event every 10 µs.
    #[derive(Default)]
    struct Scribe {
        next: i64,
        seen: Vec<String>,
    }

    impl Actor for Scribe {
        fn next_control(&self) -> Instant {
            Instant(self.next)
        }
        fn deliver(&mut self, rows: Rows<'_>) {
            self.seen.extend(rows.arrival.iter().map(|arrival| arrival.0.to_string()));
        }
        fn control(&mut self) {
            self.seen.push(format!("c{}", self.next));
            self.next += Span(10).0;
        }
        fn end_of_input(&mut self, _: Instant) {}
    }

    #[test]
    fn deliveries_come_before_control_events_of_the_same_instant() {
        let mut scribe = Scribe::default();
        let block = |arrivals: &[i64], until: i64| {
            let count = arrivals.len();
            Block {
                until: Instant(until),
                arrival: arrivals.iter().copied().map(Instant).collect(),
                event_time: vec![Instant(0); count],
                key: vec![0; count].into(),
                bytes: vec![0; count].into(),
                ..Block::default()
            }
        };
        advance(&mut scribe, &block(&[0, 3, 10, 11], 20));
        // In two parts: what is due at the cut comes in the second.
        let second = block(&[20, 35], 41);
        advance_to(&mut scribe, &second, 0..1, Instant(30));
        advance_to(&mut scribe, &second, 1..2, Instant(41));
        assert_eq!(scribe.seen.join(" "), "0 c0 3 10 c10 11 20 c20 c30 35 c40");
    }
}
