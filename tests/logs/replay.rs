//! A replay against a plain twin that holds the log in memory.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use millstream::scenario::{Overrides, Scenario, parse};
use millstream::units::{Instant, Span};
use millstream::workload::{Block, Stream, read_bytes};
use proptest::prelude::*;

/// A row of a log: microseconds after [`START`].
#[derive(Clone, Debug)]
struct Row {
    id: u32,
    truth: i64,
    /// How far the sender's clock is off.
    skew: i64,
    /// From the true time to the arrival, if there is one.
    delay: Option<i64>,
    key: u32,
}

/// 2026-01-05T12:00:00Z.
const START: i64 = 1_767_614_400_000_000;

/// A delivery as a pipeline sees it.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    arrival: i64,
    event_time: i64,
    happened: i64,
    key: u32,
    bytes: u32,
    /// Arrivals and event times of the earlier deliveries of its id.
    earlier: Vec<(i64, i64)>,
}

/// All of a stream.
#[derive(Debug, Default, PartialEq)]
struct Whole {
    rows: Vec<Seen>,
    events: Vec<i64>,
    lost: Vec<i64>,
    /// Events by window and key.
    windows: Vec<(i64, Vec<(u32, u32)>)>,
}

const WINDOW: i64 = 10_000_000;

fn scenario() -> Scenario {
    let text = "title = \"t\"\nquestion = \"q\"\n[workload]\ntrace = \"rows.csv\"\n[job]\n\
                window = { size = \"10s\", by = \"key\" }\n";
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/data/late_arrivals.csv");
    let overrides = Overrides { trace: Some(data), ..Overrides::default() };
    parse("replay", text, Path::new(""), &overrides).unwrap_or_else(|error| panic!("{error}"))
}

fn csv(rows: &[Row]) -> Vec<u8> {
    let mut text = "event_id,event_time_us,true_time_us,arrival_time_us,key,bytes\n".to_owned();
    for row in rows {
        let truth = START + row.truth;
        let arrival = row.delay.map_or_else(String::new, |delay| (truth + delay).to_string());
        text.push_str(&format!("id-{},{},{truth},{arrival},{},{}\n", row.id, truth + row.skew, row.key, row.key + 7));
    }
    text.into_bytes()
}

/// What the log says, by its plainest reading.
fn twin(rows: &[Row], origin: i64) -> Whole {
    let mut delivered: Vec<&Row> = rows.iter().filter(|row| row.delay.is_some()).collect();
    let arrival = |row: &Row| START + row.truth + row.delay.unwrap() - origin;
    delivered.sort_by_key(|row| arrival(row));
    let mut whole = Whole::default();
    let mut earlier: HashMap<u32, Vec<(i64, i64)>> = HashMap::new();
    let mut events: Vec<(i64, u32)> = Vec::new();
    // An event happened when the first of its rows did, delivered or not.
    let mut firsts: HashMap<u32, i64> = HashMap::new();
    for row in rows {
        let happened = START + row.truth - origin;
        firsts.entry(row.id).and_modify(|first| *first = happened.min(*first)).or_insert(happened);
    }
    for row in delivered {
        let before = earlier.entry(row.id).or_default();
        let happened = START + row.truth - origin;
        if before.is_empty() {
            events.push((firsts[&row.id], row.key));
        }
        whole.rows.push(Seen {
            arrival: arrival(row),
            event_time: happened + row.skew,
            happened,
            key: row.key,
            bytes: row.key + 7,
            earlier: before.clone(),
        });
        before.push((arrival(row), happened + row.skew));
    }
    let mut lost: Vec<&Row> = rows.iter().filter(|row| row.delay.is_none()).collect();
    lost.sort_by_key(|row| row.truth);
    let mut known: HashSet<u32> = earlier.into_keys().collect();
    for row in lost {
        if known.insert(row.id) {
            whole.lost.push(START + row.truth - origin);
            events.push((START + row.truth - origin, row.key));
        }
    }
    events.sort_unstable();
    whole.events = events.iter().map(|event| event.0).collect();
    for (at, key) in events {
        let window = (at + origin).div_euclid(WINDOW);
        if whole.windows.last().is_none_or(|last| last.0 != window) {
            whole.windows.push((window, Vec::new()));
        }
        let counts = &mut whole.windows.last_mut().unwrap().1;
        match counts.binary_search_by_key(&key, |count| count.0) {
            Ok(place) => counts[place].1 += 1,
            Err(place) => counts.insert(place, (key, 1)),
        }
    }
    whole
}

/// What a stream hands out, and after which block of how many rows the measured part was complete.
fn replayed(stream: &mut Stream) -> (Whole, Option<usize>) {
    let mut whole = Whole::default();
    let mut complete = None;
    let mut block = Block::default();
    let mut from = Instant::MIN;
    while stream.next(&mut block).unwrap() {
        assert!(block.arrival.iter().all(|at| (from..block.until).contains(at)));
        assert!(block.events.iter().all(|at| (from..block.until).contains(at)));
        from = block.until;
        let rows = block.rows(0..block.len());
        whole.rows.extend((0..rows.len()).map(|row| {
            Seen {
                arrival: rows.arrival[row].0,
                event_time: rows.event_time[row].0,
                happened: rows.happened(row).0,
                key: rows.key[row],
                bytes: rows.bytes[row],
                earlier: rows
                    .earlier(row)
                    .unwrap_or_default()
                    .iter()
                    .map(|earlier| (earlier.arrival.0, earlier.event_time.0))
                    .collect(),
            }
        }));
        whole.events.extend(block.events.iter().map(|at| at.0));
        whole.lost.extend(block.lost.iter().map(|lost| lost.happened.0));
        whole.windows.extend(
            block
                .windows
                .iter()
                .map(|window| (window.window, window.keys.as_ref().unwrap().iter().collect::<Vec<_>>())),
        );
        if complete.is_none() && block.until > block.last_measured {
            complete = Some(whole.rows.len());
        }
    }
    (whole, complete)
}

fn check(rows: &[Row]) -> Result<(), TestCaseError> {
    if rows.iter().all(|row| row.delay.is_none()) {
        return Ok(());
    }
    let log = read_bytes("rows.csv", &csv(rows)).unwrap();
    let mut scenario = scenario();
    scenario.start = log.origin(scenario.start);
    let origin = scenario.start.0.as_microsecond();
    let expected = twin(rows, origin);
    let mut stream = Stream::new(&scenario, Some(&log), 3).unwrap();
    let last = expected.rows.iter().map(|row| row.arrival).chain(expected.events.iter().copied()).max();
    prop_assert_eq!(stream.end().map(|end| end.0 - 1), last);
    let (found, complete) = replayed(&mut stream);
    prop_assert_eq!(found, expected);
    prop_assert_eq!(complete, None);
    Ok(())
}

fn row() -> impl Strategy<Value = Row> {
    let skew = prop_oneof![4 => Just(0_i64), 1 => -9_000_000..9_000_000_i64];
    let delay = prop_oneof![1 => Just(None), 4 => (0..6_i64).prop_map(|steps| Some(steps * 3_000_000))];
    (0..60_u32, 0..40_i64, skew, delay, 0..5_u32).prop_map(|(id, truth, skew, delay, key)| Row {
        id,
        truth: truth * 1_000_000,
        skew,
        delay,
        key,
    })
}

proptest! {
    #[test]
    fn a_replay_is_the_log(rows in proptest::collection::vec(row(), 1..120)) {
        check(&rows)?;
    }
}

/// Rows with a plain pseudo-random course, for more than a block.
fn many(count: u32) -> Vec<Row> {
    (0..count)
        .map(|row| {
            let random = |salt: u32| (row.wrapping_mul(0x9e37_79b9) ^ salt).wrapping_mul(0x85eb_ca6b) >> 8;
            Row {
                id: if random(1).is_multiple_of(50) { random(2) % 1_000 } else { 1_000 + row },
                truth: i64::from(row) * 1_500,
                skew: if random(3).is_multiple_of(30) { -2_000_000 } else { 0 },
                delay: (!random(4).is_multiple_of(40)).then(|| i64::from(random(5) % 3_000) * 1_000),
                key: random(6) % 9,
            }
        })
        .collect()
}

#[test]
fn a_long_replay_is_the_log() {
    check(&many(30_000)).unwrap();
    // All at one instant: several blocks, and each delivery once.
    let at_once = many(30_000).into_iter().map(|row| Row { truth: 0, delay: Some(5), ..row }).collect::<Vec<_>>();
    check(&at_once).unwrap();
}

#[test]
fn a_tie_longer_than_a_block_is_cut() {
    let rows: Vec<Row> = (0..150_000).map(|id| Row { id, truth: 7, skew: 0, delay: Some(0), key: id % 3 }).collect();
    let log = read_bytes("rows.csv", &csv(&rows)).unwrap();
    let mut stream = Stream::new(&scenario(), Some(&log), 0).unwrap();
    let (mut block, mut lengths) = (Block::default(), Vec::new());
    while stream.next(&mut block).unwrap() {
        lengths.push((block.len(), block.events.len()));
    }
    assert!(lengths.len() > 3 && lengths.iter().all(|length| length.0.max(length.1) <= 1 << 16), "{lengths:?}");
    assert_eq!(lengths.iter().map(|length| length.0).sum::<usize>(), 150_000);
    assert_eq!(lengths.iter().map(|length| length.1).sum::<usize>(), 150_000);
}

#[test]
fn the_last_measured_delivery_is_known() {
    // Measured: what truly happened in the first minute after the start.
    let row = |id, truth: i64, delay: i64, skew| Row {
        id,
        truth: truth * 1_000_000,
        skew,
        delay: Some(delay * 1_000_000),
        key: 0,
    };
    let rows = [row(1, 0, 1, 0), row(2, 59, 100, 0), row(3, 70, 1, -30_000_000), row(4, 71, 2, 0), row(5, 90, 300, 0)];
    let log = read_bytes("rows.csv", &csv(&rows)).unwrap();
    let mut scenario = scenario();
    scenario.start = "2026-01-05T12:00:00Z".parse().unwrap();
    scenario.duration = Some(Span(60_000_000));
    let mut stream = Stream::new(&scenario, Some(&log), 0).unwrap();
    // Blocks are larger than this log: that of the last measured delivery is the only one.
    assert_eq!(replayed(&mut stream).1, Some(5));
    let mut rows = many(30_000);
    rows.iter_mut().for_each(|row| row.skew = 0);
    let log = read_bytes("rows.csv", &csv(&rows)).unwrap();
    scenario.duration = Some(Span(10_000_000));
    let mut stream = Stream::new(&scenario, Some(&log), 0).unwrap();
    let (whole, complete) = replayed(&mut stream);
    let last = whole.rows.iter().rposition(|row| row.happened < 10_000_000).unwrap() + 1;
    let complete = complete.unwrap();
    assert!((last..last + 4_096 + 10).contains(&complete), "{last} {complete} of {}", whole.rows.len());
}
