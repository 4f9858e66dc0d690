//! Service times of records at a worker.

use crate::random::{Distribution, Substream};
use crate::units::Span;

/// Draws service times and adds them up.
pub(super) struct Service {
    of: Distribution,
    constant: Option<Span>,
    stream: Substream,
    total: Span,
}

impl Service {
    /// Service times of a distribution in microseconds.
    pub fn new(of: &Distribution, stream: Substream) -> Self {
        let constant = of.as_constant().map(Span::from_micros_f64);
        Self { of: of.clone(), constant, stream, total: Span::ZERO }
    }

    /// The next one.
    #[inline]
    pub fn draw(&mut self) -> Span {
        let span = self.constant.unwrap_or_else(|| Span::from_micros_f64(self.of.sample(&mut self.stream)));
        self.total = self.total + span;
        span
    }

    /// What was drawn since the last call, added up.
    pub fn take_total(&mut self) -> Span {
        std::mem::take(&mut self.total)
    }
}
