//! Latency by hour of the day: how many measured events of each hour had which latency.
//!
//! Bounded: 24 hours by half octaves of the latency. Events that become visible together are known by short bins of event
//! time, as in `days`, so their latencies are those of the middles of their bins, and so are their hours; what is older
//! than a cohort's bins reach is left out.

use crate::pipelines::Cohort;
use crate::units::{DAY, HOUR, Instant, Period};

const HOURS: usize = 24;
/// Half octaves of microseconds: every latency has one.
const STEPS: usize = 128;

/// Counts of events by hour and latency.
#[derive(Clone, Debug)]
pub struct ByHour {
    measured: Period,
    epoch: Instant,
    shift: u32,
    counts: Vec<u64>,
}

/// Some events of an hour that had about the same latency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HourCell {
    /// Hour of the UTC day of the events, 0 to 23.
    pub hour: u32,
    /// Their latency, seconds: at least.
    pub from_s: f64,
    /// Less than.
    pub to_s: f64,
    /// How many they are.
    pub events: u64,
}

impl ByHour {
    /// Nothing counted. `epoch` is a UTC midnight.
    #[must_use]
    pub fn new(measured: Period, epoch: Instant, bin_shift: u32) -> Self {
        Self { measured, epoch, shift: bin_shift, counts: vec![0; HOURS * STEPS] }
    }

    /// Events that are visible together.
    pub fn cohort(&mut self, cohort: &Cohort, visible: Instant) {
        if cohort.is_empty() {
            return;
        }
        let half = (1_i64 << self.shift) / 2;
        for (bin, count) in cohort.bins().iter() {
            // The last bin of a day reaches into the next; its events do not.
            let middle = Instant((bin << self.shift) + half).min(cohort.newest);
            if self.measured.contains(middle) {
                self.events(middle, visible, u64::from(count));
            }
        }
    }

    /// One measured event that is visible by itself.
    #[inline]
    pub fn event(&mut self, event: Instant, visible: Instant) {
        self.events(event, visible, 1);
    }

    #[inline]
    fn events(&mut self, event: Instant, visible: Instant, count: u64) {
        let hour = ((event - self.epoch).0.rem_euclid(DAY) / HOUR) as usize;
        let step = step_of((visible - event).0.max(1) as u64);
        if let Some(cell) = self.counts.get_mut(hour * STEPS + step) {
            *cell += count;
        }
    }

    /// What was counted, by hour, then latency; empty cells are left out.
    #[must_use]
    pub fn cells(&self) -> Vec<HourCell> {
        let used = self.counts.iter().enumerate().filter(|(_, events)| **events > 0);
        let cell = |(place, events): (usize, &u64)| {
            let (hour, step) = (place / STEPS, place % STEPS);
            HourCell {
                hour: hour as u32,
                from_s: start_of(step) / 1e6,
                to_s: start_of(step + 1) / 1e6,
                events: *events,
            }
        };
        used.map(cell).collect()
    }
}

/// Adds what several replications counted, each by hour, then latency.
#[must_use]
pub fn pooled<'a>(parts: impl Iterator<Item = &'a [HourCell]>) -> Vec<HourCell> {
    let mut all: Vec<HourCell> = parts.flatten().copied().collect();
    all.sort_by(|a, b| a.hour.cmp(&b.hour).then_with(|| a.from_s.total_cmp(&b.from_s)));
    all.dedup_by(|later, kept| {
        let same = later.hour == kept.hour && later.from_s == kept.from_s;
        if same {
            kept.events = kept.events.saturating_add(later.events);
        }
        same
    });
    all
}

/// The half octave of a positive number: from 2ⁿ, or from 1.5 × 2ⁿ.
#[inline]
fn step_of(value: u64) -> usize {
    let octave = value.max(1).ilog2();
    let upper = octave > 0 && (value >> (octave - 1)) & 1 == 1;
    2 * octave as usize + usize::from(upper)
}

fn start_of(step: usize) -> f64 {
    let octave = libm::exp2((step / 2) as f64);
    if step.is_multiple_of(2) { octave } else { 1.5 * octave }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{MINUTE, SECOND};

    #[test]
    fn every_number_lies_in_its_half_octave() {
        for value in [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 1_000_000, 3 << 61] {
            let step = step_of(value);
            assert!(start_of(step) <= value as f64 && (value as f64) < start_of(step + 1), "{value}");
        }
        assert!(step_of(u64::MAX) < STEPS);
    }

    #[test]
    fn events_count_for_their_hour_and_replications_add_up() {
        let measured = Period { from: Instant(0), to: Instant(2 * DAY) };
        let mut found = ByHour::new(measured, Instant(0), 16);
        let event = Instant(DAY + 9 * HOUR + MINUTE);
        found.event(event, Instant(event.0 + 10 * SECOND));
        found.event(Instant(9 * HOUR), Instant(9 * HOUR + 10 * SECOND));
        found.event(Instant(0), Instant(0));
        let cells = found.cells();
        assert_eq!(cells.iter().map(|cell| (cell.hour, cell.events)).collect::<Vec<_>>(), [(0, 1), (9, 2)]);
        assert!(cells[1].from_s <= 10.0 && 10.0 < cells[1].to_s && cells[1].to_s < 1.6 * cells[1].from_s);
        let twice = pooled([cells.as_slice(), &cells].into_iter());
        assert_eq!(twice.iter().map(|cell| cell.events).collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn the_last_events_of_a_day_stay_in_it() {
        let measured = Period { from: Instant(0), to: Instant(2 * DAY) };
        // Bins of more than an hour: the last one of the day begins before midnight and has its middle after it.
        let shift = 33;
        let mut cohort = Cohort::new(Instant(DAY), shift);
        let last = Instant(DAY - SECOND);
        assert!(Instant(((last.0 >> shift) << shift) + (1 << (shift - 1))) > Instant(DAY));
        cohort.add(last, last, true, &measured);
        cohort.unfold();
        let mut found = ByHour::new(measured, Instant(0), shift);
        found.cohort(&cohort, Instant(DAY + HOUR));
        assert_eq!(found.cells().iter().map(|cell| cell.hour).collect::<Vec<_>>(), [23]);
    }
}
