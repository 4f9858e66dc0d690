//! The rules of Spark's micro-batches and their watermarks.

use super::{Case, distinct, fired};

const MINUTE: i64 = 60_000;

/// Milliseconds of a time of the day.
const fn at(hour: i64, minute: i64) -> i64 {
    (hour * 60 + minute) * MINUTE
}

/// The example of the programming guide, on tumbling windows of 10 minutes: trigger every 5
/// minutes, watermark delay of 10 minutes. A batch takes 30 s.
fn guide(output: &str) -> Case {
    Case::new(&format!(
        r#"
        [job]
        window = {{ size = "10m" }}
        [[pipelines]]
        model = "micro_batch"
        trigger = "5m"
        overhead = "30s"
        throughput = "1e12/s"
        watermark_delay = "10m"
        output = "{output}"
        "#
    ))
}

/// The guide's events with their arrivals. The watermarks of the batches that take them:
///
/// | batch | rows                 | late filter | eviction |
/// |-------|----------------------|-------------|----------|
/// | 12:10 | 12:07, 12:08         | –           | –        |
/// | 12:15 | 12:14, 12:09         | –           | 11:58    |
/// | 12:20 | 12:15, 12:08, 12:13  | 11:58       | 12:04    |
/// | 12:25 | 12:21, 12:17         | 12:04       | 12:05    |
/// | 12:30 |                      | 12:05       | 12:11    |
const GUIDE: [(i64, i64); 9] = [
    (at(12, 7), at(12, 7)),
    (at(12, 8), at(12, 8)),
    (at(12, 14), at(12, 14)),
    (at(12, 14) + 1, at(12, 9)),
    (at(12, 16), at(12, 15)),
    (at(12, 17), at(12, 8)),
    (at(12, 18), at(12, 13)),
    (at(12, 21), at(12, 21)),
    (at(12, 22), at(12, 17)),
];

fn with(rows: &[(i64, i64)]) -> Vec<super::Row> {
    distinct(&[&GUIDE, rows].concat())
}

/// When a batch of a time of the day is visible.
const fn seen_from(hour: i64, minute: i64) -> i64 {
    at(hour, minute) + MINUTE / 2
}

#[test]
fn append_emits_a_window_when_the_watermark_has_passed_it_in_a_batch_without_rows() {
    let seen = guide("append").replay(&with(&[]), at(18, 0), true);
    // The guide: the final counts of 12:00 to 12:10 are appended when the watermark is 12:11.
    // The later windows stay open: nothing is flushed, not even at the end of the input.
    assert_eq!(seen.firings, [fired(at(12, 0), 4, at(12, 11), seen_from(12, 30))]);
    assert_eq!(seen.landings, [(at(12, 10), seen_from(12, 30))]);
    assert_eq!((seen.on_time, seen.late_included), (4, 0));
    // 12:30 had no rows, but a watermark that had risen; after it there was neither.
    assert_eq!(seen.runs, [(12, 10), (12, 15), (12, 20), (12, 25), (12, 30)].map(|(h, m)| at(h, m)));
}

#[test]
fn a_row_is_late_by_the_watermark_of_the_batch_before() {
    // 12:04 with the batch of 12:30: its late filter is 12:05, and 12:10 is above it. The row is
    // taken although that batch removes its window. With the batch of 12:35 it is dropped.
    let seen = guide("append").replay(&with(&[(at(12, 26), at(12, 4)), (at(12, 31), at(12, 4))]), at(18, 0), false);
    assert_eq!(seen.firings, [fired(at(12, 0), 5, at(12, 11), seen_from(12, 30))]);
    assert_eq!(seen.dropped, [at(12, 4)]);
    assert_eq!(seen.resolved.late_dropped, 1);
    assert_eq!(seen.runs.last(), Some(&at(12, 35)));
}

#[test]
fn update_publishes_what_windows_that_are_over_have_gained() {
    let seen = guide("update").replay(&with(&[(at(12, 26), at(12, 4)), (at(12, 31), at(12, 4))]), at(18, 0), true);
    let expected = [
        fired(at(12, 0), 2, None, seen_from(12, 10)),
        fired(at(12, 0), 3, None, seen_from(12, 15)),
        fired(at(12, 0), 4, None, seen_from(12, 20)),
        fired(at(12, 10), 3, None, seen_from(12, 20)),
        fired(at(12, 10), 4, None, seen_from(12, 25)),
        // Touched and evicted in one batch: emitted once.
        fired(at(12, 0), 5, None, seen_from(12, 30)),
        fired(at(12, 20), 1, None, seen_from(12, 30)),
    ];
    assert_eq!(seen.firings, expected);
    // 12:09, 12:08 and 12:04 came after the first count of their window, 12:17 after 12:20.
    assert_eq!((seen.on_time, seen.late_included, seen.dropped), (6, 4, vec![at(12, 4)]));
    let landings = [(at(12, 10), seen_from(12, 10)), (at(12, 20), seen_from(12, 20)), (at(12, 30), seen_from(12, 30))];
    assert_eq!(seen.landings, landings);
}

/// Windows and triggers of 10 s without any delay of the watermark.
fn quick() -> Case {
    Case::new(
        r#"
        [job]
        window = { size = "10s" }
        [[pipelines]]
        model = "micro_batch"
        trigger = "10s"
        overhead = "1s"
        throughput = "1e12/s"
        watermark_delay = "0s"
        output = "append"
        "#,
    )
}

#[test]
fn a_window_closes_when_the_watermark_reaches_its_end() {
    // After 19.999 s [10, 20) stays open; after 20 s it closes. There is no millisecond less as
    // in Flink: both close [s, e) when an event of e was seen.
    for (event, closed) in [(19_999, false), (20_000, true)] {
        let seen = quick().replay(&distinct(&[(20_100, 12_000), (21_000, event)]), 60_000, false);
        // The batch of 30 s sees the event, that of 40 s its watermark.
        let expected = closed.then(|| fired(10_000, 1, 20_000, 41_000));
        assert_eq!(seen.firings, expected.into_iter().collect::<Vec<_>>());
        assert_eq!(seen.runs, [30_000, 40_000]);
    }
}

#[test]
fn a_late_row_is_dropped_from_the_second_batch_after_the_rise_on() {
    // 20 s comes with the batch of 30 s. The batch of 40 s evicts by 20 s but filters by nothing:
    // it takes 19.999 s. The batch of 50 s filters by 20 s.
    let rows = [(25_000, 20_000), (35_000, 19_999), (45_000, 19_999), (45_001, 20_000)];
    let seen = quick().replay(&distinct(&rows), 100_000, false);
    assert_eq!(seen.firings, [fired(10_000, 1, 20_000, 41_000)]);
    assert_eq!(seen.dropped, [19_999]);
}

#[test]
fn a_group_that_was_emitted_never_comes_again() {
    // [10, 20) is emitted by the batch of 40 s; whatever comes for it later is dropped.
    let rows = [(21_000, 15_000), (25_000, 30_000), (41_000, 15_001), (51_000, 15_002), (61_000, 70_000 - 10_000)];
    let seen = quick().replay(&distinct(&rows), 200_000, false);
    let windows: Vec<i64> = seen.firings.iter().map(|firing| firing.window).collect();
    assert_eq!(windows, [10_000, 30_000]);
    assert_eq!(seen.dropped, [15_001, 15_002]);
}

#[test]
fn batches_start_at_multiples_of_the_interval_or_at_once_when_the_one_before_ran_longer() {
    let case = Case::new(
        r#"
        [[pipelines]]
        model = "micro_batch"
        trigger = "1m"
        overhead = "0s"
        throughput = "0.1/s"
        "#,
    );
    // Ten seconds a row. Nine rows by 60 s: until 150 s, past the multiple of 120 s, so that the
    // next batch starts at once. It takes the two rows of 130 s and 150 s, of the instant of its
    // start, and ends at 170 s; the multiples stay where they were. No rows, no batch at 240 s.
    let mut rows: Vec<(i64, i64)> = (1..=9).map(|row| (row * 1_000, row * 1_000)).collect();
    rows.extend([130_000, 150_000, 150_001, 250_000, 300_000, 300_001].map(|at| (at, at)));
    let seen = case.replay(&distinct(&rows), 500_000, false);
    assert_eq!(seen.runs, [60_000, 150_000, 180_000, 300_000, 360_000]);
    assert_eq!((seen.on_time, seen.late_included), (15, 0));
}

#[test]
fn triggers_are_multiples_from_the_epoch() {
    let text = "[[pipelines]]\nmodel = \"micro_batch\"\ntrigger = \"1m\"\noverhead = \"1s\"";
    let case = Case::starting("2026-01-05T00:00:20Z", text);
    let seen = case.replay(&distinct(&[(1_000, 0), (40_000, 0), (40_001, 0)]), 200_000, false);
    assert_eq!(seen.runs, [40_000, 100_000]);
}
