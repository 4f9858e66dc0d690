//! The figure of a fitted delay: which share of the deliveries is later, in the log and in the
//! distributions that were fitted to it.

use plotters::element::{PathElement, Rectangle};
use plotters::series::{DashedLineSeries, LineSeries};
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor, ShapeStyle};

use super::axis::Axis;
use super::frame::{LEFT, frame};
use super::style::{self, Area, CURVE, GREY, INK, LABEL, NOTE, SIZE};
use super::{Figure, failed};
use crate::error::Result;

/// What the figure shows; delays in seconds.
#[derive(Clone, Debug)]
pub struct Tail {
    /// The message.
    pub title: String,
    /// What the axes cannot show.
    pub note: Option<String>,
    /// Delays and the share of deliveries that is later, by delay.
    pub data: Vec<(f64, f64)>,
    /// The same of each candidate.
    pub fits: Vec<TailFit>,
    /// The smallest share to show, above 0.
    pub least: f64,
    /// Delays to mark, with what they mean.
    pub marks: Vec<(f64, String)>,
}

/// A fitted distribution.
#[derive(Clone, Debug)]
pub struct TailFit {
    /// Its name.
    pub name: String,
    /// Delays and the share that is later.
    pub points: Vec<(f64, f64)>,
    /// Whether it stands for the data.
    pub chosen: bool,
}

/// Three rows of marks and the names of the axis stand between title and plot.
const TOP: i32 = 240;
const RIGHT: i32 = 60;
/// Between lines of the key.
const LINE: i32 = 36;
/// Candidates beside the chosen one that find room in the key.
const MOST: usize = 8;
/// The colour of the chosen one, and those of the others: pale, and dashed when they come round again.
const CHOSEN: usize = 2;
const HUES: [usize; 5] = [1, 3, 4, 5, 6];
const PALE: f64 = 0.6;

/// Draws the figure.
///
/// # Errors
/// When the drawing library fails.
pub fn tail(spec: &Tail) -> Result<Figure> {
    let title = style::title_lines(std::slice::from_ref(&spec.title));
    let others: Vec<&TailFit> = spec.fits.iter().filter(|fit| !fit.chosen).take(MOST).collect();
    let chosen = spec.fits.iter().find(|fit| fit.chosen);
    // In the order drawn: the log, then what stands for it. Pale ones are no curves of this width.
    let svg = style::figure(&title, &["none", "16 10"], |root| plot(root, spec, chosen, &others))?;
    Ok(Figure {
        name: "delay_fit",
        title: title.join(" "),
        caption: "Each line says which share of the first deliveries takes longer than a time, both axes logarithmic. \
                  Black is the log, orange the distribution that stands for it, pale the other candidates, with their \
                  Kolmogorov-Smirnov distances. Upright lines are the watermark bounds that would have dropped the shares named."
            .to_owned(),
        svg,
    })
}

fn plot(root: &Area<'_>, spec: &Tail, chosen: Option<&TailFit>, others: &[&TailFit]) -> Result<()> {
    let delays = spec.data.iter().map(|point| point.0).chain(spec.marks.iter().map(|mark| mark.0));
    let mut x = Axis::log_time("Delay: from the event to its first arrival (log scale)", delays);
    let mut y = Axis::log_share("Share of the first deliveries that is later (log scale)", spec.least);
    let mut chart = frame(root, (TOP, RIGHT), &mut x, &mut y)?;
    let (left, right) = x.bounds();
    let (floor, _) = y.bounds();
    let shown = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        // A line ends where it leaves the plot; along the frame it would be a lie.
        points.iter().copied().filter(|(x, y)| (left..=right).contains(x) && *y >= floor).collect()
    };
    for (place, fit) in others.iter().enumerate() {
        let stroke = ShapeStyle { color: pale(place).to_rgba(), filled: false, stroke_width: 3 };
        if place < HUES.len() {
            chart.draw_series(LineSeries::new(shown(&fit.points), stroke)).map_err(failed)?;
        } else {
            chart.draw_series(DashedLineSeries::new(shown(&fit.points), 10, 8, stroke)).map_err(failed)?;
        }
    }
    let curve = |colour: RGBColor| ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: CURVE };
    chart.draw_series(LineSeries::new(shown(&spec.data), curve(INK))).map_err(failed)?;
    if let Some(fit) = chosen {
        chart.draw_series(LineSeries::new(shown(&fit.points), curve(style::colour(CHOSEN)))).map_err(failed)?;
    }
    let area = chart.plotting_area();
    let (xs, ys) = area.get_pixel_range();
    draw_marks(root, spec, (ys.start - 62, ys.end), xs.end, &|delay| area.map_coordinate(&(delay, 1.0)).0)?;
    draw_key(root, chosen, others, (xs.start + 24, ys.end - 24))?;
    let name = style::text(NOTE, false, GREY, HPos::Left);
    let remark = spec.note.as_ref().map_or_else(|| y.name.clone(), |note| format!("{}; {note}", y.name));
    root.draw_text(&remark, &name, (LEFT + 12, TOP - 30)).map_err(failed)?;
    let end = style::text(NOTE, false, GREY, HPos::Right);
    root.draw_text(&x.name, &end, (xs.end, SIZE.1 as i32 - 34)).map_err(failed)
}

/// The colour of a candidate that was not chosen: mixed with white.
fn pale(place: usize) -> RGBColor {
    let RGBColor(red, green, blue) = style::colour(HUES.get(place % HUES.len()).copied().unwrap_or(1));
    let part = |part: u8| (f64::from(part) * PALE + 255.0 * (1.0 - PALE)) as u8;
    RGBColor(part(red), part(green), part(blue))
}

/// An upright line for each mark, its label beside its upper end: all at the right, or all at the left where
/// there is no room. The outermost stands highest, so that no line crosses a label.
fn draw_marks(
    root: &Area<'_>,
    spec: &Tail,
    (lowest, bottom): (i32, i32),
    right: i32,
    pixel: &dyn Fn(f64) -> i32,
) -> Result<()> {
    let mut marks: Vec<(i32, &String)> = spec.marks.iter().map(|(delay, label)| (pixel(*delay), label)).collect();
    let fits = marks.iter().all(|(at, label)| at + style::width(label, NOTE, true) + 16 <= right);
    marks.sort_by_key(|(at, _)| if fits { -at } else { *at });
    for (line, (at, label)) in marks.into_iter().enumerate() {
        let y = lowest - LINE * line as i32;
        let stroke = ShapeStyle { color: GREY.to_rgba(), filled: false, stroke_width: 2 };
        root.draw(&PathElement::new(vec![(at, y - 14), (at, bottom)], stroke)).map_err(failed)?;
        let (side, x) = if fits { (HPos::Left, at + 10) } else { (HPos::Right, at - 10) };
        root.draw_text(label, &style::text(NOTE, true, INK, side), (x, y)).map_err(failed)?;
    }
    Ok(())
}

/// What the lines are, from the bottom left corner up: there nothing is later than the data.
fn draw_key(root: &Area<'_>, chosen: Option<&TailFit>, others: &[&TailFit], (x, bottom): (i32, i32)) -> Result<()> {
    let mut rows: Vec<(String, RGBColor, RGBColor, u32)> = vec![("the log".to_owned(), INK, INK, 6)];
    let name = |fit: &TailFit| style::cut_name(&fit.name, LABEL, 420);
    rows.extend(chosen.map(|fit| (name(fit), style::colour(CHOSEN), style::text_colour(CHOSEN), 6)));
    rows.extend(others.iter().enumerate().map(|(place, fit)| (name(fit), pale(place), GREY, 3)));
    let wide = rows.iter().map(|row| style::width(&row.0, LABEL, true)).max().unwrap_or(0) + 80;
    let top = bottom - LINE * rows.len() as i32;
    root.draw(&Rectangle::new([(x - 10, top - 10), (x + wide, bottom + 6)], style::halo().filled())).map_err(failed)?;
    for (line, (name, colour, ink, stroke_width)) in rows.iter().enumerate() {
        let y = top + LINE * line as i32 + LINE / 2 - 4;
        let stroke = ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: *stroke_width };
        // Dashed as the line is.
        let dashed = line >= rows.len() - others.len() + HUES.len();
        let strokes: &[(i32, i32)] = if dashed { &[(0, 10), (19, 29), (38, 48)] } else { &[(0, 48)] };
        for (from, to) in strokes {
            root.draw(&PathElement::new(vec![(x + from, y), (x + to, y)], stroke)).map_err(failed)?;
        }
        root.draw_text(name, &style::text(LABEL, *stroke_width > 3, *ink, HPos::Left), (x + 62, y)).map_err(failed)?;
    }
    Ok(())
}
