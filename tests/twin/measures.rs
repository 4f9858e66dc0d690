//! Measures by their definitions, from what a twin found out about each delivery; and the
//! comparison with those of the fast engine.

use std::collections::BTreeMap;

use millstream::experiment::PipelineOutcome;
use millstream::scenario::Model;
use millstream::scenario::Window;
use millstream::units::{DAY, HOUR, Instant};

use crate::compare;
use crate::findings::{Fate, Findings, Ground, Shown};
use crate::input::{Delivery, Input};

/// What a measure must be.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// To within the rounding of floats.
    Exact(Option<f64>),
    /// To within 1 %.
    Near(Option<f64>),
    /// Not below, and above by no more than this.
    From(Option<f64>, f64),
}

type Row = (&'static str, Wanted);

/// Compares all measures of a pipeline.
pub fn compare(input: &Input, place: usize, findings: &Findings, fast: &PipelineOutcome) -> Result<(), String> {
    // A replication ends once every measured event has its fate, the twin's stretch later. What clocks that are
    // behind put into measured windows between the two counts for the twin; so what is said of windows is compared over one stretch,
    // and with the replication's own where there is nothing of that kind.
    let whole = compare::collect(input, place);
    let of_whole = |path| whole.measures.iter().find(|(of, _)| *of == path).and_then(|(_, value)| *value);
    let of_windows = || landing(input, findings).into_iter().chain(window_errors(input, findings));
    for (path, wanted) in of_windows() {
        agree(path, of_whole(path), wanted)?;
    }
    let mut rows = accounting(input, findings);
    rows.extend(latency(input, findings));
    rows.extend(correctness(input, place, findings));
    rows.extend(levels(input, place, findings));
    rows.extend(load(input, place, findings));
    for (hour, wanted) in load_by_hour(input, findings).iter().enumerate() {
        let got = fast.load_by_hour[hour].value.unwrap_or(f64::NAN);
        // Infinite or not a number: no agreement.
        if (got - wanted).abs().partial_cmp(&(1e-9 * (1.0 + wanted))) != Some(std::cmp::Ordering::Less) {
            return Err(format!("load in hour {hour}: the engine has {got}, the twin {wanted}"));
        }
    }
    let ages = data_ages(input, findings);
    rows.extend(data_age(&ages));
    rows.push(("freshness_s.data_age_max", oldest_age(input, findings, &ages)));
    let seconds = |micros: i64| (micros - input.measured().from.0) as f64 / 1e6;
    for (place, (wanted, got)) in ages.iter().zip(&fast.curves.data_age).enumerate() {
        let wanted = (seconds(wanted.0), wanted.1 as f64 / 1e6);
        if (got.0 - wanted.0).abs() > 1e-9 || (got.1 - wanted.1).abs() > 1e-9 {
            return Err(format!("data age at probe {place}: the engine has {got:?}, the twin {wanted:?}"));
        }
    }
    if ages.len() != fast.curves.data_age.len() {
        return Err(format!("{} data ages, not {}", fast.curves.data_age.len(), ages.len()));
    }
    if !input.deliveries.iter().any(|row| row.happened >= input.measured().to.0 && row.event_time < row.happened) {
        rows.extend(of_windows());
    }
    rows.into_iter().try_for_each(|(path, wanted)| agree(path, fast.get(path).value, wanted))
}

/// Fails unless a measure is what it must be.
pub fn agree(path: &str, got: Option<f64>, wanted: Wanted) -> Result<(), String> {
    let (value, below, above) = match wanted {
        Wanted::Exact(value) => (value, 1e-9, 1e-9),
        Wanted::Near(value) => {
            (value, 0.01 * value.unwrap_or(0.0).abs() + 2e-6, 0.01 * value.unwrap_or(0.0).abs() + 2e-6)
        }
        Wanted::From(value, above) => (value, 1e-9, above + 1e-9),
    };
    let agree = match (got, value) {
        (Some(got), Some(value)) => {
            let rounding = 1e-9 * value.abs();
            got - value >= -below - rounding && got - value <= above + rounding
        }
        (got, value) => got == value,
    };
    if !agree {
        return Err(format!("{path}: the engine has {got:?}, the twin {wanted:?}"));
    }
    Ok(())
}

/// Measured deliveries with their fates.
fn measured<'a>(input: &'a Input, findings: &'a Findings) -> impl Iterator<Item = (&'a Delivery, &'a Option<Fate>)> {
    input.deliveries.iter().zip(&findings.fates).filter(|(delivery, _)| input.counts(delivery))
}

/// Measured events that are visible.
fn shown(input: &Input, findings: &Findings) -> Vec<Shown> {
    let visible = measured(input, findings).filter_map(|(_, fate)| match fate {
        Some(Fate::Visible(shown)) => Some(*shown),
        _ => None,
    });
    visible.collect()
}

/// Measured events, delivered or lost.
fn events(input: &Input, findings: &Findings) -> f64 {
    (measured(input, findings).filter(|(row, _)| row.first).count() + input.lost()) as f64
}

fn accounting(input: &Input, findings: &Findings) -> Vec<Row> {
    let count = |is: &dyn Fn(&Delivery, &Option<Fate>) -> bool| {
        Wanted::Exact(Some(measured(input, findings).filter(|(row, fate)| is(row, fate)).count() as f64))
    };
    let on_time =
        |wanted: bool| count(&move |_, fate| matches!(fate, Some(Fate::Visible(shown)) if shown.on_time == wanted));
    vec![
        ("accounting.events", Wanted::Exact(Some(events(input, findings)))),
        ("accounting.on_time", on_time(true)),
        ("accounting.late_included", on_time(false)),
        ("accounting.late_dropped", count(&|_, fate| matches!(fate, Some(Fate::Late)))),
        ("accounting.lost", Wanted::Exact(Some(input.lost() as f64))),
        ("accounting.pending", count(&|row, fate| row.first && fate.is_none())),
        ("accounting.duplicates_removed", count(&|_, fate| matches!(fate, Some(Fate::Removed)))),
        ("accounting.duplicates_leaked", count(&|_, fate| matches!(fate, Some(Fate::Leaked(_))))),
        ("accounting.duplicates_late_dropped", count(&|_, fate| matches!(fate, Some(Fate::DuplicateLate)))),
        ("accounting.duplicates_lost", Wanted::Exact(Some(0.0))),
        ("accounting.duplicates_pending", count(&|row, fate| !row.first && fate.is_none())),
    ]
}

/// The smallest value with at least a share `q` of the values up to it, from sorted values.
fn quantile(sorted: &[i64], q: f64) -> Option<f64> {
    let rank = ((q * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len().max(1));
    sorted.get(rank - 1).map(|micros| *micros as f64 / 1e6)
}

fn mean(values: &[i64]) -> Option<f64> {
    let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
    (!values.is_empty()).then(|| sum as f64 / values.len() as f64 / 1e6)
}

fn latency(input: &Input, findings: &Findings) -> Vec<Row> {
    let shown = shown(input, findings);
    let stage = |of: fn(&Shown) -> i64| Wanted::Exact(mean(&shown.iter().map(of).collect::<Vec<_>>()));
    let mut latencies: Vec<i64> = shown.iter().map(|shown| shown.visible - shown.event_time).collect();
    latencies.sort_unstable();
    let near = |q| Wanted::Near(quantile(&latencies, q));
    vec![
        ("latency_s.mean", Wanted::Exact(mean(&latencies))),
        ("latency_s.p50", near(0.5)),
        ("latency_s.p90", near(0.9)),
        ("latency_s.p95", near(0.95)),
        ("latency_s.p99", near(0.99)),
        ("latency_s.p999", near(0.999)),
        ("latency_s.max", Wanted::Exact(quantile(&latencies, 1.0))),
        ("stages_s.network", stage(|shown| shown.arrival - shown.event_time)),
        ("stages_s.wait", stage(|shown| shown.started - shown.arrival)),
        ("stages_s.compute", stage(|shown| shown.processed - shown.started)),
        ("stages_s.window", stage(|shown| shown.held - shown.processed)),
        ("stages_s.commit", stage(|shown| shown.visible - shown.held)),
    ]
}

fn landing(input: &Input, findings: &Findings) -> Vec<Row> {
    let measured = input.measured();
    let of_measured = findings.landings.iter().filter(|(end, _)| *end > measured.from.0 && *end <= measured.to.0);
    let mut landings: Vec<i64> = of_measured.map(|(end, at)| (at - end).max(0)).collect();
    landings.sort_unstable();
    vec![
        ("landing_s.mean", Wanted::Exact(mean(&landings))),
        ("landing_s.p50", Wanted::Near(quantile(&landings, 0.5))),
        ("landing_s.p95", Wanted::Near(quantile(&landings, 0.95))),
        ("landing_s.max", Wanted::Exact(quantile(&landings, 1.0))),
    ]
}

/// What becomes visible, in order: `(visible, newest)`.
fn visible(findings: &Findings) -> Vec<(i64, i64)> {
    let events = findings.fates.iter().filter_map(|fate| match fate {
        Some(Fate::Visible(shown)) => Some((shown.visible, shown.event_time)),
        _ => None,
    });
    let prehistory = findings.prehistory.iter().map(|(newest, at)| (*at, *newest));
    let mut visible: Vec<(i64, i64)> = events.chain(prehistory).collect();
    visible.sort_unstable();
    visible
}

/// The oldest that the data is: at a probe, or just before something newer is visible. The engine
/// takes single events in the order in which they are processed: one that overtakes another on the
/// way to the reader may make the data look older than it was, by no more than the way takes.
fn oldest_age(input: &Input, findings: &Findings, ages: &[(i64, i64)]) -> Wanted {
    let mut oldest = ages.iter().map(|(_, age)| *age).max().unwrap_or(0);
    let mut newest: Option<i64> = None;
    for (at, event) in visible(findings) {
        if let Some(newest) = newest.filter(|newest| *newest < event)
            && input.measured().contains(Instant(at))
        {
            oldest = oldest.max(at - newest);
        }
        newest = newest.max(Some(event));
    }
    let alone: Vec<Shown> = findings
        .fates
        .iter()
        .filter_map(|fate| match fate {
            Some(Fate::Visible(shown)) if shown.alone => Some(*shown),
            _ => None,
        })
        .collect();
    let in_order = alone.is_sorted_by_key(|shown| shown.visible) && input.scenario.job.window.is_none();
    let way = alone.iter().map(|shown| shown.visible - shown.arrival).max().filter(|_| !in_order).unwrap_or(0);
    Wanted::From((!ages.is_empty()).then_some(oldest as f64 / 1e6), way as f64 / 1e6)
}

/// Age of the newest visible event at each probe: `(probe, age)`.
fn data_ages(input: &Input, findings: &Findings) -> Vec<(i64, i64)> {
    let visible = visible(findings);
    let mut coming = visible.into_iter().peekable();
    let mut newest = None;
    let mut ages = Vec::new();
    for probe in input.frame.probes.iter() {
        while let Some((_, event)) = coming.next_if(|(at, _)| *at <= probe.0) {
            newest = newest.max(Some(event));
        }
        ages.extend(newest.map(|newest| (probe.0, (probe.0 - newest).max(0))));
    }
    ages
}

fn data_age(ages: &[(i64, i64)]) -> Vec<Row> {
    let mut sorted: Vec<i64> = ages.iter().map(|(_, age)| *age).collect();
    sorted.sort_unstable();
    vec![
        ("freshness_s.data_age_mean", Wanted::Exact(mean(&sorted))),
        ("freshness_s.data_age_p95", Wanted::Near(quantile(&sorted, 0.95))),
    ]
}

fn correctness(input: &Input, place: usize, findings: &Findings) -> Vec<Row> {
    let events = events(input, findings);
    let shown = shown(input, findings);
    let included = shown.len() as f64;
    let on_time = shown.iter().filter(|shown| shown.on_time).count() as f64;
    let leaked = measured(input, findings).filter(|(_, fate)| matches!(fate, Some(Fate::Leaked(_)))).count() as f64;
    let scenario = &input.scenario;
    let has_first = scenario.job.window.is_some() || matches!(scenario.pipelines[place].model, Model::Batch(_));
    let share = |part: f64, whole: f64| Wanted::Exact((whole > 0.0).then(|| part / whole));
    vec![
        ("correctness.completeness_first", if has_first { share(on_time, events) } else { Wanted::Exact(None) }),
        ("correctness.completeness_final", share(included, events)),
        ("correctness.overcount", share(leaked, included)),
    ]
}

fn window_errors(input: &Input, findings: &Findings) -> Vec<Row> {
    let (first, last) = errors(input, findings);
    let average = |errors: &[f64]| (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64);
    let rank = ((0.95 * first.len() as f64).ceil() as usize).saturating_sub(1);
    vec![
        ("correctness.error_first_mean", Wanted::Exact(average(&first))),
        ("correctness.error_first_p95", Wanted::Near(first.get(rank).copied())),
        ("correctness.error_final_mean", Wanted::Exact(average(&last))),
    ]
}

/// Errors of the true counts at first publication, sorted, and finally.
fn errors(input: &Input, findings: &Findings) -> (Vec<f64>, Vec<f64>) {
    let Some(size) = input.scenario.job.window.as_ref().and_then(Window::size).map(|size| size.0) else {
        return (Vec::new(), Vec::new());
    };
    let epoch = input.scenario.start.epoch().0;
    let inside = |window: i64| {
        let start = epoch + window * size;
        start >= input.measured().from.0 && start + size <= input.measured().to.0
    };
    let mut published: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (place, firing) in findings.firings.iter().enumerate() {
        published.entry(firing.window).or_default().push(place);
    }
    let windows: std::collections::BTreeSet<i64> = input.truth.keys().chain(published.keys()).copied().collect();
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for window in windows.into_iter().filter(|window| inside(*window)) {
        let firings = published.get(&window);
        let count =
            |place: Option<&usize>, key: Option<u32>| place.map_or(0, |place| findings.firings[*place].value.of(key));
        let mut judge = |key: Option<u32>, truth: u64| {
            let error = |count: u64| count.abs_diff(truth) as f64 / truth.max(1) as f64;
            first.push(error(count(firings.and_then(|places| places.first()), key)));
            last.push(error(count(firings.and_then(|places| places.last()), key)));
        };
        match input.truth.get(&window) {
            None => judge(None, 0),
            Some(truth) => match &truth.value.keys {
                Some(keys) => keys.iter().for_each(|(key, truth)| judge(Some(*key), *truth)),
                None => judge(None, truth.value.whole),
            },
        }
    }
    first.sort_by(f64::total_cmp);
    (first, last)
}

fn levels(input: &Input, place: usize, findings: &Findings) -> Vec<Row> {
    let pipeline = &input.scenario.pipelines[place];
    let measured = input.measured();
    let levels: Vec<_> = findings
        .probes
        .iter()
        .chain(&findings.peaks)
        .filter(|(at, _)| measured.from.0 <= *at && *at < measured.to.0)
        .map(|(_, levels)| *levels)
        .collect();
    let most = |of: &dyn Fn(&millstream::pipelines::Levels) -> f64| levels.iter().map(of).fold(0.0, f64::max);
    let ids = pipeline.dedup.map(|_| most(&|levels| levels.dedup_ids as f64));
    let state = |levels: &millstream::pipelines::Levels| {
        levels.dedup_ids as f64 * pipeline.bytes_per_id + levels.window_entries as f64 * pipeline.bytes_per_entry
    };
    let windows = input.scenario.job.window.as_ref();
    let is_batch = matches!(pipeline.model, Model::Batch(_));
    vec![
        ("state.dedup_ids_peak", Wanted::Exact(ids)),
        ("state.dedup_bytes_peak", Wanted::Exact(ids.map(|ids| ids * pipeline.bytes_per_id))),
        ("state.window_entries_peak", Wanted::Exact(windows.map(|_| most(&|levels| levels.window_entries as f64)))),
        ("state.backlog_records_peak", Wanted::Exact(Some(most(&|levels| levels.backlog as f64)))),
        ("state.state_bytes_peak", Wanted::Exact((!is_batch).then(|| most(&state)))),
        ("state.working_set_bytes_peak", Wanted::Exact(Some(most(&|levels| state(levels) + levels.row_bytes as f64)))),
    ]
}

fn load(input: &Input, place: usize, findings: &Findings) -> Vec<Row> {
    let pipeline = &input.scenario.pipelines[place];
    let measured = input.measured();
    let days = measured.length().0 as f64 / DAY as f64;
    let overlap = |(from, to, core_micros): &(i64, i64, f64)| {
        let inside = (*to).min(measured.to.0) - (*from).max(measured.from.0);
        if inside <= 0 { 0.0 } else { core_micros * inside as f64 / (to - from) as f64 }
    };
    let busy = findings.busy.iter().map(overlap).sum::<f64>() / HOUR as f64 / days;
    let has_runs = !matches!(pipeline.model, Model::Continuous(_));
    let runs = findings.runs.iter().filter(|at| measured.from.0 <= **at && **at < measured.to.0).count() as f64;
    vec![
        ("operations.runs", Wanted::Exact(has_runs.then_some(runs / days))),
        ("compute.utilisation", Wanted::Exact(Some(busy / pipeline.cores / 24.0))),
    ]
}

/// Mean busy cores in each hour of the UTC day, as far as it is measured.
fn load_by_hour(input: &Input, findings: &Findings) -> [f64; 24] {
    let (measured, epoch) = (input.measured(), input.scenario.start.epoch().0);
    let mut hours = [(0.0, 0.0); 24];
    let mut spread = |from: i64, to: i64, each: &mut dyn FnMut(&mut (f64, f64), f64)| {
        let (mut at, to) = (from.max(measured.from.0), to.min(measured.to.0));
        while at < to {
            let next = Ground::next_multiple(at, HOUR, epoch).min(to);
            each(&mut hours[((at - epoch).div_euclid(HOUR)).rem_euclid(24) as usize], (next - at) as f64);
            at = next;
        }
    };
    spread(i64::MIN, i64::MAX, &mut |hour, micros| hour.1 += micros);
    for (from, to, core_micros) in &findings.busy {
        spread(*from, *to, &mut |hour, micros| hour.0 += core_micros * micros / (to - from) as f64);
    }
    hours.map(|(busy, length)| if length > 0.0 { busy / length } else { 0.0 })
}
