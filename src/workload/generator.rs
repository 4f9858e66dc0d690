//! The synthetic stream: events of a Poisson process, sent through the network into the calendar.

use std::ops::Range;

use super::arrivals::{Arrivals, peak_rate};
use super::block::Block;
use super::calendar::{Calendar, Delivery};
use super::network::Network;
use super::truth::TruthCounter;
use crate::random::{Alias, Distribution, Substream};
use crate::scenario::{Scenario, Source};
use crate::units::{Instant, Period, Span};

/// Generates a stream without end, block by block.
#[derive(Clone, Debug)]
pub struct Generator {
    arrivals: Arrivals,
    keys: Alias,
    key_stream: Substream,
    payload: Distribution,
    payload_stream: Substream,
    network: Network,
    calendar: Calendar,
    truth: Option<TruthCounter>,
    measured: Period,
    last_measured: Instant,
    drawn_keys: Vec<u32>,
    drawn_bytes: Vec<f64>,
    copies: Vec<Delivery>,
}

impl Generator {
    /// The stream of a replication; `None` for a scenario that replays a log.
    #[must_use]
    pub fn new(scenario: &Scenario, replication: u32) -> Option<Self> {
        let workload = &scenario.workload;
        let Source::Poisson { rate, hours } = &workload.source else { return None };
        let epoch = scenario.start.epoch();
        let substream = |purpose: &str| Substream::new(scenario.seed, replication, purpose);
        Some(Self {
            arrivals: Arrivals::new(substream("arrivals"), *rate, hours, epoch),
            keys: Alias::zipf(workload.keys.count, workload.keys.zipf),
            key_stream: substream("keys"),
            payload: workload.payload.clone(),
            payload_stream: substream("payload"),
            network: Network::new(workload, epoch, substream),
            calendar: Calendar::new(peak_rate(&workload.source)),
            truth: scenario.job.window.as_ref().map(|window| TruthCounter::new(window, epoch)),
            measured: scenario.measured(None),
            last_measured: Instant::MIN,
            drawn_keys: Vec::new(),
            drawn_bytes: Vec::new(),
            copies: Vec::new(),
        })
    }

    /// Fills the next block.
    pub fn next(&mut self, block: &mut Block) {
        block.clear();
        let until = self.calendar.due();
        self.arrivals.fill(until, &mut block.events);
        let count = block.events.len();
        self.draw(count);
        if let Some(truth) = &mut self.truth {
            truth.add(&block.events, &self.drawn_keys, &mut block.windows);
        }
        let mut row = 0;
        while row < count {
            let plain = self.network.pass_plain(count - row);
            self.send_plain(row..row + plain, &block.events);
            row += plain;
            if row < count {
                self.send(row, block.events[row]);
                row += 1;
            }
        }
        if let Some(truth) = &mut self.truth {
            truth.close(until, &mut block.windows);
        }
        self.calendar.pop(block);
    }

    /// Sends events that are delivered once, after their drawn delay.
    #[inline]
    fn send_plain(&mut self, rows: Range<usize>, events: &[Instant]) {
        let columns = events[rows.clone()]
            .iter()
            .zip(&self.network.delays()[rows.clone()])
            .zip(&self.drawn_keys[rows.clone()])
            .zip(&self.drawn_bytes[rows]);
        for (((event, delay), key), bytes) in columns {
            let first = Delivery::first(*event + Span::from_micros_f64(*delay), *event, *key, *bytes as u32);
            if self.measured.contains(*event) {
                self.last_measured = self.last_measured.max(first.arrival);
            }
            self.calendar.push(first);
        }
    }

    /// Sends any event.
    fn send(&mut self, row: usize, event: Instant) {
        let (key, bytes) = (self.drawn_keys[row], self.drawn_bytes[row] as u32);
        let first = self.network.deliver(row, event, key, bytes, &mut self.copies);
        if self.copies.is_empty() {
            self.note(first);
            self.calendar.push(first);
        } else {
            for copy in 0..self.copies.len() {
                self.note(self.copies[copy]);
            }
            self.calendar.push_copies(&mut self.copies);
            self.copies.clear();
        }
    }

    /// Draws what the next `count` events are, column by column.
    fn draw(&mut self, count: usize) {
        self.keys.fill(&mut self.key_stream, count, &mut self.drawn_keys);
        self.payload.fill(&mut self.payload_stream, count, &mut self.drawn_bytes);
        self.network.prepare(count);
    }

    #[inline]
    fn note(&mut self, delivery: Delivery) {
        if self.measured.contains(delivery.event_time) {
            self.last_measured = self.last_measured.max(delivery.arrival);
        }
    }

    /// Whether every delivery of a measured event has been handed out, given the last block.
    #[must_use]
    pub fn measured_delivered(&self, block: &Block) -> bool {
        block.until >= self.measured.to && block.until > self.last_measured
    }
}
