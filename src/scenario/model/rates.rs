//! The rate of a stream over time: hours, weekdays, a trend and bursts, all at once.

use crate::units::{DAY, HOUR, Instant, Rate, Span};

/// Days from Thursday, 1970-01-01, to the next Monday.
const TO_MONDAY: i64 = 4;

/// The rate of a Poisson process over time: constant between hours and edges of bursts.
#[derive(Clone, Debug)]
pub struct Rates {
    /// Events a second where all factors are 1.
    pub rate: Rate,
    /// Factor for each hour of the UTC day.
    pub hours: [f64; 24],
    /// Factor for each day of the week, Monday first.
    pub weekdays: [f64; 7],
    /// Relative change a day, compounded, in steps of an hour; 0 for none.
    pub trend: f64,
    /// The trend goes on until here, from simulated time 0.
    pub trend_for: Span,
    /// Times at which the rate is another.
    pub bursts: Vec<Burst>,
}

/// A time at which the rate is another.
#[derive(Clone, Debug)]
pub struct Burst {
    /// When it begins, from simulated time 0.
    pub at: Span,
    /// How long it takes.
    pub length: Span,
    /// Factor on the rate.
    pub factor: f64,
}

impl Rates {
    /// Events a second at an instant; `epoch` is 1970-01-01 in simulated time.
    #[must_use]
    pub fn at(&self, at: Instant, epoch: Instant) -> f64 {
        let since = (at - epoch).0;
        let hour = since.div_euclid(HOUR);
        let weekday = (since.div_euclid(DAY) - TO_MONDAY).rem_euclid(7);
        // The trend goes in steps of an hour, by the hour's middle.
        let middle = (epoch + Span(hour * HOUR + HOUR / 2)).0.clamp(0, self.trend_for.0);
        let trend = if self.trend == 0.0 { 1.0 } else { libm::pow(1.0 + self.trend, middle as f64 / DAY as f64) };
        let within = |burst: &&Burst| {
            let from = Instant(0) + burst.at;
            at >= from && at < from + burst.length
        };
        let bursts: f64 = self.bursts.iter().filter(within).map(|burst| burst.factor).product();
        self.rate.0 * self.hours[hour.rem_euclid(24) as usize] * self.weekdays[weekday as usize] * trend * bursts
    }

    /// The first instant after `at` at which the rate may be another.
    #[must_use]
    pub fn stretch_end(&self, at: Instant, epoch: Instant) -> Instant {
        let edges = self.bursts.iter().flat_map(|burst| {
            let from = Instant(0) + burst.at;
            [from, from + burst.length]
        });
        edges.filter(|edge| *edge > at).fold(at.next_multiple(Span(HOUR), epoch), Instant::min)
    }

    /// The largest rate up to `until` and the events expected until then.
    #[must_use]
    pub fn peak_and_total(&self, until: Instant, epoch: Instant) -> (f64, f64) {
        let (mut peak, mut total, mut at) = (0.0_f64, 0.0, Instant(0));
        while at < until {
            let end = self.stretch_end(at, epoch).min(until);
            let rate = self.at(at, epoch);
            peak = peak.max(rate);
            total += rate * (end - at).as_secs_f64();
            at = end;
        }
        (peak, total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_multiply() {
        let mut hours = [1.0; 24];
        hours[5] = 2.0;
        let mut weekdays = [1.0; 7];
        weekdays[0] = 3.0;
        let bursts = vec![Burst { at: Span(5 * HOUR + HOUR / 2), length: Span(HOUR), factor: 10.0 }];
        let trend_for = Span(2 * DAY);
        let rates = Rates { rate: Rate(1.0), hours, weekdays, trend: 0.5, trend_for, bursts };
        // 2026-01-05 is a Monday.
        let epoch = Instant(-1_767_571_200_000_000);
        let grown = |hours: f64| 1.5_f64.powf(hours / 24.0);
        let at = |hours: f64| rates.at(Instant((hours * HOUR as f64) as i64), epoch);
        for (hour, wanted) in [
            (4.2, 3.0 * grown(4.5)),
            (5.2, 6.0 * grown(5.5)),
            (5.7, 60.0 * grown(5.5)),
            (6.4, 30.0 * grown(6.5)),
            (6.6, 3.0 * grown(6.5)),
            (29.1, 2.0 * grown(29.5)),
            (100.0, grown(48.0)),
        ] {
            assert!((at(hour) - wanted).abs() < 1e-9, "{hour}: {} {wanted}", at(hour));
        }
        let (peak, total) = rates.peak_and_total(Instant(7 * HOUR), epoch);
        assert!((peak - 60.0 * grown(5.5)).abs() < 1e-9);
        let hand: f64 = (0..7)
            .map(|hour| 3.0 * grown(f64::from(hour) + 0.5) * f64::from([1, 1, 1, 1, 1, 11, 11][hour as usize]))
            .sum::<f64>()
            + 3.0 * grown(6.5) * -5.5
            + 3.0 * grown(5.5) * 0.0;
        let hand = hand + 3.0 * grown(6.5) * 0.0;
        assert!((total / 3_600.0 - hand).abs() < 1e-6, "{total} {hand}");
    }
}
