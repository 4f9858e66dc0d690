//! The report on the capacity of dedup state.

use serde_json::{Value, json};

use crate::decide::{Capacity, Size, SizeRow};
use crate::error::Result;
use crate::experiment::Estimate;
use crate::metrics::Unit;
use crate::report::charts::{self, Curve};
use crate::report::page::{Paper, PaperTable, Section};
use crate::report::view;
use crate::scenario::{Dedup, IdForm, Scenario, Store};
use crate::tabular::{Table, Values};
use crate::units::{DAY, Instant, Span};

/// The schema of the summary.
pub const SCHEMA: &str = "millstream/size/1";

/// All stores, in the order of the table.
pub const STORES: [Store; 10] = [
    Store::HashSet,
    Store::FlinkHeapShards,
    Store::FlinkHeap,
    Store::FlinkHeapTtl,
    Store::FlinkHeapTimer,
    Store::FlinkHeapMap,
    Store::FlinkRocksdb,
    Store::FlinkRocksdbTtl,
    Store::SparkHdfs,
    Store::SparkRocksdb,
];
/// Those that the figure draws.
const DRAWN: [Store; 4] = [Store::HashSet, Store::FlinkHeapTtl, Store::FlinkRocksdbTtl, Store::SparkHdfs];

/// What a column shows of a row.
type Column = fn(&SizeRow) -> Estimate;

/// What was found, and what it is to lie on.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What the stream asks for.
    pub size: &'a Size,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The machines.
    pub capacity: Capacity,
    /// Form of an id.
    pub form: IdForm,
    /// The time to live that is judged.
    pub ttl: Span,
    /// The store that is judged.
    pub store: Store,
    /// The command that makes it again.
    pub command: &'a str,
}

fn estimate(estimate: &Estimate, factor: f64) -> Value {
    let scaled = |value: Option<f64>| value.map(|value| value * factor);
    json!({ "value": scaled(estimate.value), "low": scaled(estimate.low), "high": scaled(estimate.high) })
}

/// A duration as scenarios write it, as far as words go.
fn span(span: Span) -> String {
    view::value(Unit::Seconds, span.as_secs_f64())
}

fn words(unit: Unit, found: &Estimate) -> String {
    let interval = view::interval(unit, found).map_or_else(String::new, |interval| format!(" {interval}"));
    view::optional(unit, found.value) + &interval
}

/// Shorter, for the cells of a table.
fn brief(unit: Unit, found: &Estimate) -> String {
    let interval = view::compact_interval(unit, found).map_or_else(String::new, |interval| format!(" {interval}"));
    view::optional(unit, found.value) + &interval
}

fn scaled(found: &Estimate, factor: f64) -> Estimate {
    let times = |value: Option<f64>| value.map(|value| value * factor);
    Estimate { value: times(found.value), low: times(found.low), high: times(found.high) }
}

impl Report<'_> {
    fn bytes(&self, store: Store) -> f64 {
        store.bytes(self.form, &Dedup::Ttl(self.ttl))
    }

    fn judged(&self) -> Option<&SizeRow> {
        self.size.rows.iter().find(|row| row.ttl == self.ttl)
    }

    /// The day on which a state of these bytes no longer fits.
    fn day(&self, bytes: f64) -> String {
        match self.capacity.days_left(bytes) {
            None if self.capacity.growth > 0.0 => view::ABSENT.to_owned(),
            None => "never, without growth".to_owned(),
            Some(days) if days <= 0.0 => "too small today".to_owned(),
            Some(days) if days > 36_525.0 => "in more than 100 years".to_owned(),
            Some(days) => {
                let at = self.scenario.start.at(Instant((days * DAY as f64) as i64));
                at.0.strftime("%-d %B %Y").to_string()
            }
        }
    }

    /// `summary.json`.
    #[must_use]
    pub fn summary(&self) -> Value {
        let capacity = &self.capacity;
        let row = |row: &SizeRow| {
            let peak = row.peak.value.unwrap_or(0.0);
            let stores: serde_json::Map<String, Value> = STORES
                .iter()
                .map(|store| {
                    let bytes = peak * self.bytes(*store);
                    let value = json!({
                        "bytes_mean": estimate(&row.mean, self.bytes(*store)),
                        "bytes_p99": estimate(&row.p99, self.bytes(*store)),
                        "bytes_peak": estimate(&row.peak, self.bytes(*store)),
                        "bytes_peak_per_worker": capacity.per_worker(bytes),
                        "checkpoint_s": capacity.checkpoint_s(bytes),
                        "head_room": capacity.head_room(bytes),
                        "days_left": capacity.days_left(bytes),
                    });
                    (store.name().to_owned(), value)
                })
                .collect();
            json!({
                "ttl_s": row.ttl.as_secs_f64(),
                "ids_mean": estimate(&row.mean, 1.0), "ids_p99": estimate(&row.p99, 1.0), "ids_peak": estimate(&row.peak, 1.0),
                "duplicates_let_through": estimate(&row.leaked, 1.0),
                "extrapolated": row.extrapolated,
                "stores": stores,
            })
        };
        json!({
            "schema": SCHEMA,
            "scenario": { "name": self.scenario.name, "title": self.scenario.title },
            "run": {
                "seed": self.scenario.seed, "replications": self.scenario.replications,
                "version": env!("CARGO_PKG_VERSION"),
            },
            "capacity": {
                "workers": capacity.workers, "memory_per_worker_bytes": capacity.memory,
                "bandwidth_bytes_per_s": capacity.bandwidth, "checkpoint_interval_s": capacity.interval,
                "growth_per_year": capacity.growth,
            },
            "new_ids_per_s": estimate(&self.size.new_per_s, 1.0),
            "duplicates_share": estimate(&self.size.duplicates, 1.0),
            "judged": { "ttl_s": self.ttl.as_secs_f64(), "store": self.store.name() },
            "ttls": self.size.rows.iter().map(row).collect::<Vec<_>>(),
        })
    }

    /// The tables: ids by time to live, and bytes by time to live and store.
    #[must_use]
    pub fn tables(&self) -> Vec<(&'static str, Table)> {
        let rows = &self.size.rows;
        let number = |of: &dyn Fn(&SizeRow) -> Option<f64>| Values::Number(rows.iter().map(of).collect());
        let mut by_ttl = Table::default().with("ttl_s", number(&|row| Some(row.ttl.as_secs_f64())));
        let columns: [(&str, Column); 4] = [
            ("ids_mean", |row| row.mean),
            ("ids_p99", |row| row.p99),
            ("ids_peak", |row| row.peak),
            ("duplicates_let_through", |row| row.leaked),
        ];
        for (name, of) in columns {
            by_ttl = by_ttl
                .with(name, number(&|row| of(row).value))
                .with(&format!("{name}_low"), number(&|row| of(row).low))
                .with(&format!("{name}_high"), number(&|row| of(row).high));
        }
        let words = rows.iter().map(|row| Some(row.extrapolated.to_string())).collect();
        by_ttl = by_ttl.with("extrapolated", Values::Text(words));
        let cells: Vec<(&SizeRow, Store)> =
            rows.iter().flat_map(|row| STORES.iter().map(move |store| (row, *store))).collect();
        let number = |of: &dyn Fn(&SizeRow, f64) -> Option<f64>| {
            Values::Number(cells.iter().map(|(row, store)| of(row, self.bytes(*store))).collect())
        };
        let peak = |row: &SizeRow, bytes: f64| row.peak.value.map(|ids| ids * bytes);
        let by_store = Table::default()
            .with("ttl_s", number(&|row, _| Some(row.ttl.as_secs_f64())))
            .with("store", Values::Text(cells.iter().map(|(_, store)| Some(store.name().to_owned())).collect()))
            .with("bytes_per_id", number(&|_, bytes| Some(bytes)))
            .with("bytes_mean", number(&|row, bytes| row.mean.value.map(|ids| ids * bytes)))
            .with("bytes_p99", number(&|row, bytes| row.p99.value.map(|ids| ids * bytes)))
            .with("bytes_peak", number(&peak))
            .with("bytes_peak_per_worker", number(&|row, bytes| peak(row, bytes).map(|b| self.capacity.per_worker(b))))
            .with("checkpoint_s", number(&|row, bytes| peak(row, bytes).map(|b| self.capacity.checkpoint_s(b))))
            .with("head_room", number(&|row, bytes| peak(row, bytes).map(|b| self.capacity.head_room(b))));
        vec![("by_ttl", by_ttl), ("by_store", by_store)]
    }

    /// The answer in sentences.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let Some(row) = self.judged() else { return vec!["Nothing was asked about.".to_owned()] };
        let (capacity, bytes) = (&self.capacity, self.bytes(self.store));
        let peak = row.peak.value.unwrap_or(0.0) * bytes;
        let bytes_of = |found: &Estimate| words(Unit::Bytes, &scaled(found, bytes));
        let mut out = vec![format!(
            "With a time to live of {}, deduplication holds {} ids at its peak: {} in {} ({bytes} bytes an id).",
            span(row.ttl),
            words(Unit::Count, &row.peak),
            bytes_of(&row.peak),
            self.store.name()
        )];
        let workers = match capacity.workers {
            1 => "one worker".to_owned(),
            count => format!("each of {count} workers"),
        };
        let room = capacity.head_room(peak);
        let place = if self.store.is_on_disk() { "on disk" } else { "of memory" };
        out.push(if room >= 0.0 {
            format!(
                "That is {} on {workers}; of {} {place}, {} stay free. With a growth of {} a year it is full: {}.",
                view::value(Unit::Bytes, capacity.per_worker(peak)),
                view::value(Unit::Bytes, capacity.memory),
                view::value(Unit::Share, room),
                view::value(Unit::Share, capacity.growth),
                self.day(peak)
            )
        } else {
            format!(
                "That is {} on {workers}, more than the {} {place}: it does not fit.",
                view::value(Unit::Bytes, capacity.per_worker(peak)),
                view::value(Unit::Bytes, capacity.memory)
            )
        });
        out.push(match row.leaked.value {
            Some(_) => format!("It lets {} of the duplicates through.", words(Unit::Share, &row.leaked)),
            None => "There are no duplicates in the stream.".to_owned(),
        });
        let full = capacity.checkpoint_s(peak);
        let new = self.size.new_per_s.value.unwrap_or(0.0) * bytes * capacity.interval;
        let over = if full > capacity.interval { ", longer than the interval" } else { "" };
        out.push(format!(
            "A full checkpoint writes {} in {}{over}, which every {} is {}/s on each worker; an incremental one about {} of new ids.",
            view::value(Unit::Bytes, peak), view::value(Unit::Seconds, full), view::value(Unit::Seconds, capacity.interval),
            view::value(Unit::Bytes, capacity.checkpoint_load(peak)), view::value(Unit::Bytes, new)
        ));
        if row.extrapolated {
            out.push(
                "Too little of this time to live fits into the stream: ids are computed by Little’s law, peak and \
                      p99 as bounds."
                    .to_owned(),
            );
        }
        out
    }

    /// Ids and leaks by time to live.
    #[must_use]
    pub fn by_ttl(&self) -> PaperTable {
        let bytes = self.bytes(self.store);
        let row = |row: &SizeRow| {
            let mark = if row.extrapolated { " *" } else { "" };
            let cell = |found: &Estimate| brief(Unit::Count, found);
            vec![
                format!("{}{mark}", span(row.ttl)),
                cell(&row.mean),
                cell(&row.p99),
                cell(&row.peak),
                brief(Unit::Bytes, &scaled(&row.peak, bytes)),
                brief(Unit::Share, &row.leaked),
            ]
        };
        let head = ["Time to live", "ids, mean", "p99", "peak", self.store.name(), "duplicates let through"];
        PaperTable {
            caption: "Ids held over time, bytes at the peak, and the share of the duplicates that are let through; ± in percent of the value, for shares in percentage points. *: \
                      computed by Little’s law; p99 and peak are bounds."
                .to_owned(),
            head: head.map(str::to_owned).to_vec(),
            rows: self.size.rows.iter().map(row).collect(),
            left: 1,
        }
    }

    /// Bytes by store for the judged time to live.
    #[must_use]
    pub fn by_store(&self) -> PaperTable {
        let capacity = &self.capacity;
        let none = Estimate::default();
        let ids = self.judged().map_or((none, none), |row| (row.mean, row.peak));
        let row = |store: &Store| {
            let bytes = self.bytes(*store);
            let peak = ids.1.value.unwrap_or(0.0) * bytes;
            vec![
                format!("{}{}", store.name(), if store.is_on_disk() { " (disk)" } else { "" }),
                format!("{bytes}"),
                brief(Unit::Bytes, &scaled(&ids.0, bytes)),
                brief(Unit::Bytes, &scaled(&ids.1, bytes)),
                view::value(Unit::Bytes, capacity.per_worker(peak)),
                view::value(Unit::Seconds, capacity.checkpoint_s(peak)),
                view::value(Unit::Share, capacity.head_room(peak)),
                self.day(peak),
            ]
        };
        let head = ["Store", "bytes/id", "mean", "peak", "a worker", "checkpoint", "head-room", "full on"];
        PaperTable {
            caption: format!(
                "For a time to live of {}: bytes of all ids, of one of {} workers at the peak, time of a full checkpoint \
                 at {}/s a worker, and what of {} a worker stays free.",
                span(self.ttl),
                capacity.workers,
                view::value(Unit::Bytes, capacity.bandwidth),
                view::value(Unit::Bytes, capacity.memory)
            ),
            head: head.map(str::to_owned).to_vec(),
            rows: STORES.iter().map(row).collect(),
            left: 1,
        }
    }

    /// The page.
    ///
    /// # Errors
    /// When a figure cannot be drawn.
    pub fn paper(&self) -> Result<Paper> {
        let rows = &self.size.rows;
        let curve = |store: &Store| {
            let bytes = self.bytes(*store);
            let points = rows.iter().filter_map(|row| Some((row.ttl.as_secs_f64(), row.peak.value? * bytes)));
            Curve { name: store.name().to_owned(), points: points.collect() }
        };
        let limit = self.capacity.memory * f64::from(self.capacity.workers);
        let fits = |store: &Store| {
            let bytes = self.bytes(*store);
            rows.iter().rev().find(|row| row.peak.value.is_some_and(|ids| ids * bytes <= limit)).map(|row| row.ttl)
        };
        let longest = match fits(&self.store) {
            Some(ttl) => {
                format!("{} holds ids for {} in {}", self.store.name(), span(ttl), view::value(Unit::Bytes, limit))
            }
            None => format!("{} fits {} for no time to live", self.store.name(), view::value(Unit::Bytes, limit)),
        };
        let mut drawn = DRAWN.to_vec();
        if !drawn.contains(&self.store) {
            drawn.push(self.store);
        }
        let label = format!("{} on {} workers", view::value(Unit::Bytes, limit), self.capacity.workers);
        let memory = charts::memory(
            vec![format!("Memory over the time to live: {longest}"), "Memory over the time to live".to_owned()],
            &drawn.iter().map(curve).collect::<Vec<_>>(),
            limit,
            &label,
        )?;
        let leaks: Vec<(f64, f64)> =
            rows.iter().filter_map(|row| Some((row.ttl.as_secs_f64(), row.leaked.value?))).collect();
        let enough = rows.iter().find(|row| row.leaked.value.is_some_and(|share| share < 0.001));
        let message = enough.map(|row| {
            format!("From a time to live of {} on, fewer than 0.1 % of the duplicates are let through", span(row.ttl))
        });
        let titles = message.into_iter().chain(["Duplicates that are let through".to_owned()]).collect();
        let leaks = charts::leaks(titles, leaks)?;
        Ok(Paper {
            title: format!("Size of dedup state: {}", self.scenario.title),
            question: "How much memory does deduplication take, and what does a shorter time to live let through?"
                .to_owned(),
            verdict: self.sentences(),
            sections: vec![
                Section { title: "Stores".to_owned(), tables: vec![self.by_store()], ..Section::default() },
                Section {
                    title: "Times to live".to_owned(),
                    tables: vec![self.by_ttl()],
                    figures: vec![memory, leaks],
                    ..Section::default()
                },
                Section {
                    title: "What is counted".to_owned(),
                    text: vec![
                        format!(
                            "New ids come at {} a second, and {} of the deliveries are duplicates. An id is held from the \
                             delivery that is let through for the time to live, by the clock; a pipeline that reads late, \
                             or a store that keeps expired entries until its clean-up, holds more.",
                            words(Unit::Count, &self.size.new_per_s),
                            words(Unit::Share, &self.size.duplicates)
                        ),
                        "Bytes of an id are those measured on the real engines with about a million ids. A hash table \
                         doubles when it is full, so that at another number of ids it takes from half to twice as much \
                         for each."
                            .to_owned(),
                    ],
                    ..Section::default()
                },
            ],
            method: format!(
                "One pass over the stream of each of {} replications from seed {}; ± is half of the 95 % confidence interval.",
                self.scenario.replications, self.scenario.seed
            ),
            reproduce: self.command.to_owned(),
        })
    }
}
