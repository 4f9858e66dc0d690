//! Figures of points: one mark for each, a series for each pipeline, and the line of those that nobody beats.

use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, ShapeStyle, WHITE};

use super::axis::Axis;
use super::frame::{LEFT, frame};
use super::lines::no_data;
use super::style::{self, Area, GREY, INK, LABEL, NOTE, SIZE};
use super::{Figure, failed};
use crate::error::Result;

const TOP: i32 = 172;
/// How wide the names of series may be.
const NAMES: i32 = 300;

/// A figure of points.
pub struct Scatter<'a> {
    /// Stem of its files.
    pub name: &'static str,
    /// Ways to say the message, the best first, a plain title last.
    pub titles: Vec<String>,
    /// How to read it.
    pub caption: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Names of the series, by their places.
    pub series: &'a [String],
    /// The points.
    pub dots: Vec<Dot>,
    /// Corners of the line, by rising x; it goes in steps.
    pub line: Vec<(f64, f64)>,
}

/// A point.
#[derive(Clone, Debug)]
pub struct Dot {
    /// Where.
    pub at: (f64, f64),
    /// Place of its series.
    pub series: usize,
    /// Whether it is drawn hollow: it does not count in full.
    pub hollow: bool,
    /// A short text beside it.
    pub label: Option<String>,
}

/// Draws the figure.
///
/// # Errors
/// When the drawing library fails.
pub fn scatter(mut spec: Scatter<'_>) -> Result<Figure> {
    spec.dots.retain(|dot| dot.at.0.is_finite() && dot.at.1.is_finite());
    let title = style::title_lines(&spec.titles);
    let svg = style::figure(&title, &[], |root| {
        if spec.dots.is_empty() { no_data(root, "nothing was measured") } else { plot(root, &mut spec) }
    })?;
    Ok(Figure { name: spec.name, title: title.join(" "), caption: spec.caption, svg })
}

fn plot(root: &Area<'_>, spec: &mut Scatter<'_>) -> Result<()> {
    let names = spec.series.iter().map(|name| style::width(name, LABEL, true)).max().unwrap_or(0).min(NAMES);
    let right = names + 96;
    let chart = frame(root, (TOP, right), &mut spec.x, &mut spec.y)?;
    let area = chart.plotting_area();
    let (xs, ys) = area.get_pixel_range();
    let mut corners: Vec<(i32, i32)> = Vec::new();
    for point in &spec.line {
        let (x, y) = area.map_coordinate(point);
        // What is better in one is worse in the other: between two corners one pays the dearer.
        if let Some(&(_, before)) = corners.last() {
            corners.push((x, before));
        }
        corners.push((x, y));
    }
    let stroke = ShapeStyle { color: GREY.to_rgba(), filled: false, stroke_width: 3 };
    root.draw(&PathElement::new(corners, stroke)).map_err(failed)?;
    // The full ones lie above.
    for hollow in [true, false] {
        for dot in spec.dots.iter().filter(|dot| dot.hollow == hollow) {
            mark(root, area.map_coordinate(&dot.at), dot.series, hollow)?;
        }
    }
    let mut taken: Vec<(i32, i32, i32)> = Vec::new();
    for dot in &spec.dots {
        let Some(label) = &dot.label else { continue };
        let (x, y) = area.map_coordinate(&dot.at);
        let wide = style::width(label, NOTE, true);
        let sides = |up: i32| [(x + 16, y + up), (x - 16 - wide, y + up)];
        let mut places = [-20, 20, -50, 50, -80].into_iter().flat_map(sides);
        let fits = |(left, middle): &(i32, i32)| {
            let inside =
                *left >= xs.start && left + wide <= xs.end && *middle - 14 >= ys.start && middle + 14 <= ys.end;
            inside
                && !taken
                    .iter()
                    .any(|(x, y, width)| *x < left + wide + 6 && *left < x + width + 6 && (y - middle).abs() < 28)
        };
        let Some(place) = places.find(fits) else { continue };
        taken.push((place.0, place.1, wide));
        let text = style::text(NOTE, true, style::text_colour(dot.series), HPos::Left);
        let back = [(place.0 - 3, place.1 - 13), (place.0 + wide + 3, place.1 + 13)];
        root.draw(&Rectangle::new(back, style::halo().filled())).map_err(failed)?;
        root.draw_text(label, &text, place).map_err(failed)?;
    }
    for (place, name) in spec.series.iter().enumerate().take(16) {
        let y = ys.start + 20 + 38 * place as i32;
        mark(root, (xs.end + 34, y), place, false)?;
        let text = style::text(LABEL, true, style::text_colour(place), HPos::Left);
        root.draw_text(&style::cut_name(name, LABEL, NAMES), &text, (xs.end + 56, y)).map_err(failed)?;
    }
    let name = style::text(NOTE, false, GREY, HPos::Left);
    root.draw_text(&spec.y.name, &name, (LEFT + 12, TOP - 34)).map_err(failed)?;
    let end = style::text(NOTE, false, GREY, HPos::Right);
    root.draw_text(&spec.x.name, &end, (xs.end, SIZE.1 as i32 - 34)).map_err(failed)
}

/// A mark whose shape tells series apart without colour: full with a dark edge, or hollow.
pub(super) fn mark(root: &Area<'_>, (x, y): (i32, i32), place: usize, hollow: bool) -> Result<()> {
    let colour = style::colour(place);
    let fill = if hollow { WHITE.filled() } else { colour.filled() };
    let (edge, stroke_width) = if hollow { (colour, 3) } else { (INK, 1) };
    let edge = ShapeStyle { color: edge.to_rgba(), filled: false, stroke_width };
    let corners: &[(i32, i32)] = match place % 4 {
        0 => {
            root.draw(&Circle::new((x, y), 10, fill)).map_err(failed)?;
            return root.draw(&Circle::new((x, y), 10, edge)).map_err(failed);
        }
        1 => &[(-9, -9), (9, -9), (9, 9), (-9, 9)],
        2 => &[(0, -12), (12, 10), (-12, 10)],
        _ => &[(0, -13), (13, 0), (0, 13), (-13, 0)],
    };
    let around: Vec<(i32, i32)> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
    root.draw(&Polygon::new(around.clone(), fill)).map_err(failed)?;
    let closed: Vec<(i32, i32)> = around.iter().chain(around.first()).copied().collect();
    root.draw(&PathElement::new(closed, edge)).map_err(failed)
}
