//! The slow twin of the model `continuous`: every poll, reading, end of service, tick of the
//! watermark and checkpoint is an event of its own.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, VecDeque};

use millstream::pipelines::Levels;
use millstream::random::{Sampler, Substream};
use millstream::scenario::{Continuous, WatermarkPer};
use millstream::units::{Instant, Span};

use crate::dedup::Ids;
use crate::findings::{Entry, Fate, Findings, Ground, Shown};
use crate::input::{Delivery, Input};
use crate::sink::{Output, Sink};
use crate::workers::{Job, Workers};

/// What happens; at one instant in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival(usize),
    Poll,
    Read(usize),
    Finish(usize),
    EndOfInput,
    Tick,
    CheckpointDone,
    CheckpointDue,
    Probe(usize),
}

/// A window.
#[derive(Default)]
struct Pane {
    rows: Vec<usize>,
    fired: bool,
}

/// Firings wait until every record read before them is processed.
struct Barrier {
    read_before: usize,
    unprocessed: usize,
    outputs: Vec<usize>,
}

struct Twin<'a> {
    ground: Ground<'a>,
    model: &'a Continuous,
    heap: BinaryHeap<Reverse<(i64, Event)>>,
    findings: Findings,
    workers: Workers,
    sink: Sink,
    service: Sampler,
    services: Substream,
    ids: Ids,
    removed: Vec<bool>,
    at_broker: VecDeque<usize>,
    arrived: usize,
    read: usize,
    started: usize,
    /// Start and end of service of each record.
    served: Vec<(i64, i64)>,
    /// Output that a record writes by itself.
    own_output: HashMap<usize, usize>,
    /// Largest event time of each partition, and when its last record was read.
    partitions: Vec<(Option<i64>, i64)>,
    /// The first event time that the watermark does not cover.
    watermark: Option<i64>,
    panes: BTreeMap<i64, Pane>,
    entries: BTreeSet<Entry>,
    barriers: Vec<Barrier>,
    /// Probes whose window entries follow when all that has arrived is read: `(probe, arrived)`.
    ahead: Vec<(usize, usize)>,
    /// Arrivals, readings, probes and the end of the input that are still to come: without them
    /// the watermark stands still.
    to_come: usize,
    end_waits: bool,
}

/// Simulates the pipeline at `place`.
pub fn simulate(input: &Input, place: usize, model: &Continuous) -> Findings {
    let ground = Ground::new(input, place);
    let sink = &input.scenario.pipelines[place].sink_delay;
    let mut twin = Twin {
        heap: BinaryHeap::new(),
        findings: Findings::new(input.deliveries.len()),
        workers: Workers::new(model),
        sink: Sink::new(model, sink, ground.substream("sink"), ground.substream("checkpoint")),
        service: Sampler::new(model.service.clone()),
        services: ground.substream("service"),
        ids: Ids::new(&ground),
        removed: vec![false; input.deliveries.len()],
        at_broker: VecDeque::new(),
        arrived: 0,
        read: 0,
        started: 0,
        served: vec![(0, 0); input.deliveries.len()],
        own_output: HashMap::new(),
        partitions: match model.watermark_per {
            WatermarkPer::Input => vec![(None, 0)],
            WatermarkPer::Partition => vec![(None, 0); input.scenario.workload.partitions.count as usize],
        },
        watermark: None,
        panes: BTreeMap::new(),
        entries: BTreeSet::new(),
        barriers: Vec::new(),
        ahead: Vec::new(),
        to_come: 0,
        end_waits: false,
        model,
        ground,
    };
    twin.findings.prehistory = vec![(0, 0)];
    // Windows with measured events fire when these become visible; others do not count.
    twin.findings.published_through = i64::MAX;
    twin.schedule();
    while let Some(Reverse((now, event))) = twin.heap.pop() {
        twin.happen(now, event);
    }
    assert!(twin.sink.is_idle() && twin.barriers.is_empty() && twin.read == input.deliveries.len());
    twin.findings
}

impl<'a> Twin<'a> {
    fn schedule(&mut self) {
        let input = self.ground.input;
        let arrivals = input.deliveries.iter().enumerate().map(|(number, row)| (row.arrival, Event::Arrival(number)));
        let probes = input.frame.probes.iter().enumerate().map(|(number, at)| (at.0, Event::Probe(number)));
        let end = input.end.map(|end| (end, Event::EndOfInput));
        let ahead: Vec<_> = arrivals.chain(probes.filter(|(at, _)| *at < input.until)).chain(end).collect();
        self.to_come = ahead.len();
        self.heap.extend(ahead.into_iter().map(Reverse));
        if self.model.fetch_interval > Span::ZERO {
            self.at(0, Event::Poll);
        }
        self.at(self.model.watermark_interval.0, Event::Tick);
        if let Some(interval) = self.sink.interval() {
            self.at(interval, Event::CheckpointDue);
        }
    }

    fn at(&mut self, at: i64, event: Event) {
        self.heap.push(Reverse((at, event)));
    }

    fn happen(&mut self, now: i64, event: Event) {
        match event {
            Event::Arrival(number) => self.arrive(number, now),
            Event::Poll => {
                while let Some(number) = self.at_broker.pop_front() {
                    self.at(now + self.model.fetch_delay.0, Event::Read(number));
                }
                if self.arrived < self.ground.input.deliveries.len() {
                    self.at(now + self.model.fetch_interval.0, Event::Poll);
                }
            }
            Event::Read(number) => {
                self.to_come -= 1;
                self.read(number, now);
                if self.end_waits && self.read == self.ground.input.deliveries.len() {
                    self.at(now, Event::EndOfInput);
                }
            }
            Event::Finish(worker) => self.finish(worker, now),
            Event::Tick if self.to_come > 0 => {
                let idle = |read: i64| self.model.idleness.is_some_and(|idleness| now - read >= idleness.0);
                let active = self.partitions.iter().filter(|(_, read)| !idle(*read));
                let largest = active.map(|(largest, _)| *largest).min().flatten();
                self.rise(largest.map(|largest| largest - self.model.watermark_bound.0), now, false);
                self.at(now + self.model.watermark_interval.0, Event::Tick);
            }
            Event::Tick => {}
            // The end comes after the last record.
            Event::EndOfInput if self.read < self.ground.input.deliveries.len() => self.end_waits = true,
            Event::EndOfInput => {
                self.to_come -= 1;
                self.rise(Some(Instant::MAX.0), now, true);
            }
            Event::CheckpointDue => self.checkpoint(now),
            Event::CheckpointDone => {
                let (visible, due) = self.sink.complete(now);
                visible.into_iter().for_each(|(output, visible)| self.show(output, visible));
                if due {
                    self.checkpoint(now);
                }
            }
            Event::Probe(number) => {
                self.to_come -= 1;
                self.probe(number, now);
            }
        }
    }

    fn row(&self, number: usize) -> &'a Delivery {
        &self.ground.input.deliveries[number]
    }

    fn arrive(&mut self, number: usize, now: i64) {
        // Its reading is still to come.
        self.arrived += 1;
        let row = self.row(number);
        if self.ids.knows(row, now) {
            self.remove(number);
        }
        if self.model.fetch_interval > Span::ZERO {
            self.at_broker.push_back(number);
        } else {
            self.at(now + self.model.fetch_delay.0, Event::Read(number));
        }
    }

    fn remove(&mut self, number: usize) {
        self.removed[number] = true;
        self.findings.end(number, Fate::Removed);
    }

    /// Whether the watermark has reached an instant.
    fn passed(&self, at: i64) -> bool {
        self.watermark.is_some_and(|watermark| at <= watermark)
    }

    /// A record is in the engine: what becomes of it is judged by the watermark before it.
    fn read(&mut self, number: usize, now: i64) {
        let row = self.row(number);
        self.read += 1;
        let partition = if self.partitions.len() == 1 { 0 } else { row.partition };
        let (largest, read) = &mut self.partitions[partition];
        *largest = (*largest).max(Some(row.event_time));
        *read = now;
        let service = Span::from_micros_f64(self.service.sample(&mut self.services)).0;
        self.workers.join(Job { number, key: row.key, service });
        self.start_all(now);
        let lateness = self.model.allowed_lateness.0;
        let window = self.ground.window_of(row.event_time).filter(|(_, end)| !self.passed(end + lateness));
        if self.ids.flink_knows(row, window, lateness) {
            self.remove(number);
        }
        if !self.removed[number] {
            match self.ground.window_of(row.event_time) {
                Some((window, end)) => self.count(number, window, end),
                None => self.write_alone(number, true, None, None),
            }
        }
        let due: Vec<usize> =
            self.ahead.iter().filter(|(_, arrived)| *arrived == self.read).map(|(probe, _)| *probe).collect();
        self.ahead.retain(|(_, arrived)| *arrived != self.read);
        for probe in due {
            let ids = self.ids.held(now);
            let levels = &mut self.findings.probes[probe].1;
            levels.window_entries = self.entries.len() as u64;
            if self.ids.by_watermark() {
                levels.dedup_ids = ids;
            }
        }
    }

    /// Starts whatever can start.
    fn start_all(&mut self, now: i64) {
        while let Some((worker, job)) = self.workers.start() {
            self.started += 1;
            self.served[job.number].0 = now;
            self.findings.busy.push((now, now + job.service, job.service as f64));
            self.at(now + job.service, Event::Finish(worker));
        }
    }

    fn finish(&mut self, worker: usize, now: i64) {
        let job = self.workers.finish(worker);
        self.served[job.number].1 = now;
        self.start_all(now);
        if let Some(output) = self.own_output.remove(&job.number) {
            self.write(output, now);
        }
        let mut barriers = std::mem::take(&mut self.barriers);
        for barrier in &mut barriers {
            barrier.unprocessed -= usize::from(job.number < barrier.read_before);
            if barrier.unprocessed == 0 {
                barrier.outputs.iter().for_each(|output| self.write(*output, now));
            }
        }
        barriers.retain(|barrier| barrier.unprocessed > 0);
        self.barriers = barriers;
    }

    /// A record makes output of its own as soon as it is processed.
    fn write_alone(&mut self, number: usize, on_time: bool, firing: Option<usize>, landing: Option<i64>) {
        let first = self.row(number).first;
        if !first {
            self.findings.end(number, Fate::Leaked(None));
        }
        if first || firing.is_some() {
            let rows = if first { vec![number] } else { Vec::new() };
            let output = Output { rows, alone: true, on_time, firing, landing, ..Output::default() };
            let place = self.sink.decide(output);
            self.own_output.insert(number, place);
        }
    }

    fn count(&mut self, number: usize, window: i64, end: i64) {
        let row = self.row(number);
        if self.passed(end + self.model.allowed_lateness.0) {
            self.findings.end(number, Fate::late(row));
            return;
        }
        self.entries.extend(self.ground.entries_of(row));
        let over = self.passed(end);
        let pane = self.panes.entry(window).or_default();
        pane.rows.push(number);
        if over {
            let first_firing = !std::mem::replace(&mut pane.fired, true);
            let firing = self.announce(window, &[number], false);
            self.write_alone(number, first_firing, Some(firing), first_firing.then_some(end));
        }
    }

    /// Notes a firing whose time is not yet known; gives its place.
    fn announce(&mut self, window: i64, rows: &[usize], at_end: bool) -> usize {
        let rows: Vec<&Delivery> = rows.iter().map(|number| self.row(*number)).collect();
        // Flink's watermark stands one millisecond before the first time that it does not cover.
        let watermark = self.watermark.map(|watermark| watermark - 1_000);
        self.findings.fire(window, &rows, self.ground.by, (i64::MIN, watermark, at_end));
        self.findings.firings.len() - 1
    }

    fn end_of(&self, window: i64) -> i64 {
        self.ground.epoch + (window + 1) * self.ground.window.unwrap_or(0)
    }

    /// The watermark rises; what it passes fires, and goes after the allowed lateness.
    fn rise(&mut self, to: Option<i64>, now: i64, at_end: bool) {
        let Some(watermark) = to.filter(|to| Some(*to) > self.watermark) else { return };
        self.watermark = Some(watermark);
        if !at_end {
            self.findings.watermarks.push((now, watermark));
        }
        self.ids.flink_rises(watermark);
        let passed: Vec<i64> = self.panes.keys().copied().filter(|window| self.end_of(*window) <= watermark).collect();
        let mut outputs = Vec::new();
        for window in passed {
            let end = self.end_of(window);
            let Some(pane) = self.panes.get_mut(&window) else { continue };
            if !std::mem::replace(&mut pane.fired, true) {
                let rows = pane.rows.clone();
                let firing = Some(self.announce(window, &rows, at_end));
                let output = Output { rows, on_time: true, firing, landing: Some(end), ..Output::default() };
                outputs.push(self.sink.decide(output));
            }
            if end + self.model.allowed_lateness.0 <= watermark {
                self.panes.remove(&window);
                self.entries.retain(|(of, ..)| *of != window);
            }
        }
        match self.workers.unprocessed() {
            0 => outputs.iter().for_each(|output| self.write(*output, now)),
            unprocessed if !outputs.is_empty() => {
                self.barriers.push(Barrier { read_before: self.read, unprocessed, outputs });
            }
            _ => {}
        }
    }

    fn write(&mut self, output: usize, now: i64) {
        self.sink.write(output, now).into_iter().for_each(|(output, visible)| self.show(output, visible));
    }

    /// Output is visible.
    fn show(&mut self, output: Output, visible: i64) {
        if let Some(firing) = output.firing {
            self.findings.firings[firing].visible = visible;
        }
        self.findings.landings.extend(output.landing.map(|end| (end, visible)));
        for number in output.rows {
            let row = self.row(number);
            let (started, processed) = self.served[number];
            let shown = Shown {
                event_time: row.happened,
                arrival: row.arrival,
                started,
                processed,
                held: output.written,
                visible,
                on_time: output.on_time,
                alone: output.alone,
            };
            let leaked = Fate::Leaked(Some((output.written, visible)));
            self.findings.end(number, if row.first { Fate::Visible(shown) } else { leaked });
        }
    }

    fn checkpoint(&mut self, now: i64) {
        let over = self.to_come == 0 && self.workers.unprocessed() == 0 && self.sink.is_idle();
        if over {
            return;
        }
        if let Some(completion) = self.sink.checkpoint(now) {
            self.at(completion, Event::CheckpointDone);
            let interval = self.sink.interval().unwrap_or(i64::MAX);
            self.at(Ground::next_multiple(now, interval, 0), Event::CheckpointDue);
        }
    }

    fn probe(&mut self, number: usize, now: i64) {
        let levels = Levels {
            dedup_ids: self.ids.held(now),
            window_entries: self.entries.len() as u64,
            backlog: (self.arrived - self.started) as u64,
            row_bytes: 0,
        };
        assert_eq!(self.findings.probes.len(), number);
        self.findings.probes.push((now, levels));
        if self.read < self.arrived {
            self.ahead.push((number, self.arrived));
        }
    }
}
