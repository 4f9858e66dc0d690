//! Deduplication of the streaming models: which deliveries are recognised, and how many ids are remembered for that.
//!
//! | kind               | an id is remembered                                             | as in                             |
//! |--------------------|-----------------------------------------------------------------|-----------------------------------|
//! | `ttl`              | for the TTL by the clock, from the delivery that was let through | Flink's state TTL                |
//! | `event_time`       | until the watermark passes that delivery's event time + TTL     | Flink's event-time timer          |
//! | `window`           | until its window closes, in that window only                    | state of a Flink window           |
//! | `until_watermark`  | until the watermark reaches its event time, with that time only | Spark's dropDuplicates(id, time)  |
//! | `within_watermark` | until the watermark reaches event time + delay                  | Spark's …WithinWatermark(id)      |
//! | `unbounded`        | for ever                                                        | a map; Spark's dropDuplicates(id) |
//! | `generations`      | in the newer of two maps, rotated every TTL: one to two TTL     | a common home-made store          |
//! | `bloom`            | the same with two Bloom filters                                 | likewise                          |
//!
//! **Scope.** A delivery carries the earlier deliveries of its id, so whether it is recognised follows from the times of
//! these and from what the watermark was then; no table of ids exists. Ids held are counted when an entry is made and
//! taken off when it expires. They are logical ids: an expired entry is not counted, although a real store keeps it
//! until its clean-up.
//!
//! **Limits.** Numbers of ids at a probe are exact for `ttl`, `generations`, `window`, and for the other kinds as long as no
//! more than 65,536 different expiries are pending; beyond that some of one part in 32,768 of the ids are held too
//! long (`Expiries`). Whether a *third* copy of an id, with an event time of its own, is recognised is exact as long as
//! no more than 65,536 rises of the watermark lie within twice the time remembered (`Steps`). A copy of an event
//! that a Bloom filter took for a duplicate is recognised as if the event had been let through.
//!
//! **Parameters**: `scenario::Dedup`. **Validation**: rules of the real engines and closed forms in `tests/`, an
//! event-by-event twin with hash maps, and real Bloom filters beside the model of one.

mod bloom;
mod expiries;
mod generations;
mod steps;
mod ttl;
mod watermark;

use self::bloom::Filters;
use self::generations::Generations;
use self::ttl::TtlDedup;
use self::watermark::{ByWatermark, Rule};
use super::setup::Setup;
use crate::random::Substream;
use crate::scenario::Dedup;
use crate::units::{Instant, Period, Span};
use crate::workload::{Earlier, Rows, Run};

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is let through, and its id is remembered.
    New,
    /// It is taken for a duplicate.
    Known,
    /// It comes too late to be looked at, and its id is not remembered.
    Late,
}

/// The ids that a streaming pipeline remembers.
#[derive(Clone, Debug)]
pub enum Remembered {
    /// By the clock.
    Ttl(TtlDedup),
    /// By the watermark.
    Watermark(Box<ByWatermark>),
    /// In two maps.
    Generations(Generations),
    /// In two Bloom filters.
    Bloom(Box<Filters>),
}

impl Remembered {
    /// That of a continuous pipeline whose windows allow this lateness.
    #[must_use]
    pub fn continuous(setup: &Setup, lateness: Span, stream: Substream) -> Option<Self> {
        let never = Rule::Never { filters_late: false };
        Some(match setup.dedup? {
            Dedup::EventTime(ttl) => Self::by_watermark(Rule::Timer { ttl, epoch: setup.epoch }, Instant::MIN),
            Dedup::Window => match setup.grid {
                Some(grid) => Self::by_watermark(Rule::Window { grid, lateness }, Instant::MIN),
                None => Self::by_watermark(never, Instant::MIN),
            },
            Dedup::Generations(every) => Self::Generations(Generations::new(every)),
            Dedup::Bloom(every, filter) => Self::Bloom(Box::new(Filters::new(every, filter, setup.sample, stream))),
            Dedup::Ttl(ttl) => Self::Ttl(TtlDedup::new(ttl)),
            // The kinds of Spark are no kinds of this model: the scenario's check says so.
            Dedup::Unbounded | Dedup::UntilWatermark | Dedup::WithinWatermark => {
                Self::by_watermark(never, Instant::MIN)
            }
        })
    }

    /// That of a micro-batch pipeline with this watermark delay.
    #[must_use]
    pub fn micro_batch(setup: &Setup, delay: Span) -> Option<Self> {
        let spark = |rule| Self::Watermark(Box::new(ByWatermark::of_batches(rule, setup.epoch)));
        Some(match setup.dedup? {
            Dedup::Ttl(ttl) => Self::Ttl(TtlDedup::new(ttl)),
            Dedup::UntilWatermark => spark(Rule::Until { delay: Span::ZERO, same_time: true }),
            Dedup::WithinWatermark => spark(Rule::Until { delay, same_time: false }),
            // A query without windows needs no watermark for this, so that no row is late. The kinds of Flink are no
            // kinds of this model: the scenario's check says so.
            _ => spark(Rule::Never { filters_late: setup.window.is_some() }),
        })
    }

    fn by_watermark(rule: Rule, start: Instant) -> Self {
        Self::Watermark(Box::new(ByWatermark::new(rule, start)))
    }

    /// What becomes of a delivery, given the earlier ones of its id.
    #[inline]
    pub fn judge(&mut self, earlier: Option<&[Earlier]>, arrival: Instant, event_time: Instant) -> Verdict {
        let known = match self {
            Self::Ttl(ttl) => ttl.recognises(earlier, arrival),
            Self::Watermark(watermark) => return watermark.judge(earlier, event_time),
            Self::Generations(generations) => generations.recognises(earlier, arrival),
            Self::Bloom(filters) => filters.recognises(earlier, arrival),
        };
        if known { Verdict::Known } else { Verdict::New }
    }

    /// Whether deliveries between two looks at the state may be told in any order.
    #[inline]
    #[must_use]
    pub fn takes_any_order(&self) -> bool {
        matches!(self, Self::Ttl(_))
    }

    /// How many of consecutive first deliveries are let through one after the other.
    #[inline]
    #[must_use]
    pub fn passing(&mut self, rows: Rows<'_>) -> usize {
        match self {
            Self::Ttl(_) | Self::Watermark(_) => rows.len(),
            Self::Generations(generations) => generations.passing(rows),
            Self::Bloom(filters) => filters.passing(rows),
        }
    }

    /// Remembers the plain rows of a run, all let through: no more than [`Self::passing`] says.
    #[inline]
    pub fn remember(&mut self, run: &Run<'_>) {
        match self {
            Self::Ttl(ttl) => ttl.remember(run.plain() as u64),
            Self::Watermark(watermark) => run.event_times().for_each(|events| watermark.remember(events)),
            Self::Generations(generations) => generations.add(run.plain() as u64),
            Self::Bloom(filters) => filters.remember(run.plain() as u64),
        }
    }

    /// Forgets all ids; `fresh` is as this was at the start.
    pub fn forget(&mut self, fresh: &Self) {
        match self {
            Self::Ttl(ttl) => ttl.forget(),
            _ => *self = fresh.clone(),
        }
    }

    /// The event times within `front` at which no row comes too late.
    #[inline]
    #[must_use]
    pub fn in_time(&self, front: Period) -> Period {
        match self {
            Self::Watermark(watermark) => watermark.in_time(front),
            _ => front,
        }
    }

    /// To be called one TTL before a probe.
    pub fn mark(&mut self) {
        if let Self::Ttl(ttl) = self {
            ttl.mark();
        }
    }

    /// The watermark stands at `horizon`, behind all that arrived until `seen`.
    pub fn watermark(&mut self, seen: Instant, horizon: Instant) {
        if let Self::Watermark(watermark) = self {
            watermark.stands_at(seen, horizon);
        }
    }

    /// Whether ids leave when the watermark rises.
    #[must_use]
    pub fn needs_watermark(&self) -> bool {
        matches!(self, Self::Watermark(watermark) if watermark.forgets())
    }

    /// Ids held at a probe; `marked` when [`Self::mark`] was called one TTL before it.
    pub fn ids(&mut self, probe: Instant, marked: bool) -> u64 {
        match self {
            Self::Ttl(ttl) => ttl.ids(marked),
            Self::Watermark(watermark) => watermark.held(),
            Self::Generations(generations) => generations.ids(probe),
            Self::Bloom(filters) => filters.ids(probe),
        }
    }

    /// Ids held while a batch runs, before it evicts any; 0 where ids are counted at the probes only.
    #[must_use]
    pub fn ids_in_batch(&mut self) -> u64 {
        match self {
            Self::Watermark(watermark) => watermark.with_batch(),
            _ => 0,
        }
    }
}
