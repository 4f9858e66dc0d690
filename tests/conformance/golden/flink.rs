//! Flink's windows, firing by firing.

use std::path::Path;

use serde_json::Value;

use super::{AGGREGATES, Answer, Row, cases, int, ints, log, read_bytes, replay, scenario};

/// Recorded cases with more time between windows than in them: not modelled, see `docs/conformance.md`.
fn leaves_gaps(window: &Value) -> bool {
    window["kind"] != "session" && window.get("slide").is_some_and(|slide| int(slide) > int(&window["size"]))
}

/// The job of a case.
fn job(case: &Value, aggregate: &str) -> String {
    let window = &case["window"];
    let millis = |name: &str| int(&window[name]);
    let by = case["by"].as_str().unwrap();
    let window = match window["kind"].as_str().unwrap() {
        "tumbling" => {
            format!("size = \"{}ms\", offset = \"{}ms\"", millis("size"), millis("offset").rem_euclid(millis("size")))
        }
        "sliding" => format!(
            "size = \"{}ms\", slide = \"{}ms\", offset = \"{}ms\"",
            millis("size"),
            millis("slide"),
            window["offset"].as_i64().unwrap_or(0).rem_euclid(millis("slide"))
        ),
        "session" => format!("gap = \"{}ms\"", millis("gap")),
        "count" => format!("count = {}, every = {}", millis("size"), window.get("slide").map_or(millis("size"), int)),
        kind => panic!("{kind}"),
    };
    format!(
        r#"
        [job]
        window = {{ {window}, by = "{by}", aggregate = "{aggregate}" }}
        [[pipelines]]
        model = "continuous"
        parallelism = 1
        service = "0s"
        fetch_delay = "0s"
        sink_delay = "0s"
        watermark = {{ bound = "{}ms", emission = "record" }}
        allowed_lateness = "{}ms"
        "#,
        int(&case["bound"]),
        int(&case["lateness"])
    )
}

fn place_of(aggregate: &str) -> usize {
    3 + AGGREGATES.iter().position(|of| *of == aggregate).unwrap()
}

/// The firings, with the value at a place in them.
fn wanted(case: &Value, base: i64, place: usize) -> Vec<Answer> {
    let is_count = case["window"]["kind"] == "count";
    let firings = case["firings"].as_array().unwrap().iter().map(|firing| {
        let cells = ints(firing);
        Answer {
            // A count window takes no notice of the watermark.
            watermark: cells[6].filter(|_| !is_count).map(|at| at + base),
            window: cells[0].zip(cells[1]).map(|(start, end)| (start + base, end + base)),
            key: cells[2].unwrap(),
            value: cells[place].unwrap() as u64,
        }
    });
    firings.collect()
}

/// The file of a case that has no rows of its own, with a byte in each row.
fn with_bytes(case: &Value) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/data").join(case["rows"].as_str().unwrap());
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines = text.lines();
    let head = format!("{},bytes\n", lines.next().unwrap());
    lines.fold(head, |all, row| all + row + ",1\n")
}

/// Compares a case, each aggregate by itself; gives the number of firings and of late rows.
fn compare(case: &Value) -> (usize, usize) {
    let found = AGGREGATES.map(|aggregate| compare_one(case, aggregate));
    assert!(found.iter().all(|of| *of == found[0]));
    found[0]
}

fn compare_one(case: &Value, aggregate: &str) -> (usize, usize) {
    let name = case["case"].as_str().unwrap();
    let text = job(case, aggregate);
    let (scenario, log, base) = match case["rows"].as_array() {
        Some(rows) => {
            let rows: Vec<(i64, Row)> = rows
                .iter()
                .map(|row| {
                    let cells: Vec<i64> = ints(row).into_iter().map(Option::unwrap).collect();
                    (cells[0], Row { event_time: cells[1], key: cells[2], user: cells[3], bytes: cells[4] })
                })
                .collect();
            let first = rows.iter().map(|(_, row)| row.event_time).min().unwrap();
            let last = rows.iter().map(|(_, row)| row.event_time).max().unwrap();
            (scenario(first, &text), log(&rows, |place| last + 1 + place as i64), 0)
        }
        None => {
            let log = read_bytes("rows.csv", with_bytes(case).as_bytes()).unwrap();
            // Its answers count from the first event.
            let base = 1_767_225_600_000;
            (scenario(base, &text), log, base)
        }
    };
    let found = replay(&scenario, &log, true);
    let rising = |answers: &[Answer]| answers.is_sorted_by_key(|answer| answer.watermark.unwrap_or(i64::MAX));
    assert!(case["window"]["kind"] == "count" || rising(&found.answers), "{name}");
    let (mut wanted, mut answers) = (wanted(case, base, place_of(aggregate)), found.answers);
    // Between keys at one time Flink's order is undefined.
    wanted.sort_unstable();
    answers.sort_unstable();
    assert_eq!(answers, wanted, "{name}\n{text}");
    let late: Vec<usize> = ints(&case["late"]).into_iter().map(|place| place.unwrap() as usize).collect();
    assert_eq!(found.dropped, late, "{name}\n{text}");
    (wanted.len(), late.len())
}

/// Compares the cases of a file; gives how many, their firings and late rows, and how many are not modelled.
fn compare_all(file: &str) -> (usize, usize, usize, usize) {
    let (mut counts, mut skipped) = ((0, 0, 0), 0);
    for case in cases(file) {
        if leaves_gaps(&case["window"]) {
            skipped += 1;
            continue;
        }
        let (firings, late) = compare(&case);
        counts = (counts.0 + 1, counts.1 + firings, counts.2 + late);
    }
    (counts.0, counts.1, counts.2, skipped)
}

#[test]
fn hand_made_cases_of_each_rule() {
    assert_eq!(compare_all("flink_rules.ndjson"), (49, 149, 25, 3));
}

#[test]
fn tumbling_windows() {
    assert_eq!(compare_all("flink_tumbling.ndjson"), (80, 1_234, 769, 0));
}

#[test]
fn sliding_windows() {
    assert_eq!(compare_all("flink_sliding.ndjson"), (60, 2_171, 459, 30));
}

#[test]
fn sessions() {
    assert_eq!(compare_all("flink_session.ndjson"), (130, 1_312, 721, 0));
}

#[test]
fn count_windows() {
    assert_eq!(compare_all("flink_count.ndjson"), (57, 907, 0, 13));
}

#[test]
fn a_real_log_of_late_arrivals() {
    assert_eq!(compare_all("flink_late_arrivals.ndjson"), (3, 16_123, 2_532, 0));
}
