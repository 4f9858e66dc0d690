//! Facts to measures.

pub use crate::measure::{MEASURES, Measure, Unit, find};
