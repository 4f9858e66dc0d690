//! The funnel of a continuous pipeline: Flink CEP in event time.
//!
//! **Scope.** Rules of Flink 2.3. A record that the watermark has passed is late and dropped: there is no allowed lateness. Others
//! are held until the watermark passes them, and are then matched in order of event time, ties in order of arrival; only then do
//! they count as visible. An attempt that has not come to its last step leaves the state when the watermark passes its end.
//!
//! **Limits.** Flink's event times have milliseconds: records of one user within the same one are in order of arrival there, and
//! in that of their microseconds here. All records pass the operator, those of other types too.
//!
//! **Parameters**: `scenario::Funnel`. **Validation**: what Flink answered (`tests/conformance/golden/flink_funnel.ndjson`), and
//! an event-by-event twin (`tests/funnel`).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::Continuous;
use crate::pipelines::facts::{Facts, Fate, Resolved};
use crate::pipelines::record::Record;
use crate::units::{Instant, Span};
use crate::workload::{Act, Matcher, Reached, Steps};

/// Records that wait for the watermark, and attempts in progress.
pub(super) struct Funnel {
    steps: Arc<Steps>,
    matcher: Matcher,
    waiting: BinaryHeap<Reverse<Waiting>>,
    /// Records so far.
    count: u64,
    due: Vec<Record>,
    reached: Vec<Reached>,
}

/// A record that the watermark has not passed.
struct Waiting {
    order: u64,
    record: Record,
    act: Act,
}

impl Waiting {
    fn rank(&self) -> (Instant, u64) {
        (self.record.event_time, self.order)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl Funnel {
    /// No record yet.
    pub fn new(steps: &Arc<Steps>) -> Self {
        Self {
            steps: Arc::clone(steps),
            matcher: Matcher::new(Arc::clone(steps)),
            waiting: BinaryHeap::new(),
            count: 0,
            due: Vec::new(),
            reached: Vec::new(),
        }
    }

    /// Measured events and duplicates that are not visible yet.
    pub fn held(&self) -> (u64, u64) {
        let measured = self.waiting.iter().map(|Reverse(waiting)| &waiting.record).filter(|record| record.measured);
        measured.fold((0, 0), |sum, record| {
            (sum.0 + u64::from(record.first_delivery), sum.1 + u64::from(!record.first_delivery))
        })
    }

    /// Rows and attempts in memory.
    pub fn rows(&self) -> u64 {
        self.waiting.len() as u64 + self.matcher.held()
    }

    /// Forgets all; gives the measured events and duplicates that were not visible.
    pub fn lose(&mut self) -> (u64, u64) {
        let lost = self.held();
        *self = Self::new(&self.steps);
        lost
    }

    fn entries(&self) -> u64 {
        self.waiting.len() as u64 + self.matcher.open()
    }

    /// When the watermark must rise above to matter.
    fn next_effect(&self) -> Instant {
        self.waiting.peek().map_or(Instant::MAX, |Reverse(first)| first.record.event_time + Span(1))
    }
}

impl<F: Facts> Continuous<F> {
    /// Rows that the funnel holds one by one.
    pub fn funnel_rows(&self) -> u64 {
        self.funnel.as_ref().map_or(0, Funnel::rows)
    }

    /// Holds a record until the watermark passes it.
    pub(super) fn enter_funnel(&mut self, record: Record, act: Act) {
        let Some(funnel) = &mut self.funnel else { return };
        if record.event_time < self.watermark.current {
            if record.first_delivery {
                self.facts.judged(record.event_time, record.arrival, Fate::Dropped);
            }
            if record.measured {
                self.facts.resolved(Resolved::late(record.first_delivery));
            }
            return;
        }
        funnel.waiting.push(Reverse(Waiting { order: funnel.count, record, act }));
        funnel.count += 1;
        self.entries = funnel.entries();
        self.watermark.next_effect = self.watermark.next_effect.min(record.event_time + Span(1));
    }

    /// Matches what the watermark has passed.
    pub(super) fn fire_funnel(&mut self, tick: Instant) {
        let Some(funnel) = &mut self.funnel else { return };
        let watermark = self.watermark.current;
        while let Some(Reverse(first)) = funnel.waiting.peek()
            && first.record.event_time < watermark
            && let Some(Reverse(Waiting { record, act, .. })) = funnel.waiting.pop()
        {
            funnel.matcher.expire(act.event_time);
            funnel.matcher.take(act, &mut funnel.reached);
            funnel.due.push(record);
        }
        // The watermark travels behind the records read before it.
        let held = tick.max(self.workers.drained());
        let rows = funnel.reached.len() as u64;
        self.job.write(rows);
        let visible = self.commit.visible_at(held, rows, &mut self.facts);
        for record in funnel.due.drain(..) {
            if record.first_delivery {
                self.facts.event_visible(&record.visible(held, visible, true));
            } else if record.measured {
                self.facts.resolved(Resolved { duplicates_leaked: 1, ..Resolved::default() });
            }
        }
        for reached in funnel.reached.drain(..) {
            self.facts.reached(&reached, visible);
        }
        funnel.matcher.expire(watermark);
        self.entries = funnel.entries();
        self.watermark.next_effect = funnel.next_effect();
    }
}
