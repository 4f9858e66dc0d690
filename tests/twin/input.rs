//! The deliveries of one replication, one by one, with the id that each belongs to.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::findings::{Counting, Value};
use millstream::pipelines::Frame;
use millstream::scenario::{Model, Overrides, Scenario, WindowBy, parse};
use millstream::units::{HOUR, Instant, MINUTE, Period, Span};
use millstream::workload::{Block, Earlier, Log, Lost, Partitioner, Stream};

/// Probes of a replication, as `experiment` places them.
const PROBES: u32 = 4_096;

/// A delivery.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Number of its event id.
    pub id: usize,
    /// Whether it is the first delivery of its id.
    pub first: bool,
    pub arrival: i64,
    /// The event time that it carries.
    pub event_time: i64,
    /// When it truly happened.
    pub happened: i64,
    /// Partition of the broker that it comes through.
    pub partition: usize,
    pub key: u32,
    /// Who did it; the key, where users are not modelled.
    pub user: u32,
    pub bytes: u64,
}

/// What truly happened in a window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    pub events: u64,
    pub value: Value,
}

/// All that pipelines are given in one replication.
#[derive(Clone, Debug)]
pub struct Input {
    pub scenario: Scenario,
    pub frame: Frame,
    pub blocks: Vec<Block>,
    pub deliveries: Vec<Delivery>,
    /// When events happened that were lost.
    pub lost: Vec<i64>,
    /// Time up to which everything happens; deliveries and control events before it.
    pub until: i64,
    /// End of a log.
    pub end: Option<i64>,
    /// Whether every delivery of a measured event is among them.
    pub complete: bool,
    /// By number of the window; those that are known to be over.
    pub truth: BTreeMap<i64, Truth>,
}

/// Reads a scenario that must be right.
#[track_caller]
pub fn read(text: &str) -> Scenario {
    match parse("twin", text, Path::new("scenarios"), &Overrides::default()) {
        Ok(scenario) => scenario,
        Err(problems) => panic!("{text}\n{problems}"),
    }
}

/// How long after the measured period a replication goes on at most.
pub fn run_out(scenario: &Scenario, measured: Period) -> Span {
    let periods = scenario.pipelines.iter().map(|pipeline| match &pipeline.model {
        Model::Batch(batch) => Span(batch.every.0 * 3) + batch.start_after,
        Model::MicroBatch(micro_batch) => micro_batch.trigger,
        Model::Continuous(continuous) => continuous.watermark_bound,
    });
    periods.max().unwrap_or_default().max(measured.length()).max(Span(HOUR))
}

impl Input {
    /// The stream of replication 0, for `slack` after the measured period; a log whole.
    pub fn new(scenario: &Scenario, log: Option<&Log>, slack: Span) -> Self {
        let mut scenario = scenario.clone();
        if let Some(log) = log {
            scenario.start = log.origin(scenario.start);
        }
        let mut stream = Stream::new(&scenario, log, 0).expect("a stream");
        let measured = scenario.measured(stream.end());
        let frame = Frame::new(scenario.seed, 0, measured, PROBES);
        let last = measured.to + slack.min(run_out(&scenario, measured));
        // A replication looks every minute whether it is at its end.
        let minutes = (last - measured.to).0 / MINUTE + 1;
        let last = measured.to + Span(minutes * MINUTE);
        let mut blocks: Vec<Block> = Vec::new();
        let (mut until, mut complete) = (Instant(0), log.is_some());
        while until < last {
            let mut block = Block::default();
            if !stream.next(&mut block).expect("a log that can be read") {
                break;
            }
            until = block.until;
            let now = block.until.min(last);
            complete |= now >= measured.to && now > block.last_measured;
            if log.is_none() && until > last {
                let rows = block.arrival.partition_point(|arrival| *arrival < last);
                block.arrival.truncate(rows);
                (block.until, until) = (last, last);
            }
            blocks.push(block);
        }
        if let Some(end) = stream.end() {
            until = end;
            while until <= last {
                until += Span(HOUR);
            }
        }
        let end = stream.end().map(|end| end.0);
        let deliveries = deliveries(&scenario, &blocks);
        let lost = lost(&blocks).map(|lost| lost.happened.0).collect();
        let truth = truth(&scenario, &blocks, &deliveries, end.is_some());
        Self { scenario, frame, blocks, deliveries, lost, until: until.0, end, complete, truth }
    }

    /// The same with other probes.
    pub fn with_probes(self, count: u32) -> Self {
        let frame = Frame::new(self.scenario.seed, 0, self.measured(), count);
        Self { frame, ..self }
    }

    pub fn measured(&self) -> Period {
        self.frame.measured
    }

    /// Measured events that were lost.
    pub fn lost(&self) -> usize {
        self.lost.iter().filter(|at| self.measured().contains(Instant(**at))).count()
    }

    /// All events that were delivered or lost: when each happened, its key, user and bytes.
    pub fn events(&self) -> Vec<(i64, u32, u32, u64)> {
        events_of(&self.blocks, &self.deliveries)
    }

    /// Whether a delivery counts in measures.
    pub fn counts(&self, delivery: &Delivery) -> bool {
        self.measured().from.0 <= delivery.happened && delivery.happened < self.measured().to.0
    }
}

/// Follows the earlier deliveries of each row to the id that it belongs to.
fn deliveries(scenario: &Scenario, blocks: &[Block]) -> Vec<Delivery> {
    let partitioner = Partitioner::new(&scenario.workload.partitions);
    let mut deliveries: Vec<Delivery> = Vec::new();
    // Deliveries of each id so far; ids by their first delivery, which need not be unique.
    let mut ids: Vec<Vec<Earlier>> = Vec::new();
    let mut by_first: HashMap<(i64, i64, u32), Vec<usize>> = HashMap::new();
    let mut before = i64::MIN;
    for block in blocks {
        let rows = block.rows(0..block.len());
        for row in 0..rows.len() {
            let (arrival, event_time, key) = (rows.arrival[row], rows.event_time[row], rows.key[row]);
            assert!(arrival.0 >= before && arrival < block.until, "rows are in order of arrival");
            before = arrival.0;
            let earlier = rows.earlier(row);
            let id = match earlier {
                None => {
                    ids.push(Vec::new());
                    by_first.entry((arrival.0, event_time.0, key)).or_default().push(ids.len() - 1);
                    ids.len() - 1
                }
                Some(earlier) => {
                    let candidates = &by_first[&(earlier[0].arrival.0, earlier[0].event_time.0, key)];
                    let same = candidates.iter().find(|id| ids[**id] == earlier);
                    *same.expect("the earlier deliveries of a duplicate were delivered")
                }
            };
            ids[id].push(Earlier { arrival, event_time });
            deliveries.push(Delivery {
                id,
                first: earlier.is_none(),
                arrival: arrival.0,
                event_time: event_time.0,
                happened: rows.happened(row).0,
                partition: partitioner.of(key) as usize,
                key,
                user: rows.item(row).user,
                bytes: u64::from(rows.bytes[row]),
            });
        }
    }
    deliveries
}

/// The true windows, checked against the events and, where all events were delivered, against the
/// deliveries.
fn truth(scenario: &Scenario, blocks: &[Block], deliveries: &[Delivery], replayed: bool) -> BTreeMap<i64, Truth> {
    let Some(window) = &scenario.job.window else { return BTreeMap::new() };
    let epoch = scenario.start.epoch().0;
    let Some(size) = window.size() else { return BTreeMap::new() };
    let number = |at: i64| (at - epoch).div_euclid(size.0);
    let mut told = BTreeMap::new();
    for window in blocks.iter().flat_map(|block| &block.windows) {
        let mut value = Value { whole: window.value(None), keys: None };
        if let Some(keys) = &window.keys {
            value = Value::default();
            keys.iter().for_each(|(key, _)| value.grow(Some(key), window.value(Some(key))));
        }
        let before = told.insert(window.window, Truth { events: window.events, value });
        assert!(before.is_none(), "window {} ends twice", window.window);
    }
    let events: Vec<i64> = blocks.iter().flat_map(|block| &block.events).map(|at| at.0).collect();
    assert!(events.is_sorted());
    let mut counted: BTreeMap<i64, u64> = BTreeMap::new();
    for event in &events {
        *counted.entry(number(*event)).or_default() += 1;
    }
    // The last window may not have ended.
    counted.retain(|window, _| told.contains_key(window));
    assert_eq!(counted, told.iter().map(|(window, truth)| (*window, truth.events)).collect());

    let firsts: Vec<&Delivery> = deliveries.iter().filter(|delivery| delivery.first).collect();
    let lost: Vec<&Lost> = lost(blocks).collect();
    if replayed || (firsts.len() + lost.len() == events.len() && firsts.len() == deliveries.len()) {
        let mut counted: BTreeMap<i64, (u64, Counting)> = BTreeMap::new();
        for (happened, key, user, bytes) in events_of(blocks, deliveries) {
            let (events, counting) = counted.entry(number(happened)).or_default();
            *events += 1;
            counting.add(window.aggregate, (window.by == WindowBy::Key).then_some(key), user, bytes);
        }
        counted.retain(|window, _| told.contains_key(window));
        let of =
            |(window, (events, counting)): (i64, (u64, Counting))| (window, Truth { events, value: counting.value });
        assert_eq!(counted.into_iter().map(of).collect::<BTreeMap<_, _>>(), told);
    }
    told
}

/// All events that were delivered or lost: when each happened, its key, user and bytes.
fn events_of(blocks: &[Block], deliveries: &[Delivery]) -> Vec<(i64, u32, u32, u64)> {
    // An event happened when the earliest of its deliveries says so, which need not be the first.
    let mut earliest: BTreeMap<usize, i64> = BTreeMap::new();
    for delivery in deliveries {
        let earliest = earliest.entry(delivery.id).or_insert(delivery.happened);
        *earliest = delivery.happened.min(*earliest);
    }
    let firsts = deliveries.iter().filter(|delivery| delivery.first);
    let delivered = firsts.map(|row| (earliest[&row.id], row.key, row.user, row.bytes));
    let has_users = blocks.iter().any(|block| !block.tags.is_empty());
    let lost = lost(blocks).map(|lost| {
        let user = if has_users { lost.tag.user } else { lost.key };
        (lost.happened.0, lost.key, user, u64::from(lost.bytes))
    });
    delivered.chain(lost).collect()
}

/// Events of which nothing is delivered.
fn lost(blocks: &[Block]) -> impl Iterator<Item = &Lost> {
    blocks.iter().flat_map(|block| &block.lost).filter(|lost| !lost.known)
}
