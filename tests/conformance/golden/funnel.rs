//! Funnels in Flink CEP: match by match, with the watermark at which each was found, how far the others came, and which rows were
//! late.

use millstream::workload::read_bytes;
use serde_json::Value;

use super::{cases, int, ints, replay, scenario};

/// An attempt: user, event times of its steps in milliseconds, and whether it came to the last one, with the watermark before that.
type Attempt = (u32, Vec<i64>, Option<i64>);

fn cells(row: &Value) -> Vec<i64> {
    ints(row).into_iter().map(Option::unwrap).collect()
}

fn job(case: &Value) -> String {
    let steps: Vec<String> = cells(&case["steps"]).iter().map(|kind| format!("\"t{kind}\"")).collect();
    // The scenario needs types of its own, although it is the log's that count.
    let types: Vec<String> = (0..16).map(|kind| format!("{{ name = \"t{kind}\" }}")).collect();
    format!(
        r#"
        types = [{}]
        [job]
        funnel = {{ steps = [{}], within = "{}ms" }}
        [[pipelines]]
        model = "continuous"
        parallelism = 1
        service = "0s"
        fetch_delay = "0s"
        sink_delay = "0s"
        watermark = {{ bound = "{}ms", emission = "record" }}
        "#,
        types.join(", "),
        steps.join(", "),
        int(&case["within"]),
        int(&case["bound"]),
    )
}

/// Compares a case; gives the number of matches, of attempts that ran out of time, and of late rows.
fn compare(case: &Value) -> (usize, usize, usize) {
    let name = case["case"].as_str().unwrap();
    let rows: Vec<Vec<i64>> = case["rows"].as_array().unwrap().iter().map(cells).collect();
    let first = rows.iter().map(|row| row[1]).min().unwrap();
    let last = rows.iter().map(|row| row[1]).max().unwrap();
    let mut csv = "event_id,event_time_ms,arrival_time_ms,true_time_ms,user_id,event_type\n".to_owned();
    for (place, row) in rows.iter().enumerate() {
        let (time, kind, user) = (row[1], row[2], row[3]);
        csv += &format!("{place},{time},{},{time},{user},t{kind}\n", last + 1 + place as i64);
    }
    // A step that no row is must be a type of the log all the same: an event that was lost.
    for (place, kind) in cells(&case["steps"]).into_iter().enumerate() {
        csv += &format!("{},{last},,{last},999,t{kind}\n", 100_000 + place);
    }
    let text = job(case);
    let scenario = scenario(first, &text);
    let found = replay(&scenario, &read_bytes("rows.csv", csv.as_bytes()).expect("the rows are sound"), true);

    let steps = case["steps"].as_array().unwrap().len();
    let millis = |at| found.millis(at);
    let mut attempts: Vec<(u32, i64, Attempt)> = Vec::new();
    for (place, (reached, before)) in (0..).zip(&found.reached) {
        let (user, at) = (reached.opened.user, millis(reached.by.event_time));
        if reached.step == 0 {
            attempts.push((reached.opened.place, place, (user, vec![at], None)));
            continue;
        }
        // The oldest of this user, time and step: attempts that are alike in that go on alike.
        let opened = millis(reached.opened.event_time);
        let like = |of: &&mut (u32, i64, Attempt)| {
            of.2.0 == user && of.2.1[0] == opened && of.2.1.len() == usize::from(reached.step)
        };
        let attempt = attempts.iter_mut().find(like).unwrap_or_else(|| panic!("{name}: {reached:?}"));
        attempt.2.1.push(at);
        if usize::from(reached.step) + 1 == steps {
            attempt.2.2 = Some(millis(*before) - 1);
        }
    }
    let mut answers: Vec<Attempt> = attempts.into_iter().map(|(.., attempt)| attempt).collect();

    let attempt = |places: &Value, before: Option<i64>| {
        let places: Vec<usize> = cells(places).into_iter().map(|place| place as usize).collect();
        (rows[places[0]][3] as u32, places.iter().map(|place| rows[*place][1]).collect(), before)
    };
    let matches = case["matches"].as_array().unwrap();
    let timed_out = case["timed_out"].as_array().unwrap();
    let mut wanted: Vec<Attempt> = matches.iter().map(|of| attempt(&of[0], Some(int(&of[1])))).collect();
    wanted.extend(timed_out.iter().map(|of| attempt(of, None)));
    wanted.sort_unstable();
    answers.sort_unstable();
    assert_eq!(answers, wanted, "{name}\n{text}");
    let late: Vec<usize> = cells(&case["late"]).into_iter().map(|place| place as usize).collect();
    assert_eq!(found.dropped, late, "{name}\n{text}");
    (matches.len(), timed_out.len(), late.len())
}

#[test]
fn flink_matches_the_same_rows() {
    let cases = cases("flink_funnel.ndjson");
    let found = cases.iter().map(compare).fold((0, 0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1, sum.2 + of.2));
    assert_eq!((cases.len(), found), (148, (275, 944, 2_356)));
}
