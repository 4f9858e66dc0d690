//! Windows of a continuous pipeline: what enters them, and when they fire.

use super::Continuous;
use super::pane::{Pane, Record};
use crate::pipelines::facts::{Facts, Fate, Resolved};
use crate::units::Instant;

impl<F: Facts> Continuous<F> {
    /// Fires and removes windows that the watermark has passed.
    #[cold]
    pub(super) fn fire(&mut self, tick: Instant, at_end: bool) {
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

    #[inline]
    pub(super) fn enter_window(&mut self, record: Record) {
        let Some(windows) = &mut self.windows else { return };
        let (window, end) = windows.window_of(record.event_time);
        if end + self.allowed_lateness <= self.watermark.current {
            if record.measured {
                self.facts.resolved(Resolved::late(record.first_delivery));
            }
            if record.first_delivery {
                self.facts.judged(record.event_time, record.arrival, Fate::Dropped);
            }
            return;
        }
        let setup = &self.setup;
        let next_effect = &mut self.watermark.next_effect;
        windows.advance_front(record.event_time);
        let pane = windows.entry(window, || {
            *next_effect = end.min(*next_effect);
            Pane::new(setup, end)
        });
        self.entries += u64::from(pane.tally.add(record.key, record.first_delivery));
        if end <= self.watermark.current {
            let first_firing = !std::mem::replace(&mut pane.fired, true);
            self.refire(record, window, end, first_firing);
        } else if record.first_delivery {
            self.facts.judged(record.event_time, record.arrival, Fate::OnTime);
            pane.held.add(record.happened, record.arrival, true, &self.setup.measured);
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
        let printed = self.watermark.printed();
        self.facts.fired(&added.firing(window, visible, Some(printed), false));
        if first_firing {
            self.facts.landed(end, visible);
        }
        if record.first_delivery {
            let fate = if first_firing { Fate::OnTime } else { Fate::Corrected };
            self.facts.judged(record.event_time, record.arrival, fate);
            self.facts.event_visible(&record.visible(record.processed, visible, first_firing));
        } else if record.measured {
            self.facts.resolved(Resolved { duplicates_leaked: 1, ..Resolved::default() });
        }
    }
}
