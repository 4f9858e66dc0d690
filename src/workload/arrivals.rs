//! When events happen: a Poisson process whose rate changes on the hour.

use crate::random::Substream;
use crate::scenario::Source;
use crate::units::{HOUR, Instant, Rate, Span};

/// Gaps drawn at a time.
const GAPS: usize = 256;

/// A Poisson process with a constant rate within each hour of the UTC day. Gaps are exponential;
/// at a change of rate what is left of a gap is stretched, which is exact because the exponential
/// has no memory.
#[derive(Clone, Debug)]
pub struct Arrivals {
    stream: Substream,
    /// Mean gap by hour of the day, microseconds; infinite where nothing happens.
    gaps: [f64; 24],
    /// Hour of the day that `hour` starts.
    hour_of_day: usize,
    hour: Instant,
    /// The next event, in microseconds into the hour.
    position: f64,
    /// Gaps drawn ahead, in means.
    gaps_ahead: Vec<f64>,
    used: usize,
}

impl Arrivals {
    /// The process from simulated time 0 on; `epoch` is 1970-01-01 in simulated time.
    #[must_use]
    pub fn new(stream: Substream, rate: Rate, hours: &[f64; 24], epoch: Instant) -> Self {
        let hour = Instant(0).floor_to(Span(HOUR), epoch);
        let hour_of_day = ((hour - epoch).0 / HOUR).rem_euclid(24) as usize;
        let position = (Instant(0) - hour).0 as f64;
        let gaps = hours.map(|weight| 1e6 / (weight * rate.0));
        let mut arrivals = Self { stream, gaps, hour_of_day, hour, position, gaps_ahead: Vec::new(), used: 0 };
        arrivals.advance();
        arrivals
    }

    #[inline]
    fn advance(&mut self) {
        if self.used == self.gaps_ahead.len() {
            self.gaps_ahead.clear();
            self.stream.exponentials(GAPS, &mut self.gaps_ahead);
            self.used = 0;
        }
        let need = self.gaps_ahead[self.used];
        self.used += 1;
        let position = self.position + need * self.gaps[self.hour_of_day];
        if position < HOUR as f64 {
            self.position = position;
        } else {
            self.cross_hours(need);
        }
    }

    /// Spends a gap of `need` means over the hours from here on.
    #[cold]
    fn cross_hours(&mut self, mut need: f64) {
        loop {
            let gap = self.gaps[self.hour_of_day];
            if self.position + need * gap < HOUR as f64 {
                self.position += need * gap;
                return;
            }
            need -= (HOUR as f64 - self.position) / gap;
            self.position = 0.0;
            self.hour += Span(HOUR);
            self.hour_of_day = (self.hour_of_day + 1) % 24;
        }
    }

    /// Appends the events before `until`.
    pub fn fill(&mut self, until: Instant, events: &mut Vec<Instant>) {
        loop {
            let next = self.hour + Span(self.position as i64);
            if next >= until {
                return;
            }
            events.push(next);
            self.advance();
        }
    }
}

/// The largest rate of a source, events a second.
#[must_use]
pub fn peak_rate(source: &Source) -> f64 {
    match source {
        Source::Poisson { rate, hours } => rate.0 * hours.iter().copied().fold(0.0, f64::max),
        Source::Trace(_) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{DAY, SECOND};

    #[test]
    fn counts_by_hour_follow_the_curve() {
        let mut hours = [0.0; 24];
        hours.iter_mut().enumerate().for_each(|(hour, weight)| *weight = 0.2 + hour as f64 / 20.0);
        hours[4] = 0.0;
        // The scenario starts at 05:30 UTC.
        let epoch = Instant(-(11 * HOUR / 2) - 365 * DAY);
        let mut arrivals = Arrivals::new(Substream::new(1, 0, "arrivals"), Rate(10.0), &hours, epoch);
        let mut events = Vec::new();
        arrivals.fill(Instant(10 * DAY), &mut events);
        let mut counts = [0.0_f64; 24];
        for event in &events {
            counts[((*event - epoch).0 / HOUR % 24) as usize] += 1.0;
        }
        let chi: f64 = (0..24)
            .filter(|hour| *hour != 4)
            .map(|hour| {
                let expected = 10.0 * hours[hour] * 3600.0 * 10.0;
                (counts[hour] - expected).powi(2) / expected
            })
            .sum();
        // 23 degrees of freedom: 99.9 % lies below 49.7.
        assert!(chi < 49.7, "{chi}");
        assert_eq!(counts[4], 0.0);
        assert!(events.is_sorted());
    }

    #[test]
    fn gaps_are_exponential() {
        let mut arrivals = Arrivals::new(Substream::new(2, 0, "arrivals"), Rate(100.0), &[1.0; 24], Instant(0));
        let mut events = Vec::new();
        arrivals.fill(Instant(10_000 * SECOND), &mut events);
        let gaps: Vec<f64> = events.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
        let n = gaps.len() as f64;
        let mean = gaps.iter().sum::<f64>() / n;
        let squares = gaps.iter().map(|gap| gap * gap).sum::<f64>() / n;
        assert!((mean - 0.01).abs() < 0.000_04, "{mean}");
        assert!((squares / (mean * mean) - 2.0).abs() < 0.02);
    }
}
