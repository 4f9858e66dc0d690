//! Compute: busy cores over the day, runs, and the levels of state.

use crate::pipelines::Levels;
use crate::scenario::{Pipeline, Store};
use crate::units::{DAY, HOUR, Instant, Period, Span};

/// Busy core-time by hour of the UTC day, within the measured period.
#[derive(Clone, Debug)]
pub struct Load {
    measured: Period,
    epoch: Instant,
    /// Core-microseconds.
    busy: [f64; 24],
    runs: u64,
}

impl Load {
    /// Nothing done yet.
    #[must_use]
    pub fn new(measured: Period, epoch: Instant) -> Self {
        Self { measured, epoch, busy: [0.0; 24], runs: 0 }
    }

    /// A run started.
    pub fn run_started(&mut self, at: Instant) {
        self.runs += u64::from(self.measured.contains(at));
    }

    /// Cores were busy for `core_micros`, spread evenly over the stretch.
    pub fn busy(&mut self, from: Instant, to: Instant, core_micros: f64) {
        let length = (to - from).0 as f64;
        let (mut at, end) = (from.max(self.measured.from), to.min(self.measured.to));
        while at < end {
            let next = at.next_multiple(Span(HOUR), self.epoch).min(end);
            self.busy[self.hour(at)] += core_micros * ((next - at).0 as f64 / length);
            at = next;
        }
        if from == to && self.measured.contains(from) {
            self.busy[self.hour(from)] += core_micros;
        }
    }

    fn hour(&self, at: Instant) -> usize {
        ((at - self.epoch).0.div_euclid(HOUR)).rem_euclid(24) as usize
    }

    /// Mean busy cores in each hour of the day; 0 in hours that were not measured.
    #[must_use]
    pub fn by_hour(&self) -> [f64; 24] {
        let mut lengths = [0.0; 24];
        let whole = self.measured.length().0 / DAY;
        lengths.fill((whole * HOUR) as f64);
        let mut at = self.measured.from + Span(whole * DAY);
        while at < self.measured.to {
            let next = at.next_multiple(Span(HOUR), self.epoch).min(self.measured.to);
            lengths[self.hour(at)] += (next - at).0 as f64;
            at = next;
        }
        std::array::from_fn(|hour| if lengths[hour] > 0.0 { self.busy[hour] / lengths[hour] } else { 0.0 })
    }

    /// Busy core-hours a day.
    #[must_use]
    pub fn core_hours_a_day(&self) -> f64 {
        self.busy.iter().sum::<f64>() / HOUR as f64 / self.days()
    }

    /// Runs a day.
    #[must_use]
    pub fn runs_a_day(&self) -> f64 {
        self.runs as f64 / self.days()
    }

    /// Length of the measured period in days.
    #[must_use]
    pub fn days(&self) -> f64 {
        self.measured.length().0 as f64 / DAY as f64
    }
}

/// Highest levels within the measured period, and their course.
#[derive(Clone, Debug)]
pub struct State {
    measured: Period,
    bytes_per_id: f64,
    /// Bytes of dedup state whatever it holds.
    fixed_id_bytes: f64,
    ids_on_disk: bool,
    bytes_per_entry: f64,
    /// Highest of each level by itself.
    pub peak: Levels,
    /// Most bytes of dedup and window state together.
    pub state_bytes: f64,
    /// The same with the rows being processed and without what lies on disk.
    pub working_set: f64,
    /// `(probe, dedup bytes)`.
    pub dedup_series: Vec<(Instant, f64)>,
    /// `(probe, records)`.
    pub backlog_series: Vec<(Instant, u64)>,
}

impl State {
    /// Nothing held.
    #[must_use]
    pub fn new(measured: Period, pipeline: &Pipeline) -> Self {
        Self {
            measured,
            bytes_per_id: pipeline.bytes_per_id,
            fixed_id_bytes: pipeline.dedup.and_then(|dedup| dedup.fixed_bytes()).unwrap_or(0.0),
            ids_on_disk: pipeline.store.is_some_and(Store::is_on_disk),
            bytes_per_entry: pipeline.bytes_per_entry,
            peak: Levels::default(),
            state_bytes: 0.0,
            working_set: 0.0,
            dedup_series: Vec::new(),
            backlog_series: Vec::new(),
        }
    }

    /// Bytes of that many ids.
    #[must_use]
    pub fn id_bytes(&self, ids: u64) -> f64 {
        self.fixed_id_bytes + ids as f64 * self.bytes_per_id
    }

    /// Levels at a probe.
    pub fn probe(&mut self, at: Instant, levels: Levels) {
        self.peak(at, levels);
        self.dedup_series.push((at, self.id_bytes(levels.dedup_ids)));
        self.backlog_series.push((at, levels.backlog));
    }

    /// Levels between probes.
    pub fn peak(&mut self, at: Instant, levels: Levels) {
        if !self.measured.contains(at) {
            return;
        }
        let peak = &mut self.peak;
        peak.dedup_ids = peak.dedup_ids.max(levels.dedup_ids);
        peak.window_entries = peak.window_entries.max(levels.window_entries);
        peak.backlog = peak.backlog.max(levels.backlog);
        peak.row_bytes = peak.row_bytes.max(levels.row_bytes);
        let ids = self.id_bytes(levels.dedup_ids);
        let entries = levels.window_entries as f64 * self.bytes_per_entry;
        self.state_bytes = self.state_bytes.max(ids + entries);
        let in_memory = if self.ids_on_disk { entries } else { ids + entries };
        self.working_set = self.working_set.max(in_memory + levels.row_bytes as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_time_falls_into_the_hours_it_covers() {
        let measured = Period { from: Instant(0), to: Instant(36 * HOUR) };
        let mut load = Load::new(measured, Instant(-2 * HOUR));
        // Half an hour before and one hour after 03:00 UTC, two cores.
        load.busy(Instant(HOUR / 2), Instant(2 * HOUR), 3.0 * HOUR as f64);
        // Outside the measured period.
        load.busy(Instant(40 * HOUR), Instant(41 * HOUR), 9.0 * HOUR as f64);
        let hours = load.by_hour();
        // 02:00 and 03:00 UTC were measured twice.
        assert!((hours[2] - 0.5).abs() < 1e-12 && (hours[3] - 1.0).abs() < 1e-12, "{hours:?}");
        assert!((load.core_hours_a_day() - 2.0).abs() < 1e-12);
    }
}
