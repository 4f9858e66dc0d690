//! What the real engines answered, recorded by `recorder/`, against the pipelines of this program:
//! the same firings with the same counts and watermarks, and the same late rows.

mod dedup;
mod flink;
mod funnel;
mod spark;

use std::path::Path;

use millstream::engine::{Actor, advance};
use millstream::pipelines::{AnyPipeline, Cohort, Facts, Firing, Frame, GroupFiring, Levels, Resolved, VisibleEvent};
use millstream::scenario::{Overrides, Scenario, parse};
use millstream::units::{Instant, Period, Span};
use millstream::workload::{Block, Grid, Log, Notes, Reached, Steps, Stream, read_bytes};
use serde_json::Value;

/// A row as recorded: event time in milliseconds, key, user, bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub event_time: i64,
    pub key: i64,
    pub user: i64,
    pub bytes: i64,
}

/// What is compared: all that a window can publish.
pub(super) const AGGREGATES: [&str; 3] = ["count", "distinct_users", "sum_bytes"];

/// A firing as the engines print it; times in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Answer {
    /// The watermark that stood then; `None` at the end of the input.
    pub watermark: Option<i64>,
    /// Start and end of the window; `None` for the last rows of a key.
    pub window: Option<(i64, i64)>,
    /// −1 for a window of all keys.
    pub key: i64,
    /// Rows so far, or what the aggregate makes of them.
    pub value: u64,
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
pub(super) fn scenario(first: i64, text: &str) -> Scenario {
    let midnight = first.div_euclid(86_400_000) * 86_400;
    let start = jiff::Timestamp::from_second(midnight).unwrap();
    let text = format!(
        "title = \"t\"\nquestion = \"q\"\nstart = \"{start}\"\nduration = \"1d\"\n[workload]\nrate = \"1/s\"\n{text}"
    );
    parse("golden", &text, Path::new(""), &Overrides::default()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The rows as a log, arriving one a millisecond from `arrival` on, ids as given.
pub(super) fn log(rows: &[(i64, Row)], arrivals: impl Fn(usize) -> i64) -> Log {
    let mut csv = "event_id,event_time_ms,arrival_time_ms,true_time_ms,key,user_id,bytes\n".to_owned();
    for (place, (id, row)) in rows.iter().enumerate() {
        let arrival = arrivals(place);
        let Row { event_time, key, user, bytes } = row;
        csv += &format!("{id},{event_time},{arrival},{},{key},{user},{bytes}\n", event_time.min(&arrival));
    }
    read_bytes("rows.csv", csv.as_bytes()).expect("the rows are sound")
}

/// The scenario's pipeline with a recorder.
pub(super) fn recorded(scenario: &Scenario, frame: &Frame) -> AnyPipeline<Recorder> {
    AnyPipeline::new(scenario, &scenario.pipelines[0], frame, |setup| Recorder {
        epoch: setup.epoch.0 / 1_000,
        grid: setup.grid,
        ..Recorder::default()
    })
}

/// Lets a log arrive row by row; then its input ends if it does.
fn replay(scenario: &Scenario, log: &Log, ends: bool) -> Recorder {
    assert_eq!(log.origin(scenario.start), scenario.start);
    let measured = Period { from: Instant(i64::MIN / 4), to: Instant(i64::MAX / 4) };
    let funnel = Steps::resolve(scenario, Some(log)).expect("the log has all types");
    let frame = Frame { replication: 0, measured, probes: [].into(), funnel };
    let mut stream = Stream::new(scenario, Some(log), 0).expect("a log is a stream");
    let mut pipeline = recorded(scenario, &frame);
    let mut block = Block::default();
    let mut place = 0;
    while stream.next(&mut block).unwrap() {
        deliver(&mut pipeline, &block, &mut place);
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

/// Hands over row by row, so that what happens to each is known.
fn deliver(pipeline: &mut AnyPipeline<Recorder>, block: &Block, place: &mut usize) {
    for row in 0..block.len() {
        let (late, removed) = (pipeline.facts().late, pipeline.facts().removed);
        let single = Block {
            // The next may arrive at the same instant.
            until: block.arrival[row],
            arrival: vec![block.arrival[row]],
            event_time: vec![block.event_time[row]],
            key: vec![block.key.values()[row]].into(),
            bytes: vec![block.bytes.values()[row]].into(),
            notes: block.notes.get(row).map(Notes::of_first).unwrap_or_default(),
            tags: block.tags.get(row..=row).unwrap_or_default().to_vec(),
            ..Block::default()
        };
        advance(pipeline, &single);
        let facts = pipeline.facts_mut();
        if facts.late > late {
            facts.dropped.push(*place);
        }
        if facts.late > late || facts.removed > removed {
            facts.refused.push(*place);
        }
        *place += 1;
    }
}

/// What a micro-batch pipeline did with batches of rows.
struct Batches {
    runs: Vec<Run>,
    /// Rows dropped as late.
    late: u64,
    /// Places of the rows that were dropped as late or taken for duplicates before they reached a window.
    refused: Vec<usize>,
    /// Steps of a funnel: number of the run, event times of the opening and of the step in milliseconds, user, step.
    reached: Vec<(usize, i64, i64, u32, u8)>,
}

/// What a micro-batch did, as Spark's listeners tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Run {
    has_rows: bool,
    /// That rules its eviction, milliseconds.
    watermark: i64,
    /// Start, end, key and value of the groups that it emitted, sorted.
    emitted: Vec<(i64, i64, i64, u64)>,
    /// Groups in the state store afterwards.
    state_rows: u64,
    /// Ids in it.
    ids: u64,
}

/// Lets rows arrive half a second before the starts of their batches, milliseconds since 1970; each may be
/// followed by a batch without rows a second later.
fn replay_batches(scenario: &Scenario, log: &Log, starts: &[i64]) -> Batches {
    assert_eq!(log.origin(scenario.start), scenario.start);
    let epoch = scenario.start.epoch();
    let at = |millis: i64| epoch + Span(millis * 1_000);
    let measured = Period { from: Instant(i64::MIN / 4), to: Instant(i64::MAX / 4) };
    // Levels are read after each batch.
    let probes: Vec<Instant> = starts.iter().flat_map(|start| [at(start + 100), at(start + 1_100)]).collect();
    let funnel = Steps::resolve(scenario, Some(log)).expect("the log has all types");
    let frame = Frame { replication: 0, measured, probes: probes.clone().into(), funnel };
    let mut stream = Stream::new(scenario, Some(log), 0).expect("a log is a stream");
    let mut pipeline = recorded(scenario, &frame);
    let mut block = Block::default();
    let mut place = 0;
    while stream.next(&mut block).unwrap() {
        deliver(&mut pipeline, &block, &mut place);
    }
    advance(&mut pipeline, &Block { until: probes[probes.len() - 1] + Span(1), ..Block::default() });
    let facts = pipeline.into_facts();
    let runs = facts.runs.iter().map(|(start, watermark, answers)| {
        let from = starts.iter().position(|of| of == start || of + 1_000 == *start).expect("a batch at its time");
        let has_rows = starts[from] == *start;
        let mut emitted: Vec<_> = answers
            .iter()
            .map(|answer| {
                let (start, end) = answer.window.expect("a window of time");
                (start, end, answer.key, answer.value)
            })
            .collect();
        emitted.sort_unstable();
        let (state_rows, ids) = facts.levels[2 * from + usize::from(!has_rows)];
        Run { has_rows, watermark: *watermark, emitted, state_rows, ids }
    });
    let reached = facts.reached.iter().map(|(of, _, runs)| {
        let (opened, by) = (facts.millis(of.opened.event_time), facts.millis(of.by.event_time));
        (runs - 1, opened, by, of.opened.user, of.step)
    });
    Batches { runs: runs.collect(), late: facts.late, reached: reached.collect(), refused: facts.refused }
}

/// Writes down what a pipeline publishes.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    /// 1970 on the simulated clock, milliseconds.
    epoch: i64,
    grid: Option<Grid>,
    /// Rows and values so far, by start of window and key.
    totals: std::collections::BTreeMap<(i64, i64), (u64, u64)>,
    /// The rows of what a reader has seen, likewise.
    shown: std::collections::BTreeMap<(i64, i64), u64>,
    pub answers: Vec<Answer>,
    /// Steps of a funnel, each with the watermark before the one that made it visible and how many runs there were.
    reached: Vec<(Reached, Instant, usize)>,
    /// The watermark, and the one before it.
    marks: (Option<Instant>, Option<Instant>),
    /// Runs of a micro-batch: start, watermark, what they published.
    runs: Vec<(i64, i64, Vec<Answer>)>,
    /// Window entries and ids at the probes.
    levels: Vec<(u64, u64)>,
    late: u64,
    visible: u64,
    removed: u64,
    /// Places of the rows dropped as late.
    dropped: Vec<usize>,
    /// The same with those taken for duplicates.
    refused: Vec<usize>,
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
        self.publish(firing, true);
    }

    fn wants_updates(&self) -> bool {
        true
    }

    fn updated(&mut self, update: &Firing<'_>) {
        self.publish(update, false);
    }

    fn reached(&mut self, reached: &Reached, _: Instant) {
        let (now, before) = self.marks;
        // The end of the input is told of by itself.
        let passed = now.is_some_and(|now| reached.by.event_time < now);
        let before = if passed { before } else { now }.unwrap_or(Instant::MIN);
        self.reached.push((*reached, before, self.runs.len()));
    }

    fn watermark(&mut self, _: Instant, to: Instant) {
        if Some(to) > self.marks.0 {
            self.marks = (Some(to), self.marks.0);
        }
        let to = self.millis(to);
        if let Some((_, watermark, _)) = self.runs.last_mut() {
            *watermark = to;
        }
    }

    fn group_fired(&mut self, firing: &GroupFiring) {
        let window = firing.window.map(|window| (self.millis(window.from), self.millis(window.to)));
        let watermark = firing.watermark.filter(|_| !firing.at_end).map(|at| self.millis(at));
        let key = firing.key.map_or(-1, i64::from);
        self.answer(Answer { watermark, window, key, value: firing.value });
    }

    fn settled(&mut self, _: Instant) {}
    fn busy(&mut self, _: Instant, _: Instant, _: f64) {}

    fn run_started(&mut self, at: Instant) {
        let at = self.millis(at);
        self.runs.push((at, 0, Vec::new()));
    }

    fn probe(&mut self, _: Instant, levels: Levels) {
        self.levels.push((levels.window_entries, levels.dedup_ids));
    }

    fn peak(&mut self, _: Instant, _: Levels) {}
}

impl Recorder {
    fn answer(&mut self, answer: Answer) {
        self.answers.push(answer);
        if let Some((_, _, answers)) = self.runs.last_mut() {
            answers.push(answer);
        }
    }

    /// A window shows what it has counted; a firing adds to that for good.
    fn publish(&mut self, firing: &Firing<'_>, fires: bool) {
        let grid = self.grid.expect("only aligned windows fire");
        let window = (self.millis(grid.start(firing.window)), self.millis(grid.end(firing.window)));
        let watermark = firing.watermark.filter(|_| !firing.at_end).map(|at| self.millis(at));
        let keys: Vec<(i64, u64)> = match firing.keys {
            Some(keys) => keys.iter().map(|(key, count)| (i64::from(key), u64::from(count))).collect(),
            None => vec![(-1, firing.rows)],
        };
        for (key, added) in keys {
            let grown = firing.amounts.map_or(added, |amounts| amounts.get(u32::try_from(key).ok()));
            let total = self.totals.entry((window.0, key)).or_insert((0, 0));
            let (rows, value) = (total.0 + added, total.1 + grown);
            if fires {
                *total = (rows, value);
            }
            if self.shown.insert((window.0, key), rows) != Some(rows) {
                self.answer(Answer { watermark, window: Some(window), key, value });
            }
        }
    }
}
