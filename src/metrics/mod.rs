//! Facts to measures.

mod measure;

pub use measure::{MEASURES, Measure, Unit, find};
