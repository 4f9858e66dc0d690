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
//! with all its keys, when the slowest worker has seen it. Buffers are unlimited. Failures are not
//! modelled yet. An event of several windows counts as visible with the first of them that shows it.
//!
//! **Parameters**: `scenario::Continuous`. **Validation**: queueing theory and a published Flink
//! run in `tests/`, what Flink answered (`tests/conformance/golden`), and an event-by-event twin.

mod busy;
mod commit;
mod fetch;
mod firing;
mod groups;
mod pane;
mod service;
mod watermark;
mod workers;

use std::collections::VecDeque;

use self::busy::Busy;
use self::commit::Commit;
use self::fetch::Fetch;
use self::groups::Groups;
use self::pane::Pane;
use self::service::Service;
use self::watermark::Watermark;
use self::workers::Workers;
use super::dedup::{Remembered, Verdict};
use super::facts::{Facts, Levels, Resolved};
use super::probes::{Due, Probes};
use super::record::Record;
use super::setup::Setup;
use super::sink::Sink;
use super::windows::Windows;
use crate::engine::Actor;
use crate::scenario::{self, WatermarkEmission, WatermarkPer};
use crate::units::{Instant, Period, Span};
use crate::workload::Rows;

/// A continuous pipeline that reports to `F`.
pub struct Continuous<F> {
    facts: F,
    setup: Setup,
    probes: Probes,
    fetch: Fetch,
    dedup: Option<Remembered>,
    workers: Workers,
    service: Service,
    watermark: Watermark,
    windows: Option<Windows<Pane>>,
    groups: Option<Groups>,
    allowed_lateness: Span,
    commit: Commit,
    entries: u64,
    /// Records that wait at the coming probes: changes from each probe to the next.
    waiting: VecDeque<i64>,
    busy: Busy,
}

impl<F: Facts> Continuous<F> {
    /// An idle pipeline.
    pub fn new(model: &scenario::Continuous, pipeline: &scenario::Pipeline, setup: Setup, mut facts: F) -> Self {
        let stream = |purpose: &str| setup.substream(&pipeline.name, purpose);
        facts.prehistory_visible(Instant(0), Instant(0));
        Self {
            facts,
            probes: Probes::new(setup.probes.clone(), setup.dedup),
            fetch: Fetch::new(model.fetch_interval, model.fetch_delay),
            dedup: Remembered::continuous(&setup, model.allowed_lateness, stream("bloom")),
            workers: Workers::new(model.parallelism, model.dispatch),
            service: Service::new(&model.service, stream("service")),
            watermark: watermark(model, &setup),
            windows: setup.windows(),
            groups: setup.window.and_then(Groups::new),
            allowed_lateness: model.allowed_lateness,
            commit: Commit::new(
                &model.guarantee,
                Sink::new(pipeline, setup.epoch, setup.sample, stream("sink")),
                stream("checkpoint"),
            ),
            entries: 0,
            waiting: VecDeque::new(),
            busy: Busy::new(&setup),
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
        panes.fold(in_groups, |sum, (_, pane)| (sum.0 + pane.held.len(), sum.1 + pane.held.leaked))
    }

    /// Emits the watermark at the ticks before `now`.
    #[inline]
    fn tick_before(&mut self, now: Instant) {
        while let Some((tick, to)) = self.watermark.tick_before(now) {
            let fires = self.watermark.raise(to);
            self.facts.watermark(tick, to);
            if fires {
                self.fire(tick, false);
            }
            if let Some(dedup) = &mut self.dedup {
                dedup.watermark(self.fetch.read_until(tick), self.watermark.current);
            }
        }
    }

    /// The event times at which a run of rows can be taken in bulk: the newest window, as long as
    /// it has not fired, and either measured or not.
    fn front(&self) -> Option<Period> {
        if self.watermark.per_record {
            return None;
        }
        let front = self.windows.as_ref()?.front();
        let measured = front.and(&self.setup.measured);
        let open = front.to > self.watermark.current;
        open.then_some(if measured.from < measured.to { measured } else { front })
    }

    /// Takes rows of a run of first deliveries, all in the newest window, up to the next tick of
    /// the watermark; gives how many, at least one.
    fn deliver_run(&mut self, rows: Rows<'_>) -> usize {
        let passing = self.dedup.as_mut().map_or(rows.len(), |dedup| dedup.passing(rows));
        if passing == 0 {
            self.deliver_row(rows, 0);
            return 1;
        }
        let rows = rows.part(0..passing);
        let read = self.fetch.read_at(rows.arrival[0]);
        self.tick_before(read);
        let (window, end) = match &mut self.windows {
            Some(windows) => windows.window_of(rows.event_time[0]),
            None => return 0,
        };
        if end <= self.watermark.current {
            // The tick has just fired it.
            self.deliver_row(rows, 0);
            return 1;
        }
        let (rows, started, processed) = self.serve_until_tick(rows);
        if let Some(dedup) = &mut self.dedup {
            dedup.remember(rows);
        }
        let Some(windows) = &mut self.windows else { return rows.len() };
        self.facts.judged_on_time(rows);
        let pane = windows.entry(window, || Pane::new(&self.setup, end));
        self.watermark.next_effect = self.watermark.next_effect.min(end);
        self.entries += pane.tally.add_run(rows.key);
        if pane.held.add_run(rows, true, &self.setup.measured) > 0 {
            pane.held.started += started;
            pane.held.processed += processed;
        }
        rows.len()
    }

    /// Serves the rows that are read before the next tick, and tells the watermark; gives them with the sums of their starts
    /// and ends.
    #[inline]
    fn serve_until_tick<'a>(&mut self, rows: Rows<'a>) -> (Rows<'a>, i128, i128) {
        let (next_probe, next_tick) = (self.probes.next_probe(), self.watermark.next_tick);
        let (base, sample, split) = (rows.arrival[0], self.setup.sample, self.watermark.is_split());
        // Sums of a run, counted from its first arrival, fit 64 bits.
        let (mut count, mut starts, mut ends) = (0_usize, 0_i64, 0_i64);
        let (mut newest, mut last) = (Instant::MIN, Instant::MIN);
        for ((arrival, key), event_time) in rows.arrival.iter().zip(rows.key).zip(rows.event_time) {
            let read = self.fetch.read_at(*arrival);
            if read > next_tick {
                break;
            }
            if split {
                self.watermark.read(self.setup.partitioner.of(*key), *event_time, read);
            }
            (newest, last) = (newest.max(*event_time), read);
            let service = self.service_of(*key, read);
            let (started, processed, free) = self.workers.serve(*key, read, service, sample);
            self.busy.work(started, free, &mut self.facts);
            if started > next_probe {
                self.wait_over_probes(started);
            }
            starts = starts.saturating_add((started - base).0);
            ends = ends.saturating_add((processed - base).0);
            count += 1;
        }
        if !split {
            self.watermark.read(0, newest, last);
        }
        let all = i128::from(base.0) * count as i128;
        (rows.part(0..count), all + i128::from(starts), all + i128::from(ends))
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
            let read = self.fetch.read_at(rows.arrival[row]);
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
        let (arrival, event_time, key) = (rows.arrival[row], rows.event_time[row], rows.key[row]);
        let earlier = rows.earlier(row);
        let happened = rows.happened(row);
        let measured = self.setup.measured.contains(happened);
        let read = self.fetch.read_at(arrival);
        self.tick_before(read);
        self.watermark.read(self.setup.partitioner.of(key), event_time, read);
        let service = self.service_of(key, read);
        let (started, processed, free) = self.workers.serve(key, read, service, self.setup.sample);
        self.busy.work(started, free, &mut self.facts);
        if started > self.probes.next_probe() {
            self.wait_over_probes(started);
        }
        let first_delivery = earlier.is_none();
        // What is too late for dedup is too late for its window, where it is dropped.
        if let Some(dedup) = &mut self.dedup
            && dedup.judge(earlier, arrival, event_time) == Verdict::Known
        {
            if measured {
                self.facts.resolved(Resolved::recognised(first_delivery));
            }
            return;
        }
        self.record(Record { event_time, happened, arrival, key, started, processed, first_delivery, measured });
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
        if record.first_delivery {
            let visible = self.commit.visible_at(record.processed, 1);
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
        if let Some(first) = rows.arrival.first() {
            let read = self.fetch.read_at(*first);
            self.tick_before(read);
            self.commit.forget(read);
        }
        let mut row = 0;
        // Rows up to here are plain: found once, although ticks cut them into pieces.
        let mut plain = 0;
        while row < rows.len() {
            let front = self.front();
            if plain <= row {
                plain = row + front.map_or(0, |front| rows.plain_run(row, front));
            }
            if row < plain && front.is_some() {
                row += self.deliver_run(rows.part(row..plain));
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
        self.tick_before(at + Span(1));
        match self.probes.pop() {
            Due::Mark => {
                if let Some(dedup) = &mut self.dedup {
                    dedup.mark();
                }
            }
            Due::Probe => self.probe(at),
        }
    }

    /// Flink closes a bounded input with the largest watermark: all that has not fired fires.
    fn end_of_input(&mut self, at: Instant) {
        self.tick_before(at);
        if self.watermark.raise(Instant::MAX) {
            self.fire(at, true);
        }
        if let Some(dedup) = &mut self.dedup {
            dedup.watermark(at, self.watermark.current);
        }
    }
}
