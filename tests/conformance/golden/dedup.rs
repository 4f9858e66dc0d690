//! Deduplication in Flink and in Spark: which rows pass, and in Spark how many are remembered.

use serde_json::Value;

use super::{Row, cases, int, ints, log, replay, replay_batches, scenario};

/// From one fed batch to the next, milliseconds.
const PACE: i64 = 10_000;

fn rows(rows: &Value) -> Vec<(i64, Row)> {
    let row = |row: &Value| {
        let cells: Vec<i64> = ints(row).into_iter().map(Option::unwrap).collect();
        (cells[0], Row { event_time: cells[1], key: 0, user: 0, bytes: 1 })
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

fn places(of: &Value) -> Vec<usize> {
    ints(of).into_iter().map(|place| place.unwrap() as usize).collect()
}

fn continuous(case: &Value) -> String {
    let (kind, bound) = match case["clears"].as_str().unwrap() {
        "event_time_timer" => ("event_time", int(&case["bound"])),
        "state_ttl" => ("ttl", 0),
        other => panic!("{other}"),
    };
    format!(
        r#"
        [job]
        dedup = {{ kind = "{kind}", ttl = "{}ms" }}
        [[pipelines]]
        model = "continuous"
        parallelism = 1
        service = "0s"
        fetch_delay = "0s"
        sink_delay = "0s"
        watermark = {{ bound = "{bound}ms", emission = "record" }}
        "#,
        int(&case["ttl"])
    )
}

#[test]
fn flink_lets_the_same_rows_pass() {
    let (mut count, mut passed) = (0, 0);
    for case in cases("flink_dedup.ndjson") {
        let rows = rows(&case["rows"]);
        let times = rows.iter().map(|(_, row)| row.event_time);
        let (first, last) = (times.clone().min().unwrap(), times.max().unwrap());
        let text = continuous(&case);
        let by_arrival = case["clears"] == "state_ttl";
        let log = log(&rows, |place| if by_arrival { rows[place].1.event_time } else { last + 1 + place as i64 });
        let found = replay(&scenario(first, &text), &log, true);
        let wanted = places(&case["passed"]);
        let let_in: Vec<usize> = (0..rows.len()).filter(|place| !found.refused.contains(place)).collect();
        assert_eq!(let_in, wanted, "{}\n{text}", case["case"]);
        (count, passed) = (count + 1, passed + wanted.len());
    }
    assert_eq!((count, passed), (89, 1_605));
}

#[test]
fn spark_lets_the_same_rows_pass_and_remembers_as_many() {
    let (mut count, mut passed) = (0, 0);
    for case in cases("spark_dedup.ndjson") {
        let kind = match case["dedup"].as_str().unwrap() {
            "id_and_event_time" => "until_watermark",
            "id" => "unbounded",
            "id_within_watermark" => "within_watermark",
            other => panic!("{other}"),
        };
        let text = format!(
            r#"
            [job]
            dedup = {{ kind = "{kind}" }}
            [[pipelines]]
            model = "micro_batch"
            trigger = "1s"
            overhead = "0s"
            throughput = "1e12/s"
            watermark_delay = "{}ms"
            "#,
            int(&case["delay"])
        );
        let batches: Vec<Vec<(i64, Row)>> = case["batches"].as_array().unwrap().iter().map(rows).collect();
        let all: Vec<(i64, Row)> = batches.iter().flatten().copied().collect();
        let times = all.iter().map(|(_, row)| row.event_time);
        let (first, last) = (times.clone().min().unwrap(), times.max().unwrap());
        let base = (last / 1_000 + 2) * 1_000;
        let fed: Vec<i64> =
            (0..).zip(&batches).flat_map(|(batch, rows)| vec![base + PACE * batch - 500; rows.len()]).collect();
        let log = log(&all, |place| fed[place]);
        let starts: Vec<i64> = (0..batches.len() as i64).map(|batch| base + PACE * batch).collect();
        let found = replay_batches(&scenario(first, &text), &log, &starts);
        let name = &case["case"];
        // Spark ran the recorded `dropDuplicates(id)` with a watermark, which makes batches without rows and has no
        // other effect; here a query that never forgets and has no windows has none.
        let batches_without_rows = kind != "unbounded";
        let places_run: Vec<usize> = (0..)
            .zip(ints(&case["input"]))
            .filter(|(_, input)| input.is_some() || batches_without_rows)
            .map(|(place, _)| place)
            .collect();
        let inputs: Vec<Option<i64>> = places_run.iter().map(|place| case["input"][*place].as_i64()).collect();
        let has_rows: Vec<bool> = inputs.iter().map(Option::is_some).collect();
        assert_eq!(found.runs.iter().map(|run| run.has_rows).collect::<Vec<_>>(), has_rows, "{name}\n{text}");
        let mut from = 0;
        for ((place, input), run) in places_run.into_iter().zip(&inputs).zip(&found.runs) {
            assert_eq!(run.watermark, int(&case["watermarks"][place]), "{name}: {place}");
            assert_eq!(run.ids, int(&case["state_rows"][place]) as u64, "{name}: {place}\n{text}");
            let Some(batch) = input else { continue };
            let rows = batches[*batch as usize].len();
            let let_in: Vec<usize> = (0..rows).filter(|place| !found.refused.contains(&(from + place))).collect();
            assert_eq!(let_in, places(&case["passed"][place]), "{name}: {place}\n{text}");
            passed += let_in.len();
            from += rows;
        }
        count += 1;
    }
    assert_eq!((count, passed), (84, 1_105));
}
