//! The model `continuous`: Flink, one record at a time.
//!
//! ```text
//! broker ─▶ fetch ─▶ dedup ─▶ workers ─▶ window ─▶ commit ─▶ reader
//!                 └▶ watermark, emitted at ticks ──┘
//! ```
//!
//! **Scope.** Event-time rules of Flink 2.3 for tumbling windows over one input: a bounded
//! out-of-orderness watermark (largest event time − bound − 1 ms) emitted at ticks of the interval
//! from what has been read by then; a record is judged by the watermark that stands before it; a
//! window fires when the watermark reaches its last millisecond and again, at once and for each
//! late record, until the allowed lateness has passed; at the end of a bounded input what has not
//! fired fires. Dedup by processing-time TTL comes before the window.
//!
//! **Limits.** A watermark passes a worker behind the records it follows; a window is published,
//! with all its keys, when the slowest worker has seen it. Buffers are unlimited. Several
//! partitions, idleness, sessions, sliding windows and failures are not modelled yet.
//!
//! **Parameters**: `scenario::Continuous`. **Validation**: queueing theory and the published Flink
//! run of `tests/`, and an event-by-event twin.

mod busy;
mod commit;
mod fetch;
mod workers;

use std::collections::VecDeque;

use self::busy::Busy;
use self::commit::Commit;
use self::fetch::Fetch;
use self::workers::Workers;
use super::cohort::Cohort;
use super::dedup::TtlDedup;
use super::facts::{Facts, Levels, Resolved, VisibleEvent};
use super::probes::{Due, Probes};
use super::setup::Setup;
use super::windows::{Tally, Windows};
use crate::engine::Actor;
use crate::random::{Distribution, Substream};
use crate::scenario;
use crate::units::{Instant, Span};
use crate::workload::Rows;

/// One millisecond: Flink's watermark stands this much before the first event time that it does
/// not cover.
const MILLISECOND: Span = Span(1_000);

/// A continuous pipeline that reports to `F`.
pub struct Continuous<F> {
    facts: F,
    setup: Setup,
    probes: Probes,
    fetch: Fetch,
    dedup: Option<TtlDedup>,
    workers: Workers,
    service: Service,
    watermark: Watermark,
    windows: Option<Windows<Pane>>,
    allowed_lateness: Span,
    commit: Commit,
    entries: u64,
    /// Records that wait at the coming probes: changes from each probe to the next.
    waiting: VecDeque<i64>,
    busy: Busy,
}

/// State of a window.
struct Pane {
    held: Cohort,
    tally: Tally,
    fired: bool,
}

/// Service times.
struct Service {
    of: Distribution,
    constant: Option<Span>,
    stream: Substream,
}

impl Service {
    #[inline]
    fn draw(&mut self) -> Span {
        self.constant.unwrap_or_else(|| Span::from_micros_f64(self.of.sample(&mut self.stream)))
    }
}

/// The watermark, as the first event time that it does not cover: Flink's value plus 1 ms.
struct Watermark {
    bound: Span,
    interval: Span,
    largest: Instant,
    current: Instant,
    next_tick: Instant,
    /// The earliest end of a window that has not fired, or of its allowed lateness: below it a
    /// rise of the watermark changes nothing.
    next_effect: Instant,
}

impl<F: Facts> Continuous<F> {
    /// An idle pipeline.
    pub fn new(model: &scenario::Continuous, pipeline: &scenario::Pipeline, setup: Setup, mut facts: F) -> Self {
        let stream = |purpose: &str| setup.substream(&pipeline.name, purpose);
        facts.prehistory_visible(Instant(0), Instant(0));
        Self {
            facts,
            probes: Probes::new(setup.probes.clone(), setup.ttl),
            fetch: Fetch::new(model.fetch_interval, model.fetch_delay),
            dedup: setup.ttl.map(TtlDedup::new),
            workers: Workers::new(model.parallelism, model.dispatch),
            service: Service {
                of: model.service.clone(),
                constant: model.service.as_constant().map(Span::from_micros_f64),
                stream: stream("service"),
            },
            watermark: Watermark {
                bound: model.watermark_bound,
                interval: model.watermark_interval,
                largest: Instant::MIN,
                current: Instant::MIN,
                next_tick: Instant(0) + model.watermark_interval,
                next_effect: Instant::MAX,
            },
            windows: setup.windows(),
            allowed_lateness: model.allowed_lateness,
            commit: Commit::new(&model.guarantee, &pipeline.sink_delay, stream("sink"), stream("checkpoint")),
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
        panes.fold((0, 0), |sum, (_, pane)| (sum.0 + pane.held.len(), sum.1 + pane.held.leaked))
    }

    /// Emits the watermark at the ticks before `now`. Only the first tick after a record can raise
    /// it, so that the others need no visit.
    #[inline]
    fn tick_before(&mut self, now: Instant) {
        if self.watermark.next_tick < now {
            let tick = self.watermark.next_tick;
            self.watermark.next_tick =
                (now - Span(1)).floor_to(self.watermark.interval, Instant(0)).max(tick) + self.watermark.interval;
            self.raise(self.watermark.largest - self.watermark.bound, tick, false);
        }
    }

    fn raise(&mut self, to: Instant, tick: Instant, at_end: bool) {
        if to <= self.watermark.current {
            return;
        }
        self.watermark.current = to;
        if to >= self.watermark.next_effect {
            self.fire(tick, at_end);
        }
    }

    /// Fires and removes windows that the watermark has passed.
    #[cold]
    fn fire(&mut self, tick: Instant, at_end: bool) {
        let Some(windows) = &mut self.windows else { return };
        let watermark = self.watermark.current;
        // The watermark travels behind the records read before it.
        let held = tick.max(self.workers.drained());
        let (grid, lateness) = (windows.grid(), self.allowed_lateness);
        let mut next_effect = Instant::MAX;
        for (window, pane) in windows.iter_mut() {
            let end = grid.end(window);
            if end > watermark {
                next_effect = next_effect.min(end);
                break;
            }
            if !pane.fired {
                pane.fired = true;
                let visible = self.commit.visible_at(held);
                let cohort = pane.held.take();
                let printed = watermark - MILLISECOND;
                self.facts.fired(&pane.tally.firing(window, visible, Some(printed), at_end));
                self.facts.landed(end, visible);
                self.facts.cohort_visible(cohort, held, visible);
            }
            if end + lateness > watermark {
                next_effect = next_effect.min(end + lateness);
            }
        }
        while let Some((_, pane)) = windows.pop_ended(watermark - lateness) {
            self.entries -= pane.tally.entries();
        }
        self.watermark.next_effect = next_effect;
        self.facts.settled(watermark - lateness);
    }

    #[inline]
    fn record(&mut self, record: Record) {
        if self.windows.is_some() {
            self.into_window(record);
            return;
        }
        if record.first_delivery {
            let visible = self.commit.visible_at(record.processed);
            self.facts.event_visible(&record.visible(record.processed, visible, true));
        } else if record.measured {
            self.facts.resolved(Resolved { duplicates_leaked: 1, ..Resolved::default() });
        }
    }

    #[inline]
    fn into_window(&mut self, record: Record) {
        let Some(windows) = &mut self.windows else { return };
        let (window, end) = windows.window_of(record.event_time);
        if end + self.allowed_lateness <= self.watermark.current {
            if record.measured {
                self.facts.resolved(Resolved::late(record.first_delivery));
            }
            return;
        }
        let setup = &self.setup;
        let next_effect = &mut self.watermark.next_effect;
        let pane = windows.entry(window, || {
            *next_effect = end.min(*next_effect);
            Pane { held: setup.cohort(end), tally: setup.tally(), fired: false }
        });
        self.entries += u64::from(pane.tally.add(record.key, record.first_delivery));
        if end <= self.watermark.current {
            let first_firing = !std::mem::replace(&mut pane.fired, true);
            self.refire(record, window, end, first_firing);
        } else if record.first_delivery {
            pane.held.add(record.event_time, record.arrival, true, &self.setup.measured);
            if record.measured {
                pane.held.work(record.started, record.processed);
            }
        } else {
            pane.held.leaked += u64::from(record.measured);
        }
    }

    /// A late record within the allowed lateness fires its window at once.
    #[cold]
    fn refire(&mut self, record: Record, window: i64, end: Instant, first_firing: bool) {
        let visible = self.commit.visible_at(record.processed);
        let mut added = self.setup.tally();
        added.add(record.key, record.first_delivery);
        let printed = self.watermark.current - MILLISECOND;
        self.facts.fired(&added.firing(window, visible, Some(printed), false));
        if first_firing {
            self.facts.landed(end, visible);
        }
        if record.first_delivery {
            self.facts.event_visible(&record.visible(record.processed, visible, first_firing));
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

/// A record that dedup has let through.
#[derive(Clone, Copy)]
struct Record {
    event_time: Instant,
    arrival: Instant,
    key: u32,
    started: Instant,
    processed: Instant,
    first_delivery: bool,
    measured: bool,
}

impl Record {
    fn visible(&self, held: Instant, visible: Instant, on_time: bool) -> VisibleEvent {
        VisibleEvent {
            event_time: self.event_time,
            arrival: self.arrival,
            started: self.started,
            processed: self.processed,
            held,
            visible,
            on_time,
            measured: self.measured,
        }
    }
}

impl<F: Facts> Actor for Continuous<F> {
    fn next_control(&self) -> Instant {
        self.probes.next()
    }

    fn deliver(&mut self, rows: Rows<'_>) {
        let next_probe = self.probes.next_probe();
        for row in 0..rows.len() {
            let (arrival, event_time, key) = (rows.arrival[row], rows.event_time[row], rows.key[row]);
            let earlier = rows.earlier(row);
            let measured = self.setup.measured.contains(event_time);
            let read = self.fetch.read_at(arrival);
            self.tick_before(read);
            if row == 0 {
                self.commit.forget(read);
            }
            self.watermark.largest = self.watermark.largest.max(event_time);
            let (started, processed) = self.workers.serve(key, read, self.service.draw());
            self.busy.work(started, processed, &mut self.facts);
            if started > next_probe {
                self.wait_over_probes(started);
            }
            if let Some(dedup) = &mut self.dedup
                && dedup.recognises(earlier, arrival)
            {
                if measured {
                    self.facts.resolved(Resolved { duplicates_removed: 1, ..Resolved::default() });
                }
                continue;
            }
            let first_delivery = earlier.is_none();
            self.record(Record { event_time, arrival, key, started, processed, first_delivery, measured });
        }
        self.busy.report(&mut self.facts);
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
        self.raise(Instant::MAX, at, true);
    }
}
