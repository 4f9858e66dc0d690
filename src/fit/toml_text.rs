//! Distributions and amounts as scenario files write them.

use crate::random::Distribution as D;
use crate::units::{LONGEST, Span};

/// What amounts of a distribution are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amounts {
    /// Microseconds.
    Times,
    /// Bytes.
    Sizes,
}

/// A number with at most `count` significant digits, without zeros at the end.
#[must_use]
pub fn digits(number: f64, count: usize) -> String {
    let rounded: f64 = format!("{number:.*e}", count.saturating_sub(1)).parse().unwrap_or(number);
    format!("{rounded}")
}

/// An amount of at least `least`, to five significant digits.
#[must_use]
pub fn amount(amount: f64, least: f64, of: Amounts) -> String {
    match of {
        Amounts::Times => time(amount.max(least)),
        Amounts::Sizes => format!("{:.0} B", amount.max(least).min(1_073_741_824.0)),
    }
}

fn time(micros: f64) -> String {
    let micros = micros.clamp(0.0, LONGEST.0 as f64);
    let rounded: f64 = digits(micros, 5).parse().unwrap_or(micros);
    match rounded {
        0.0..0.5 => "0s".to_owned(),
        0.5..1e3 => format!("{rounded:.0}us"),
        1e3..1e6 => format!("{}ms", digits(rounded / 1e3, 5)),
        1e6..6e7 => format!("{}s", digits(rounded / 1e6, 5)),
        // Fractions of longer units are not always a whole number of nanoseconds.
        _ => Span::from_micros_f64(rounded).to_string(),
    }
}

/// A distribution as the value of a key.
#[must_use]
pub fn distribution(of: &D, amounts: Amounts) -> String {
    let least = |value: f64| amount(value, 1.0, amounts);
    let any = |value: f64| amount(value, 0.0, amounts);
    match of {
        D::Constant(value) => format!("\"{}\"", any(*value)),
        D::Uniform { low, high } => format!("{{ uniform = {{ low = \"{}\", high = \"{}\" }} }}", any(*low), any(*high)),
        D::Exponential { mean } => format!("{{ exponential = {{ mean = \"{}\" }} }}", least(*mean)),
        D::Normal { mean, sd } => format!("{{ normal = {{ mean = \"{}\", sd = \"{}\" }} }}", any(*mean), least(*sd)),
        D::Lognormal { median, sigma } => {
            format!("{{ lognormal = {{ median = \"{}\", sigma = {} }} }}", least(*median), digits(*sigma, 5))
        }
        D::Gamma { shape, scale } => {
            format!("{{ gamma = {{ shape = {}, scale = \"{}\" }} }}", digits(*shape, 5), least(*scale))
        }
        D::Weibull { shape, scale } => {
            format!("{{ weibull = {{ shape = {}, scale = \"{}\" }} }}", digits(*shape, 5), least(*scale))
        }
        D::Pareto { minimum, shape } => {
            format!("{{ pareto = {{ minimum = \"{}\", shape = {} }} }}", least(*minimum), digits(*shape, 5))
        }
        D::Empirical(table) => {
            let points: Vec<String> = table.iter().map(|(p, value)| format!("[{p:?}, \"{}\"]", any(*value))).collect();
            let lines: Vec<String> = points.chunks(5).map(|points| format!("  {},\n", points.join(", "))).collect();
            format!("{{ empirical = [\n{}] }}", lines.concat())
        }
        D::Mixture(parts) => {
            let part = |(share, of): &(f64, D)| {
                format!("{{ share = {}, of = {} }}", digits(*share, 5), distribution(of, amounts))
            };
            format!("{{ mixture = [{}] }}", parts.iter().map(part).collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_back_to_five_digits() {
        let mut micros = 1.0;
        while micros < 3e15 {
            let back: Span = time(micros).parse().unwrap();
            assert!((back.0 as f64 - micros).abs() <= 0.5 + micros * 6e-5, "{micros} {}", time(micros));
            micros *= 1.37;
        }
        assert_eq!((time(0.2), time(1_500_000.0), time(f64::MAX)), ("0s".into(), "1.5s".into(), "100years".into()));
        assert_eq!((time(5_640_113e3), time(90_061e6)), ("1h 34m 100ms".into(), "1day 1h 1m 1s".into()));
    }

    #[test]
    fn numbers_have_few_digits() {
        assert_eq!([digits(0.123_456_78, 3), digits(1_234.5, 2), digits(2.0, 5)], ["0.123", "1200", "2"]);
    }
}
