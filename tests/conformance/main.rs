//! Golden cases: small logs whose result follows by hand from the rules of the real engines, and
//! a published run of Flink. Times are milliseconds.
//!
//! A log goes row by row through [`Stream`] and [`advance`] into a pipeline whose facts are
//! written down instead of measured.

mod batch;
mod dedup;
mod flink;
mod golden;
mod group_by;
mod spark;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use millstream::engine::{Actor, advance};
use millstream::pipelines::{AnyPipeline, Cohort, Facts, Firing, Frame, GroupFiring, Levels, Resolved, VisibleEvent};
use millstream::scenario::{Overrides, Scenario, parse};
use millstream::units::{Instant, Period, Span};
use millstream::workload::{Block, Grid, Notes, Stream, read_bytes};

/// A delivery: arrival, event time, event id.
type Row = (i64, i64, u32);

/// A firing as the engines print it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fired {
    /// Start of the window.
    window: i64,
    /// Its count so far, earlier firings included.
    count: u64,
    /// The watermark that made it fire; `None` where the model has none or the input ended.
    watermark: Option<i64>,
    /// When a reader sees it.
    visible: i64,
}

/// Writes down what a pipeline reports.
#[derive(Debug)]
struct Recorder {
    grid: Option<Grid>,
    counts: BTreeMap<i64, u64>,
    firings: Vec<Fired>,
    /// Firings of sessions and of the last rows of a key.
    groups: Vec<GroupFiring>,
    /// Starts of the windows that the end of the input made fire.
    at_end: Vec<i64>,
    /// Ends of periods or windows, and when they were published first.
    landings: Vec<(i64, i64)>,
    runs: Vec<i64>,
    on_time: u64,
    late_included: u64,
    resolved: Resolved,
    /// Event times of the rows dropped as late.
    dropped: Vec<i64>,
    /// At each probe: open windows, ids.
    levels: Vec<(u64, u64)>,
    settled: i64,
}

fn millis(at: Instant) -> i64 {
    assert_eq!(at.0 % 1_000, 0, "{at:?} is no whole millisecond");
    at.0 / 1_000
}

impl Facts for Recorder {
    fn cohort_visible(&mut self, cohort: Cohort, _: Instant, _: Instant) {
        self.on_time += cohort.on_time;
        self.late_included += cohort.late;
        self.resolved.duplicates_leaked += cohort.leaked;
    }

    fn event_visible(&mut self, event: &VisibleEvent) {
        self.on_time += u64::from(event.on_time);
        self.late_included += u64::from(!event.on_time);
    }

    fn prehistory_visible(&mut self, _: Instant, _: Instant) {}

    fn resolved(&mut self, resolved: Resolved) {
        self.resolved.late_dropped += resolved.late_dropped;
        self.resolved.duplicates_removed += resolved.duplicates_removed;
        self.resolved.duplicates_leaked += resolved.duplicates_leaked;
        self.resolved.duplicates_late_dropped += resolved.duplicates_late_dropped;
    }

    fn landed(&mut self, end: Instant, at: Instant) {
        self.landings.push((millis(end), millis(at)));
    }

    fn fired(&mut self, firing: &Firing<'_>) {
        let window = self.grid.map(|grid| millis(grid.start(firing.window))).expect("only windows fire");
        let count = self.counts.entry(window).or_insert(0);
        *count += firing.rows;
        let (count, visible) = (*count, millis(firing.visible));
        let watermark = firing.watermark.filter(|_| !firing.at_end).map(millis);
        self.firings.push(Fired { window, count, watermark, visible });
        if firing.at_end {
            self.at_end.push(window);
        }
    }

    fn group_fired(&mut self, firing: &GroupFiring) {
        self.groups.push(*firing);
    }

    fn settled(&mut self, through: Instant) {
        assert!(through.0 >= self.settled, "what was settled stays so");
        self.settled = through.0;
    }

    fn busy(&mut self, _: Instant, _: Instant, _: f64) {}

    fn run_started(&mut self, at: Instant) {
        self.runs.push(millis(at));
    }

    fn probe(&mut self, _: Instant, levels: Levels) {
        self.levels.push((levels.window_entries, levels.dedup_ids));
    }

    fn peak(&mut self, _: Instant, _: Levels) {}
}

/// A job and a pipeline, over a log instead of the scenario's stream.
struct Case {
    scenario: Scenario,
    probes: Vec<i64>,
}

impl Case {
    /// `text` is what follows `[workload]`: the job and one pipeline.
    fn new(text: &str) -> Self {
        Self::starting("2026-01-05T00:00:00Z", text)
    }

    fn starting(start: &str, text: &str) -> Self {
        let text = format!(
            "title = \"t\"\nquestion = \"q\"\nstart = \"{start}\"\nduration = \"1d\"\n[workload]\nrate = \"1/s\"\n{text}"
        );
        let scenario = parse("golden", &text, Path::new(""), &Overrides::default());
        Self { scenario: scenario.unwrap_or_else(|error| panic!("{error}\n{text}")), probes: Vec::new() }
    }

    /// Levels are read at these instants.
    fn probed(self, probes: &[i64]) -> Self {
        Self { probes: probes.to_vec(), ..self }
    }

    /// Lets the rows arrive, then time pass until `until`; then the input ends if it does.
    fn replay(&self, rows: &[Row], until: i64, ends: bool) -> Recorder {
        let start = self.scenario.start.0.as_millisecond();
        let mut csv = "event_id,event_time_ms,arrival_time_ms,true_time_ms\n".to_owned();
        for (arrival, event, id) in rows {
            let (arrival, event) = (start + arrival, start + event);
            // Some examples have events from the future.
            csv.push_str(&format!("{id},{event},{arrival},{}\n", event.min(arrival)));
        }
        let log = read_bytes("rows.csv", csv.as_bytes()).expect("the rows are sound");
        assert_eq!(log.origin(self.scenario.start), self.scenario.start);
        let measured = Period { from: Instant(0), to: Instant(86_400_000_000) };
        let probes: Arc<[Instant]> = self.probes.iter().map(|at| Instant(at * 1_000)).collect();
        let frame = Frame { replication: 0, measured, probes, funnel: None };
        let mut stream = Stream::new(&self.scenario, Some(&log), 0).expect("a log is a stream");
        let pipeline = &self.scenario.pipelines[0];
        let mut pipeline = AnyPipeline::new(&self.scenario, pipeline, &frame, |setup| Recorder {
            grid: setup.grid,
            counts: BTreeMap::new(),
            groups: Vec::new(),
            firings: Vec::new(),
            at_end: Vec::new(),
            landings: Vec::new(),
            runs: Vec::new(),
            on_time: 0,
            late_included: 0,
            resolved: Resolved::default(),
            dropped: Vec::new(),
            levels: Vec::new(),
            settled: i64::MIN,
        });
        let mut block = Block::default();
        while stream.next(&mut block).unwrap() {
            (0..block.len()).for_each(|row| deliver(&mut pipeline, &block, row));
        }
        let until = Instant(until * 1_000);
        advance(&mut pipeline, &Block { until, ..Block::default() });
        if ends {
            pipeline.end_of_input(until);
        }
        conserved(&mut pipeline, rows.len() as u64);
        pipeline.into_facts()
    }
}

/// Hands over a single row, so that what happens to it is told apart from the others.
fn deliver(pipeline: &mut AnyPipeline<Recorder>, block: &Block, row: usize) {
    let late = |facts: &Recorder| facts.resolved.late_dropped + facts.resolved.duplicates_late_dropped;
    let before = late(pipeline.facts());
    let event_time = block.event_time[row];
    let single = Block {
        until: block.arrival[row] + Span(1),
        arrival: vec![block.arrival[row]],
        event_time: vec![event_time],
        key: vec![block.key.values()[row]].into(),
        bytes: vec![block.bytes.values()[row]].into(),
        notes: block.notes.get(row).map(Notes::of_first).unwrap_or_default(),
        ..Block::default()
    };
    advance(pipeline, &single);
    if late(pipeline.facts()) > before {
        pipeline.facts_mut().dropped.push(millis(event_time));
    }
}

/// Every row is in one bin or held.
fn conserved(pipeline: &mut AnyPipeline<Recorder>, rows: u64) {
    let (events, duplicates) = pipeline.held();
    let facts = pipeline.facts();
    let of = &facts.resolved;
    let resolved = of.late_dropped + of.duplicates_removed + of.duplicates_leaked + of.duplicates_late_dropped;
    assert_eq!(facts.on_time + facts.late_included + resolved + events + duplicates, rows, "{facts:?}");
}

/// Rows of distinct events.
fn distinct(rows: &[(i64, i64)]) -> Vec<Row> {
    (0..).zip(rows).map(|(id, &(arrival, event))| (arrival, event, id)).collect()
}

fn fired(window: i64, count: u64, watermark: impl Into<Option<i64>>, visible: i64) -> Fired {
    Fired { window, count, watermark: watermark.into(), visible }
}
