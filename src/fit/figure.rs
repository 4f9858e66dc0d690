//! The figure of a fit: which share of the deliveries is later than a time, in the log and in each
//! candidate.

use super::{Arrivals, Candidate, Fit, shape};
use crate::error::Result;
use crate::measure::Unit;
use crate::random::Distribution;
use crate::report::charts::{self, Figure, Tail, TailFit};
use crate::report::view;

/// Points of a candidate's curve.
const POINTS: i32 = 240;

/// Draws it; `None` for a log without arrivals.
///
/// # Errors
/// When the drawing library fails, which no log makes it do.
pub fn figure(fit: &Fit) -> Result<Option<Figure>> {
    let Some(arrivals) = &fit.arrivals else { return Ok(None) };
    let data: Vec<(f64, f64)> = arrivals.tail.iter().map(|(micros, share)| (micros / 1e6, *share)).collect();
    let least = data.iter().map(|point| point.0).find(|delay| *delay > 0.0).unwrap_or(1e-3);
    let longest = arrivals.longest.as_secs_f64().max(least * 10.0);
    let curve = |of: &Distribution| -> Vec<(f64, f64)> {
        (0..=POINTS)
            .map(|step| {
                let delay = least * libm::pow(longest / least, f64::from(step) / f64::from(POINTS));
                (delay, shape::above(of, delay * 1e6))
            })
            .collect()
    };
    let chosen = arrivals.delay.choice;
    let candidate = |(place, found): (usize, &Candidate)| TailFit {
        name: format!("{}, KS {:.3}", found.name, found.distance),
        points: curve(&found.distribution),
        chosen: chosen == Some(place),
    };
    let shown = arrivals.delay.candidates.iter().enumerate().filter(|(_, found)| found.name != "constant");
    let mut fits: Vec<TailFit> = shown.map(candidate).collect();
    if chosen.is_none() {
        let points = curve(&arrivals.delay.chosen);
        fits.insert(0, TailFit { name: "table of quantiles".to_owned(), points, chosen: true });
    }
    let marks = arrivals.bounds.iter().map(|bound| {
        let share = view::value(Unit::Share, bound.share);
        let label =
            format!("watermark bound {} drops at most {share}", view::value(Unit::Seconds, bound.bound.as_secs_f64()));
        (bound.bound.as_secs_f64(), label)
    });
    let tail = Tail {
        title: title(arrivals),
        note: note(&data),
        least: 0.5 / arrivals.delay.amounts.max(1) as f64,
        marks: marks.filter(|(bound, _)| *bound > 0.0).collect(),
        data,
        fits,
    };
    charts::tail(&tail).map(Some)
}

fn title(arrivals: &Arrivals) -> String {
    let at = |wanted: f64| {
        let found = arrivals.percentiles.iter().find(|(p, _)| *p == wanted);
        view::optional(Unit::Seconds, found.map(|(_, delay)| delay.as_secs_f64()))
    };
    let name = arrivals.delay.choice.and_then(|choice| arrivals.delay.candidates.get(choice));
    let fits = match name {
        Some(found) if found.name == super::TWO => "Two lognormals fit the delays".to_owned(),
        Some(found) => format!("A {} distribution fits the delays", found.name),
        None => "No family fits the delays".to_owned(),
    };
    format!("{fits}: half arrive within {}, 1 % later than {}", at(0.5), at(0.99))
}

/// What a logarithmic axis cannot show.
fn note(data: &[(f64, f64)]) -> Option<String> {
    let none = data.iter().find(|point| point.0 == 0.0).map_or(0.0, |point| 1.0 - point.1);
    (none > 0.0).then(|| format!("{} have no delay at all", view::value(Unit::Share, none)))
}
