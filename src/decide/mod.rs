//! From simulations to decisions: grids of scenarios, what a knob moves, what state takes, and which pipeline to build.
//!
//! Every point of a grid is a whole scenario, run with the same seed: all see the same random numbers, so that a
//! difference between two points is a paired one. Finished points are kept in a [`Store`].

mod grid;
pub mod plan;
mod point;
mod sensitivity;
mod size;
mod store;
mod sweep;

pub use grid::{Grid, MOST_POINTS, Vary};
pub use point::{Point, PointPipeline, PointVerdict};
pub use sensitivity::{Effect, MOVED, effects, frontier};
pub use size::{Capacity, MOST_TTLS, Size, SizeRow, size};
pub use store::{Store, digest};
pub use sweep::{Sweep, Swept, sweep};
