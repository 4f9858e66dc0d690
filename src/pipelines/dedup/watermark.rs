//! Ids that leave when the watermark passes: the rules of Flink's timers and windows, and of Spark's `dropDuplicates`.

use super::Verdict;
use super::expiries::Expiries;
use super::steps::{Step, Steps};
use crate::units::{Instant, Period, Span};
use crate::workload::{Earlier, Grid};

/// A millisecond, in which the engines count event time.
const MILLISECOND: Span = Span(1_000);
/// After any watermark, that of the end of the input too.
const NEVER: Instant = Instant(i64::MAX);

/// When an entry expires, and which rows are too late to be looked at. The watermark is the first event time that it
/// does not cover (Flink), or Spark's.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Flink's event-time timer at event time + TTL, whole milliseconds of 1970: it runs when the watermark reaches it and
    /// rises, so that an entry made too late lives until the next rise.
    Timer {
        /// Time to live.
        ttl: Span,
        /// 1970 in simulated time.
        epoch: Instant,
    },
    /// State of a Flink window: it goes with the window.
    Window {
        /// The windows.
        grid: Grid,
        /// How long after its end a window takes rows.
        lateness: Span,
    },
    /// Spark's event time + delay; rows at or below the watermark are late.
    Until {
        /// Added to the event time.
        delay: Span,
        /// Whether the event time belongs to the key.
        same_time: bool,
    },
    /// An entry stays.
    Never {
        /// Whether rows at or below the watermark are late.
        filters_late: bool,
    },
}

impl Rule {
    #[inline]
    fn expiry(&self, event_time: Instant) -> Instant {
        match self {
            // The watermark kept here is a millisecond above Flink's.
            Self::Timer { ttl, epoch } => event_time.floor_to(MILLISECOND, *epoch) + *ttl + MILLISECOND,
            Self::Window { grid, lateness } => grid.end(grid.window_of(event_time)) + *lateness,
            Self::Until { delay, .. } => event_time + *delay,
            Self::Never { .. } => NEVER,
        }
    }

    #[inline]
    fn is_late(&self, event_time: Instant, horizon: Instant) -> bool {
        match self {
            Self::Timer { .. } | Self::Never { filters_late: false } => false,
            Self::Window { .. } => self.expiry(event_time) <= horizon,
            Self::Until { .. } | Self::Never { filters_late: true } => event_time <= horizon,
        }
    }

    /// Whether two deliveries of one id share an entry.
    fn share(&self, one: Instant, other: Instant) -> bool {
        match self {
            Self::Window { grid, .. } => grid.window_of(one) == grid.window_of(other),
            Self::Until { same_time, .. } => !same_time || one == other,
            Self::Timer { .. } | Self::Never { .. } => true,
        }
    }

    /// How far back the course of the watermark matters: a third copy's entry may stand or fall with the first's.
    fn reach(&self) -> Option<Span> {
        match self {
            Self::Timer { ttl: time, .. } | Self::Until { delay: time, .. } => Some(Span(time.0.saturating_mul(2))),
            Self::Window { grid, lateness } => Some(grid.size + *lateness),
            Self::Never { .. } => None,
        }
    }
}

/// Ids remembered by the watermark.
#[derive(Clone, Debug)]
pub struct ByWatermark {
    rule: Rule,
    steps: Steps,
    expiries: Expiries,
    /// Spark: entries after the last batch, and what its milliseconds count from.
    batches: Option<Batches>,
}

#[derive(Clone, Copy, Debug)]
struct Batches {
    held: u64,
    epoch: Instant,
}

impl ByWatermark {
    /// Of an engine that takes record by record, with a watermark that stands at `horizon`.
    #[must_use]
    pub fn new(rule: Rule, horizon: Instant) -> Self {
        Self { rule, steps: Steps::new(horizon, rule.reach()), expiries: Expiries::default(), batches: None }
    }

    /// Of Spark, whose watermark starts at 1970 and counts milliseconds. Rows enter the state with their batch.
    #[must_use]
    pub fn of_batches(rule: Rule, epoch: Instant) -> Self {
        Self { batches: Some(Batches { held: 0, epoch }), ..Self::new(rule, epoch) }
    }

    /// What becomes of a delivery, given the earlier ones of its id.
    pub fn judge(&mut self, earlier: Option<&[Earlier]>, event_time: Instant) -> Verdict {
        let now = self.steps.now();
        if self.rule.is_late(event_time, now.horizon) {
            return Verdict::Late;
        }
        if earlier.is_some_and(|earlier| self.is_remembered(earlier, event_time, now)) {
            return Verdict::Known;
        }
        self.expiries.add(self.rule.expiry(event_time));
        Verdict::New
    }

    /// Follows the copies of an id from one entry to the next.
    fn is_remembered(&self, earlier: &[Earlier], event_time: Instant, now: Step) -> bool {
        let mut entry: Option<&Earlier> = None;
        for copy in earlier.iter().filter(|copy| self.rule.share(copy.event_time, event_time)) {
            let then = self.steps.at(copy.arrival);
            let late = self.rule.is_late(copy.event_time, then.horizon);
            if !late && entry.is_none_or(|entry| !self.stands(entry, then)) {
                entry = Some(copy);
            }
        }
        entry.is_some_and(|entry| self.stands(entry, now))
    }

    /// Whether the entry of a delivery stands: it has not expired, or nothing has looked at that since.
    fn stands(&self, entry: &Earlier, then: Step) -> bool {
        self.rule.expiry(entry.event_time) > then.horizon || entry.arrival > then.seen
    }

    /// Remembers first deliveries.
    pub fn remember(&mut self, events: &[Instant]) {
        for event_time in events {
            self.expiries.add(self.rule.expiry(*event_time));
        }
    }

    /// The event times within `front` at which no row is late.
    #[must_use]
    pub fn in_time(&self, front: Period) -> Period {
        match self.rule {
            Rule::Until { .. } | Rule::Never { filters_late: true } => {
                let from = front.from.max(self.steps.now().horizon + Span(1));
                Period { from, to: front.to.max(from) }
            }
            _ => front,
        }
    }

    /// The watermark stands at `horizon`, behind all that arrived until `seen`.
    pub fn stands_at(&mut self, seen: Instant, horizon: Instant) {
        let horizon = self.batches.map_or(horizon, |batches| horizon.floor_to(MILLISECOND, batches.epoch));
        if horizon > self.steps.now().horizon {
            self.steps.rise(Step { seen, horizon });
            self.expiries.expire(horizon);
        }
        if let Some(batches) = &mut self.batches {
            batches.held = self.expiries.total();
        }
    }

    /// Whether ids leave when the watermark rises.
    #[must_use]
    pub fn forgets(&self) -> bool {
        !matches!(self.rule, Rule::Never { .. })
    }

    /// Ids held: with batches those after the last one.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.batches.map_or(self.expiries.total(), |batches| batches.held)
    }

    /// The same with those of the coming batch.
    #[must_use]
    pub fn with_batch(&self) -> u64 {
        self.expiries.total()
    }
}
