//! Session windows of a micro-batch, in append mode.
//!
//! Spark drops a row whose own session, [t, t + gap) before any merge, ends by the late watermark;
//! merges the others; and emits and removes a session when its end is reached by the watermark of the batch.

use super::MicroBatch;
use crate::pipelines::facts::{Facts, GroupFiring, Resolved};
use crate::pipelines::sessions::Sessions;
use crate::units::Instant;

impl<F: Facts> MicroBatch<F> {
    /// Measured events and duplicates that wait for their batch or their session.
    pub(super) fn held_in_sessions(&self) -> (u64, u64) {
        let in_sessions = self.sessions.as_ref().map_or((0, 0), Sessions::held);
        let waiting = self.arrived.iter().filter(|record| record.measured);
        waiting.fold(in_sessions, |sum, record| {
            (sum.0 + u64::from(record.first_delivery), sum.1 + u64::from(!record.first_delivery))
        })
    }

    /// Takes the rows of the batch from `now` to `finished`, and emits what is over.
    pub(super) fn run_sessions(&mut self, now: Instant, finished: Instant, visible: Instant) {
        let Some(sessions) = &mut self.sessions else { return };
        let by_key = self.setup.by_key;
        for mut record in self.arrived.drain(..) {
            (record.started, record.processed) = (now, finished);
            if record.event_time + sessions.gap() <= self.watermarks.late {
                if record.measured {
                    self.facts.resolved(Resolved::late(record.first_delivery));
                }
                continue;
            }
            let key = if by_key { record.key } else { 0 };
            sessions.enter(key, record.event_time, record.item()).held.add(record, &self.setup);
        }
        let watermark = self.watermarks.evict;
        while let Some((key, mut session)) = sessions.pop_ended(watermark) {
            session.held.release(finished, visible, true, &mut self.facts);
            self.facts.group_fired(&GroupFiring {
                window: Some(session.window),
                key: by_key.then_some(key),
                rows: session.rows,
                value: session.value(),
                again: false,
                visible,
                watermark: Some(watermark),
                at_end: false,
            });
            self.facts.landed(session.window.to, visible);
        }
        self.facts.settled(sessions.settled(self.watermarks.late.min(watermark)));
        self.entries = sessions.entries();
    }
}
