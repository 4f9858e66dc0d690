//! What made a log is found in it, and a scenario fitted to a log makes one like it.

use millstream::fit::{Again, fragment, shape};
use millstream::random::{Distribution as D, Sampler, Substream};
use millstream::scenario::Source;
use millstream::units::{Instant, SECOND};
use millstream::workload::{Block, Log, Stream, read};

use super::{data, fit_file, fit_text, log_of, scenario};

const WORKLOAD: &str = "[workload]\nrate = \"0.25/s\"\nkeys = { count = 50, zipf = 1.1 }\n\
     payload = { lognormal = { median = \"900 B\", sigma = 0.5 } }\n\
     hours = [2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]\n\
     [workload.network]\ndelay = { lognormal = { median = \"2s\", sigma = 1.2 } }\n\
     [workload.duplicates]\nretry = { share = 0.05, after = { exponential = { mean = \"30s\" } } }\n\
     repeat = { share = 0.04, after = { exponential = { mean = \"20m\" } } }\n";

fn share_is(found: &Again, events: u64, want: f64) {
    let error = (want * (1.0 - want) / events as f64).sqrt();
    assert!((found.scenario_share - want).abs() < 3.0 * error, "{} {want} ± {error}", found.scenario_share);
}

fn mean_is(found: &Again, want: f64, tolerance: f64) {
    let mean = found.gaps.chosen.mean() / 1e6;
    assert!((mean / want - 1.0).abs() < tolerance, "{mean} {want}");
}

#[test]
fn a_synthetic_log_gives_its_scenario_back() {
    let found = fit_text(&log_of(WORKLOAD, 4));
    let events = found.rate.events;
    let mean = 0.25 * (12.0 + 12.0 + 3.0) / 24.0;
    let relative = 3.0 / (events as f64).sqrt();
    assert!((found.rate.per_second.unwrap() / mean - 1.0).abs() < relative, "{:?}", found.rate);
    let hours = found.rate.hours.unwrap();
    for (hour, want) in hours.iter().zip([[2.0; 6], [1.0; 6], [1.0; 6], [0.5; 6]].concat()) {
        let want = want * 24.0 / 27.0;
        let counted: f64 = want * mean * 3_600.0 * 4.0;
        assert!((hour / want - 1.0).abs() < 3.5 / counted.sqrt(), "{hours:?}");
    }
    let keys = found.keys.unwrap();
    assert!(keys.keys == 50 && (keys.zipf - 1.1).abs() < 3.0 * keys.error, "{keys:?}");
    let arrivals = found.arrivals.as_ref().unwrap();
    let D::Lognormal { median, sigma } = arrivals.delay.chosen else { panic!("{:?}", arrivals.delay) };
    assert!((median / 2e6).ln().abs() < 1.2 * relative && (sigma - 1.2).abs() < 1.2 * relative, "{median} {sigma}");
    let D::Lognormal { median, sigma } = found.payload.as_ref().unwrap().chosen else { panic!("{:?}", found.payload) };
    // Payloads are cut off to whole bytes: half a byte is lost.
    assert!(
        ((median + 0.5) / 900.0).ln().abs() < 0.5 * relative && (sigma - 0.5).abs() < 0.5 * relative,
        "{median} {sigma}"
    );
    let (retry, repeat) = (found.retry.as_ref().unwrap(), found.repeat.as_ref().unwrap());
    share_is(retry, events, 0.05);
    mean_is(retry, 30.0, 3.0 / (retry.ids as f64).sqrt());
    share_is(repeat, events, 0.04);
    mean_is(repeat, 1_200.0, 4.0 / (repeat.ids as f64).sqrt());
    assert!(!repeat.rest_of_day && found.rate.weekdays.is_none());
    scenario(&fragment(&found));
}

#[test]
fn repeats_over_the_rest_of_the_day_are_known() {
    let workload = "[workload]\nrate = \"0.2/s\"\n[workload.duplicates]\nrepeat = { share = 0.1 }\n";
    let found = fit_text(&log_of(workload, 2));
    let repeat = found.repeat.as_ref().unwrap();
    assert!(repeat.rest_of_day && found.retry.is_none());
    share_is(repeat, found.rate.events, 0.1);
    let repeat = scenario(&fragment(&found)).workload.duplicates.repeat.unwrap();
    assert!(repeat.after.is_none());
}

#[test]
fn weekdays_are_printed_from_two_weeks_on() {
    let found = fit_text(&log_of("[workload]\nrate = \"0.01/s\"\n", 15));
    let weekdays = found.rate.weekdays.unwrap();
    assert!((weekdays.iter().sum::<f64>() - 7.0).abs() < 1e-9);
    let text = fragment(&found);
    let line = text.lines().find(|line| line.starts_with("weekdays = [")).unwrap();
    assert_eq!(line.split(',').count(), 7, "{line}");
}

/// Delays of the first deliveries of a log, rising.
fn first_delays(log: &Log) -> Vec<f64> {
    let rows = log.deliveries().map(Result::unwrap).filter(|row| row.first);
    let mut delays: Vec<f64> = rows.map(|row| (row.arrival.unwrap() - row.event_time) as f64).collect();
    delays.sort_by(f64::total_cmp);
    delays
}

fn at(sorted: &[f64], p: f64) -> f64 {
    sorted[((p * sorted.len() as f64).ceil() as usize).max(1) - 1]
}

#[test]
fn a_scenario_fitted_to_a_real_log_has_its_delays() {
    let (found, text) = fit_file("late_arrivals.csv");
    let fitted = scenario(&text);
    let want = first_delays(&read(&data("late_arrivals.csv")).unwrap());
    // So many that chance says little: half of the delays are 0, and the median stands just above.
    let mut stream = Substream::new(1, 0, "delay");
    let mut drawn = Vec::new();
    Sampler::new(fitted.workload.network.delay.clone()).fill(&mut stream, 4_000_000, &mut drawn);
    drawn.sort_by(f64::total_cmp);
    for p in [0.5, 0.9, 0.95, 0.99] {
        let (want, got) = (at(&want, p), at(&drawn, p));
        // Half of the delays are up to 5 ms, and the next one is 6 ms: samples may give either.
        assert!((got - want).abs() <= 0.1 * want + if p == 0.5 { 1_000.0 } else { 0.0 }, "{p}: {got} {want}");
        let exact = shape::quantile(&fitted.workload.network.delay, p);
        assert!((exact / want - 1.0).abs() < 0.001, "{p}: {exact} {want}");
        let said = found.arrivals.as_ref().unwrap().percentiles.iter().find(|(of, _)| *of == p).unwrap().1;
        assert_eq!(said.0 as f64, want);
    }
}

#[test]
fn a_fitted_stream_has_the_quantiles_of_the_log() {
    let (found, text) = fit_file("late_arrivals.csv");
    // The stream itself, faster than the log so that there are enough deliveries.
    let faster = text.lines().map(|line| if line.starts_with("rate") { "rate = \"400/s\"" } else { line });
    let fitted = scenario(&faster.collect::<Vec<_>>().join("\n"));
    let mut stream = Stream::new(&fitted, None, 0).unwrap();
    let (mut block, mut delays, mut again) = (Block::default(), Vec::new(), 0);
    while stream.next(&mut block).unwrap() && block.until < Instant(8_000 * SECOND) {
        let rows = block.rows(0..block.len());
        for row in 0..rows.len() {
            // Only events whose longest delay is over: all of them are seen.
            if rows.event_time[row] < Instant(2_000 * SECOND) {
                match rows.earlier(row) {
                    None => delays.push((rows.arrival[row] - rows.event_time[row]).0 as f64),
                    Some(_) => again += 1,
                }
            }
        }
    }
    delays.sort_by(f64::total_cmp);
    let want = first_delays(&read(&data("late_arrivals.csv")).unwrap());
    for p in [0.9, 0.95, 0.99] {
        assert!((at(&delays, p) / at(&want, p) - 1.0).abs() < 0.1, "{p}: {} {}", at(&delays, p), at(&want, p));
    }
    let share = f64::from(again) / delays.len() as f64;
    assert!((share / found.retry.unwrap().share - 1.0).abs() < 0.1, "{share}");
}

#[test]
fn watermark_bounds_of_a_real_log_are_those_of_a_replay() {
    let (found, _) = fit_file("late_arrivals.csv");
    let arrivals = found.arrivals.unwrap();
    let log = read(&data("late_arrivals.csv")).unwrap();
    let dropped = |bound: i64| {
        let (mut newest, mut met, mut dropped) = (i64::MIN / 2, std::collections::HashSet::new(), 0);
        for row in log.deliveries().map(Result::unwrap) {
            dropped += usize::from(met.insert(row.id) && row.event_time < newest - bound);
            newest = newest.max(row.event_time);
        }
        dropped as f64 / met.len() as f64
    };
    assert!(arrivals.exact);
    assert_eq!(arrivals.bounds.len(), 3);
    for bound in &arrivals.bounds {
        assert_eq!(dropped(bound.bound.0), bound.dropped);
        assert!(bound.dropped <= bound.share && dropped(bound.bound.0 - 1) > bound.share, "{bound:?}");
    }
    assert!((arrivals.out_of_order - 3_185.0 / 9_637.0).abs() < 1e-9, "{}", arrivals.out_of_order);
}

#[test]
fn a_log_without_arrivals_gives_the_rest() {
    let (found, text) = fit_file("web_requests_2015.csv");
    assert!(found.arrivals.is_none() && text.contains("# The log has no arrival times"));
    assert!(!text.contains("[workload.network]\n") && !text.contains("[workload.duplicates]"));
    let fitted = scenario(&text);
    assert_eq!(fitted.workload.keys.count, 1_368);
    let Source::Poisson(rates) = fitted.workload.source else { panic!() };
    assert!((rates.rate.0 / (10_000.0 / (3.457 * 86_400.0)) - 1.0).abs() < 0.02, "{rates:?}");
    assert!(rates.hours.iter().all(|weight| (0.8..1.3).contains(weight)));
    let log = read(&data("web_requests_2015.csv")).unwrap();
    let mut bytes: Vec<f64> = log.deliveries().map(|row| f64::from(row.unwrap().bytes)).collect();
    bytes.sort_by(f64::total_cmp);
    let mut drawn = Vec::new();
    Sampler::new(fitted.workload.payload).fill(&mut Substream::new(1, 0, "payload"), 400_000, &mut drawn);
    drawn.sort_by(f64::total_cmp);
    for p in [0.5, 0.9, 0.95, 0.99] {
        assert!((at(&drawn, p) / at(&bytes, p) - 1.0).abs() < 0.1, "{p}: {} {}", at(&drawn, p), at(&bytes, p));
    }
}
