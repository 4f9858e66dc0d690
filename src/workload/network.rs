//! From an event to its deliveries: delay, lateness, duplicates.

use super::calendar::Delivery;
use crate::random::{Distribution, Skips, Substream};
use crate::scenario::{ShareOf, Workload};
use crate::units::{DAY, Instant, Span};

/// Draws the deliveries of events. Each knob has a substream of its own.
#[derive(Clone, Debug)]
pub struct Network {
    delay: Distribution,
    delay_stream: Substream,
    copy_stream: Substream,
    late: Chance,
    retry: Chance,
    repeat: Chance,
    epoch: Instant,
    /// Delays drawn ahead, for the first deliveries of a block.
    delays: Vec<f64>,
}

/// A share of events to which something happens, and how much of it.
#[derive(Clone, Debug)]
struct Chance {
    skips: Skips,
    amount: Option<Distribution>,
    stream: Substream,
}

impl Network {
    /// The network and the duplicates of a workload; `epoch` is 1970-01-01 in simulated time.
    #[must_use]
    pub fn new(workload: &Workload, epoch: Instant, substream: impl Fn(&str) -> Substream) -> Self {
        let chance = |purpose: &str, share: f64, amount: Option<Distribution>| Chance {
            skips: Skips::new(substream(&format!("which {purpose}")), share),
            amount,
            stream: substream(purpose),
        };
        let share_of = |purpose: &str, of: Option<&ShareOf>| {
            chance(purpose, of.map_or(0.0, |of| of.share), of.map(|of| of.after.clone()))
        };
        let repeat = workload.duplicates.repeat.as_ref();
        Self {
            delay: workload.network.delay.clone(),
            delay_stream: substream("delay"),
            copy_stream: substream("delay of copies"),
            late: share_of("late", workload.network.late.as_ref()),
            retry: share_of("retry", workload.duplicates.retry.as_ref()),
            repeat: chance(
                "repeat",
                repeat.map_or(0.0, |repeat| repeat.share),
                repeat.and_then(|repeat| repeat.after.clone()),
            ),
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
        let delay = Span::from_micros_f64(delay);
        if self.late.skips.hit() { delay + self.late.draw() } else { delay }
    }

    /// How many of the next events, at most `most`, are neither late nor delivered again: they need
    /// only their [`Self::delays`].
    #[inline]
    pub fn pass_plain(&mut self, most: usize) -> usize {
        let chances = [&mut self.late.skips, &mut self.retry.skips, &mut self.repeat.skips];
        let plain = chances.iter().fold(most as u64, |plain, skips| plain.min(skips.misses()));
        chances.into_iter().for_each(|skips| skips.pass(plain));
        plain as usize
    }

    /// The delays prepared, microseconds.
    #[must_use]
    pub fn delays(&self) -> &[f64] {
        &self.delays
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
        let (retried, repeated) = (self.retry.skips.hit(), self.repeat.skips.hit());
        if retried || repeated {
            self.copy(first, retried, repeated, copies);
        }
        first
    }

    #[cold]
    fn copy(&mut self, first: Delivery, retried: bool, repeated: bool, copies: &mut Vec<Delivery>) {
        copies.push(first);
        if retried {
            let again = first.arrival + self.retry.draw();
            copies.push(Delivery::first(again, first.event_time, first.key, first.bytes));
        }
        if repeated {
            let midnight = first.event_time.next_multiple(Span(DAY), self.epoch);
            let again = first.event_time
                + match &self.repeat.amount {
                    Some(_) => self.repeat.draw(),
                    None => Span((self.repeat.stream.unit() * (midnight - first.event_time).0 as f64) as i64),
                };
            if again < midnight {
                let delay = self.delay.sample(&mut self.copy_stream);
                let arrival = again + self.lengthen(delay);
                copies.push(Delivery::first(arrival, again, first.key, first.bytes));
            }
        }
        if copies.len() == 1 {
            copies.clear();
        }
    }
}

impl Chance {
    #[cold]
    fn draw(&mut self) -> Span {
        self.amount.as_ref().map_or(Span::ZERO, |amount| Span::from_micros_f64(amount.sample(&mut self.stream)))
    }
}
