//! The rules of scheduled batches: which run reads a row.

use super::{Case, Recorder, distinct};

const MINUTE: i64 = 60_000;

/// Runs at ten past the hour that take five minutes.
fn hourly(rows: &[(i64, i64)], fields: &str) -> Recorder {
    let case = Case::new(&format!(
        r#"
        [[pipelines]]
        model = "batch"
        every = "1h"
        start_after = "10m"
        overhead = "5m"
        throughput = "1e12/s"
        {fields}
        "#
    ));
    case.replay(&distinct(rows), 600 * MINUTE, true)
}

/// Arrivals and event times in minutes: two rows of the first hour in time, one of the second; and
/// late ones of the first hour after its first, second and third run.
const ROWS: [(i64, i64); 6] = [(31, 30), (70, 59), (71, 50), (75, 60), (131, 50), (191, 50)];

fn rows() -> Vec<(i64, i64)> {
    ROWS.iter().map(|(arrival, event)| (arrival * MINUTE, event * MINUTE)).collect()
}

#[test]
fn a_run_reads_what_has_arrived_by_its_start() {
    let seen = hourly(&rows(), "late = \"drop\"");
    // A row of the instant of the start, 70 minutes, is read; later ones of the first hour never.
    assert_eq!((seen.on_time, seen.late_included), (3, 0));
    assert_eq!(seen.dropped, [50, 50, 50].map(|event| event * MINUTE));
    assert_eq!(seen.runs[..3], [70, 130, 190].map(|at| at * MINUTE));
    assert_eq!(seen.landings[..2], [(60, 75), (120, 135)].map(|(end, at)| (end * MINUTE, at * MINUTE)));
}

#[test]
fn the_next_run_reads_late_rows() {
    let seen = hourly(&rows(), "late = \"next_run\"");
    assert_eq!((seen.on_time, seen.late_included, seen.dropped.len()), (3, 3, 0));
}

#[test]
fn lookback_reads_late_rows_of_that_many_periods() {
    // The run of 130 minutes looks back on the first hour when it looks back on one; that of 190
    // when on two; that of 250 when on three.
    for (lookback, taken) in [(1, 1), (2, 2), (3, 3), (4, 3)] {
        let seen = hourly(&rows(), &format!("late = \"lookback\"\nlookback = {lookback}"));
        assert_eq!(
            (seen.on_time, seen.late_included, seen.dropped.len()),
            (3, taken, 3 - taken as usize),
            "{lookback}"
        );
    }
}

#[test]
fn by_arrival_no_row_is_late_and_results_miss_what_comes_after_the_boundary() {
    let seen = hourly(&rows(), "partition_by = \"arrival\"");
    // In the period of their event arrived only 30 and 60; 59 came at 70 minutes.
    assert_eq!((seen.on_time, seen.late_included, seen.dropped.len()), (2, 4, 0));
}

#[test]
fn a_run_sees_duplicates_among_what_it_reads() {
    let case = |fields: &str| {
        Case::new(&format!(
            r#"
            [job]
            dedup = {{ ttl = "1m" }}
            [[pipelines]]
            model = "batch"
            every = "1h"
            start_after = "10m"
            throughput = "1e12/s"
            {fields}
            "#
        ))
    };
    // One event of the first hour, delivered again within the hour and after its run; repeated in
    // the second hour with an event time of its own.
    let rows = [(30, 30, 0), (40, 30, 0), (75, 30, 0), (90, 90, 0)].map(|(a, e, id)| (a * MINUTE, e * MINUTE, id));
    let ends = |fields: &str| {
        let seen = case(fields).replay(&rows, 600 * MINUTE, true);
        let of = seen.resolved;
        (seen.on_time, of.duplicates_removed, of.duplicates_leaked, of.duplicates_late_dropped)
    };
    // The copy of 75 minutes is late for its run; the repetition is alone in its hour.
    assert_eq!(ends("late = \"drop\""), (1, 1, 1, 1));
    // The run of the second hour reads the first hour again, and both copies are known.
    assert_eq!(ends("late = \"lookback\"\nlookback = 1"), (1, 3, 0, 0));
}
