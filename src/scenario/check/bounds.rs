//! Bounds of single fields. Each check reports what is wrong and goes on with a value that lies
//! within the bounds, so that the fields after it are checked too.

use std::ops::RangeInclusive;

use crate::scenario::findings::Findings;
use crate::scenario::path::Path;
use crate::units::{LONGEST, Rate, Span};

/// A millisecond.
pub(super) const MILLISECOND: Span = Span(1_000);

impl Findings {
    /// A field that must be there.
    pub(super) fn required<T>(&mut self, path: &Path, value: Option<T>, example: &str) -> Option<T> {
        if value.is_none() {
            self.at(path, "this is missing", format!("add {example}"));
        }
        value
    }

    /// A number within bounds, or the default.
    pub(super) fn number(&mut self, path: &Path, value: Option<f64>, bounds: RangeInclusive<f64>, default: f64) -> f64 {
        let Some(number) = value else { return default };
        if bounds.contains(&number) {
            return number;
        }
        let what = if number.is_finite() { format!("{number} is out of bounds") } else { not_finite(number) };
        self.at(path, what, format!("write a number from {} to {}", bounds.start(), bounds.end()));
        default
    }

    /// A number above 0, or the default.
    pub(super) fn positive(&mut self, path: &Path, value: Option<f64>, largest: f64, default: f64) -> f64 {
        let Some(number) = value else { return default };
        if number > 0.0 && number <= largest {
            return number;
        }
        let what = match number {
            _ if !number.is_finite() => not_finite(number),
            _ if number > largest => format!("{number} is too large"),
            _ => format!("{number} is not above 0"),
        };
        self.at(path, what, format!("write a number above 0, at most {largest}"));
        default
    }

    /// A rate above 0, or the default.
    pub(super) fn positive_rate(&mut self, path: &Path, value: Option<Rate>, largest: f64, default: Rate) -> Rate {
        let Some(rate) = value else { return default };
        if rate.0 > 0.0 && rate.0 <= largest {
            return rate;
        }
        let what = if rate.0 > largest { format!("{rate} is too much") } else { format!("a rate of {rate}") };
        self.at(path, what, format!("write a rate above 0, at most {largest}/s"));
        default
    }

    /// A share that must be given.
    pub(super) fn share(&mut self, path: &Path, value: Option<f64>) -> f64 {
        let value = self.required(path, value, "share = 0.01, a number from 0 to 1");
        self.number(path, value, 0.0..=1.0, 0.0)
    }

    /// A whole number within bounds, or the default.
    pub(super) fn whole(&mut self, path: &Path, value: Option<u32>, bounds: RangeInclusive<u32>, default: u32) -> u32 {
        let Some(number) = value else { return default };
        if bounds.contains(&number) {
            return number;
        }
        self.at(
            path,
            format!("{number} is out of bounds"),
            format!("write a whole number from {} to {}", bounds.start(), bounds.end()),
        );
        default
    }

    /// A span that is not 0, or the default.
    pub(super) fn interval(&mut self, path: &Path, value: Option<Span>, default: Span) -> Span {
        let Some(span) = value else { return default };
        if span >= MILLISECOND {
            return span;
        }
        self.at(path, format!("{span} is too short"), format!("write a duration from 1ms to {LONGEST}"));
        default
    }

    /// A span of whole milliseconds, or the default: event-time engines count in milliseconds.
    pub(super) fn whole_millis(&mut self, path: &Path, value: Option<Span>, default: Span) -> Span {
        let Some(span) = value else { return default };
        if span.0 % MILLISECOND.0 == 0 {
            return span;
        }
        self.at(
            path,
            format!("{span} is not a whole number of milliseconds, the unit of the engines' event time"),
            format!("write {} or {}", Span(span.0 - span.0 % 1_000), Span(span.0 - span.0 % 1_000 + 1_000)),
        );
        default
    }

    /// Text that says something, of at most `longest` characters.
    pub(super) fn line(&mut self, path: &Path, text: &str, longest: usize) {
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.at(path, "this is empty", "write something between the quotes");
        } else if length > longest {
            self.at(path, format!("this has {length} characters"), format!("write at most {longest}"));
        }
    }
}

/// "not finite" in the field's own word.
pub(super) fn not_finite(number: f64) -> String {
    if number.is_nan() { "nan is not a number".to_owned() } else { format!("{number} is not finite") }
}
