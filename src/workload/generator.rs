//! The synthetic stream: events as users make them, sent through the network into the calendar.
//!
//! Two parts, which may work at the same time: [`Source`] draws events and the delays of their first deliveries, ahead by as much
//! as one likes, since nothing that happens on their way changes them; [`Sender`] sends them.

use std::ops::Range;

use super::activity::{Activity, Events};
use super::amounts::Item;
use super::arrivals::peak_rate;
use super::bins;
use super::block::{Block, Lost};
use super::calendar::Calendar;
use super::delivery::{Copied, Tagged};
use super::draft::Drafts;
use super::drawn::Drawn;
use super::funnel::{Steps, TrueFunnel};
use super::network::{Delays, Event, Network, Sent};
use super::true_sessions::SessionTruth;
use super::truth::TruthCounter;
use crate::random::Substream;
use crate::scenario::{self, Scenario};
use crate::units::{Instant, Period, Span};

/// Draws events, bucket by bucket.
// In lines of the cache of its own: the sender, which lies beside it, may work on another core.
#[repr(align(128))]
#[derive(Clone, Debug)]
pub struct Source {
    activity: Activity,
    delays: Option<Delays>,
    /// Whether events must be drawn with who and what they are: blocks show it, or the network asks
    /// for the user.
    tagged: bool,
    /// Whether blocks show it.
    shown: bool,
    /// From where on events are drawn next.
    from: Instant,
    /// log₂ of the length of a bucket.
    shift: u32,
}

impl Source {
    /// Draws the events of the next bucket.
    pub fn draw(&mut self, drawn: &mut Drawn) {
        let Drawn { events, arrivals, words, bins } = drawn;
        let until = self.from + Span(1 << self.shift);
        self.activity.fill(until, self.tagged, events);
        if let Some(delays) = &mut self.delays {
            delays.fill(&events.at, arrivals);
        }
        words.make(events, arrivals, self.from, self.shift, self.shown);
        // Here, where they still are in the cache: who sends may be another core.
        bins::count(&events.at, bins);
        self.from = until;
    }
}

/// Sends events, each through the network into the calendar. `T` is a tag that says what each row is, or `()`.
#[derive(Clone, Debug)]
pub struct Sender<T = ()> {
    network: Network,
    calendar: Calendar<T>,
    truth: Option<TruthCounter>,
    sessions: Option<SessionTruth>,
    funnel: Option<TrueFunnel>,
    measured: Period,
    last_measured: Instant,
    sent: Vec<Sent>,
    copies: Vec<Copied<T>>,
}

/// Generates a stream without end, block by block.
#[derive(Clone, Debug)]
pub struct Generator<T = ()> {
    /// What draws.
    pub source: Source,
    /// What sends.
    pub sender: Sender<T>,
    drawn: Drawn,
}

impl<T: Tagged> Generator<T> {
    /// The stream of a replication; `None` for a scenario that replays a log.
    #[must_use]
    pub fn new(scenario: &Scenario, replication: u32) -> Option<Self> {
        let workload = &scenario.workload;
        let scenario::Source::Poisson(rates) = &workload.source else { return None };
        let epoch = scenario.start.epoch();
        let substream = |purpose: &str| Substream::new(scenario.seed, replication, purpose);
        let calendar = Calendar::new(peak_rate(&workload.source, epoch) / f64::from(workload.sample));
        let source = Source {
            activity: Activity::new(workload, rates, epoch, substream),
            delays: Delays::new(workload, substream),
            tagged: T::SHOWN || Activity::has_tags(workload) || Network::asks_for_users(workload),
            shown: T::SHOWN,
            from: Instant(0),
            shift: calendar.shift(),
        };
        let sender = Sender {
            network: Network::new(workload, epoch, scenario.measured(None).to, substream),
            calendar,
            truth: scenario.job.window.as_ref().and_then(|window| TruthCounter::new(window, epoch)),
            sessions: scenario.job.window.as_ref().and_then(SessionTruth::new),
            // Its types are the scenario's own.
            funnel: Steps::resolve(scenario, None).ok().flatten().map(TrueFunnel::new),
            measured: scenario.measured(None),
            last_measured: Instant::MIN,
            sent: Vec::new(),
            copies: Vec::new(),
        };
        Some(Self { source, sender, drawn: Drawn::default() })
    }

    /// Fills the next block.
    pub fn next(&mut self, block: &mut Block) {
        self.source.draw(&mut self.drawn);
        self.sender.send(&mut self.drawn, block, None);
    }
}

impl<T: Tagged> Sender<T> {
    /// Fills the next block from what the source has drawn next; its rows as a draft, if there is one for them, or at once.
    pub fn send(&mut self, drawn: &mut Drawn, block: &mut Block, drafts: Option<&mut Drafts>) {
        block.clear();
        let until = self.calendar.due();
        let events = &drawn.events;
        let count = events.at.len();
        let (keys, bytes) = (events.key.values(), events.bytes.values());
        let item = |row: usize| {
            let key = keys[row];
            let user = events.tags.get(row).map_or(key, |tag| tag.user);
            Item { key, bytes: bytes[row], user }
        };
        if let Some(sessions) = &mut self.sessions {
            sessions.add(&events.at, item, &mut block.sessions);
        }
        if let Some(truth) = &mut self.truth {
            truth.add(&events.at, item, &mut block.windows);
        }
        if let Some(funnel) = &mut self.funnel {
            let of = |row: usize| events.tags.get(row).map_or((0, 0), |tag| (tag.user, tag.kind));
            funnel.add(&events.at, of, &mut block.reached);
        }
        let measured = bins::rows_in(self.measured, &events.at, &drawn.bins);
        self.calendar.take_over(drawn);
        let mut row = 0;
        while row < count {
            let plain = self.network.pass_plain(&drawn.events, &drawn.arrivals, row);
            if plain > 0 {
                self.send_plain(row..row + plain, &measured, &drawn.events);
                row += plain;
            }
            if row < count {
                self.take(row, drawn, block);
                row += 1;
            }
        }
        self.network.flush(until, &mut self.sent);
        self.deliver(block);
        // Their times are the block's now, and the column of the block before is filled again.
        std::mem::swap(&mut block.events, &mut drawn.events.at);
        std::mem::swap(&mut block.bins, &mut drawn.bins);
        if let Some(truth) = &mut self.truth {
            truth.close(until, &mut block.windows);
        }
        if let Some(sessions) = &mut self.sessions {
            sessions.close(until, &mut block.sessions);
        }
        match drafts {
            Some(drafts) => self.calendar.pop_draft(block, drafts),
            None => self.calendar.pop(block),
        }
        self.calendar.give_back(drawn);
    }

    /// Sends events that are delivered once, after their drawn delays; some rows of the bucket are measured.
    #[inline]
    fn send_plain(&mut self, rows: Range<usize>, measured: &Range<usize>, events: &Events) {
        let inside = rows.start.max(measured.start)..rows.end.min(measured.end);
        if inside == rows {
            self.last_measured = self.calendar.send(events, rows, self.last_measured);
        } else if inside.is_empty() {
            // Nobody asks for their last one.
            self.calendar.send(events, rows, Instant::MAX);
        } else {
            self.calendar.send(events, rows.start..inside.start, Instant::MAX);
            self.last_measured = self.calendar.send(events, inside.clone(), self.last_measured);
            self.calendar.send(events, inside.end..rows.end, Instant::MAX);
        }
    }

    /// Sends any event.
    fn take(&mut self, row: usize, drawn: &Drawn, block: &mut Block) {
        let (happened, arrival) = self.calendar.send_apart(row, drawn);
        let events = &drawn.events;
        let tag = events.tags.get(row).copied().unwrap_or_default();
        let (key, bytes) = (events.key.values()[row], events.bytes.values()[row]);
        let event = Event { happened, key, bytes, tag, again: None };
        self.network.take(event, arrival - happened, &mut self.sent);
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
