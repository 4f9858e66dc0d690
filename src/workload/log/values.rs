//! What a cell says: instants, byte counts and whole numbers, from text or typed.

use crate::tabular::Cell;
use crate::units::DAY;

/// Instants from this one on are refused: the end of the year 2200, in microseconds since 1970.
const LATEST: i64 = 84_371 * DAY;

/// How a column writes its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeForm {
    /// RFC 3339 text.
    Text,
    /// Whole milliseconds since 1970.
    Millis,
    /// Whole microseconds since 1970.
    Micros,
    /// Whole nanoseconds since 1970: Parquet timestamps only.
    Nanos,
}

/// What is wrong with a cell, and its remedy.
pub(super) type Wrong = (String, &'static str);

/// A cell as it is quoted in a problem.
pub(super) fn quote(cell: Cell<'_>) -> String {
    match cell {
        Cell::Null => "nothing".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Unsigned(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        Cell::Other(name) => name.to_owned(),
        Cell::Text(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            match text.char_indices().nth(40) {
                Some((cut, _)) => format!("\"{}…\"", text.get(..cut).unwrap_or_default()),
                None => format!("\"{text}\""),
            }
        }
    }
}

/// Microseconds since 1970.
pub(super) fn time(cell: Cell<'_>, form: TimeForm) -> Result<i64, Wrong> {
    let micros = match (cell, form) {
        (Cell::Null, _) => return Err(missing()),
        (Cell::Text(text), TimeForm::Text) => rfc3339(text),
        (_, TimeForm::Text) => None,
        (_, TimeForm::Millis) => whole(cell).map(|number| number.saturating_mul(1_000)),
        (_, TimeForm::Micros) => whole(cell),
        (_, TimeForm::Nanos) => whole(cell).map(|number| number.div_euclid(1_000)),
    };
    match micros {
        Some(micros) if (0..LATEST).contains(&micros) => Ok(micros),
        Some(_) => Err((
            format!("{} is not in the years 1970 to 2200", quote(cell)),
            "check the column's unit: its name says whether it counts milliseconds (_ms) or microseconds (_us)",
        )),
        None => Err((
            format!("{} is not an instant", quote(cell)),
            match form {
                TimeForm::Text => {
                    "write RFC 3339 with its offset, such as 2026-01-05T00:00:00Z, or whole numbers in a column \
                     whose name ends in _ms or _us"
                }
                _ => "write a whole number since 1970 in the unit that the column's name says",
            },
        )),
    }
}

/// A count of bytes below 4 GiB; nothing is 0.
pub(super) fn bytes(cell: Cell<'_>) -> Result<u32, Wrong> {
    if is_null(cell) {
        return Ok(0);
    }
    let remedy = "write a whole number of bytes from 0 to 4294967295";
    match whole(cell) {
        Some(number) => u32::try_from(number).map_err(|_| {
            let why = if number < 0 { "is negative" } else { "is 4 GiB or more" };
            (format!("{} {why}", quote(cell)), remedy)
        }),
        None => Err((format!("{} is not a number of bytes", quote(cell)), remedy)),
    }
}

/// The number of a session; nothing is 0.
pub(super) fn session(cell: Cell<'_>) -> Result<u32, Wrong> {
    if is_null(cell) {
        return Ok(0);
    }
    whole(cell).and_then(|number| u32::try_from(number).ok()).ok_or_else(|| {
        (format!("{} is not a number of a session", quote(cell)), "write a whole number from 0 to 4294967295")
    })
}

/// The place of an event in its session; nothing is 0.
pub(super) fn position(cell: Cell<'_>) -> Result<u16, Wrong> {
    if is_null(cell) {
        return Ok(0);
    }
    whole(cell).and_then(|number| u16::try_from(number).ok()).ok_or_else(|| {
        (format!("{} is not a place in a session", quote(cell)), "write a whole number from 1 to 65535, or nothing")
    })
}

/// What a cell says as text.
pub(super) fn text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => String::from_utf8_lossy(text).into_owned(),
        Cell::Null => String::new(),
        other => quote(other),
    }
}

pub(super) fn missing() -> Wrong {
    ("there is no value".to_owned(), "every row needs one")
}

/// Whether the cell holds no value: an empty text is none.
pub(super) fn is_null(cell: Cell<'_>) -> bool {
    matches!(cell, Cell::Null | Cell::Text([]))
}

/// A whole number, also one written as 12.0.
pub(super) fn whole(cell: Cell<'_>) -> Option<i64> {
    /// Floats are exact up to here.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match cell {
        Cell::Integer(number) => Some(number),
        Cell::Float(number) if number.fract() == 0.0 && number.abs() <= EXACT => Some(number as i64),
        Cell::Text(text) => integer(text.trim_ascii()).or_else(|| {
            let number: f64 = std::str::from_utf8(text).ok()?.trim().parse().ok()?;
            whole(Cell::Float(number))
        }),
        _ => None,
    }
}

/// A whole number in decimal digits.
fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut value: i64 = 0;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    Some(if negative { -value } else { value })
}

/// A whole number whose only text form is this one, so that it stands for the text.
pub(super) fn canonical_integer(text: &[u8]) -> Option<i64> {
    match text {
        [b'0'] => Some(0),
        [b'1'..=b'9', ..] | [b'-', b'1'..=b'9', ..] => integer(text),
        _ => None,
    }
}

/// Microseconds since 1970 of an RFC 3339 text. The usual form is read here, any other by jiff.
fn rfc3339(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii();
    usual_form(text).or_else(|| {
        let instant: jiff::Timestamp = std::str::from_utf8(text).ok()?.parse().ok()?;
        Some(instant.as_nanosecond().div_euclid(1_000) as i64)
    })
}

/// `2026-01-05T00:00:00[.123456789](Z|+01:00)`.
fn usual_form(text: &[u8]) -> Option<i64> {
    let (head, tail) = text.split_at_checked(19)?;
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] = head else {
        return None;
    };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let (month, day) = (two(m1, m2)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(n1, n2)?, two(s1, s2)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (fraction, zone) = fraction(tail)?;
    let offset = match *zone {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), a, b, b':', c, d] => {
            let (hours, minutes) = (two(a, b)?, two(c, d)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if sign == b'+' { 60 } else { -60 }
        }
        _ => return None,
    };
    let seconds = days(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    Some(seconds * 1_000_000 + fraction)
}

/// The number of two decimal digits.
pub(super) fn two(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| i64::from(tens) * 10 + i64::from(ones))
}

/// Microseconds after a point, cut off below that, and what follows them.
fn fraction(tail: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', digits)) = tail.split_first() else { return Some((0, tail)) };
    let count = digits.iter().take_while(|digit| digit.is_ascii_digit()).count();
    if count == 0 || count > 9 {
        return None;
    }
    let (digits, zone) = digits.split_at_checked(count)?;
    let six = digits.iter().copied().chain(std::iter::repeat(b'0')).take(6);
    Some((six.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0')), zone))
}

/// Days from 1970 to a date of the Gregorian calendar; `None` when there is no such date.
pub(super) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if day < 1 || day > longest {
        return None;
    }
    // Years from March on, so that the leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let centuries = year.div_euclid(100);
    let before = year * 365 + year.div_euclid(4) - centuries + centuries.div_euclid(4);
    Some(before + (153 * month + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_latest_instant_is_the_end_of_2200() {
        let end: jiff::Timestamp = "2201-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(LATEST, end.as_microsecond());
    }

    #[test]
    fn instants_read() {
        for text in [
            "2026-01-05T00:00:00Z",
            "2024-02-29T23:59:59.999999999+05:30",
            "2000-12-31T12:00:00.5-11:45",
            "2026-01-05T00:00:00z",
            "2026-01-05 00:00:00Z",
            "2026-01-05T00:00:00+0100",
            "2016-12-31T23:59:60Z",
        ] {
            let expected: jiff::Timestamp = text.parse().unwrap();
            assert_eq!(rfc3339(text.as_bytes()), Some(expected.as_microsecond()), "{text}");
        }
        for text in
            ["", "2026-01-05", "2026-01-05T00:00:00", "2023-02-29T00:00:00Z", "1767225600000", "2026-01-05T24:00:00Z"]
        {
            assert_eq!(rfc3339(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_read() {
        assert_eq!(integer(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(integer(b"9223372036854775808"), None);
        assert_eq!(whole(Cell::Text(b" 12 ")), Some(12));
        assert_eq!(whole(Cell::Text(b"1.5e3")), Some(1500));
        assert_eq!(whole(Cell::Float(1.5)), None);
        assert_eq!(whole(Cell::Float(f64::NAN)), None);
        for text in ["", "-", "+", "1x", "0x1", "１"] {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
        for (text, number) in [("0", Some(0)), ("-7", Some(-7)), ("07", None), ("+7", None), ("-0", None), ("", None)] {
            assert_eq!(canonical_integer(text.as_bytes()), number, "{text}");
        }
    }

    #[test]
    fn byte_counts_have_bounds() {
        assert_eq!(bytes(Cell::Integer(4_294_967_295)), Ok(u32::MAX));
        assert_eq!(bytes(Cell::Text(b"")), Ok(0));
        assert!(bytes(Cell::Integer(4_294_967_296)).unwrap_err().0.contains("4 GiB"));
        assert!(bytes(Cell::Text(b"-1")).unwrap_err().0.contains("negative"));
    }

    proptest! {
        #[test]
        fn the_usual_form_agrees_with_jiff(micros in 0..LATEST, offset in -1439..1440_i64) {
            let zone = jiff::tz::Offset::from_seconds(offset as i32 * 60).unwrap();
            let text = jiff::Timestamp::from_microsecond(micros).unwrap().display_with_offset(zone).to_string();
            prop_assert_eq!(usual_form(text.as_bytes()), Some(micros), "{}", text);
        }

        #[test]
        fn any_text_is_read_as_jiff_reads_it(text in "[0-9]{4}-[0-9]{2}-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|[+-][0-2][0-9]:[0-6][0-9])") {
            if let Some(micros) = usual_form(text.as_bytes()) {
                let expected: jiff::Timestamp = text.parse().unwrap();
                prop_assert_eq!(micros, expected.as_microsecond());
            }
        }
    }
}
