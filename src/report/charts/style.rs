//! Fonts, colours and dashes of all figures: readable from the back of a room, in grey print and
//! by the colour-blind.

use std::sync::OnceLock;

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, IntoFont, RGBColor, TextStyle, WHITE, register_font};

use super::failed;
use crate::error::Result;

/// Width and height of a figure in pixels.
pub(super) const SIZE: (u32, u32) = (1600, 900);
/// The family of all text: the embedded font, or its nearest kin.
pub(super) const FAMILY: &str = "Roboto, Helvetica, Arial, sans-serif";
/// Embedded fonts.
pub(super) const REGULAR: &[u8] = include_bytes!("../../../assets/Roboto-Regular.ttf");
pub(super) const BOLD: &[u8] = include_bytes!("../../../assets/Roboto-Bold.ttf");

/// Colour of text.
pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Colour of less important text and of axes.
pub(super) const GREY: RGBColor = RGBColor(0x55, 0x55, 0x55);
/// Colour of the grid.
pub(super) const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
/// Width of a curve: no other polyline of a figure has it.
pub(super) const CURVE: u32 = 5;

/// Okabe and Ito's palette without its yellow, which vanishes on white; ordered so that neighbours
/// differ in lightness too.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0x00, 0x00, 0x00),
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
];
const DASHES: [&str; 5] = ["none", "22 9", "5 8", "22 8 5 8", "12 6"];

/// The colour of the pipeline at `place`.
pub(super) fn colour(place: usize) -> RGBColor {
    PALETTE.get(place % PALETTE.len()).copied().unwrap_or(INK)
}

/// The same, dark enough for text.
pub(super) fn text_colour(place: usize) -> RGBColor {
    let RGBColor(red, green, blue) = colour(place);
    let darker = |part: u8| (f64::from(part) * 0.78) as u8;
    RGBColor(darker(red), darker(green), darker(blue))
}

/// The dashes of the pipeline at `place`: another one when colours come round again.
pub(super) fn dash(place: usize) -> &'static str {
    DASHES.get((place + place / PALETTE.len()) % DASHES.len()).copied().unwrap_or("none")
}

/// A font of a size in pixels.
pub(super) fn font(pixels: f64, bold: bool) -> FontDesc<'static> {
    static REGISTERED: OnceLock<()> = OnceLock::new();
    // The fonts are compiled in; were they broken, drawing would fail and say so.
    REGISTERED.get_or_init(|| {
        let _ = register_font(FAMILY, FontStyle::Normal, REGULAR);
        let _ = register_font(FAMILY, FontStyle::Bold, BOLD);
    });
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    // plotters writes a font of size s as s / 1.24 pixels.
    (FontFamily::Name(FAMILY), pixels * 1.24, style).into_font()
}

/// A text style anchored at the middle of the left (`HPos::Left`) or another side.
pub(super) fn text(pixels: f64, bold: bool, colour: RGBColor, side: HPos) -> TextStyle<'static> {
    let mut style = TextStyle::from(font(pixels, bold)).pos(Pos::new(side, VPos::Center));
    style.color = colour.to_backend_color();
    style
}

/// How wide a text is, in pixels; a little too wide rather than too narrow.
pub(super) fn width(content: &str, pixels: f64, bold: bool) -> i32 {
    font(pixels, bold).box_size(content).map_or(0, |(wide, _)| wide as i32)
}

/// The text cut to a width, with an ellipsis where something is missing.
pub(super) fn cut(content: &str, pixels: f64, bold: bool, most: i32) -> String {
    if width(content, pixels, bold) <= most {
        return content.to_owned();
    }
    let mut kept: String = content.to_owned();
    while kept.pop().is_some() {
        let shorter = format!("{}…", kept.trim_end());
        if width(&shorter, pixels, bold) <= most {
            return shorter;
        }
    }
    String::new()
}

/// A name cut to a width in its middle: names often differ at their ends.
pub(super) fn cut_name(name: &str, pixels: f64, most: i32) -> String {
    let letters: Vec<char> = name.chars().collect();
    (0..letters.len())
        .map(|missing| {
            let kept = letters.len() - missing;
            let (start, end) = letters.split_at(kept.div_ceil(2));
            let end = end.get(missing..).unwrap_or_default();
            let middle = if missing == 0 { "" } else { "…" };
            format!("{}{middle}{}", start.iter().collect::<String>(), end.iter().collect::<String>())
        })
        .find(|shorter| width(shorter, pixels, true) <= most)
        .unwrap_or_default()
}

/// The text in lines of at most a width; words longer than that are cut.
pub(super) fn wrap(content: &str, pixels: f64, bold: bool, most: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in phrases(content) {
        let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
        if !line.is_empty() && width(&longer, pixels, bold) > most {
            lines.push(std::mem::replace(&mut line, word));
        } else {
            line = longer;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines.iter().map(|line| cut(line, pixels, bold, most)).collect()
}

/// Words, where a number stays with its unit and its brackets: `12 h (daily),` is one.
fn phrases(content: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in content.split_whitespace() {
        let unit = word.starts_with('(') || word.starts_with('%') || (word.len() <= 3 && is_number(out.last()));
        match out.last_mut() {
            Some(last) if unit && last.len() < 24 => {
                last.push(' ');
                last.push_str(word);
            }
            _ => out.push(word.to_owned()),
        }
    }
    out
}

fn is_number(word: Option<&String>) -> bool {
    word.is_some_and(|word| word.ends_with(|end: char| end.is_ascii_digit()))
}

/// The first of several ways to say it that fits into two lines of the title, else the last one,
/// cut.
pub(super) fn title_lines(ways: &[String]) -> Vec<String> {
    let most = SIZE.0 as i32 - 80;
    let mut lines = Vec::new();
    for way in ways {
        lines = wrap(way, TITLE, true, most);
        if lines.len() <= 2 {
            return lines;
        }
    }
    let rest = lines.split_off(lines.len().min(1)).join(" ");
    lines.push(cut(&rest, TITLE, true, most));
    lines
}

/// Sizes of text in pixels.
pub(super) const TITLE: f64 = 38.0;
pub(super) const LABEL: f64 = 28.0;
pub(super) const TICK: f64 = 26.0;
pub(super) const NOTE: f64 = 24.0;

/// A drawing surface: a white figure with its title.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws a figure: `body` draws below the title; curves get their dashes in the order drawn.
pub(super) fn figure(title: &[String], dashes: &[&str], body: impl FnOnce(&Area<'_>) -> Result<()>) -> Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        for (line, y) in title.iter().zip([44, 92]) {
            root.draw_text(line, &text(TITLE, true, INK, HPos::Left), (40, y)).map_err(failed)?;
        }
        body(&root)?;
        root.present().map_err(failed)?;
    }
    Ok(with_dashes(&svg, dashes))
}

/// plotters has no dashed paths: its curves get the attribute here, and round joins.
fn with_dashes(svg: &str, dashes: &[&str]) -> String {
    let mark = format!("stroke-width=\"{CURVE}\"");
    let mut dashes = dashes.iter();
    let mut out = String::with_capacity(svg.len());
    for line in svg.split_inclusive('\n') {
        if line.starts_with("<polyline") && line.contains(&mark) {
            let dash = dashes.next().unwrap_or(&"none");
            let attributes = format!("{mark} stroke-linejoin=\"round\" stroke-dasharray=\"{dash}\"");
            out += &line.replacen(&mark, &attributes, 1);
        } else {
            out += line;
        }
    }
    out
}

/// White with the opacity that lets text stand on lines.
pub(super) fn halo() -> plotters::style::RGBAColor {
    WHITE.mix(0.85)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_measured_and_cut() {
        assert!(width("mmmm", 26.0, false) > 3 * width("i", 26.0, false));
        let short = cut("a rather long pipeline name", 26.0, false, 120);
        assert!(short.ends_with('…') && width(&short, 26.0, false) <= 120, "{short}");
        assert_eq!(cut("m", 26.0, false, 0), "");
        let name = cut_name("daily_with_a_rather_long_name_12", 26.0, 240);
        assert!(name.starts_with("daily") && name.contains('…') && name.ends_with("_12"), "{name}");
        assert_eq!(cut_name("daily", 26.0, 240), "daily");
    }

    #[test]
    fn titles_take_two_lines_at_most() {
        let long = "word ".repeat(200);
        assert_eq!(title_lines(std::slice::from_ref(&long)).len(), 2);
        assert_eq!(title_lines(&[long, "short".to_owned()]), ["short"]);
        assert!(title_lines(&[]).len() <= 2);
    }

    #[test]
    fn numbers_stay_with_their_units() {
        assert_eq!(phrases("after 12 h (daily), 1.5 min (hourly)"), ["after", "12 h (daily),", "1.5 min (hourly)"]);
    }

    #[test]
    fn twelve_pipelines_look_different() {
        let looks: std::collections::BTreeSet<_> =
            (0..12).map(|place| (colour(place).0, colour(place).1, dash(place))).collect();
        assert_eq!(looks.len(), 12);
    }
}
