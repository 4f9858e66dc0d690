//! The slow twin of the model `micro_batch`: the broker's rows in a list, from which each batch
//! takes all; windows are lists of rows.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use millstream::pipelines::Levels;
use millstream::random::Substream;
use millstream::scenario::{Dedup, MicroBatch, Output};
use millstream::units::Span;

use crate::dedup::Ids;
use crate::findings::{Entry, Fate, Findings, Ground, Shown};
use crate::input::{Delivery, Input};

/// What happens; at one instant in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival(usize),
    Trigger,
    Probe(usize),
}

/// A row in the state of a window, with the start and end of the batch that processed it.
struct Kept {
    row: usize,
    batch: Option<(i64, i64)>,
    published: bool,
}

struct Twin<'a> {
    ground: Ground<'a>,
    model: &'a MicroBatch,
    sink: millstream::random::Distribution,
    findings: Findings,
    overheads: Substream,
    sinks: Substream,
    ids: Ids,
    /// Arrived and not taken by a batch.
    waiting: Vec<usize>,
    /// Those of them that are to be shown with the batch.
    with_batch: Vec<usize>,
    windows: BTreeMap<i64, Vec<Kept>>,
    entries: BTreeSet<Entry>,
    landed: BTreeSet<i64>,
    /// Watermarks of the coming batch and of the one before it.
    watermark: i64,
    watermark_before: i64,
    largest: Option<i64>,
    /// All triggers so far, with a batch or without.
    triggers: Vec<i64>,
}

/// Simulates the pipeline at `place`.
pub fn simulate(input: &Input, place: usize, model: &MicroBatch) -> Findings {
    let ground = Ground::new(input, place);
    let epoch = ground.epoch;
    let mut twin = Twin {
        model,
        sink: input.scenario.pipelines[place].sink_delay.clone(),
        findings: Findings::new(input.deliveries.len()),
        overheads: ground.substream("overhead"),
        sinks: ground.substream("sink"),
        ids: Ids::new(&ground),
        waiting: Vec::new(),
        with_batch: Vec::new(),
        windows: BTreeMap::new(),
        entries: BTreeSet::new(),
        landed: BTreeSet::new(),
        // Spark's first watermark is 1970.
        watermark: epoch,
        watermark_before: epoch,
        largest: None,
        triggers: Vec::new(),
        ground,
    };
    twin.findings.prehistory = vec![(0, 0)];
    let arrivals = input.deliveries.iter().enumerate().map(|(number, row)| (row.arrival, Event::Arrival(number)));
    let probes = input.frame.probes.iter().enumerate().map(|(number, at)| (at.0, Event::Probe(number)));
    let mut heap: BinaryHeap<_> = arrivals.chain(probes).map(Reverse).collect();
    heap.push(Reverse((Ground::next_multiple(-1, model.trigger.0, epoch), Event::Trigger)));
    while let Some(Reverse((now, event))) = heap.pop() {
        if now >= input.until {
            break;
        }
        match event {
            Event::Arrival(number) => twin.arrive(number),
            Event::Trigger => {
                let next = Ground::next_multiple(now, model.trigger.0, epoch);
                let finished = twin.trigger(now);
                twin.triggers.push(now);
                twin.findings.published_through = now;
                heap.push(Reverse((next.max(finished), Event::Trigger)));
            }
            Event::Probe(_) => twin.probe(now),
        }
    }
    twin.findings
}

impl<'a> Twin<'a> {
    fn row(&self, number: usize) -> &'a Delivery {
        &self.ground.input.deliveries[number]
    }

    /// A row reaches the broker. What the coming batch will do with it is certain already.
    fn arrive(&mut self, number: usize) {
        let row = self.row(number);
        self.waiting.push(number);
        self.largest = self.largest.max(Some(row.event_time));
        if self.ids.spark_drops(row, self.watermark_before, self.ground.window.is_some()) {
            self.findings.end(number, Fate::late(row));
            return;
        }
        if self.ids.spark_knows(row, self.model.watermark_delay) {
            self.findings.end(number, Fate::Removed);
            return;
        }
        let Some((window, end)) = self.ground.window_of(row.event_time) else {
            self.with_batch.push(number);
            return;
        };
        if end <= self.watermark_before {
            self.findings.end(number, Fate::late(row));
            return;
        }
        self.entries.extend(self.ground.entries_of(row));
        self.windows.entry(window).or_default().push(Kept { row: number, batch: None, published: false });
        if self.model.output == Output::Update {
            self.with_batch.push(number);
        }
    }

    /// A trigger; gives the end of its batch.
    fn trigger(&mut self, now: i64) -> i64 {
        let risen = self.watermark > self.watermark_before;
        if self.waiting.is_empty() && !(risen && (self.ground.window.is_some() || self.ids.by_watermark())) {
            self.publish_windows_that_are_over(now, now);
            return now;
        }
        let overhead = self.model.run_time.overhead.sample(&mut self.overheads);
        let finished = now + self.model.run_time.of(self.waiting.len() as u64, overhead).0;
        let visible = finished + Span::from_micros_f64(self.sink.sample(&mut self.sinks)).0;
        self.findings.runs.push(now);
        self.findings.busy.push((now, finished, (finished - now) as f64 * self.ground.cores));
        // By the clock ids are counted at the probes only; Spark's own kinds hold most before a batch evicts.
        let with_batch = if self.by_clock() { 0 } else { self.ids.held(now) };
        let levels = self.levels(now);
        self.findings.peaks.push((now, Levels { dedup_ids: with_batch, ..levels }));
        self.show_batch(now, finished, visible);
        for kept in self.windows.values_mut().flatten() {
            kept.batch.get_or_insert((now, finished));
        }
        self.publish_windows_that_are_over(now, visible);
        self.evict(finished, visible);
        self.ids.spark_evicts(self.watermark);
        self.watermark_before = self.watermark;
        if let Some(largest) = self.largest {
            self.watermark = self.watermark.max(largest - self.model.watermark_delay.0);
        }
        self.waiting.clear();
        finished
    }

    fn show_batch(&mut self, now: i64, finished: i64, visible: i64) {
        for number in std::mem::take(&mut self.with_batch) {
            let row = self.row(number);
            // The first trigger when the window is over publishes it.
            let over_before = |end: i64| self.triggers.iter().any(|trigger| *trigger >= end);
            let on_time = self.ground.window_of(row.event_time).is_none_or(|(_, end)| !over_before(end));
            let shown = Shown {
                event_time: row.happened,
                arrival: row.arrival,
                started: now,
                processed: finished,
                held: finished,
                visible,
                on_time,
                alone: false,
            };
            let fate = if row.first { Fate::Visible(shown) } else { Fate::Leaked(Some((finished, visible))) };
            self.findings.end(number, fate);
        }
    }

    /// Update mode: what a reader finds when a window is over.
    fn publish_windows_that_are_over(&mut self, now: i64, visible: i64) {
        if self.model.output != Output::Update {
            return;
        }
        let over: Vec<i64> = self.windows.keys().copied().filter(|window| self.end_of(*window) <= now).collect();
        for window in over {
            if self.publish(window, visible, None) && self.landed.insert(window) {
                self.findings.landings.push((self.end_of(window), visible));
            }
        }
    }

    fn end_of(&self, window: i64) -> i64 {
        self.ground.epoch + (window + 1) * self.ground.window.unwrap_or(0)
    }

    /// Publishes what a window has gained; false when that is nothing.
    fn publish(&mut self, window: i64, visible: i64, watermark: Option<i64>) -> bool {
        let deliveries = &self.ground.input.deliveries;
        let kept = self.windows.entry(window).or_default();
        let new: Vec<&Delivery> =
            kept.iter().filter(|kept| !kept.published).map(|kept| &deliveries[kept.row]).collect();
        kept.iter_mut().for_each(|kept| kept.published = true);
        if !new.is_empty() {
            self.findings.fire(window, &new, self.ground.by, (visible, watermark, false));
        }
        !new.is_empty()
    }

    /// Removes the windows that the watermark of this batch has passed.
    fn evict(&mut self, finished: i64, visible: i64) {
        let passed: Vec<i64> =
            self.windows.keys().copied().filter(|window| self.end_of(*window) <= self.watermark).collect();
        for window in passed {
            self.publish(window, visible, Some(self.watermark));
            let kept = self.windows.remove(&window).unwrap_or_default();
            self.entries.retain(|(of, ..)| *of != window);
            if self.model.output == Output::Append {
                self.findings.landings.push((self.end_of(window), visible));
                kept.iter().for_each(|kept| self.emit(kept, finished, visible));
            }
        }
    }

    /// Append mode: a row is visible with its window.
    fn emit(&mut self, kept: &Kept, held: i64, visible: i64) {
        let row = self.row(kept.row);
        let (started, processed) = kept.batch.expect("a batch has taken the row");
        let fate = if row.first {
            Fate::Visible(Shown {
                event_time: row.happened,
                arrival: row.arrival,
                started,
                processed,
                held,
                visible,
                on_time: true,
                alone: false,
            })
        } else {
            Fate::Leaked(Some((held, visible)))
        };
        self.findings.end(kept.row, fate);
    }

    fn by_clock(&self) -> bool {
        matches!(self.ground.dedup, Some(Dedup::Ttl(_)))
    }

    fn levels(&mut self, now: i64) -> Levels {
        Levels {
            dedup_ids: if self.by_clock() { self.ids.held(now) } else { self.ids.after_batch as u64 },
            window_entries: self.entries.len() as u64,
            backlog: self.waiting.len() as u64,
            row_bytes: self.waiting.iter().map(|number| self.row(*number).bytes).sum(),
        }
    }

    fn probe(&mut self, now: i64) {
        let levels = self.levels(now);
        self.findings.probes.push((now, levels));
    }
}
