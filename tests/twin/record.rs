//! Facts in a form that can be compared: as a fast pipeline reports them, and as a twin found them.

use std::collections::BTreeMap;

use millstream::pipelines::{Cohort, Facts, Firing as Fired, GroupFiring, Levels, Resolved, VisibleEvent};
use millstream::scenario::Window;
use millstream::units::Instant;

use crate::findings::{Fate, Findings, Firing, Shown, Value};
use crate::input::Input;

/// Exact sums over the events that became visible together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    on_time: u64,
    late: u64,
    leaked: u64,
    event_times: i128,
    arrivals: i128,
    started: i128,
    processed: i128,
    oldest: i64,
    newest: i64,
}

impl Default for Sums {
    fn default() -> Self {
        let (oldest, newest) = (Instant::MAX.0, Instant::MIN.0);
        let (on_time, late, leaked, event_times, arrivals, started, processed) = (0, 0, 0, 0, 0, 0, 0);
        Self { on_time, late, leaked, event_times, arrivals, started, processed, oldest, newest }
    }
}

/// Everything that was reported.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// By `(held, visible)`.
    pub cohorts: BTreeMap<(i64, i64), Sums>,
    /// Events visible by themselves, and whether they are measured.
    pub alone: Vec<(Shown, bool)>,
    pub prehistory: Vec<(i64, i64)>,
    pub resolved: Resolved,
    pub landings: Vec<(i64, i64)>,
    pub firings: Vec<Firing>,
    /// Sessions, in order of publication.
    pub groups: Vec<GroupFiring>,
    pub busy: Vec<(i64, i64, f64)>,
    pub runs: Vec<i64>,
    pub probes: Vec<(i64, Levels)>,
    pub peaks: Vec<(i64, Levels)>,
    /// When the watermark rose, and to what.
    pub watermarks: Vec<(i64, i64)>,
    /// Measured first deliveries and duplicates that have ended.
    pub ended: (u64, u64),
    published: BTreeMap<i64, Firing>,
    settled: i64,
    size: i64,
    epoch: i64,
}

impl Record {
    /// An empty record of a pipeline of this input.
    pub fn new(input: &Input) -> Self {
        Self {
            settled: i64::MIN,
            size: input.scenario.job.window.as_ref().and_then(Window::size).map_or(0, |size| size.0),
            epoch: input.scenario.start.epoch().0,
            ..Self::default()
        }
    }

    /// What a twin found.
    pub fn of(findings: &Findings, input: &Input) -> Self {
        let mut record = Self::new(input);
        for (delivery, fate) in input.deliveries.iter().zip(&findings.fates) {
            let measured = u64::from(input.counts(delivery));
            let resolved = &mut record.resolved;
            match fate {
                Some(Fate::Visible(shown)) if shown.alone => record.alone.push((*shown, measured > 0)),
                Some(Fate::Visible(shown)) => {
                    let sums = record.cohorts.entry((shown.held, shown.visible)).or_default();
                    sums.newest = sums.newest.max(shown.event_time);
                    if measured > 0 {
                        sums.on_time += u64::from(shown.on_time);
                        sums.late += u64::from(!shown.on_time);
                        sums.event_times += i128::from(shown.event_time);
                        sums.arrivals += i128::from(shown.arrival);
                        sums.started += i128::from(shown.started);
                        sums.processed += i128::from(shown.processed);
                        sums.oldest = sums.oldest.min(shown.event_time);
                    }
                }
                Some(Fate::Leaked(Some(publication))) if measured > 0 => {
                    record.cohorts.entry(*publication).or_default().leaked += 1;
                }
                Some(Fate::Leaked(None)) => resolved.duplicates_leaked += measured,
                Some(Fate::Late) => resolved.late_dropped += measured,
                Some(Fate::Removed) => resolved.duplicates_removed += measured,
                Some(Fate::DuplicateLate) => resolved.duplicates_late_dropped += measured,
                Some(Fate::Leaked(Some(_))) | None => {}
            }
        }
        record.alone.sort_unstable();
        record.prehistory.clone_from(&findings.prehistory);
        record.landings.clone_from(&findings.landings);
        record.firings.clone_from(&findings.firings);
        record.busy.clone_from(&findings.busy);
        record.runs.clone_from(&findings.runs);
        record.probes.clone_from(&findings.probes);
        record.peaks.clone_from(&findings.peaks);
        record.watermarks.clone_from(&findings.watermarks);
        record.sort();
        record
    }

    /// Brings what has no order of its own into one.
    pub fn sort(&mut self) {
        self.cohorts.retain(|_, sums| *sums != Sums::default());
        self.alone.sort_unstable();
        self.landings.sort_unstable();
        // Firings of one window keep their order.
        self.firings.sort_by_key(|firing| firing.window);
    }

    fn not_before_probes(&self, at: Instant) {
        let probed = self.probes.last().map_or(i64::MIN, |(at, _)| *at);
        assert!(at.0 > probed, "visible at {} but probed at {probed}", at.0);
    }
}

impl Facts for Record {
    fn cohort_visible(&mut self, cohort: Cohort, held: Instant, visible: Instant) {
        let sums = self.cohorts.entry((held.0, visible.0)).or_default();
        sums.on_time += cohort.on_time;
        sums.late += cohort.late;
        sums.leaked += cohort.leaked;
        sums.event_times += cohort.event_times;
        sums.arrivals += cohort.arrivals;
        sums.started += cohort.started;
        sums.processed += cohort.processed;
        sums.oldest = sums.oldest.min(cohort.oldest.0);
        sums.newest = sums.newest.max(cohort.newest.0);
        self.ended.0 += cohort.on_time + cohort.late;
        self.ended.1 += cohort.leaked;
        self.not_before_probes(visible);
    }

    fn event_visible(&mut self, event: &VisibleEvent) {
        let shown = Shown {
            event_time: event.event_time.0,
            arrival: event.arrival.0,
            started: event.started.0,
            processed: event.processed.0,
            held: event.held.0,
            visible: event.visible.0,
            on_time: event.on_time,
            alone: true,
        };
        self.not_before_probes(event.visible);
        self.ended.0 += u64::from(event.measured);
        self.alone.push((shown, event.measured));
    }

    fn prehistory_visible(&mut self, newest: Instant, at: Instant) {
        self.prehistory.push((newest.0, at.0));
    }

    fn resolved(&mut self, resolved: Resolved) {
        self.ended.0 += resolved.late_dropped;
        self.ended.1 += resolved.duplicates_removed + resolved.duplicates_leaked + resolved.duplicates_late_dropped;
        self.resolved.late_dropped += resolved.late_dropped;
        self.resolved.duplicates_removed += resolved.duplicates_removed;
        self.resolved.duplicates_leaked += resolved.duplicates_leaked;
        self.resolved.duplicates_late_dropped += resolved.duplicates_late_dropped;
    }

    fn landed(&mut self, end: Instant, at: Instant) {
        self.landings.push((end.0, at.0));
    }

    fn fired(&mut self, firing: &Fired<'_>) {
        let end = self.epoch + (firing.window + 1) * self.size;
        assert!(end > self.settled, "window {} fires although it is settled", firing.window);
        let (window, visible, at_end) = (firing.window, firing.visible.0, firing.at_end);
        let watermark = firing.watermark.map(|watermark| watermark.0);
        let empty =
            Firing { window, events: 0, rows: 0, keys: None, value: Value::default(), visible, watermark, at_end };
        let published = self.published.entry(window).or_insert(empty);
        published.events += firing.events;
        published.rows += firing.rows;
        for (key, count) in firing.keys.iter().flat_map(|keys| keys.iter()) {
            *published.keys.get_or_insert_default().entry(key).or_default() += u64::from(count);
            let by = firing.amounts.map_or(u64::from(count), |amounts| amounts.get(Some(key)));
            published.value.grow(Some(key), by);
        }
        if firing.keys.is_none() {
            published.value.grow(None, firing.amounts.map_or(firing.rows, |amounts| amounts.get(None)));
        }
        self.firings.push(Firing { visible, watermark, at_end, ..published.clone() });
    }

    fn group_fired(&mut self, firing: &GroupFiring) {
        self.groups.push(*firing);
    }

    fn settled(&mut self, through: Instant) {
        self.settled = self.settled.max(through.0);
    }

    fn watermark(&mut self, at: Instant, to: Instant) {
        if self.watermarks.last().is_none_or(|(_, before)| to.0 > *before) && to > Instant::MIN {
            self.watermarks.push((at.0, to.0));
        }
    }

    fn busy(&mut self, from: Instant, to: Instant, core_micros: f64) {
        self.busy.push((from.0, to.0, core_micros));
    }

    fn run_started(&mut self, at: Instant) {
        self.runs.push(at.0);
    }

    fn probe(&mut self, at: Instant, levels: Levels) {
        assert!(self.probes.last().is_none_or(|(before, _)| *before <= at.0));
        self.probes.push((at.0, levels));
    }

    fn peak(&mut self, at: Instant, levels: Levels) {
        self.peaks.push((at.0, levels));
    }
}
