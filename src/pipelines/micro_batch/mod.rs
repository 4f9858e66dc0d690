//! The model `micro_batch`: Spark Structured Streaming.
//!
//! ```text
//! broker ─▶ trigger ─▶ batch n: dedup ─ late filter ─ windows ─ eviction ─▶ sink ─▶ reader
//!              ▲            watermark of batch n: largest event time of the batches before it
//!              └ next multiple of the interval, or at once when the batch ran longer
//! ```
//!
//! **Scope.** Rules of Spark 4.3 for tumbling windows over one input: a batch takes all that had
//! arrived when it starts; the watermark of batch n is the largest event time of the batches
//! before n less the delay and never falls; late rows are filtered against the watermark of batch
//! n − 1, windows are evicted (and, in append mode, emitted) against that of batch n; a batch
//! without rows runs when the watermark rose; without either there is no batch; nothing is flushed
//! at the end of the input. A batch takes overhead + rows / throughput.
//!
//! In update mode a window counts as first published by the first trigger at or after the window's
//! end, with or without a batch: the value that a reader finds once the window is over. What later
//! batches add is late. Dedup is by processing-time TTL; Spark's own `dropDuplicates` rules, sessions, sliding
//! windows and failures are not modelled yet.
//!
//! **Parameters**: `scenario::MicroBatch`. **Validation**: the closed form of the fixed-interval
//! micro-batch in `tests/`, and an event-by-event twin.

mod group;

use self::group::{Group, Placed, Watermarks};
use super::cohort::Cohort;
use super::dedup::TtlDedup;
use super::facts::{Facts, Levels, Resolved};
use super::probes::{Due, Probes};
use super::setup::Setup;
use super::windows::{Tally, Windows};
use crate::engine::{Actor, ControlQueue};
use crate::random::{Distribution, Substream};
use crate::scenario::{self, Output, RunTime};
use crate::units::{Instant, Period, Span};
use crate::workload::Rows;

/// Control events; at one instant in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Control {
    Trigger,
}

/// A micro-batch pipeline that reports to `F`.
pub struct MicroBatch<F> {
    facts: F,
    setup: Setup,
    probes: Probes,
    queue: ControlQueue<Control>,
    trigger: Span,
    run_time: RunTime,
    cores: f64,
    output: Output,
    delay: Span,
    sink_delay: Distribution,
    overhead_stream: Substream,
    sink_stream: Substream,
    dedup: Option<TtlDedup>,
    windows: Option<Windows<Group>>,
    entries: u64,
    watermarks: Watermarks,
    /// What has arrived for the batch that starts next.
    batch: Rest,
    /// The trigger before: windows that ended by then have been published.
    last_trigger: Instant,
    next_start: Instant,
}

/// Rows that wait for the coming batch.
struct Rest {
    rows: u64,
    bytes: u64,
    cohort: Cohort,
}

impl<F: Facts> MicroBatch<F> {
    /// An idle pipeline.
    pub fn new(model: &scenario::MicroBatch, pipeline: &scenario::Pipeline, setup: Setup, mut facts: F) -> Self {
        let stream = |purpose: &str| setup.substream(&pipeline.name, purpose);
        let first = Instant(-1).next_multiple(model.trigger, setup.epoch);
        let mut queue = ControlQueue::new();
        queue.schedule(first, Control::Trigger);
        facts.prehistory_visible(Instant(0), Instant(0));
        Self {
            facts,
            probes: Probes::new(setup.probes.clone(), setup.ttl),
            queue,
            trigger: model.trigger,
            run_time: model.run_time.clone(),
            cores: pipeline.cores,
            output: model.output,
            delay: model.watermark_delay,
            sink_delay: pipeline.sink_delay.clone(),
            overhead_stream: stream("overhead"),
            sink_stream: stream("sink"),
            dedup: setup.ttl.map(TtlDedup::new),
            windows: setup.windows(),
            entries: 0,
            watermarks: Watermarks { late: setup.epoch, evict: setup.epoch, largest: Instant::MIN },
            batch: Rest { rows: 0, bytes: 0, cohort: setup.cohort(first) },
            last_trigger: Instant::MIN,
            next_start: first,
            setup,
        }
    }

    /// What was reported.
    pub fn facts(&self) -> &F {
        &self.facts
    }

    /// Access for whoever settles measures.
    pub fn facts_mut(&mut self) -> &mut F {
        &mut self.facts
    }

    /// Gives what was reported.
    pub fn into_facts(self) -> F {
        self.facts
    }

    /// Measured deliveries in no bin yet: first ones, duplicates.
    pub fn held(&mut self) -> (u64, u64) {
        let in_windows = self.windows.iter_mut().flat_map(Windows::iter_mut);
        let held = in_windows.filter_map(|(_, group)| group.held.as_ref());
        held.chain([&self.batch.cohort]).fold((0, 0), |sum, cohort| (sum.0 + cohort.len(), sum.1 + cohort.leaked))
    }

    /// Whether a window that ends by `through` has gained what is still to be published.
    pub fn owes(&mut self, through: Instant) -> bool {
        let Some(windows) = &mut self.windows else { return false };
        let grid = windows.grid();
        let mut over = windows.iter_mut().take_while(|(window, _)| grid.end(*window) <= through);
        over.any(|(_, group)| group.unpublished.rows > 0)
    }

    fn trigger(&mut self, now: Instant) {
        let risen = self.watermarks.evict > self.watermarks.late && self.windows.is_some();
        let next = now.next_multiple(self.trigger, self.setup.epoch);
        let finished = if self.batch.rows > 0 || risen {
            self.run(now)
        } else {
            self.publish_update(now, now);
            now
        };
        self.last_trigger = now;
        self.next_start = next.max(finished);
        self.batch.cohort = self.setup.cohort(self.next_start);
        self.queue.schedule(self.next_start, Control::Trigger);
    }

    /// Runs the batch that starts now; gives its end.
    fn run(&mut self, now: Instant) -> Instant {
        let overhead = self.run_time.overhead.sample(&mut self.overhead_stream);
        let finished = now + self.run_time.of(self.batch.rows * u64::from(self.setup.sample), overhead);
        let visible = finished + Span::from_micros_f64(self.sink_delay.sample(&mut self.sink_stream));
        self.facts.run_started(now);
        self.facts.busy(now, finished, (finished - now).0 as f64 * self.cores);
        let levels = Levels {
            dedup_ids: 0,
            window_entries: self.entries,
            backlog: self.batch.rows,
            row_bytes: self.batch.bytes,
        };
        self.facts.peak(now, levels);
        let mut cohort = self.batch.cohort.take();
        cohort.work_many(cohort.len(), now, finished);
        self.facts.cohort_visible(cohort, finished, visible);
        self.publish_update(now, visible);
        self.note_work(now, finished);
        self.evict(finished, visible);
        self.rise();
        self.facts.watermark(now, self.watermarks.late);
        self.batch.rows = 0;
        self.batch.bytes = 0;
        finished
    }

    /// Update mode: publishes what windows that are over have gained, and tells who wants to know it what
    /// the others show by now.
    fn publish_update(&mut self, now: Instant, visible: Instant) {
        let Some(windows) = self.windows.as_mut().filter(|_| self.output == Output::Update) else { return };
        let grid = windows.grid();
        let by_key = self.setup.by_key;
        let wanted = self.facts.wants_updates();
        for (window, group) in windows.iter_mut() {
            let end = grid.end(window);
            if end > now && !wanted {
                break;
            }
            if end > now {
                self.facts.updated(&group.unpublished.firing(window, visible, None, false));
            } else if group.unpublished.rows > 0 {
                let added = std::mem::replace(&mut group.unpublished, Tally::new(by_key));
                self.facts.fired(&added.firing(window, visible, None, false));
                if !std::mem::replace(&mut group.published, true) {
                    self.facts.landed(end, visible);
                }
            }
        }
    }

    /// Append mode: tells the held events of this batch when they were processed.
    fn note_work(&mut self, now: Instant, finished: Instant) {
        let Some(windows) = self.windows.as_mut().filter(|_| self.output == Output::Append) else { return };
        for (_, group) in windows.iter_mut() {
            let fresh = std::mem::take(&mut group.fresh);
            if let Some(held) = &mut group.held {
                held.work_many(fresh, now, finished);
            }
        }
    }

    /// Removes windows that the watermark of this batch has passed; append mode emits them.
    fn evict(&mut self, finished: Instant, visible: Instant) {
        let Some(windows) = &mut self.windows else { return };
        let grid = windows.grid();
        let watermark = self.watermarks.evict;
        while let Some((window, group)) = windows.pop_ended(watermark) {
            self.entries -= group.all.entries();
            if let Some(held) = group.held {
                self.facts.fired(&group.unpublished.firing(window, visible, Some(watermark), false));
                self.facts.landed(grid.end(window), visible);
                self.facts.cohort_visible(held, finished, visible);
            } else if group.unpublished.rows > 0 {
                // Update mode, evicted before it was over: its rows carry event times of the future.
                self.facts.fired(&group.unpublished.firing(window, visible, Some(watermark), false));
            }
        }
        self.facts.settled(self.watermarks.late.min(watermark));
    }

    /// The watermarks of the next batch.
    fn rise(&mut self) {
        self.watermarks.late = self.watermarks.evict;
        self.watermarks.evict = self.watermarks.evict.max(self.watermarks.largest - self.delay);
    }

    /// The event times at which a run of rows can be taken in bulk: the newest window, in time for
    /// its first publication; any without windows.
    fn front(&self) -> Period {
        let always = Period { from: Instant::MIN, to: Instant::MAX };
        self.windows.as_ref().map_or(always, |windows| {
            let front = windows.front();
            if front.to > self.watermarks.late.max(self.last_trigger) {
                front
            } else {
                Period { to: front.from, ..front }
            }
        })
    }

    /// Takes a run of first deliveries, all in the newest window.
    fn deliver_run(&mut self, rows: Rows<'_>) {
        let newest = rows.event_time.iter().copied().max().unwrap_or(Instant::MIN);
        self.watermarks.largest = self.watermarks.largest.max(newest);
        if let Some(dedup) = &mut self.dedup {
            dedup.remember(rows.len() as u64);
        }
        self.facts.judged_on_time(rows);
        let setup = &self.setup;
        let mut held = None;
        if let Some(windows) = &mut self.windows {
            let (window, end) = windows.window_of(rows.event_time[0]);
            let append = self.output == Output::Append;
            let group = windows.entry(window, || Group::new(setup, append, end));
            group.unpublished.add_run(rows.key);
            self.entries += group.all.add_run(rows.key);
            held = group.held.as_mut().map(|cohort| (cohort, &mut group.fresh));
        }
        if let Some((cohort, fresh)) = held {
            *fresh += cohort.add_run(rows, true, &setup.measured);
        } else {
            self.batch.cohort.add_run(rows, true, &setup.measured);
        }
    }

    /// Takes any row.
    fn deliver_row(&mut self, rows: Rows<'_>, row: usize) {
        let (arrival, event_time, key) = (rows.arrival[row], rows.event_time[row], rows.key[row]);
        let earlier = rows.earlier(row);
        let happened = rows.happened(row);
        let measured = self.setup.measured.contains(happened);
        self.watermarks.largest = self.watermarks.largest.max(event_time);
        if let Some(dedup) = &mut self.dedup
            && dedup.recognises(earlier, arrival)
        {
            if measured {
                self.facts.resolved(Resolved { duplicates_removed: 1, ..Resolved::default() });
            }
            return;
        }
        let first_delivery = earlier.is_none();
        let placed = self.enter_window(event_time, (happened, arrival), key, first_delivery);
        if first_delivery {
            self.facts.judged(event_time, arrival, placed.fate());
        }
        match placed {
            Placed::Visible { on_time } if first_delivery => {
                self.batch.cohort.add(happened, arrival, on_time, &self.setup.measured);
            }
            Placed::Visible { .. } => self.batch.cohort.leaked += u64::from(measured),
            Placed::Late if measured => self.facts.resolved(Resolved::late(first_delivery)),
            Placed::Late | Placed::Held => {}
        }
    }

    /// Counts a row, which truly `happened` before its `arrival`, into its window, unless it comes too
    /// late for it.
    #[inline]
    fn enter_window(
        &mut self,
        event_time: Instant,
        (happened, arrival): (Instant, Instant),
        key: u32,
        first_delivery: bool,
    ) -> Placed {
        let Some(windows) = &mut self.windows else { return Placed::Visible { on_time: true } };
        let (window, end) = windows.window_of(event_time);
        if end <= self.watermarks.late {
            return Placed::Late;
        }
        let (setup, append) = (&self.setup, self.output == Output::Append);
        windows.advance_front(event_time);
        let group = windows.entry(window, || Group::new(setup, append, end));
        group.unpublished.add(key, first_delivery);
        self.entries += u64::from(group.all.add(key, first_delivery));
        let Some(held) = &mut group.held else { return Placed::Visible { on_time: end > self.last_trigger } };
        let measured = setup.measured.contains(happened);
        if first_delivery {
            held.add(happened, arrival, true, &setup.measured);
            group.fresh += u64::from(measured);
        } else {
            held.leaked += u64::from(measured);
        }
        Placed::Held
    }
}

impl<F: Facts> Actor for MicroBatch<F> {
    fn next_control(&self) -> Instant {
        self.queue.next().min(self.probes.next())
    }

    fn deliver(&mut self, rows: Rows<'_>) {
        self.batch.rows += rows.len() as u64;
        self.batch.bytes += rows.bytes.iter().map(|bytes| u64::from(*bytes)).sum::<u64>();
        let mut row = 0;
        while row < rows.len() {
            let run = rows.plain_run(row, self.front());
            if run > 0 {
                self.deliver_run(rows.part(row..row + run));
                row += run;
            } else {
                self.deliver_row(rows, row);
                row += 1;
            }
        }
    }

    fn control(&mut self) {
        // At one instant a batch starts before levels are read.
        if self.queue.next() <= self.probes.next() {
            if let Some((at, Control::Trigger)) = self.queue.pop() {
                self.trigger(at);
            }
            return;
        }
        let at = self.probes.next();
        match self.probes.pop() {
            Due::Mark => {
                if let Some(dedup) = &mut self.dedup {
                    dedup.mark();
                }
            }
            Due::Probe => {
                let levels = Levels {
                    dedup_ids: self.probes.ids(self.dedup.as_mut()),
                    window_entries: self.entries,
                    backlog: self.batch.rows,
                    row_bytes: self.batch.bytes,
                };
                self.facts.probe(at, levels);
            }
        }
    }

    /// Spark flushes nothing at the end of its input; batches go on as time does.
    fn end_of_input(&mut self, _: Instant) {}
}
