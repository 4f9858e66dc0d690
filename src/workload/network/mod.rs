//! From an event to its deliveries: devices that hold it, delay, lateness, outages, wrong clocks,
//! duplicates and loss.

mod clock;
mod delays;
mod device;
mod outage;

use self::clock::Clocks;
pub use self::delays::Delays;
use self::device::Devices;
use self::outage::Outages;
use super::activity::Events;
use super::block::Tag;
use super::delivery::{Copied, Delivery, Tagged};
use crate::random::{Distribution, Sampler, Skips, Substream};
use crate::scenario::{Duplicates, ShareOf, Workload};
use crate::units::{DAY, Instant, Span};

/// Copies of a retry at most.
const MOST_RETRIES: usize = 1_000;

/// Something that a user did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub happened: Instant,
    /// Key.
    pub key: u32,
    /// Payload bytes.
    pub bytes: u32,
    /// Who did it, and what it was.
    pub tag: Tag,
    /// Whether it is repeated, and when.
    pub again: Option<Instant>,
}

/// An event that leaves its device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sent {
    /// The event.
    pub event: Event,
    /// When it leaves.
    pub at: Instant,
    /// Delay from there to the broker.
    pub delay: Span,
}

/// Draws the deliveries of events. Each knob has a substream of its own.
#[derive(Clone, Debug)]
pub struct Network {
    /// The delay of a repetition.
    delay: Sampler,
    copy_stream: Substream,
    late: Chance,
    retry: Chance,
    retry_again: f64,
    repeat: Chance,
    loss: Skips,
    clocks: Option<Clocks>,
    outages: Outages,
    devices: Option<Devices>,
    epoch: Instant,
}

/// A share of events to which something happens, and how much of it.
#[derive(Clone, Debug)]
struct Chance {
    skips: Skips,
    amount: Option<Distribution>,
    stream: Substream,
}

impl Network {
    /// The network and the duplicates of a workload; `epoch` is 1970-01-01 in simulated time. Whether
    /// devices hold events that happened before `watched` can be asked.
    #[must_use]
    pub fn new(workload: &Workload, epoch: Instant, watched: Instant, substream: impl Fn(&str) -> Substream) -> Self {
        let chance = |purpose: &str, share: f64, amount: Option<Distribution>| Chance {
            skips: Skips::new(substream(&format!("which {purpose}")), share),
            amount,
            stream: substream(purpose),
        };
        let share_of = |purpose: &str, of: Option<&ShareOf>| {
            chance(purpose, of.map_or(0.0, |of| of.share), of.map(|of| of.after.clone()))
        };
        let Duplicates { retry, retry_again, repeat } = &workload.duplicates;
        let repeat = repeat.as_ref();
        Self {
            delay: Sampler::new(workload.network.delay.clone()),
            copy_stream: substream("delay of copies"),
            late: share_of("late", workload.network.late.as_ref()),
            retry: share_of("retry", retry.as_ref()),
            retry_again: *retry_again,
            repeat: chance(
                "repeat",
                repeat.map_or(0.0, |repeat| repeat.share),
                repeat.and_then(|repeat| repeat.after.clone()),
            ),
            loss: Skips::new(substream("loss"), workload.network.loss),
            clocks: Clocks::new(&workload.clock, &substream),
            outages: Outages::new(&workload.network.outages, &substream),
            devices: Devices::new(&workload.network.cohorts, watched, &substream),
            epoch,
        }
    }

    /// How many of the events from a row on are delivered once, at the arrivals drawn for them, and nothing else happens to them.
    #[inline]
    pub fn pass_plain(&mut self, events: &Events, arrivals: &[Instant], from: usize) -> usize {
        if self.devices.is_some() {
            return 0;
        }
        let chances = [&mut self.late.skips, &mut self.retry.skips, &mut self.repeat.skips, &mut self.loss];
        let most = events.at.len() - from;
        let mut plain = chances.iter().fold(most as u64, |plain, skips| plain.min(skips.misses())) as usize;
        if let Some(clocks) = &self.clocks {
            let right = events.tags[from..from + plain].iter().take_while(|tag| clocks.is_right(tag.user));
            plain = right.count();
        }
        // Without outages nobody reads when events happen: their times may lie in another core's cache.
        if !self.outages.is_empty()
            && let Some(first) = events.at.get(from)
            && self.outages.may_hold(*first)
        {
            let arrivals = arrivals[from..from + plain].iter();
            plain = arrivals.take_while(|arrival| !self.outages.is_out(**arrival)).count();
        }
        chances.into_iter().for_each(|skips| skips.pass(plain as u64));
        plain
    }

    /// Takes an event and the delay drawn for its first delivery, and gives what leaves a device by its time: it, unless its
    /// device holds it, and others that were held. Where devices are, they draw delays, and none is asked for.
    #[inline]
    pub fn take(&mut self, mut event: Event, delay: Span, sent: &mut Vec<Sent>) {
        if self.repeat.skips.hit() {
            event.again = self.repetition(event.happened);
        }
        match &mut self.devices {
            None => sent.push(Sent { event, at: event.happened, delay }),
            Some(devices) => devices.take(event, sent),
        }
    }

    /// Whether what happens to an event depends on its user.
    #[must_use]
    pub fn asks_for_users(workload: &Workload) -> bool {
        let network = &workload.network;
        !network.outages.is_empty()
            || !network.cohorts.is_empty()
            || workload.clock.ahead.is_some()
            || workload.clock.behind.is_some()
    }

    /// The event time that an event carries: by its user's clock.
    pub fn carried(&mut self, event: &Event) -> Instant {
        event.happened + self.clocks.as_mut().map_or(Span::ZERO, |clocks| clocks.skew(event.tag.user))
    }

    /// Gives what leaves a device before `until`.
    pub fn flush(&mut self, until: Instant, sent: &mut Vec<Sent>) {
        if let Some(devices) = &mut self.devices {
            devices.flush(until, sent);
        }
    }

    /// Whether a device holds an event that is watched.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.devices.as_ref().is_some_and(Devices::holds)
    }

    /// When the user does it again; `None` past midnight.
    #[cold]
    fn repetition(&mut self, happened: Instant) -> Option<Instant> {
        let midnight = happened.next_multiple(Span(DAY), self.epoch);
        let again = happened
            + match &self.repeat.amount {
                Some(_) => self.repeat.draw(),
                None => Span((self.repeat.stream.unit() * (midnight - happened).0 as f64) as i64),
            };
        (again < midnight).then_some(again)
    }

    /// The deliveries of an event that has left its device: none when all are lost.
    pub fn deliver<T: Tagged>(&mut self, sent: &Sent, copies: &mut Vec<Copied<T>>) {
        let event = &sent.event;
        let user = event.tag.user;
        let tag = T::of(event.tag);
        let skew = self.clocks.as_mut().map_or(Span::ZERO, |clocks| clocks.skew(user));
        let copied = |arrival: Instant, happened: Instant| Copied {
            delivery: Delivery::first(arrival, happened + skew, event.key, event.bytes, tag),
            happened,
        };
        let delay = if self.late.skips.hit() { sent.delay + self.late.draw() } else { sent.delay };
        let mut first = sent.at + delay;
        if !self.outages.is_empty() {
            first = self.outages.pass(first, user, |again| copies.push(copied(again, event.happened)));
        }
        if !self.loss.hit() {
            copies.push(copied(first, event.happened));
        }
        if self.retry.skips.hit() {
            let mut again = first + self.retry.draw();
            for _ in 0..MOST_RETRIES {
                if !self.loss.hit() {
                    copies.push(copied(again, event.happened));
                }
                if self.retry_again == 0.0 || self.retry.stream.unit() >= self.retry_again {
                    break;
                }
                again += self.retry.draw();
            }
        }
        if let Some(again) = event.again {
            let mut delay = Span::from_micros_f64(self.delay.sample(&mut self.copy_stream));
            if self.late.skips.hit() {
                delay = delay + self.late.draw();
            }
            // What its device holds back holds back the repetition too.
            let arrival = self.outages.pass(again.max(sent.at) + delay, user, |_| ());
            if !self.loss.hit() {
                copies.push(copied(arrival, again));
            }
        }
    }
}

impl Chance {
    #[cold]
    fn draw(&mut self) -> Span {
        self.amount.as_ref().map_or(Span::ZERO, |amount| Span::from_micros_f64(amount.sample(&mut self.stream)))
    }
}
