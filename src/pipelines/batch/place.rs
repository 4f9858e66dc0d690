//! Which run of a batch reads a row, and whether it reads an earlier delivery of the same event too.

use super::Batch;
use crate::pipelines::facts::Facts;
use crate::scenario::{LateRows, PartitionBy};
use crate::units::{Instant, Period, Span};
use crate::workload::Earlier;

/// Which run reads a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// 0 for the next run, 1 for the one after it.
    pub ahead: usize,
    /// Whether that is the first publication of the row's period.
    pub on_time: bool,
    /// How many periods before the run's own the row belongs to, when runs look back.
    pub back: usize,
}

impl<F: Facts> Batch<F> {
    /// The run that reads most of what happens about `now`, counted from the next one, and the event times of rows that it can be
    /// given in bulk: all in its own period.
    #[inline]
    pub(super) fn front_at(&self, now: Instant) -> (usize, Period) {
        let nothing = Period { from: now, to: now };
        if self.model.partition_by == PartitionBy::Arrival {
            return (0, nothing);
        }
        let mut period = Period { from: self.boundary - self.model.every, to: self.boundary };
        let mut ahead = 0;
        // Between the end of its period and its start a run waits while rows of the next period come in.
        while now >= period.to && ahead + 1 < self.intakes.len() {
            period = Period { from: period.to, to: period.to + self.model.every };
            ahead += 1;
        }
        (ahead, self.intakes.get(ahead).map_or(nothing, |intake| intake.front(period)))
    }

    /// Which run reads a row, counted from the next one; `None` when none does.
    #[inline]
    pub(super) fn place(&self, event_time: Instant, arrival: Instant) -> Option<Place> {
        let by = match self.model.partition_by {
            PartitionBy::EventTime => event_time,
            PartitionBy::Arrival => arrival,
        };
        let ahead = (by - self.boundary).0;
        if ahead >= 0 {
            let ahead = if ahead < self.model.every.0 { 1 } else { 1 + (ahead / self.model.every.0) as usize };
            let start = self.boundary + Span(self.model.every.0 * (ahead as i64 - 1));
            return Some(Place { ahead, on_time: event_time >= start, back: 0 });
        }
        if ahead >= -self.model.every.0 {
            return Some(Place { ahead: 0, on_time: event_time >= self.boundary - self.model.every, back: 0 });
        }
        if self.model.partition_by == PartitionBy::Arrival {
            return Some(Place { ahead: 0, on_time: false, back: 0 });
        }
        match self.model.late {
            LateRows::Drop => None,
            LateRows::NextRun => Some(Place { ahead: 0, on_time: false, back: 0 }),
            LateRows::Lookback { periods } => {
                // `ahead` below −every: one period back for each further whole period.
                let back = (-(ahead + 1)) / self.model.every.0;
                (back <= i64::from(periods)).then_some(Place { ahead: 0, on_time: false, back: back as usize })
            }
        }
    }

    /// Whether the run that reads a delivery has read an earlier one of its id as well.
    pub(super) fn is_duplicate(&self, earlier: &[Earlier], ahead: usize) -> bool {
        let period = self.model.every.0;
        let start = self.boundary + Span(period * (ahead as i64 - 1));
        let in_period = |at: Instant| at >= start && at - start < self.model.every;
        earlier.iter().any(|copy| match (self.model.partition_by, self.model.late) {
            (PartitionBy::Arrival, _) => in_period(copy.arrival),
            (PartitionBy::EventTime, LateRows::Drop) => in_period(copy.event_time),
            (PartitionBy::EventTime, LateRows::NextRun) => {
                in_period(copy.event_time) || (ahead == 0 && copy.event_time < start && copy.arrival > self.last_start)
            }
            (PartitionBy::EventTime, LateRows::Lookback { periods }) => {
                copy.event_time >= start - Span(period.saturating_mul(i64::from(periods)))
                    && copy.event_time < start + self.model.every
            }
        })
    }
}
