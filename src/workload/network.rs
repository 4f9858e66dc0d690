//! From an event to its deliveries: delay, lateness, duplicates.

use super::calendar::Delivery;
use crate::random::{Distribution, Substream, threshold};
use crate::scenario::Workload;
use crate::units::{DAY, Instant, Span};

/// Draws the deliveries of events. Each knob has a substream of its own.
#[derive(Clone, Debug)]
pub struct Network {
    delay: Distribution,
    delay_stream: Substream,
    copy_stream: Substream,
    late: Option<Chance>,
    decisions: Option<Decisions>,
    epoch: Instant,
    /// Delays drawn ahead, for the first deliveries of a block.
    delays: Vec<f64>,
}

/// A share of events to which something happens, and how much of it.
#[derive(Clone, Debug)]
struct Chance {
    threshold: u64,
    amount: Option<Distribution>,
    stream: Substream,
}

/// Which events are delivered again. One random word an event decides both kinds.
#[derive(Clone, Debug)]
struct Decisions {
    stream: Substream,
    retry: Chance,
    repeat: Chance,
}

impl Network {
    /// The network and the duplicates of a workload; `epoch` is 1970-01-01 in simulated time.
    #[must_use]
    pub fn new(workload: &Workload, epoch: Instant, substream: impl Fn(&str) -> Substream) -> Self {
        let chance = |purpose: &str, share: f64, amount: Option<Distribution>| Chance {
            threshold: threshold(share),
            amount,
            stream: substream(purpose),
        };
        let late = workload.network.late.as_ref().map(|late| chance("late", late.share, Some(late.after.clone())));
        let retry = workload.duplicates.retry.as_ref();
        let repeat = workload.duplicates.repeat.as_ref();
        let decisions = (retry.is_some() || repeat.is_some()).then(|| Decisions {
            stream: substream("duplicates"),
            retry: chance("retry", retry.map_or(0.0, |retry| retry.share), retry.map(|retry| retry.after.clone())),
            repeat: chance(
                "repeat",
                repeat.map_or(0.0, |repeat| repeat.share),
                repeat.and_then(|repeat| repeat.after.clone()),
            ),
        });
        Self {
            delay: workload.network.delay.clone(),
            delay_stream: substream("delay"),
            copy_stream: substream("delay of copies"),
            late,
            decisions,
            epoch,
            delays: Vec::new(),
        }
    }

    /// Draws the delays of the next `count` first deliveries.
    pub fn prepare(&mut self, count: usize) {
        self.delay.fill(&mut self.delay_stream, count, &mut self.delays);
    }

    /// Makes a drawn delay that of a delivery: some are late by more.
    #[inline]
    fn lengthen(&mut self, delay: f64) -> Span {
        let mut delay = Span::from_micros_f64(delay);
        if let Some(late) = &mut self.late
            && late.stream.bits() >> 32 < late.threshold
            && let Some(further) = &late.amount
        {
            delay = delay + Span::from_micros_f64(further.sample(&mut late.stream));
        }
        delay
    }

    /// The delivery of event `row` of those prepared. If it is delivered again, all its copies go
    /// into `copies`, which is otherwise left empty.
    #[inline]
    pub fn deliver(
        &mut self,
        row: usize,
        event: Instant,
        key: u32,
        bytes: u32,
        copies: &mut Vec<Delivery>,
    ) -> Delivery {
        let delay = self.delays[row];
        let first = Delivery::first(event + self.lengthen(delay), event, key, bytes);
        if let Some(decisions) = &mut self.decisions {
            let word = decisions.stream.bits();
            let (retried, repeated) =
                (word & 0xffff_ffff < decisions.retry.threshold, word >> 32 < decisions.repeat.threshold);
            if retried || repeated {
                self.copy(first, retried, repeated, copies);
            }
        }
        first
    }

    #[cold]
    fn copy(&mut self, first: Delivery, retried: bool, repeated: bool, copies: &mut Vec<Delivery>) {
        let Some(decisions) = &mut self.decisions else { return };
        if retried {
            let after = decisions.retry.amount.as_ref().map_or(0.0, |after| after.sample(&mut decisions.retry.stream));
            copies.push(Delivery::first(
                first.arrival + Span::from_micros_f64(after),
                first.event_time,
                first.key,
                first.bytes,
            ));
        }
        if repeated {
            let midnight = first.event_time.next_multiple(Span(DAY), self.epoch);
            let rest = (midnight - first.event_time).0 as f64;
            let stream = &mut decisions.repeat.stream;
            let after = match &decisions.repeat.amount {
                Some(after) => Span::from_micros_f64(after.sample(stream)),
                None => Span((stream.unit() * rest) as i64),
            };
            let again = first.event_time + after;
            if again < midnight {
                let delay = self.delay.sample(&mut self.copy_stream);
                copies.push(Delivery::first(again + self.lengthen(delay), again, first.key, first.bytes));
            }
        }
        if !copies.is_empty() {
            copies.push(first);
            // The one sent first stands first: it wins a tie of arrival.
            copies.rotate_right(1);
        }
    }
}
