//! How many events there are: the rate over time, and sampling.

use crate::scenario::file::{BurstFile, DailyFile, WorkloadFile};
use crate::scenario::findings::Findings;
use crate::scenario::model::{Burst, Rates, Source, Workload};
use crate::scenario::path::Path;
use crate::units::{DAY, Instant, Rate, Span, UtcInstant};

/// The highest rate that is simulated, events a second.
const HIGHEST_RATE: f64 = 1e7;
/// The highest rate of a stream that is sampled.
const HIGHEST_SAMPLED: f64 = 1e10;
/// Most events of a scenario, all replications together.
const MOST_EVENTS: f64 = 1e11;
/// Bursts at most.
const MOST_BURSTS: usize = 1_000;
/// The coarsest sample.
const COARSEST: u32 = 1_000_000;

/// Checks the rate of a generated stream.
pub(super) fn rates(file: &WorkloadFile, path: &Path, findings: &mut Findings) -> Rates {
    let rate_path = path.key("rate");
    let rate = findings.required(&rate_path, file.rate, "rate = \"1000/s\", or trace = \"log.csv\" to replay a log");
    if file.hours.is_some() && file.daily.is_some() {
        let what = "`daily` and `hours` exclude each other: both say how the rate changes over the day";
        findings.at(&path.key("daily"), what, "remove one of them");
    }
    let hours = match &file.daily {
        Some(daily) => wave(daily, &path.key("daily"), findings),
        None => {
            weights(file.hours.as_deref(), &path.key("hours"), "one for each hour of the UTC day from 00:00", findings)
        }
    };
    let weekdays =
        weights(file.weekdays.as_deref(), &path.key("weekdays"), "one for each day of the week from Monday", findings);
    let bursts = bursts(file.bursts.as_deref().unwrap_or_default(), &path.key("bursts"), findings);
    Rates {
        rate: findings.positive_rate(&rate_path, rate, HIGHEST_SAMPLED, Rate(1.0)),
        hours,
        weekdays,
        trend: findings.number(&path.key("trend"), file.trend, -0.5..=10.0, 0.0),
        trend_for: Span::ZERO,
        bursts,
    }
}

fn weights<const N: usize>(weights: Option<&[f64]>, path: &Path, which: &str, findings: &mut Findings) -> [f64; N] {
    let Some(weights) = weights else { return [1.0; N] };
    let Ok(checked) = <[f64; N]>::try_from(weights) else {
        findings.at(path, format!("there are {} weights", weights.len()), format!("write {N}, {which}"));
        return [1.0; N];
    };
    for (place, weight) in checked.iter().enumerate() {
        findings.number(&path.index(place), Some(*weight), 0.0..=1e6, 1.0);
    }
    if checked.iter().all(|weight| *weight == 0.0) {
        findings.at(path, "all weights are 0: there would be no events", "make at least one weight larger than 0");
    }
    checked
}

/// The mean of a cosine over each hour of the day.
fn wave(daily: &DailyFile, path: &Path, findings: &mut Findings) -> [f64; 24] {
    let (peak_path, trough_path) = (path.key("peak"), path.key("trough"));
    let peak = findings.required(&peak_path, daily.peak, "peak = 1.6");
    let peak = findings.positive(&peak_path, peak, 1e6, 1.0);
    let trough = findings.required(&trough_path, daily.trough, "trough = 0.4");
    let trough = findings.number(&trough_path, trough, 0.0..=peak, 0.0);
    let hour = findings.number(&path.key("hour"), daily.hour, 0.0..=24.0, 14.0);
    let angle = |at: f64| std::f64::consts::TAU * (at - hour) / 24.0;
    std::array::from_fn(|place| {
        let (from, to) = (angle(place as f64), angle(place as f64 + 1.0));
        let mean = (libm::sin(to) - libm::sin(from)) / (to - from);
        ((peak + trough) / 2.0 + (peak - trough) / 2.0 * mean).max(0.0)
    })
}

fn bursts(bursts: &[BurstFile], path: &Path, findings: &mut Findings) -> Vec<Burst> {
    if bursts.len() > MOST_BURSTS {
        findings.at(path, format!("there are {}", bursts.len()), format!("write at most {MOST_BURSTS}"));
    }
    let mut checked = Vec::with_capacity(bursts.len());
    for (place, burst) in bursts.iter().enumerate() {
        let path = path.index(place);
        let (for_path, factor_path) = (path.key("for"), path.key("factor"));
        let at = findings.required(&path.key("at"), burst.at, "at = \"12h\", counted from the start");
        let length = findings.required(&for_path, burst.r#for, "for = \"10m\"");
        let factor = findings.required(&factor_path, burst.factor, "factor = 5");
        checked.push(Burst {
            at: at.unwrap_or_default(),
            length: findings.interval(&for_path, length, Span(DAY)),
            factor: findings.number(&factor_path, factor, 0.0..=1e6, 1.0),
        });
    }
    checked
}

/// Reads `sample = "1/1000"`.
pub(super) fn sample(text: Option<&str>, path: &Path, findings: &mut Findings) -> u32 {
    let Some(text) = text else { return 1 };
    let of = text.split_once('/').filter(|(one, _)| one.trim() == "1");
    match of.and_then(|(_, of)| of.trim().replace('_', "").parse::<u32>().ok()) {
        Some(of) if (1..=COARSEST).contains(&of) => of,
        _ => {
            let what = format!("\"{text}\" is not a sample");
            findings.at(path, what, format!("write \"1/1000\", or another whole number from 1 to {COARSEST} after 1/"));
            1
        }
    }
}

/// A sample of the event ids cannot tell what follows from several events of one user or key.
pub(super) fn check_sample(workload: &Workload, path: &Path, findings: &mut Findings) {
    if workload.sample == 1 {
        return;
    }
    if workload.sessions.is_some() {
        let what = "`sessions` need every event of a user, of which a sample keeps few";
        findings.at(&path.key("sessions"), what, "remove `sample`, or `sessions`");
    }
    if !workload.network.cohorts.is_empty() {
        let what =
            "a cohort that holds events (`offline`, `flush`) needs every event of a user, of which a sample keeps few";
        findings.at(&path.key("network").key("cohorts"), what, "remove `sample`, or `offline` and `flush`");
    }
}

/// Sets where the trend ends, and refuses what would never end.
pub(in crate::scenario::check) fn bound_events(
    workload: &mut Workload,
    length: Option<Span>,
    (start, replications): (UtcInstant, u32),
    (path, duration_path): (&Path, &Path),
    findings: &mut Findings,
) {
    let sample = f64::from(workload.sample);
    let (Source::Poisson(rates), Some(length)) = (&mut workload.source, length) else { return };
    rates.trend_for = length;
    let (peak, events) = rates.peak_and_total(Instant(0) + length, start.epoch());
    let (peak, events) = (peak / sample, events / sample * f64::from(replications));
    // What is not a number is too much.
    if peak.is_nan() || peak > HIGHEST_RATE {
        let what = format!("the rate is {peak:.3e}/s at its highest, after all factors");
        let remedy = format!("write at most {HIGHEST_RATE}/s, or simulate a sample of the events: sample = \"1/1000\"");
        findings.at(&path.key("rate"), what, remedy);
    } else if events.is_nan() || events > MOST_EVENTS {
        findings.at(
            duration_path,
            format!("about {events:.1e} events would be simulated (rate times warm-up and duration times replications)"),
            format!(
                "stay at or below {MOST_EVENTS:.0e}: lower the rate, the duration or the replications, or simulate a sample of the events"
            ),
        );
    }
}
