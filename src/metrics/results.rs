//! The measures of one pipeline in one replication, in the order of `MEASURES`.

use super::by_hour::HourCell;
use super::collector::Collector;
use super::days::DayResult;
use super::publications::{Publications, PublishedRows};
use super::slice::{Recorder, Slice};
use super::stream::StreamMeter;
use crate::histogram::Histogram;
use crate::units::Instant;

/// Measures and curves of one pipeline in one replication.
#[derive(Debug)]
pub struct PipelineResult {
    /// Value of each measure; `None` where it does not apply.
    pub measures: Vec<(&'static str, Option<f64>)>,
    /// Mean busy cores by hour of the day.
    pub load_by_hour: [f64; 24],
    /// Latencies, microseconds.
    pub latency: Histogram,
    /// Each whole UTC day of the measured period.
    pub days: Vec<DayResult>,
    /// Latency by hour of the day.
    pub by_hour: Vec<HourCell>,
    /// Measured events.
    pub events: u64,
    /// `(probe, data age in microseconds)`.
    pub data_age: Vec<(Instant, i64)>,
    /// `(probe, bytes of dedup state)`.
    pub dedup_bytes: Vec<(Instant, f64)>,
    /// `(probe, records waiting)`.
    pub backlog: Vec<(Instant, u64)>,
    /// Each publication of a window, if they were kept.
    pub publications: Option<PublishedRows>,
    /// Attempts that have reached each step of the funnel, truly and as the pipeline shows.
    pub funnel: Vec<(u64, u64)>,
    /// A slice of the stream, if one was recorded.
    pub slice: Option<Slice>,
}

pub(super) type Row = (&'static str, Option<f64>);

impl PipelineResult {
    pub(super) fn of(mut collector: Collector, stream: &StreamMeter) -> Self {
        let events = stream.first_deliveries + stream.lost;
        let mut measures = accounting(&collector, stream);
        let over = collector.operations.is_over();
        let timely = latency(&collector).into_iter().chain(freshness(&collector));
        measures.extend(timely.map(|(path, value)| (path, value.filter(|_| !over))));
        measures.extend(correctness(&mut collector, events));
        measures.extend(state(&collector));
        measures.extend(compute(&collector));
        let total = measures.last().and_then(|(_, cost)| *cost);
        measures.extend(super::extra::rows(&collector));
        measures.extend(value(&collector, total));
        Self {
            measures,
            load_by_hour: collector.load.by_hour(),
            latency: if over { Histogram::default() } else { collector.latency.histogram },
            days: collector.days.finish(),
            by_hour: collector.by_hour.cells(),
            events,
            data_age: collector.freshness.series,
            dedup_bytes: collector.state.dedup_series,
            backlog: collector.state.backlog_series,
            publications: collector.publications.map(Publications::finish),
            funnel: collector.funnel.map_or_else(Vec::new, |funnel| funnel.steps().to_vec()),
            slice: collector.slice.and_then(Recorder::finish),
        }
    }
}

fn accounting(collector: &Collector, stream: &StreamMeter) -> Vec<Row> {
    let (ended, duplicates_ended) = collector.ended();
    let resolved = &collector.resolved;
    let count = |count: u64| Some(count as f64 * f64::from(collector.frame.sample));
    vec![
        ("accounting.events", count(stream.first_deliveries + stream.lost)),
        ("accounting.on_time", count(collector.on_time)),
        ("accounting.late_included", count(collector.late_included)),
        ("accounting.late_dropped", count(resolved.late_dropped)),
        ("accounting.lost", count(stream.lost + resolved.lost)),
        ("accounting.pending", count(stream.first_deliveries.saturating_sub(ended))),
        ("accounting.duplicates_removed", count(resolved.duplicates_removed)),
        ("accounting.duplicates_leaked", count(resolved.duplicates_leaked)),
        ("accounting.duplicates_late_dropped", count(resolved.duplicates_late_dropped)),
        ("accounting.duplicates_lost", count(resolved.duplicates_lost)),
        (
            "accounting.written_twice",
            collector.operations.written_twice().map(|rows| rows * f64::from(collector.frame.sample)),
        ),
        ("accounting.duplicates_pending", count(stream.duplicates.saturating_sub(duplicates_ended))),
    ]
}

fn latency(collector: &Collector) -> Vec<Row> {
    let latency = &collector.latency;
    let stages = latency.stage_means();
    let stage = |place: usize| stages.map(|means| means[place]);
    let [mean, p50, p95, max] = latency.landing();
    vec![
        ("latency_s.mean", latency.mean()),
        ("latency_s.p50", latency.quantile(0.5)),
        ("latency_s.p90", latency.quantile(0.9)),
        ("latency_s.p95", latency.quantile(0.95)),
        ("latency_s.p99", latency.quantile(0.99)),
        ("latency_s.p999", latency.quantile(0.999)),
        ("latency_s.max", latency.longest()),
        ("stages_s.network", stage(0)),
        ("stages_s.wait", stage(1)),
        ("stages_s.compute", stage(2)),
        ("stages_s.window", stage(3)),
        ("stages_s.commit", stage(4)),
        ("landing_s.mean", mean),
        ("landing_s.p50", p50),
        ("landing_s.p95", p95),
        ("landing_s.max", max),
    ]
}

fn freshness(collector: &Collector) -> Vec<Row> {
    let [mean, p95, max] = collector.freshness.data_age();
    vec![
        ("freshness_s.data_age_mean", mean),
        ("freshness_s.data_age_p95", p95),
        ("freshness_s.data_age_max", max),
        ("freshness_s.complete_through_p95", collector.freshness.complete_through_p95()),
    ]
}

fn correctness(collector: &mut Collector, events: u64) -> Vec<Row> {
    let included = collector.on_time + collector.late_included;
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    // Without windows a stream publishes each event by itself: there is no first result to be wrong.
    let has_first = collector.frame.has_windows || collector.frame.is_batch;
    let [first_mean, first_p95, final_mean] = match (collector.correctness.take(), collector.sessions.take()) {
        (Some(windows), _) => windows.errors(),
        (None, Some(sessions)) => sessions.errors(),
        // Windows of so many rows have no truth: which rows are in one is a matter of their order.
        (None, None) => [None; 3],
    };
    vec![
        ("correctness.completeness_first", share(collector.on_time, events).filter(|_| has_first)),
        ("correctness.completeness_final", share(included, events)),
        ("correctness.overcount", share(collector.resolved.duplicates_leaked, included)),
        ("correctness.error_first_mean", first_mean),
        ("correctness.error_first_p95", first_p95),
        ("correctness.error_final_mean", final_mean),
    ]
}

fn state(collector: &Collector) -> Vec<Row> {
    let (state, frame) = (&collector.state, &collector.frame);
    let peak = &state.peak;
    let count = |count: u64, applies: bool| applies.then_some(count as f64);
    vec![
        ("state.dedup_ids_peak", count(peak.dedup_ids, frame.has_dedup)),
        ("state.dedup_bytes_peak", frame.has_dedup.then(|| state.id_bytes(peak.dedup_ids))),
        ("state.window_entries_peak", count(peak.window_entries, frame.has_windows)),
        ("state.backlog_records_peak", count(peak.backlog, true)),
        // A batch keeps nothing from one run to the next.
        ("state.state_bytes_peak", (!frame.is_batch).then_some(state.state_bytes)),
        ("state.working_set_bytes_peak", Some(state.working_set)),
    ]
}

fn compute(collector: &Collector) -> Vec<Row> {
    let (load, frame, operations) = (&collector.load, &collector.frame, &collector.operations);
    let busy = load.core_hours_a_day();
    let core_hours = if frame.is_batch { busy } else { frame.cores * 24.0 };
    let memory_hours = super::extra::running_hours(collector);
    let gb_hours = collector.state.working_set / 1e9 * memory_hours;
    let hours = load.by_hour();
    let (busiest, mean) = (hours.iter().copied().fold(0.0, f64::max), busy / 24.0);
    let compaction = super::extra::written(collector).and_then(|written| written.compaction).unwrap_or(0.0);
    let compute_cost = (core_hours + compaction) * frame.prices.0;
    let memory_cost = gb_hours * frame.prices.1;
    vec![
        ("compute.core_hours", Some(core_hours)),
        ("compute.utilisation", Some(busy / (frame.cores * 24.0))),
        ("compute.peak_cores", Some(frame.cores)),
        ("compute.gb_hours", Some(gb_hours)),
        ("compute.busiest_hour_cores", Some(busiest)),
        ("compute.spike", (mean > 0.0).then(|| busiest / mean)),
        ("operations.runs", frame.has_runs.then(|| load.runs_a_day())),
        ("operations.failures", operations.failures_a_day()),
        ("operations.downtime_s", operations.downtime_a_day()),
        ("operations.catch_up_s_max", operations.longest_catch_up()),
        ("operations.replayed_records", operations.replayed_each().map(|rows| rows * f64::from(frame.sample))),
        ("operations.checkpoint_s_mean", operations.checkpoint_mean()),
        ("operations.out_of_memory_s", operations.out_of_memory_at()),
        ("operations.out_of_memory_ids", operations.out_of_memory_levels().map(|levels| levels.dedup_ids as f64)),
        (
            "operations.out_of_memory_bytes",
            operations.out_of_memory_levels().map(|levels| collector.state.working_set_of(&levels)),
        ),
        ("cost.compute_per_day", Some(compute_cost)),
        ("cost.memory_per_day", Some(memory_cost)),
        ("cost.total_per_day", Some(compute_cost + memory_cost)),
    ]
}

fn value(collector: &Collector, cost: Option<f64>) -> Vec<Row> {
    let worth = collector.frame.value.map(|value| {
        let all = collector.latency.histogram.sum_of(|latency| value.at(latency));
        all * f64::from(collector.frame.sample) / collector.load.days()
    });
    vec![("value.per_day", worth), ("value.net_per_day", worth.zip(cost).map(|(worth, cost)| worth - cost))]
}
