//! The fast path of a continuous pipeline: runs of first deliveries, all in the newest window.

use super::Continuous;
use super::pane::Pane;
use crate::pipelines::facts::Facts;
use crate::units::{Instant, Period, Span};
use crate::workload::PlainRun;

impl<F: Facts> Continuous<F> {
    /// The event times at which a run of rows can be taken in bulk: the newest window, as long as
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

    /// Takes rows of a run of first deliveries, all in the newest window, up to the next tick of
    /// the watermark; gives how many, at least one.
    pub(super) fn deliver_run(&mut self, run: PlainRun<'_>) -> usize {
        let rows = run.rows;
        let passing = self.dedup.as_mut().map_or(rows.len(), |dedup| dedup.passing(rows));
        if passing == 0 {
            self.deliver_row(rows, 0);
            return 1;
        }
        let run = run.first(passing);
        let rows = run.rows;
        let read = self.source.fetched(rows.arrival[0]);
        self.tick_before(read);
        let start = self.workers.start_of(rows.key[0], read);
        // Something stops the job, or records wait so long that some may be lost.
        let waits =
            self.commit.accepts_from() > read || self.workers.drained() - read > Span(self.source.patience().0 / 2);
        if start > self.job.halt || self.job.is_held_up() || waits {
            self.deliver_row(rows, 0);
            return 1;
        }
        let (window, end) = match &mut self.windows {
            Some(windows) => windows.window_of(rows.event_time[0]),
            None => return 0,
        };
        if end <= self.watermark.current {
            // The tick has just fired it.
            self.deliver_row(rows, 0);
            return 1;
        }
        let (run, started, processed) = self.serve_until_tick(run);
        let rows = run.rows;
        self.job.count(rows.len(), (processed - started) as i64);
        if let Some(dedup) = &mut self.dedup {
            dedup.remember(rows);
        }
        let Some(windows) = &mut self.windows else { return rows.len() };
        self.facts.judged_on_time(rows);
        let pane = windows.entry(window, || Box::new(Pane::new(&self.setup, end)));
        self.watermark.next_effect = self.watermark.next_effect.min(end);
        self.entries += pane.tally.add_run(rows);
        if pane.held.add_run(&run, true, &self.setup.measured) > 0 {
            pane.held.started += started;
            pane.held.processed += processed;
        }
        rows.len()
    }

    /// The same where nothing can come between: one worker whose service time is constant, records read as they arrive, and
    /// neither a probe nor the edge of an hour before the last of them is served.
    #[inline]
    fn serve_at_once<'a>(&mut self, run: PlainRun<'a>) -> Option<(PlainRun<'a>, i128, i128)> {
        let (delay, service) = (self.source.constant_delay()?, self.service.constant()?);
        let first_free = self.workers.only_one()?;
        if self.job.halt < Instant::MAX || self.setup.enrich.is_some() || self.watermark.is_split() {
            return None;
        }
        let last_arrival = self.watermark.next_tick - delay;
        let arrivals = run.rows.arrival;
        let count = match arrivals.last() {
            Some(last) if *last <= last_arrival => arrivals.len(),
            _ => arrivals.partition_point(|arrival| *arrival <= last_arrival),
        };
        let base = *arrivals.first()?;
        let takes = Span(service.0.saturating_mul(i64::from(self.setup.sample)));
        // Lindley's recursion; sums of a run, counted from its first arrival, fit 64 bits.
        let (mut free, mut started, mut starts) = (first_free, Instant::MIN, 0_i64);
        for arrival in arrivals.get(..count)? {
            started = (*arrival + delay).max(free);
            free = started + takes;
            starts = starts.saturating_add((started - base).0);
        }
        let at_once = count > 0 && started <= self.probes.next_probe();
        if !at_once || !self.busy.work_many(base + delay, free, takes, count) {
            return None;
        }
        self.workers.free_at(free);
        let run = run.first(count);
        self.watermark.read(0, run.sums.newest, *run.rows.arrival.last()? + delay);
        let starts = i128::from(base.0) * count as i128 + i128::from(starts);
        Some((run, starts, starts + i128::from(service.0) * count as i128))
    }

    /// Serves the rows that are read before the next tick, and tells the watermark; gives them with the sums of their starts
    /// and ends.
    #[inline]
    fn serve_until_tick<'a>(&mut self, run: PlainRun<'a>) -> (PlainRun<'a>, i128, i128) {
        if let Some(served) = self.serve_at_once(run) {
            return served;
        }
        let rows = run.rows;
        let (next_probe, next_tick) = (self.probes.next_probe(), self.watermark.next_tick);
        let (halt, joins) = (self.job.halt, self.setup.enrich.is_some());
        let (base, sample, split) = (rows.arrival[0], self.setup.sample, self.watermark.is_split());
        // Sums of a run, counted from its first arrival, fit 64 bits.
        let (mut count, mut starts, mut ends) = (0_usize, 0_i64, 0_i64);
        let (mut newest, mut last) = (Instant::MIN, Instant::MIN);
        for ((arrival, key), event_time) in rows.arrival.iter().zip(rows.key).zip(rows.event_time) {
            let read = self.source.fetched(*arrival);
            if read > next_tick || (halt < Instant::MAX && self.workers.start_of(*key, read) > halt) {
                break;
            }
            if split {
                self.watermark.read(self.setup.partitioner.of(*key), *event_time, read);
            }
            (newest, last) = (newest.max(*event_time), read);
            let service = if joins { self.service_of(*key, read) } else { self.service.draw() };
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
        (run.first(count), all + i128::from(starts), all + i128::from(ends))
    }
}
