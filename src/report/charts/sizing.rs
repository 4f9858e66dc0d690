//! Figures of dedup state: memory, and what leaks, over the time to live.

use super::Figure;
use super::axis::Axis;
use super::lines::{self, Line, Lines, Rule};
use crate::error::Result;
use crate::metrics::Unit;

/// A named curve over the time to live in seconds.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Its name.
    pub name: String,
    /// `(time to live, value)`, rising.
    pub points: Vec<(f64, f64)>,
}

fn lines_of(curves: &[Curve]) -> Vec<Line> {
    let line = |(place, curve): (usize, &Curve)| Line {
        name: curve.name.clone(),
        place,
        points: curve.points.iter().copied().filter(|point| point.0 > 0.0 && point.1 > 0.0).collect(),
        marks: curve.points.iter().copied().filter(|point| point.0 > 0.0 && point.1 > 0.0).collect(),
        band: None,
    };
    curves.iter().enumerate().map(line).collect()
}

/// Peak bytes over the time to live, with the memory there is.
///
/// # Errors
/// When the drawing library fails.
pub fn memory(titles: Vec<String>, curves: &[Curve], limit: f64, label: &str) -> Result<Figure> {
    let lines = lines_of(curves);
    let points = || lines.iter().flat_map(|line| &line.points);
    let x = Axis::log_time("Time to live of an id (log scale)", points().map(|point| point.0));
    let y = Axis::log_values(
        "Peak memory of all ids (log scale)",
        Unit::Bytes,
        points().map(|point| point.1).chain([limit]),
    );
    let rules = vec![Rule { at: limit, mark: None, label: label.to_owned() }];
    let spec = Lines { titles, x, y, lines, rules, note: None, inside: false, empty: "no id is ever held" };
    let (title, svg) = lines::draw(spec)?;
    Ok(Figure {
        name: "memory_by_ttl",
        title,
        caption:
            "Bytes of the most ids that are held at once, for each store, against the time to live. Where a line is \
                  above the horizontal one, the memory that was named does not suffice."
                .to_owned(),
        svg,
    })
}

/// Share of the duplicates that is let through, over the time to live.
///
/// # Errors
/// When the drawing library fails.
pub fn leaks(titles: Vec<String>, points: Vec<(f64, f64)>) -> Result<Figure> {
    let x = Axis::log_time("Time to live of an id (log scale)", points.iter().map(|point| point.0));
    let y = Axis::percent("Share of the duplicates that is let through");
    let line = Line { name: "let through".to_owned(), place: 1, marks: points.clone(), points, band: None };
    let spec = Lines {
        titles,
        x,
        y,
        lines: vec![line],
        rules: Vec::new(),
        note: None,
        inside: false,
        empty: "there is no duplicate",
    };
    let (title, svg) = lines::draw(spec)?;
    Ok(Figure {
        name: "leaks_by_ttl",
        title,
        caption:
            "A duplicate is let through when the delivery before it that made an entry lies further back than the \
                  time to live."
                .to_owned(),
        svg,
    })
}
