//! Delays of first deliveries, drawn before it is known what happens to their events.

use crate::random::{Sampler, Substream};
use crate::scenario::Workload;
use crate::units::{Instant, Span};
use crate::vector::widest;

/// Draws the delays of first deliveries, where devices do not draw them.
#[derive(Clone, Debug)]
pub struct Delays {
    sampler: Sampler,
    stream: Substream,
    drawn: Vec<f64>,
}

impl Delays {
    /// The delays of a workload; `None` when its devices draw them.
    #[must_use]
    pub fn new(workload: &Workload, substream: impl Fn(&str) -> Substream) -> Option<Self> {
        let network = &workload.network;
        let draws =
            || Self { sampler: Sampler::new(network.delay.clone()), stream: substream("delay"), drawn: Vec::new() };
        network.cohorts.is_empty().then(draws)
    }

    /// Draws the next delays, for events that leave at these times: replaces `arrivals` by when they arrive if nothing else happens.
    pub fn fill(&mut self, at: &[Instant], arrivals: &mut Vec<Instant>) {
        self.sampler.fill(&mut self.stream, at.len(), &mut self.drawn);
        arrivals.resize(at.len(), Instant::MIN);
        let rows = arrivals.iter_mut().zip(at).zip(&self.drawn);
        widest(|| rows.for_each(|((arrival, at), delay)| *arrival = *at + Span::from_micros_f64(*delay)));
    }
}
