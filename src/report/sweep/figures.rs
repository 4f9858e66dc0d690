//! The figures of a sweep: frontiers and heat maps.

use super::{Report, capital};
use crate::decide::{MOVED, effects, frontier};
use crate::error::Result;
use crate::metrics::Unit;
use crate::report::charts::{self, Axis, Dot, Figure, Heat, Scatter};
use crate::report::page::PaperTable;
use crate::report::{rows, view};

/// Points of a frontier that are numbered and listed.
const NUMBERED: usize = 12;
/// File names of the heat maps.
const HEATS: [&str; 6] = ["heat_1", "heat_2", "heat_3", "heat_4", "heat_5", "heat_6"];

impl Report<'_> {
    /// Latency against another number, smaller being better in both.
    pub(super) fn frontier(
        &self,
        name: &'static str,
        path: &str,
        what: &str,
        number: impl Fn(f64) -> f64,
        axis: &dyn Fn(&[f64]) -> Axis,
    ) -> Result<(Figure, PaperTable)> {
        let time = if rows::unit(self.measure) == Unit::Seconds { self.measure } else { "latency_s.p95" };
        let series: Vec<String> = self
            .swept
            .points
            .first()
            .map_or_else(Vec::new, |point| point.pipelines.iter().map(|pipeline| pipeline.name.clone()).collect());
        let lanes: Vec<(usize, usize, f64, f64)> = self
            .swept
            .points
            .iter()
            .enumerate()
            .flat_map(|(place, point)| {
                let of = |(lane, pipeline): (usize, &crate::decide::PointPipeline)| {
                    Some((place, lane, pipeline.get(time).value?, number(pipeline.get(path).value?)))
                };
                point.pipelines.iter().enumerate().filter_map(of).collect::<Vec<_>>()
            })
            .collect();
        let pairs: Vec<(f64, f64)> = lanes.iter().map(|(_, _, x, y)| (*x, *y)).collect();
        let best = frontier(&pairs);
        let y = axis(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>());
        let (low, _) = y.bounds();
        let dots = lanes
            .iter()
            .enumerate()
            .map(|(place, (_, lane, x, y))| Dot {
                at: (*x, y.max(low)),
                series: *lane,
                hollow: false,
                label: best
                    .iter()
                    .take(NUMBERED)
                    .position(|other| *other == place)
                    .map(|number| (number + 1).to_string()),
            })
            .collect();
        let line = best.iter().filter_map(|place| pairs.get(*place)).map(|(x, y)| (*x, y.max(low))).collect();
        let unit = rows::unit(path);
        let mut table = PaperTable {
            caption: format!("On the frontier of {} and {what}, the fastest first.", rows::phrase(time)),
            head: ["No.", "pipeline", "set"].map(str::to_owned).to_vec(),
            rows: Vec::new(),
            left: 3,
        };
        table.head.extend([rows::phrase(time), what.to_owned()]);
        for (number, found) in best.iter().take(NUMBERED).filter_map(|place| lanes.get(*place)).enumerate() {
            let (place, lane, x, y) = found;
            table.rows.push(vec![
                (number + 1).to_string(),
                series.get(*lane).cloned().unwrap_or_default(),
                self.swept.grid.assignments(*place).join(", "),
                view::value(Unit::Seconds, *x),
                self.number(unit, Some(*y)),
            ]);
        }
        let ends = (best.first().and_then(|place| lanes.get(*place)), best.last().and_then(|place| lanes.get(*place)));
        let mut titles = Vec::new();
        if let (Some(fast), Some(slow)) = ends {
            let say = |lane: &(usize, usize, f64, f64)| {
                let name = series.get(lane.1).map_or("", String::as_str);
                format!("{} and {} ({name})", view::value(Unit::Seconds, lane.2), self.number(unit, Some(lane.3)))
            };
            titles.push(format!(
                "{} and {what}: {} of {} points are on the frontier, from {} to {}",
                capital(&rows::phrase(time)),
                best.len(),
                lanes.len(),
                say(fast),
                say(slow)
            ));
            titles.push(format!(
                "{} against {what}: {} points on the frontier",
                capital(&rows::phrase(time)),
                best.len()
            ));
        }
        titles.push(format!("{} against {what}", capital(&rows::phrase(time))));
        let figure = charts::scatter(Scatter {
            name,
            titles,
            caption:
                "Each mark is a pipeline at a point of the grid, at its mean over replications. The line connects \
                      those that no other beats in both numbers; the numbers are those of the table."
                    .to_owned(),
            x: Axis::log_time(
                &format!("{} (log scale)", capital(&rows::phrase(time))),
                pairs.iter().map(|pair| pair.0),
            ),
            y,
            series: &series,
            dots,
            line,
        })?;
        Ok((figure, table))
    }

    /// A heat map for each pipeline that moves with any of exactly two fields.
    pub(super) fn heats(&self) -> Result<Vec<Figure>> {
        let [up, across] = self.swept.grid.varied.as_slice() else { return Ok(Vec::new()) };
        let moved: Vec<String> = effects(self.swept)
            .iter()
            .filter(|effect| effect.measure == self.measure || !MOVED.contains(&self.measure))
            .map(|effect| effect.pipeline.clone())
            .collect();
        let names = self.swept.points.first().map_or(&[][..], |point| &point.pipelines);
        let shown = names.iter().map(|pipeline| pipeline.name.as_str()).filter(|name| moved.iter().any(|m| m == name));
        let unit = rows::unit(self.measure);
        let phrase = capital(&rows::phrase(self.measure));
        HEATS
            .iter()
            .zip(shown)
            .map(|(name, pipeline)| {
                let value = |row: usize, column: usize| {
                    let point = self.swept.points.get(row * across.values.len() + column)?;
                    point.pipeline(pipeline)?.get(self.measure).value.filter(|value| value.is_finite())
                };
                let cells: Vec<Vec<Option<f64>>> = (0..up.values.len())
                    .map(|row| (0..across.values.len()).map(|column| value(row, column)).collect())
                    .collect();
                let all: Vec<f64> = cells.iter().flatten().flatten().copied().collect();
                let (low, high) =
                    (all.iter().copied().fold(f64::INFINITY, f64::min), all.iter().copied().fold(0.0, f64::max));
                charts::heat(Heat {
                    name,
                    titles: vec![
                        format!(
                            "{phrase} of {pipeline}: from {} to {} over the grid",
                            view::value(unit, low),
                            view::value(unit, high)
                        ),
                        format!("{phrase} of {pipeline}"),
                    ],
                    caption: format!(
                        "{phrase} at each point of the grid, darker for more (by logarithm where it spans more than a \
                         decade)."
                    ),
                    across: (&across.path, &across.values),
                    up: (&up.path, &up.values),
                    unit,
                    cells,
                })
            })
            .collect()
    }
}
