//! Datasets that are made from the result of a batch.
//!
//! **Scope.** After each publication every dataset is made once, a number of them at a time, in their order: the first that is
//! done makes room for the next. The last one lands when all are done. Their cores count as load and cost of the pipeline.
//!
//! **Limits.** They depend on this result only, not on one another; what is left of one publication delays the next.
//! None fails.
//!
//! **Parameters**: `scenario::Downstream`. **Validation**: closed forms in `tests/theory/downstream.rs`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::pipelines::facts::Facts;
use crate::random::Substream;
use crate::scenario;
use crate::units::{Instant, Span};

/// What is made from a result.
#[derive(Clone, Debug)]
pub(super) struct Downstream {
    model: scenario::Downstream,
    stream: Substream,
    /// When each place is free.
    free: BinaryHeap<Reverse<Instant>>,
}

impl Downstream {
    /// Nothing is being made.
    pub fn new(model: &scenario::Downstream, stream: Substream) -> Self {
        let places = model.at_once.min(model.datasets) as usize;
        let free = std::iter::repeat_n(Reverse(Instant::MIN), places).collect();
        Self { model: model.clone(), stream, free }
    }

    /// Makes all from the result of the period that ended at `boundary`.
    pub fn refresh(&mut self, boundary: Instant, published: Instant, facts: &mut impl Facts) {
        let mut last = published;
        for _ in 0..self.model.datasets {
            let takes = Span::from_micros_f64(self.model.takes.sample(&mut self.stream));
            let Some(mut place) = self.free.peek_mut() else { return };
            let start = place.0.max(published);
            place.0 = start + takes;
            last = last.max(place.0);
            let core_micros = takes.0 as f64 * self.model.cores;
            facts.busy(start, start + takes, core_micros);
            facts.made(core_micros);
        }
        facts.all_made(boundary, last);
    }
}
