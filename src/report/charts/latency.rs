//! Figures of latency: its percentiles, its stages, and how fast events become visible.

use super::axis::Axis;
use super::bars::{self, Bar};
use super::lines::{self, Line, Lines, Rule};
use super::{Figure, shown};
use crate::error::Result;
use crate::experiment::{Outcome, PipelineOutcome};
use crate::metrics::Unit;
use crate::report::{rows, verdict, view};
use crate::scenario::{Of, Target};

/// Latency by percentile, with the objectives on latency.
pub(super) fn percentiles(outcome: &Outcome) -> Result<Figure> {
    let titles: Vec<String> = [
        verdict::medians(outcome),
        verdict::extremes(outcome, "latency_s.p50")
            .map(|range| format!("Half of the events are visible after {range}")),
        Some("Latency by percentile".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (pipelines, note) = shown(outcome);
    let rules: Vec<Rule> = outcome.scenario.objectives.iter().filter_map(rule).collect();
    let lines: Vec<Line> = pipelines.iter().enumerate().map(percentile_line).collect();
    let values =
        lines.iter().flat_map(|line| &line.points).map(|point| point.1).chain(rules.iter().map(|rule| rule.at));
    let y = Axis::log_time("Latency: from the event until a reader sees it (log scale)", values);
    let x = Axis::nines("Share of the included events that are faster");
    let (title, svg) =
        lines::draw(Lines { titles, x, y, lines, rules, note, inside: false, empty: "no event became visible" })?;
    Ok(Figure {
        name: "latency_percentiles",
        title,
        caption: "Each line says within what time a share of the included events was visible. To the right the axis \
                  spreads the slowest events: 90 %, 99 % and 99.9 % are equally far apart. Horizontal lines are the \
                  objectives on latency; the bound holds at the percentile that its label names, \
                  where the ring is."
            .to_owned(),
        svg,
    })
}

/// The line of an objective on the latency; `None` for any other.
pub(super) fn rule(objective: &crate::scenario::Objective) -> Option<Rule> {
    let percentile = match objective.of {
        Of::Measure => objective.measure.strip_prefix("latency_s.")?.to_owned(),
        Of::Events { share } => format!("p{}", (share * 1e8).round() / 1e6),
        Of::Days { .. } => return None,
    };
    let (Target::AtMost(at) | Target::AtLeast(at)) = objective.target;
    let usable = at.is_finite() && at > 0.0;
    let percentile = percentile.replace("p999", "p99.9");
    let mark =
        percentile.strip_prefix('p').and_then(|percent| percent.parse::<f64>().ok()).map(|percent| percent / 100.0);
    let whose = objective.pipeline.as_ref().map_or_else(String::new, |name| format!(", for {name}"));
    let label = || format!("{}: {percentile} {}{whose}", objective.name, verdict::bound(objective));
    usable.then(|| Rule { at, mark, label: label() })
}

fn percentile_line((place, pipeline): (usize, &PipelineOutcome)) -> Line {
    let measured = [(0.5, "p50"), (0.9, "p90"), (0.95, "p95"), (0.99, "p99"), (0.999, "p999")];
    let mut points = pipeline.curves.latency.clone();
    if points.is_empty() {
        let of = |name: &str| pipeline.get(&format!("latency_s.{name}")).value;
        points = measured.iter().filter_map(|(share, name)| Some((*share, of(name)?))).collect();
    }
    let marks = measured.iter().filter_map(|(share, _)| Some((*share, at(&points, *share)?))).collect();
    Line { name: pipeline.name.clone(), place, points, marks, band: None }
}

/// The value of a curve at `x`, between its points by a straight line; `None` outside.
fn at(points: &[(f64, f64)], x: f64) -> Option<f64> {
    let after = points.iter().position(|point| point.0 >= x)?;
    let (x1, y1) = *points.get(after)?;
    match after.checked_sub(1).and_then(|before| points.get(before)) {
        Some(&(x0, y0)) if x1 > x0 => Some(y0 + (y1 - y0) * (x - x0) / (x1 - x0)),
        None if x1 > x => None,
        _ => Some(y1),
    }
}

/// Share of events visible by age.
pub(super) fn visible_by_age(outcome: &Outcome) -> Result<Figure> {
    let (pipelines, note) = shown(outcome);
    let mut titles = visible_messages(pipelines);
    titles.push("Share of the events that is visible by age".to_owned());
    let mut lines: Vec<Line> = pipelines
        .iter()
        .enumerate()
        .map(|(place, pipeline)| {
            let points = pipeline.curves.visible_by_age.iter().copied().filter(|point| point.0 > 0.0).collect();
            Line { name: pipeline.name.clone(), place, points, marks: Vec::new(), band: None }
        })
        .collect();
    // What is visible stays visible: each line goes on to the largest age of all.
    let oldest = lines.iter().filter_map(|line| line.points.last()).map(|last| last.0).fold(0.0, f64::max);
    for line in &mut lines {
        if let Some(&(age, share)) = line.points.last()
            && age < oldest
        {
            line.points.push((oldest, share));
        }
    }
    let x = Axis::log_time(
        "Age: time since the event (log scale)",
        lines.iter().flat_map(|line| &line.points).map(|point| point.0),
    );
    let y = Axis::percent("Share of all true events that is visible");
    let (title, svg) = lines::draw(Lines {
        titles,
        x,
        y,
        lines,
        rules: Vec::new(),
        note,
        inside: true,
        empty: "no event became visible",
    })?;
    Ok(Figure {
        name: "visible_by_age",
        title,
        caption: "Each line says which share of all true events a reader can see at a given age. Where a line stays \
                  below 100 %, the rest was dropped as late or lost."
            .to_owned(),
        svg,
    })
}

/// What is visible at the age at which the pipelines differ most.
fn visible_messages(pipelines: &[PipelineOutcome]) -> Vec<String> {
    let share = |pipeline: &PipelineOutcome, age: f64| {
        let points = &pipeline.curves.visible_by_age;
        let last = points.last()?;
        let share = if age < points.first()?.0 { 0.0 } else { at(points, age).unwrap_or(last.1) };
        share.is_finite().then(|| round(share))
    };
    let spread = |age: f64| {
        let mut shares: Vec<f64> = pipelines.iter().filter_map(|pipeline| share(pipeline, age)).collect();
        shares.sort_by(f64::total_cmp);
        // The sum of distances to the middle: how far the pipelines lie apart as a whole. Where that
        // does not decide, neither nothing nor everything should be visible.
        let middle = shares.get(shares.len() / 2).copied().unwrap_or(0.0);
        shares.iter().map(|share| (share - middle).abs() + 0.1 * share * (1.0 - share)).sum::<f64>()
    };
    let ages = [1.0, 10.0, 60.0, 900.0, 3_600.0, 21_600.0, 86_400.0];
    let age = ages.into_iter().fold(1.0, |best, age| if spread(age) > spread(best) { age } else { best });
    let found: Vec<(f64, &str)> =
        pipelines.iter().filter_map(|pipeline| Some((share(pipeline, age)?, pipeline.name.as_str()))).collect();
    let each: Vec<String> =
        found.iter().map(|(share, name)| format!("{} ({name})", view::value(Unit::Share, *share))).collect();
    let range = verdict::range(Unit::Share, found.into_iter());
    let say = |shares: String| format!("Visible within {} of the event: {shares}", view::value(Unit::Seconds, age));
    (!each.is_empty()).then(|| each.join(", ")).into_iter().chain(range).map(say).collect()
}

/// To a tenth of a percent: a title needs no more.
fn round(share: f64) -> f64 {
    (share * 1_000.0).round() / 1_000.0
}

/// Mean latency by stage.
pub(super) fn stages(outcome: &Outcome) -> Result<Figure> {
    let (pipelines, note) = shown(outcome);
    let bars: Vec<Bar> = pipelines.iter().filter_map(bar).collect();
    let titles = vec![stage_message(&bars), "Mean latency by stage, as shares".to_owned()];
    let (title, svg) = bars::draw(&titles, &bars, note.as_deref())?;
    Ok(Figure {
        name: "latency_stages",
        title,
        caption:
            "Each bar is the mean latency of a pipeline, cut into the stages that every event passes; they add up \
                  exactly. All bars are equally long, because the latencies lie too far apart for one scale: the \
                  totals stand at the right."
                .to_owned(),
        svg,
    })
}

fn bar(pipeline: &PipelineOutcome) -> Option<Bar> {
    let stage = |name: &str| pipeline.get(&format!("stages_s.{name}")).value.filter(|value| value.is_finite());
    let parts = rows::STAGES.map(|name| stage(name).unwrap_or(0.0).max(0.0));
    let total: f64 = parts.iter().sum();
    (total > 0.0 && total.is_finite()).then(|| Bar { name: pipeline.name.clone(), parts, total })
}

/// Which stage takes most, for which pipelines.
fn stage_message(bars: &[Bar]) -> String {
    let mut parts = Vec::new();
    for (place, stage) in rows::STAGES.iter().enumerate() {
        let named: Vec<String> = bars
            .iter()
            .filter(|bar| bar.largest() == place)
            .map(|bar| format!("{} ({})", bar.name, percent(bar.share(place))))
            .collect();
        if !named.is_empty() {
            parts.push(format!("{stage} for {}", view::list(&named)));
        }
    }
    let only = |place: &usize| bars.iter().all(|bar| bar.largest() == *place);
    if bars.is_empty() {
        "Mean latency by stage".to_owned()
    } else if let Some((place, stage)) =
        (0..rows::STAGES.len()).find(only).and_then(|place| Some((place, rows::STAGES.get(place)?)))
    {
        let shares: Vec<String> =
            bars.iter().map(|bar| format!("{} ({})", percent(bar.share(place)), bar.name)).collect();
        format!("The stage “{stage}” is the largest part of the mean latency: {}", shares.join(", "))
    } else {
        format!("The largest part of the mean latency is {}", parts.join("; "))
    }
}

/// A share in whole percent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
