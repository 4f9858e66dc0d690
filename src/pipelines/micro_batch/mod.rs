//! The model `micro_batch`: Spark Structured Streaming.
//!
//! ```text
//! broker ─▶ trigger ─▶ batch n: dedup ─ late filter ─ windows ─ eviction ─▶ sink ─▶ reader
//!              ▲            watermark of batch n: largest event time of the batches before it
//!              └ next multiple of the interval, or at once when the batch ran longer
//! ```
//!
//! **Scope.** Rules of Spark 4.3 for tumbling and sliding windows and for sessions (in append mode, as
//! Spark has them) over one input: a batch takes all that had arrived when it starts; the watermark of batch n is the largest event time of the batches
//! before n less the delay and never falls; late rows are filtered against the watermark of batch
//! n − 1, windows are evicted (and, in append mode, emitted) against that of batch n; a batch
//! without rows runs when the watermark rose; without either there is no batch; nothing is flushed
//! at the end of the input. A batch takes overhead + rows / throughput.
//!
//! In update mode a window counts as first published by the first trigger at or after the window's
//! end, with or without a batch: the value that a reader finds once the window is over. What later
//! batches add is late. An event of several windows counts as visible with the first of them that shows
//! it. Dedup comes before the windows (`pipelines/dedup`): Spark's own kinds drop rows whose event time
//! the late filter's watermark has reached, and are evicted with the windows.
//!
//! **Limits.** Rows for sessions are held one by one until their batch runs: an overloaded pipeline takes
//! memory as its backlog grows. A batch that fails has written nothing: it is replayed whole, from the offsets that were
//! written down before it (`outages.rs`). Reading the state again takes no time.
//!
//! **Parameters**: `scenario::MicroBatch`. **Validation**: what Spark answered (`tests/conformance/golden`), the
//! closed form of the fixed-interval micro-batch in `tests/`, and an event-by-event twin.

mod funnel;
mod group;
mod outages;
mod rows;
mod sessions;
mod windows;

use self::funnel::Funnel;
use self::group::{Group, Watermarks};
use self::outages::Outages;
use super::cohort::Cohort;
use super::dedup::Remembered;
use super::facts::{Facts, Levels, Resolved};
use super::memory::Footprint;
use super::probes::{Due, Probes};
use super::record::Record;
use super::sessions::Sessions;
use super::setup::Setup;
use super::sink::Sink;
use super::stalled::Stalled;
use super::windows::Windows;
use crate::engine::{Actor, ControlQueue};
use crate::random::Substream;
use crate::scenario::{self, Output, RunTime};
use crate::units::{Instant, Span};
use crate::workload::{Piece, Rows};

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
    sink: Sink,
    overhead_stream: Substream,
    dedup: Option<Remembered>,
    windows: Option<Windows<Box<Group>>>,
    sessions: Option<Sessions>,
    funnel: Option<Funnel>,
    /// Records of the coming batch that will go into sessions.
    arrived: Vec<Record>,
    entries: u64,
    watermarks: Watermarks,
    /// What has arrived for the batch that starts next.
    batch: Rest,
    /// The trigger before: windows that ended by then have been published.
    last_trigger: Instant,
    next_start: Instant,
    outages: Outages,
    stalled: Stalled,
    footprint: Footprint,
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
        let outages = Outages::new(model, pipeline, &setup);
        let first = Instant(-1).next_multiple(model.trigger, setup.epoch).max(model.broker.begins);
        let mut queue = ControlQueue::new();
        queue.schedule(first, Control::Trigger);
        facts.prehistory_visible(Instant(0), Instant(0));
        Self {
            facts,
            probes: Probes::new(setup.probes.clone(), setup.dedup),
            queue,
            trigger: model.trigger,
            run_time: model.run_time.clone(),
            cores: pipeline.cores,
            output: model.output,
            delay: model.watermark_delay,
            sink: Sink::new(pipeline, setup.epoch, setup.sample, stream("sink")),
            overhead_stream: stream("overhead"),
            dedup: Remembered::micro_batch(&setup, model.watermark_delay),
            windows: setup.windows(),
            sessions: setup.sessions(),
            funnel: setup.funnel.as_ref().map(Funnel::new),
            arrived: Vec::new(),
            entries: 0,
            watermarks: Watermarks { late: setup.epoch, evict: setup.epoch, largest: Instant::MIN },
            batch: Rest { rows: 0, bytes: 0, cohort: setup.cohort(first) },
            last_trigger: Instant::MIN,
            next_start: first,
            outages,
            stalled: Stalled::default(),
            footprint: Footprint::new(pipeline),
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
        let (in_sessions, stalled) = (self.held_in_sessions(), self.stalled.held());
        let in_sessions = (in_sessions.0 + stalled.0, in_sessions.1 + stalled.1);
        let in_windows = self.windows.iter_mut().flat_map(Windows::iter_mut);
        let held = in_windows.filter_map(|(_, group)| group.held.as_ref());
        held.chain([&self.batch.cohort]).fold(in_sessions, |sum, cohort| (sum.0 + cohort.len(), sum.1 + cohort.leaked))
    }

    /// Whether a window that ends by `through` has gained what is still to be published.
    pub fn owes(&mut self, through: Instant) -> bool {
        let Some(windows) = &mut self.windows else { return false };
        let grid = windows.grid();
        let mut over = windows.iter_mut().take_while(|(window, _)| grid.end(*window) <= through);
        over.any(|(_, group)| group.unpublished.rows > 0)
    }

    /// Whether memory has run out for good.
    pub fn is_dead(&self) -> bool {
        self.stalled.is_dead()
    }

    fn trigger(&mut self, now: Instant) {
        let has_windows = self.windows.is_some() || self.sessions.is_some() || self.funnel.is_some();
        let has_state = has_windows || self.dedup.as_ref().is_some_and(Remembered::needs_watermark);
        let risen = self.watermarks.evict > self.watermarks.late && has_state;
        let next = now.next_multiple(self.trigger, self.setup.epoch);
        let finished = if self.batch.rows > 0 || risen {
            self.run(now)
        } else {
            self.publish_update(now, now);
            now
        };
        if self.stalled.is_dead() {
            return;
        }
        self.last_trigger = now;
        self.outages.note_batch(finished, next, &mut self.facts);
        self.next_start = self.outages.next_start(finished, next.max(finished), &mut self.facts);
        self.batch.cohort = self.setup.cohort(self.next_start);
        self.queue.schedule(self.next_start, Control::Trigger);
    }

    /// Runs the batch that starts now; gives its end.
    fn run(&mut self, now: Instant) -> Instant {
        let overhead = self.run_time.overhead.sample(&mut self.overhead_stream);
        let takes = self.run_time.of(self.batch.rows * u64::from(self.setup.sample), overhead);
        self.facts.run_started(now);
        let levels = Levels {
            dedup_ids: self.dedup.as_mut().map_or(0, Remembered::ids_in_batch),
            window_entries: self.entries,
            backlog: self.batch.rows,
            row_bytes: self.batch.bytes,
        };
        self.facts.peak(now, levels);
        if self.weigh(now, levels) {
            return now;
        }
        let started = self.outages.attempt(now, takes, self.batch.rows, self.cores, &mut self.facts);
        let finished = started + takes;
        self.match_funnel();
        let rows = if self.sink.counts_rows() { self.rows_written() } else { 0 };
        let visible = self.sink.visible_at(finished, rows);
        self.facts.busy(started, finished, takes.0 as f64 * self.cores);
        if let Some(enrich) = &mut self.setup.enrich {
            enrich.join(now, self.batch.rows);
            self.facts.joined(enrich.report());
        }
        let mut cohort = self.batch.cohort.take();
        cohort.work_many(cohort.len(), started, finished);
        self.facts.cohort_visible(cohort, finished, visible);
        self.publish_update(now, visible);
        self.note_work(started, finished);
        self.evict(finished, visible);
        self.run_sessions(started, finished, visible);
        self.publish_funnel(visible);
        if let Some(dedup) = &mut self.dedup {
            dedup.watermark(now, self.watermarks.evict);
        }
        self.rise();
        self.facts.watermark(now, self.watermarks.late);
        self.batch.rows = 0;
        self.batch.bytes = 0;
        finished.max(self.sink.stored_by())
    }

    /// Whether the state does not fit.
    fn weigh(&mut self, at: Instant, levels: Levels) -> bool {
        let outgrows = self.footprint.outgrows(&levels.scaled(self.setup.sample));
        if outgrows {
            self.stalled.die();
            self.facts.out_of_memory(at, levels);
        }
        outgrows
    }

    /// The watermarks of the next batch.
    fn rise(&mut self) {
        self.watermarks.late = self.watermarks.evict;
        self.watermarks.evict = self.watermarks.evict.max(self.watermarks.largest - self.delay);
    }
}

impl<F: Facts> Actor for MicroBatch<F> {
    fn next_control(&self) -> Instant {
        self.queue.next().min(self.probes.next())
    }

    fn deliver(&mut self, rows: Rows<'_>) {
        if self.stalled.is_dead() {
            self.stalled.count(rows, &self.setup);
            return;
        }
        let gone = self.outages.gone(rows, self.next_start);
        (0..gone).filter(|row| self.setup.measured.contains(rows.happened(*row))).for_each(|row| {
            self.facts.resolved(Resolved::lost(rows.earlier(row).is_none()));
        });
        let rows = rows.part(gone..rows.len());
        self.batch.rows += rows.len() as u64;
        self.batch.bytes += rows.bytes.sum();
        let (mut row, mut runs) = (0, rows.runs());
        while row < rows.len() {
            let run = runs.at(row, self.front());
            row += run.rows.len();
            if self.takes_any_order() {
                self.deliver_run(&run);
                continue;
            }
            for piece in run.pieces() {
                match piece {
                    Piece::Plain(run) => self.deliver_plain(&run),
                    Piece::Odd(odd) => self.deliver_row(run.rows, odd),
                }
            }
        }
    }

    fn control(&mut self) {
        // At one instant a batch starts before levels are read.
        if self.queue.next() <= self.probes.next() {
            if let Some((at, Control::Trigger)) = self.queue.pop()
                && !self.stalled.is_dead()
            {
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
                if self.stalled.is_dead() {
                    self.facts.probe(at, self.stalled.levels(self.batch.rows));
                    return;
                }
                self.facts.probe(at, levels);
                self.weigh(at, levels);
            }
        }
    }

    /// Spark flushes nothing at the end of its input; batches go on as time does.
    fn end_of_input(&mut self, _: Instant) {}
}
