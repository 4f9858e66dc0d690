//! Rows on their way into the coming batch of a micro-batch pipeline.

use super::MicroBatch;
use super::group::{Group, Placed};
use crate::pipelines::dedup::{Remembered, Verdict};
use crate::pipelines::facts::{Facts, Fate, Resolved};
use crate::pipelines::record::Record;
use crate::scenario::Output;
use crate::workload::{Item, Rows, Run};

impl<F: Facts> MicroBatch<F> {
    /// Whether it makes no difference in which order the rows of a run are taken, as long as they are judged in their own.
    pub(super) fn takes_any_order(&self) -> bool {
        let dedup = self.dedup.as_ref().is_none_or(Remembered::takes_any_order);
        dedup && !self.setup.is_early
    }

    /// Takes all rows of a run, the plain ones first. They are judged in order, if that matters.
    pub(super) fn deliver_run(&mut self, run: &Run<'_>) {
        self.deliver_plain(run);
        if run.plain() == run.rows.len() || !self.facts.follows(run.events()) {
            run.odd().for_each(|odd| self.deliver_row(run.rows, odd));
            return;
        }
        for (plain, odd) in run.parts() {
            self.facts.judged_on_time(run.rows.part(plain), run.events());
            odd.into_iter().for_each(|odd| self.deliver_row(run.rows, odd));
        }
    }

    /// Takes the plain rows of a run, all in the newest window; they are judged if there are no others.
    pub(super) fn deliver_plain(&mut self, run: &Run<'_>) {
        if run.plain() == 0 {
            return;
        }
        self.watermarks.largest = self.watermarks.largest.max(run.sums.newest);
        if let Some(dedup) = &mut self.dedup {
            dedup.remember(run);
        }
        if run.plain() == run.rows.len() {
            self.facts.judged_on_time(run.rows, run.events());
        }
        let setup = &self.setup;
        let mut held = None;
        if let Some(windows) = &mut self.windows {
            let (window, end) = windows.window_of(run.sums.newest);
            let append = self.output == Output::Append;
            let group = windows.entry(window, || Box::new(Group::new(setup, append, end)));
            group.unpublished.add_run(run);
            self.entries += group.all.add_run(run);
            held = group.held.as_mut().map(|cohort| (cohort, &mut group.fresh));
        }
        if let Some((cohort, fresh)) = held {
            *fresh += cohort.add_run(run, true, &setup.measured);
        } else {
            self.batch.cohort.add_run(run, true, &setup.measured);
        }
    }

    /// Takes any row.
    pub(super) fn deliver_row(&mut self, rows: Rows<'_>, row: usize) {
        let (arrival, event_time, key) = (rows.arrival[row], rows.event_time[row], rows.key[row]);
        let (earlier, happened) = rows.history(row);
        let measured = self.setup.measured.contains(happened);
        self.watermarks.largest = self.watermarks.largest.max(event_time);
        let first_delivery = earlier.is_none();
        let verdict = self.dedup.as_mut().map_or(Verdict::New, |dedup| dedup.judge(earlier, arrival, event_time));
        if verdict != Verdict::New {
            let late = verdict == Verdict::Late;
            if late && first_delivery {
                self.facts.judged(event_time, arrival, Fate::Dropped);
            }
            if measured {
                self.facts.resolved(if late { Resolved::late } else { Resolved::recognised }(first_delivery));
            }
            return;
        }
        if self.funnel.is_some() {
            self.enter_funnel(rows, row, first_delivery);
            return;
        }
        if self.sessions.is_some() {
            // When it is processed is known when its batch runs.
            let (started, processed) = (arrival, arrival);
            let Item { bytes, user, .. } = rows.item(row);
            let record = Record {
                event_time,
                happened,
                arrival,
                key,
                bytes,
                user,
                started,
                processed,
                first_delivery,
                measured,
            };
            self.arrived.push(record);
            return;
        }
        let placed = self.enter_window(event_time, (happened, arrival), rows.item(row), first_delivery);
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
}
