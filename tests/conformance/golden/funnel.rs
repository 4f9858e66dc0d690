//! Funnels. Flink CEP: match by match, with the watermark at which each was found, how far the others came, and which rows
//! were late. Spark: step by step, with the batch that found it, and how many rows were late.

use millstream::workload::{Log, read_bytes};
use serde_json::Value;

use super::{cases, int, ints, replay, replay_batches, scenario};

/// An attempt: user, event times of its steps in milliseconds, and whether it came to the last one, with the watermark before that.
type Attempt = (u32, Vec<i64>, Option<i64>);

fn cells(row: &Value) -> Vec<i64> {
    ints(row).into_iter().map(Option::unwrap).collect()
}

fn job(case: &Value, pipeline: &str) -> String {
    let steps: Vec<String> = cells(&case["steps"]).iter().map(|kind| format!("\"t{kind}\"")).collect();
    // The scenario needs types of its own, although it is the log's that count.
    let types: Vec<String> = (0..16).map(|kind| format!("{{ name = \"t{kind}\" }}")).collect();
    format!(
        r#"
        types = [{}]
        [job]
        funnel = {{ steps = [{}], within = "{}ms" }}
        [[pipelines]]
        {pipeline}
        "#,
        types.join(", "),
        steps.join(", "),
        int(&case["within"]),
    )
}

/// The rows of a case, `[place, event time, type, user]`, as a log; `arrival` says when one arrives.
fn log_of(case: &Value, rows: &[Vec<i64>], arrival: impl Fn(usize) -> i64) -> Log {
    let last = rows.iter().map(|row| row[1]).max().unwrap();
    let mut csv = "event_id,event_time_ms,arrival_time_ms,true_time_ms,user_id,event_type\n".to_owned();
    for (place, row) in rows.iter().enumerate() {
        let (time, kind, user) = (row[1], row[2], row[3]);
        csv += &format!("{place},{time},{},{time},{user},t{kind}\n", arrival(place));
    }
    // A step that no row is must be a type of the log all the same: an event that was lost.
    for (place, kind) in cells(&case["steps"]).into_iter().enumerate() {
        csv += &format!("{},{last},,{last},999,t{kind}\n", 100_000 + place);
    }
    read_bytes("rows.csv", csv.as_bytes()).expect("the rows are sound")
}

/// Compares a case; gives the number of matches, of attempts that ran out of time, and of late rows.
fn compare(case: &Value) -> (usize, usize, usize) {
    let name = case["case"].as_str().unwrap();
    let rows: Vec<Vec<i64>> = case["rows"].as_array().unwrap().iter().map(cells).collect();
    let first = rows.iter().map(|row| row[1]).min().unwrap();
    let last = rows.iter().map(|row| row[1]).max().unwrap();
    let text = job(
        case,
        &format!(
            "model = \"continuous\"\nparallelism = 1\nservice = \"0s\"\nfetch_delay = \"0s\"\nsink_delay = \"0s\"\n\
             watermark = {{ bound = \"{}ms\", emission = \"record\" }}",
            int(&case["bound"])
        ),
    );
    let log = log_of(case, &rows, |place| last + 1 + place as i64);
    let found = replay(&scenario(first, &text), &log, true);

    let steps = case["steps"].as_array().unwrap().len();
    let millis = |at| found.millis(at);
    let mut attempts: Vec<(u32, i64, Attempt)> = Vec::new();
    for (place, (reached, before, _)) in (0..).zip(&found.reached) {
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

/// From one fed batch to the next, milliseconds.
const PACE: i64 = 10_000;

#[test]
fn spark_reaches_the_same_steps_in_the_same_batches() {
    let (mut count, mut steps, mut late) = (0, 0, 0);
    for case in cases("spark_funnel.ndjson") {
        let text = job(
            &case,
            &format!(
                "model = \"micro_batch\"\ntrigger = \"1s\"\noverhead = \"0s\"\nthroughput = \"1e12/s\"\n\
                 watermark_delay = \"{}ms\"",
                int(&case["delay"])
            ),
        );
        let of_batch = |batch: &Value| batch.as_array().unwrap().iter().map(cells).collect();
        let batches: Vec<Vec<Vec<i64>>> = case["batches"].as_array().unwrap().iter().map(of_batch).collect();
        let rows: Vec<Vec<i64>> = batches.iter().flatten().cloned().collect();
        let times = rows.iter().map(|row| row[1]);
        let (first, last) = (times.clone().min().unwrap(), times.max().unwrap());
        let base = (last / 1_000 + 2) * 1_000;
        let fed: Vec<i64> =
            (0..).zip(&batches).flat_map(|(batch, rows)| vec![base + PACE * batch - 500; rows.len()]).collect();
        let starts: Vec<i64> = (0..batches.len() as i64).map(|batch| base + PACE * batch).collect();
        let log = log_of(&case, &rows, |place| fed[place]);
        let mut found = replay_batches(&scenario(first, &text), &log, &starts);

        let name = &case["case"];
        let has_rows: Vec<bool> = ints(&case["input"]).iter().map(Option::is_some).collect();
        assert_eq!(found.runs.iter().map(|run| run.has_rows).collect::<Vec<_>>(), has_rows, "{name}\n{text}");
        assert_eq!(
            found.runs.iter().map(|run| run.watermark).collect::<Vec<_>>(),
            cells(&case["watermarks"]),
            "{name}"
        );
        let mut wanted = Vec::new();
        for (run, emitted) in case["emitted"].as_array().unwrap().iter().enumerate() {
            for reached in emitted.as_array().unwrap() {
                let of = cells(reached);
                let (opened, by) = (&rows[of[0] as usize], &rows[of[2] as usize]);
                wanted.push((run, opened[1], by[1], opened[3] as u32, of[1] as u8));
            }
        }
        wanted.sort_unstable();
        found.reached.sort_unstable();
        assert_eq!(found.reached, wanted, "{name}\n{text}");
        let dropped: i64 = cells(&case["dropped"]).iter().sum();
        assert_eq!(found.late, dropped as u64, "{name}\n{text}");
        (count, steps, late) = (count + 1, steps + wanted.len(), late + dropped);
    }
    assert_eq!((count, steps, late), (74, 1_302, 573));
}
