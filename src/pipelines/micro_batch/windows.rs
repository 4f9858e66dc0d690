//! Aligned windows of a micro-batch: what enters them, what is published, and when they go.

use super::MicroBatch;
use super::group::{Group, Placed};
use crate::pipelines::facts::Facts;
use crate::pipelines::windows::Tally;
use crate::scenario::Output;
use crate::units::{Instant, Period};
use crate::workload::Item;

impl<F: Facts> MicroBatch<F> {
    /// The event times at which a run of rows can be taken in bulk: the newest window, in time for
    /// its first publication; any without windows.
    pub(super) fn front(&self) -> Period {
        if self.sessions.is_some() || self.funnel.is_some() {
            return Period { from: Instant::MIN, to: Instant::MIN };
        }
        let always = Period { from: Instant::MIN, to: Instant::MAX };
        let front = self.windows.as_ref().map_or(always, |windows| {
            let front = windows.front();
            if front.to > self.watermarks.late.max(self.last_trigger) {
                front
            } else {
                Period { to: front.from, ..front }
            }
        });
        self.dedup.as_ref().map_or(front, |dedup| dedup.in_time(front))
    }

    /// Counts a row, which truly `happened` before its `arrival`, into its windows, as far as it does not
    /// come too late for them.
    #[inline]
    pub(super) fn enter_window(
        &mut self,
        event_time: Instant,
        (happened, arrival): (Instant, Instant),
        item: Item,
        first_delivery: bool,
    ) -> Placed {
        let Some(windows) = &mut self.windows else { return Placed::Visible { on_time: true } };
        let (setup, append) = (&self.setup, self.output == Output::Append);
        let grid = windows.grid();
        let mut all = grid.windows_of(event_time);
        let whole = grid.end(*all.start()) > self.watermarks.late;
        let Some(first) = all.find(|window| grid.end(*window) > self.watermarks.late) else { return Placed::Late };
        // With the first that takes it a row becomes visible; in the others it counts.
        for window in all {
            let group = windows.entry(window, || Box::new(Group::new(setup, append, grid.end(window))));
            group.unpublished.add(item, first_delivery);
            self.entries += group.all.add(item, first_delivery).entries;
        }
        windows.advance_front(event_time);
        let end = grid.end(first);
        let group = windows.entry(first, || Box::new(Group::new(setup, append, end)));
        group.unpublished.add(item, first_delivery);
        self.entries += group.all.add(item, first_delivery).entries;
        let Some(held) = &mut group.held else {
            return Placed::Visible { on_time: whole && end > self.last_trigger };
        };
        let measured = setup.measured.contains(happened);
        if first_delivery {
            held.add(happened, arrival, whole, &setup.measured);
            group.fresh += u64::from(measured);
        } else {
            held.leaked += u64::from(measured);
        }
        Placed::Held
    }

    /// Rows that the batch in progress writes: results that it publishes or, without windows, what it read.
    pub(super) fn rows_written(&mut self) -> u64 {
        if let Some(sessions) = &self.sessions {
            return sessions.len();
        }
        if let Some(funnel) = &self.funnel {
            return funnel.written();
        }
        let Some(windows) = &mut self.windows else { return self.batch.rows };
        let (grid, watermark, append) = (windows.grid(), self.watermarks.evict, self.output == Output::Append);
        let written = windows.iter_mut().filter(|(window, _)| !append || grid.end(*window) <= watermark);
        written.map(|(_, group)| group.unpublished.entries()).sum()
    }

    /// Update mode: publishes what windows that are over have gained, and tells who wants to know it what
    /// the others show by now.
    pub(super) fn publish_update(&mut self, now: Instant, visible: Instant) {
        let Some(windows) = self.windows.as_mut().filter(|_| self.output == Output::Update) else { return };
        let grid = windows.grid();
        let (by_key, aggregate) = (self.setup.by_key, self.setup.aggregate);
        let wanted = self.facts.wants_updates();
        for (window, group) in windows.iter_mut() {
            let end = grid.end(window);
            if end > now && !wanted {
                break;
            }
            if end > now {
                self.facts.updated(&group.unpublished.firing(window, visible, None, false));
            } else if group.unpublished.rows > 0 {
                let added = std::mem::replace(&mut group.unpublished, Tally::new(by_key, aggregate));
                self.facts.fired(&added.firing(window, visible, None, false));
                if !std::mem::replace(&mut group.published, true) {
                    self.facts.landed(end, visible);
                }
            }
        }
    }

    /// Append mode: tells the held events of this batch when they were processed.
    pub(super) fn note_work(&mut self, now: Instant, finished: Instant) {
        let Some(windows) = self.windows.as_mut().filter(|_| self.output == Output::Append) else { return };
        for (_, group) in windows.iter_mut() {
            let fresh = std::mem::take(&mut group.fresh);
            if let Some(held) = &mut group.held {
                held.work_many(fresh, now, finished);
            }
        }
    }

    /// Removes windows that the watermark of this batch has passed; append mode emits them.
    pub(super) fn evict(&mut self, finished: Instant, visible: Instant) {
        let Some(windows) = &mut self.windows else { return };
        let grid = windows.grid();
        let watermark = self.watermarks.evict;
        while let Some((window, group)) = windows.pop_ended(watermark) {
            self.entries -= group.all.entries();
            if let Some(held) = group.held {
                self.facts.fired(&group.unpublished.firing(window, visible, Some(watermark), false));
                self.facts.landed(grid.end(window), visible);
                self.facts.cohort_visible(held, finished, visible);
            } else if group.unpublished.rows > 0 {
                // Update mode, evicted before it was over: its rows carry event times of the future.
                self.facts.fired(&group.unpublished.firing(window, visible, Some(watermark), false));
            }
        }
        self.facts.settled(self.watermarks.late.min(watermark));
    }
}
