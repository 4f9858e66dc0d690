//! What a batch publishes, against a plain group-by over the log: which run reads a row follows from its arrival
//! and its policy for late rows, and all else is grouping.

use std::collections::{BTreeMap, BTreeSet};

use millstream::engine::advance;
use millstream::random::Substream;
use millstream::units::{Instant, Period, Span};
use millstream::workload::{Block, Stream};

use super::golden::{AGGREGATES, Answer, Row, log, recorded, scenario};
use crate::Frame;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// 2026-01-05T00:00:00Z.
const MIDNIGHT: i64 = 1_767_571_200_000;
/// A run starts so long after its period, and takes no time.
const START_AFTER: i64 = 10 * MINUTE;
const GAP: i64 = 4 * MINUTE;

/// A row with its arrival, milliseconds.
type Arrived = (i64, Row);
/// Start, end, key and value.
type Group = (i64, i64, i64, u64);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Late {
    Drop,
    NextRun,
    Lookback(i64),
}

impl Late {
    fn text(self) -> String {
        match self {
            Self::Drop => "late = \"drop\"".to_owned(),
            Self::NextRun => "late = \"next_run\"".to_owned(),
            Self::Lookback(periods) => format!("late = \"lookback\"\nlookback = {periods}"),
        }
    }

    /// The run that reads a row first, by the number of its period.
    fn run_of(self, (arrival, row): &Arrived) -> Option<i64> {
        let own = row.event_time.div_euclid(HOUR);
        let start = |run: i64| (run + 1) * HOUR + START_AFTER;
        let run = (own..).find(|run| start(*run) >= *arrival)?;
        let reach = match self {
            Self::Drop => 0,
            Self::NextRun => i64::MAX,
            Self::Lookback(periods) => periods,
        };
        (run - own <= reach).then_some(run)
    }
}

/// Six hours of rows: two in three come within minutes, the others hours late; some at the start of a run to
/// the millisecond, some twice, some on the edge of a window.
fn rows(seed: u64) -> Vec<(i64, Arrived)> {
    let mut stream = Substream::new(seed, 0, "group by");
    let mut draw = |below: u64| (stream.bits() % below) as i64;
    let mut rows: Vec<(i64, Arrived)> = Vec::new();
    for id in 0..700 {
        if id % 9 == 8 {
            // The same again, later; one in three as if it happened later too.
            let (again, (arrival, mut row)) = rows[draw(rows.len() as u64) as usize];
            let after = draw(90) * MINUTE;
            row.event_time += if draw(3) == 0 { after } else { 0 };
            rows.push((again, (arrival + after, row)));
            continue;
        }
        let event_time = MIDNIGHT + draw(360 * 6) * if draw(4) == 0 { 10 * MINUTE / 60 } else { 10_007 };
        let late = match draw(3) {
            0 => draw(5 * 60) * MINUTE + draw(1_000),
            _ => draw(5 * 60_000),
        };
        let mut arrival = event_time + late;
        if draw(10) == 0 {
            arrival =
                arrival.div_euclid(HOUR) * HOUR + START_AFTER + if arrival % HOUR > START_AFTER { HOUR } else { 0 };
        }
        rows.push((id, (arrival, Row { event_time, key: draw(3), user: draw(40), bytes: draw(900) })));
    }
    rows.sort_by_key(|(_, (arrival, _))| *arrival);
    rows
}

/// Rows that are counted: with deduplication a run takes no row of an id that an earlier row has among those that the
/// run reads, even if another run has read that before.
fn kept(rows: &[(i64, Arrived)], late: Late, dedup: bool) -> Vec<Arrived> {
    let is_known = |place: usize| {
        let Some(run) = late.run_of(&rows[place].1) else { return false };
        rows[..place].iter().filter(|(id, _)| *id == rows[place].0).any(|(_, earlier)| {
            let period = earlier.1.event_time.div_euclid(HOUR);
            match late {
                Late::Drop | Late::NextRun => late.run_of(earlier) == Some(run),
                Late::Lookback(periods) => run - periods <= period && period <= run,
            }
        })
    };
    (0..rows.len()).filter(|place| !dedup || !is_known(*place)).map(|place| rows[place].1).collect()
}

fn value(aggregate: &str, rows: &[Row]) -> u64 {
    match aggregate {
        "count" => rows.len() as u64,
        "sum_bytes" => rows.iter().map(|row| row.bytes as u64).sum(),
        _ => rows.iter().map(|row| row.user).collect::<BTreeSet<_>>().len() as u64,
    }
}

/// Group-by window and key of what each run reads. Where a run reads late rows alone, its result is added to what
/// was published; where it reads their periods again, it is the whole.
fn aligned(rows: &[Arrived], late: Late, aggregate: &str, (size, slide): (i64, i64), by_key: bool) -> Vec<Group> {
    let mut groups: BTreeMap<(i64, i64), BTreeMap<i64, Vec<Row>>> = BTreeMap::new();
    for arrived in rows {
        let (Some(run), row) = (late.run_of(arrived), arrived.1) else { continue };
        let key = if by_key { row.key } else { -1 };
        let last = row.event_time.div_euclid(slide) * slide;
        for start in (0..size / slide).map(|back| last - back * slide) {
            // It is published by the run of the period in which it ends.
            let publishes = (start + size - 1).div_euclid(HOUR);
            let part = if matches!(late, Late::Lookback(_)) { 0 } else { run.max(publishes) };
            groups.entry((start, key)).or_default().entry(part).or_default().push(row);
        }
    }
    let total = |parts: BTreeMap<i64, Vec<Row>>| parts.values().map(|rows| value(aggregate, rows)).sum();
    groups.into_iter().map(|((start, key), parts)| (start, start + size, key, total(parts))).collect()
}

/// Sessions of a key among what each run reads; with lookback, among all that runs have read.
fn sessions(rows: &[Arrived], late: Late, aggregate: &str, by_key: bool) -> Vec<Group> {
    let mut read: BTreeMap<(i64, i64), Vec<Row>> = BTreeMap::new();
    for arrived in rows {
        let Some(run) = late.run_of(arrived) else { continue };
        let part = if matches!(late, Late::Lookback(_)) { 0 } else { run };
        read.entry((part, if by_key { arrived.1.key } else { -1 })).or_default().push(arrived.1);
    }
    let mut groups = Vec::new();
    for ((_, key), mut rows) in read {
        rows.sort_by_key(|row| row.event_time);
        for session in rows.chunk_by(|one, next| next.event_time - one.event_time <= GAP) {
            let (first, last) = (session[0].event_time, session[session.len() - 1].event_time);
            groups.push((first, last + GAP, key, value(aggregate, session)));
        }
    }
    groups.sort_unstable();
    groups
}

/// What the pipeline has published in the end.
fn published(rows: &[(i64, Arrived)], late: Late, window: &str, dedup: &str) -> Vec<Answer> {
    let text = format!(
        r#"
        [job]
        window = {{ {window} }}
        dedup = {dedup}
        [[pipelines]]
        model = "batch"
        every = "1h"
        start_after = "{START_AFTER}ms"
        start_delay = "0s"
        overhead = "0s"
        throughput = "1e12/s"
        sink_delay = "0s"
        {}
        "#,
        late.text()
    );
    let scenario = scenario(MIDNIGHT, &text);
    let arrivals: Vec<i64> = rows.iter().map(|(_, (arrival, _))| *arrival).collect();
    let bare: Vec<(i64, Row)> = rows.iter().map(|(id, (_, row))| (*id, *row)).collect();
    let log = log(&bare, |place| arrivals[place]);
    let measured = Period { from: Instant(i64::MIN / 4), to: Instant(i64::MAX / 4) };
    let mut pipeline = recorded(&scenario, &Frame { replication: 0, measured, probes: [].into(), funnel: None });
    let mut stream = Stream::new(&scenario, Some(&log), 0).unwrap();
    let mut block = Block::default();
    while stream.next(&mut block).unwrap() {
        advance(&mut pipeline, &block);
    }
    let until = block.until.max(stream.end().unwrap()) + Span(20 * HOUR * 1_000);
    advance(&mut pipeline, &Block { until, ..Block::default() });
    pipeline.into_facts().answers
}

/// The last value of each window and key.
fn last_of_each(answers: &[Answer]) -> Vec<Group> {
    let mut last = BTreeMap::new();
    for answer in answers {
        let (start, end) = answer.window.unwrap();
        last.insert((start, end, answer.key), answer.value);
    }
    last.into_iter().map(|((start, end, key), value)| (start, end, key, value)).collect()
}

/// Sessions as published, in the end: with lookback a later one takes the place of those that it covers.
fn sessions_of(answers: &[Answer], late: Late) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for answer in answers {
        let (start, end) = answer.window.unwrap();
        if matches!(late, Late::Lookback(_)) {
            groups.retain(|group| group.2 != answer.key || group.0 < start || group.1 > end);
        }
        groups.push((start, end, answer.key, answer.value));
    }
    groups.sort_unstable();
    groups
}

const POLICIES: [Late; 5] = [Late::Drop, Late::NextRun, Late::Lookback(1), Late::Lookback(2), Late::Lookback(9)];

/// A batch compares what a run reads, however long the job would remember an id.
const DEDUP: [&str; 3] = ["\"none\"", "{ ttl = \"1ms\" }", "{ kind = \"unbounded\" }"];

/// Each policy, deduplication, aggregate and kind of key over 20 logs; the function also gets what is counted.
fn each(mut compare: impl FnMut(&[(i64, Arrived)], &[Arrived], (Late, &str), &str, bool) -> usize) -> (usize, usize) {
    let (mut cases, mut groups) = (0, 0);
    for seed in 0..20 {
        let rows = rows(seed);
        // Deduplication makes a difference with each policy, and twice as many cases are enough.
        for (late, dedup) in
            POLICIES.iter().flat_map(|late| [(*late, DEDUP[0]), (*late, DEDUP[1 + (seed % 2) as usize])])
        {
            let arrived = kept(&rows, late, dedup != DEDUP[0]);
            for (aggregate, by_key) in AGGREGATES.iter().flat_map(|of| [(*of, true), (*of, false)]) {
                cases += 1;
                groups += compare(&rows, &arrived, (late, dedup), aggregate, by_key);
            }
        }
    }
    (cases, groups)
}

fn by(by_key: bool) -> &'static str {
    if by_key { "key" } else { "global" }
}

#[test]
fn tumbling_and_sliding_windows_are_a_group_by_of_what_was_read() {
    for (size, slide) in [(10, 10), (60, 60), (20, 10), (60, 15)] {
        let (cases, groups) = each(|rows, arrived, (late, dedup), aggregate, by_key| {
            let window = format!(
                "size = \"{size}m\", slide = \"{slide}m\", by = \"{}\", aggregate = \"{aggregate}\"",
                by(by_key)
            );
            let wanted = aligned(arrived, late, aggregate, (size * MINUTE, slide * MINUTE), by_key);
            let found = last_of_each(&published(rows, late, &window, dedup));
            assert_eq!(found, wanted, "{late:?} {window} {dedup}");
            wanted.len()
        });
        assert!(cases == 1_200 && groups > 6_000, "{cases} cases, {groups} groups");
    }
}

#[test]
fn sessions_are_a_group_by_of_what_was_read() {
    let (cases, groups) = each(|rows, arrived, (late, dedup), aggregate, by_key| {
        let window = format!("gap = \"{GAP}ms\", by = \"{}\", aggregate = \"{aggregate}\"", by(by_key));
        let wanted = sessions(arrived, late, aggregate, by_key);
        let found = sessions_of(&published(rows, late, &window, dedup), late);
        assert_eq!(found, wanted, "{late:?} {window} {dedup}");
        wanted.len()
    });
    assert!(cases == 1_200 && groups > 20_000, "{cases} cases, {groups} groups");
}

#[test]
fn policies_differ_in_what_they_publish() {
    let rows = rows(1);
    let arrived: Vec<Arrived> = rows.iter().map(|(_, arrived)| *arrived).collect();
    let total = |late: Late, aggregate: &str| -> u64 {
        aligned(&arrived, late, aggregate, (HOUR, HOUR), false).iter().map(|group| group.3).sum()
    };
    let users = |late| total(late, "distinct_users");
    let counts = POLICIES.map(|late| total(late, "count"));
    assert!(counts[0] < counts[2] && counts[2] < counts[3] && counts[3] < counts[4]);
    // Read by themselves late rows count a user again that was counted before.
    assert_eq!((counts[1], counts[4]), (rows.len() as u64, rows.len() as u64));
    // All of a log's copies come within what a run reads that looks back far enough, half of them otherwise.
    let left = |late| kept(&rows, late, true).iter().filter(|row| late.run_of(row).is_some()).count();
    let ids = rows.iter().map(|(id, _)| id).collect::<BTreeSet<_>>().len();
    assert!(left(Late::Lookback(9)) == ids && left(Late::NextRun) > ids && left(Late::NextRun) < rows.len());
    assert!(users(Late::NextRun) > users(Late::Lookback(9)), "{:?}", POLICIES.map(users));
}
