//! A real log as a stream: the log's own arrivals, or the scenario's network over its events.
//!
//! Deliveries, true events and what is known of ids delivered more than once are each read in order of time
//! and merged. Only ids between their first and their last delivery are held.

use std::collections::HashMap;

use super::amounts::Item;
use super::block::{Block, Lost, Tag};
use super::delivery::Copied;
use super::funnel::{Steps, TrueFunnel};
use super::log::Log;
use super::log::records::{Again, Happened, Row};
use super::log::spooled::{Spooled, Spooler};
use super::network::{Delays, Event, Network, Sent};
use super::notes::{Earlier, Known, Note};
use super::spool::{Reader, SMALL_RUN_BYTES};
use super::true_sessions::SessionTruth;
use super::truth::TruthCounter;
use crate::error::{Error, Result};
use crate::random::{Distribution, Substream};
use crate::scenario::Scenario;
use crate::units::{Instant, Span};

/// Rows, and events, handed out at a time.
const ROWS: usize = 4_096;

/// The same when all are of one instant: then a block ends amid that instant.
const TIES: usize = 1 << 16;

/// Replays a log, block by block.
#[derive(Clone, Debug)]
pub struct Replay {
    spooled: Spooled,
    rows: Reader<Row>,
    again: Reader<Again>,
    events: Reader<Happened>,
    lost: Reader<Row>,
    /// Earlier deliveries of ids that are between their first and their last.
    flying: HashMap<u32, Vec<Earlier>>,
    /// 1970-01-01 in simulated time: what the log's times are counted from.
    epoch: Instant,
    payload: Option<Payload>,
    truth: Option<TruthCounter>,
    sessions: Option<SessionTruth>,
    funnel: Option<TrueFunnel>,
    tagged: bool,
    /// The last arrival of a delivery of a measured event; `None` when the log is measured to its end.
    last_measured: Option<Instant>,
    /// Keys of the block's events.
    keys: Vec<u32>,
    /// Their bytes, users and types.
    items: Vec<(u32, u32, u8)>,
}

impl Replay {
    /// The log as this replication sees it, on the clock that begins at [`Log::origin`]. A log without arrivals
    /// is sent through the scenario's network, which draws anew in each replication; duplicates of the scenario
    /// come on top.
    ///
    /// # Errors
    /// When temporary files cannot be read or written.
    pub fn new(log: &Log, scenario: &Scenario, replication: u32) -> Result<Self> {
        let epoch = log.origin(scenario.start).epoch();
        let substream = |purpose: &str| Substream::new(scenario.seed, replication, purpose);
        let draws = || Payload { of: scenario.workload.payload.clone(), stream: substream("payload") };
        let mut payload = (!log.has_bytes).then(draws);
        let spooled = if log.has_arrivals {
            log.spooled.clone()
        } else {
            let network = Network::new(&scenario.workload, epoch, Instant::MAX, substream);
            let delays = Delays::new(&scenario.workload, substream);
            sent(&log.spooled, network, delays, payload.take(), epoch)?
        };
        let measured = scenario.measured(Some(epoch + Span(spooled.last) + Span(1)));
        let last_measured = match scenario.duration {
            None => None,
            // Looked for from the end: a log that was written for this period ends soon after it.
            Some(_) => {
                let last = spooled.rows.last_where(|row| measured.contains(epoch + Span(row.truth)))?;
                Some(last.map_or(Instant::MIN, |row| epoch + Span(row.arrival)))
            }
        };
        Ok(Self {
            rows: spooled.rows.read(),
            again: spooled.again.read(),
            events: spooled.events.read(),
            lost: spooled.lost.read(),
            spooled,
            flying: HashMap::new(),
            epoch,
            payload,
            truth: scenario.job.window.as_ref().and_then(|window| TruthCounter::new(window, epoch)),
            sessions: scenario.job.window.as_ref().and_then(SessionTruth::new),
            funnel: Steps::resolve(scenario, Some(log))?.map(TrueFunnel::new),
            tagged: false,
            last_measured,
            keys: Vec::new(),
            items: Vec::new(),
        })
    }

    /// Asks for tags in the blocks.
    pub fn tag(&mut self) {
        self.tagged = true;
    }

    /// Fills the next block; false when the log is at its end and the block is empty.
    ///
    /// # Errors
    /// When temporary files cannot be read.
    pub fn next(&mut self, block: &mut Block) -> Result<bool> {
        block.clear();
        self.keys.clear();
        self.items.clear();
        let mut last = i64::MIN;
        // Events and arrivals in order of time, so that a block that ends anywhere has all before its end.
        let next = loop {
            let event = self.events.peek()?.map(|event| event.truth);
            let row = self.rows.peek()?.map(|row| row.arrival);
            let (Some(at), is_event) = (match (event, row) {
                (Some(event), Some(row)) if event <= row => (Some(event), true),
                (Some(event), None) => (Some(event), true),
                (_, row) => (row, false),
            }) else {
                break None;
            };
            let filled = block.len().max(block.events.len());
            if filled >= ROWS && (at > last || filled >= TIES) {
                break Some(at);
            }
            last = at;
            if is_event {
                if let Some(event) = self.events.next()? {
                    block.events.push(self.epoch + Span(event.truth));
                    self.keys.push(self.spooled.keys.of(event.key));
                    self.items.push((event.bytes, event.user, event.kind));
                }
            } else if let Some(row) = self.rows.next()? {
                self.hand_out(&row, block)?;
            }
        };
        if block.is_empty() && block.events.is_empty() {
            return Ok(false);
        }
        let until = last + i64::from(next != Some(last));
        block.until = self.epoch + Span(until);
        while let Some(row) = self.lost.peek()?.copied()
            && row.truth < until
        {
            block.lost.push(self.lost(&row));
            self.lost.next()?;
        }
        block.count_events();
        let (keys, items) = (&self.keys, &self.items);
        let item = |row: usize| Item { key: keys[row], bytes: items[row].0, user: items[row].1 };
        let over = if next.is_none() { Instant::MAX } else { block.until };
        if let Some(truth) = &mut self.truth {
            truth.add(&block.events, item, &mut block.windows);
            truth.close(over, &mut block.windows);
        }
        if let Some(sessions) = &mut self.sessions {
            sessions.add(&block.events, item, &mut block.sessions);
            sessions.close(over, &mut block.sessions);
        }
        if let Some(funnel) = &mut self.funnel {
            let items = &self.items;
            let of = |row: usize| items.get(row).map_or((0, 0), |(_, user, kind)| (*user, *kind));
            funnel.add(&block.events, of, &mut block.reached);
        }
        Ok(true)
    }

    fn hand_out(&mut self, row: &Row, block: &mut Block) -> Result<()> {
        let (arrival, event_time) = (self.epoch + Span(row.arrival), self.epoch + Span(row.event));
        block.arrival.push(arrival);
        block.event_time.push(event_time);
        block.key.push(self.spooled.keys.of(row.key));
        block.bytes.push(self.payload.as_mut().map_or(row.bytes, Payload::draw));
        let mark = match self.again.peek()? {
            Some(mark) if mark.order == row.order => self.again.next()?,
            _ => None,
        };
        let happened = (row.truth != row.event).then(|| self.epoch + Span(row.truth));
        let mut note = Note { happened, ..Note::default() };
        if let Some(mark) = mark {
            let earlier = self.flying.entry(mark.group).or_default();
            note.before = earlier.len();
            if note.before > 0 {
                note.known = Known::Many(earlier.as_slice().into());
            }
            if mark.last {
                self.flying.remove(&mark.group);
            } else {
                earlier.push(Earlier { arrival, event_time });
            }
        }
        if note.before > 0 || happened.is_some() {
            block.notes.push(block.arrival.len() - 1, note);
        }
        if self.tagged {
            block.tags.push(tag(row, mark.map_or(row.order, |mark| mark.group)));
        }
        Ok(())
    }

    fn lost(&self, row: &Row) -> Lost {
        Lost {
            happened: self.epoch + Span(row.truth),
            event_time: self.epoch + Span(row.event),
            key: self.spooled.keys.of(row.key),
            bytes: row.bytes,
            tag: tag(row, row.order),
            known: false,
        }
    }

    /// The first instant after the last event and the last arrival.
    #[must_use]
    pub fn end(&self) -> Instant {
        self.epoch + Span(self.spooled.last) + Span(1)
    }

    /// When the last delivery of a measured event arrives; [`Instant::MAX`] when the scenario has no duration: then the
    /// log is measured to its end.
    #[must_use]
    pub fn last_measured(&self) -> Instant {
        self.last_measured.unwrap_or(Instant::MAX)
    }
}

fn tag(row: &Row, id: u32) -> Tag {
    Tag { id, user: row.user, session: row.session, position: row.position, kind: row.kind }
}

/// Draws payload bytes where the log has none.
#[derive(Clone, Debug)]
struct Payload {
    of: Distribution,
    stream: Substream,
}

impl Payload {
    fn draw(&mut self) -> u32 {
        self.of.sample(&mut self.stream) as u32
    }
}

/// The deliveries that a network makes of events.
fn sent(
    events: &Spooled,
    network: Network,
    mut delays: Option<Delays>,
    mut payload: Option<Payload>,
    epoch: Instant,
) -> Result<Spooled> {
    let mut sending = Sending {
        network,
        epoch,
        spooler: Spooler::new(SMALL_RUN_BYTES),
        odd: HashMap::new(),
        leaving: Vec::new(),
        copies: Vec::new(),
        order: 0,
    };
    let (mut reader, mut again) = (events.rows.read(), events.again.read());
    let mut rows = Vec::with_capacity(ROWS);
    let (mut at, mut arrivals) = (Vec::new(), Vec::new());
    loop {
        rows.clear();
        while rows.len() < ROWS
            && let Some(row) = reader.next()?
        {
            rows.push(row);
        }
        if rows.is_empty() {
            break;
        }
        if let Some(delays) = &mut delays {
            at.clear();
            at.extend(rows.iter().map(|row| epoch + Span(row.truth)));
            delays.fill(&at, &mut arrivals);
        }
        for (place, row) in rows.iter().enumerate() {
            let mark = match again.peek()? {
                Some(mark) if mark.order == row.order => again.next()?,
                _ => None,
            };
            let bytes = payload.as_mut().map_or(row.bytes, Payload::draw);
            let row = Row { key: events.keys.of(row.key), bytes, ..*row };
            let delay = arrivals.get(place).zip(at.get(place)).map_or(Span::ZERO, |(arrival, at)| *arrival - *at);
            sending.take(&row, delay, mark.map(|mark| mark.group))?;
        }
    }
    sending.network.flush(Instant::MAX, &mut sending.leaving);
    sending.deliver()?;
    sending.spooler.finish(usize::MAX, true)?.map_err(|_| too_many())
}

/// Events on their way through a network.
struct Sending {
    network: Network,
    epoch: Instant,
    spooler: Spooler,
    /// How far the clock of an event is off and which other rows have its id, for those that are not plain: by
    /// place in the file, until they leave their device.
    odd: HashMap<u32, (i64, Option<u32>)>,
    leaving: Vec<Sent>,
    copies: Vec<Copied>,
    order: u32,
}

impl Sending {
    fn take(&mut self, row: &Row, delay: Span, group: Option<u32>) -> Result<()> {
        let skew = row.event - row.truth;
        if skew != 0 || group.is_some() {
            self.odd.insert(row.order, (skew, group));
        }
        let happened = self.epoch + Span(row.truth);
        let event = Event { happened, key: row.key, bytes: row.bytes, tag: tag(row, row.order), again: None };
        self.network.take(event, delay, &mut self.leaving);
        self.deliver()
    }

    /// Keeps the deliveries of what has left its device.
    fn deliver(&mut self) -> Result<()> {
        for place in 0..self.leaving.len() {
            let sent = self.leaving[place];
            let Event { happened, key, bytes, tag, .. } = sent.event;
            let (skew, group) = self.odd.remove(&tag.id).unwrap_or_default();
            let id = u128::from(group.unwrap_or(tag.id));
            let made = Row {
                key,
                bytes,
                user: tag.user,
                session: tag.session,
                position: tag.position,
                kind: tag.kind,
                ..Row::default()
            };
            let micros = |at: Instant| (at - self.epoch).0;
            self.copies.clear();
            self.network.deliver(&sent, &mut self.copies);
            let lost = self.copies.iter().all(|copy| copy.happened > happened);
            if lost {
                let event = micros(self.network.carried(&sent.event)) + skew;
                let row = Row { order: self.order, event, truth: micros(happened), ..made };
                self.spooler.lose(row, id)?;
                self.order = self.order.checked_add(1).ok_or_else(too_many)?;
            }
            let alone = group.is_none() && self.copies.len() == 1 && !lost;
            for copy in &self.copies {
                let event = micros(copy.delivery.event_time) + skew;
                let (arrival, truth) = (micros(copy.delivery.arrival), micros(copy.happened));
                let row = Row { arrival, order: self.order, event, truth, ..made };
                self.spooler.deliver(row, (!alone).then_some(id))?;
                self.order = self.order.checked_add(1).ok_or_else(too_many)?;
            }
        }
        self.leaving.clear();
        Ok(())
    }
}

fn too_many() -> Error {
    Error::Model("a log with its duplicates has more than four billion deliveries".to_owned())
}
