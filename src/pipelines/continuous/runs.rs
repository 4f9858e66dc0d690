//! Runs of rows in a continuous pipeline, of which the plain ones are all in the newest window.

use super::Continuous;
use super::pane::Pane;
use crate::pipelines::facts::Facts;
use crate::units::{Instant, Period, Span};
use crate::workload::{Piece, Rows, Run};

/// Sums of the starts and ends of processing of plain rows that were served, microseconds.
pub(super) struct Served {
    pub started: i128,
    pub processed: i128,
}

impl<F: Facts> Continuous<F> {
    /// The event times at which rows can be taken in bulk: the newest window, as long as
    /// it has not fired, and either measured or not.
    pub(super) fn front(&self) -> Option<Period> {
        if self.watermark.per_record || self.job.is_held_up() || !self.source.is_plain() {
            return None;
        }
        let front = self.windows.as_ref()?.front();
        let measured = front.and(&self.setup.measured);
        let open = front.to > self.watermark.current;
        open.then_some(if measured.from < measured.to { measured } else { front })
    }

    /// Takes the first rows of a run, of which the plain ones lie in the front; gives how many, at least one.
    pub(super) fn deliver_run(&mut self, run: &Run<'_>, front: Period) -> usize {
        if self.takes_any_order()
            && let Some(taken) = self.deliver_at_once(run, true)
        {
            return taken;
        }
        for piece in run.pieces() {
            match piece {
                Piece::Plain(plain) => self.deliver_plain(&plain, front),
                Piece::Odd(odd) => self.deliver_row(run.rows, odd),
            }
        }
        run.rows.len()
    }

    /// Takes plain rows in order.
    fn deliver_plain(&mut self, run: &Run<'_>, front: Period) {
        let mut row = 0;
        while row < run.rows.len() {
            let rest = run.rows.part(row..run.rows.len());
            // A look first: what is left is added up only when some of it is taken.
            let ready = self.front() == Some(front) && self.is_ready_for(rest);
            let taken = if ready { self.deliver_some(&run.without(row)) } else { 0 };
            if taken == 0 {
                self.deliver_row(rest, 0);
            }
            row += taken.max(1);
        }
    }

    /// Takes the first of plain rows in bulk, as many as nothing comes between.
    fn deliver_some(&mut self, run: &Run<'_>) -> usize {
        let passing = self.dedup.as_mut().map_or(run.rows.len(), |dedup| dedup.passing(run.rows));
        if passing == 0 {
            return 0;
        }
        let run = run.first(passing);
        if let Some(taken) = self.deliver_at_once(&run, false) {
            return taken;
        }
        let (count, served) = self.serve_until_tick(&run);
        self.enter_plain(&run.first(count), &served);
        count
    }

    /// Emits the watermark up to the first of some rows. Whether then the plain ones can be taken in bulk: not when something
    /// stops the job, or records wait so long that some may be lost, or the watermark has fired their window.
    pub(super) fn is_ready_for(&mut self, rows: Rows<'_>) -> bool {
        let Some((first, key)) = rows.arrival.first().zip(rows.key.get(0)) else { return false };
        let read = self.source.fetched(*first);
        self.tick_before(read);
        let start = self.workers.start_of(key, read);
        let waits =
            self.commit.accepts_from() > read || self.workers.drained() - read > Span(self.source.patience().0 / 2);
        let fired = self.windows.as_ref().is_none_or(|windows| windows.front().to <= self.watermark.current);
        !fired && !waits && start <= self.job.halt && !self.job.is_held_up()
    }

    /// Puts plain rows into their window; they are judged if there are no others.
    pub(super) fn enter_plain(&mut self, run: &Run<'_>, served: &Served) {
        if let Some(dedup) = &mut self.dedup {
            dedup.remember(run);
        }
        let Some(windows) = self.windows.as_mut().filter(|_| run.plain() > 0) else { return };
        if run.plain() == run.rows.len() {
            self.facts.judged_on_time(run.rows, run.events());
        }
        let (window, end) = windows.window_of(run.sums.newest);
        let pane = windows.entry(window, || Box::new(Pane::new(&self.setup, end)));
        self.watermark.next_effect = self.watermark.next_effect.min(end);
        self.entries += pane.tally.add_run(run);
        if pane.held.add_run(run, true, &self.setup.measured) > 0 {
            pane.held.started += served.started;
            pane.held.processed += served.processed;
        }
    }

    /// Serves plain rows one by one up to the next tick, and tells the watermark; gives how many.
    #[inline]
    fn serve_until_tick(&mut self, run: &Run<'_>) -> (usize, Served) {
        let rows = run.rows;
        let (next_probe, next_tick) = (self.probes.next_probe(), self.watermark.next_tick);
        let (halt, joins) = (self.job.halt, self.setup.enrich.is_some());
        let (base, sample, split) = (rows.arrival[0], self.setup.sample, self.watermark.is_split());
        // Sums of a run, counted from its first arrival, fit 64 bits.
        let (mut count, mut starts, mut ends) = (0_usize, 0_i64, 0_i64);
        let (mut newest, mut last) = (Instant::MIN, Instant::MIN);
        for ((arrival, key), event_time) in rows.arrival.iter().zip(rows.key.iter()).zip(rows.event_time) {
            let read = self.source.fetched(*arrival);
            if read > next_tick || (halt < Instant::MAX && self.workers.start_of(key, read) > halt) {
                break;
            }
            if split {
                self.watermark.read(self.setup.partitioner.of(key), *event_time, read);
            }
            (newest, last) = (newest.max(*event_time), read);
            let service = if joins { self.service_of(key, read) } else { self.service.draw() };
            let (started, processed, free) = self.workers.serve(key, read, service, sample);
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
        self.job.count(count, ends.saturating_sub(starts));
        let all = i128::from(base.0) * count as i128;
        (count, Served { started: all + i128::from(starts), processed: all + i128::from(ends) })
    }
}
