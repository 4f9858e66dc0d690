//! The fastest path of a continuous pipeline: rows that are served at once because nothing can come between them.
//!
//! That takes one worker whose service time is constant, records read as they arrive, no failure ahead, and neither a probe
//! nor the edge of an hour before the last row is served. One tick of the watermark may lie between the rows, if it
//! fires nothing: then it makes no difference to the plain ones, which are in a window that stays open.

use super::Continuous;
use super::admission::Admitted;
use super::runs::Served;
use crate::pipelines::dedup::Remembered;
use crate::pipelines::facts::Facts;
use crate::units::{Instant, Span};
use crate::workload::Run;

/// Starts of which as many as a run has rows add up in 64 bits: 1,142 years.
const MOST_WAIT: Span = Span(1 << 55);

impl<F: Facts> Continuous<F> {
    /// Takes rows of a run up to a tick of the watermark; gives how many, if it can be done. In `any_order`, or else all of
    /// them plain.
    #[inline]
    pub(super) fn deliver_at_once(&mut self, run: Run<'_>, any_order: bool) -> Option<usize> {
        let (delay, service, _) = (self.source.constant_delay()?, self.service.constant()?, self.workers.only_one()?);
        if self.job.halt < Instant::MAX || self.setup.enrich.is_some() || self.watermark.is_split() {
            return None;
        }
        if run.plain() == 0 || !self.is_ready_for(run.rows) {
            return None;
        }
        let arrivals = run.rows.arrival;
        let read_by = |tick: Instant| match arrivals.last() {
            Some(last) if *last + delay <= tick => arrivals.len(),
            _ => arrivals.partition_point(|arrival| *arrival + delay <= tick),
        };
        let ticks = any_order && !self.may_fire(&run);
        let run = run.first(read_by(if ticks { self.watermark.tick_after_next() } else { self.watermark.next_tick }));
        let served = self.serve_at_once(run, delay, service)?;
        self.enter_plain(&served);
        let before_tick = read_by(self.watermark.next_tick).min(run.rows.len());
        self.enter_odd(&run, before_tick, delay, service);
        Some(run.rows.len())
    }

    /// Whether it makes no difference in which order the rows of a run enter their windows.
    pub(super) fn takes_any_order(&self, run: &Run<'_>) -> bool {
        let dedup = self.dedup.as_ref().is_none_or(Remembered::takes_any_order);
        dedup && !self.setup.is_early && !self.commit.counts_rows() && !self.facts.follows(run.events())
    }

    /// Whether the watermark may fire something once it has read a run: a window that is open, or one that an odd row opens.
    fn may_fire(&self, run: &Run<'_>) -> bool {
        let to = self.watermark.to_after(run.newest());
        let fires = |end: Instant| end > self.watermark.current && end <= to;
        let mut odd = run.odd().map(|odd| run.rows.event_time[odd]);
        to >= self.watermark.next_effect
            || self.setup.grid.is_some_and(|grid| odd.any(|at| fires(grid.end(grid.window_of(at)))))
    }

    /// Serves all rows of a run.
    #[inline]
    fn serve_at_once<'a>(&mut self, run: Run<'a>, delay: Span, service: Span) -> Option<Served<'a>> {
        let base = *run.rows.arrival.first()?;
        let takes = Span(service.0.saturating_mul(i64::from(self.setup.sample)));
        // Lindley's recursion; sums are counted from the first arrival.
        let (mut free, mut started, mut starts, mut odd) = (self.workers.only_one()?, Instant::MIN, 0_i64, run.odd());
        self.odd_starts.clear();
        for stretch in run.stretches() {
            for arrival in &run.rows.arrival[stretch] {
                started = (*arrival + delay).max(free);
                free = started + takes;
                starts = starts.wrapping_add((started - base).0);
            }
            if let Some(odd) = odd.next() {
                started = (run.rows.arrival[odd] + delay).max(free);
                free = started + takes;
                self.odd_starts.push(started);
            }
        }
        let count = run.rows.len();
        // Starts rise: as long as the last one fits, the sum does.
        let fits = started - base < MOST_WAIT;
        if !fits || started > self.probes.next_probe() || !self.busy.work_many(base + delay, free, takes, count) {
            return None;
        }
        self.workers.free_at(free);
        self.job.count(count, service.0.saturating_mul(count as i64));
        let plain = run.plain() as i128;
        let started = i128::from(base.0) * plain + i128::from(starts);
        Some(Served { run, started, processed: started + i128::from(service.0) * plain })
    }

    /// Tells the watermark what was read by its tick and after it, and puts the odd rows where they belong.
    fn enter_odd(&mut self, run: &Run<'_>, before_tick: usize, delay: Span, service: Span) {
        let rows = run.rows;
        let starts = std::mem::take(&mut self.odd_starts);
        let mut odd = run.odd().zip(starts.iter().copied()).peekable();
        for part in [0..before_tick, before_tick..rows.len()] {
            let Some(last) = part.clone().next_back() else { continue };
            let read = rows.arrival[last] + delay;
            self.tick_before(read);
            let newest = if part.end == rows.len() {
                run.newest()
            } else {
                rows.event_time[part].iter().copied().fold(Instant::MIN, Instant::max)
            };
            self.watermark.read(0, newest, read);
            while let Some((row, started)) = odd.next_if(|(row, _)| *row <= last) {
                let read = rows.arrival[row] + delay;
                self.enter(rows, row, &Admitted { partition: 0, read, started, processed: started + service });
            }
        }
        drop(odd);
        self.odd_starts = starts;
    }
}
