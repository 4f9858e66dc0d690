//! The model `continuous`: Flink, one record at a time.
//!
//! ```text
//! broker ─▶ fetch ─▶ dedup ─▶ workers ─▶ window ─▶ commit ─▶ reader
//!                 └▶ watermark, emitted at ticks ──┘
//! ```
//!
//! **Scope.** Event-time rules of Flink 2.3 for tumbling, sliding and session windows, and its count
//! windows, over one input: a bounded out-of-orderness watermark (largest event time − bound − 1 ms)
//! emitted at ticks of the interval from what has been read by then, or after each record; a record is
//! judged by the watermark that stands before it; a
//! window fires when the watermark reaches its last millisecond and again, at once and for each
//! late record, until the allowed lateness has passed; partitions of the broker have a watermark each,
//! merged by their minimum, and one without records can be left out as idle; at the end of a bounded input what has not
//! fired fires. Dedup comes before the window, or inside it where its kind is that (`pipelines/dedup`).
//!
//! **Limits.** A watermark passes a worker behind the records it follows; a window is published,
//! with all its keys, when the slowest worker has seen it. Buffers are unlimited. An event of several windows counts as visible with the first of them that shows it.
//!
//! **Parameters**: `scenario::Continuous`. **Validation**: queueing theory and a published Flink
//! run in `tests/`, what Flink answered (`tests/conformance/golden`), and an event-by-event twin.

mod admission;
mod at_once;
mod busy;
mod commit;
mod fetch;
mod firing;
mod funnel;
mod groups;
mod pane;
mod recovery;
mod runs;
mod service;
mod source;
mod watermark;
mod workers;

use std::collections::VecDeque;

use self::admission::{Admitted, Job};
use self::busy::Busy;
use self::commit::Commit;
use self::fetch::Fetch;
use self::funnel::Funnel;
use self::groups::Groups;
use self::pane::Pane;
use self::recovery::Recovery;
use self::service::Service;
use self::source::Source;
use self::watermark::Watermark;
use self::workers::Workers;
use super::dedup::{Remembered, Verdict};
use super::facts::{Facts, Levels, Resolved};
use super::failures::Failures;
use super::memory::Footprint;
use super::probes::{Due, Probes};
use super::record::Record;
use super::setup::Setup;
use super::sink::Sink;
use super::stalled::Stalled;
use super::windows::Windows;
use crate::engine::Actor;
use crate::scenario::{self, WatermarkEmission, WatermarkPer};
use crate::units::{Instant, Span};
use crate::workload::{Item, LONGEST_RUN, Rows};

/// A continuous pipeline that reports to `F`.
pub struct Continuous<F> {
    facts: F,
    setup: Setup,
    probes: Probes,
    source: Source,
    job: Job,
    stalled: Stalled,
    footprint: Footprint,
    dedup: Option<Remembered>,
    /// `dedup` as it was at the start, for a job that loses its state.
    fresh_dedup: Option<Remembered>,
    workers: Workers,
    service: Service,
    watermark: Watermark,
    windows: Option<Windows<Box<Pane>>>,
    groups: Option<Groups>,
    funnel: Option<Funnel>,
    allowed_lateness: Span,
    commit: Commit,
    entries: u64,
    /// When the record taken last was read.
    last_read: Instant,
    /// Records that wait at the coming probes: changes from each probe to the next.
    waiting: VecDeque<i64>,
    busy: Busy,
    /// When the rows of the run in hand are started, if they are served at once.
    starts: Box<[Instant; LONGEST_RUN]>,
}

impl<F: Facts> Continuous<F> {
    /// An idle pipeline.
    pub fn new(model: &scenario::Continuous, pipeline: &scenario::Pipeline, setup: Setup, mut facts: F) -> Self {
        let stream = |purpose: &str| setup.substream(&pipeline.name, purpose);
        facts.prehistory_visible(Instant(0), Instant(0));
        let fetch = Fetch::new(model.fetch_interval, model.fetch_delay);
        let source = Source::new(fetch, model.broker, setup.partitioner.count(), setup.sample);
        let guarded = model.checkpoints.is_some() || pipeline.failures.is_some();
        let recovery = guarded.then(|| {
            let failures = Failures::new(pipeline, &setup);
            Recovery::new(model.checkpoints.clone(), failures, stream("checkpoint"), stream("alignment"))
        });
        let begins = source.begins();
        let skips = if begins > Instant(0) { source.skips_until(begins, true) } else { Instant::MIN };
        let dedup = Remembered::continuous(&setup, model.allowed_lateness, stream("bloom"));
        Self {
            facts,
            probes: Probes::new(setup.probes.clone(), setup.dedup),
            job: Job::new(model.guarantee, model.parallelism, guarded, begins, skips),
            stalled: Stalled::default(),
            source,
            footprint: Footprint::new(pipeline),
            fresh_dedup: dedup.clone(),
            dedup,
            workers: Workers::new(model.parallelism, model.dispatch),
            service: Service::new(&model.service, stream("service")),
            watermark: watermark(model, &setup),
            windows: setup.windows(),
            groups: setup.window.and_then(|window| Groups::new(window, setup.aggregate)),
            funnel: setup.funnel.as_ref().map(Funnel::new),
            allowed_lateness: model.allowed_lateness,
            commit: Commit::new(
                model.guarantee,
                recovery,
                Sink::new(pipeline, setup.epoch, setup.sample, stream("sink")),
            ),
            entries: 0,
            last_read: Instant::MIN,
            waiting: VecDeque::new(),
            busy: Busy::new(&setup),
            starts: Box::new([Instant(0); LONGEST_RUN]),
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
        let panes = self.windows.iter_mut().flat_map(Windows::iter_mut);
        let in_groups = self.groups.as_ref().map_or((0, 0), Groups::held);
        let (stalled, waiting) = (self.stalled.held(), self.funnel.as_ref().map_or((0, 0), Funnel::held));
        let in_groups = (in_groups.0 + stalled.0 + waiting.0, in_groups.1 + stalled.1 + waiting.1);
        panes.fold(in_groups, |sum, (_, pane)| (sum.0 + pane.held.len(), sum.1 + pane.held.leaked))
    }

    /// Whether memory has run out for good.
    pub fn is_dead(&self) -> bool {
        self.stalled.is_dead()
    }

    /// Passes what stops the job before `now`, and emits the watermark at the ticks before it.
    #[inline]
    fn tick_before(&mut self, now: Instant) {
        if now > self.job.halt {
            self.pass_before(now);
        }
        self.emit_before(now);
    }

    #[inline]
    fn emit_before(&mut self, now: Instant) {
        while let Some((tick, to)) = self.watermark.tick_before(now) {
            let fires = self.watermark.raise(to);
            self.facts.watermark(tick, to);
            if fires {
                self.fire(tick, false);
            }
            if let Some(dedup) = &mut self.dedup {
                dedup.watermark(self.source.read_until(tick), self.watermark.current);
            }
        }
    }

    /// Service time of a record, with its side input.
    #[inline]
    fn service_of(&mut self, key: u32, read: Instant) -> Span {
        let service = self.service.draw();
        self.setup.enrich.as_mut().map_or(service, |enrich| service + enrich.join_record(key, read))
    }

    /// Takes any row.
    fn deliver_row(&mut self, rows: Rows<'_>, row: usize) {
        self.take_row(rows, row);
        if self.watermark.per_record {
            let read = self.last_read;
            let to = self.watermark.due_at(read);
            self.facts.watermark(read, to);
            if self.watermark.raise(to) {
                self.fire(read, false);
            }
            if let Some(dedup) = &mut self.dedup {
                dedup.watermark(rows.arrival[row], self.watermark.current);
            }
        }
    }

    #[inline]
    fn take_row(&mut self, rows: Rows<'_>, row: usize) {
        let Some(served) = self.admit(rows.arrival[row], rows.key[row]) else {
            if self.setup.measured.contains(rows.happened(row)) {
                self.facts.resolved(Resolved::lost(rows.earlier(row).is_none()));
            }
            return;
        };
        self.watermark.read(served.partition, rows.event_time[row], served.read);
        self.enter(rows, row, &served);
    }

    /// Takes a row that has been served.
    #[inline]
    fn enter(&mut self, rows: Rows<'_>, row: usize, served: &Admitted) {
        let (arrival, event_time, key) = (rows.arrival[row], rows.event_time[row], rows.key[row]);
        let (earlier, happened) = rows.history(row);
        let measured = self.setup.measured.contains(happened);
        let first_delivery = earlier.is_none();
        let Admitted { read, started, processed, .. } = *served;
        self.last_read = read;
        // A job that has lost its state knows none of the ids before.
        let earlier = earlier.map(|all| &all[all.partition_point(|copy| copy.arrival <= self.job.forgotten)..]);
        let earlier = earlier.filter(|known| !known.is_empty());
        // What is too late for dedup is too late for its window, where it is dropped.
        if let Some(dedup) = &mut self.dedup
            && dedup.judge(earlier, arrival, event_time) == Verdict::Known
        {
            if measured {
                self.facts.resolved(Resolved::recognised(first_delivery));
            }
            return;
        }
        let Item { bytes, user, .. } = rows.item(row);
        let record =
            Record { event_time, happened, arrival, key, bytes, user, started, processed, first_delivery, measured };
        if self.funnel.is_some() {
            self.enter_funnel(record, rows.act(row));
            return;
        }
        self.record(record);
    }

    #[inline]
    fn record(&mut self, record: Record) {
        if self.windows.is_some() {
            self.enter_window(record);
            return;
        }
        if self.groups.is_some() {
            self.enter_group(record);
            return;
        }
        self.job.write(1);
        if record.first_delivery {
            let visible = self.commit.visible_at(record.processed, 1, &mut self.facts);
            self.facts.event_visible(&record.visible(record.processed, visible, true));
        } else if record.measured {
            self.facts.resolved(Resolved { duplicates_leaked: 1, ..Resolved::default() });
        }
    }

    /// Counts a record among those waiting at the probes between its arrival and its start.
    #[cold]
    fn wait_over_probes(&mut self, started: Instant) {
        let passed = self.probes.coming().partition_point(|probe| *probe < started);
        if self.waiting.len() <= passed {
            self.waiting.resize(passed + 1, 0);
        }
        self.waiting[0] += 1;
        self.waiting[passed] -= 1;
    }

    fn probe(&mut self, at: Instant) {
        let backlog = self.waiting.pop_front().unwrap_or(0);
        if let Some(next) = self.waiting.front_mut() {
            *next += backlog;
        }
        let levels = Levels {
            dedup_ids: self.probes.ids(self.dedup.as_mut()),
            window_entries: self.entries,
            backlog: backlog.max(0) as u64,
            row_bytes: 0,
        };
        self.facts.probe(at, levels);
        self.weigh(at, levels);
    }
}

fn watermark(model: &scenario::Continuous, setup: &Setup) -> Watermark {
    let partitions = match model.watermark_per {
        WatermarkPer::Input => 1,
        WatermarkPer::Partition => setup.partitioner.count(),
    };
    let mut watermark = Watermark::new(model.watermark_bound, model.watermark_interval, partitions, model.idleness);
    watermark.per_record = model.watermark_emission == WatermarkEmission::Record;
    watermark
}

impl<F: Facts> Actor for Continuous<F> {
    fn next_control(&self) -> Instant {
        self.probes.next()
    }

    fn deliver(&mut self, rows: Rows<'_>) {
        if self.stalled.is_dead() {
            self.stalled.count(rows, &self.setup);
            return;
        }
        if let Some(first) = rows.arrival.first() {
            let read = self.source.fetched(*first);
            self.tick_before(read);
            self.commit.forget(read);
        }
        let (mut row, mut runs) = (0, rows.runs());
        while row < rows.len() {
            if let Some(front) = self.front() {
                row += self.deliver_run(&runs.at(row, front), front);
            } else {
                self.deliver_row(rows, row);
                row += 1;
            }
        }
        self.busy.report(&mut self.facts);
        if let Some(enrich) = &mut self.setup.enrich {
            self.facts.joined(enrich.report());
        }
    }

    fn control(&mut self) {
        let at = self.probes.next();
        if !self.stalled.is_dead() {
            self.tick_before(at + Span(1));
        }
        match self.probes.pop() {
            Due::Mark => {
                if let Some(dedup) = &mut self.dedup {
                    dedup.mark();
                }
            }
            Due::Probe if self.stalled.is_dead() => self.facts.probe(at, self.stalled.levels(0)),
            Due::Probe => self.probe(at),
        }
    }

    /// Flink closes a bounded input with the largest watermark: all that has not fired fires.
    fn end_of_input(&mut self, at: Instant) {
        if self.stalled.is_dead() {
            return;
        }
        self.tick_before(at);
        if self.watermark.raise(Instant::MAX) {
            self.fire(at, true);
        }
        if let Some(dedup) = &mut self.dedup {
            dedup.watermark(at, self.watermark.current);
        }
    }
}
