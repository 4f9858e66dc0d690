//! When output of a continuous pipeline becomes visible in its sink.

use super::recovery::Recovery;
use crate::pipelines::facts::Facts;
use crate::random::{Distribution, Substream};
use crate::scenario::Guarantee;
use crate::units::{Instant, Span};

/// The sink and the guarantee.
///
/// At least or at most once: output is visible one sink delay after it is written. Exactly once: output waits
/// for the first checkpoint that is triggered at or after its writing, and is visible one sink
/// delay after that completes (Flink's `KafkaSink` with transactions, its Iceberg sink).
pub(super) struct Commit {
    /// Checkpoints and failures; `None` when there are none to be seen.
    pub recovery: Option<Recovery>,
    exactly_once: bool,
    sink_delay: Distribution,
    constant_delay: Option<Span>,
    stream: Substream,
}

impl Commit {
    /// A sink behind a job with these checkpoints and failures.
    #[must_use]
    pub fn new(guarantee: Guarantee, recovery: Option<Recovery>, sink_delay: &Distribution, sink: Substream) -> Self {
        let constant_delay = sink_delay.as_constant().map(Span::from_micros_f64);
        let exactly_once = guarantee == Guarantee::ExactlyOnce;
        Self { recovery, exactly_once, sink_delay: sink_delay.clone(), constant_delay, stream: sink }
    }

    /// When output written at `written` is visible.
    #[inline]
    pub fn visible_at(&mut self, written: Instant, facts: &mut impl Facts) -> Instant {
        let committed = match &mut self.recovery {
            Some(recovery) if self.exactly_once => recovery.completion_of(written, facts),
            _ => written,
        };
        let delay =
            self.constant_delay.unwrap_or_else(|| Span::from_micros_f64(self.sink_delay.sample(&mut self.stream)));
        committed + delay
    }

    /// Says that nothing will be written before `now` any more.
    pub fn forget(&mut self, now: Instant) {
        if let Some(recovery) = &mut self.recovery {
            recovery.forget(now);
        }
    }
}
