//! Figures of lines: one line for each pipeline, labelled at its end, and bounds drawn across.

use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::series::LineSeries;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor, ShapeStyle, TextStyle};

use super::axis::Axis;
use super::bands::Band;
use super::failed;
use super::frame::{LEFT, frame};
use super::labels::spread;
use super::style::{self, Area, CURVE, GREY, GRID, INK, LABEL, NOTE, SIZE};
use crate::error::Result;

type Pixel = (i32, i32);
/// The corners of a rectangle.
pub(super) type Boxed = [Pixel; 2];

/// Where the plot begins below the title.
const TOP: i32 = 172;
/// Between the plot and the labels at the lines' ends.
const LEADER: i32 = 44;
const LABEL_GAP: i32 = 34;
/// How many lines can have their names inside the plot.
const MOST_INSIDE: usize = 6;
const BAND_OPACITY: f64 = 0.25;

/// A figure of lines.
pub(super) struct Lines {
    /// Ways to say the message, the best first, a plain title last.
    pub titles: Vec<String>,
    pub x: Axis,
    pub y: Axis,
    pub lines: Vec<Line>,
    pub rules: Vec<Rule>,
    /// A remark above the plot, at the right.
    pub note: Option<String>,
    /// Whether names stand beside their lines inside the plot rather than at their ends, for lines
    /// that end all at one place. Only a few find room there.
    pub inside: bool,
    /// What to write when no line has a point.
    pub empty: &'static str,
}

/// The line of a pipeline.
pub(super) struct Line {
    pub name: String,
    /// Its place among the pipelines: colour and dash.
    pub place: usize,
    pub points: Vec<(f64, f64)>,
    /// Points to mark.
    pub marks: Vec<(f64, f64)>,
    /// What to draw in place of the line.
    pub band: Option<Band>,
}

/// A bound drawn across.
pub(super) struct Rule {
    pub at: f64,
    /// Where on the x axis it holds, to be marked.
    pub mark: Option<f64>,
    pub label: String,
}

/// Draws the figure; its title and the drawing.
pub(super) fn draw(mut spec: Lines) -> Result<(String, String)> {
    for line in &mut spec.lines {
        line.points.retain(|(x, y)| x.is_finite() && y.is_finite());
    }
    spec.lines.retain(|line| !line.points.is_empty());
    // Without a line there is no message, only the plain title.
    let ways = if spec.lines.is_empty() { spec.titles.len().saturating_sub(1) } else { 0 };
    let title = style::title_lines(spec.titles.get(ways..).unwrap_or_default());
    let dashes: Vec<&str> = curves(&spec.lines).map(|line| style::dash(line.place)).collect();
    let svg = style::figure(&title, &dashes, |root| {
        if spec.lines.is_empty() { no_data(root, spec.empty) } else { plot(root, &mut spec) }
    })?;
    Ok((title.join(" "), svg))
}

/// An empty frame that says why it is empty.
pub(super) fn no_data(root: &Area<'_>, why: &str) -> Result<()> {
    let (wide, high) = (SIZE.0 as i32, SIZE.1 as i32);
    let frame = ShapeStyle { color: GRID.to_rgba(), filled: false, stroke_width: 2 };
    root.draw(&Rectangle::new([(40, TOP), (wide - 40, high - 40)], frame)).map_err(failed)?;
    let style = style::text(LABEL, false, GREY, HPos::Center);
    root.draw_text(&format!("no data: {why}"), &style, (wide / 2, (TOP + high) / 2)).map_err(failed)
}

fn plot(root: &Area<'_>, spec: &mut Lines) -> Result<()> {
    let names = spec.lines.iter().map(|line| style::width(&line.name, LABEL, true)).max().unwrap_or(0).min(330);
    let inside = spec.inside && spec.lines.len() <= MOST_INSIDE;
    let right = if inside { 60 } else { LEADER + names + 34 };
    let mut chart = frame(root, (TOP, right), &mut spec.x, &mut spec.y)?;
    let (xs, ys) = chart.plotting_area().get_pixel_range();
    let corners = [(xs.start, ys.start), (xs.end, ys.end)];
    for line in &spec.lines {
        let Some(band) = &line.band else { continue };
        draw_band(root, band, line.place, corners)?;
    }
    for line in curves(&spec.lines) {
        let stroke = ShapeStyle { color: style::colour(line.place).to_rgba(), filled: false, stroke_width: CURVE };
        chart.draw_series(LineSeries::new(line.points.iter().copied(), stroke)).map_err(failed)?;
    }
    let area = chart.plotting_area();
    let pixel = |point: &(f64, f64)| area.map_coordinate(point);
    for line in &spec.lines {
        // A curve of one point has no length: its mark is all there is to see.
        let alone = line.points.first().filter(|_| line.points.len() == 1);
        for mark in line.marks.iter().chain(alone) {
            draw_mark(root, pixel(mark), line.place)?;
        }
    }
    let traces: Vec<Vec<Pixel>> = spec.lines.iter().map(|line| traced(line.points.iter().map(pixel))).collect();
    let under = Under { curves: &traces.concat(), taken: Vec::new() };
    draw_rules(root, &spec.rules, under, corners, &|x, y| pixel(&(x.unwrap_or(spec.x.bounds().0), y)))?;
    if inside {
        draw_labels_inside(root, spec, &traces, corners)?;
        return draw_names(root, spec, xs.end);
    }
    let end = |line: &Line| match &line.band {
        Some(band) => band.end().map(|end| within(end, corners)),
        None => line.points.last().map(pixel),
    };
    let ends: Vec<Pixel> = spec.lines.iter().filter_map(end).collect();
    draw_end_labels(root, spec, &ends, xs.end, (ys.start, ys.end))?;
    draw_names(root, spec, xs.end)
}

/// The lines that are drawn as lines.
fn curves(lines: &[Line]) -> impl Iterator<Item = &Line> {
    lines.iter().filter(|line| line.band.is_none())
}

/// The pixel at shares of the plot's width and height.
fn within((x, y): (f64, f64), [from, to]: [Pixel; 2]) -> Pixel {
    let part = |share: f64, length: i32| (share * f64::from(length)).round() as i32;
    (from.0 + part(x, to.0 - from.0), to.1 - part(y, to.1 - from.1))
}

/// A band that lets what is behind it through, between two thin lines.
fn draw_band(root: &Area<'_>, band: &Band, place: usize, plot: [Pixel; 2]) -> Result<()> {
    let colour = style::colour(place);
    let low: Vec<Pixel> = band.edges.iter().map(|[x, low, _]| within((*x, *low), plot)).collect();
    let high: Vec<Pixel> = band.edges.iter().map(|[x, _, high]| within((*x, *high), plot)).collect();
    let around: Vec<Pixel> = low.iter().chain(high.iter().rev()).copied().collect();
    root.draw(&Polygon::new(around, colour.mix(BAND_OPACITY).filled())).map_err(failed)?;
    let stroke = ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: 2 };
    for edge in [low, high] {
        root.draw(&PathElement::new(edge, stroke)).map_err(failed)?;
    }
    Ok(())
}

/// The names of the axes and the note.
fn draw_names(root: &Area<'_>, spec: &Lines, plot_end: i32) -> Result<()> {
    let name = style::text(NOTE, false, GREY, HPos::Left);
    root.draw_text(&spec.y.name, &name, (LEFT + 12, TOP - 34)).map_err(failed)?;
    let end = style::text(NOTE, false, GREY, HPos::Right);
    root.draw_text(&spec.x.name, &end, (plot_end, SIZE.1 as i32 - 34)).map_err(failed)?;
    if let Some(note) = &spec.note {
        let room = SIZE.0 as i32 - 80 - LEFT - style::width(&spec.y.name, NOTE, false);
        let note = style::cut(note, NOTE, false, room);
        root.draw_text(&note, &end, (SIZE.0 as i32 - 40, TOP - 34)).map_err(failed)?;
    }
    Ok(())
}

/// The name of each line beside its end, apart from the others, with a leader in its colour.
fn draw_end_labels(root: &Area<'_>, spec: &Lines, ends: &[Pixel], edge: i32, (top, bottom): Pixel) -> Result<()> {
    let wanted: Vec<i32> = ends.iter().map(|end| end.1).collect();
    for ((line, end), y) in spec.lines.iter().zip(ends).zip(spread(&wanted, LABEL_GAP, top, bottom)) {
        // A leader that comes from far must not pass for a curve.
        let colour = if edge - end.0 > 60 { GRID } else { style::colour(line.place) };
        let leader = ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: 2 };
        let corner = edge + LEADER - 8;
        let path = vec![(end.0 + 3, end.1), ((edge + 10).max(end.0 + 3), end.1), (corner - 8, y), (corner, y)];
        root.draw(&PathElement::new(path, leader)).map_err(failed)?;
        let text = style::text(LABEL, true, style::text_colour(line.place), HPos::Left);
        let name = style::cut_name(&line.name, LABEL, 330);
        root.draw_text(&name, &text, (edge + LEADER, y)).map_err(failed)?;
    }
    Ok(())
}

/// What labels should not hide: points of curves, and what must stay free of them.
pub(super) struct Under<'a> {
    pub curves: &'a [Pixel],
    pub taken: Vec<Boxed>,
}

/// The bounds, each labelled where the fewest curves pass.
pub(super) fn draw_rules(
    root: &Area<'_>,
    rules: &[Rule],
    Under { curves, mut taken }: Under<'_>,
    plot: [Pixel; 2],
    pixel: &dyn Fn(Option<f64>, f64) -> Pixel,
) -> Result<()> {
    let (left, right) = (plot[0].0, plot[1].0);
    let ring = |rule: &Rule| {
        rule.mark.is_some().then(|| pixel(rule.mark, rule.at)).map(|(x, y)| [(x - 16, y - 16), (x + 16, y + 16)])
    };
    taken.extend(rules.iter().filter_map(ring));
    for rule in rules {
        let y = pixel(None, rule.at).1;
        let stroke = ShapeStyle { color: INK.to_rgba(), filled: false, stroke_width: 2 };
        root.draw(&PathElement::new(vec![(left, y), (right, y)], stroke)).map_err(failed)?;
        if rule.mark.is_some() {
            let ring = ShapeStyle { color: INK.to_rgba(), filled: false, stroke_width: 3 };
            root.draw(&Circle::new(pixel(rule.mark, rule.at), 13, ring)).map_err(failed)?;
        }
        let label = style::cut(&rule.label, NOTE, true, right - left - 60);
        let wide = style::width(&label, NOTE, true) + 12;
        let room = right - left - wide - 20;
        let tops = [y - 36, y + 6].into_iter().filter(|top| *top >= plot[0].1 && top + 30 <= plot[1].1);
        let boxes = tops.flat_map(|top| {
            (0..=8).map(move |step| {
                let x = left + 10 + room * step / 8;
                [(x, top), (x + wide, top + 30)]
            })
        });
        let Some(place) = boxes.min_by_key(|label| crossings(label, curves, &taken)) else { continue };
        taken.push(place);
        draw_boxed(root, place, &label, style::text(NOTE, true, INK, HPos::Left))?;
    }
    Ok(())
}

/// The name of each line beside it, where the fewest other lines pass.
fn draw_labels_inside(root: &Area<'_>, spec: &Lines, traces: &[Vec<Pixel>], plot: [Pixel; 2]) -> Result<()> {
    let mut taken: Vec<[Pixel; 2]> = Vec::new();
    let curves = traces.concat();
    let middle = (plot[0].1 + plot[1].1) / 2;
    for (line, trace) in spec.lines.iter().zip(traces) {
        let name = style::cut_name(&line.name, LABEL, 330);
        let wide = style::width(&name, LABEL, true) + 12;
        let beside = |&(x, y): &Pixel| {
            [[(x + 14, y - 17), (x + 14 + wide, y + 17)], [(x - 14 - wide, y - 17), (x - 14, y + 17)]]
        };
        let within = |label: &[Pixel; 2]| holds(&plot, label[0]) && holds(&plot, label[1]);
        let boxes = trace.iter().flat_map(beside).filter(within);
        let best = boxes.min_by_key(|label| (crossings(label, &curves, &taken), (label[0].1 + 17 - middle).abs()));
        let Some(place) = best else { continue };
        taken.push(place);
        draw_boxed(root, place, &name, style::text(LABEL, true, style::text_colour(line.place), HPos::Left))?;
    }
    Ok(())
}

/// Text in a box, on white.
fn draw_boxed(root: &Area<'_>, place: [Pixel; 2], text: &str, style: TextStyle<'static>) -> Result<()> {
    root.draw(&Rectangle::new(place, style::halo().filled())).map_err(failed)?;
    let start = (place[0].0 + 6, (place[0].1 + place[1].1) / 2);
    root.draw(&Text::new(text.to_owned(), start, style)).map_err(failed)
}

/// How much is under a label or touches it: points of curves, and far worse, other labels.
fn crossings(label: &[Pixel; 2], curves: &[Pixel], taken: &[[Pixel; 2]]) -> usize {
    let [(left, top), (right, bottom)] = *label;
    let around = [(left - 6, top - 4), (right + 6, bottom + 4)];
    let on_curves = curves.iter().filter(|point| holds(&around, **point)).count();
    on_curves + 10_000 * taken.iter().filter(|other| overlap(label, other)).count()
}

fn holds([from, to]: &[Pixel; 2], (x, y): Pixel) -> bool {
    (from.0..=to.0).contains(&x) && (from.1..=to.1).contains(&y)
}

fn overlap([a, b]: &[Pixel; 2], [c, d]: &[Pixel; 2]) -> bool {
    a.0 <= d.0 && c.0 <= b.0 && a.1 <= d.1 && c.1 <= b.1
}

/// Pixels along a path, a few apart.
fn traced(path: impl Iterator<Item = Pixel>) -> Vec<Pixel> {
    let mut out: Vec<Pixel> = Vec::new();
    for to in path {
        if let Some(&from) = out.last() {
            let steps = ((to.0 - from.0).abs().max((to.1 - from.1).abs()) / 6).clamp(1, 400);
            out.extend(
                (1..steps)
                    .map(|step| (from.0 + (to.0 - from.0) * step / steps, from.1 + (to.1 - from.1) * step / steps)),
            );
        }
        out.push(to);
    }
    out
}

/// A mark whose shape tells pipelines apart without colour.
fn draw_mark(root: &Area<'_>, (x, y): Pixel, place: usize) -> Result<()> {
    let fill = style::colour(place).filled();
    let polygon =
        |corners: &[Pixel]| Polygon::new(corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect::<Vec<_>>(), fill);
    match place % 4 {
        0 => root.draw(&Circle::new((x, y), 9, fill)),
        1 => root.draw(&Rectangle::new([(x - 8, y - 8), (x + 8, y + 8)], fill)),
        2 => root.draw(&polygon(&[(0, -11), (11, 9), (-11, 9)])),
        _ => root.draw(&polygon(&[(0, -12), (12, 0), (0, 12), (-12, 0)])),
    }
    .map_err(failed)
}

/// A small filled square, for keys.
pub(super) fn key(root: &Area<'_>, (x, y): Pixel, colour: RGBColor) -> Result<()> {
    root.draw(&Rectangle::new([(x, y - 12), (x + 24, y + 12)], colour.filled())).map_err(failed)
}
