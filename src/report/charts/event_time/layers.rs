//! The layers of the figure, from the back to the front.

use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor, ShapeStyle, TextStyle};

use super::super::axis::Axis;
use super::super::frame::{LEFT, frame};
use super::super::style::{self, Area, CURVE, GREY, INK, NOTE, SIZE};
use super::failed;
use crate::error::Result;
use crate::metrics::Slice;
use crate::pipelines::Fate;
use crate::units::{Instant, Span};

type Pixel = (i32, i32);

const TOP: i32 = 172;
/// The column of the key.
const RIGHT: i32 = 360;

/// Dashes of the curves: the watermark, and the same in the key.
pub(super) const DASHES: [&str; 2] = ["none", "none"];

const ON_TIME: RGBColor = RGBColor(0x00, 0x72, 0xb2);
const CORRECTED: RGBColor = RGBColor(0xe6, 0x9f, 0x00);
const BORDER: RGBColor = RGBColor(0x8a, 0x5f, 0x00);
const DROPPED: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
const WINDOW: RGBColor = RGBColor(0x56, 0xb4, 0xe9);
const WATERMARK: RGBColor = RGBColor(0x00, 0x80, 0x5c);

/// Dots of a fate from which on they are drawn smaller.
const MANY: usize = 400;

/// From a dash to the next, pixels.
const DASH: f64 = 20.0;

/// What the key shows beside the dots.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Window,
    Watermark,
    Ideal,
}

/// The plot of a slice.
pub(super) struct Plot<'a, 'b> {
    pub root: &'a Area<'b>,
    slice: &'a Slice,
    x: Axis,
    y: Axis,
    from: Pixel,
    to: Pixel,
}

impl<'a, 'b> Plot<'a, 'b> {
    /// Draws the axes.
    pub fn new(root: &'a Area<'b>, slice: &'a Slice, mut x: Axis, mut y: Axis) -> Result<Self> {
        let chart = frame(root, (TOP, RIGHT), &mut x, &mut y)?;
        let (xs, ys) = chart.plotting_area().get_pixel_range();
        Ok(Self { root, slice, x, y, from: (xs.start, ys.end), to: (xs.end, ys.start) })
    }

    pub fn right(&self) -> i32 {
        self.to.0
    }

    pub fn top(&self) -> i32 {
        self.to.1
    }

    fn seconds(&self, at: Instant) -> f64 {
        (at - self.slice.period.from).as_secs_f64()
    }

    fn across(&self, event_time: Instant) -> i32 {
        let share = self.x.place(self.seconds(event_time));
        self.from.0 + (share * f64::from(self.to.0 - self.from.0)).round() as i32
    }

    fn up(&self, at: Instant) -> i32 {
        let share = self.y.place(self.seconds(at));
        self.from.1 - (share * f64::from(self.from.1 - self.to.1)).round() as i32
    }

    /// The windows, every second a little darker. One that is published before it begins is a line.
    pub fn windows(&self) -> Result<()> {
        for (place, (window, published)) in self.slice.windows.iter().enumerate() {
            if *published < window.from {
                let y = self.up(*published);
                if *published >= self.slice.period.from {
                    let stroke = ShapeStyle { color: GREY.to_rgba(), filled: false, stroke_width: 4 };
                    let path = vec![(self.across(window.from), y), (self.across(window.to), y)];
                    self.root.draw(&PathElement::new(path, stroke)).map_err(failed)?;
                }
                continue;
            }
            let corners =
                [(self.across(window.from), self.up(*published)), (self.across(window.to), self.up(window.from))];
            draw_window(self.root, corners, place % 2 == 0)?;
        }
        Ok(())
    }

    /// The line on which an event arrives when it happens.
    pub fn ideal(&self) -> Result<()> {
        let to = self.slice.period.to.min(self.slice.period.from + self.reach());
        let [from, to] = [self.slice.period.from, to].map(|at| (self.across(at), self.up(at)));
        dashed(self.root, from, to)
    }

    /// How much time the plot holds upwards.
    fn reach(&self) -> Span {
        Span::from_secs_f64(self.y.bounds().1)
    }

    /// The watermark as a step line; whether any of it lies in the plot.
    pub fn watermark(&self) -> Result<bool> {
        let (period, top) = (self.slice.period, self.slice.period.from + self.reach());
        let mut path: Vec<Pixel> = Vec::new();
        let mut before = None;
        for (at, to) in self.slice.watermark.iter().filter(|(at, _)| *at <= top) {
            let steps_from = before.replace(*to).unwrap_or(*to);
            if *to >= period.from && steps_from < period.to {
                let y = self.up(*at);
                path.push((self.across(steps_from), y));
                path.push((self.across(*to), y));
            }
        }
        if let Some(last) = path.last().copied().filter(|_| before.is_some_and(|before| before < period.to)) {
            path.push((last.0, self.to.1));
        }
        let shows = path.len() > 1;
        if shows {
            self.curve(path)?;
        }
        Ok(shows)
    }

    /// The events of a fate; beyond the plot as triangles at its edge.
    pub fn dots(&self, fate: Fate) -> Result<()> {
        let top = self.slice.period.from + self.reach();
        let dots = &self.slice.of(fate).dots;
        let size = if dots.len() < MANY { 7 } else { 5 };
        for dot in dots {
            let (x, y) = (self.across(dot.event_time), self.up(dot.arrival));
            if dot.arrival > top {
                triangle(self.root, (x, y + 4), colour(fate), 1)?;
            } else if dot.arrival < self.slice.period.from {
                triangle(self.root, (x, y - 4), colour(fate), -1)?;
            } else {
                mark(self.root, fate, (x, y), size)?;
            }
        }
        Ok(())
    }

    /// The names of the axes, and a note.
    pub fn names(&self, note: Option<String>) -> Result<()> {
        let name = style::text(NOTE, false, GREY, HPos::Left);
        self.text(&self.y.name, &name, (LEFT + 12, TOP - 34))?;
        let end = style::text(NOTE, false, GREY, HPos::Right);
        self.text(&self.x.name, &end, (self.to.0, SIZE.1 as i32 - 34))?;
        if let Some(note) = note {
            let room = SIZE.0 as i32 - 100 - LEFT - style::width(&self.y.name, NOTE, false);
            self.text(&style::cut(&note, NOTE, false, room), &end, (SIZE.0 as i32 - 40, TOP - 34))?;
        }
        Ok(())
    }

    pub fn text(&self, content: &str, style: &TextStyle<'_>, at: Pixel) -> Result<()> {
        self.root.draw_text(content, style, at).map_err(failed)
    }

    /// A shape in the key, 44 pixels wide.
    pub fn sample(&self, shape: Shape, (x, y): Pixel) -> Result<()> {
        match shape {
            Shape::Window => draw_window(self.root, [(x, y - 20), (x + 44, y + 20)], true),
            Shape::Watermark => {
                let steps = [(0, 12), (14, 12), (14, 0), (28, 0), (28, -12), (44, -12)];
                self.curve(steps.map(|(dx, dy)| (x + dx, y + dy)).to_vec())
            }
            Shape::Ideal => dashed(self.root, (x, y + 16), (x + 44, y - 16)),
        }
    }

    fn curve(&self, path: Vec<Pixel>) -> Result<()> {
        let stroke = ShapeStyle { color: WATERMARK.to_rgba(), filled: false, stroke_width: CURVE };
        self.root.draw(&PathElement::new(path, stroke)).map_err(failed)
    }
}

/// A straight line of dashes.
fn dashed(root: &Area<'_>, from: Pixel, to: Pixel) -> Result<()> {
    let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
    let length = libm::hypot(dx, dy).max(1.0);
    let at = |along: f64| {
        let share = (along / length).min(1.0);
        (from.0 + (dx * share).round() as i32, from.1 + (dy * share).round() as i32)
    };
    let stroke = ShapeStyle { color: INK.to_rgba(), filled: false, stroke_width: 2 };
    for dash in 0..(length / DASH).ceil() as u32 {
        let start = f64::from(dash) * DASH;
        root.draw(&PathElement::new(vec![at(start), at(start + DASH * 0.6)], stroke)).map_err(failed)?;
    }
    Ok(())
}

fn draw_window(root: &Area<'_>, corners: [Pixel; 2], dark: bool) -> Result<()> {
    let fill = WINDOW.mix(if dark { 0.30 } else { 0.16 });
    root.draw(&Rectangle::new(corners, fill.filled())).map_err(failed)?;
    let border = ShapeStyle { color: GREY.to_rgba(), filled: false, stroke_width: 2 };
    root.draw(&Rectangle::new(corners, border)).map_err(failed)
}

fn colour(fate: Fate) -> RGBColor {
    match fate {
        Fate::OnTime => ON_TIME,
        Fate::Corrected => CORRECTED,
        Fate::Dropped => DROPPED,
    }
}

/// The mark of an event, about so many pixels from its middle to its edge: its shape tells fates apart without
/// colour.
pub(super) fn mark(root: &Area<'_>, fate: Fate, (x, y): Pixel, size: i32) -> Result<()> {
    match fate {
        Fate::OnTime => root.draw(&Circle::new((x, y), size, ON_TIME.filled())).map_err(failed),
        Fate::Corrected => {
            let half = size + 2;
            let corners = vec![(x, y - half), (x + half, y), (x, y + half), (x - half, y)];
            root.draw(&Polygon::new(corners.clone(), CORRECTED.filled())).map_err(failed)?;
            let around: Vec<Pixel> = corners.iter().chain(corners.first()).copied().collect();
            let border = ShapeStyle { color: BORDER.to_rgba(), filled: false, stroke_width: 1 };
            root.draw(&PathElement::new(around, border)).map_err(failed)
        }
        Fate::Dropped => {
            let stroke = ShapeStyle { color: DROPPED.to_rgba(), filled: false, stroke_width: 3 };
            for (from, to) in
                [((x - size, y - size), (x + size, y + size)), ((x - size, y + size), (x + size, y - size))]
            {
                root.draw(&PathElement::new(vec![from, to], stroke)).map_err(failed)?;
            }
            Ok(())
        }
    }
}

/// A triangle that points up or down.
fn triangle(root: &Area<'_>, (x, y): Pixel, colour: RGBColor, way: i32) -> Result<()> {
    let corners = vec![(x, y - 9 * way), (x + 8, y + 7 * way), (x - 8, y + 7 * way)];
    root.draw(&Polygon::new(corners, colour.filled())).map_err(failed)
}
