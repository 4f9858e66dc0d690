//! Where a slice may lie.

use crate::scenario::Scenario;
use crate::units::{Instant, Period, Span};
use crate::workload::Grid;

/// Windows of a slice.
const WINDOWS: i64 = 4;
/// Windows of a slice around something that takes longer.
const MOST: i64 = 60;
/// Places spread over the measured period.
const PLACES: i64 = 8;
/// Things that happen at known times and are looked at.
const KNOWN: usize = 4;

/// Stretches of whole windows, by time and without overlap: one around each of the first outages and idle
/// times of the scenario, and some spread evenly over the measured period.
pub(in crate::metrics) fn candidates(scenario: &Scenario, grid: Grid, measured: Period) -> Vec<Period> {
    let workload = &scenario.workload;
    let outages = workload.network.outages.iter().map(|outage| (outage.from, outage.length + outage.drain));
    let idle = workload.partitions.idle.iter().map(|idle| (idle.from, idle.length));
    let known = outages.chain(idle).filter_map(|(from, length)| around(from, length, grid, measured)).take(KNOWN);
    let mut taken: Vec<Period> = Vec::new();
    for next in known.chain(spread(grid, measured)) {
        if taken.iter().all(|other| next.to <= other.from || other.to <= next.from) {
            taken.push(next);
        }
    }
    taken.sort_by_key(|period| period.from);
    taken
}

/// What happens from `from` on for `length`, with a quarter of that, and at least two windows, before and after
/// it. `None` outside the measured period.
fn around(from: Span, length: Span, grid: Grid, measured: Period) -> Option<Period> {
    let margin = Span((length.0 / 4).max(grid.size.0.saturating_mul(2)));
    let (from, to) = (Instant(0) + from - margin, Instant(0) + from + length + margin);
    let (first, last) = (grid.window_of(from), grid.window_of(to));
    let period = Period { from: grid.start(first.max(last + 1 - MOST)), to: grid.end(last) };
    (period.from >= measured.from && period.to <= measured.to).then_some(period)
}

/// Stretches in the middle of equal parts of the measured period; the window of its start when it holds no whole one.
fn spread(grid: Grid, measured: Period) -> impl Iterator<Item = Period> {
    let first = grid.window_of(measured.from - Span(1)) + 1;
    let whole = grid.window_of(measured.to) - first;
    let (first, whole) = if whole > 0 { (first, whole) } else { (grid.window_of(measured.from), 1) };
    let windows = whole.min(WINDOWS);
    (0..PLACES).map(move |place| {
        let from = first + (whole - windows) * (2 * place + 1) / (2 * PLACES);
        Period { from: grid.start(from), to: grid.end(from + windows - 1) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { origin: Instant(0), size: Span(10), slide: Span(10) };

    fn of(from: i64, to: i64) -> Vec<(i64, i64)> {
        let measured = Period { from: Instant(from), to: Instant(to) };
        spread(GRID, measured).map(|period| (period.from.0, period.to.0)).collect()
    }

    #[test]
    fn places_are_whole_windows_of_the_measured_period() {
        let wide = of(5, 8_005);
        assert!(wide.iter().all(|(from, to)| from % 10 == 0 && to - from == 40 && *from >= 10 && *to <= 8_000));
        assert!(wide.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert_eq!(of(0, 30), [(0, 30); 8]);
        assert_eq!(of(12, 17), [(10, 20); 8]);
    }

    #[test]
    fn an_outage_is_shown_with_what_comes_before_and_after() {
        let measured = Period { from: Instant(0), to: Instant(10_000) };
        let at = |from, length| around(Span(from), Span(length), GRID, measured);
        assert_eq!(at(205, 40), Some(Period { from: Instant(180), to: Instant(270) }));
        // The end of a long one is what matters.
        assert_eq!(at(205, 4_000), Some(Period { from: Instant(4_610), to: Instant(5_210) }));
        assert_eq!(at(9_990, 40), None);
        assert_eq!(at(0, 40), None);
    }
}
