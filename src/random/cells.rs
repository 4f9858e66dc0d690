//! A density cut into cells of equal probability: one random word and a few operations for a sample.
//!
//! A word chooses a cell, a point in it, and whether the point stands under the density (von Neumann's rejection within
//! strips of a table: Ahrens 1995, "A one-table method for sampling from continuous and discrete distributions", Computing 54;
//! with cells of equal probability instead of equal strips). Within a cell the density hardly changes, so that most
//! points are accepted without computing it. What is computed is the density itself: samples follow the distribution exactly, not
//! a table of it. Unlike a ziggurat followed by an exponential function it needs neither.

use std::sync::LazyLock;

use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::unit_of;

/// Bits of a word that choose the cell, that are held against the density, and that place the point.
const CELL: u32 = 9;
const LEVEL: u32 = 16;
const POINT: u32 = 64 - CELL - LEVEL;
/// Number of cells, and of levels.
const CELLS: usize = 1 << CELL;
const LEVELS: f64 = (1_u32 << LEVEL) as f64;
/// Sigmas between which the lognormal distribution is cut: below, logarithms of what lies near 1 lose their digits; above, the
/// density changes too much within a cell.
const SIGMAS: std::ops::RangeInclusive<f64> = 1e-4..=4.0;

/// A density up to a factor, with a single mode.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Density {
    /// Of mean 1.
    Exponential,
    /// Of median 1, with this sigma.
    Lognormal(f64),
}

/// A cell: where it begins, and how wide it is for each step of a point.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    from: f64,
    step: f64,
}

/// A distribution of positive amounts in cells.
#[derive(Clone, Debug)]
pub struct Cells {
    density: Density,
    /// Times this.
    scale: f64,
    cells: Box<[Cell; CELLS]>,
    /// Levels below which any point of a cell stands under the density; 0 for the open cells at the ends.
    sure: Box<[u16; CELLS]>,
    /// For what is not sure.
    chords: Box<[Chord; CELLS]>,
    /// Where cells begin and end, unscaled.
    bounds: Box<[f64; CELLS + 1]>,
}

/// The straight line that is near the density within a cell, in levels; in few bytes, as caches are small.
#[derive(Clone, Copy, Debug, Default)]
struct Chord {
    /// At both ends.
    first: f32,
    last: f32,
    /// How far the density may be from it.
    off: f32,
}

impl Cells {
    /// The exponential distribution.
    #[must_use]
    pub fn exponential(mean: f64) -> Self {
        let share = |cell: usize| cell as f64 / CELLS as f64;
        Self::new(Density::Exponential, mean, |cell| -libm::log1p(-share(cell)))
    }

    /// The lognormal distribution; `None` for a sigma that it is not cut for.
    #[must_use]
    pub fn lognormal(median: f64, sigma: f64) -> Option<Self> {
        // The lower half; the upper mirrors it, so that no probability near 1 loses digits.
        let quantile = |cell: usize| if cell > CELLS / 2 { -QUANTILES[CELLS - cell] } else { QUANTILES[cell] };
        let bound = |cell: usize| libm::exp(sigma * quantile(cell));
        SIGMAS.contains(&sigma).then(|| Self::new(Density::Lognormal(sigma), median, bound))
    }

    fn new(density: Density, scale: f64, bound: impl Fn(usize) -> f64) -> Self {
        let mut made = Self {
            density,
            scale,
            cells: Box::new([Cell::default(); CELLS]),
            sure: Box::new([0; CELLS]),
            chords: Box::new([Chord::default(); CELLS]),
            bounds: Box::new([0.0; CELLS + 1]),
        };
        let mut from = 0.0;
        for cell in 0..CELLS {
            let to = if cell + 1 < CELLS { bound(cell + 1) } else { f64::INFINITY };
            made.cells[cell].from = from * scale;
            if density.is_bounded(cell) {
                made.cells[cell].step = (to - from) * scale / (1_u64 << POINT) as f64;
                let levels = LEVELS / density.most(from, to);
                let [first, last] = [from, to].map(|x| density.at(x) * levels);
                // The error of linear interpolation, and more than what is rounded to 24 bits.
                let off = (to - from) * (to - from) / 8.0 * density.bend(from, to) * LEVELS + 0.02;
                made.chords[cell] = Chord { first: first as f32, last: last as f32, off: off as f32 };
                // One less, for what is rounded.
                made.sure[cell] = (first.min(last) as u32).saturating_sub(1).min(u32::from(u16::MAX)) as u16;
            }
            made.bounds[cell + 1] = to;
            from = to;
        }
        made
    }

    /// Where a cell begins and ends, unscaled.
    fn ends(&self, cell: usize) -> (f64, f64) {
        (self.bounds[cell], self.bounds[cell + 1])
    }

    /// A sample.
    #[inline]
    pub(super) fn sample(&self, generator: &mut Xoshiro256PlusPlus) -> f64 {
        let word = generator.next_u64();
        self.sure(word).unwrap_or_else(|| self.unsure(word, generator))
    }

    /// The sample of a word, if the table does for it.
    #[inline]
    pub(super) fn sure(&self, word: u64) -> Option<f64> {
        let (cell, level, point) = parts(word);
        let Cell { from, step } = self.cells[cell];
        if level < self.sure[cell] { Some(from + step * point as f64) } else { None }
    }

    /// A sample for a word for which it does not.
    #[cold]
    #[inline(never)]
    pub(super) fn unsure(&self, mut word: u64, generator: &mut Xoshiro256PlusPlus) -> f64 {
        let (cell, _, _) = parts(word);
        if !self.density.is_bounded(cell) {
            let (from, to) = self.ends(cell);
            return self.scale * self.density.beyond(from, to, || unit_of(generator.next_u64()));
        }
        let Cell { from, step } = self.cells[cell];
        let [first, last, off] = {
            let Chord { first, last, off } = self.chords[cell];
            [first, last, off].map(f64::from)
        };
        loop {
            let (_, level, point) = parts(word);
            let (level, point) = (f64::from(level), point as f64);
            let value = from + step * point;
            // The line decides nearly always.
            let part = point / (1_u64 << POINT) as f64;
            let above = level - (first + (last - first) * part);
            if above + 1.0 <= -off || (above < off && self.is_under(cell, level, part, generator)) {
                return value;
            }
            word = generator.next_u64();
        }
    }

    /// Whether a place of a level, anywhere within it, is under the density at some part of a cell.
    fn is_under(&self, cell: usize, level: f64, part: f64, generator: &mut Xoshiro256PlusPlus) -> bool {
        let (from, to) = self.ends(cell);
        let level = (level + unit_of(generator.next_u64())) / LEVELS;
        level * self.density.most(from, to) <= self.density.at(from + (to - from) * part)
    }
}

impl Density {
    /// The density at a positive place, up to a factor.
    fn at(self, x: f64) -> f64 {
        match self {
            Self::Exponential => libm::exp(-x),
            Self::Lognormal(sigma) => {
                let z = libm::log(x) / sigma;
                libm::exp(-z * z / 2.0) / x
            }
        }
    }

    /// The most that it is between two places.
    fn most(self, from: f64, to: f64) -> f64 {
        let mode = match self {
            Self::Exponential => 0.0,
            Self::Lognormal(sigma) => libm::exp(-sigma * sigma),
        };
        self.at(mode.max(from).min(to))
    }

    /// A bound of the second derivative between two positive places, over the most that the density is there.
    fn bend(self, from: f64, to: f64) -> f64 {
        match self {
            Self::Exponential => 1.0,
            Self::Lognormal(sigma) => {
                // f'' = f (h² + h - 1/σ²) / x² with h = 1 + ln x / σ²; the least of the parabola is at -1/2.
                let inverse = 1.0 / (sigma * sigma);
                let parabola = |h: f64| (h * h + h - inverse).abs();
                let [low, high] = [from, to].map(|x| 1.0 + libm::log(x) * inverse);
                let least = parabola((-0.5_f64).max(low).min(high));
                parabola(low).max(parabola(high)).max(least) / (from * from)
            }
        }
    }

    /// Whether a cell has points that are equally far apart: not those that reach to zero or to infinity.
    fn is_bounded(self, cell: usize) -> bool {
        match self {
            Self::Exponential => cell + 1 < CELLS,
            Self::Lognormal(_) => cell > 0 && cell + 1 < CELLS,
        }
    }

    /// A sample of an open cell.
    fn beyond(self, from: f64, to: f64, mut unit: impl FnMut() -> f64) -> f64 {
        // In (0, 1].
        let mut unit = move || 1.0 - unit();
        match self {
            // It has no memory.
            Self::Exponential => from - libm::log(unit()),
            Self::Lognormal(sigma) if to.is_infinite() => libm::exp(sigma * normal_tail(libm::log(from) / sigma, unit)),
            Self::Lognormal(sigma) => libm::exp(-sigma * normal_tail(-libm::log(to) / sigma, unit)),
        }
    }
}

/// A cell, a level and a point.
#[inline]
fn parts(word: u64) -> (usize, u16, u64) {
    ((word >> (64 - CELL)) as usize, (word >> POINT) as u16, word & ((1 << POINT) - 1))
}

/// Where the standard normal's cells begin, from the first inner one to the middle. Found once: replications are many.
static QUANTILES: LazyLock<[f64; CELLS / 2 + 1]> =
    LazyLock::new(|| std::array::from_fn(|cell| normal_quantile(cell.max(1) as f64 / CELLS as f64)));

/// A quantile of the standard normal up to its median: Newton's method on the distribution function.
fn normal_quantile(below: f64) -> f64 {
    let (root_2, root_2pi) = (std::f64::consts::SQRT_2, libm::sqrt(2.0 * std::f64::consts::PI));
    let mut z = 0.0;
    // From 0 it comes down to the root from one side, as the function is convex there.
    for _ in 0..64 {
        let step = (libm::erfc(-z / root_2) / 2.0 - below) * root_2pi * libm::exp(z * z / 2.0);
        z -= step;
        if step.abs() < 1e-15 {
            break;
        }
    }
    z
}

/// A standard normal above a positive `from` (Marsaglia 1964, "Generating a variable from the tail of the normal distribution").
fn normal_tail(from: f64, mut unit: impl FnMut() -> f64) -> f64 {
    loop {
        let (past, level) = (-libm::log(unit()) / from, -libm::log(unit()));
        if 2.0 * level >= past * past {
            return from + past;
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// Chi-square of samples over bins of equal probability, with bins finer than cells: 3.3 standard deviations at most.
    fn check(cells: &Cells, below: impl Fn(f64) -> f64) {
        const BINS: usize = 5 * CELLS;
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(8);
        let mut counts = vec![0_u32; BINS];
        let samples = 400 * BINS;
        for _ in 0..samples {
            let value = cells.sample(&mut generator);
            assert!(value > 0.0 || matches!(cells.density, Density::Exponential));
            counts[((below(value / cells.scale) * BINS as f64) as usize).min(BINS - 1)] += 1;
        }
        let chi: f64 = counts.iter().map(|count| (f64::from(*count) - 400.0).powi(2) / 400.0).sum();
        let degrees = (BINS - 1) as f64;
        assert!((chi - degrees).abs() < 3.3 * (2.0 * degrees).sqrt(), "{:?}: {chi} of {degrees}", cells.density);
        // The open cells have their share, too: within and beyond them.
        for part in [0.02, 0.2, 1.0] {
            let ends = [1.0 - part / CELLS as f64, part / CELLS as f64];
            let mut outside = [0_u32; 2];
            for _ in 0..samples {
                let below = below(cells.sample(&mut generator) / cells.scale);
                outside[0] += u32::from(below > ends[0]);
                outside[1] += u32::from(below < ends[1]);
            }
            let want = samples as f64 * part / CELLS as f64;
            for got in outside.map(f64::from) {
                assert!((got - want).abs() < 3.9 * want.sqrt(), "{:?} {part}: {outside:?} {want}", cells.density);
            }
        }
    }

    #[test]
    fn samples_are_exponential() {
        check(&Cells::exponential(1_000.0), |x| -libm::expm1(-x));
    }

    #[test]
    fn samples_are_lognormal() {
        for sigma in [1e-4, 0.05, 0.5, 1.0, 2.5, 4.0] {
            let cells = Cells::lognormal(150_000.0, sigma).unwrap();
            check(&cells, |x| libm::erfc(-libm::log(x) / sigma / std::f64::consts::SQRT_2) / 2.0);
        }
        assert!([0.0, 1e-9, 4.1].iter().all(|sigma| Cells::lognormal(1.0, *sigma).is_none()));
    }

    #[test]
    fn the_straight_line_is_as_near_as_it_says() {
        let lognormal = [1e-4, 0.05, 0.5, 1.0, 2.5, 4.0].map(|sigma| Cells::lognormal(1.0, sigma).unwrap());
        for cells in lognormal.iter().chain([&Cells::exponential(1.0)]) {
            let mut near = 0;
            for cell in (0..CELLS).filter(|cell| cells.density.is_bounded(*cell)) {
                let (from, to) = cells.ends(cell);
                let levels = LEVELS / cells.density.most(from, to);
                let Chord { first, last, off } = cells.chords[cell];
                let [first, last, off] = [first, last, off].map(f64::from);
                for part in (0..=32).map(|part| f64::from(part) / 32.0) {
                    let is = cells.density.at(from + (to - from) * part) * levels;
                    let line = first + (last - first) * part;
                    assert!((is - line).abs() < off, "{:?} {cell}: {is} {line} {off}", cells.density);
                    assert!(is <= LEVELS + 0.01 && is >= f64::from(cells.sure[cell]), "{cell}: {is}");
                }
                near += usize::from(off < 10.0);
            }
            assert!(near > 200, "{:?}: {near}", cells.density);
        }
    }

    #[test]
    fn most_words_are_enough() {
        for cells in [Some(Cells::exponential(1.0)), Cells::lognormal(1.0, 1.0)].into_iter().flatten() {
            let sure: f64 = cells.sure.iter().map(|sure| f64::from(*sure) / LEVELS).sum();
            assert!(sure / CELLS as f64 > 0.975, "{:?}: {}", cells.density, sure / CELLS as f64);
        }
    }

    #[test]
    fn quantiles_are_those_of_the_normal() {
        for cell in 1..=CELLS / 2 {
            let (z, want) = (QUANTILES[cell], cell as f64 / CELLS as f64);
            let got = libm::erfc(-z / std::f64::consts::SQRT_2) / 2.0;
            assert!((got / want - 1.0).abs() < 1e-14, "{cell}: {z} {got} {want}");
        }
    }
}
