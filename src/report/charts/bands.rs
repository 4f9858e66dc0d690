//! Bands: what is drawn of a curve that goes up and down more often than a plot can show.

use std::collections::BTreeMap;

use super::axis::Axis;

/// Parts of the x axis of which each has a lowest and a highest value.
const BINS: usize = 120;
/// A curve that turns more often than this over the plot becomes a band.
const MOST_TURNS: usize = 100;
/// What counts as a turn, as a share of the plot's height: less is hardly wider than a line.
const TURN: f64 = 0.01;

/// The range of a curve along the x axis, in shares of the plot's width and height.
#[derive(Clone, Debug)]
pub(super) struct Band {
    /// From left to right: x, low, high.
    pub edges: Vec<[f64; 3]>,
}

impl Band {
    /// The band that holds all of a curve, whose points go from left to right; `None` when a line
    /// can show it.
    pub fn of(points: &[(f64, f64)], x: &Axis, y: &Axis) -> Option<Self> {
        let places: Vec<(f64, f64)> = points.iter().map(|point| (x.place(point.0), y.place(point.1))).collect();
        if turns(&places) <= MOST_TURNS {
            return None;
        }
        let (first, last) = (places.first()?.0, places.last()?.0);
        let bins = extents(&places);
        let extents: Vec<(f64, f64)> = bins.values().copied().collect();
        let mut edges: Vec<[f64; 3]> = bins
            .keys()
            .zip(calm(&extents))
            .map(|(bin, (low, high))| [(*bin as f64 + 0.5) / BINS as f64, low, high])
            .collect();
        // The outer bins reach as far as the curve, not just to their middles.
        let (mut start, mut end) = (*edges.first()?, *edges.last()?);
        (start[0], end[0]) = (first, last);
        edges.retain(|edge| edge[0] > first && edge[0] < last);
        edges.insert(0, start);
        edges.push(end);
        Some(Self { edges })
    }

    /// The middle of its right end: on a log scale the geometric one.
    pub fn end(&self) -> Option<(f64, f64)> {
        self.edges.last().map(|[x, low, high]| (*x, (low + high) / 2.0))
    }
}

/// How often a curve turns, small wiggles aside.
fn turns(places: &[(f64, f64)]) -> usize {
    let (mut count, mut sign) = (0, 1.0);
    let mut furthest = places.first().map_or(0.0, |place| place.1);
    for (_, y) in places {
        let gain = (y - furthest) * sign;
        if gain > 0.0 {
            furthest = *y;
        } else if -gain >= TURN {
            (count, sign, furthest) = (count + 1, -sign, *y);
        }
    }
    count
}

/// The lowest and the highest place in each bin, with those where the curve enters and leaves it:
/// a curve that crosses a bin without a point in it is there too.
fn extents(places: &[(f64, f64)]) -> BTreeMap<usize, (f64, f64)> {
    let bin = |x: f64| ((x * BINS as f64) as usize).min(BINS - 1);
    let mut out: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    let mut hold = |bin: usize, y: f64| {
        let extent = out.entry(bin).or_insert((y, y));
        *extent = (extent.0.min(y), extent.1.max(y));
    };
    let before = places.iter().take(1).chain(places);
    for (from, to) in before.zip(places) {
        for border in bin(from.0) + 1..=bin(to.0) {
            let y = from.1 + (to.1 - from.1) * (border as f64 / BINS as f64 - from.0) / (to.0 - from.0);
            hold(border - 1, y);
            hold(border, y);
        }
        hold(bin(to.0), to.1);
    }
    out
}

/// Calm edges that still hold every extent: each widened to its neighbours', then the mean of
/// three, of which each holds the one in the middle.
fn calm(extents: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let widened = by_three(extents, |near| {
        near.iter().copied().reduce(|all, next| (all.0.min(next.0), all.1.max(next.1))).unwrap_or_default()
    });
    by_three(&widened, |near| {
        let sum = near.iter().fold((0.0, 0.0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
        (sum.0 / near.len() as f64, sum.1 / near.len() as f64)
    })
}

/// Each place with its two neighbours, made one.
fn by_three(extents: &[(f64, f64)], one: impl Fn(&[(f64, f64)]) -> (f64, f64)) -> Vec<(f64, f64)> {
    let near = |place: usize| extents.get(place.saturating_sub(1)..extents.len().min(place + 2)).unwrap_or_default();
    (0..extents.len()).map(|place| one(near(place))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes() -> (Axis, Axis) {
        (Axis::clock(0.0, 86_400.0), Axis::log_time("", [1.0, 86_400.0].into_iter()))
    }

    /// Ages that grow for `period` seconds, with noise at the low end.
    fn sawtooth(period: u32) -> Vec<(f64, f64)> {
        let tooth = |number: u32| {
            let low = f64::from(number * 7 % 5 + 2);
            let from = f64::from(number * period);
            [(from, low), (from + f64::from(period) - 1e-3, low + f64::from(period))]
        };
        (0..86_400 / period).flat_map(tooth).collect()
    }

    #[test]
    fn dense_teeth_become_a_band_that_holds_them() {
        let (x, y) = axes();
        assert!(Band::of(&sawtooth(3_600), &x, &y).is_none());
        let dense = sawtooth(60);
        let band = Band::of(&dense, &x, &y).unwrap();
        assert!(band.edges.len() <= BINS + 2 && band.edges.windows(2).all(|pair| pair[0][0] < pair[1][0]));
        let (lowest, highest) = (y.place(2.0), y.place(66.0));
        for [_, low, high] in &band.edges {
            assert!((low - lowest).abs() < 1e-9 && (high - highest).abs() < 1e-3, "{low} {high}");
        }
        let (end, middle) = band.end().unwrap();
        assert!(end > 0.999 && (middle - y.place((2.0_f64 * 66.0).sqrt())).abs() < 1e-3, "{end} {middle}");
    }

    #[test]
    fn an_outage_leaves_no_hole() {
        let (x, y) = axes();
        let mut points = sawtooth(60);
        points.retain(|point| !(30_000.0..45_000.0).contains(&point.0));
        let band = Band::of(&points, &x, &y).unwrap();
        assert!(band.edges.windows(2).all(|pair| pair[1][0] - pair[0][0] < 1.01 / BINS as f64));
    }

    #[test]
    fn wiggles_and_odd_curves_stay_lines() {
        let (x, y) = axes();
        let wiggles: Vec<(f64, f64)> = (0..2_000).map(|i| (f64::from(i), 60.0 + f64::from(i % 2))).collect();
        for points in [wiggles, Vec::new(), vec![(1.0, 1.0)], vec![(5.0, 0.0); 500]] {
            assert!(Band::of(&points, &x, &y).is_none());
        }
    }

    proptest::proptest! {
        #[test]
        fn no_extent_is_cut(extents in proptest::collection::vec((0.0..0.5_f64, 0.5..1.0_f64), 0..40)) {
            let calm = calm(&extents);
            assert_eq!(calm.len(), extents.len());
            for (inner, outer) in extents.iter().zip(calm) {
                assert!(outer.0 <= inner.0 + 1e-12 && outer.1 >= inner.1 - 1e-12);
            }
        }
    }
}
