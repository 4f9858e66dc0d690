//! Spark's windows, batch by batch.

use std::collections::BTreeSet;
use std::path::Path;

use millstream::workload::{LogRow, read};
use serde_json::Value;

use super::{Row, Run, cases, int, ints, log, replay_batches, scenario};

/// From one fed batch to the next, milliseconds: time enough for one without rows.
const PACE: i64 = 10_000;

fn job(case: &Value, aggregate: &str) -> String {
    let window = &case["window"];
    let millis = |name: &str| window[name].as_i64().unwrap_or(0);
    let kind = match window["kind"].as_str().unwrap() {
        "tumbling" => format!("size = \"{}ms\", offset = \"{}ms\"", millis("size"), millis("offset")),
        "sliding" => format!(
            "size = \"{}ms\", slide = \"{}ms\", offset = \"{}ms\"",
            millis("size"),
            millis("slide"),
            millis("offset")
        ),
        "session" => format!("gap = \"{}ms\"", millis("gap")),
        kind => panic!("{kind}"),
    };
    format!(
        r#"
        [job]
        window = {{ {kind}, by = {}, aggregate = "{aggregate}" }}
        [[pipelines]]
        model = "micro_batch"
        trigger = "1s"
        overhead = "0s"
        throughput = "1e12/s"
        watermark_delay = "{}ms"
        output = {}
        "#,
        case["by"],
        int(&case["delay"]),
        case["output"]
    )
}

/// What Spark's batches did, with the value at a place in the groups.
fn wanted(case: &Value, value: usize) -> Vec<Run> {
    let batches = case["input"].as_array().unwrap();
    let origin = case["origin"].as_i64().unwrap_or(0);
    let run = |place: usize| Run {
        has_rows: !batches[place].is_null(),
        // None is that of a query without rows so far: 1970.
        watermark: case["watermarks"][place].as_i64().map_or(0, |at| at + origin),
        emitted: case["emitted"][place]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| {
                let cells: Vec<i64> = ints(group).into_iter().map(Option::unwrap).collect();
                (cells[0] + origin, cells[1] + origin, cells[2], cells[value] as u64)
            })
            .collect(),
        state_rows: int(&case["state_rows"][place]) as u64,
        ids: 0,
    };
    (0..batches.len()).map(run).collect()
}

/// Groups that Spark counts as dropped in a fed batch, of windows that do not overlap: by window and key, in a
/// session by event time and key.
fn dropped_groups(case: &Value, rows: &[Row], late: i64) -> (u64, usize) {
    let window = &case["window"];
    let is_session = window["kind"] == "session";
    let mut groups = BTreeSet::new();
    let mut count = 0;
    for row in rows {
        let (group, end) = if is_session {
            (row.event_time, row.event_time + int(&window["gap"]))
        } else {
            let (size, offset) = (int(&window["size"]), window["offset"].as_i64().unwrap_or(0));
            let start = row.event_time - (row.event_time - offset).rem_euclid(size);
            (start, start + size)
        };
        if end <= late {
            count += 1;
            groups.insert((group, if case["by"] == "key" { row.key } else { -1 }));
        }
    }
    (count, groups.len())
}

/// Rows of each batch, with their ids.
fn batches(case: &Value) -> Vec<Vec<(i64, Row)>> {
    let Some(batches) = case["batches"].as_array() else { return batches_of_log(case) };
    let row = |row: &Value| {
        let cells: Vec<i64> = ints(row).into_iter().map(Option::unwrap).collect();
        (cells[0], Row { event_time: cells[1], key: cells[2], user: cells[3], bytes: cells[4] })
    };
    batches.iter().map(|batch| batch.as_array().unwrap().iter().map(row).collect()).collect()
}

/// Those of a real log: what arrived in each stretch since the first arrival, unless that is nothing.
fn batches_of_log(case: &Value) -> Vec<Vec<(i64, Row)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/data").join(case["batches"].as_str().unwrap());
    let rows: Vec<LogRow> = read(&path).unwrap().deliveries().map(Result::unwrap).collect();
    let stretch = |row: &LogRow| (row.arrival.unwrap() - rows[0].arrival.unwrap()) / 1_000 / int(&case["every"]);
    let stretches = rows.chunk_by(|one, other| stretch(one) == stretch(other));
    let row = |row: &LogRow| {
        let (event_time, key) = (row.event_time / 1_000, row.key.into());
        (row.id.into(), Row { event_time, key, user: key, bytes: 1 })
    };
    stretches.map(|rows| rows.iter().map(row).collect()).collect()
}

/// Compares a case, counts and sums by themselves; gives the numbers of batches and of groups emitted.
fn compare(case: &Value) -> (usize, usize) {
    let found = [("count", 3), ("sum_bytes", 4)].map(|(aggregate, value)| compare_one(case, aggregate, value));
    assert_eq!(found[0], found[1]);
    found[0]
}

fn compare_one(case: &Value, aggregate: &str, value: usize) -> (usize, usize) {
    let name = case["case"].as_str().unwrap();
    let text = job(case, aggregate);
    let batches = batches(case);
    let times = batches.iter().flatten().map(|(_, row)| row.event_time);
    let (first, last) = (times.clone().min().unwrap(), times.max().unwrap());
    let base = (last / 1_000 + 2) * 1_000;
    let scenario = scenario(first, &text);
    let rows: Vec<(i64, Row)> = batches.iter().flatten().copied().collect();
    let fed: Vec<i64> =
        (0..).zip(&batches).flat_map(|(batch, rows)| vec![base + PACE * batch - 500; rows.len()]).collect();
    let log = log(&rows, |place| fed[place]);
    let starts: Vec<i64> = (0..batches.len() as i64).map(|batch| base + PACE * batch).collect();
    let found = replay_batches(&scenario, &log, &starts);
    let wanted = wanted(case, value);
    assert_eq!(found.runs, wanted, "{name}\n{text}");
    if case["window"]["kind"] != "sliding" {
        let mut late = 0;
        for (place, batch) in ints(&case["input"]).into_iter().enumerate() {
            if let Some(batch) = batch {
                let rows: Vec<Row> = batches[batch as usize].iter().map(|(_, row)| *row).collect();
                let before = place.checked_sub(1).map_or(0, |before| wanted[before].watermark);
                let (count, groups) = dropped_groups(case, &rows, before);
                assert_eq!(int(&case["dropped"][place]), groups as i64, "{name}: batch {place}");
                late += count;
            }
        }
        assert_eq!(found.late, late, "{name}");
    }
    (wanted.len(), wanted.iter().map(|run| run.emitted.len()).sum())
}

/// Compares the cases of a file; gives how many, their batches and groups.
fn compare_all(file: &str) -> (usize, usize, usize) {
    cases(file).iter().fold((0, 0, 0), |sum, case| {
        let (batches, groups) = compare(case);
        (sum.0 + 1, sum.1 + batches, sum.2 + groups)
    })
}

#[test]
fn hand_made_cases_of_each_rule() {
    assert_eq!(compare_all("spark_rules.ndjson"), (45, 267, 113));
}

#[test]
fn tumbling_windows() {
    assert_eq!(compare_all("spark_tumbling.ndjson"), (90, 953, 1_107));
}

#[test]
fn sessions() {
    assert_eq!(compare_all("spark_session.ndjson"), (80, 839, 409));
}

#[test]
fn sliding_windows() {
    assert_eq!(compare_all("spark_sliding.ndjson"), (70, 718, 2_120));
}

#[test]
fn a_real_log_of_late_arrivals() {
    assert_eq!(compare_all("spark_late_arrivals.ndjson"), (2, 2_936, 4_640));
}
