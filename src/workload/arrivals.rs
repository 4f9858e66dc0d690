//! When events happen: a Poisson process whose rate changes on the hour and at the edges of bursts.

use crate::random::{Distribution, Sampler, Substream};
use crate::scenario::{Rates, Source};
use crate::units::{DAY, Instant, Span};
use crate::vector::widest;

/// Gaps drawn at a time.
const GAPS: usize = 256;
/// Gaps that are added up together.
const TOGETHER: usize = 64;
/// Events end here: twenty years, more than any run takes.
const HORIZON: Instant = Instant(7_306 * DAY);

/// A Poisson process whose rate is constant between hours of the UTC day and edges of bursts. Gaps
/// are exponential; at a change of rate what is left of a gap is stretched, which is exact because
/// the exponential has no memory.
#[derive(Clone, Debug)]
pub struct Arrivals {
    stream: Substream,
    /// Of mean 1.
    exponential: Sampler,
    rates: Rates,
    epoch: Instant,
    /// The stretch of constant rate that the next event lies in, its length in microseconds and its
    /// mean gap, infinite where nothing happens.
    from: Instant,
    length: f64,
    gap: f64,
    /// The next event, in microseconds from the start of the stretch.
    position: f64,
    /// Gaps drawn ahead, in means.
    gaps_ahead: Vec<f64>,
    used: usize,
}

impl Arrivals {
    /// The process from simulated time 0 on; `epoch` is 1970-01-01 in simulated time.
    #[must_use]
    pub fn new(stream: Substream, rates: &Rates, epoch: Instant) -> Self {
        let rates = rates.clone();
        let (from, length, gap, position) = (Instant(0), 0.0, f64::INFINITY, 0.0);
        let exponential = Sampler::new(Distribution::Exponential { mean: 1.0 });
        let (gaps_ahead, used) = (Vec::new(), 0);
        let mut arrivals = Self { stream, exponential, rates, epoch, from, length, gap, position, gaps_ahead, used };
        arrivals.enter(from);
        arrivals.advance();
        arrivals
    }

    /// Goes on to the stretch that begins at `from`.
    fn enter(&mut self, from: Instant) {
        self.from = from;
        self.length = (self.rates.stretch_end(from, self.epoch) - from).0 as f64;
        self.gap = 1e6 / self.rates.at(from, self.epoch);
    }

    #[inline]
    fn advance(&mut self) {
        if self.used == self.gaps_ahead.len() {
            self.exponential.fill(&mut self.stream, GAPS, &mut self.gaps_ahead);
            self.used = 0;
        }
        let need = self.gaps_ahead[self.used];
        self.used += 1;
        let position = self.position + need * self.gap;
        if position < self.length {
            self.position = position;
        } else {
            self.cross(need);
        }
    }

    /// Spends a gap of `need` means over the stretches from here on.
    #[cold]
    fn cross(&mut self, mut need: f64) {
        while self.position + need * self.gap >= self.length {
            need -= (self.length - self.position) / self.gap;
            self.position = 0.0;
            self.enter(self.from + Span(self.length as i64));
            if self.from >= HORIZON {
                (self.length, self.gap) = (f64::INFINITY, f64::INFINITY);
                self.from = Instant::MAX;
                return;
            }
        }
        self.position += need * self.gap;
    }

    /// Appends events before `until` as long as the one after them lies in the same stretch and its gap is drawn.
    fn fill_stretch(&mut self, until: Instant, events: &mut Vec<Instant>) {
        let gaps = &self.gaps_ahead[self.used..];
        let (gap, length) = (self.gap, self.length);
        // Positions are rounded down: what lies before a whole number of microseconds, rounded down does so too.
        let end = length.min((until - self.from).0 as f64);
        let mut positions = [self.position; GAPS + 1];
        let (mut used, mut position) = (0, self.position);
        for gaps in gaps.chunks(TOGETHER) {
            // Some together: a sum does not wait for the question whether the event before it is still meant.
            let slots = &mut positions[used..=used + gaps.len()];
            for (need, slot) in gaps.iter().zip(&mut slots[1..]) {
                position += need * gap;
                *slot = position;
            }
            let meant = reach(&slots[..gaps.len()], end).min(reach(&slots[1..], length));
            used += meant;
            if meant < gaps.len() {
                break;
            }
        }
        self.position = positions[used];
        self.used += used;
        let (from, before) = (self.from, events.len());
        events.resize(before + used, from);
        let rows = events.iter_mut().skip(before).zip(&positions[..used]);
        widest(move || rows.for_each(|(event, position)| *event = from + Span::floor_micros_f64(*position)));
    }

    /// Appends the events before `until`.
    pub fn fill(&mut self, until: Instant, events: &mut Vec<Instant>) {
        loop {
            self.fill_stretch(until, events);
            // The first after which the stretch, or the gaps drawn, end.
            let next = self.from + Span(self.position as i64);
            if next >= until {
                return;
            }
            events.push(next);
            self.advance();
        }
    }
}

/// How many of some rising places lie before an end.
#[inline]
fn reach(places: &[f64], end: f64) -> usize {
    match places.last() {
        Some(last) if *last < end => places.len(),
        _ => places.partition_point(|place| *place < end),
    }
}

/// The largest rate of a source within its first weeks, events a second: how finely its calendar is
/// cut, which no result depends on.
#[must_use]
pub fn peak_rate(source: &Source, epoch: Instant) -> f64 {
    match source {
        Source::Poisson(rates) => rates.peak_and_total(Instant(14 * DAY), epoch).0,
        Source::Trace(_) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Burst;
    use crate::units::{HOUR, Rate, SECOND};

    fn constant(rate: f64) -> Rates {
        let (hours, weekdays, bursts) = ([1.0; 24], [1.0; 7], Vec::new());
        Rates { rate: Rate(rate), hours, weekdays, trend: 0.0, trend_for: Span(100 * DAY), bursts }
    }

    #[test]
    fn counts_by_hour_follow_the_integral_of_the_rate() {
        let mut rates = constant(10.0);
        rates.hours.iter_mut().enumerate().for_each(|(hour, weight)| *weight = 0.2 + hour as f64 / 20.0);
        rates.hours[4] = 0.0;
        rates.weekdays = [1.0, 1.1, 0.9, 1.0, 1.2, 0.5, 0.0];
        rates.trend = -0.03;
        let burst = |at: i64, length: i64, factor: f64| Burst { at: Span(at), length: Span(length), factor };
        rates.bursts = vec![burst(20 * HOUR + 7, HOUR / 3, 8.0), burst(3 * DAY, DAY, 0.5), burst(3 * DAY, HOUR, 4.0)];
        // The scenario starts at 05:30 UTC on a Friday.
        let epoch = Instant(-(11 * HOUR / 2) - 365 * DAY);
        let mut arrivals = Arrivals::new(Substream::new(1, 0, "arrivals"), &rates, epoch);
        let mut events = Vec::new();
        let hours = 10 * 24;
        arrivals.fill(Instant(hours * HOUR), &mut events);
        assert!(events.is_sorted());
        let total = |hour: i64| rates.peak_and_total(Instant(hour * HOUR), epoch).1;
        let (mut chi, mut cells) = (0.0, 0.0);
        for hour in 0..hours {
            let before = |at: i64| events.partition_point(|event| *event < Instant(at * HOUR)) as f64;
            let (count, expected) = (before(hour + 1) - before(hour), total(hour + 1) - total(hour));
            if expected < 1e-6 {
                assert_eq!(count, 0.0, "{hour}");
            } else {
                chi += (count - expected).powi(2) / expected;
                cells += 1.0;
            }
        }
        // Chi-square is nearly normal with so many degrees of freedom: 3.3 standard deviations are 99.9 %.
        assert!(cells > 180.0 && (chi - cells).abs() < 3.3 * (2.0_f64 * cells).sqrt(), "{chi} of {cells}");
    }

    #[test]
    fn gaps_are_exponential() {
        let mut arrivals = Arrivals::new(Substream::new(2, 0, "arrivals"), &constant(100.0), Instant(0));
        let mut events = Vec::new();
        arrivals.fill(Instant(10_000 * SECOND), &mut events);
        let gaps: Vec<f64> = events.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
        let n = gaps.len() as f64;
        let mean = gaps.iter().sum::<f64>() / n;
        let squares = gaps.iter().map(|gap| gap * gap).sum::<f64>() / n;
        assert!((mean - 0.01).abs() < 0.000_04, "{mean}");
        assert!((squares / (mean * mean) - 2.0).abs() < 0.02);
    }

    #[test]
    fn a_rate_that_dies_out_ends() {
        let mut rates = constant(1e-3);
        rates.bursts = vec![Burst { at: Span(HOUR), length: Span(30_000 * DAY), factor: 0.0 }];
        let mut arrivals = Arrivals::new(Substream::new(2, 0, "arrivals"), &rates, Instant(0));
        let mut events = Vec::new();
        arrivals.fill(Instant(25_000 * DAY), &mut events);
        assert!(events.iter().all(|event| *event < Instant(HOUR)));
    }
}
