//! The list of measures: path in `summary.json`, unit and meaning. One line here, one line in
//! `collector/results` and a test make a new measure.

/// Unit of a measure, as tables and axes name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// A number of things.
    Count,
    /// Bytes.
    Bytes,
    /// A share in 0..1.
    Share,
    /// Core-hours.
    CoreHours,
    /// Cores.
    Cores,
    /// Money in the scenario's currency.
    Money,
}

/// One measure of a pipeline.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Path within the pipeline's object in `summary.json`.
    pub path: &'static str,
    /// Unit.
    pub unit: Unit,
    /// What it says, in one line.
    pub meaning: &'static str,
}

const fn measure(path: &'static str, unit: Unit, meaning: &'static str) -> Measure {
    Measure { path, unit, meaning }
}

/// Every measure of a pipeline, in the order of `summary.json`.
pub const MEASURES: &[Measure] = &[
    measure("accounting.events", Unit::Count, "measured events: each is in exactly one of the five bins that follow"),
    measure("accounting.on_time", Unit::Count, "events in the first publication of their window or period"),
    measure("accounting.late_included", Unit::Count, "events that a later publication added"),
    measure("accounting.late_dropped", Unit::Count, "events that came too late and were never included"),
    measure("accounting.lost", Unit::Count, "events lost before they were processed, or taken for duplicates"),
    measure("accounting.pending", Unit::Count, "events not resolved when the simulation ended"),
    measure("accounting.duplicates_removed", Unit::Count, "duplicate deliveries recognised and removed"),
    measure("accounting.duplicates_leaked", Unit::Count, "duplicate deliveries counted in the result"),
    measure("accounting.duplicates_late_dropped", Unit::Count, "duplicate deliveries dropped as late"),
    measure("accounting.duplicates_lost", Unit::Count, "duplicate deliveries lost before they were processed"),
    measure("accounting.written_twice", Unit::Count, "rows of output that a reader sees again after a failure"),
    measure(
        "accounting.duplicates_pending",
        Unit::Count,
        "duplicate deliveries not resolved when the simulation ended",
    ),
    measure("latency_s.mean", Unit::Seconds, "mean time from the event until a reader sees a result that includes it"),
    measure("latency_s.p50", Unit::Seconds, "median latency"),
    measure("latency_s.p90", Unit::Seconds, "90 % of the included events are visible within this time"),
    measure("latency_s.p95", Unit::Seconds, "95 % of the included events are visible within this time"),
    measure("latency_s.p99", Unit::Seconds, "99 % of the included events are visible within this time"),
    measure("latency_s.p999", Unit::Seconds, "99.9 % of the included events are visible within this time"),
    measure("latency_s.max", Unit::Seconds, "longest latency of an included event"),
    measure("stages_s.network", Unit::Seconds, "mean time from the event to the broker"),
    measure("stages_s.wait", Unit::Seconds, "mean time at the broker until processing starts"),
    measure("stages_s.compute", Unit::Seconds, "mean time of processing"),
    measure("stages_s.window", Unit::Seconds, "mean time held until the window fires"),
    measure("stages_s.commit", Unit::Seconds, "mean time from the result to its visibility in the sink"),
    measure("landing_s.mean", Unit::Seconds, "mean time from the end of a published period to its publication"),
    measure("landing_s.p50", Unit::Seconds, "median landing time"),
    measure("landing_s.p95", Unit::Seconds, "95 % of the publications land within this time"),
    measure("landing_s.max", Unit::Seconds, "latest landing"),
    measure("freshness_s.data_age_mean", Unit::Seconds, "mean over time of now minus the newest visible event"),
    measure("freshness_s.data_age_p95", Unit::Seconds, "the data is no older than this for 95 % of the time"),
    measure("freshness_s.data_age_max", Unit::Seconds, "the oldest that the data ever is"),
    measure(
        "freshness_s.complete_through_p95",
        Unit::Seconds,
        "for 95 % of the time the data is complete up to this long ago",
    ),
    measure(
        "correctness.completeness_first",
        Unit::Share,
        "share of true events in the first publication of their window",
    ),
    measure("correctness.completeness_final", Unit::Share, "share of true events in the final result"),
    measure("correctness.overcount", Unit::Share, "leaked duplicates as a share of the included events"),
    measure(
        "correctness.error_first_mean",
        Unit::Share,
        "mean error of a window's or session's first result against the truth",
    ),
    measure(
        "correctness.error_first_p95",
        Unit::Share,
        "95 % of the windows or sessions have at most this error at first",
    ),
    measure(
        "correctness.error_final_mean",
        Unit::Share,
        "mean error of a window's or session's final result against the truth",
    ),
    measure("state.dedup_ids_peak", Unit::Count, "most ids remembered at once"),
    measure("state.dedup_bytes_peak", Unit::Bytes, "bytes that they take"),
    measure(
        "state.window_entries_peak",
        Unit::Count,
        "most open window entries at once; with a funnel, open attempts and rows that wait",
    ),
    measure("state.backlog_records_peak", Unit::Count, "most records waiting at the broker at once"),
    measure("state.state_bytes_peak", Unit::Bytes, "most bytes kept from one record or batch to the next"),
    measure("state.working_set_bytes_peak", Unit::Bytes, "most memory in use at once"),
    measure("compute.core_hours", Unit::CoreHours, "core-hours a day, used (batch) or reserved (others)"),
    measure("compute.utilisation", Unit::Share, "share of the cores' time that is busy"),
    measure("compute.peak_cores", Unit::Cores, "cores that must be there"),
    measure("compute.gb_hours", Unit::Count, "gigabyte-hours of memory a day, used (batch) or reserved (others)"),
    measure("compute.busiest_hour_cores", Unit::Cores, "mean busy cores in the busiest hour of the day"),
    measure("compute.spike", Unit::Count, "how many times the mean load the busiest hour of the day has"),
    measure("operations.runs", Unit::Count, "runs a day"),
    measure("operations.failures", Unit::Count, "failures a day"),
    measure("operations.downtime_s", Unit::Seconds, "time without a working pipeline a day"),
    measure("operations.catch_up_s_max", Unit::Seconds, "longest time from a failure until all is fresh again"),
    measure("operations.replayed_records", Unit::Count, "records read again after a failure, on average"),
    measure("operations.checkpoint_s_mean", Unit::Seconds, "mean time from the trigger of a checkpoint to its end"),
    measure(
        "operations.out_of_memory_s",
        Unit::Seconds,
        "time from the start of the measured period until state outgrew the memory for good",
    ),
    measure("operations.out_of_memory_ids", Unit::Count, "ids remembered at that moment"),
    measure("operations.out_of_memory_bytes", Unit::Bytes, "memory needed at that moment"),
    measure("cost.compute_per_day", Unit::Money, "core-hours, priced, with those of compaction"),
    measure("cost.memory_per_day", Unit::Money, "memory-hours, priced"),
    measure("cost.total_per_day", Unit::Money, "both"),
    measure("funnel.started", Unit::Count, "attempts of the funnel that the pipeline shows"),
    measure("funnel.converted", Unit::Count, "attempts that it shows to have come to the last step"),
    measure("funnel.conversion", Unit::Share, "the latter as a share of the former"),
    measure("funnel.true_started", Unit::Count, "attempts that a perfect pipeline would show"),
    measure("funnel.true_converted", Unit::Count, "attempts that truly came to the last step"),
    measure("funnel.true_conversion", Unit::Share, "the latter as a share of the former"),
    measure("funnel.error", Unit::Share, "error of the conversion as a share of the true one"),
    measure("funnel.missed", Unit::Share, "share of the true conversions that the pipeline does not show"),
    measure("funnel.spurious", Unit::Share, "share of the conversions that it shows which are not true"),
    measure(
        "funnel.seen_after_s_mean",
        Unit::Seconds,
        "mean time from the event of the last step until a reader sees the conversion",
    ),
    measure("funnel.seen_after_s_p95", Unit::Seconds, "95 % of the conversions are seen within this time"),
    measure("quality.bad_stretches", Unit::Count, "incidents with bad data in the measured period"),
    measure("quality.bad_events_published", Unit::Count, "bad events published before somebody noticed"),
    measure(
        "quality.bad_exposure_s",
        Unit::Seconds,
        "mean time from the first publication of a bad event of an incident until it is corrected, 0 when it never was",
    ),
    measure("quality.stopped_runs", Unit::Count, "runs a day that a gate stopped"),
    measure(
        "enrich.outdated_share",
        Unit::Share,
        "share of the rows that are joined to an outdated row of the side input",
    ),
    measure("enrich.loads_per_day", Unit::Count, "loads a day: of the table, or of single rows"),
    measure("enrich.bytes_per_day", Unit::Bytes, "bytes a day that they bring"),
    measure("enrich.core_hours", Unit::CoreHours, "core-hours a day of one core that they take"),
    measure("sink.commits_per_day", Unit::Count, "commits of the table a day"),
    measure("sink.files_per_day", Unit::Count, "files that they make a day"),
    measure("sink.file_bytes_mean", Unit::Bytes, "mean bytes of a file before compaction"),
    measure("sink.rewritten_bytes_per_day", Unit::Bytes, "bytes a day of partitions that late rows rewrite"),
    measure("sink.compaction_core_hours", Unit::CoreHours, "core-hours a day of compaction, part of the cost"),
    measure(
        "people.on_call_weeks_per_person",
        Unit::Count,
        "weeks a year on call for each who knows the kind, 0 when a night can pass, absent when nobody knows it",
    ),
    measure("people.incidents_per_year", Unit::Count, "incidents a year that need a person"),
    measure("people.cost_per_day", Unit::Money, "people's hours and weeks on call, priced; not part of the total"),
    measure(
        "people.complexity",
        Unit::Count,
        "batch 1, micro_batch 2, continuous 3; one more for a kind new to the team",
    ),
    measure(
        "downstream.landing_s_mean",
        Unit::Seconds,
        "mean time from the end of a period until the last dataset that is made from it has landed",
    ),
    measure("downstream.landing_s_p95", Unit::Seconds, "95 % of them have landed within this time"),
    measure("downstream.landing_s_max", Unit::Seconds, "the latest that the last dataset lands"),
    measure("value.per_day", Unit::Money, "what the visible events of a day are worth, given how late they are"),
    measure("value.net_per_day", Unit::Money, "the same less the cost"),
];

/// The share of events that a percentile of the latency is about; `None` for other measures.
#[must_use]
pub fn percentile(path: &str) -> Option<f64> {
    match path {
        "latency_s.p50" => Some(0.5),
        "latency_s.p90" => Some(0.9),
        "latency_s.p95" => Some(0.95),
        "latency_s.p99" => Some(0.99),
        "latency_s.p999" => Some(0.999),
        _ => None,
    }
}

/// The measure at a path.
#[must_use]
pub fn find(path: &str) -> Option<&'static Measure> {
    MEASURES.iter().find(|measure| measure.path == path)
}

/// The latency of one event: what an objective on a share of the events is about. No pipeline has one value of it.
pub const EVENT_LATENCY: Measure = measure("latency_s", Unit::Seconds, "latency of an event");

/// Whether a measure has a value for each whole day as well.
#[must_use]
pub fn has_days(path: &str) -> bool {
    path.starts_with("latency_s.") || path == "landing_s.max" || path == "correctness.completeness_final"
}
