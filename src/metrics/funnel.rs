//! The funnel as a pipeline shows it against the truth.

use std::collections::BTreeMap;

use super::results::Row;
use crate::histogram::Histogram;
use crate::pipelines::Setup;
use crate::units::{Instant, Period};
use crate::workload::Reached;

/// Conversions that only the truth or only the pipeline knows, at once. The oldest beyond that is settled as it stands.
const WATCHED: usize = 1 << 18;

/// Attempts by how far they came, and conversions one by one.
#[derive(Clone, Debug)]
pub struct Funnel {
    /// When attempts open that are measured: all of their time is.
    measured: Period,
    /// Attempts that have reached each step, truly and as the pipeline shows.
    steps: Vec<(u64, u64)>,
    /// By when they truly opened, and of whom: true conversions less shown ones, where these differ.
    differ: BTreeMap<(Instant, u32), i64>,
    missed: u64,
    spurious: u64,
    /// From the event of the last step until a reader sees the conversion, microseconds.
    delays: Histogram,
    delay_sum: i128,
}

impl Funnel {
    /// Nothing reached yet; `None` without a funnel.
    #[must_use]
    pub fn new(setup: &Setup) -> Option<Self> {
        let steps = setup.funnel.as_ref()?;
        let Period { from, to } = setup.measured;
        Some(Self {
            measured: Period { from, to: (to - steps.within()).max(from) },
            steps: vec![(0, 0); steps.count()],
            differ: BTreeMap::new(),
            missed: 0,
            spurious: 0,
            delays: Histogram::default(),
            delay_sum: 0,
        })
    }

    /// Steps that were truly reached.
    pub fn truth(&mut self, reached: &[Reached]) {
        let measured = self.measured;
        for of in reached.iter().filter(|of| measured.contains(of.opened.happened)) {
            if let Some((truth, _)) = self.steps.get_mut(of.step as usize) {
                *truth += 1;
            }
            if of.step as usize + 1 == self.steps.len() {
                self.note(of, 1);
            }
        }
    }

    /// A step that the pipeline shows.
    pub fn shown(&mut self, of: &Reached, visible: Instant) {
        if !self.measured.contains(of.opened.happened) {
            return;
        }
        if let Some((_, shown)) = self.steps.get_mut(of.step as usize) {
            *shown += 1;
        }
        if of.step as usize + 1 == self.steps.len() {
            let delay = (visible - of.by.happened).0.max(0);
            self.delays.record(delay as u64);
            self.delay_sum += i128::from(delay);
            self.note(of, -1);
        }
    }

    fn note(&mut self, of: &Reached, by: i64) {
        let attempt = (of.opened.happened, of.opened.user);
        let differ = self.differ.entry(attempt).or_insert(0);
        *differ += by;
        if *differ == 0 {
            self.differ.remove(&attempt);
        } else if self.differ.len() > WATCHED
            && let Some((_, first)) = self.differ.pop_first()
        {
            self.settle(first);
        }
    }

    fn settle(&mut self, differ: i64) {
        self.missed += differ.max(0).unsigned_abs();
        self.spurious += differ.min(0).unsigned_abs();
    }

    /// Attempts that have reached each step, truly and as the pipeline shows.
    #[must_use]
    pub fn steps(&self) -> &[(u64, u64)] {
        &self.steps
    }

    /// Its rows, in the order of `MEASURES`.
    pub(super) fn rows(of: Option<&Self>) -> Vec<Row> {
        let of = of.cloned().map(|mut funnel| {
            for (_, differ) in std::mem::take(&mut funnel.differ) {
                funnel.settle(differ);
            }
            funnel
        });
        let count = |last: bool, shown: bool| {
            let steps = of.as_ref().map(|funnel| &funnel.steps)?;
            let (truth, seen) = *if last { steps.last() } else { steps.first() }?;
            Some(if shown { seen } else { truth } as f64)
        };
        let share = |part: Option<f64>, of: Option<f64>| Some(part? / of.filter(|of| *of > 0.0)?);
        let conversion = share(count(true, true), count(false, true));
        let truth = share(count(true, false), count(false, false));
        let error = match (conversion, truth) {
            (Some(shown), Some(truth)) if truth > 0.0 => Some((shown - truth).abs() / truth),
            _ => None,
        };
        let missed = of.as_ref().map(|funnel| funnel.missed as f64);
        let spurious = of.as_ref().map(|funnel| funnel.spurious as f64);
        let delays = of.as_ref().filter(|funnel| funnel.delays.total() > 0);
        let mean = delays.map(|funnel| funnel.delay_sum as f64 / funnel.delays.total() as f64 / 1e6);
        let p95 = delays.and_then(|funnel| funnel.delays.quantile(0.95)).map(|micros| micros as f64 / 1e6);
        vec![
            ("funnel.started", count(false, true)),
            ("funnel.converted", count(true, true)),
            ("funnel.conversion", conversion),
            ("funnel.true_started", count(false, false)),
            ("funnel.true_converted", count(true, false)),
            ("funnel.true_conversion", truth),
            ("funnel.error", error),
            ("funnel.missed", share(missed, count(true, false))),
            ("funnel.spurious", share(spurious, count(true, true))),
            ("funnel.seen_after_s_mean", mean),
            ("funnel.seen_after_s_p95", p95),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;
    use crate::workload::Act;

    #[test]
    fn what_is_missed_does_not_make_up_for_what_is_false() {
        let act = |user, at| Act { user, kind: 0, event_time: Instant(at), happened: Instant(at), place: 0 };
        let reached = |user, opened, step, by| Reached { step, opened: act(user, opened), by: act(user, by) };
        let measured = Period { from: Instant(0), to: Instant(100) };
        let mut funnel = Funnel {
            measured: Period { to: measured.to - Span(10), ..measured },
            steps: vec![(0, 0); 2],
            differ: BTreeMap::new(),
            missed: 0,
            spurious: 0,
            delays: Histogram::default(),
            delay_sum: 0,
        };
        // Four true attempts, two of which convert; 95 is not measured.
        let truth = [reached(1, 0, 0, 0), reached(1, 0, 1, 5), reached(2, 3, 0, 3), reached(2, 3, 1, 7)];
        funnel.truth(&truth);
        funnel.truth(&[reached(3, 4, 0, 4), reached(3, 8, 0, 8), reached(1, 95, 0, 95), reached(1, 95, 1, 99)]);
        // One is shown, one missed; one that is none is shown instead.
        for of in [truth[0], truth[1], truth[2], reached(3, 4, 0, 4), reached(3, 4, 1, 9)] {
            funnel.shown(&of, Instant(2_000_000 + of.by.event_time.0));
        }
        let rows = Funnel::rows(Some(&funnel));
        let value = |path: &str| rows.iter().find(|row| row.0 == path).unwrap().1.unwrap();
        assert_eq!((value("funnel.started"), value("funnel.converted")), (3.0, 2.0));
        assert_eq!((value("funnel.true_started"), value("funnel.true_converted")), (4.0, 2.0));
        assert_eq!((value("funnel.missed"), value("funnel.spurious")), (0.5, 0.5));
        assert!((value("funnel.error") - (2.0 / 3.0 - 0.5) / 0.5).abs() < 1e-12);
        assert!((value("funnel.seen_after_s_mean") - 2.0).abs() < 1e-9);
        assert_eq!(funnel.steps(), [(4, 3), (2, 2)]);
    }
}
