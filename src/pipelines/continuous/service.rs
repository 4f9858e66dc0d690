//! Service times of records at a worker.

use crate::random::{Distribution, Sampler, Substream};
use crate::units::Span;

/// Draws service times.
pub(super) struct Service {
    of: Sampler,
    constant: Option<Span>,
    stream: Substream,
}

impl Service {
    /// Service times of a distribution in microseconds.
    pub fn new(of: &Distribution, stream: Substream) -> Self {
        let constant = of.as_constant().map(Span::from_micros_f64);
        Self { of: Sampler::new(of.clone()), constant, stream }
    }

    /// The service time, if it is always the same.
    #[inline]
    pub fn constant(&self) -> Option<Span> {
        self.constant
    }

    /// The next one.
    #[inline]
    pub fn draw(&mut self) -> Span {
        self.constant.unwrap_or_else(|| Span::from_micros_f64(self.of.sample(&mut self.stream)))
    }
}
