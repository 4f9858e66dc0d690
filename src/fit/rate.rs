//! When events happen: the mean rate, and how it varies over the day and the week.

use crate::units::{DAY, HOUR, Instant};

/// Counts of events by hour of the week, and the stretch that they cover.
#[derive(Clone, Debug)]
pub struct RateMeter {
    /// 1970-01-01 in simulated time.
    epoch: Instant,
    counts: [[u64; 24]; 7],
    total: u64,
    first: Instant,
    last: Instant,
}

/// The rate of a log.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// Events.
    pub events: u64,
    /// From the first event to the last, microseconds.
    pub length: i64,
    /// Events a second where every weight is 1; `None` when all events are of one instant.
    pub per_second: Option<f64>,
    /// Factors by UTC hour of the day, of mean 1; from one day on.
    pub hours: Option<[f64; 24]>,
    /// Factors by UTC day of the week from Monday, of mean 1; from two weeks on.
    pub weekdays: Option<[f64; 7]>,
}

impl RateMeter {
    /// A meter without events.
    #[must_use]
    pub fn new(epoch: Instant) -> Self {
        Self { epoch, counts: [[0; 24]; 7], total: 0, first: Instant::MAX, last: Instant::MIN }
    }

    /// Counts an event.
    #[inline]
    pub fn add(&mut self, event: Instant) {
        let (day, hour) = self.place(event);
        if let Some(count) = self.counts.get_mut(day).and_then(|day| day.get_mut(hour)) {
            *count += 1;
        }
        self.total += 1;
        self.first = self.first.min(event);
        self.last = self.last.max(event);
    }

    /// Day of the week, Monday first, and hour of the day.
    fn place(&self, at: Instant) -> (usize, usize) {
        let micros = (at - self.epoch).0;
        // 1970 began on a Thursday.
        ((micros.div_euclid(DAY) + 3).rem_euclid(7) as usize, micros.rem_euclid(DAY).div_euclid(HOUR) as usize)
    }

    /// Seconds of the stretch in each hour of the week.
    fn exposure(&self) -> [[f64; 24]; 7] {
        let mut seconds = [[0.0; 24]; 7];
        let mut at = self.first;
        while at < self.last {
            let end = at.next_multiple(crate::units::Span(HOUR), self.epoch).min(self.last);
            let (day, hour) = self.place(at);
            if let Some(cell) = seconds.get_mut(day).and_then(|day| day.get_mut(hour)) {
                *cell += (end - at).as_secs_f64();
            }
            at = end;
        }
        seconds
    }

    /// The rate and its weights, by maximum likelihood for a Poisson process whose rate is a product of
    /// an hour's and a weekday's factor: each factor in turn is what was counted over what the others
    /// let expect, until nothing changes.
    #[must_use]
    pub fn rate(&self) -> Rate {
        let length = if self.total == 0 { 0 } else { (self.last - self.first).0 };
        let seconds = length as f64 / 1e6;
        let mut rate = Rate { events: self.total, length, per_second: None, hours: None, weekdays: None };
        if length == 0 {
            return rate;
        }
        // The stretch begins and ends with an event, so that it holds one gap fewer.
        rate.per_second = Some(self.total.saturating_sub(1) as f64 / seconds);
        if length < DAY {
            return rate;
        }
        let exposure = self.exposure();
        let weekly = length >= 14 * DAY;
        let (mut hours, mut weekdays, mut level) = ([1.0; 24], [1.0; 7], 1.0);
        for _ in 0..if weekly { 100 } else { 1 } {
            hours = std::array::from_fn(|hour| {
                let cells = (0..7).map(|day| (day, hour, weekdays.get(day).copied().unwrap_or(1.0)));
                self.ratio(&exposure, cells)
            });
            if weekly {
                weekdays = std::array::from_fn(|day| {
                    let cells = hours.iter().enumerate().map(|(hour, weight)| (day, hour, *weight));
                    self.ratio(&exposure, cells)
                });
                scale(&mut weekdays);
            }
            level = scale(&mut hours);
        }
        if weekly {
            // The level that goes with both sets of weights.
            let cells = (0..7).flat_map(|day| (0..24).map(move |hour| (day, hour)));
            level = self.ratio(
                &exposure,
                cells.map(|(day, hour)| {
                    let weight = weekdays.get(day).copied().unwrap_or(1.0) * hours.get(hour).copied().unwrap_or(1.0);
                    (day, hour, weight)
                }),
            );
            rate.weekdays = Some(weekdays);
        }
        rate.per_second = Some(level);
        rate.hours = Some(hours);
        rate
    }

    /// Events in some cells over what their seconds, each with a weight, let expect at rate 1.
    fn ratio(&self, exposure: &[[f64; 24]; 7], cells: impl Iterator<Item = (usize, usize, f64)>) -> f64 {
        let (mut events, mut expected) = (0.0, 0.0);
        for (day, hour, weight) in cells {
            let at = |table: &[[f64; 24]; 7]| table.get(day).and_then(|day| day.get(hour)).copied().unwrap_or(0.0);
            events += self.counts.get(day).and_then(|day| day.get(hour)).copied().unwrap_or(0) as f64;
            expected += weight * at(exposure);
        }
        if expected > 0.0 { events / expected } else { 0.0 }
    }
}

/// Divides weights by their mean; gives the mean.
fn scale(weights: &mut [f64]) -> f64 {
    let mean = weights.iter().sum::<f64>() / weights.len() as f64;
    if mean > 0.0 {
        weights.iter_mut().for_each(|weight| *weight /= mean);
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;

    /// Events of a process whose rate is `of(weekday, hour)` a second, from a Thursday on.
    fn meter(days: i64, of: impl Fn(i64, i64) -> f64) -> RateMeter {
        let mut meter = RateMeter::new(Instant(0));
        let mut stream = Substream::new(7, 0, "rate");
        for hour in 0..days * 24 {
            let rate = of((hour / 24 + 3) % 7, hour % 24);
            let mut at = 0.0;
            loop {
                at += stream.exponential() / rate.max(1e-9);
                if at >= 3_600.0 {
                    break;
                }
                meter.add(Instant(hour * HOUR + (at * 1e6) as i64));
            }
        }
        meter
    }

    #[test]
    fn hours_and_weekdays_are_told_apart() {
        let (by_hour, by_day) = (|hour: i64| 0.5 + hour as f64 / 23.0, [1.0, 1.0, 1.2, 1.2, 1.4, 0.7, 0.5]);
        // Not a whole number of weeks, so that days are covered unequally.
        let rate = meter(18, |day, hour| 0.5 * by_hour(hour) * by_day[day as usize]).rate();
        let (hours, weekdays) = (rate.hours.unwrap(), rate.weekdays.unwrap());
        assert!((rate.per_second.unwrap() / 0.5 - 1.0).abs() < 0.01, "{rate:?}");
        for (hour, weight) in hours.iter().enumerate() {
            let events = 18.0 * 1_800.0 * by_hour(hour as i64);
            assert!((weight / by_hour(hour as i64) - 1.0).abs() < 3.5 / events.sqrt(), "{hour}: {weight}");
        }
        for (weight, want) in weekdays.iter().zip(by_day) {
            assert!((weight / want - 1.0).abs() < 0.015, "{weekdays:?}");
        }
    }

    #[test]
    fn short_logs_have_a_mean_only() {
        let day = meter(2, |_, hour| if hour == 3 { 0.0 } else { 0.1 }).rate();
        assert!(day.weekdays.is_none() && day.hours.unwrap()[3] == 0.0);
        let mut meter = RateMeter::new(Instant(0));
        assert_eq!(meter.rate().per_second, None);
        meter.add(Instant(5));
        assert_eq!(meter.rate().per_second, None);
        (1..=100).for_each(|second| meter.add(Instant(5 + second * 1_000_000)));
        let rate = meter.rate();
        assert_eq!((rate.per_second, rate.hours, rate.events), (Some(1.0), None, 101));
    }
}
