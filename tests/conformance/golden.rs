//! What the real engines answered, recorded by `recorder/`, against the pipelines of this program:
//! the same firings with the same counts and watermarks, and the same late rows.

mod flink;

use std::path::Path;

use millstream::engine::{Actor, advance};
use millstream::pipelines::{AnyPipeline, Cohort, Facts, Firing, Frame, GroupFiring, Levels, Resolved, VisibleEvent};
use millstream::scenario::{Overrides, Scenario, parse};
use millstream::units::{Instant, Period, Span};
use millstream::workload::{Block, Grid, Log, Stream, read, read_bytes};
use serde_json::Value;

/// A row as recorded: event time in milliseconds, key.
#[derive(Clone, Copy, Debug)]
struct Row {
    event_time: i64,
    key: i64,
}

/// A firing as the engines print it; times in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    /// The watermark that stood then; `None` at the end of the input.
    watermark: Option<i64>,
    /// Start and end of the window; `None` for the last rows of a key.
    window: Option<(i64, i64)>,
    /// −1 for a window of all keys.
    key: i64,
    /// Rows so far.
    count: u64,
}

/// The cases of a golden file.
fn cases(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/golden").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("a golden line is JSON")).collect()
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no whole number"))
}

fn ints(value: &Value) -> Vec<Option<i64>> {
    value.as_array().expect("a list").iter().map(Value::as_i64).collect()
}

/// A scenario of a job and one pipeline that begins at the midnight before `first`.
fn scenario(first: i64, text: &str) -> Scenario {
    let midnight = first.div_euclid(86_400_000) * 86_400;
    let start = jiff::Timestamp::from_second(midnight).unwrap();
    let text = format!(
        "title = \"t\"\nquestion = \"q\"\nstart = \"{start}\"\nduration = \"1d\"\n[workload]\nrate = \"1/s\"\n{text}"
    );
    parse("golden", &text, Path::new(""), &Overrides::default()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The rows as a log, arriving one a millisecond from `arrival` on, ids as given.
fn log(rows: &[(i64, Row)], arrivals: impl Fn(usize) -> i64) -> Log {
    let mut csv = "event_id,event_time_ms,arrival_time_ms,true_time_ms,key\n".to_owned();
    for (place, (id, row)) in rows.iter().enumerate() {
        let arrival = arrivals(place);
        csv += &format!("{id},{},{arrival},{},{}\n", row.event_time, row.event_time.min(arrival), row.key);
    }
    read_bytes("rows.csv", csv.as_bytes()).expect("the rows are sound")
}

/// Lets a log arrive row by row; then its input ends if it does.
fn replay(scenario: &Scenario, log: &Log, ends: bool) -> Recorder {
    assert_eq!(log.origin(scenario.start), scenario.start);
    let measured = Period { from: Instant(i64::MIN / 4), to: Instant(i64::MAX / 4) };
    let frame = Frame { replication: 0, measured, probes: [].into() };
    let mut stream = Stream::new(scenario, Some(log), 0).expect("a log is a stream");
    let mut pipeline = AnyPipeline::new(scenario, &scenario.pipelines[0], &frame, |setup| Recorder {
        epoch: setup.epoch.0 / 1_000,
        grid: setup.grid,
        ..Recorder::default()
    });
    let mut block = Block::default();
    let mut place = 0;
    while stream.next(&mut block).unwrap() {
        for row in 0..block.len() {
            let before = pipeline.facts().late;
            let single = Block {
                until: block.arrival[row] + Span(1),
                arrival: vec![block.arrival[row]],
                event_time: vec![block.event_time[row]],
                key: vec![block.key[row]],
                bytes: vec![block.bytes[row]],
                note: vec![block.note[row]],
                notes: block.notes.clone(),
                ..Block::default()
            };
            advance(&mut pipeline, &single);
            if pipeline.facts().late > before {
                pipeline.facts_mut().dropped.push(place);
            }
            place += 1;
        }
    }
    let end = log.end_after(scenario.start) + Span(1_000);
    advance(&mut pipeline, &Block { until: end, ..Block::default() });
    if ends {
        pipeline.end_of_input(end);
    }
    let (events, duplicates) = pipeline.held();
    let facts = pipeline.into_facts();
    assert_eq!(facts.visible + facts.late + facts.removed + events + duplicates, place as u64, "rows are conserved");
    facts
}

/// Writes down what a pipeline publishes.
#[derive(Debug, Default)]
struct Recorder {
    /// 1970 on the simulated clock, milliseconds.
    epoch: i64,
    grid: Option<Grid>,
    /// Counts so far, by start of window and key.
    totals: std::collections::BTreeMap<(i64, i64), u64>,
    answers: Vec<Answer>,
    late: u64,
    visible: u64,
    removed: u64,
    /// Places of the rows dropped as late.
    dropped: Vec<usize>,
}

impl Recorder {
    fn millis(&self, at: Instant) -> i64 {
        assert_eq!(at.0 % 1_000, 0, "{at:?} is no whole millisecond");
        at.0 / 1_000 - self.epoch
    }
}

impl Facts for Recorder {
    fn cohort_visible(&mut self, cohort: Cohort, _: Instant, _: Instant) {
        self.visible += cohort.on_time + cohort.late + cohort.leaked;
    }

    fn event_visible(&mut self, _: &VisibleEvent) {
        self.visible += 1;
    }

    fn prehistory_visible(&mut self, _: Instant, _: Instant) {}

    fn resolved(&mut self, resolved: Resolved) {
        self.late += resolved.late_dropped + resolved.duplicates_late_dropped;
        self.visible += resolved.duplicates_leaked;
        self.removed += resolved.duplicates_removed;
    }

    fn landed(&mut self, _: Instant, _: Instant) {}

    fn fired(&mut self, firing: &Firing<'_>) {
        let grid = self.grid.expect("only aligned windows fire");
        let window = (self.millis(grid.start(firing.window)), self.millis(grid.end(firing.window)));
        let watermark = firing.watermark.filter(|_| !firing.at_end).map(|at| self.millis(at));
        let keys: Vec<(i64, u64)> = match firing.keys {
            Some(keys) => keys.iter().map(|(key, count)| (i64::from(key), u64::from(count))).collect(),
            None => vec![(-1, firing.rows)],
        };
        for (key, added) in keys {
            let count = self.totals.entry((window.0, key)).or_insert(0);
            *count += added;
            let count = *count;
            self.answers.push(Answer { watermark, window: Some(window), key, count });
        }
    }

    fn group_fired(&mut self, firing: &GroupFiring) {
        let window = firing.window.map(|window| (self.millis(window.from), self.millis(window.to)));
        let watermark = firing.watermark.filter(|_| !firing.at_end).map(|at| self.millis(at));
        let key = firing.key.map_or(-1, i64::from);
        self.answers.push(Answer { watermark, window, key, count: firing.rows });
    }

    fn settled(&mut self, _: Instant) {}
    fn busy(&mut self, _: Instant, _: Instant, _: f64) {}
    fn run_started(&mut self, _: Instant) {}
    fn probe(&mut self, _: Instant, _: Levels) {}
    fn peak(&mut self, _: Instant, _: Levels) {}
}
