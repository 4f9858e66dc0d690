//! The figures: what each shows, as SVG, and SVG to PNG.
//!
//! `axis` maps values to pixels, `style` holds fonts, colours and dashes, `frame` draws axes, `lines` draws
//! every figure of lines, `bands` what turns too often for a line, `bars` the stacked bars; `latency`,
//! `resources` and `outage` say what goes into them. `continuum`, `hours`, `funnel`, `event_time` and `tail` (a fitted delay) draw themselves.

mod axis;
mod bands;
mod bars;
mod continuum;
mod days;
mod event_time;
mod frame;
mod funnel;
mod heat;
mod hours;
mod labels;
mod latency;
mod lines;
mod outage;
mod png;
mod resources;
mod scatter;
mod sizing;
mod style;
mod tail;

pub use axis::Axis;
pub use heat::{Heat, heat};
pub use png::png;
pub use scatter::{Dot, Scatter, scatter};
pub use sizing::{Curve, leaks, memory};
pub use tail::{Tail, TailFit, tail};

use crate::error::{Error, Result};
use crate::experiment::{Outcome, PipelineOutcome};

/// A drawn figure.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Stem of its files.
    pub name: &'static str,
    /// What it shows, as a message from the numbers.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// The drawing, 1600 × 900.
    pub svg: String,
}

/// Every figure of an outcome.
///
/// # Errors
/// When the drawing library fails, which no outcome makes it do.
pub fn figures(outcome: &Outcome) -> Result<Vec<Figure>> {
    let mut figures = vec![
        continuum::continuum(outcome)?,
        latency::percentiles(outcome)?,
        latency::stages(outcome)?,
        resources::data_age(outcome)?,
        latency::visible_by_age(outcome)?,
        resources::dedup_bytes(outcome)?,
        resources::load_by_hour(outcome)?,
    ];
    figures.extend(funnel::funnel(outcome)?);
    figures.extend(hours::latency_by_hour(outcome)?);
    figures.extend(outage::outage(outcome)?);
    figures.extend(days::completeness(outcome)?);
    figures.extend(outcome.slice.as_ref().map(|slice| event_time::event_time(outcome, slice)).transpose()?);
    Ok(figures)
}

/// How many pipelines one figure can show.
const MOST: usize = 16;

/// The pipelines that a figure shows, and what to say about the others.
fn shown(outcome: &Outcome) -> (&[PipelineOutcome], Option<String>) {
    let all = &outcome.pipelines;
    match all.get(..MOST) {
        Some(first) if all.len() > MOST => {
            (first, Some(format!("The first {MOST} of {} pipelines; the tables hold all.", all.len())))
        }
        _ => (all, None),
    }
}

/// A failure of the drawing library.
fn failed(error: impl std::fmt::Display) -> Error {
    Error::Model(format!("cannot draw a figure: {error}"))
}
