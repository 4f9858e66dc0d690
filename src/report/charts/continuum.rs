//! The continuum: latency of each pipeline against how complex it is, from batch to continuous, with what it costs.

use plotters::element::{PathElement, Rectangle};
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, ShapeStyle};

use super::axis::Axis;
use super::frame::{LEFT, frame};
use super::latency::rule;
use super::lines::{Boxed, Rule, Under, draw_rules, no_data};
use super::scatter::mark;
use super::style::{self, Area, GREY, LABEL, NOTE, SIZE};
use super::{Figure, failed, shown};
use crate::error::Result;
use crate::experiment::{Estimate, Outcome, PipelineOutcome};
use crate::metrics::Unit;
use crate::report::{verdict, view};

const TOP: i32 = 172;
const RIGHT: i32 = 40;
/// From a mark to its words, and from one line of them to the next.
const GAP: i32 = 22;
const LINE: i32 = 30;

/// A pipeline on the continuum.
struct Place<'a> {
    pipeline: &'a PipelineOutcome,
    /// Its place among the pipelines: colour and mark.
    series: usize,
    complexity: f64,
    latency: Estimate,
    words: Vec<String>,
}

/// The figure.
pub(super) fn continuum(outcome: &Outcome) -> Result<Figure> {
    let (pipelines, note) = shown(outcome);
    let mut places: Vec<Place<'_>> =
        pipelines.iter().enumerate().filter_map(|(series, pipeline)| place(outcome, series, pipeline)).collect();
    let middle = |place: &Place<'_>| place.latency.value.unwrap_or(0.0);
    places.sort_by(|a, b| a.complexity.total_cmp(&b.complexity).then_with(|| middle(b).total_cmp(&middle(a))));
    let rules: Vec<Rule> =
        outcome.scenario.objectives.iter().filter_map(rule).map(|rule| Rule { mark: None, ..rule }).collect();
    let of_team = pipelines.iter().any(|pipeline| pipeline.get("people.complexity").value.is_some());
    let title = style::title_lines(&titles(outcome, places.is_empty()));
    let svg = style::figure(&title, &[], |root| match places.as_slice() {
        [] => no_data(root, "no event became visible"),
        places => plot(root, places, &rules, of_team, note.as_deref()),
    })?;
    let rank = if of_team {
        "Across stands the complexity for this team: 1 for a batch, 2 for a micro-batch, 3 for a continuous pipeline, \
         and one more for a kind that it does not run yet."
    } else {
        "Across the pipelines stand by their kind, from batch to continuous, and the slower before the faster."
    };
    Ok(Figure {
        name: "continuum",
        title: title.join(" "),
        caption: format!(
            "{rank} Up goes the time within which 95 % of the included events are visible, with its 95 % confidence \
             interval where there are replications; beside each mark, where there is room, its \
             cost a day. Horizontal lines are the objectives on latency, each for the percentile that its label names: build the first pipeline from the left that lies \
             low enough."
        ),
        svg,
    })
}

fn place<'a>(outcome: &Outcome, series: usize, pipeline: &'a PipelineOutcome) -> Option<Place<'a>> {
    let latency = pipeline.get("latency_s.p95");
    let seconds = latency.value.filter(|value| value.is_finite())?;
    let kind = verdict::rank(pipeline) + 1;
    let complexity = pipeline.get("people.complexity").value.filter(|value| value.is_finite());
    let with = |unit, estimate: &Estimate, text: String| match view::interval(unit, estimate) {
        Some(interval) => format!("{text} {interval}"),
        None => text,
    };
    let mut words = vec![pipeline.name.clone()];
    words.push(with(Unit::Seconds, &latency, view::value(Unit::Seconds, seconds)));
    let cost = pipeline.get("cost.total_per_day");
    if let Some(amount) = cost.value.filter(|amount| amount.is_finite()) {
        let text = format!("{} {}/day", view::value(Unit::Money, amount), outcome.scenario.prices.currency);
        words.push(with(Unit::Money, &cost, text));
    }
    Some(Place { pipeline, series, complexity: complexity.unwrap_or(f64::from(kind)), latency, words })
}

/// What the first objective on latency asks for, else how far apart the pipelines are.
fn titles(outcome: &Outcome, empty: bool) -> Vec<String> {
    let plain = "Latency against complexity, from batch to continuous".to_owned();
    if empty {
        return vec![plain];
    }
    let bounded = verdict::judged(outcome)
        .into_iter()
        .find(|judged| judged.objective.pipeline.is_none() && rule(judged.objective).is_some());
    let answer = bounded.map(|judged| {
        let met: Vec<String> = judged
            .verdicts
            .iter()
            .filter(|verdict| verdict.met == Some(true))
            .map(|verdict| verdict.pipeline.clone())
            .collect();
        let undecided = judged.verdicts.iter().any(|verdict| verdict::word(verdict) == "undecided");
        let name = &judged.objective.name;
        match verdict::simplest(outcome, &met) {
            Some(simplest) => format!("“{name}”: the simplest pipeline that is fast enough is {simplest}"),
            None if undecided => format!("“{name}”: no pipeline is surely fast enough"),
            None => format!("“{name}”: no pipeline is fast enough"),
        }
    });
    let spread = verdict::extremes(outcome, "latency_s.p95")
        .map(|range| format!("95 % of the events are visible within {range}"));
    answer.into_iter().chain(spread).chain([plain]).collect()
}

fn plot(root: &Area<'_>, places: &[Place<'_>], rules: &[Rule], of_team: bool, note: Option<&str>) -> Result<()> {
    let names: Vec<String> = places
        .iter()
        .map(|place| {
            let kind = place.pipeline.model.replace('_', "-");
            if of_team { format!("{:.0}: {kind}", place.complexity) } else { kind }
        })
        .collect();
    let mut x =
        Axis::slots(if of_team { "Complexity for the team" } else { "Complexity, from batch to continuous" }, &names);
    let ends = |place: &Place<'_>| [place.latency.value, place.latency.low, place.latency.high];
    let bounds: Vec<f64> = places.iter().flat_map(ends).flatten().chain(rules.iter().map(|rule| rule.at)).collect();
    let least = bounds.iter().copied().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let most = bounds.iter().copied().filter(|value| value.is_finite()).fold(least, f64::max);
    // Room for words below the lowest mark.
    let room = least / libm::pow((most / least).max(2.0), 0.25);
    let mut y =
        Axis::log_time("95 % of the events are visible within (log scale)", bounds.iter().copied().chain([room]));
    let chart = frame(root, (TOP, RIGHT), &mut x, &mut y)?;
    let area = chart.plotting_area();
    let (xs, ys) = area.get_pixel_range();
    let pixel = |slot: usize, value: f64| area.map_coordinate(&(slot as f64 + 0.5, value));
    let heights: Vec<i32> = rules.iter().map(|rule| pixel(0, rule.at).1).collect();
    let slot = (xs.end - xs.start) / places.len().max(1) as i32;
    // What is drawn, each with the pixels it takes.
    let dots: Vec<(i32, i32)> =
        places.iter().enumerate().map(|(slot, place)| pixel(slot, place.latency.value.unwrap_or(0.0))).collect();
    let bars: Vec<[(i32, i32); 2]> = places
        .iter()
        .enumerate()
        .zip(&dots)
        .map(|((slot, place), dot)| match (place.latency.low, place.latency.high) {
            (Some(low), Some(high)) if low.is_finite() && high.is_finite() => [pixel(slot, high), pixel(slot, low)],
            _ => [*dot, *dot],
        })
        .collect();
    let boxes: Vec<Boxed> = places
        .iter()
        .zip(&bars)
        .map(|(place, bar)| words_box(place, *bar, slot - 12, (ys.start, ys.end), &heights))
        .collect();
    let around = |&(x, y): &(i32, i32)| [(x - 16, y - 16), (x + 16, y + 16)];
    let taken: Vec<Boxed> = boxes.iter().copied().chain(dots.iter().map(around)).collect();
    let plot = [(xs.start, ys.start), (xs.end, ys.end)];
    draw_rules(root, rules, Under { curves: &[], taken }, plot, &|_, at| pixel(0, at))?;
    for (((place, dot), bar), words) in places.iter().zip(&dots).zip(&bars).zip(&boxes) {
        let colour = style::colour(place.series);
        let stroke = ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: 3 };
        root.draw(&PathElement::new(bar.to_vec(), stroke)).map_err(failed)?;
        mark(root, *dot, place.series, false)?;
        root.draw(&Rectangle::new(*words, style::halo().filled())).map_err(failed)?;
        let centre = (words[0].0 + words[1].0) / 2;
        for (line, text) in (0..).zip(&place.words) {
            let (size, bold) = if line == 0 { (LABEL, true) } else { (NOTE, false) };
            let text = if line == 0 { style::cut_name(text, size, slot - 12) } else { fitting(text, slot - 12) };
            let style = style::text(size, bold, style::text_colour(place.series), HPos::Center);
            root.draw_text(&text, &style, (centre, words[0].1 + LINE / 2 + line * LINE)).map_err(failed)?;
        }
    }
    let name = style::text(NOTE, false, GREY, HPos::Left);
    root.draw_text(&y.name, &name, (LEFT + 12, TOP - 34)).map_err(failed)?;
    let end = style::text(NOTE, false, GREY, HPos::Right);
    if let Some(note) = note {
        let room = SIZE.0 as i32 - 80 - LEFT - style::width(&y.name, NOTE, false);
        root.draw_text(&style::cut(note, NOTE, false, room), &end, (SIZE.0 as i32 - 40, TOP - 34)).map_err(failed)?;
    }
    root.draw_text(&x.name, &end, (xs.end, SIZE.1 as i32 - 34)).map_err(failed)
}

/// Where the words of a place stand: over or under its bar, within the plot and off the objectives' lines if that goes.
fn words_box(
    place: &Place<'_>,
    [high, low]: [(i32, i32); 2],
    room: i32,
    (top, bottom): (i32, i32),
    rules: &[i32],
) -> Boxed {
    let width = |(line, text): (usize, &String)| style::width(text, if line == 0 { LABEL } else { NOTE }, line == 0);
    let half = place.words.iter().enumerate().map(width).max().unwrap_or(0).min(room) / 2 + 4;
    let tall = LINE * place.words.len() as i32;
    let over = high.1 - GAP - tall;
    let under = low.1 + GAP;
    let cost = |from: &i32| {
        let outside = (top - from).max(0) + (from + tall - bottom).max(0);
        let crossed = rules.iter().filter(|rule| (from - 4..=from + tall + 4).contains(*rule)).count() as i32;
        (outside, crossed)
    };
    let from = [over, under, over - LINE, under + LINE].into_iter().min_by_key(cost).unwrap_or(over);
    let from = from.min(bottom - tall).max(top);
    [(high.0 - half, from), (high.0 + half, from + tall)]
}

/// A number with its interval, without the interval where there is no room, or nothing.
fn fitting(text: &str, room: i32) -> String {
    let short = text.split([' ']).take_while(|part| !part.starts_with(['±', '('])).collect::<Vec<_>>().join(" ");
    [text, short.as_str()]
        .into_iter()
        .find(|text| style::width(text, NOTE, false) <= room)
        .map_or_else(String::new, str::to_owned)
}
