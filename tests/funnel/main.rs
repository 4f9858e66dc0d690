//! Funnels against a slow twin: for each event of the first step it walks over all events of its user. The twin of each model
//! says which rows the model knows when, from its rules and from nothing else; what they reach must be the same, step by
//! step, on random scenarios with disorder, loss, wrong clocks and duplicates.

mod outcome;
mod twins;

use std::path::Path;

use millstream::engine::{Actor, advance};
use millstream::pipelines::{
    AnyPipeline, Cohort, Facts, Firing, Frame, GroupFiring, Levels, Resolved, Setup, VisibleEvent,
};
use millstream::scenario::{Overrides, Scenario, parse};
use millstream::units::{Instant, Period, Span};
use millstream::workload::{Block, Reached, Steps, Stream};

/// An event or a row of it; times in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Act {
    pub(crate) user: u32,
    pub(crate) kind: u8,
    pub(crate) event_time: i64,
    pub(crate) arrival: i64,
    /// Place in the order of arrival.
    pub(crate) order: usize,
    /// Whether it is the first delivery of its event.
    pub(crate) first: bool,
}

/// A step that an attempt has reached: user, event time and place of the event that opened it, step, event time of the event
/// that is the step.
pub(crate) type Step = (u32, i64, usize, usize, i64);

/// What rows in their order reach: the first step opens an attempt, and each further one is the next row of its type.
pub(crate) fn walk(rows: &[Act], steps: &[u8], within: i64) -> Vec<Step> {
    let mut found = Vec::new();
    for (start, opened) in rows.iter().enumerate().filter(|(_, row)| row.kind == steps[0]) {
        found.push((opened.user, opened.event_time, opened.order, 0, opened.event_time));
        let mut at = start;
        for (step, kind) in steps.iter().enumerate().skip(1) {
            let next = (at + 1..rows.len()).find(|next| rows[*next].user == opened.user && rows[*next].kind == *kind);
            match next.filter(|next| rows[*next].event_time - opened.event_time < within) {
                Some(next) => {
                    found.push((opened.user, opened.event_time, opened.order, step, rows[next].event_time));
                    at = next;
                }
                None => break,
            }
        }
    }
    found
}

/// Rows by event time, ties by arrival.
pub(crate) fn sorted(rows: impl IntoIterator<Item = Act>) -> Vec<Act> {
    let mut rows: Vec<Act> = rows.into_iter().collect();
    rows.sort_by_key(|row| (row.event_time, row.order));
    rows
}

/// Writes down what a funnel reaches.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// User, event time of the opening, step, event time of the step, and when it is visible.
    pub(crate) reached: Vec<(u32, i64, usize, i64, i64)>,
    pub(crate) late: u64,
    visible: u64,
    removed: u64,
    lost: u64,
}

impl Facts for Record {
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
        self.lost += resolved.lost + resolved.duplicates_lost;
    }
    fn reached(&mut self, of: &Reached, visible: Instant) {
        let (opened, by) = (of.opened.event_time.0, of.by.event_time.0);
        self.reached.push((of.opened.user, opened, usize::from(of.step), by, visible.0));
    }
    fn landed(&mut self, _: Instant, _: Instant) {}
    fn fired(&mut self, _: &Firing<'_>) {}
    fn group_fired(&mut self, _: &GroupFiring) {}
    fn settled(&mut self, _: Instant) {}
    fn busy(&mut self, _: Instant, _: Instant, _: f64) {}
    fn run_started(&mut self, _: Instant) {}
    fn probe(&mut self, _: Instant, _: Levels) {}
    fn peak(&mut self, _: Instant, _: Levels) {}
}

/// A stream whose delays, losses and duplicates depend on `seed`, and the job over it.
pub(crate) fn text(seed: u64, dedup: &str, pipeline: &str) -> String {
    let pick = |choices: &[&str], salt: u64| choices[(seed / salt) as usize % choices.len()].to_owned();
    let late = pick(&["0", "0.05", "0.3"], 1);
    let by = pick(&["40s", "10m"], 3);
    let retry = pick(&["0", "0.1"], 2);
    let clocks = pick(
        &[
            "",
            "clock = { ahead = { share = 0.05, by = \"20s\" }, behind = { share = 0.05, by = { exponential = { mean = \"1m\" } } } }",
        ],
        5,
    );
    let loss = pick(&["0", "0.05"], 7);
    let who = pick(
        &[
            "users = { count = 12, zipf = 0.5 }\ntypes = [{ name = \"a\", share = 3 }, { name = \"b\" }, { name = \"c\" }]",
            "users = { count = 40 }\ntypes = [{ name = \"a\" }, { name = \"b\" }, { name = \"c\" }]\n\
             sessions = { events = { constant = 3 }, pause = \"20s\", gap = \"1m\", funnel = [\
             { probability = 0.6, pause = { exponential = { mean = \"20s\" } } }, \
             { probability = 0.5, pause = { exponential = { mean = \"2m\" } } }] }",
        ],
        2,
    );
    let steps = pick(&["\"a\", \"b\", \"c\"", "\"a\", \"c\"", "\"b\", \"a\", \"b\"", "\"a\", \"a\", \"b\""], 1);
    let within = pick(&["30s", "5m", "20m"], 4);
    format!(
        r#"
        title = "t"
        question = "q"
        duration = "6h"
        seed = {seed}
        [workload]
        rate = "0.5/s"
        {who}
        {clocks}
        duplicates = {{ retry = {{ share = {retry}, after = {{ exponential = {{ mean = "2m" }} }} }} }}
        [workload.network]
        delay = {{ exponential = {{ mean = "3s" }} }}
        late = {{ share = {late}, by = {{ exponential = {{ mean = "{by}" }} }} }}
        loss = {loss}
        [job]
        {dedup}
        funnel = {{ steps = [{steps}], within = "{within}" }}
        [[pipelines]]
        {pipeline}
        "#
    )
}

/// Reads a scenario that must be right.
#[track_caller]
pub(crate) fn read(text: &str) -> Scenario {
    parse("funnel", text, Path::new(""), &Overrides::default()).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// A stream of some hours, row by row.
pub(crate) struct Input {
    pub(crate) scenario: Scenario,
    pub(crate) blocks: Vec<Block>,
    pub(crate) rows: Vec<Act>,
    /// The events as they truly happened, in their order; `order` is the place in it.
    pub(crate) events: Vec<Act>,
    pub(crate) steps: Vec<u8>,
    pub(crate) within: i64,
    /// First instant without rows.
    pub(crate) until: i64,
}

impl Input {
    pub(crate) fn new(text: &str) -> Self {
        let scenario = read(text);
        let mut stream = Stream::new(&scenario, None, 0).unwrap();
        let end = scenario.measured(None).to + Span(3_600_000_000);
        let (mut blocks, mut rows, mut events) = (Vec::new(), Vec::new(), std::collections::BTreeMap::new());
        let mut until = Instant(0);
        while until < end {
            let mut block = Block::default();
            assert!(stream.next(&mut block).unwrap());
            until = block.until;
            let slice = block.rows(0..block.len());
            for row in 0..block.len() {
                let (act, first) = (slice.act(row), slice.earlier(row).is_none());
                rows.push(Act {
                    user: act.user,
                    kind: act.kind,
                    event_time: act.event_time.0,
                    arrival: block.arrival[row].0,
                    order: rows.len(),
                    first,
                });
                let event = (act.happened.0, act.user, act.kind);
                let known = events.entry(block.tags[row].id).or_insert(event);
                *known = event.min(*known);
            }
            for lost in &block.lost {
                events.entry(lost.tag.id).or_insert((lost.happened.0, lost.tag.user, lost.tag.kind));
            }
            blocks.push(block);
        }
        let mut events: Vec<(i64, u32, u32, u8)> =
            events.into_iter().map(|(id, (at, user, kind))| (at, id, user, kind)).collect();
        let act = |(order, (at, _, user, kind)): (usize, (i64, u32, u32, u8))| Act {
            user,
            kind,
            event_time: at,
            arrival: at,
            order,
            first: true,
        };
        let funnel = scenario.job.funnel.clone().unwrap();
        let place = |step: &String| scenario.workload.types.iter().position(|of| of.name == *step).unwrap() as u8;
        let (steps, within): (Vec<u8>, i64) = (funnel.steps.iter().map(place).collect(), funnel.within.0);
        // Events of one instant in the order of the steps.
        events.sort_unstable_by_key(|(at, id, _, kind)| (*at, steps.iter().position(|step| step == kind), *id));
        let events = events.into_iter().enumerate().map(act).collect();
        Self { scenario, blocks, rows, events, steps, within, until: until.0 }
    }

    /// What the pipeline finds; then its input ends if it does, or time goes on for a while.
    pub(crate) fn run(&self, ends: bool) -> Record {
        let measured = Period { from: Instant(i64::MIN / 4), to: Instant(i64::MAX / 4) };
        let funnel = Steps::resolve(&self.scenario, None).unwrap();
        let frame = Frame { replication: 0, measured, probes: [].into(), funnel };
        let record = |_: &Setup| Record::default();
        let mut pipeline = AnyPipeline::new(&self.scenario, &self.scenario.pipelines[0], &frame, record);
        for block in &self.blocks {
            advance(&mut pipeline, block);
        }
        if ends {
            pipeline.end_of_input(Instant(self.until));
        } else {
            let until = Instant(self.until + 12 * 3_600_000_000);
            advance(&mut pipeline, &Block { until, ..Block::default() });
        }
        let (events, duplicates) = pipeline.held();
        let record = pipeline.into_facts();
        let all = record.visible + record.late + record.removed + record.lost + events + duplicates;
        assert_eq!(all, self.rows.len() as u64, "rows are conserved");
        record
    }

    /// Each step found by the walk with the time at which it is visible; sorted.
    pub(crate) fn seen(steps: &[Step], visible: impl Fn(&Step) -> i64) -> Vec<(u32, i64, usize, i64, i64)> {
        let mut seen: Vec<_> = steps.iter().map(|of| (of.0, of.1, of.3, of.4, visible(of))).collect();
        seen.sort_unstable();
        seen
    }
}

#[test]
fn the_truth_is_what_a_walk_over_all_events_finds() {
    let mut found = 0;
    for seed in 0..24 {
        let input = Input::new(&text(seed, "", "preset = \"continuous\""));
        let last = input.scenario.measured(None).to.0 - input.within;
        let told = input.blocks.iter().flat_map(|block| &block.reached);
        let mut told: Vec<_> = told
            .map(|of| (of.opened.user, of.opened.event_time.0, usize::from(of.step), of.by.event_time.0, 0))
            .filter(|of| of.1 < last)
            .collect();
        told.sort_unstable();
        let walked = walk(&input.events, &input.steps, input.within);
        let walked: Vec<_> = Input::seen(&walked, |_| 0).into_iter().filter(|of| of.1 < last).collect();
        assert_eq!(told, walked, "seed {seed}");
        found += told.iter().filter(|of| of.2 + 1 == input.steps.len()).count();
    }
    assert!(found > 5_000, "{found}");
}
