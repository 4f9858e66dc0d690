//! From a log to the scenario that would have made it: rate, delays, duplicates, keys, disorder.
//!
//! `observe` reads the log once, in order of arrival, into counts, histograms and bounded samples; what
//! follows takes only those. `rate`, `keys`, `duplicates` and `disorder` each look at one thing;
//! `candidates` fits every family of distributions to a column of amounts (`cells` are its likelihood,
//! `maximum` and `mixture` its climbs, `table` is what is left when no family is good). `fragment`, `json`
//! and `figure` are the forms in which it is handed on.

mod candidates;
mod cells;
mod conclude;
mod disorder;
mod duplicates;
mod figure;
mod fragment;
mod json;
mod keys;
mod maximum;
mod mixture;
mod observe;
mod rate;
mod sample;
pub mod shape;
mod table;
mod toml_text;

pub use candidates::{Candidate, Effort, Fitted, GOOD, TWO, fit as fit_amounts};
pub use cells::Blur;
pub use disorder::WatermarkBound;
pub use figure::figure;
pub use fragment::fragment;
pub use json::json;
pub use keys::Skew;
pub use rate::Rate;

use crate::error::Result;
use crate::units::{Span, UtcInstant};
use crate::workload::Log;

/// What a log says about the stream that made it.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The log, as it was named.
    pub name: String,
    /// The midnight before the first event.
    pub start: UtcInstant,
    /// The first event after it.
    pub first_event: Span,
    /// Deliveries.
    pub deliveries: u64,
    /// When events happen.
    pub rate: Rate,
    /// How unequal keys are; `None` for a log of one key.
    pub keys: Option<Skew>,
    /// Payload bytes; `None` when the log has none.
    pub payload: Option<Fitted>,
    /// What needs arrivals; `None` for a log without.
    pub arrivals: Option<Arrivals>,
    /// Duplicates with the event time of the first delivery; `None` without any.
    pub retry: Option<Again>,
    /// Duplicates with another event time; `None` without any.
    pub repeat: Option<Again>,
}

/// What arrivals say.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// Delays of first deliveries, microseconds.
    pub delay: Fitted,
    /// The steps in which event times and arrivals are written, microseconds.
    pub steps: [i64; 2],
    /// Shares of first deliveries that are later than a time.
    pub later: Vec<(Span, f64)>,
    /// Percentiles of the delay: of a sample of 200,000, to within 0.4 % beyond.
    pub percentiles: Vec<(f64, Span)>,
    /// The longest delay.
    pub longest: Span,
    /// Share of deliveries with an event time below the largest before them.
    pub out_of_order: f64,
    /// How far first deliveries are behind the newest event time, percentiles.
    pub behind: Vec<(f64, Span)>,
    /// The furthest.
    pub furthest: Span,
    /// Watermark bounds that would have dropped 1 %, 0.1 % and 0.01 %.
    pub bounds: Vec<WatermarkBound>,
    /// Whether percentiles behind and bounds are exact, and not to within 0.4 %.
    pub exact: bool,
    /// Delays and the share of first deliveries that is later, for the figure.
    pub tail: Vec<(f64, f64)>,
}

/// Ids delivered again.
#[derive(Clone, Debug)]
pub struct Again {
    /// How many.
    pub ids: u64,
    /// Their share of all ids.
    pub share: f64,
    /// Deliveries of this kind, more than `ids` when some came more than once.
    pub deliveries: u64,
    /// Gaps from the first delivery, microseconds.
    pub gaps: Fitted,
    /// Percentiles of the gaps.
    pub percentiles: Vec<(f64, Span)>,
    /// For repeats, whether they fall evenly on the rest of the day.
    pub rest_of_day: bool,
    /// Repeats on a later day.
    pub past_midnight: u64,
    /// The share that a scenario must name, so that as many happen before midnight.
    pub scenario_share: f64,
}

/// Fits everything to a log.
///
/// # Errors
/// [`crate::error::Error::Model`] when the log cannot be replayed, which no log that was read is.
pub fn fit(name: &str, log: &Log) -> Result<Fit> {
    Ok(conclude::conclude(name, observe::observe(log)?))
}
