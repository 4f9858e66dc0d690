//! Numbers to words: durations, bytes, counts, shares and money as people write them.

use crate::experiment::Estimate;
use crate::metrics::Unit;

/// What stands for "does not apply".
pub const ABSENT: &str = "–";

const MINUS: char = '−';

const DURATIONS: &[(f64, &str)] = &[
    (1e-6, " µs"),
    (1e-3, " ms"),
    (1.0, " s"),
    (60.0, " min"),
    (3_600.0, " h"),
    (86_400.0, " d"),
    (31_557_600.0, " y"),
];
const SIZES: &[(f64, &str)] =
    &[(1.0, " B"), (1e3, " kB"), (1e6, " MB"), (1e9, " GB"), (1e12, " TB"), (1e15, " PB"), (1e18, " EB")];
const COUNTS: &[(f64, &str)] = &[(1.0, ""), (1e3, " k"), (1e6, " M"), (1e9, " bn"), (1e12, " tn")];

/// A number in its unit: `2.4 s`, `18.4 GB`, `1.23 M`, `99.97 %`; at most three significant digits,
/// shares as many as it takes to tell them from 100 %. [`ABSENT`] for what is not finite.
#[must_use]
pub fn value(unit: Unit, number: f64) -> String {
    if !number.is_finite() {
        return ABSENT.to_owned();
    }
    let size = number.abs();
    let text = match unit {
        Unit::Seconds if size == 0.0 => "0 s".to_owned(),
        Unit::Seconds => scaled(size, DURATIONS),
        Unit::Bytes => scaled(size, SIZES),
        Unit::Count => scaled(size, COUNTS),
        Unit::Share => share(size),
        Unit::CoreHours | Unit::Cores => plain(size),
        Unit::Money => money(size),
    };
    if number < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) { format!("{MINUS}{text}") } else { text }
}

/// As [`value`], with [`ABSENT`] for `None`.
#[must_use]
pub fn optional(unit: Unit, number: Option<f64>) -> String {
    number.map_or_else(|| ABSENT.to_owned(), |number| value(unit, number))
}

/// Seconds since a midnight as a time of day: `13:05`.
#[must_use]
pub fn clock(seconds: f64) -> String {
    let minutes = ((seconds / 60.0).round() as i64).rem_euclid(1_440);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A change, with its sign always; shares in percentage points.
#[must_use]
pub fn change(unit: Unit, number: f64) -> String {
    let text = match unit {
        Unit::Share if number.is_finite() => {
            let points = value(Unit::Cores, number * 100.0);
            format!("{points} pp")
        }
        _ => value(unit, number),
    };
    if number > 0.0 && number.is_finite() { format!("+{text}") } else { text }
}

/// The interval of an estimate: `± 3 %` of the value, `± 0.01 pp` for shares, or `(2.1 s – 4.8 s)`
/// where the value is not in the middle. `None` without an interval.
#[must_use]
pub fn interval(unit: Unit, estimate: &Estimate) -> Option<String> {
    let (middle, low, high) = (estimate.value?, estimate.low?, estimate.high?);
    let (below, above) = (middle - low, high - middle);
    let half = below.max(above);
    if !half.is_finite() {
        return None;
    }
    let even = (below - above).abs() <= 0.05 * half + 1e-12 * middle.abs();
    if even && half <= middle.abs() {
        Some(format!("± {}", half_width(unit, middle, half)))
    } else {
        Some(format!("({} – {})", value(unit, low), value(unit, high)))
    }
}

/// The interval as short as it can be: half its length in whole percent of the value, in percentage
/// points for shares.
#[must_use]
pub fn compact_interval(unit: Unit, estimate: &Estimate) -> Option<String> {
    let (middle, low, high) = (estimate.value?, estimate.low?, estimate.high?);
    let half = (high - low) / 2.0;
    let percent = 100.0 * half / if unit == Unit::Share { 1.0 } else { middle.abs() };
    Some(match unit {
        _ if !half.is_finite() => return None,
        _ if half == 0.0 => "±0".to_owned(),
        Unit::Share if percent < 0.001 => "±<0.001".to_owned(),
        Unit::Share => format!("±{}", digits(percent, 1)),
        _ if percent < 0.95 => "±<1%".to_owned(),
        _ if percent <= 100.0 => format!("±{percent:.0}%"),
        _ => "±>100%".to_owned(),
    })
}

fn half_width(unit: Unit, middle: f64, half: f64) -> String {
    let (percent, name) = match unit {
        Unit::Share => (half * 100.0, "pp"),
        _ if half == 0.0 => (0.0, "%"),
        _ => (100.0 * half / middle.abs(), "%"),
    };
    let least = if unit == Unit::Share { 1e-6 } else { 0.01 };
    if percent > 0.0 && percent < least {
        format!("< {least} {name}")
    } else {
        format!("{} {name}", digits(percent, 2))
    }
}

/// `a, b and c`.
#[must_use]
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

/// The text with numbers tied to their units by spaces at which no line breaks.
#[must_use]
pub fn tied(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut symbols = text.chars().peekable();
    while let Some(symbol) = symbols.next() {
        let after_digit = out.ends_with(|last: char| last.is_ascii_digit());
        let before_unit = symbols.peek().is_some_and(|next| next.is_alphabetic() || *next == '%');
        out.push(if symbol == ' ' && after_digit && before_unit { '\u{a0}' } else { symbol });
    }
    out
}

/// A whole count in full, in groups of three; one decimal where it is a mean.
#[must_use]
pub fn full_count(number: f64) -> String {
    if !number.is_finite() {
        return ABSENT.to_owned();
    }
    if number.fract() == 0.0 { grouped(&format!("{number:.0}")) } else { grouped(&format!("{number:.1}")) }
}

fn scaled(size: f64, steps: &[(f64, &str)]) -> String {
    let mut place = steps.iter().rposition(|(step, _)| size >= *step).unwrap_or(0);
    let step = |place: usize| steps.get(place).copied().unwrap_or((1.0, ""));
    // Rounding can carry into the next unit: 59.97 s is 1 min.
    let carries = place + 1 < steps.len() && rounded(size / step(place).0, 3) * step(place).0 >= step(place + 1).0;
    if carries {
        place += 1;
    }
    let (step, name) = step(place);
    let number = if carries { 1.0 } else { rounded(size / step, 3) };
    if size > 0.0 && number < 0.01 { format!("< 0.01{name}") } else { format!("{}{name}", plain(number)) }
}

fn share(size: f64) -> String {
    let percent = size * 100.0;
    if percent == 0.0 {
        return "0 %".to_owned();
    }
    let missing = 100.0 - percent;
    // Near 100 the digits that matter are those of what is missing.
    let decimals =
        if missing > 1e-10 && missing < 10.0 { decimals_for(missing, 1).max(1) } else { decimals_for(percent, 3) };
    let decimals = decimals.min(6);
    let text = trimmed(&format!("{percent:.decimals$}"));
    match text.as_str() {
        "0" => "< 0.000001 %".to_owned(),
        "100" if missing > 1e-10 => "> 99.999999 %".to_owned(),
        _ => format!("{text} %"),
    }
}

fn money(size: f64) -> String {
    if size >= 100.0 {
        grouped(&format!("{size:.0}"))
    } else if size >= 1.0 {
        format!("{size:.2}")
    } else {
        plain(size)
    }
}

/// At most three significant digits; whole from 1000 on, scientific where nobody counts zeros.
fn plain(size: f64) -> String {
    if size >= 1e15 {
        format!("{size:.2e}")
    } else if size >= 999.5 {
        grouped(&format!("{size:.0}"))
    } else {
        digits(size, 3)
    }
}

/// At most `count` significant digits, without zeros at the end.
fn digits(number: f64, count: usize) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let decimals = decimals_for(number, count);
    if decimals > 8 {
        return "< 0.00000001".to_owned();
    }
    trimmed(&format!("{:.decimals$}", rounded(number, count)))
}

fn rounded(number: f64, count: usize) -> f64 {
    format!("{number:.*e}", count.saturating_sub(1)).parse().unwrap_or(number)
}

/// Decimals that show `count` significant digits of a number.
fn decimals_for(number: f64, count: usize) -> usize {
    let text = format!("{number:.*e}", count.saturating_sub(1));
    let exponent: i64 = text.rsplit('e').next().and_then(|exponent| exponent.parse().ok()).unwrap_or(0);
    usize::try_from(count as i64 - 1 - exponent).unwrap_or(0)
}

fn trimmed(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

/// Commas between groups of three digits of the whole part.
fn grouped(text: &str) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) && out != "-" {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(value: f64, low: f64, high: f64) -> Estimate {
        Estimate { value: Some(value), low: Some(low), high: Some(high) }
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        for (unit, number, want) in [
            (Unit::Seconds, 0.0, "0 s"),
            (Unit::Seconds, 1e-12, "< 0.01 µs"),
            (Unit::Seconds, 0.85, "850 ms"),
            (Unit::Seconds, 0.99996, "1 s"),
            (Unit::Seconds, 2.4, "2.4 s"),
            (Unit::Seconds, 59.97, "1 min"),
            (Unit::Seconds, 900.0, "15 min"),
            (Unit::Seconds, 50_040.0, "13.9 h"),
            (Unit::Seconds, 103_680.0, "1.2 d"),
            (Unit::Seconds, -7_200.0, "−2 h"),
            (Unit::Seconds, 1e30, "3.17e22 y"),
            (Unit::Seconds, f64::NAN, "–"),
            (Unit::Bytes, 18.4e9, "18.4 GB"),
            (Unit::Bytes, 999_999.0, "1 MB"),
            (Unit::Bytes, 0.0, "0 B"),
            (Unit::Count, 1_234_567.0, "1.23 M"),
            (Unit::Count, 850.0, "850"),
            (Unit::Count, 0.5, "0.5"),
            (Unit::Share, 0.9997, "99.97 %"),
            (Unit::Share, 0.999_97, "99.997 %"),
            (Unit::Share, 1.0, "100 %"),
            (Unit::Share, 0.5, "50 %"),
            (Unit::Share, 0.1234, "12.3 %"),
            (Unit::Share, 0.000_012, "0.0012 %"),
            (Unit::Share, 1.0 - 1e-11, "> 99.999999 %"),
            (Unit::Share, 1e-12, "< 0.000001 %"),
            (Unit::Share, 1.25, "125 %"),
            (Unit::Money, 12.345, "12.35"),
            (Unit::Money, 0.0342, "0.0342"),
            (Unit::Money, 12_345.0, "12,345"),
            (Unit::CoreHours, 1234.5, "1,234"),
            (Unit::Cores, 0.25, "0.25"),
        ] {
            assert_eq!(value(unit, number), want, "{number}");
        }
        assert_eq!(optional(Unit::Seconds, None), "–");
    }

    #[test]
    fn changes_carry_their_sign() {
        for (unit, number, want) in [
            (Unit::Seconds, -42_840.0, "−11.9 h"),
            (Unit::Seconds, 2.0, "+2 s"),
            (Unit::Share, 0.0123, "+1.23 pp"),
            (Unit::Share, -0.5, "−50 pp"),
            (Unit::Money, 3.0, "+3.00"),
            (Unit::Count, 0.0, "0"),
        ] {
            assert_eq!(change(unit, number), want);
        }
    }

    #[test]
    fn intervals_are_half_widths_or_ranges() {
        for (unit, estimate, long, short) in [
            (Unit::Seconds, estimate(100.0, 97.0, 103.0), "± 3 %", "±3%"),
            (Unit::Seconds, estimate(2.0, 2.0, 2.0), "± 0 %", "±0"),
            (Unit::Seconds, estimate(2.0, 1.99, 2.01), "± 0.5 %", "±<1%"),
            (Unit::Seconds, estimate(2.0, 2.0 - 1e-12, 2.0 + 1e-12), "± < 0.01 %", "±<1%"),
            (Unit::Seconds, estimate(2.4, 2.1, 4.8), "(2.1 s – 4.8 s)", "±56%"),
            (Unit::Seconds, estimate(0.0, -1.0, 1.0), "(−1 s – 1 s)", "±>100%"),
            (Unit::Share, estimate(0.99, 0.989, 0.991), "± 0.1 pp", "±0.1"),
            (Unit::Share, estimate(0.99, 0.99 - 1e-6, 0.99 + 1e-6), "± 0.0001 pp", "±<0.001"),
        ] {
            assert_eq!(interval(unit, &estimate).unwrap(), long);
            assert_eq!(compact_interval(unit, &estimate).unwrap(), short);
        }
        assert_eq!(interval(Unit::Seconds, &Estimate { value: Some(1.0), low: None, high: None }), None);
    }

    #[test]
    fn numbers_are_tied_to_their_units() {
        assert_eq!(tied("after 12.5 h (daily), 3 %, and 4"), "after 12.5\u{a0}h (daily), 3\u{a0}%, and 4");
    }

    #[test]
    fn full_counts_have_every_digit() {
        assert_eq!(full_count(86_400.0), "86,400");
        assert_eq!(full_count(-1_000.0), "-1,000");
        assert_eq!(full_count(1_234_567.25), "1,234,567.2");
    }

    #[test]
    fn lists_read_as_english() {
        let names = |count: usize| ["a", "b", "c"].iter().take(count).map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            (list(&names(0)), list(&names(1)), list(&names(3))),
            (String::new(), "a".into(), "a, b and c".into())
        );
    }
}
