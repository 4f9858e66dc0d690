//! A real log as a stream: the log's own arrivals, or the scenario's network over its events.

use std::collections::HashMap;

use super::block::{Block, Earlier, History};
use super::calendar::Delivery;
use super::log::Log;
use super::network::Network;
use super::truth::TruthCounter;
use crate::random::{Distribution, Substream};
use crate::scenario::Scenario;
use crate::units::Instant;

/// Rows handed out at a time.
const ROWS: usize = 4_096;

/// A delivery with the number of its id.
type Row = (u32, Delivery);

/// The number of a row that is a duplicate, and the deliveries before it.
type Duplicate = (usize, History);

/// Replays a log, block by block.
#[derive(Clone, Debug)]
pub struct Replay {
    rows: Vec<Row>,
    /// Earlier deliveries of each row that is a duplicate, in order of rows.
    histories: Vec<Duplicate>,
    /// True events by event time, with their keys.
    events: Vec<(Instant, u32)>,
    truth: Option<TruthCounter>,
    row: usize,
    history: usize,
    event: usize,
}

impl Replay {
    /// The log as this replication sees it. A log without arrivals is sent through the scenario's
    /// network, which draws anew in each replication; duplicates of the scenario come on top.
    #[must_use]
    pub fn new(log: &Log, scenario: &Scenario, replication: u32) -> Self {
        let epoch = log.start.unwrap_or(scenario.start).epoch();
        let substream = |purpose: &str| Substream::new(scenario.seed, replication, purpose);
        let mut payload = Payload { of: scenario.workload.payload.clone(), stream: substream("payload") };
        let mut rows = match &log.arrival {
            Some(arrival) => recorded(log, arrival, &mut payload),
            None => sent(log, Network::new(&scenario.workload, epoch, substream), &mut payload),
        };
        rows.sort_by_key(|(_, delivery)| delivery.arrival);
        let (histories, events) = duplicates_and_events(&rows);
        let truth = scenario.job.window.as_ref().map(|window| TruthCounter::new(window, epoch));
        Self { rows, histories, events, truth, row: 0, history: 0, event: 0 }
    }

    /// Fills the next block; false when the log is at its end and the block is empty.
    pub fn next(&mut self, block: &mut Block) -> bool {
        block.clear();
        let from = self.row;
        if from == self.rows.len() {
            return false;
        }
        let mut to = (from + ROWS).min(self.rows.len());
        // Equal arrivals stay in one block: `until` lies after all of them.
        while to < self.rows.len() && self.rows[to].1.arrival == self.rows[to - 1].1.arrival {
            to += 1;
        }
        self.row = to;
        block.until = self.rows[to - 1].1.arrival + crate::units::Span(1);
        for row in from..to {
            self.hand_out(row, block);
        }
        let last = to == self.rows.len();
        let mut keys = Vec::new();
        while let Some(&(event, key)) = self.events.get(self.event)
            && (last || event < block.until)
        {
            block.events.push(event);
            keys.push(key);
            self.event += 1;
        }
        if let Some(truth) = &mut self.truth {
            truth.add(&block.events, &keys, &mut block.windows);
        }
        if let Some(truth) = &mut self.truth {
            truth.close(if last { Instant::MAX } else { block.until }, &mut block.windows);
        }
        true
    }

    fn hand_out(&mut self, row: usize, block: &mut Block) {
        let delivery = &self.rows[row].1;
        block.arrival.push(delivery.arrival);
        block.event_time.push(delivery.event_time);
        block.key.push(delivery.key);
        block.bytes.push(delivery.bytes);
        let known = self.histories.get(self.history).filter(|(of, _)| *of == row);
        block.history.push(if let Some((_, history)) = known {
            block.histories.push(history.clone());
            self.history += 1;
            block.histories.len() as u32
        } else {
            0
        });
    }

    /// The first instant after the last event and the last arrival.
    #[must_use]
    pub fn end(&self) -> Instant {
        let last = self.events.last().map_or(Instant(0), |(event, _)| *event);
        self.rows.last().map_or(last, |(_, row)| row.arrival.max(last)) + crate::units::Span(1)
    }
}

/// Draws payload bytes where the log has none.
struct Payload {
    of: Distribution,
    stream: Substream,
}

impl Payload {
    fn of_row(&mut self, log: &Log, row: usize) -> u32 {
        log.bytes.as_ref().map_or_else(|| self.of.sample(&mut self.stream) as u32, |bytes| bytes[row])
    }
}

fn recorded(log: &Log, arrival: &[Instant], payload: &mut Payload) -> Vec<Row> {
    let rows = arrival.iter().enumerate();
    rows.map(|(row, &arrival)| {
        (log.id[row], Delivery::first(arrival, log.event_time[row], log.key[row], payload.of_row(log, row)))
    })
    .collect()
}

fn sent(log: &Log, mut network: Network, payload: &mut Payload) -> Vec<Row> {
    let mut rows = Vec::with_capacity(log.id.len());
    let mut copies = Vec::new();
    network.prepare(log.id.len());
    for row in 0..log.id.len() {
        let bytes = payload.of_row(log, row);
        let first = network.deliver(row, log.event_time[row], log.key[row], bytes, &mut copies);
        if copies.is_empty() {
            copies.push(first);
        }
        rows.extend(copies.drain(..).map(|copy| (log.id[row], copy)));
    }
    rows
}

/// For each row that is a duplicate the deliveries before it, and the true events: the first
/// delivery of each id, by event time.
fn duplicates_and_events(rows: &[Row]) -> (Vec<Duplicate>, Vec<(Instant, u32)>) {
    let ids = rows.iter().map(|(id, _)| *id as usize + 1).max().unwrap_or(0);
    let mut copies = vec![0_u32; ids];
    rows.iter().for_each(|(id, _)| copies[*id as usize] += 1);
    let mut delivered: HashMap<u32, Vec<Earlier>> = HashMap::new();
    for (id, delivery) in rows.iter().filter(|(id, _)| copies[*id as usize] > 1) {
        let earlier = Earlier { arrival: delivery.arrival, event_time: delivery.event_time };
        delivered.entry(*id).or_default().push(earlier);
    }
    let mut shared: HashMap<u32, History> = delivered
        .into_iter()
        .map(|(id, deliveries)| (id, History { deliveries: deliveries.into(), before: 0 }))
        .collect();
    let mut histories = Vec::new();
    let mut events = Vec::new();
    for (row, (id, delivery)) in rows.iter().enumerate() {
        match shared.get_mut(id) {
            Some(history) if history.before > 0 => {
                histories.push((row, history.clone()));
                history.before += 1;
                continue;
            }
            Some(history) => history.before = 1,
            None => {}
        }
        events.push((delivery.event_time, delivery.key));
    }
    events.sort_unstable();
    (histories, events)
}
