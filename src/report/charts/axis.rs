//! Axes with ticks that people know: 1 s, 10 s, 1 min, 1 h, 1 d; 50 %, 90 %, 99 %; hours of the day.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::metrics::Unit;
use crate::report::view;
use crate::units::{Instant, UtcInstant};

/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    Linear,
    Log,
    /// Shares by their nines: 90 % as far from 99 % as 99 % from 99.9 %.
    Nines,
}

/// An axis: scale, bounds and labelled ticks.
#[derive(Clone, Debug)]
pub struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
    ticks: Vec<(f64, String)>,
    /// What it measures, with the unit.
    pub name: String,
}

/// Steps of time that people know, in seconds: the coarse set is a tick a decade or so.
const COARSE: &[f64] = &[
    1e-6,
    1e-5,
    1e-4,
    1e-3,
    1e-2,
    0.1,
    1.0,
    10.0,
    60.0,
    600.0,
    3_600.0,
    21_600.0,
    86_400.0,
    864_000.0,
    8_640_000.0,
    315_576_000.0,
    3_155_760_000.0,
];
const FINE: &[f64] = &[
    1e-3,
    2e-3,
    5e-3,
    1e-2,
    2e-2,
    5e-2,
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    20.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    1_200.0,
    1_800.0,
    3_600.0,
    7_200.0,
    14_400.0,
    28_800.0,
    43_200.0,
    86_400.0,
    172_800.0,
    432_000.0,
    864_000.0,
    1_728_000.0,
];

/// Steps of clock times, in seconds.
const CLOCK: [f64; 21] = [
    1e-3, 1e-2, 0.1, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0,
    10_800.0, 21_600.0, 43_200.0, 86_400.0,
];

impl Axis {
    /// Times on a log scale that holds all positive finite `values`, at most nine decades.
    #[must_use]
    pub fn log_time(name: &str, values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
        for value in values.filter(|value| value.is_finite() && *value > 0.0) {
            low = low.min(value);
            high = high.max(value);
        }
        if high <= 0.0 {
            (low, high) = (1.0, 86_400.0);
        }
        let high = high.clamp(1e-5, 1e12);
        let low = low.clamp(high * 1e-9, high).max(1e-6);
        let middle = (low * high).sqrt();
        let half = (high / low).sqrt().max(3.2) * 1.25;
        let (low, high) = (middle / half, middle * half);
        let within =
            |steps: &[f64]| -> Vec<f64> { steps.iter().copied().filter(|step| (low..=high).contains(step)).collect() };
        let coarse = within(COARSE);
        let ticks = if coarse.len() >= 4 { coarse } else { within(FINE) };
        let ticks = ticks.into_iter().map(|tick| (tick, view::value(Unit::Seconds, tick))).collect();
        Self { scale: Scale::Log, low, high, ticks, name: name.to_owned() }
    }

    /// Shares from 0 to the fourth nine.
    #[must_use]
    pub fn nines(name: &str) -> Self {
        let ticks =
            [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999].map(|share| (share, view::value(Unit::Share, share))).to_vec();
        Self { scale: Scale::Nines, low: 0.0, high: 0.9999, ticks, name: name.to_owned() }
    }

    /// A slot of length 1 for each name, from 0 on; the name is the tick in its middle.
    #[must_use]
    pub fn slots(name: &str, names: &[String]) -> Self {
        let ticks = names.iter().enumerate().map(|(slot, name)| (slot as f64 + 0.5, name.clone())).collect();
        Self { scale: Scale::Linear, low: 0.0, high: names.len().max(1) as f64, ticks, name: name.to_owned() }
    }

    /// Shares from 0 to 100 %.
    #[must_use]
    pub fn percent(name: &str) -> Self {
        let ticks = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].map(|share| (share, view::value(Unit::Share, share))).to_vec();
        Self { scale: Scale::Linear, low: 0.0, high: 1.02, ticks, name: name.to_owned() }
    }

    /// Shares from 100 % down to `least` on a log scale, at most nine decades.
    #[must_use]
    pub fn log_share(name: &str, least: f64) -> Self {
        let least = if least.is_finite() { least.clamp(1e-9, 0.1) } else { 0.1 };
        let ticks = (0..=9).rev().map(|decade| libm::pow(10.0, -f64::from(decade))).filter(|tick| *tick >= least);
        let ticks = ticks.map(|tick| (tick, view::value(Unit::Share, tick))).collect();
        Self { scale: Scale::Log, low: least, high: 1.15, ticks, name: name.to_owned() }
    }

    /// Shares from a part in 10⁹ to 100 % on a log scale that holds all positive finite `values`.
    #[must_use]
    pub fn log_shares(name: &str, values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (1.0_f64, 1e-9_f64);
        for value in values.filter(|value| value.is_finite() && *value > 0.0) {
            low = low.min(value.max(1e-9));
            high = high.max(value.min(1.0));
        }
        let (low, high) = if low <= high { (low / 1.5, high * 1.5) } else { (1e-4, 1.0) };
        let steps =
            (0..=9).rev().flat_map(|decade| [1.0, 3.0].map(|digit| digit * libm::pow(10.0, -f64::from(decade))));
        let ticks = steps.filter(|tick| (low..=high).contains(tick));
        let ticks = ticks.map(|tick| (tick, view::value(Unit::Share, tick))).collect();
        Self { scale: Scale::Log, low, high, ticks, name: name.to_owned() }
    }

    /// Positive numbers on a log scale that holds all finite `values`, with a tick a decade; at most 15 decades.
    #[must_use]
    pub fn log_values(name: &str, unit: Unit, values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
        for value in values.filter(|value| value.is_finite() && *value > 0.0) {
            low = low.min(value);
            high = high.max(value);
        }
        if high <= 0.0 {
            (low, high) = (1.0, 1e3);
        }
        let high = high.clamp(1e-6, 1e24) * 1.5;
        let low = low.clamp(high * 1e-15, high) / 1.5;
        let ticks =
            (-8..=25).map(|decade| libm::pow(10.0, f64::from(decade))).filter(|tick| (low..=high).contains(tick));
        let ticks = ticks.map(|tick| (tick, view::value(unit, tick))).collect();
        Self { scale: Scale::Log, low, high, ticks, name: name.to_owned() }
    }

    /// From 0 to above the largest of `values`, with round ticks.
    #[must_use]
    pub fn from_zero(name: &str, unit: Unit, values: impl Iterator<Item = f64>) -> Self {
        let largest = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        let largest = if largest > 0.0 { largest.clamp(1e-9, 1e30) } else { 1.0 };
        let step = round_step(largest / 5.0);
        let count = (largest * 1.04 / step).ceil().clamp(1.0, 20.0);
        let ticks = (0..=count as u32).map(|place| f64::from(place) * step);
        let ticks = ticks.map(|tick| (tick, view::value(unit, tick))).collect();
        Self { scale: Scale::Linear, low: 0.0, high: step * count, ticks, name: name.to_owned() }
    }

    /// Seconds from a first instant that is `of_day` seconds past midnight UTC, for `length`
    /// seconds: hours of the day up to two days, numbered days beyond.
    #[must_use]
    pub fn clock(of_day: f64, length: f64) -> Self {
        let length = if length.is_finite() { length.clamp(1.0, 1e10) } else { 86_400.0 };
        if length > 2.0 * 86_400.0 {
            let step = round_step(length / 86_400.0 / 10.0).max(1.0).round() * 86_400.0;
            let ticks = (0..=40).map(|place| f64::from(place) * step).filter(|tick| *tick <= length);
            let ticks = ticks.map(|tick| (tick, format!("{:.0}", tick / 86_400.0))).collect();
            let name = "Days since the start of the measurement".to_owned();
            return Self { scale: Scale::Linear, low: 0.0, high: length, ticks, name };
        }
        let steps = [60.0, 300.0, 600.0, 1_800.0, 3_600.0, 10_800.0, 21_600.0];
        let step = steps.into_iter().find(|step| length / step <= 9.0).unwrap_or(21_600.0);
        let first = (of_day / step).ceil() * step - of_day;
        let ticks = (0..=12).map(|place| first + f64::from(place) * step).filter(|tick| *tick <= length);
        let ticks = ticks
            .map(|tick| {
                let minutes = ((of_day + tick) / 60.0).round() as i64;
                // The end of the first day is its 24th hour.
                let minutes = if minutes == 1_440 { minutes } else { minutes % 1_440 };
                (tick, format!("{:02}:{:02}", minutes / 60, minutes % 60))
            })
            .collect();
        Self { scale: Scale::Linear, low: 0.0, high: length, ticks, name: "Time of day (UTC)".to_owned() }
    }

    /// Seconds from an instant on for `length` seconds, with about `most` ticks at most: clock times, or dates
    /// where a tick is a day or more. The day stands in the axis' name.
    #[must_use]
    pub fn instants(name: &str, from: UtcInstant, length: f64, most: u32) -> Self {
        let length = if length.is_finite() { length.clamp(1e-3, 1e10) } else { 86_400.0 };
        let step = CLOCK.iter().copied().find(|step| length / step <= f64::from(most));
        let step = step.unwrap_or_else(|| round_step(length / 86_400.0 / f64::from(most)).max(1.0).ceil() * 86_400.0);
        let since = from.0.as_microsecond() as f64 / 1e6;
        let first = (since / step).ceil() * step - since;
        let form = match step {
            _ if step >= 86_400.0 => "%-d %b",
            _ if step >= 60.0 => "%H:%M",
            _ if step >= 1.0 => "%H:%M:%S",
            _ => "%H:%M:%S%.3f",
        };
        let at = |tick: f64| from.at(Instant((tick * 1e6).round() as i64));
        let ticks = (0..=2 * most).map(|place| first + f64::from(place) * step).filter(|tick| *tick <= length);
        let ticks = ticks.map(|tick| (tick, at(tick).0.strftime(form).to_string())).collect();
        let name = format!("{name} (UTC, {})", from.0.strftime("%-d %B %Y"));
        Self { scale: Scale::Linear, low: 0.0, high: length, ticks, name }
    }

    /// The label of a tick.
    #[must_use]
    pub fn label(&self, tick: f64) -> String {
        self.ticks.iter().find(|(value, _)| *value == tick).map_or_else(String::new, |(_, label)| label.clone())
    }

    /// The width of the widest label.
    #[must_use]
    pub fn widest_label(&self, width: impl Fn(&str) -> i32) -> i32 {
        self.ticks.iter().map(|(_, label)| width(label)).max().unwrap_or(0)
    }

    /// Empties labels that would touch the one before on an axis of so many pixels.
    pub fn thin(&mut self, pixels: i32, width: impl Fn(&str) -> i32) {
        let places: Vec<f64> = self.ticks.iter().map(|(tick, _)| self.place(*tick) * f64::from(pixels)).collect();
        let mut free = f64::NEG_INFINITY;
        for ((_, label), place) in self.ticks.iter_mut().zip(places) {
            let half = f64::from(width(label)) / 2.0;
            if place - half < free {
                label.clear();
            } else {
                free = place + half;
            }
        }
    }

    /// Where its ticks are.
    pub(super) fn tick_places(&self) -> impl Iterator<Item = f64> + '_ {
        self.ticks.iter().map(|(value, _)| *value)
    }

    /// How many ticks there are.
    #[must_use]
    pub fn ticks(&self) -> usize {
        self.ticks.len()
    }

    /// The bounds.
    #[must_use]
    pub fn bounds(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Where a value lies, 0 at the low end and 1 at the high end; outside values lie at the ends.
    #[must_use]
    pub fn place(&self, value: f64) -> f64 {
        let spread = |value: f64| match self.scale {
            Scale::Linear => value,
            Scale::Log => libm::log10(value.max(self.low)),
            Scale::Nines => -libm::log10(1.0 - value.min(0.999_999)),
        };
        let (low, high) = (spread(self.low), spread(self.high));
        let place = (spread(value) - low) / (high - low);
        if place.is_finite() { place.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// The smallest of 1, 2, 5 × a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let text = format!("{step:e}");
    let exponent: i32 = text.rsplit('e').next().and_then(|exponent| exponent.parse().ok()).unwrap_or(0);
    let ten: f64 = format!("1e{exponent}").parse().unwrap_or(1.0);
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|factor| factor * ten)
        .find(|round| *round >= step * 0.999_999)
        .unwrap_or(10.0 * ten)
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        limit.0 + (self.place(*value) * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|(value, _)| *value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.label(*value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn log_ticks_are_times_people_know() {
        let wide = Axis::log_time("", [0.5, 50_000.0].into_iter());
        assert_eq!(labels(&wide), ["1 s", "10 s", "1 min", "10 min", "1 h", "6 h"]);
        let narrow = Axis::log_time("", [2.0, 3.0].into_iter());
        assert!(narrow.ticks() >= 3, "{narrow:?}");
        for odd in [vec![], vec![0.0], vec![1e-300, 1e300], vec![f64::NAN], vec![5.0]] {
            let axis = Axis::log_time("", odd.into_iter());
            let (low, high) = axis.bounds();
            assert!(low > 0.0 && high > low * 9.0 && axis.ticks() > 0, "{axis:?}");
        }
    }

    #[test]
    fn linear_ticks_are_round_and_reach_the_top() {
        let axis = Axis::from_zero("", Unit::Bytes, [18.4e9].into_iter());
        assert_eq!(labels(&axis), ["0 B", "5 GB", "10 GB", "15 GB", "20 GB"]);
        for odd in [0.0, 1e-300, 1e300, 7.0, 1.0] {
            let axis = Axis::from_zero("", Unit::Cores, [odd].into_iter());
            assert!((2..=21).contains(&axis.ticks()), "{odd} {axis:?}");
        }
    }

    #[test]
    fn clocks_start_at_round_hours() {
        let axis = Axis::clock(5.5 * 3_600.0, 86_400.0);
        assert_eq!(labels(&axis)[..3], ["06:00", "09:00", "12:00"]);
        let days = Axis::clock(0.0, 7.0 * 86_400.0);
        assert_eq!(labels(&days).len(), 8);
    }

    #[test]
    fn instants_are_clock_times_or_dates() {
        let from: UtcInstant = "2026-01-05T23:41:10Z".parse().unwrap();
        let axis = |length| Axis::instants("Event time", from, length, 7);
        assert_eq!(labels(&axis(1_800.0)), ["23:45", "23:50", "23:55", "00:00", "00:05", "00:10"]);
        assert_eq!(
            labels(&axis(30.0)),
            ["23:41:10", "23:41:15", "23:41:20", "23:41:25", "23:41:30", "23:41:35", "23:41:40"]
        );
        assert_eq!(labels(&axis(5.0 * 86_400.0)), ["6 Jan", "7 Jan", "8 Jan", "9 Jan", "10 Jan"]);
        assert_eq!(axis(60.0).name, "Event time (UTC, 5 January 2026)");
        for odd in [f64::NAN, 0.0, 1e-9, 1e300] {
            assert!((1..=15).contains(&axis(odd).ticks()), "{odd}");
        }
    }

    #[test]
    fn places_stay_within_the_axis() {
        let axis = Axis::nines("");
        assert!((axis.place(0.99) - 0.5).abs() < 1e-9);
        for odd in [f64::NAN, -1.0, 2.0, f64::INFINITY] {
            assert!((0.0..=1.0).contains(&axis.place(odd)));
        }
    }
}
