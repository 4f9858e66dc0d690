//! Which knob moves which measure, and which points nobody beats.

use super::sweep::Swept;
use crate::experiment::Estimate;

/// The measures that are looked at.
pub const MOVED: [&str; 10] = [
    "latency_s.p50",
    "latency_s.p95",
    "freshness_s.data_age_mean",
    "correctness.completeness_first",
    "correctness.completeness_final",
    "correctness.overcount",
    "state.dedup_bytes_peak",
    "state.working_set_bytes_peak",
    "compute.core_hours",
    "cost.total_per_day",
];

/// What a field does to a measure: its main effect over the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Place of the field in the grid.
    pub field: usize,
    /// Pipeline.
    pub pipeline: String,
    /// Path of the measure.
    pub measure: &'static str,
    /// Mean of the measure over all points with each value of the field, in their order.
    pub means: Vec<f64>,
    /// Share of the measure's variance over the grid that the field by itself explains, 0 to 1.
    pub share: f64,
    /// Whether the means differ by no more than half of the widest interval at a point.
    pub within_chance: bool,
}

impl Effect {
    /// The places of the smallest and the largest mean.
    #[must_use]
    pub fn extremes(&self) -> (usize, usize) {
        let by = |a: &(usize, &f64), b: &(usize, &f64)| a.1.total_cmp(b.1);
        let least = self.means.iter().enumerate().min_by(by).map_or(0, |(place, _)| place);
        let most = self.means.iter().enumerate().max_by(by).map_or(0, |(place, _)| place);
        (least, most)
    }
}

/// The effect of each field on each measure of each pipeline that it moves at all; the strongest first within a
/// pipeline and measure. Pipelines are those of the first point.
#[must_use]
pub fn effects(swept: &Swept) -> Vec<Effect> {
    let Some(first) = swept.points.first() else { return Vec::new() };
    let mut effects = Vec::new();
    for pipeline in &first.pipelines {
        for measure in MOVED {
            let at = |point: usize| swept.points.get(point).and_then(|point| point.pipeline(&pipeline.name));
            let found: Vec<Estimate> = (0..swept.points.len())
                .map(|point| at(point).map(|found| found.get(measure)).unwrap_or_default())
                .collect();
            let values: Option<Vec<f64>> = found.iter().map(|estimate| estimate.value).collect();
            let Some(values) = values else { continue };
            let half = |estimate: &Estimate| Some((estimate.high? - estimate.low?) / 2.0);
            let noise = found.iter().filter_map(half).fold(0.0, f64::max);
            let mut of_measure: Vec<Effect> = (0..swept.grid.varied.len())
                .filter_map(|field| effect(swept, field, &values, noise))
                .map(|effect| Effect { pipeline: pipeline.name.clone(), measure, ..effect })
                .collect();
            of_measure.sort_by(|a, b| b.share.total_cmp(&a.share));
            effects.extend(of_measure);
        }
    }
    effects
}

fn effect(swept: &Swept, field: usize, values: &[f64], noise: f64) -> Option<Effect> {
    let levels = swept.grid.varied.get(field)?.values.len();
    let mut sums = vec![(0.0, 0.0); levels];
    for (point, value) in values.iter().enumerate() {
        let cell = sums.get_mut(*swept.grid.places(point).get(field)?)?;
        *cell = (cell.0 + value, cell.1 + 1.0);
    }
    let means: Vec<f64> = sums.iter().map(|(sum, count)| if *count > 0.0 { sum / count } else { 0.0 }).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let between: f64 = means.iter().zip(&sums).map(|(level, (_, count))| count * (level - mean).powi(2)).sum();
    let all: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let spread =
        means.iter().copied().fold(f64::NEG_INFINITY, f64::max) - means.iter().copied().fold(f64::INFINITY, f64::min);
    // What differs by rounding alone does not move.
    let moves = spread > 1e-9 * mean.abs().max(f64::MIN_POSITIVE) && all > 0.0;
    moves.then(|| Effect {
        field,
        pipeline: String::new(),
        measure: "",
        means,
        share: between / all,
        within_chance: spread <= noise,
    })
}

/// The places of the pairs that no other pair beats in both numbers, smaller being better; by rising first number.
#[must_use]
pub fn frontier(pairs: &[(f64, f64)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pairs.len())
        .filter(|place| pairs.get(*place).is_some_and(|(x, y)| x.is_finite() && y.is_finite()))
        .collect();
    let pair = |place: usize| pairs.get(place).copied().unwrap_or((f64::INFINITY, f64::INFINITY));
    order.sort_by(|a, b| {
        let (a, b) = (pair(*a), pair(*b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let mut best = f64::INFINITY;
    order.retain(|place| {
        let beats = pair(*place).1 < best;
        best = best.min(pair(*place).1);
        beats
    });
    order
}

#[cfg(test)]
mod tests {
    use super::super::{Grid, Point, PointPipeline, Vary};
    use super::*;
    use crate::metrics::MEASURES;

    #[test]
    fn the_frontier_is_what_nobody_beats() {
        let pairs = [(1.0, 9.0), (2.0, 9.0), (3.0, 4.0), (2.5, 5.0), (9.0, 4.0), (f64::NAN, 0.0), (10.0, 1.0)];
        assert_eq!(frontier(&pairs), [0, 3, 2, 6]);
        assert!(frontier(&[]).is_empty());
    }

    /// Latency = 10 a + b + noise-free; cost does not move.
    #[test]
    fn the_knob_that_moves_more_explains_more() {
        let grid = Grid::new(vec![Vary::parse("a=1,2,3").unwrap(), Vary::parse("b=0,1").unwrap()]).unwrap();
        let point = |point: usize| {
            let places = grid.places(point);
            let latency = 10.0 * (places[0] + 1) as f64 + places[1] as f64;
            let measures = MEASURES.iter().map(|measure| match measure.path {
                "latency_s.p95" => {
                    Estimate { value: Some(latency), low: Some(latency - 2.0), high: Some(latency + 2.0) }
                }
                "cost.total_per_day" => Estimate { value: Some(7.0), low: None, high: None },
                _ => Estimate::default(),
            });
            Point {
                pipelines: vec![PointPipeline {
                    name: "p".into(),
                    model: "batch".into(),
                    measures: measures.collect(),
                }],
                verdicts: Vec::new(),
            }
        };
        let points = (0..6).map(point).collect();
        let found = effects(&Swept { grid, points, kept: 0 });
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((found[0].field, found[0].measure, found[0].extremes()), (0, "latency_s.p95", (0, 2)));
        assert_eq!(found[0].means, [10.5, 20.5, 30.5]);
        // Between: 2·(10² + 0 + 10²) of 400 + 6·0.25.
        assert!((found[0].share - 400.0 / 401.5).abs() < 1e-12 && !found[0].within_chance);
        assert!((found[1].share - 1.5 / 401.5).abs() < 1e-12 && found[1].within_chance);
    }
}
