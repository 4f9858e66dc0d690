//! Runs all points of a grid.

use super::grid::Grid;
use super::point::Point;
use super::store::{Store, digest};
use crate::error::{Error, Result};
use crate::experiment::{How, in_parallel, run_as};
use crate::scenario::{Overrides, Scenario, load};
use crate::workload::Log;

/// A grid with the scenario of each of its points.
#[derive(Debug)]
pub struct Sweep {
    grid: Grid,
    scenarios: Vec<Scenario>,
    keys: Vec<String>,
}

/// What was found at each point.
#[derive(Clone, Debug)]
pub struct Swept {
    /// The grid.
    pub grid: Grid,
    /// Its points, in its order.
    pub points: Vec<Point>,
    /// How many were kept from before.
    pub kept: usize,
}

impl Sweep {
    /// Reads the scenario of each point; all see the seed of the scenario.
    ///
    /// # Errors
    /// [`Error::Input`] with the problems of the first point that has any, and the point; [`Error::Io`] when the
    /// scenario or its log cannot be read.
    pub fn new(scenario: &str, overrides: &Overrides, grid: Grid) -> Result<Self> {
        let mut scenarios = Vec::with_capacity(grid.len());
        let mut keys = Vec::with_capacity(grid.len());
        for point in 0..grid.len() {
            let mut set = overrides.set.clone();
            set.extend(grid.assignments(point));
            let found = load(scenario, &Overrides { set, ..overrides.clone() }).map_err(|error| match error {
                Error::Input(mut problems) => {
                    let here = grid.assignments(point).join(", ");
                    problems.iter_mut().for_each(|problem| problem.what = format!("{} (at {here})", problem.what));
                    Error::Input(problems)
                }
                other => other,
            })?;
            keys.push(digest(&found)?);
            scenarios.push(found);
        }
        Ok(Self { grid, scenarios, keys })
    }

    /// The scenario of the first point.
    #[must_use]
    pub fn first(&self) -> Option<&Scenario> {
        self.scenarios.first()
    }

    /// Simulated microseconds that are still to be run.
    #[must_use]
    pub fn work(&self, store: &Store, log: Option<&Log>) -> u64 {
        let open = self.scenarios.iter().zip(&self.keys).filter(|(_, key)| store.get(key).is_none());
        open.map(|(scenario, _)| crate::experiment::work(scenario, log)).fold(0, u64::saturating_add)
    }
}

/// Runs the points that the store does not hold, several at once, and keeps each as soon as it is done. `progress` is
/// told simulated microseconds. The result does not depend on `threads` (0: one for each core) nor on what was kept.
///
/// # Errors
/// Those of a run; [`Error::Io`] when a point cannot be kept.
pub fn sweep(
    sweep: &Sweep,
    log: Option<&Log>,
    store: &Store,
    threads: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Swept> {
    let points = in_parallel(threads, sweep.scenarios.len(), |place| {
        let (Some(scenario), Some(key)) = (sweep.scenarios.get(place), sweep.keys.get(place)) else {
            return Err(Error::Model("a point of the grid has no scenario".to_owned()));
        };
        if let Some(point) = store.get(key) {
            return Ok((point, true));
        }
        let (outcome, _) = run_as(scenario, log, How { threads: 1, ..How::default() }, progress)?;
        Ok((store.put(key, &Point::of(&outcome))?, false))
    })?;
    let kept = points.iter().filter(|(_, kept)| *kept).count();
    Ok(Swept { grid: sweep.grid.clone(), points: points.into_iter().map(|(point, _)| point).collect(), kept })
}
