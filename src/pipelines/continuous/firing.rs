//! Windows of a continuous pipeline: what enters them, and when they fire.

use super::Continuous;
use super::funnel::Funnel;
use super::groups::Groups;
use super::pane::Pane;
use crate::pipelines::facts::{Facts, Fate, Resolved};
use crate::pipelines::record::Record;
use crate::units::Instant;

impl<F: Facts> Continuous<F> {
    /// Fires and removes windows that the watermark has passed.
    #[cold]
    pub(super) fn fire(&mut self, tick: Instant, at_end: bool) {
        if self.groups.is_some() {
            self.fire_sessions(tick, at_end);
            return;
        }
        if self.funnel.is_some() {
            self.fire_funnel(tick);
            return;
        }
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
                let rows = pane.tally.entries();
                self.job.write(rows);
                let visible = self.commit.visible_at(held, rows, &mut self.facts);
                let cohort = pane.held.take();
                let printed = self.watermark.printed();
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

    /// Forgets all windows; gives the measured events and duplicates that no firing had shown.
    pub(super) fn lose_windows(&mut self) -> (u64, u64) {
        let mut lost = self.groups.as_ref().map_or((0, 0), Groups::held);
        self.groups = self.setup.window.and_then(|window| Groups::new(window, self.setup.aggregate));
        let waiting = self.funnel.as_mut().map_or((0, 0), Funnel::lose);
        lost = (lost.0 + waiting.0, lost.1 + waiting.1);
        if let Some(windows) = &mut self.windows {
            while let Some((_, pane)) = windows.pop_ended(Instant::MAX) {
                lost = (lost.0 + pane.held.len(), lost.1 + pane.held.leaked);
            }
        }
        lost
    }

    /// Counts a record in each of its windows that still takes it. It becomes visible with the first of them.
    #[inline]
    pub(super) fn enter_window(&mut self, record: Record) {
        let Some(windows) = &mut self.windows else { return };
        let grid = windows.grid();
        if grid.is_tumbling() {
            let (window, end) = windows.window_of(record.event_time);
            if end + self.allowed_lateness <= self.watermark.current {
                self.drop_late(record);
                return;
            }
            windows.advance_front(record.event_time);
            self.enter_pane(record, window, end, true);
            return;
        }
        let all = grid.windows_of(record.event_time);
        let taken = |window: &i64| grid.end(*window) + self.allowed_lateness > self.watermark.current;
        let Some(first) = all.clone().find(taken) else {
            self.drop_late(record);
            return;
        };
        // Flink's assigner gives the latest window first. What windows of its own have refused is late.
        let whole = first == *all.start();
        for window in (first + 1..=*all.end()).rev() {
            self.count(record, window, grid.end(window));
        }
        self.enter_pane(record, first, grid.end(first), whole);
    }

    #[cold]
    fn drop_late(&mut self, record: Record) {
        if record.first_delivery {
            self.facts.judged(record.event_time, record.arrival, Fate::Dropped);
        }
        if record.measured {
            self.facts.resolved(Resolved::late(record.first_delivery));
        }
    }

    /// Counts a record in the window with which it becomes visible.
    #[inline]
    fn enter_pane(&mut self, record: Record, window: i64, end: Instant, on_time: bool) {
        if let Some((visible, first_firing)) = self.count(record, window, end) {
            self.show_at_once(record, visible, first_firing && on_time);
            return;
        }
        if record.first_delivery {
            self.facts.judged(record.event_time, record.arrival, if on_time { Fate::OnTime } else { Fate::Corrected });
        }
        let Some(windows) = &mut self.windows else { return };
        let pane = windows.entry(window, || Box::new(Pane::new(&self.setup, end)));
        if record.first_delivery {
            pane.held.add(record.happened, record.arrival, on_time, &self.setup.measured);
            if record.measured {
                pane.held.work(record.started, record.processed);
            }
        } else {
            pane.held.leaked += u64::from(record.measured);
        }
    }

    /// Counts a record in a window. If that fires it at once, tells when a reader sees it and whether it fires
    /// for the first time.
    #[inline]
    fn count(&mut self, record: Record, window: i64, end: Instant) -> Option<(Instant, bool)> {
        let windows = self.windows.as_mut()?;
        let (setup, next_effect) = (&self.setup, &mut self.watermark.next_effect);
        let pane = windows.entry(window, || {
            *next_effect = end.min(*next_effect);
            Box::new(Pane::new(setup, end))
        });
        let entered = pane.tally.add(record.item(), record.first_delivery);
        self.entries += entered.entries;
        if end > self.watermark.current {
            return None;
        }
        let first_firing = !std::mem::replace(&mut pane.fired, true);
        Some((self.refire(record, window, end, first_firing, entered.grown), first_firing))
    }

    /// A late record within the allowed lateness fires its window at once.
    #[cold]
    fn refire(&mut self, record: Record, window: i64, end: Instant, first_firing: bool, grown: u64) -> Instant {
        self.job.write(1);
        let visible = self.commit.visible_at(record.processed, 1, &mut self.facts);
        let mut added = self.setup.tally();
        added.add_grown(record.item(), record.first_delivery, grown);
        let printed = self.watermark.printed();
        self.facts.fired(&added.firing(window, visible, Some(printed), false));
        if first_firing {
            self.facts.landed(end, visible);
        }
        visible
    }

    /// A record of a window that has just fired is visible with that.
    #[cold]
    fn show_at_once(&mut self, record: Record, visible: Instant, on_time: bool) {
        if record.first_delivery {
            let fate = if on_time { Fate::OnTime } else { Fate::Corrected };
            self.facts.judged(record.event_time, record.arrival, fate);
            self.facts.event_visible(&record.visible(record.processed, visible, on_time));
        } else if record.measured {
            self.facts.resolved(Resolved { duplicates_leaked: 1, ..Resolved::default() });
        }
    }
}
