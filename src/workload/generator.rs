//! The synthetic stream: events as users make them, sent through the network into the calendar.

use std::ops::Range;

use super::activity::{Activity, Events};
use super::amounts::Item;
use super::arrivals::peak_rate;
use super::block::{Block, Lost, Tag};
use super::calendar::Calendar;
use super::delivery::{Copied, Tagged};
use super::funnel::{Steps, TrueFunnel};
use super::network::{Event, Network, Sent};
use super::true_sessions::SessionTruth;
use super::truth::TruthCounter;
use crate::random::Substream;
use crate::scenario::{Scenario, Source};
use crate::units::{Instant, Period};

/// Generates a stream without end, block by block; with `T` a [`Tag`] rows say what they are.
#[derive(Clone, Debug)]
pub struct Generator<T = ()> {
    activity: Activity,
    network: Network,
    calendar: Calendar<T>,
    truth: Option<TruthCounter>,
    sessions: Option<SessionTruth>,
    funnel: Option<TrueFunnel>,
    measured: Period,
    last_measured: Instant,
    /// Whether events must be drawn with who and what they are: blocks show it, or the network asks
    /// for the user.
    tagged: bool,
    events: Events,
    sent: Vec<Sent>,
    copies: Vec<Copied<T>>,
}

impl<T: Tagged> Generator<T> {
    /// The stream of a replication; `None` for a scenario that replays a log.
    #[must_use]
    pub fn new(scenario: &Scenario, replication: u32) -> Option<Self> {
        let workload = &scenario.workload;
        let Source::Poisson(rates) = &workload.source else { return None };
        let epoch = scenario.start.epoch();
        let substream = |purpose: &str| Substream::new(scenario.seed, replication, purpose);
        Some(Self {
            activity: Activity::new(workload, rates, epoch, substream),
            network: Network::new(workload, epoch, scenario.measured(None).to, substream),
            calendar: Calendar::new(peak_rate(&workload.source, epoch) / f64::from(workload.sample)),
            truth: scenario.job.window.as_ref().and_then(|window| TruthCounter::new(window, epoch)),
            sessions: scenario.job.window.as_ref().and_then(SessionTruth::new),
            // Its types are the scenario's own.
            funnel: Steps::resolve(scenario, None).ok().flatten().map(TrueFunnel::new),
            measured: scenario.measured(None),
            last_measured: Instant::MIN,
            tagged: T::SHOWN || Activity::has_tags(workload) || Network::asks_for_users(workload),
            events: Events::default(),
            sent: Vec::new(),
            copies: Vec::new(),
        })
    }

    /// Fills the next block, its rows as a draft or at once.
    pub fn next(&mut self, block: &mut Block, as_draft: bool) {
        block.clear();
        let until = self.calendar.due();
        let mut events = std::mem::take(&mut self.events);
        self.activity.fill(until, self.tagged, &mut events);
        let count = events.at.len();
        self.network.prepare_arrivals(&events.at);
        let item = |row: usize| {
            let key = events.key[row];
            let user = events.tags.get(row).map_or(key, |tag| tag.user);
            Item { key, bytes: events.bytes[row] as u32, user }
        };
        if let Some(sessions) = &mut self.sessions {
            sessions.add(&events.at, &events.key, item, &mut block.sessions);
        }
        if let Some(truth) = &mut self.truth {
            truth.add(&events.at, &events.key, item, &mut block.windows);
        }
        if let Some(funnel) = &mut self.funnel {
            let of = |row: usize| events.tags.get(row).map_or((0, 0), |tag| (tag.user, tag.kind));
            funnel.add(&events.at, of, &mut block.reached);
        }
        self.calendar.take_over(&events, self.network.arrivals());
        let mut row = 0;
        while row < count {
            let plain = self.network.pass_plain(&events, row);
            if plain > 0 {
                self.send_plain(row..row + plain, &events);
                row += plain;
            }
            if row < count {
                self.take(row, &events, block);
                row += 1;
            }
        }
        self.network.flush(until, &mut self.sent);
        self.deliver(block);
        // Their times are the block's now, and the column of the block before is filled again.
        std::mem::swap(&mut block.events, &mut events.at);
        self.events = events;
        if let Some(truth) = &mut self.truth {
            truth.close(until, &mut block.windows);
        }
        if let Some(sessions) = &mut self.sessions {
            sessions.close(until, &mut block.sessions);
        }
        if as_draft { self.calendar.pop_draft(block) } else { self.calendar.pop(block) }
    }

    /// Sends events that are delivered once, after their drawn delays.
    #[inline]
    fn send_plain(&mut self, rows: Range<usize>, events: &Events) {
        let arrivals = self.network.arrivals();
        if self.measured.contains(events.at[rows.start]) && self.measured.contains(events.at[rows.end - 1]) {
            self.last_measured = self.calendar.send(events, rows, arrivals, self.last_measured);
            return;
        }
        // Events rise: before, within and after the measured period.
        let before = |at: Instant| rows.start + events.at[rows.clone()].partition_point(|event| *event < at);
        let inside = before(self.measured.from)..before(self.measured.to);
        for part in [rows.start..inside.start, inside.clone(), inside.end..rows.end] {
            if part == inside {
                self.last_measured = self.calendar.send(events, part, arrivals, self.last_measured);
            } else {
                // Nobody asks for their last one.
                self.calendar.send(events, part, arrivals, Instant::MAX);
            }
        }
    }

    /// Sends any event.
    fn take(&mut self, row: usize, events: &Events, block: &mut Block) {
        let tag = events.tags.get(row).copied().unwrap_or_default();
        let (happened, key, bytes) = (events.at[row], events.key[row], events.bytes[row] as u32);
        let event = Event { happened, key, bytes, tag, again: None };
        self.network.take(row, event, &mut self.sent);
        self.deliver(block);
    }

    /// Delivers what has left its device.
    #[inline]
    fn deliver(&mut self, block: &mut Block) {
        for place in 0..self.sent.len() {
            let sent = self.sent[place];
            self.copies.clear();
            self.network.deliver(&sent, &mut self.copies);
            let event = sent.event;
            if self.copies.iter().all(|copy| copy.happened > event.happened) {
                let Event { happened, key, bytes, tag, .. } = event;
                let (event_time, known) = (self.network.carried(&event), !self.copies.is_empty());
                block.lost.push(Lost { happened, event_time, key, bytes, tag, known });
            }
            for copy in &self.copies {
                if self.measured.contains(copy.happened) {
                    self.last_measured = self.last_measured.max(copy.delivery.arrival);
                }
            }
            self.calendar.push_copies(&mut self.copies);
        }
        self.sent.clear();
    }

    /// Fills a last block with all that is on its way, without further events.
    pub fn drain(&mut self, block: &mut Block) {
        block.clear();
        self.network.flush(Instant::MAX, &mut self.sent);
        self.deliver(block);
        self.calendar.drain(block);
    }

    /// When the last delivery of a measured event arrives of those that have been sent; [`Instant::MAX`] while a device
    /// holds one.
    #[must_use]
    pub fn last_measured(&self) -> Instant {
        if self.network.holds() { Instant::MAX } else { self.last_measured }
    }
}

/// A stream whose rows say what they are.
pub type TaggedGenerator = Generator<Tag>;
