//! The figure of stacked bars: one bar a pipeline, one segment a stage.

use plotters::element::Rectangle;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use super::failed;
use super::latency::percent;
use super::lines::{key, no_data};
use super::style::{self, Area, GREY, INK, LABEL, NOTE, SIZE};
use crate::error::Result;
use crate::metrics::Unit;
use crate::report::{rows, view};

/// A bar: seconds by stage.
pub(super) struct Bar {
    pub name: String,
    pub parts: [f64; 5],
    pub total: f64,
}

impl Bar {
    /// A stage's share.
    pub fn share(&self, place: usize) -> f64 {
        self.parts.get(place).map_or(0.0, |part| part / self.total)
    }

    /// The stage that takes most; the first of equals.
    pub fn largest(&self) -> usize {
        (0..self.parts.len()).fold(0, |best, place| if self.share(place) > self.share(best) { place } else { best })
    }
}

/// Stages, dark beside light, so that neighbours differ in grey print too.
const COLOURS: [RGBColor; 5] = [
    RGBColor(0xbf, 0xe0, 0xf5),
    RGBColor(0x00, 0x4c, 0x7a),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x00, 0x5c, 0x44),
    RGBColor(0xf0, 0xd2, 0xe2),
];
const TOP: i32 = 190;
const MARGIN: i32 = 40;

/// Draws the figure; its title and the drawing.
pub(super) fn draw(titles: &[String], bars: &[Bar], note: Option<&str>) -> Result<(String, String)> {
    let title = style::title_lines(titles);
    let svg = style::figure(&title, &[], |root| {
        if bars.is_empty() {
            return no_data(root, "no event became visible");
        }
        draw_key(root, note)?;
        let names = bars.iter().map(|bar| style::width(&bar.name, LABEL, true)).max().unwrap_or(0).min(330);
        let row = (SIZE.1 as i32 - TOP - 30) / bars.len().max(3) as i32;
        for (place, bar) in (0..).zip(bars) {
            draw_bar(root, bar, TOP + row * place, row, MARGIN + names + 24)?;
        }
        Ok(())
    })?;
    Ok((title.join(" "), svg))
}

fn draw_key(root: &Area<'_>, note: Option<&str>) -> Result<()> {
    let mut x = MARGIN;
    for (stage, colour) in rows::STAGES.iter().zip(COLOURS) {
        key(root, (x, 148), colour)?;
        root.draw_text(stage, &style::text(NOTE, false, INK, HPos::Left), (x + 34, 148)).map_err(failed)?;
        x += 34 + style::width(stage, NOTE, false) + 36;
    }
    let heading = note.map_or_else(|| "mean latency".to_owned(), |note| format!("{note}  mean latency"));
    let heading = style::cut(&heading, NOTE, false, SIZE.0 as i32 - MARGIN - x);
    let end = style::text(NOTE, false, GREY, HPos::Right);
    root.draw_text(&heading, &end, (SIZE.0 as i32 - MARGIN, 148)).map_err(failed)
}

fn draw_bar(root: &Area<'_>, bar: &Bar, top: i32, row: i32, left: i32) -> Result<()> {
    let roomy = row >= 92;
    let high = if roomy { (row - 52).min(96) } else { (row - 8).max(8) };
    let middle = top + high / 2;
    let right = SIZE.0 as i32 - MARGIN - 150;
    let name = style::cut_name(&bar.name, LABEL, left - MARGIN - 10);
    root.draw_text(&name, &style::text(LABEL, true, INK, HPos::Left), (MARGIN, middle)).map_err(failed)?;
    let total = view::value(Unit::Seconds, bar.total);
    root.draw_text(&total, &style::text(LABEL, true, INK, HPos::Right), (SIZE.0 as i32 - MARGIN, middle))
        .map_err(failed)?;
    let mut unwritten = Vec::new();
    let mut before = 0.0;
    for (place, (stage, colour)) in rows::STAGES.iter().zip(COLOURS).enumerate() {
        let at = |share: f64| left + (share * f64::from(right - left)).round() as i32;
        let (from, to) = (at(before), at(before + bar.share(place)));
        before += bar.share(place);
        let seconds = view::value(Unit::Seconds, bar.parts.get(place).copied().unwrap_or(0.0));
        if to > from {
            // The white gap between segments must not eat a thin one.
            let gap = if to - from > 6 { 2 } else { 0 };
            root.draw(&Rectangle::new([(from, top), (to - gap, top + high)], colour.filled())).map_err(failed)?;
        }
        let ink = if place == 1 || place == 3 { RGBColor(255, 255, 255) } else { INK };
        let long = format!("{stage} {seconds}, {}", percent(bar.share(place)));
        let short = format!("{stage} {seconds}");
        let fits = [long.as_str(), short.as_str(), seconds.as_str()]
            .into_iter()
            .find(|text| high >= 28 && style::width(text, NOTE, false) + 20 <= to - from);
        match fits {
            Some(text) => {
                let style = style::text(NOTE, false, ink, HPos::Center);
                root.draw_text(text, &style, ((from + to) / 2, middle)).map_err(failed)?;
            }
            None if bar.share(place) > 0.0 => unwritten.push(short),
            None => {}
        }
    }
    if roomy && !unwritten.is_empty() {
        let text = style::cut(&format!("and {}", unwritten.join(", ")), NOTE, false, right - left);
        root.draw_text(&text, &style::text(NOTE, false, GREY, HPos::Left), (left, top + high + 22)).map_err(failed)?;
    }
    Ok(())
}
