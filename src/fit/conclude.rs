//! From what was observed of a log to what it says.

use super::candidates::{self, Effort};
use super::cells::Blur;
use super::duplicates::Kind;
use super::observe::{LATER, Observer};
use super::rate::Rate;
use super::sample::Sample;
use super::{Again, Arrivals, Fit, Fitted, keys, shape};
use crate::histogram::Histogram;
use crate::random::Distribution;
use crate::units::{HOUR, Instant, Span};

/// Percentiles that are given.
const PERCENTILES: [f64; 6] = [0.5, 0.9, 0.95, 0.99, 0.999, 0.999_9];
/// Gaps from which on a family is chosen by its likelihood.
const MANY: usize = 20;
/// Points of the figure's curve.
const POINTS: usize = 600;

/// Fits everything that the log has.
pub(super) fn conclude(name: &str, mut seen: Observer) -> Fit {
    let rate = seen.rate.rate();
    let (event_step, arrival_step) = (seen.event_step.micros(), seen.arrival_step.micros());
    let ids = seen.ids;
    let retry = std::mem::replace(&mut seen.duplicates.retry, Kind::new("retry"));
    let repeat = std::mem::replace(&mut seen.duplicates.repeat, Kind::new("repeat"));
    let retry = again(retry, ids, Blur::of_steps(arrival_step, arrival_step));
    let repeat = again(repeat, ids, Blur::of_steps(event_step, event_step))
        .map(|found| on_the_same_day(found, &seen, rate.hours.as_ref()));
    Fit {
        name: name.to_owned(),
        start: seen.start,
        first_event: seen.first_event.min(Instant::MAX) - Instant(0),
        deliveries: seen.deliveries,
        keys: keys::skew(&seen.keys).filter(|skew| skew.keys > 1),
        payload: seen
            .has_bytes
            .then(|| candidates::fit(&seen.bytes.clone().sorted(), Blur::UNIT, Effort::PAYLOADS))
            .flatten()
            .filter(|_| seen.largest_bytes > 0),
        arrivals: if seen.has_arrivals { arrivals(&mut seen, [event_step, arrival_step]) } else { None },
        rate,
        retry,
        repeat,
    }
}

fn arrivals(seen: &mut Observer, steps: [i64; 2]) -> Option<Arrivals> {
    let sorted = std::mem::replace(&mut seen.delays, Sample::new(1, "")).sorted();
    let [event, arrival] = steps;
    let delay = candidates::fit(&sorted, Blur::of_steps(event, arrival), Effort::DELAYS)?;
    // A whole sample is exact; the histogram knows the tail of a longer column better.
    let whole = sorted.len() as u64 == seen.ids;
    let percentiles = if whole { of_sample(&sorted) } else { of_counts(&seen.delay_counts) };
    let bounds = seen.disorder.bounds();
    let ids = seen.ids.max(1) as f64;
    let later = LATER.into_iter().zip(seen.later).map(|(time, count)| (Span(time), count as f64 / ids)).collect();
    Some(Arrivals {
        delay,
        steps,
        later,
        percentiles,
        longest: Span(seen.longest as i64),
        out_of_order: seen.disorder.share(),
        behind: PERCENTILES.into_iter().filter_map(|p| Some((p, seen.disorder.quantile(p)?))).collect(),
        furthest: seen.disorder.largest(),
        bounds,
        exact: seen.disorder.is_exact(),
        tail: tail(&sorted, seen.longest as f64),
    })
}

/// Percentiles of a rising column.
fn of_sample(sorted: &[u64]) -> Vec<(f64, Span)> {
    let at = |p: f64| {
        let rank = ((p * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len().max(1));
        sorted.get(rank - 1).map(|value| (p, Span(*value as i64)))
    };
    PERCENTILES.into_iter().filter_map(at).collect()
}

fn of_counts(counts: &Histogram) -> Vec<(f64, Span)> {
    PERCENTILES.into_iter().filter_map(|p| Some((p, Span(counts.quantile(p)? as i64)))).collect()
}

/// Amounts and the share above each, evenly spread over the logarithm of the share.
fn tail(sorted: &[u64], longest: f64) -> Vec<(f64, f64)> {
    let count = sorted.len() as f64;
    let mut points: Vec<(f64, f64)> = Vec::new();
    for step in 0..=POINTS {
        // From all to the last one; in the bulk evenly over the share itself as well.
        let share = step as f64 / POINTS as f64;
        for above in [libm::pow(count.max(2.0), -share), 1.0 - share] {
            let rank = (count - (above * count).round()).max(0.0) as usize;
            let Some(value) = sorted.get(rank) else { continue };
            let above = sorted.len() - sorted.partition_point(|other| other <= value);
            points.push((*value as f64, above as f64 / count));
        }
    }
    points.push((longest, 0.0));
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
    points.dedup();
    points
}

/// Fits the gaps of one kind of duplicates.
fn again(kind: Kind, ids: u64, blur: Blur) -> Option<Again> {
    let gaps = kind.gaps.sorted();
    let mut fitted = candidates::fit(&gaps, blur, Effort::GAPS)?;
    if gaps.len() < MANY {
        // Too few for a shape: their mean is all that can be told.
        let mean = (gaps.iter().sum::<u64>() as f64 / gaps.len() as f64).max(1.0);
        fitted = Fitted { chosen: Distribution::Exponential { mean }, choice: None, ..fitted };
    }
    let share = kind.ids as f64 / ids.max(1) as f64;
    Some(Again {
        ids: kind.ids,
        share,
        deliveries: kind.deliveries,
        percentiles: of_sample(&gaps),
        gaps: fitted,
        rest_of_day: false,
        past_midnight: 0,
        scenario_share: share,
    })
}

/// A scenario's repeats happen on the event's own day. Where the log's do as well, its gaps are what
/// midnight left of longer ones, and more must be tried than are seen.
fn on_the_same_day(mut found: Again, seen: &Observer, hours: Option<&[f64; 24]>) -> Again {
    found.past_midnight = seen.duplicates.past_midnight;
    let parts = seen.duplicates.of_day.clone().sorted();
    let even = parts.len() >= MANY && evenly(&parts) <= candidates::GOOD.max(1.63 / (parts.len() as f64).sqrt());
    if found.past_midnight == 0 && even {
        found.rest_of_day = true;
        return found;
    }
    if found.past_midnight == 0 {
        let weight = |hour: usize| hours.and_then(|hours| hours.get(hour)).copied().unwrap_or(1.0);
        let before = |quarter: usize| {
            let left = (24.0 - (quarter as f64 + 0.5) / 4.0) * HOUR as f64;
            weight(quarter / 4) * shape::below(&found.gaps.chosen, left)
        };
        let weights: f64 = (0..96).map(|quarter| weight(quarter / 4)).sum();
        let happens = (0..96).map(before).sum::<f64>() / weights;
        found.scenario_share = (found.share / happens.max(0.01)).min(1.0);
    }
    found
}

/// The largest distance of parts in 10⁶, rising, from an even spread.
fn evenly(parts: &[u64]) -> f64 {
    let count = parts.len() as f64;
    let far = |(place, part): (usize, &u64)| {
        let part = *part as f64 / 1e6;
        (part - place as f64 / count).abs().max((part - (place as f64 + 1.0) / count).abs())
    };
    parts.iter().enumerate().map(far).fold(0.0, f64::max)
}

impl Rate {
    /// Seconds from the first event to the last.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        Span(self.length).as_secs_f64()
    }
}
