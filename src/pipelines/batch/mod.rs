//! The model `batch`: scheduled runs over closed periods (daily, hourly, any).
//!
//! ```text
//! broker ─▶ table, partitioned by event time or arrival ─▶ run k: read ─ dedup ─ count ─▶ sink ─▶ reader
//!                                                            ▲ boundary + start_after + start_delay,
//!                                                            └ or when run k − 1 ends
//! ```
//!
//! **Scope.** Boundaries are UTC multiples of `every`. Run k covers the period that ends at its
//! boundary and reads what has arrived by its start; runs follow one another. A run takes
//! overhead + rows read / throughput × straggler, may be checked (`gate.rs`), and its output is visible at once, one
//! sink delay after its end. Rows of periods that were read before are dropped, read by the next run, or read because
//! every run reads the last periods again (lookback), at that cost. Dedup sees what one run reads.
//! Partitioned by arrival no row is late, but the result of a period misses what came after it. A run
//! publishes the windows that end in its period; for sliding ones it reads once more what reaches into
//! them. Sessions merge over all that a run reads.
//!
//! A run that fails starts over with the same rows when the pipeline works again; a run that is due while it does not
//! waits. A run whose working set outgrows the memory fails each time it is tried: its rows stay pending.
//!
//! **Limits.** What a run that was given up should have published is not made up for by a later one that reads its period
//! again. Windows, or their slides, must divide the period. A session that reaches back
//! beyond what a run reads is counted whole.
//!
//! **Parameters**: `scenario::Batch`. **Validation**: the sawtooth's closed form in `tests/`, and an
//! event-by-event twin.

mod attempts;
mod counted;
mod downstream;
mod funnel;
mod gate;
mod intake;
mod place;
mod planned;
mod publish;
mod tree;

use std::collections::VecDeque;

use self::attempts::Attempts;
use self::counted::Counted;
use self::downstream::Downstream;
use self::funnel::Funnel;
use self::gate::{Gate, RunClock, holds_bad};
use self::intake::{Added, Intake, Size};
use super::facts::{Facts, Levels, Resolved};
use super::probes::{Due, Probes};
use super::sessions::Sessions;
use super::setup::Setup;
use super::sink::Sink;
use crate::engine::{Actor, ControlQueue};
use crate::random::Substream;
use crate::scenario::{self, LateRows};
use crate::units::{Instant, Span};
use crate::workload::Rows;

/// Control events; at one instant in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Control {
    /// The run in progress ends.
    Finish,
    /// The next run is due.
    Start,
}

/// A batch pipeline that reports to `F`.
pub struct Batch<F> {
    facts: F,
    model: scenario::Batch,
    setup: Setup,
    probes: Probes,
    queue: ControlQueue<Control>,
    cores: f64,
    sink: Sink,
    delay_stream: Substream,
    clock: RunClock,
    gate: Gate,
    downstream: Option<Downstream>,
    /// Boundary of the run that starts next: end of its period.
    boundary: Instant,
    /// Rows for the runs to come, from the next one on.
    intakes: VecDeque<Intake>,
    /// Sizes of the periods before the next run's, as far as runs look back; the latest first.
    before: VecDeque<Size>,
    /// Sessions of the periods that runs read.
    sessions: Option<Sessions>,
    /// Users that runs which look back have counted.
    counted: Option<Counted>,
    /// Rows of the funnel that runs read once more.
    funnel: Option<Funnel>,
    /// Start of the run before.
    last_start: Instant,
    /// End of the run before.
    last_finish: Instant,
    running: Option<Run>,
    /// The next run is due and waits for the one in progress.
    overdue: bool,
    attempts: Attempts,
}

/// A run in progress.
struct Run {
    intake: Intake,
    boundary: Instant,
    started: Instant,
    finishes: Instant,
    levels: Levels,
    /// Its working set does not fit: it publishes nothing.
    given_up: bool,
}

impl<F: Facts> Batch<F> {
    /// A pipeline before its first run. What came before the scenario is published on schedule, so
    /// that the sink is not empty at the start.
    pub fn new(model: &scenario::Batch, pipeline: &scenario::Pipeline, setup: Setup, mut facts: F) -> Self {
        let stream = |purpose: &str| setup.substream(&pipeline.name, purpose);
        let before = Instant(0).floor_to(model.every, setup.epoch);
        facts.prehistory_visible(before - model.every, Instant::MIN);
        let usual =
            Span::from_micros_f64(model.start_delay.mean().min(1e15) + model.run_time.overhead.mean().min(1e15));
        facts.prehistory_visible(before, before + model.start_after + usual);
        let mut batch = Self {
            facts,
            probes: Probes::new(setup.probes.clone(), None),
            queue: ControlQueue::new(),
            cores: pipeline.cores,
            sink: Sink::new(pipeline, setup.epoch, setup.sample, stream("sink")),
            delay_stream: stream("start_delay"),
            clock: RunClock::new(model, stream),
            downstream: model.downstream.as_ref().map(|model| Downstream::new(model, stream("downstream"))),
            gate: Gate::new(model, stream),
            boundary: before + model.every,
            intakes: VecDeque::new(),
            // Before the start nothing happened, but a clock that is behind says otherwise.
            before: match model.late {
                LateRows::Lookback { periods } => vec![Size::default(); periods as usize].into(),
                _ => VecDeque::new(),
            },
            sessions: setup.sessions(),
            counted: Counted::new(model, &setup),
            funnel: setup.funnel.as_ref().map(|steps| Funnel::new(model, steps)),
            last_start: Instant::MIN,
            last_finish: Instant::MIN,
            running: None,
            overdue: false,
            attempts: Attempts::new(pipeline, &setup),
            model: model.clone(),
            setup,
        };
        batch.intake(0);
        batch.schedule_next(Instant(0));
        batch
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
    pub fn held(&self) -> (u64, u64) {
        let running = self.running.iter().map(|run| &run.intake);
        let cohorts = self.intakes.iter().chain(running).flat_map(|intake| &intake.cohorts);
        cohorts.fold(self.attempts.given_up, |sum, cohort| (sum.0 + cohort.len(), sum.1 + cohort.leaked))
    }

    /// Whether a period that ends by `through` is still to be published.
    pub fn owes(&self, through: Instant) -> bool {
        self.running.as_ref().map_or(self.boundary, |run| run.boundary) <= through
    }

    fn schedule_next(&mut self, now: Instant) {
        let scheduled = self.intake(0).scheduled;
        self.queue.schedule(scheduled.max(now), Control::Start);
    }

    /// Puts any row where it belongs.
    fn deliver_row(&mut self, rows: Rows<'_>, row: usize) {
        let (arrival, event_time, item) = (rows.arrival[row], rows.event_time[row], rows.item(row));
        let (earlier, happened) = rows.history(row);
        let measured = self.setup.measured.contains(happened);
        let Some(place) = self.place(event_time, arrival) else {
            if measured {
                self.facts.resolved(Resolved::late(earlier.is_none()));
            }
            return;
        };
        let removed =
            self.setup.dedup.is_some() && earlier.is_some_and(|earlier| self.is_duplicate(earlier, place.ahead));
        let size = Size { rows: 1, bytes: item.bytes.into(), ids: u64::from(!removed) };
        self.plan_to(place.ahead);
        let intake = &mut self.intakes[place.ahead];
        // A row of a period that runs look back on is read again with its own period.
        let looked_back = place.back.checked_sub(1).and_then(|back| self.before.get_mut(back));
        if let Some(period) = looked_back {
            period.add(size);
            intake.looked_back += 1;
        } else if place.on_time {
            intake.period.add(size);
            if let Some(leaves) = &mut intake.leaves {
                leaves.add(event_time, arrival, size);
            }
        } else {
            intake.late.add(size);
        }
        let added = Added { event_time, happened, arrival, item, first: earlier.is_none(), on_time: place.on_time };
        if !removed {
            intake.add(added, &self.setup);
        }
        if let Some(grid) = self.setup.grid.filter(|grid| !grid.is_tumbling()) {
            self.carry(event_time, place.ahead, size, grid);
        }
        if !removed {
            if let Some(grid) = self.setup.grid {
                self.count(added, place.ahead, grid);
            }
            if self.funnel.is_some() {
                self.keep_step(rows, row, place.ahead);
            }
        } else if measured {
            self.facts.resolved(Resolved { duplicates_removed: 1, ..Resolved::default() });
        }
    }

    fn start(&mut self, now: Instant) {
        if self.running.is_some() {
            self.overdue = true;
            return;
        }
        self.overdue = false;
        let backlog = self.backlog();
        let Some(mut intake) = self.intakes.pop_front() else { return };
        self.read_funnel(&mut intake);
        let read =
            self.before.iter().fold(intake.period, |sum, size| sum.plus(*size)).plus(intake.late).plus(intake.carried);
        let (started, finishes, most) = match intake.leaves.take() {
            Some(leaves) => self.grow(leaves, now, intake.late.plus(intake.carried)),
            None => (now, now + self.clock.draw(read.rows.saturating_mul(self.setup.sample.into())), read),
        };
        let takes = Span((finishes - started).0.max(0)) + self.gate.check() + self.join(now, read.rows);
        let levels = Levels {
            dedup_ids: if self.setup.dedup.is_some() { most.ids } else { 0 },
            window_entries: intake.entries,
            backlog,
            row_bytes: most.bytes,
        };
        self.facts.run_started(now);
        self.facts.peak(now, levels);
        self.look_back(intake.period);
        let full = self.attempts.full_at(started, takes, levels, &self.setup, self.cores, &mut self.facts);
        let (started, finishes) = match full {
            Some(full) => (started, full),
            None => {
                let started = self.attempts.start(started, takes, read.rows, self.cores, &mut self.facts);
                (started, started + takes)
            }
        };
        let given_up = full.is_some();
        self.running = Some(Run { intake, boundary: self.boundary, started, finishes, levels, given_up });
        self.boundary += self.model.every;
        self.last_start = now;
        self.last_finish = finishes;
        // The runs ahead cannot start before this one ends: their rows age until then.
        for ahead in &mut self.intakes {
            ahead.delay_to(finishes, &self.setup);
        }
        self.queue.schedule(finishes, Control::Finish);
        self.schedule_next(now);
    }

    fn look_back(&mut self, period: Size) {
        if let LateRows::Lookback { periods } = self.model.late {
            self.before.push_front(period);
            self.before.truncate(periods as usize);
        }
    }

    fn finish(&mut self, now: Instant) {
        if let Some(run) = self.running.take_if(|run| run.given_up) {
            self.attempts.give_up(&run.intake);
            if let Some(funnel) = &mut self.funnel {
                funnel.give_up();
            }
        }
        if let Some(mut run) = self.running.take() {
            let (cohorts, setup) = (&mut run.intake.cohorts, &self.setup);
            let passage = self.gate.pass(now, || holds_bad(cohorts, setup));
            if passage.stopped {
                self.facts.run_stopped(now);
                cohorts.iter_mut().for_each(|cohort| cohort.repaired = passage.repaired);
            }
            let (bytes, rewriting) = self.sink.rewrite(cohorts);
            if bytes > 0.0 {
                self.facts.rewritten(now, bytes);
            }
            let rows = if self.sink.counts_rows() { run.intake.rows_written() } else { 0 };
            let visible = self.sink.visible_at(passage.released + rewriting, rows);
            let boundary = run.boundary;
            self.publish(run, now, visible);
            if let Some(downstream) = &mut self.downstream {
                downstream.refresh(boundary, visible, &mut self.facts);
            }
            if !self.overdue {
                self.attempts.caught_up(visible, &mut self.facts);
            }
        }
        if self.overdue {
            self.start(now);
        }
    }

    fn levels(&self) -> Levels {
        let running = self.running.as_ref().map_or_else(Levels::default, |run| run.levels);
        Levels { backlog: self.backlog(), ..running }
    }
}

impl<F: Facts> Actor for Batch<F> {
    fn next_control(&self) -> Instant {
        self.queue.next().min(self.probes.next())
    }

    fn deliver(&mut self, rows: Rows<'_>) {
        let (mut row, mut runs) = (0, rows.runs());
        while row < rows.len() {
            let (ahead, front) = self.front_at(rows.arrival[row]);
            let run = runs.at(row, front);
            row += run.rows.len();
            // Nothing that a run finds depends on the order in which it reads.
            if let Some(intake) = self.intakes.get_mut(ahead).filter(|_| run.plain() > 0) {
                intake.add_plain(&run, &self.setup);
            }
            run.odd().for_each(|odd| self.deliver_row(run.rows, odd));
        }
    }

    fn control(&mut self) {
        if self.queue.next() <= self.probes.next() {
            match self.queue.pop() {
                Some((at, Control::Start)) => self.start(at),
                Some((at, Control::Finish)) => self.finish(at),
                None => {}
            }
            return;
        }
        let at = self.probes.next();
        if self.probes.pop() == Due::Probe {
            let levels = self.levels();
            self.facts.probe(at, levels);
        }
    }

    /// Runs go on after the end of the input, as the calendar does.
    fn end_of_input(&mut self, _: Instant) {}
}
