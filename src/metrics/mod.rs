//! Facts to measures: what a pipeline reported, in the words of `summary.json`.
//!
//! A new measure takes a line in [`MEASURES`], its value in `results`, and a test.

mod by_hour;
mod collector;
mod complete;
mod correctness;
mod downstream;
mod days;
mod extra;
mod frame;
mod freshness;
mod funnel;
mod latency;
mod load;
mod operations;
mod people;
mod publications;
mod quality;
mod results;
mod session_errors;
mod sink;
mod slice;
mod stream;

pub use by_hour::{HourCell, pooled as pooled_hours};
pub use collector::Collector;
pub use days::{DayResult, MOST_DAYS};
pub use publications::{Publication, PublicationRows, PublishedRows};
pub use results::PipelineResult;
pub use slice::{Dot, Dots, Slice};
pub use stream::StreamMeter;

pub use crate::measure::{MEASURES, Measure, Unit, find};
