//! Figures over time: age of the data, memory of dedup state, load by the hour.

use std::collections::BTreeMap;

use super::axis::Axis;
use super::bands::Band;
use super::lines::{self, Line, Lines};
use super::{Figure, shown};
use crate::error::Result;
use crate::experiment::{Outcome, PipelineOutcome};
use crate::metrics::Unit;
use crate::report::{verdict, view};
use crate::units::{DAY, Instant, SECOND};

/// Seconds in a day.
const DAY_S: f64 = 86_400.0;
/// Columns that a curve is thinned to: about one a pixel.
const COLUMNS: f64 = 1_200.0;

/// Seconds from midnight UTC to the start of the measurement.
pub(super) fn start_of_day(outcome: &Outcome) -> f64 {
    let measured = outcome.start.at(Instant(outcome.scenario.warmup.0));
    measured.0.as_microsecond().rem_euclid(DAY) as f64 / SECOND as f64
}

/// A title that names each pipeline, one that names the extremes, and a plain one.
fn messages(outcome: &Outcome, path: &str, say: impl Fn(String) -> String, plain: &str) -> Vec<String> {
    let each = verdict::each(outcome, path).map(&say);
    let extremes = verdict::extremes(outcome, path).map(&say);
    each.into_iter().chain(extremes).chain([plain.to_owned()]).collect()
}

/// The same for numbers already in words.
fn told(say: &str, each: &[String], range: Option<String>) -> Vec<String> {
    let each = (!each.is_empty()).then(|| each.join(", "));
    each.into_iter().chain(range).map(|numbers| format!("{say} {numbers}")).collect()
}

/// Data age over the first day.
pub(super) fn data_age(outcome: &Outcome) -> Result<Figure> {
    let (pipelines, note) = shown(outcome);
    let titles = messages(
        outcome,
        "freshness_s.data_age_mean",
        |ages| format!("On average the newest data is {}", ages.replacen(" (", " old (", 1)),
        "Age of the newest visible data",
    );
    let length = outcome.measured_s.min(DAY_S);
    let mut lines: Vec<Line> = lines_of(pipelines, |pipeline| {
        let first_day = pipeline.curves.data_age.iter().copied().filter(|(time, _)| (0.0..=length).contains(time));
        thinned(first_day, length)
    });
    let y = Axis::log_time(
        "Age of the newest visible data (log scale)",
        lines.iter().flat_map(|line| &line.points).map(|point| point.1),
    );
    let x = Axis::clock(start_of_day(outcome), length);
    for line in &mut lines {
        line.band = Band::of(&line.points, &x, &y);
    }
    let bands = lines.iter().any(|line| line.band.is_some());
    let (title, svg) = lines::draw(Lines {
        titles,
        x,
        y,
        lines,
        rules: Vec::new(),
        note,
        inside: false,
        empty: "nothing was published in the first day",
    })?;
    Ok(Figure {
        name: "data_age",
        title,
        caption: format!(
            "How old the newest visible event is, over the first day measured. Each drop is a publication; between \
             two of them the data ages a second each second.{}",
            if bands { " A band holds the ages of a pipeline that publishes too often to draw each drop." } else { "" }
        ),
        svg,
    })
}

/// What an id takes in each pipeline, and where that is from.
fn bytes_of_ids(outcome: &Outcome) -> String {
    let mut parts: Vec<(String, Vec<&str>)> = Vec::new();
    for pipeline in &outcome.scenario.pipelines {
        let part = match (&pipeline.dedup, pipeline.store) {
            (None, _) => continue,
            (Some(dedup), Some(store)) => {
                let origin = store.origin(pipeline.bytes_per_id, dedup).map(|from| format!("{}, {from}", store.name()));
                let origin = origin.unwrap_or_else(|| "as the scenario says".to_owned());
                format!("{} bytes ({origin})", pipeline.bytes_per_id)
            }
            (Some(_), None) => "none of its own, the filters have a fixed size".to_owned(),
        };
        match parts.iter_mut().find(|(other, _)| *other == part) {
            Some((_, names)) => names.push(&pipeline.name),
            None => parts.push((part, vec![&pipeline.name])),
        }
    }
    if parts.is_empty() {
        return String::new();
    }
    let parts: Vec<String> = parts.iter().map(|(part, names)| format!("{}: {part}", names.join(", "))).collect();
    format!(" What an id takes: {}.", parts.join("; "))
}

/// Memory of dedup state over the measured period.
pub(super) fn dedup_bytes(outcome: &Outcome) -> Result<Figure> {
    let (pipelines, note) = shown(outcome);
    let holds = |pipeline: &PipelineOutcome| pipeline.curves.dedup_bytes.iter().any(|(_, bytes)| *bytes > 0.0);
    let mut lines =
        lines_of(pipelines, |pipeline| thinned(pipeline.curves.dedup_bytes.iter().copied(), outcome.measured_s));
    lines.retain(|line| pipelines.get(line.place).is_some_and(holds));
    let without: Vec<String> =
        pipelines.iter().filter(|pipeline| !holds(pipeline)).map(|pipeline| pipeline.name.clone()).collect();
    let peaks = pipelines
        .iter()
        .filter(|pipeline| holds(pipeline))
        .filter_map(|pipeline| Some((pipeline.get("state.dedup_bytes_peak").value?, pipeline.name.as_str())));
    let peaks: Vec<(f64, &str)> = peaks.collect();
    let each: Vec<String> =
        peaks.iter().map(|(peak, name)| format!("{} ({name})", view::value(Unit::Bytes, *peak))).collect();
    let mut titles = told(
        "Remembering ids to recognise duplicates takes up to",
        &each,
        verdict::range(Unit::Bytes, peaks.into_iter()),
    );
    titles.push("Memory that remembers ids in order to recognise duplicates".to_owned());
    let none =
        (!without.is_empty() && !lines.is_empty()).then(|| format!("No state between runs: {}", without.join(", ")));
    let y = Axis::from_zero(
        "Memory of dedup state",
        Unit::Bytes,
        lines.iter().flat_map(|line| &line.points).map(|point| point.1),
    );
    let (title, svg) = lines::draw(Lines {
        titles,
        x: Axis::clock(start_of_day(outcome), outcome.measured_s),
        y,
        lines,
        rules: Vec::new(),
        note: none.or(note),
        inside: false,
        empty: "no pipeline holds ids from one record or run to the next",
    })?;
    Ok(Figure {
        name: "dedup_bytes",
        title,
        caption: format!(
            "Memory held in order to recognise duplicates, in the first replication.{}{}",
            if without.is_empty() {
                String::new()
            } else {
                format!(" Nothing is held from run to run by {}.", view::list(&without))
            },
            bytes_of_ids(outcome)
        ),
        svg,
    })
}

/// Busy cores by hour of the day.
pub(super) fn load_by_hour(outcome: &Outcome) -> Result<Figure> {
    let (pipelines, note) = shown(outcome);
    let busiest: Vec<(usize, f64, &str)> = pipelines
        .iter()
        .filter_map(|pipeline| {
            let load = pipeline.load_by_hour.iter().enumerate().filter_map(|(hour, load)| Some((hour, load.value?)));
            let (hour, cores) = load.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
            (cores > 0.0).then_some((hour, cores, pipeline.name.as_str()))
        })
        .collect();
    let each: Vec<String> = busiest
        .iter()
        .map(|(hour, cores, name)| format!("{} at {hour:02}:00 ({name})", view::value(Unit::Cores, *cores)))
        .collect();
    let range = verdict::range(Unit::Cores, busiest.iter().map(|(_, cores, name)| (*cores, *name)));
    let mut titles = told("Busy cores in the busiest hour:", &each, range);
    titles.push("Busy cores by hour of the day".to_owned());
    let mut lines = lines_of(pipelines, |pipeline| {
        let load = pipeline.load_by_hour.iter().enumerate();
        let steps = load.filter_map(|(hour, load)| Some((hour as f64 * 3_600.0, load.value?)));
        steps.flat_map(|(from, cores)| [(from, cores), (from + 3_600.0, cores)]).collect()
    });
    if busiest.is_empty() {
        lines.clear();
    }
    let y = Axis::from_zero(
        "Busy cores, mean of the hour",
        Unit::Cores,
        lines.iter().flat_map(|line| &line.points).map(|point| point.1),
    );
    let (title, svg) = lines::draw(Lines {
        titles,
        x: Axis::clock(0.0, DAY_S),
        y,
        lines,
        rules: Vec::new(),
        note,
        inside: false,
        empty: "no pipeline was busy",
    })?;
    Ok(Figure {
        name: "load_by_hour",
        title,
        caption:
            "Mean number of busy cores in each hour of the UTC day. Cores that are reserved and idle do not count \
                  here; the cost counts them."
                .to_owned(),
        svg,
    })
}

pub(super) fn lines_of(
    pipelines: &[PipelineOutcome],
    points: impl Fn(&PipelineOutcome) -> Vec<(f64, f64)>,
) -> Vec<Line> {
    let line = |(place, pipeline): (usize, &PipelineOutcome)| Line {
        name: pipeline.name.clone(),
        place,
        points: points(pipeline),
        marks: Vec::new(),
        band: None,
    };
    pipelines.iter().enumerate().map(line).collect()
}

/// At most the first, lowest, highest and last point of each column, in their order: a sawtooth
/// keeps its teeth.
pub(super) fn thinned(points: impl Iterator<Item = (f64, f64)>, length: f64) -> Vec<(f64, f64)> {
    let mut columns: BTreeMap<i64, Vec<(f64, f64)>> = BTreeMap::new();
    for point in points.filter(|point| point.0.is_finite() && point.1.is_finite()) {
        let column = (point.0 / length.max(1e-9) * COLUMNS) as i64;
        columns.entry(column).or_default().push(point);
    }
    columns.into_values().flat_map(|column| extremes_of(&column)).collect()
}

fn extremes_of(column: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let by_value = |a: &usize, b: &usize| {
        let value = |place: &usize| column.get(*place).map_or(0.0, |point| point.1);
        value(a).total_cmp(&value(b))
    };
    let lowest = (0..column.len()).min_by(by_value);
    let highest = (0..column.len()).max_by(by_value);
    let mut kept: Vec<usize> = [Some(0), lowest, highest, column.len().checked_sub(1)].into_iter().flatten().collect();
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().filter_map(|place| column.get(place).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_teeth() {
        let sawtooth: Vec<(f64, f64)> = (0..100_000).map(|i| (f64::from(i), f64::from(i % 7_000))).collect();
        let thin = thinned(sawtooth.iter().copied(), 100_000.0);
        assert!(thin.len() <= 4 * 1_201, "{}", thin.len());
        let highest = |points: &[(f64, f64)]| points.iter().map(|point| point.1).fold(0.0, f64::max);
        assert_eq!(highest(&thin), highest(&sawtooth));
        assert!(thin.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(thinned(std::iter::empty(), 0.0).is_empty());
    }
}
