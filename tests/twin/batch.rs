//! The slow twin of the model `batch`: a table of all rows that have arrived, of which each run
//! reads what it must.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashSet};

use millstream::pipelines::Levels;
use millstream::random::Substream;
use millstream::scenario::{Batch, LateRows, PartitionBy};
use millstream::units::{Instant, Span};

use crate::findings::{By, Fate, Findings, Ground, Shown};
use crate::input::{Delivery, Input};

/// What happens; at one instant in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival(usize),
    Finish,
    Start(usize),
    Probe(usize),
}

struct Run {
    number: i64,
    started: i64,
    /// Rows kept of those that no run had read before.
    kept: Vec<usize>,
    levels: Levels,
}

struct Twin<'a> {
    ground: Ground<'a>,
    model: &'a Batch,
    heap: BinaryHeap<Reverse<(i64, Event)>>,
    findings: Findings,
    /// End of the period before the first run's.
    origin: i64,
    delays: Substream,
    overheads: Substream,
    sinks: Substream,
    /// Rows that have arrived, and whether a run has read them.
    table: Vec<(usize, bool)>,
    /// Number of the run that starts next.
    next: i64,
    running: Option<Run>,
    /// A run is due and waits.
    waits: bool,
}

/// Simulates the pipeline at `place`.
pub fn simulate(input: &Input, place: usize, model: &Batch) -> Findings {
    let ground = Ground::new(input, place);
    let origin = Instant(0).floor_to(model.every, Instant(ground.epoch)).0;
    let mut twin = Twin {
        heap: BinaryHeap::new(),
        findings: Findings::new(input.deliveries.len()),
        origin,
        delays: ground.substream("start_delay"),
        overheads: ground.substream("overhead"),
        sinks: ground.substream("sink"),
        table: Vec::new(),
        next: 0,
        running: None,
        waits: false,
        ground,
        model,
    };
    let sink = &input.scenario.pipelines[place].sink_delay;
    let usual = Span::from_micros_f64(model.start_delay.mean() + model.run_time.overhead.mean());
    twin.findings.prehistory =
        vec![(origin - model.every.0, Instant::MIN.0), (origin, (Instant(origin) + model.start_after + usual).0)];
    let arrivals = input.deliveries.iter().enumerate().map(|(number, row)| (row.arrival, Event::Arrival(number)));
    let probes = input.frame.probes.iter().enumerate().map(|(number, at)| (at.0, Event::Probe(number)));
    twin.heap.extend(arrivals.chain(probes).map(Reverse));
    twin.schedule(0);
    while let Some(Reverse((now, event))) = twin.heap.pop() {
        if now >= input.until {
            break;
        }
        match event {
            Event::Arrival(number) => twin.arrive(number),
            Event::Start(_) if twin.running.is_some() => twin.waits = true,
            Event::Start(_) => twin.start(now),
            Event::Finish => {
                let visible = now + Span::from_micros_f64(sink.sample(&mut twin.sinks)).0;
                twin.finish(now, visible);
                if std::mem::take(&mut twin.waits) {
                    twin.start(now);
                }
            }
            Event::Probe(_) => twin.probe(now),
        }
    }
    twin.remove_waiting();
    twin.findings
}

impl Twin<'_> {
    /// End of the period of a run.
    fn boundary(&self, run: i64) -> i64 {
        self.origin + (run + 1) * self.model.every.0
    }

    /// Schedules the next run, not before `now`.
    fn schedule(&mut self, now: i64) {
        let delay = Span::from_micros_f64(self.model.start_delay.sample(&mut self.delays)).0;
        let scheduled = self.boundary(self.next) + self.model.start_after.0 + delay;
        self.heap.push(Reverse((scheduled.max(now), Event::Start(self.next as usize))));
    }

    fn delivery(&self, number: usize) -> &Delivery {
        &self.ground.input.deliveries[number]
    }

    /// The run whose period a row belongs to.
    fn period_of(&self, row: &Delivery) -> i64 {
        let at = match self.model.partition_by {
            PartitionBy::EventTime => row.event_time,
            PartitionBy::Arrival => row.arrival,
        };
        (at - self.origin).div_euclid(self.model.every.0)
    }

    fn arrive(&mut self, number: usize) {
        let row = self.delivery(number);
        let behind = self.next - self.period_of(row);
        let never = match (self.model.partition_by, self.model.late) {
            (PartitionBy::Arrival, _) | (_, LateRows::NextRun) => false,
            (_, LateRows::Drop) => behind > 0,
            (_, LateRows::Lookback { periods }) => behind > i64::from(periods),
        };
        if never {
            let fate = Fate::late(row);
            self.findings.end(number, fate);
        } else {
            self.table.push((number, false));
        }
    }

    /// Whether a run reads a row.
    fn reads(&self, run: i64, row: &Delivery, was_read: bool) -> bool {
        let period = self.period_of(row);
        match (self.model.partition_by, self.model.late) {
            (PartitionBy::EventTime, LateRows::NextRun) => period == run || (period < run && !was_read),
            (PartitionBy::EventTime, LateRows::Lookback { periods }) => {
                period <= run && period >= run - i64::from(periods)
            }
            _ => period == run,
        }
    }

    fn start(&mut self, now: i64) {
        let run = self.next;
        let waiting = self.waiting();
        let scope: Vec<usize> = (0..self.table.len())
            .filter(|place| {
                let (number, was_read) = self.table[*place];
                self.reads(run, self.delivery(number), was_read)
            })
            .collect();
        let (mut ids, mut bytes, mut entries) = (HashSet::new(), 0, BTreeSet::new());
        let (mut kept, mut first_ids, mut copies) = (Vec::new(), 0_u64, 0);
        for place in &scope {
            let (number, was_read) = self.table[*place];
            let row = self.ground.input.deliveries[number].clone();
            bytes += row.bytes;
            copies += u64::from(!row.first);
            let known = !ids.insert(row.id);
            first_ids += u64::from(!was_read || !matches!(self.findings.fates[number], Some(Fate::Removed)));
            if was_read {
                continue;
            }
            self.table[*place].1 = true;
            if known && self.ground.dedup.is_some() {
                first_ids -= 1;
                self.findings.end(number, Fate::Removed);
            } else {
                entries.extend(self.ground.entries_of(&row));
                kept.push(number);
            }
        }
        if self.ground.dedup.is_some() {
            // With lookback the model counts the rows that were kept when they were first read.
            let lookback = matches!(self.model.late, LateRows::Lookback { .. });
            let off = first_ids.abs_diff(ids.len() as u64);
            assert!(off <= if lookback { copies } else { 0 }, "{first_ids} ids, in truth {}", ids.len());
        }
        let overhead = self.model.run_time.overhead.sample(&mut self.overheads);
        let finishes = now + self.model.run_time.of(scope.len() as u64, overhead).0;
        let levels = Levels {
            dedup_ids: if self.ground.dedup.is_some() { first_ids } else { 0 },
            window_entries: entries.len() as u64,
            backlog: waiting,
            row_bytes: bytes,
        };
        self.findings.runs.push(now);
        self.findings.peaks.push((now, levels));
        self.running = Some(Run { number: run, started: now, kept, levels });
        self.heap.push(Reverse((finishes, Event::Finish)));
        self.next += 1;
        self.schedule(now);
    }

    fn finish(&mut self, now: i64, visible: i64) {
        let Some(run) = self.running.take() else { return };
        let cores = self.ground.cores;
        self.findings.busy.push((run.started, now, (now - run.started) as f64 * cores));
        self.findings.landings.push((self.boundary(run.number), visible));
        self.findings.published_through = self.boundary(run.number + 1) - 1;
        let deliveries = &self.ground.input.deliveries;
        let mut windows: BTreeMap<i64, Vec<&Delivery>> = BTreeMap::new();
        for number in run.kept {
            let row = &deliveries[number];
            let start = self.boundary(run.number) - self.model.every.0;
            let fate = if row.first {
                Fate::Visible(Shown {
                    event_time: row.happened,
                    arrival: row.arrival,
                    started: run.started,
                    processed: now,
                    held: now,
                    visible,
                    on_time: row.event_time >= start,
                    alone: false,
                })
            } else {
                Fate::Leaked(Some((now, visible)))
            };
            self.findings.end(number, fate);
            if let Some((window, _)) = self.ground.window_of(row.event_time) {
                windows.entry(window).or_default().push(row);
            }
        }
        // Rows that are read alone are grouped alone.
        let run_by_run = !matches!(
            (self.model.partition_by, self.model.late),
            (PartitionBy::EventTime, LateRows::Drop | LateRows::Lookback { .. })
        );
        let by = By { run_by_run, ..self.ground.by };
        for (window, rows) in windows {
            self.findings.fire(window, &rows, by, (visible, None, false));
        }
    }

    /// The engine counts a duplicate as removed when that is certain, before the run that does it.
    fn remove_waiting(&mut self) {
        let waiting: Vec<usize> = (0..self.table.len()).filter(|place| !self.table[*place].1).collect();
        for place in waiting {
            let row = self.delivery(self.table[place].0);
            let run = self.next.max(self.period_of(row));
            let known = self.table[..place].iter().any(|(number, was_read)| {
                let earlier = self.delivery(*number);
                let read_before = *was_read || self.next.max(self.period_of(earlier)) < run;
                earlier.id == row.id && self.reads(run, earlier, read_before)
            });
            if known && self.ground.dedup.is_some() {
                self.findings.end(self.table[place].0, Fate::Removed);
            }
        }
    }

    /// Rows that have arrived and that no run has taken yet.
    fn waiting(&self) -> u64 {
        self.table.iter().filter(|(_, was_read)| !was_read).count() as u64
    }

    fn probe(&mut self, now: i64) {
        let running = self.running.as_ref().map_or_else(Levels::default, |run| run.levels);
        let levels = Levels { backlog: self.waiting(), ..running };
        self.findings.probes.push((now, levels));
    }
}
