//! What is found out about a pipeline.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{PROBES, Period, Row, TTL, WINDOW};

/// Counts by the upper bits of a float: 128 buckets for each doubling.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

const SHIFT: u32 = 16;

impl Histogram {
    #[inline]
    pub fn record(&mut self, value: i64) {
        let bucket = ((value as f32).to_bits() >> SHIFT) as usize;
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.total += 1;
    }

    /// The middle of the bucket in which the quantile lies.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let wanted = (share * self.total as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let bucket = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        })?;
        let edge = |bucket: usize| f64::from(f32::from_bits((bucket as u32) << SHIFT));
        Some((edge(bucket) + edge(bucket + 1)) / 2.0)
    }
}

/// Ids remembered for a time to live. A duplicate knows when its event arrived first, so no table is needed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ids {
    made: VecDeque<i64>,
}

impl Ids {
    /// Whether a delivery is recognised; one that is not makes an entry.
    #[inline]
    pub fn knows(&mut self, row: &Row) -> bool {
        let known = row.first.is_some_and(|first| row.arrival - first < TTL);
        if !known {
            self.held(row.arrival);
            self.made.push_back(row.arrival);
        }
        known
    }

    pub fn held(&mut self, now: i64) -> u64 {
        while self.made.front().is_some_and(|made| now - made >= TTL) {
            self.made.pop_front();
        }
        self.made.len() as u64
    }
}

/// What a reader sees of a window.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Published {
    first: u64,
    last: u64,
}

/// Answers of a pipeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answers {
    period: Period,
    pub on_time: u64,
    pub late_included: u64,
    pub late_dropped: u64,
    pub removed: u64,
    pub leaked: u64,
    pub duplicates_late: u64,
    latency: Histogram,
    latency_sum: i128,
    windows: BTreeMap<i64, Published>,
    newest: i64,
    /// What will be visible when: `(visible, newest)`.
    coming: VecDeque<(i64, i64)>,
    age_sum: i128,
    ids_sum: u64,
    ids_peak: u64,
    busy: f64,
    cores: f64,
}

impl Answers {
    /// Everything up to `newest` is visible from the start.
    pub fn new(period: Period, cores: f64, newest: i64) -> Self {
        Self {
            period,
            on_time: 0,
            late_included: 0,
            late_dropped: 0,
            removed: 0,
            leaked: 0,
            duplicates_late: 0,
            latency: Histogram::default(),
            latency_sum: 0,
            windows: BTreeMap::new(),
            newest,
            coming: VecDeque::new(),
            age_sum: 0,
            ids_sum: 0,
            ids_peak: 0,
            busy: 0.0,
            cores,
        }
    }

    /// A delivery came too late.
    pub fn late(&mut self, row: &Row) {
        match row.first {
            None => self.late_dropped += 1,
            Some(_) => self.duplicates_late += 1,
        }
    }

    /// An event is visible.
    #[inline]
    pub fn visible(&mut self, event: i64, visible: i64, on_time: bool) {
        self.latency.record(visible - event);
        self.latency_sum += i128::from(visible - event);
        if on_time {
            self.on_time += 1;
        } else {
            self.late_included += 1;
        }
    }

    /// From then on the data is that new; publications come in order.
    pub fn refreshed(&mut self, newest: i64, visible: i64) {
        if self.coming.back().is_none_or(|(_, last)| newest > *last) {
            self.coming.push_back((visible, newest));
        }
    }

    /// A window publishes more rows.
    pub fn fire(&mut self, window: i64, rows: u64) {
        let published = self.windows.entry(window).or_insert(Published { first: rows, last: 0 });
        published.last += rows;
    }

    pub fn busy(&mut self, from: i64, to: i64) {
        self.busy += self.period.overlap(from, to) as f64 * self.cores;
    }

    pub fn peak(&mut self, ids: u64) {
        self.ids_peak = self.ids_peak.max(ids);
    }

    pub fn probe(&mut self, now: i64, ids: u64) {
        while let Some((_, newest)) = self.coming.front().copied().filter(|(visible, _)| *visible <= now) {
            self.newest = self.newest.max(newest);
            self.coming.pop_front();
        }
        self.age_sum += i128::from(now - self.newest);
        self.ids_sum += ids;
        self.peak(ids);
    }

    fn to_json(&self, stream: &Stream) -> Value {
        let included = self.on_time + self.late_included;
        let seconds = |value: Option<f64>| value.map(|micros| micros / 1e6);
        let (mut first, mut last, mut count) = (0.0, 0.0, 0.0);
        let whole = self.period.from.div_euclid(WINDOW)..self.period.to.div_euclid(WINDOW);
        for window in whole.filter(|window| window * WINDOW >= self.period.from) {
            let truth = stream.truth.get((window - stream.first_window) as usize).copied().unwrap_or(0);
            let published = self.windows.get(&window).copied().unwrap_or_default();
            let error = |rows: u64| rows.abs_diff(truth) as f64 / truth.max(1) as f64;
            first += error(published.first);
            last += error(published.last);
            count += 1.0;
        }
        json!({
            "events": stream.firsts,
            "on_time": self.on_time,
            "late_included": self.late_included,
            "late_dropped": self.late_dropped,
            "pending": stream.firsts - included - self.late_dropped,
            "duplicates_removed": self.removed,
            "duplicates_leaked": self.leaked,
            "duplicates_late_dropped": self.duplicates_late,
            "latency_mean": (included > 0).then(|| self.latency_sum as f64 / included as f64 / 1e6),
            "latency_p50": seconds(self.latency.quantile(0.5)),
            "latency_p99": seconds(self.latency.quantile(0.99)),
            "data_age_mean": self.age_sum as f64 / PROBES as f64 / 1e6,
            "error_first_mean": first / count,
            "error_final_mean": last / count,
            "utilisation": self.busy / ((self.period.to - self.period.from) as f64 * self.cores),
            "dedup_ids_mean": self.ids_sum as f64 / PROBES as f64,
            "dedup_ids_peak": self.ids_peak,
        })
    }
}

/// What is counted of the stream itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stream {
    first_window: i64,
    /// True events by window.
    truth: Vec<u64>,
    /// First deliveries.
    pub firsts: u64,
    pub deliveries: u64,
}

impl Stream {
    pub fn new(period: &Period) -> Self {
        Self { first_window: period.from.div_euclid(WINDOW), truth: Vec::new(), firsts: 0, deliveries: 0 }
    }

    /// An event happened.
    #[inline]
    pub fn happened(&mut self, event: i64) {
        let place = (event.div_euclid(WINDOW) - self.first_window) as usize;
        if place >= self.truth.len() {
            self.truth.resize(place + 1, 0);
        }
        self.truth[place] += 1;
    }

    pub fn delivered(&mut self, row: &Row) {
        self.deliveries += 1;
        self.firsts += u64::from(row.first.is_none());
    }
}

/// Prints all answers.
pub fn print(stream: &Stream, daily: &Answers, hourly: &Answers, micro_batch: &Answers, continuous: &Answers) {
    let pipelines = json!({
        "daily": daily.to_json(stream),
        "hourly": hourly.to_json(stream),
        "micro_batch": micro_batch.to_json(stream),
        "continuous": continuous.to_json(stream),
    });
    println!("{}", json!({ "deliveries": stream.deliveries, "peak_rss": peak_rss(), "pipelines": pipelines }));
}

/// Largest resident set of this process, bytes, where the system tells.
fn peak_rss() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1_024)
}
