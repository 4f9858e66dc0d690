//! When output of a continuous pipeline becomes visible in its sink.

use super::recovery::Recovery;
use crate::pipelines::facts::Facts;
use crate::pipelines::sink::Sink;
use crate::scenario::Guarantee;
use crate::units::Instant;

/// The sink and the guarantee.
///
/// At least or at most once: output is visible one sink delay after it is written. Exactly once: output waits
/// for the first checkpoint that is triggered at or after its writing, and is visible one sink
/// delay after that completes (Flink's `KafkaSink` with transactions, its Iceberg sink).
pub(super) struct Commit {
    /// Checkpoints and failures; `None` when there are none to be seen.
    pub recovery: Option<Recovery>,
    exactly_once: bool,
    sink: Sink,
}

impl Commit {
    /// A sink behind a job with these checkpoints and failures.
    #[must_use]
    pub fn new(guarantee: Guarantee, recovery: Option<Recovery>, sink: Sink) -> Self {
        Self { recovery, exactly_once: guarantee == Guarantee::ExactlyOnce, sink }
    }

    /// When output of `rows` rows written at `written` is visible.
    #[inline]
    pub fn visible_at(&mut self, written: Instant, rows: u64, facts: &mut impl Facts) -> Instant {
        let committed = match &mut self.recovery {
            Some(recovery) if self.exactly_once => recovery.completion_of(written, facts),
            _ => written,
        };
        self.sink.visible_at(committed, rows)
    }

    /// When a record can be taken: not while too much waits before the sink.
    #[inline]
    pub fn accepts_from(&self) -> Instant {
        self.sink.accepts_from()
    }

    /// Whether the sink takes the longer the more is written.
    #[inline]
    pub fn counts_rows(&self) -> bool {
        self.sink.counts_rows()
    }

    /// Whether what is written again takes the place of what was written before.
    pub fn is_idempotent(&self) -> bool {
        self.sink.is_idempotent()
    }

    /// Says that nothing will be written before `now` any more.
    pub fn forget(&mut self, now: Instant) {
        if let Some(recovery) = &mut self.recovery {
            recovery.forget(now);
        }
    }
}
