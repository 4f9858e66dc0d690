//! The fastest path of a continuous pipeline: rows that are served at once because nothing can come between them.
//!
//! That takes one worker whose service time is constant, records read as they arrive, no failure ahead, and neither a probe
//! nor the edge of an hour before the last row is served. Ticks of the watermark may lie between the rows, if they
//! fire nothing: then they make no difference to the plain ones, which are in a window that stays open. What each says is
//! told all the same.

use std::ops::Range;

use super::Continuous;
use super::admission::Admitted;
use super::runs::Served;
use crate::pipelines::dedup::Remembered;
use crate::pipelines::facts::Facts;
use crate::units::{Instant, Span};
use crate::vector::widest;
use crate::workload::{Rows, Run};

/// Starts of which as many as a run has rows add up in 64 bits: 1,142 years.
const MOST_WAIT: Span = Span(1 << 55);

impl<F: Facts> Continuous<F> {
    /// Takes rows of a run up to a tick of the watermark that may fire something; gives how many, if it can be done. In `any_order`,
    /// or else all of them plain.
    #[inline]
    pub(super) fn deliver_at_once(&mut self, run: &Run<'_>, any_order: bool) -> Option<usize> {
        let (delay, service, _) = (self.source.constant_delay()?, self.service.constant()?, self.workers.only_one()?);
        if self.job.halt < Instant::MAX || self.setup.enrich.is_some() || self.watermark.is_split() {
            return None;
        }
        if run.plain() == 0 || !self.is_ready_for(run.rows) {
            return None;
        }
        let part;
        let run = if any_order && !self.may_fire(run) {
            run
        } else {
            let tick = self.watermark.next_tick;
            part = run.first(run.rows.arrival.partition_point(|arrival| *arrival + delay <= tick));
            &part
        };
        let served = self.serve_at_once(run, delay, service)?;
        self.enter_plain(run, &served);
        self.enter_odd(run, delay, service);
        Some(run.rows.len())
    }

    /// Whether it makes no difference in which order the rows of a run enter their windows, as long as they are judged in their own.
    pub(super) fn takes_any_order(&self) -> bool {
        let dedup = self.dedup.as_ref().is_none_or(Remembered::takes_any_order);
        dedup && !self.setup.is_early && !self.commit.counts_rows()
    }

    /// Whether the watermark may fire something once it has read a run: a window that is open, or one that an odd row opens.
    fn may_fire(&self, run: &Run<'_>) -> bool {
        let to = self.watermark.to_after(run.newest());
        let fires = |end: Instant| end > self.watermark.current && end <= to;
        let mut odd = run.odd().map(|odd| run.rows.event_time[odd]);
        let Some(grid) = self.setup.grid else { return to >= self.watermark.next_effect };
        // Its window ends after it, and within a size of it: a look that spares most of them the division.
        let near = |at: Instant| at < to && at + grid.size > self.watermark.current;
        to >= self.watermark.next_effect || odd.any(|at| near(at) && fires(grid.end(grid.window_of(at))))
    }

    /// Serves all rows of a run.
    #[inline]
    fn serve_at_once(&mut self, run: &Run<'_>, delay: Span, service: Span) -> Option<Served> {
        let base = *run.rows.arrival.first()?;
        let takes = Span(service.0.saturating_mul(i64::from(self.setup.sample)));
        // Lindley's recursion; sums are counted from the first arrival.
        let (mut free, mut started, mut starts) = (self.workers.only_one()?, Instant::MIN, 0_i64);
        for (arrival, start) in run.rows.arrival.iter().zip(self.starts.iter_mut()) {
            started = (*arrival + delay).max(free);
            free = started + takes;
            starts = starts.wrapping_add((started - base).0);
            *start = started;
        }
        // Only plain ones count: no branch for each row, as which are odd is hard to foretell.
        starts = run.odd().fold(starts, |sum, odd| sum.wrapping_sub((self.starts[odd] - base).0));
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
        Some(Served { started, processed: started + i128::from(service.0) * plain })
    }

    /// Tells the watermark what was read, and puts the odd rows where they belong. Plain ones between them are judged with them, if
    /// that matters.
    fn enter_odd(&mut self, run: &Run<'_>, delay: Span, service: Span) {
        let rows = run.rows;
        let follows = run.plain() < rows.len() && self.facts.follows(run.events());
        let (mut told, mut judged) = (0, 0);
        for row in run.odd() {
            if follows {
                self.facts.judged_on_time(rows.part(judged..row), run.events());
                judged = row + 1;
            }
            told = self.tell(rows, told, row, delay);
            let (read, started) = (rows.arrival[row] + delay, self.starts[row]);
            self.enter(rows, row, &Admitted { partition: 0, read, started, processed: started + service });
        }
        if follows {
            self.facts.judged_on_time(rows.part(judged..rows.len()), run.events());
        }
        let Some(last) = rows.len().checked_sub(1) else { return };
        told = self.tell(rows, told, last, delay);
        let newest = if told == 0 { run.newest() } else { newest(rows, told..rows.len()) };
        self.watermark.read(0, newest, rows.arrival[last] + delay);
    }

    /// Emits the watermark at the ticks before a row is read, each by what was read until then. It has been told of the rows before
    /// `told`, and is told of those that were read by the last of these ticks. Gives where they end.
    #[inline]
    fn tell(&mut self, rows: Rows<'_>, mut told: usize, row: usize, delay: Span) -> usize {
        let read = rows.arrival[row] + delay;
        while self.watermark.next_tick < read {
            let tick = self.watermark.next_tick;
            let by = told + rows.arrival[told..row].partition_point(|arrival| *arrival + delay <= tick);
            if by > told {
                self.watermark.read(0, newest(rows, told..by), rows.arrival[by - 1] + delay);
            }
            told = by;
            // Until the next row is read, ticks have nothing more to say.
            self.tick_before(rows.arrival[by] + delay);
        }
        told
    }
}

/// The largest event time of some rows.
fn newest(rows: Rows<'_>, of: Range<usize>) -> Instant {
    let event_times = &rows.event_time[of];
    widest(move || event_times.iter().fold(Instant::MIN, |newest, at| newest.max(*at)))
}
