//! Integer time, spans, rates and bytes, and their text forms.
//!
//! Simulated time is a whole number of microseconds since the scenario's start. There is no
//! floating-point clock: two runs cannot differ by rounding, and ties are exact.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// The longest span that a scenario or a log may name: 100 years. Sums of a few of them stay far
/// from the limits of 64 bits.
pub const LONGEST: Span = Span(36_525 * DAY);

/// 2⁵².
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// A point in simulated time: microseconds since the scenario's start. Negative before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

/// A length of simulated time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub i64);

impl Instant {
    /// Before every instant that can occur.
    pub const MIN: Self = Self(i64::MIN / 4);
    /// After every instant that can occur.
    pub const MAX: Self = Self(i64::MAX / 4);

    /// `self + span`, at most [`Self::MAX`]: for sums of which no part is too long but the whole may be.
    #[must_use]
    pub fn later(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0).min(Self::MAX.0))
    }

    /// The largest multiple of `period`, counted from `origin`, that is not after `self`.
    #[must_use]
    pub fn floor_to(self, period: Span, origin: Self) -> Self {
        Self(self.0 - (self.0 - origin.0).rem_euclid(period.0))
    }

    /// The first multiple of `period`, counted from `origin`, strictly after `self`.
    #[must_use]
    pub fn next_multiple(self, period: Span, origin: Self) -> Self {
        self.floor_to(period, origin) + period
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From seconds, rounded to the nearest microsecond, never negative, at most [`LONGEST`].
    #[must_use]
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self::from_micros_f64(seconds * SECOND as f64)
    }

    /// From microseconds, rounded to the nearest whole, never negative, at most [`LONGEST`].
    #[must_use]
    #[inline]
    pub fn from_micros_f64(micros: f64) -> Self {
        Self::floor_micros_f64(micros + 0.5)
    }

    /// From microseconds, rounded down to a whole, never negative, at most [`LONGEST`].
    #[must_use]
    #[inline]
    pub fn floor_micros_f64(micros: f64) -> Self {
        // Comparisons in this order turn NaN into 0, so every float has an answer.
        let positive = if micros > 0.0 { micros } else { 0.0 };
        let bounded = if positive < LONGEST.0 as f64 { positive } else { LONGEST.0 as f64 };
        // Not by `as`, which vector units lack: from 2⁵² to 2⁵³ floats are the whole numbers, in their low bits.
        let nearest = (bounded + WHOLE) - WHOLE;
        let floor = if nearest > bounded { nearest - 1.0 } else { nearest };
        Self(((floor + WHOLE).to_bits() & !WHOLE.to_bits()) as i64)
    }

    /// The span in seconds.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / SECOND as f64
    }
}

impl Add<Span> for Instant {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0 + span.0)
    }
}

impl AddAssign<Span> for Instant {
    fn add_assign(&mut self, span: Span) {
        self.0 += span.0;
    }
}

impl Sub<Span> for Instant {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0 - span.0)
    }
}

impl Sub for Instant {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0 - earlier.0)
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

/// A half-open stretch of simulated time, `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First instant inside.
    pub from: Instant,
    /// First instant after.
    pub to: Instant,
}

impl Period {
    /// Whether `at` lies inside.
    #[must_use]
    #[inline]
    pub fn contains(&self, at: Instant) -> bool {
        // One unsigned comparison for both bounds.
        (at.0.wrapping_sub(self.from.0) as u64) < (self.to.0 - self.from.0) as u64
    }

    /// What both have in common; empty when nothing.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let from = self.from.max(other.from);
        Self { from, to: self.to.min(other.to).max(from) }
    }

    /// Its length.
    #[must_use]
    pub fn length(&self) -> Span {
        self.to - self.from
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let remedy = "write a number and a unit, such as \"150ms\", \"15s\", \"5m\", \"2h\" or \"1d\"";
        let parsed = humantime::parse_duration(text.trim())
            .map_err(|error| format!("\"{text}\" is not a duration ({error}); {remedy}"))?;
        let micros = parsed.as_micros();
        if micros > LONGEST.0 as u128 {
            return Err(format!("\"{text}\" is longer than 100 years; choose a shorter duration"));
        }
        if micros == 0 && !parsed.is_zero() {
            return Err(format!(
                "\"{text}\" is below one microsecond, the finest step of the clock; write 0s or at least 1us"
            ));
        }
        Ok(Self(micros as i64))
    }
}

impl fmt::Display for Span {
    /// The exact text form, readable back: `1h 30m`, `150ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let duration = std::time::Duration::from_micros(self.0.unsigned_abs());
        write!(f, "{sign}{}", humantime::format_duration(duration))
    }
}

/// Events or rows a second.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate(pub f64);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let remedy = "write a number and a unit of time, such as \"1000/s\", \"30/m\", \"5/h\" or \"1e6/d\"";
        let wrong = || format!("\"{text}\" is not a rate; {remedy}");
        let (number, unit) = text.split_once('/').ok_or_else(wrong)?;
        let seconds = match unit.trim() {
            "s" | "sec" | "second" => 1.0,
            "m" | "min" | "minute" => 60.0,
            "h" | "hour" => 3_600.0,
            "d" | "day" => 86_400.0,
            _ => return Err(wrong()),
        };
        let number: f64 = number.trim().replace('_', "").parse().map_err(|_| wrong())?;
        if !number.is_finite() || number < 0.0 {
            return Err(format!("\"{text}\" is not a rate: it must be finite and not negative; {remedy}"));
        }
        Ok(Self(number / seconds))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.0)
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.trim().parse::<bytesize::ByteSize>().map(|size| Self(size.as_u64())).map_err(|_| {
            format!("\"{text}\" is not a number of bytes; write a number and a unit, such as \"300 B\", \"16 KiB\" or \"512 MiB\"")
        })
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", bytesize::ByteSize(self.0).display().iec())
    }
}

/// A point of real time: a UTC instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcInstant(pub jiff::Timestamp);

impl UtcInstant {
    /// 1970-01-01T00:00:00Z in simulated time, where `self` is the scenario's start. UTC
    /// boundaries, and the windows of Flink and Spark, are multiples counted from it.
    #[must_use]
    pub fn epoch(self) -> Instant {
        Instant(-self.0.as_microsecond())
    }

    /// The real time of a simulated instant, where `self` is the scenario's start.
    #[must_use]
    pub fn at(self, instant: Instant) -> Self {
        let micros = self.0.as_microsecond().saturating_add(instant.0);
        Self(jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX))
    }
}

impl FromStr for UtcInstant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.trim().parse().map(Self).map_err(|_| {
            format!("\"{text}\" is not an instant; write RFC 3339 in UTC, such as \"2026-01-05T00:00:00Z\"")
        })
    }
}

impl fmt::Display for UtcInstant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Text forms in scenario files: each unit reads from a string through its `FromStr`.
macro_rules! read_from_text {
    ($($type:ty, $name:literal, $pattern:literal, $example:literal);+ $(;)?) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        write!(f, "text such as \"{}\"", $example)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_any(Text)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern, "examples": [$example] })
            }
        }
    )+};
}

read_from_text! {
    Span, "Span", r"^\s*\d", "15s";
    Rate, "Rate", r"^\s*[0-9.eE+_]+\s*/\s*(s|sec|second|m|min|minute|h|hour|d|day)\s*$", "1000/s";
    Bytes, "Bytes", r"^\s*\d", "512 MiB";
    UtcInstant, "UtcInstant", r"^\d{4}-\d{2}-\d{2}T", "2026-01-05T00:00:00Z";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_print_back() {
        for (text, micros) in [
            ("15s", 15 * SECOND),
            ("2h", 2 * HOUR),
            ("1d", DAY),
            ("150ms", 150_000),
            ("1h 30m", 90 * MINUTE),
            ("0s", 0),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.0, micros, "{text}");
            assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
        }
        for wrong in ["", "15", "-3s", "ten", "200years", "5ns"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn floats_become_the_nearest_microsecond() {
        for exact in
            [0.0, 0.2, 0.5, 1.5, 2.499, 2.5, 1e6 + 0.5, 1e9 + 0.49, 123_456_789_012.5, 2.9e15 + 0.5, 3.2e15, 1e300]
        {
            for micros in [exact, -exact, exact - 1e-9, exact * 0.999_999] {
                let want = ((micros + 0.5) as i64).clamp(0, LONGEST.0);
                assert_eq!(Span::from_micros_f64(micros).0, want, "{micros}");
            }
        }
        let ends = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(Span::from_micros_f64);
        assert_eq!(ends, [Span::ZERO, LONGEST, Span::ZERO]);
    }

    #[test]
    fn rates_and_bytes_read() {
        assert_eq!("1000/s".parse::<Rate>().unwrap().0, 1000.0);
        assert_eq!("30 / m".parse::<Rate>().unwrap().0, 0.5);
        assert_eq!("86_400/d".parse::<Rate>().unwrap().0, 1.0);
        assert_eq!("512 MiB".parse::<Bytes>().unwrap().0, 512 << 20);
        for wrong in ["1000", "-1/s", "NaN/s", "inf/s", "1/week"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
        assert!("many".parse::<Bytes>().is_err());
    }

    #[test]
    fn boundaries_are_multiples_from_the_origin() {
        let midnight = Instant(-5 * HOUR);
        assert_eq!(Instant(0).floor_to(Span(DAY), midnight), midnight);
        assert_eq!(Instant(0).next_multiple(Span(HOUR), midnight), Instant(HOUR));
        assert_eq!(Instant(-1).floor_to(Span(HOUR), midnight), Instant(-HOUR));
    }

    #[test]
    fn a_period_holds_its_start_and_not_its_end() {
        let period = Period { from: Instant(10), to: Instant(20) };
        assert!(period.contains(Instant(10)) && period.contains(Instant(19)));
        assert!(!period.contains(Instant(9)) && !period.contains(Instant(20)));
    }

    #[test]
    fn floats_outside_the_clock_are_clamped() {
        assert_eq!(Span::from_secs_f64(f64::INFINITY), LONGEST);
        assert_eq!(Span::from_secs_f64(f64::NAN), Span::ZERO);
        assert_eq!(Span::from_secs_f64(-1.0), Span::ZERO);
    }
}
