//! A slice of the stream as a windowed pipeline saw it: each event with its fate, the watermark, the windows.
//!
//! Nobody knows beforehand where something will be late. So some candidates are recorded, a bounded number of dots
//! of each, and the one that shows most is kept.

mod candidates;
mod dots;

pub(super) use candidates::candidates;
pub use dots::{Dot, Dots};

use std::collections::BTreeMap;

use crate::pipelines::{Fate, Firing};
use crate::units::{Instant, Period, Span};
use crate::workload::{Grid, Rows};

/// How long the watermark and firings are followed, in lengths of the slice.
const REACH: i64 = 6;
/// Parts of that time of which each has two points of the watermark at most.
const STEPS: i64 = 600;

/// A slice of event time, and what became of its events.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// Its event times.
    pub period: Period,
    /// Its events by fate: on time, corrected, dropped.
    pub fates: [Dots; 3],
    /// From when on which event times were covered by the watermark, rising.
    pub watermark: Vec<(Instant, Instant)>,
    /// Its windows by their start, and when each was first published.
    pub windows: Vec<(Period, Instant)>,
}

impl Slice {
    /// Events of a fate.
    #[must_use]
    pub fn of(&self, fate: Fate) -> &Dots {
        let [on_time, corrected, dropped] = &self.fates;
        match fate {
            Fate::OnTime => on_time,
            Fate::Corrected => corrected,
            Fate::Dropped => dropped,
        }
    }

    /// All its events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.fates.iter().map(|dots| dots.count).sum()
    }

    /// The more fates and the more late events it shows the better it is.
    fn interest(&self) -> (usize, u64, u64) {
        let kinds = self.fates.iter().filter(|dots| dots.count > 0).count();
        (kinds, self.events() - self.of(Fate::OnTime).count, self.events())
    }
}

/// Records candidates.
#[derive(Debug)]
pub(super) struct Recorder {
    grid: Grid,
    sample: u64,
    /// By time; they have nothing in common.
    candidates: Vec<Candidate>,
    /// The watermark as last told.
    covered: Instant,
}

#[derive(Debug)]
struct Candidate {
    period: Period,
    fates: [Dots; 3],
    watermark: Vec<(Instant, Instant)>,
    windows: BTreeMap<(Instant, Instant), Instant>,
}

impl Recorder {
    /// Nothing seen. `periods` come by time and have nothing in common; one delivery stands for `sample` of them.
    pub fn new(grid: Grid, sample: u32, periods: Vec<Period>) -> Self {
        let candidate =
            |period| Candidate { period, fates: Default::default(), watermark: Vec::new(), windows: BTreeMap::new() };
        let candidates = periods.into_iter().map(candidate).collect();
        Self { grid, sample: sample.into(), candidates, covered: Instant::MIN }
    }

    #[inline]
    fn at(&mut self, event_time: Instant) -> Option<&mut Candidate> {
        let place = self.candidates.partition_point(|candidate| candidate.period.to <= event_time);
        self.candidates.get_mut(place).filter(|candidate| candidate.period.contains(event_time))
    }

    /// Whether events with these times may be drawn.
    #[inline]
    pub fn covers(&self, events: Period) -> bool {
        let place = self.candidates.partition_point(|candidate| candidate.period.to <= events.from);
        self.candidates.get(place).is_some_and(|candidate| candidate.period.from < events.to)
    }

    /// An event was judged.
    #[inline]
    pub fn judged(&mut self, event_time: Instant, arrival: Instant, fate: Fate) {
        if let Some(candidate) = self.at(event_time) {
            candidate.fates[fate as usize].add(Dot { event_time, arrival });
        }
    }

    /// Events of one window were on time; none lies outside of `events`.
    #[inline]
    pub fn judged_on_time(&mut self, rows: Rows<'_>, events: Period) {
        let Some(candidate) = rows.event_time.first().and_then(|first| self.at(*first)) else { return };
        let dot = |row: usize| Dot { event_time: rows.event_time[row], arrival: rows.arrival[row] };
        let (period, dots) = (candidate.period, &mut candidate.fates[Fate::OnTime as usize]);
        if events.from >= period.from && events.to <= period.to {
            dots.add_many(rows.len(), dot);
            return;
        }
        (0..rows.len()).map(dot).filter(|dot| period.contains(dot.event_time)).for_each(|dot| dots.add(dot));
    }

    /// The watermark was told.
    #[inline]
    pub fn watermark(&mut self, at: Instant, to: Instant) {
        if to > self.covered {
            let before = std::mem::replace(&mut self.covered, to);
            // Candidates whose time is over come first.
            let over = self.candidates.partition_point(|candidate| candidate.period.to + candidate.reach() < at);
            for candidate in self.candidates.iter_mut().skip(over) {
                if at < candidate.period.from {
                    break;
                }
                candidate.watermark(at, to, before);
            }
        }
    }

    /// A window fired.
    pub fn fired(&mut self, firing: &Firing<'_>) {
        let window = self.window(firing);
        if let Some(candidate) = self.at(window.from) {
            candidate.windows.entry((window.from, window.to)).or_insert(firing.visible);
        }
    }

    /// The only place that knows how a firing names its window.
    fn window(&self, firing: &Firing<'_>) -> Period {
        Period { from: self.grid.start(firing.window), to: self.grid.end(firing.window) }
    }

    /// The candidate that shows most; of equal ones the first. `None` when no event was in any.
    pub fn finish(self) -> Option<Slice> {
        let sample = self.sample;
        let slices = self.candidates.into_iter().map(|candidate| Slice {
            period: candidate.period,
            fates: candidate.fates.map(|dots| dots.scaled(sample)),
            watermark: candidate.watermark,
            windows: candidate.windows.into_iter().map(|((from, to), at)| (Period { from, to }, at)).collect(),
        });
        let best = slices.reduce(|best, next| if next.interest() > best.interest() { next } else { best });
        best.filter(|slice| slice.events() > 0)
    }
}

impl Candidate {
    fn reach(&self) -> Span {
        Span(self.period.length().0.saturating_mul(REACH - 1))
    }

    /// Keeps the first and the last of each step.
    fn watermark(&mut self, at: Instant, to: Instant, before: Instant) {
        if self.watermark.is_empty() {
            self.watermark.push((self.period.from, before));
        }
        let length = (self.period.length().0.saturating_mul(REACH) / STEPS).max(1);
        let step = |at: Instant| (at - self.period.from).0 / length;
        let same = |place: Option<&(Instant, Instant)>| place.is_some_and(|(other, _)| step(*other) == step(at));
        let count = self.watermark.len();
        if same(self.watermark.last()) && count > 1 && same(self.watermark.get(count - 2)) {
            self.watermark.pop();
        }
        self.watermark.push((at, to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder() -> Recorder {
        let period = |from| Period { from: Instant(from), to: Instant(from + 100) };
        Recorder::new(
            Grid { origin: Instant(0), size: Span(10), slide: Span(10) },
            2,
            vec![period(0), period(200), period(400)],
        )
    }

    fn fire(recorder: &mut Recorder, window: i64, visible: i64) {
        let visible = Instant(visible);
        recorder.fired(&Firing {
            window,
            events: 1,
            rows: 1,
            keys: None,
            amounts: None,
            visible,
            watermark: None,
            at_end: false,
        });
    }

    #[test]
    fn the_slice_with_most_fates_then_most_late_events_is_kept() {
        let mut recorder = recorder();
        let mut judge = |event_time, fate| recorder.judged(Instant(event_time), Instant(event_time + 5), fate);
        (0..9).for_each(|event| judge(event, Fate::Dropped));
        [210, 211, 150, 450, 451, 452].iter().for_each(|event| judge(*event, Fate::OnTime));
        [212, 453, 454].iter().for_each(|event| judge(*event, Fate::Corrected));
        fire(&mut recorder, 40, 417);
        fire(&mut recorder, 40, 500);
        fire(&mut recorder, 39, 417);
        let slice = recorder.finish().unwrap();
        assert_eq!(slice.period, Period { from: Instant(400), to: Instant(500) });
        assert_eq!(slice.fates.each_ref().map(|dots| dots.count), [6, 4, 0]);
        assert_eq!(slice.of(Fate::Corrected).dots[0], Dot { event_time: Instant(453), arrival: Instant(458) });
        assert_eq!(slice.windows, [(Period { from: Instant(400), to: Instant(410) }, Instant(417))]);
    }

    #[test]
    fn without_events_there_is_no_slice() {
        let mut recorder = recorder();
        recorder.judged(Instant(150), Instant(150), Fate::Dropped);
        fire(&mut recorder, 0, 20);
        assert_eq!(recorder.finish(), None);
    }

    #[test]
    fn the_watermark_is_followed_from_the_value_before() {
        let mut recorder = recorder();
        recorder.judged(Instant(210), Instant(210), Fate::OnTime);
        for (at, to) in [(150, 140), (220, 205), (221, 180), (230, 225), (700, 650), (801, 900)] {
            recorder.watermark(Instant(at), Instant(to));
        }
        let seen: Vec<_> = recorder.finish().unwrap().watermark.iter().map(|(at, to)| (at.0, to.0)).collect();
        assert_eq!(seen, [(200, 140), (220, 205), (230, 225), (700, 650)]);
    }

    #[test]
    fn many_ticks_take_bounded_memory() {
        let mut recorder = Recorder::new(
            Grid { origin: Instant(0), size: Span(1_000), slide: Span(1_000) },
            1,
            vec![Period { from: Instant(0), to: Instant(100_000) }],
        );
        (0..600_000).for_each(|at| recorder.watermark(Instant(at), Instant(at - 9)));
        let points = &recorder.candidates[0].watermark;
        assert!(points.len() as i64 <= 2 * STEPS + 1 && points.len() as i64 > STEPS, "{}", points.len());
        assert!(points.iter().skip(1).all(|(at, to)| *at - *to == Span(9)));
    }
}
