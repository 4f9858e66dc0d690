//! Heat maps: a measure over two fields, darker for more, its value in each cell.

use plotters::element::Rectangle;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use super::lines::no_data;
use super::style::{self, Area, GREY, INK, NOTE, SIZE, TICK};
use super::{Figure, failed};
use crate::error::Result;
use crate::metrics::Unit;
use crate::report::view;

const TOP: i32 = 190;
const BELOW: i32 = 104;
/// Rows and columns that still have room for a label.
const MOST: usize = 24;

/// A heat map.
pub struct Heat<'a> {
    /// Stem of its files.
    pub name: &'static str,
    /// Ways to say the message, the best first, a plain title last.
    pub titles: Vec<String>,
    /// How to read it.
    pub caption: String,
    /// Name and values of the field across.
    pub across: (&'a str, &'a [String]),
    /// Name and values of the field up.
    pub up: (&'a str, &'a [String]),
    /// Unit of the measure.
    pub unit: Unit,
    /// The measure by row (up, from below), then column.
    pub cells: Vec<Vec<Option<f64>>>,
}

/// Draws the figure.
///
/// # Errors
/// When the drawing library fails.
pub fn heat(spec: Heat<'_>) -> Result<Figure> {
    let title = style::title_lines(&spec.titles);
    let large = spec.across.1.len() > MOST || spec.up.1.len() > MOST;
    let none = spec.cells.iter().flatten().flatten().next().is_none();
    let svg = style::figure(&title, &[], |root| match (none, large) {
        (true, _) => no_data(root, "the measure does not apply"),
        (_, true) => no_data(root, "the grid is too fine to be drawn; the tables hold it"),
        _ => plot(root, &spec),
    })?;
    Ok(Figure { name: spec.name, title: title.join(" "), caption: spec.caption, svg })
}

fn plot(root: &Area<'_>, spec: &Heat<'_>) -> Result<()> {
    let labels = spec.up.1.iter().map(|text| style::width(text, TICK, false)).max().unwrap_or(0).min(300);
    let (left, right) = (40 + labels + 20, SIZE.0 as i32 - 40);
    let bottom = SIZE.1 as i32 - BELOW;
    let (columns, rows) = (spec.across.1.len().max(1) as i32, spec.up.1.len().max(1) as i32);
    let scale = Scale::of(spec.cells.iter().flatten().flatten().copied());
    let edge = |place: i32, count: i32, from: i32, to: i32| from + (to - from) * place / count;
    for (row, cells) in (0..).zip(&spec.cells) {
        let (low, high) = (edge(row, rows, bottom, TOP), edge(row + 1, rows, bottom, TOP));
        for (column, cell) in (0..).zip(cells) {
            let (from, to) = (edge(column, columns, left, right), edge(column + 1, columns, left, right));
            let depth = cell.map(|value| scale.depth(value));
            let fill = depth.map_or(RGBColor(0xff, 0xff, 0xff), shade);
            root.draw(&Rectangle::new([(from, high), (to - 2, low - 2)], fill.filled())).map_err(failed)?;
            let text = view::optional(spec.unit, *cell);
            if style::width(&text, TICK, true) + 8 <= to - from && low - high > 30 {
                let ink = if depth.is_some_and(|depth| depth > 0.55) { RGBColor(0xff, 0xff, 0xff) } else { INK };
                let style = style::text(TICK, true, ink, HPos::Center);
                root.draw_text(&text, &style, ((from + to) / 2, (low + high) / 2)).map_err(failed)?;
            }
        }
        let name = style::cut(spec.up.1.get(row as usize).map_or("", String::as_str), TICK, false, 300);
        let style = style::text(TICK, false, INK, HPos::Right);
        root.draw_text(&name, &style, (left - 12, (low + high) / 2)).map_err(failed)?;
    }
    let wide = (right - left) / columns;
    for (column, name) in (0..).zip(spec.across.1) {
        let middle = edge(column, columns, left, right) + wide / 2;
        let name = style::cut(name, TICK, false, wide - 6);
        root.draw_text(&name, &style::text(TICK, false, INK, HPos::Center), (middle, bottom + 26)).map_err(failed)?;
    }
    let grey = style::text(NOTE, false, GREY, HPos::Left);
    root.draw_text(&style::cut(spec.up.0, NOTE, false, SIZE.0 as i32 - 80), &grey, (40, TOP - 34)).map_err(failed)?;
    let end = style::text(NOTE, false, GREY, HPos::Right);
    let across = style::cut(spec.across.0, NOTE, false, SIZE.0 as i32 - 80);
    root.draw_text(&across, &end, (right, SIZE.1 as i32 - 34)).map_err(failed)
}

/// From the smallest to the largest value, by their logarithms where they span more than a decade.
struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let low = finite.clone().fold(f64::INFINITY, f64::min);
        let high = finite.fold(f64::NEG_INFINITY, f64::max);
        Self { low, high, log: low > 0.0 && high > 10.0 * low }
    }

    fn depth(&self, value: f64) -> f64 {
        let spread = |value: f64| if self.log { libm::log(value.max(1e-300)) } else { value };
        let depth = (spread(value) - spread(self.low)) / (spread(self.high) - spread(self.low));
        if depth.is_finite() { depth.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// From nearly white to dark blue: one hue, so that grey print and every eye order it alike.
pub(super) fn shade(depth: f64) -> RGBColor {
    let part = |from: f64, to: f64| (from + (to - from) * depth).round() as u8;
    RGBColor(part(232.0, 8.0), part(241.0, 48.0), part(250.0, 107.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_darker_and_wide_ranges_go_by_logarithm() {
        let scale = Scale::of([1.0, 10.0, 100.0].into_iter());
        assert!((scale.depth(10.0) - 0.5).abs() < 1e-12);
        let narrow = Scale::of([2.0, 3.0, 4.0].into_iter());
        assert!((narrow.depth(3.0) - 0.5).abs() < 1e-12 && narrow.depth(9.0) == 1.0);
        assert_eq!(Scale::of([5.0].into_iter()).depth(5.0), 0.0);
        assert!(shade(0.0).0 > shade(0.5).0 && shade(0.5).0 > shade(1.0).0);
    }
}
