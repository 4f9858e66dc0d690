//! The measured period day by day: what a whole UTC day's data looked like, and when.
//!
//! Events that become visible together are known by short bins of event time. So a latency is that of the middle of
//! an event's bin, to within half of it (at most 1/512 of the time from one publication to the next), and the bin
//! across midnight, at most 8 s, counts for neither of its two days.

use crate::histogram::{Counts, Histogram};
use crate::pipelines::Cohort;
use crate::units::{DAY, Instant, Period, Span};
use crate::workload::Bin;

/// Days that are kept; later ones are not.
pub const MOST_DAYS: usize = 1_000;

/// The whole days of the measured period.
#[derive(Clone, Debug)]
pub struct Days {
    shift: u32,
    first: Instant,
    days: Vec<Day>,
    /// How long after a day's end one looks how complete it is, exactly.
    looks: Vec<Span>,
}

/// A day while it is measured.
#[derive(Clone, Debug, Default)]
struct Day {
    events: u64,
    visible: u64,
    /// Events visible by the end of the day.
    by_end: u64,
    /// Microseconds from there until the others became visible: apart, so that no room is kept for what lies between.
    after_end: Counts,
    /// Events visible at each look.
    by: Vec<u64>,
    latency: Counts,
    latency_sum: i128,
    longest: i64,
    landing: Option<i64>,
}

/// What one day's data looked like.
#[derive(Clone, Debug, PartialEq)]
pub struct DayResult {
    /// Its first instant.
    pub start: Instant,
    /// True events.
    pub events: u64,
    /// From the end of the day until all that was published of it had been published for the first time, seconds;
    /// `None` when no period or window ended in it.
    pub landing_s: Option<f64>,
    /// Latency in seconds: mean, p50, p90, p95, p99, p999, max.
    pub latency_s: [Option<f64>; 7],
    /// Share of its true events that are visible when all is over.
    pub completeness: Option<f64>,
    /// Likewise at each look, in the order in which they were given.
    pub by: Vec<Option<f64>>,
    /// Events visible by the end of the day.
    pub by_end: u64,
    /// The others by the microseconds from there until they became visible.
    pub after_end: Counts,
}

impl Days {
    /// The whole UTC days of the measured period, empty. `epoch` is a UTC midnight.
    #[must_use]
    pub fn new(measured: Period, epoch: Instant, bin_shift: u32, looks: Vec<Span>) -> Self {
        let first = (measured.from - Span(1)).next_multiple(Span(DAY), epoch);
        let count = ((measured.to - first).0 / DAY).clamp(0, MOST_DAYS as i64) as usize;
        let day = Day { by: vec![0; looks.len()], ..Day::default() };
        Self { shift: bin_shift, first, days: vec![day; count], looks }
    }

    /// The instants of a day that count for it: its whole bins.
    fn period(&self, day: usize) -> Period {
        let start = self.first.0 + day as i64 * DAY;
        let up = (1_i64 << self.shift) - 1;
        Period {
            from: Instant(((start + up) >> self.shift) << self.shift),
            to: Instant(((start + DAY) >> self.shift) << self.shift),
        }
    }

    /// The day that an instant counts for.
    #[inline]
    fn day_of(&self, event: Instant) -> Option<usize> {
        let day = usize::try_from((event - self.first).0.div_euclid(DAY)).ok()?;
        (day < self.days.len() && self.period(day).contains(event)).then_some(day)
    }

    /// True events that have happened, by bins that rise; a day's period is whole ones of them.
    pub fn happened(&mut self, bins: &[Bin]) {
        let (Some(oldest), Some(newest)) = (bins.first(), bins.last()) else { return };
        let number = |bin: &Bin| (bin.from() - self.first).0.div_euclid(DAY);
        let (from, to) = (number(oldest).max(0), number(newest));
        for day in from..=to {
            let Ok(day) = usize::try_from(day) else { continue };
            if day >= self.days.len() {
                return;
            }
            let period = self.period(day);
            let within = bins.iter().filter(|bin| period.contains(bin.from()));
            let count: u64 = within.map(|bin| u64::from(bin.events)).sum();
            if let Some(day) = self.days.get_mut(day) {
                day.events += count;
            }
        }
    }

    /// Events that are visible together.
    pub fn cohort(&mut self, cohort: &Cohort, visible: Instant) {
        if self.days.is_empty() {
            return;
        }
        let half = (1_i64 << self.shift) / 2;
        for (bin, count) in cohort.bins().iter() {
            self.events(Instant((bin << self.shift) + half), count, visible);
        }
    }

    /// One event that is visible by itself.
    #[inline]
    pub fn event(&mut self, event: Instant, visible: Instant) {
        self.events(event, 1, visible);
    }

    fn events(&mut self, event: Instant, count: u32, visible: Instant) {
        let Some(place) = self.day_of(event) else { return };
        let end = self.first + Span((place as i64 + 1) * DAY);
        let Some(day) = self.days.get_mut(place) else { return };
        let (latency, after) = ((visible - event).0.max(0), (visible - end).0.max(0));
        day.visible += u64::from(count);
        day.latency.record_many(latency as u64, count);
        day.latency_sum += i128::from(latency) * i128::from(count);
        day.longest = day.longest.max(latency);
        if after == 0 {
            day.by_end += u64::from(count);
        } else {
            day.after_end.record_many(after as u64, count);
        }
        for (look, seen) in self.looks.iter().zip(&mut day.by) {
            *seen += if after <= look.0 { u64::from(count) } else { 0 };
        }
    }

    /// A period or window that ended at `end` was published for the first time.
    pub fn landed(&mut self, end: Instant, at: Instant) {
        // What ends at midnight belongs to the day before.
        let Ok(place) = usize::try_from(((end - self.first).0 - 1).div_euclid(DAY)) else { return };
        let midnight = self.first + Span((place as i64).saturating_add(1).saturating_mul(DAY));
        if let Some(day) = self.days.get_mut(place) {
            day.landing = day.landing.max(Some((at - midnight).0.max(0)));
        }
    }

    /// What the days looked like.
    #[must_use]
    pub fn finish(self) -> Vec<DayResult> {
        let first = self.first;
        self.days.into_iter().enumerate().map(|(place, day)| day.finish(first + Span(place as i64 * DAY))).collect()
    }
}

impl Day {
    fn finish(self, start: Instant) -> DayResult {
        let share = |part: u64| (self.events > 0).then(|| part as f64 / self.events as f64);
        let mut latencies = Histogram::default();
        self.latency.iter().for_each(|(micros, count)| latencies.record_many(micros, u64::from(count)));
        let longest = self.longest;
        let quantile = |q| latencies.quantile(q).map(|micros| (micros as i64).min(longest) as f64 / 1e6);
        let seen = latencies.total();
        let mean = (seen > 0).then(|| self.latency_sum as f64 / seen as f64 / 1e6);
        let max = (seen > 0).then_some(longest as f64 / 1e6);
        DayResult {
            start,
            events: self.events,
            landing_s: self.landing.map(|micros| micros as f64 / 1e6),
            latency_s: [mean, quantile(0.5), quantile(0.9), quantile(0.95), quantile(0.99), quantile(0.999), max],
            completeness: share(self.visible),
            by: self.by.iter().map(|seen| share(*seen)).collect(),
            by_end: self.by_end,
            after_end: self.after_end,
        }
    }
}

impl DayResult {
    /// The day's value of a measure that has one.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<f64> {
        const LATENCIES: [&str; 7] = ["mean", "p50", "p90", "p95", "p99", "p999", "max"];
        match path {
            "landing_s.max" => self.landing_s,
            "correctness.completeness_final" => self.completeness,
            _ => {
                let name = path.strip_prefix("latency_s.")?;
                let place = LATENCIES.iter().position(|known| *known == name)?;
                self.latency_s.get(place).copied().flatten()
            }
        }
    }

    /// Share of the day's true events that were visible so long after its end, seconds; to within 0.4 % of that time.
    #[must_use]
    pub fn complete_after(&self, seconds: f64) -> Option<f64> {
        let micros = (seconds * 1e6) as u64;
        let late = self.after_end.iter().filter(|(at, _)| *at <= micros).map(|(_, n)| u64::from(n));
        let seen = self.by_end + late.sum::<u64>();
        (self.events > 0).then(|| seen as f64 / self.events as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::HOUR;
    use crate::workload::SHORTEST_BIN;

    /// From an hour before a midnight on for three days; bins of a second or so.
    fn days() -> Days {
        let measured = Period { from: Instant(0), to: Instant(3 * DAY) };
        Days::new(measured, Instant(HOUR), 20, vec![Span(9 * HOUR), Span(HOUR)])
    }

    #[test]
    fn only_whole_days_count() {
        let days = days();
        assert_eq!((days.first, days.days.len()), (Instant(HOUR), 2));
        assert_eq!(days.day_of(Instant(HOUR - 1)), None);
        assert_eq!(days.day_of(Instant(12 * HOUR)), Some(0));
        assert_eq!(days.day_of(Instant(HOUR + DAY + 2_000_000)), Some(1));
        // The bin across midnight is of neither day.
        assert_eq!(days.day_of(Instant(HOUR + DAY - 1)), None);
        assert_eq!(days.day_of(Instant(HOUR + 2 * DAY)), None);
        assert!(Days::new(Period { from: Instant(1), to: Instant(DAY) }, Instant(0), 20, vec![]).days.is_empty());
    }

    #[test]
    fn a_day_is_as_complete_as_what_was_visible_by_then() {
        let mut days = days();
        let events: Vec<Instant> = (0..10).map(|hour| Instant((2 + hour) * HOUR)).collect();
        let bins: Vec<Bin> = events.iter().map(|event| Bin { number: event.0 >> SHORTEST_BIN, events: 1 }).collect();
        days.happened(&bins[..4]);
        days.happened(&bins[4..]);
        let end = Instant(HOUR + DAY);
        // Six before the day is over, two an hour after it, one ten hours after it, one never.
        for event in &events[..6] {
            days.event(*event, *event + Span(60_000_000));
        }
        for (event, after) in [(events[6], HOUR), (events[7], HOUR), (events[8], 10 * HOUR)] {
            days.event(event, end + Span(after));
        }
        days.landed(end - Span(HOUR), end - Span(HOUR));
        days.landed(end, end + Span(2 * HOUR));
        days.landed(end + Span(1), end + Span(5 * HOUR));
        let found = days.finish();
        assert_eq!((found[0].events, found[0].completeness), (10, Some(0.9)));
        assert_eq!(found[0].by, [Some(0.8), Some(0.8)]);
        assert_eq!(found[0].get("landing_s.max"), Some(7_200.0));
        assert!((found[0].get("latency_s.p50").unwrap() - 60.0).abs() < 0.3);
        assert_eq!(found[0].complete_after(0.0), Some(0.6));
        assert_eq!(found[0].complete_after(40_000.0), Some(0.9));
        assert_eq!((found[1].completeness, found[1].landing_s), (None, Some(0.0)));
        assert_eq!(found[0].get("cost.total_per_day"), None);
    }
}
