//! The rules of Flink's event-time windows.

use super::{Case, Fired, Row, distinct, fired};

/// Windows of 5 s, watermarks every 200 ms, one worker that takes no time.
fn flink(bound: &str, lateness: &str) -> Case {
    Case::new(&text(bound, lateness))
}

fn text(bound: &str, lateness: &str) -> String {
    format!(
        r#"
        [job]
        window = {{ size = "5s" }}
        [[pipelines]]
        model = "continuous"
        parallelism = 1
        service = "0s"
        fetch_delay = "0s"
        sink_delay = "0s"
        watermark = {{ bound = "{bound}", interval = "200ms" }}
        allowed_lateness = "{lateness}"
        "#
    )
}

/// The log of a published run of Flink 2: event times in seconds, one event every 500 ms. Arrivals
/// are moved by 20 s, behind the last event, which changes nothing in the rules.
fn published() -> Vec<Row> {
    let events = [1, 2, 4, 6, 3, 8, 2, 11, 1, 13];
    (0..).zip(events).map(|(id, event)| (20_000 + 500 * i64::from(id), event * 1_000, id)).collect()
}

#[test]
fn the_published_run_with_three_seconds_of_lateness() {
    let seen = flink("2s", "3s").replay(&published(), 25_000, true);
    let expected = [
        // 8 s arrived at 22.5 s; the tick after it says 8 − 2 − 0.001.
        fired(0, 4, 5_999, 22_600),
        // The second event of 2 s: 4.999 + 3 is still ahead of the watermark.
        fired(0, 5, 5_999, 23_000),
        // 13 s arrived at 24.5 s: 13 − 2 − 0.001. The second event of 1 s came at 8.999 ≥ 7.999.
        fired(5_000, 2, 10_999, 24_600),
        fired(10_000, 2, None, 25_000),
    ];
    assert_eq!(seen.firings, expected);
    assert_eq!((seen.dropped, seen.at_end), (vec![1_000], vec![10_000]));
    assert_eq!((seen.on_time, seen.late_included, seen.resolved.late_dropped), (8, 1, 1));
    // Each window is published for the first time once.
    assert_eq!(seen.landings, [(5_000, 22_600), (10_000, 24_600), (15_000, 25_000)]);
}

#[test]
fn the_published_run_without_lateness() {
    let seen = flink("2s", "0s").replay(&published(), 25_000, true);
    let expected = [fired(0, 4, 5_999, 22_600), fired(5_000, 2, 10_999, 24_600), fired(10_000, 2, None, 25_000)];
    assert_eq!(seen.firings, expected);
    assert_eq!(seen.dropped, [2_000, 1_000]);
    assert_eq!((seen.on_time, seen.late_included, seen.resolved.late_dropped), (8, 0, 2));
}

#[test]
fn an_input_that_goes_on_leaves_the_last_window_open() {
    // The model looks at its clock when something is due: here at a probe.
    let seen = flink("2s", "0s").probed(&[3_000_000]).replay(&published(), 3_600_000, false);
    assert_eq!(seen.firings, [fired(0, 4, 5_999, 22_600), fired(5_000, 2, 10_999, 24_600)]);
    assert!(seen.at_end.is_empty());
}

#[test]
fn a_window_fires_at_the_first_tick_after_an_event_of_its_end_and_the_bound() {
    // 6.999 s is 1 ms too early for [0, 5) and a bound of 2 s: the watermark is 4.998 and not
    // 4.999. 7 s does it; it arrives at a tick, which comes after it.
    let rows = distinct(&[(10_000, 1_000), (10_100, 6_999), (11_000, 7_000), (11_001, 1_500)]);
    let seen = flink("2s", "0s").replay(&rows, 20_000, false);
    assert_eq!(seen.firings, [fired(0, 1, 4_999, 11_000)]);
    assert_eq!(seen.dropped, [1_500]);
}

#[test]
fn a_record_is_judged_by_the_watermark_that_stands_before_it() {
    // 12 s covers [0, 5) only from the tick of 12.2 s on: 4 s arrives before, 3 s after it. A record
    // of the instant of the tick comes before it.
    let rows = distinct(&[(12_010, 12_000), (12_020, 4_000), (12_200, 2_000), (12_201, 3_000)]);
    let seen = flink("0s", "0s").replay(&rows, 20_000, false);
    assert_eq!(seen.firings, [fired(0, 2, 11_999, 12_200)]);
    assert_eq!(seen.dropped, [3_000]);
}

#[test]
fn a_record_is_late_when_the_watermark_reaches_the_last_millisecond_and_the_lateness() {
    // [0, 5) with a lateness of 3 s is taken up to a watermark of 7.998 and not from 7.999 on.
    for (largest, dropped) in [(7_999, vec![]), (8_000, vec![1_000])] {
        let rows = distinct(&[(10_000, largest), (10_500, 1_000)]);
        let seen = flink("0s", "3s").replay(&rows, 10_600, false);
        assert_eq!(seen.dropped, dropped, "{largest}");
        // Its first firing is itself a late one.
        let at_once = dropped.is_empty().then(|| fired(0, 1, largest - 1, 10_500));
        assert_eq!(seen.firings, at_once.into_iter().collect::<Vec<Fired>>());
        assert_eq!(seen.landings.len(), seen.firings.len());
    }
}

#[test]
fn late_records_fire_once_each_with_the_full_count() {
    let rows = distinct(&[(9_000, 1_000), (9_010, 9_000), (9_500, 2_000), (9_600, 3_000), (9_700, 4_999)]);
    let seen = flink("0s", "1m").replay(&rows, 10_000, true);
    let expected = [
        fired(0, 1, 8_999, 9_200),
        fired(0, 2, 8_999, 9_500),
        fired(0, 3, 8_999, 9_600),
        fired(0, 4, 8_999, 9_700),
        // At the end of the input only what has not fired fires.
        fired(5_000, 1, None, 10_000),
    ];
    assert_eq!(seen.firings, expected);
    assert_eq!((seen.on_time, seen.late_included), (2, 3));
}

#[test]
fn the_watermark_never_falls() {
    // After 20 s a record of 11 s does not reopen [5, 10) or [10, 15).
    let rows = distinct(&[(20_000, 20_000), (20_500, 16_000), (21_000, 14_000), (21_500, 9_000), (22_000, 15_000)]);
    let seen = flink("1s", "0s").replay(&rows, 30_000, false);
    // 18.999 closes what ends by 19 s: 14 s and 9 s are late, 16 s and 15 s are not.
    assert_eq!(seen.dropped, [14_000, 9_000]);
    assert!(seen.firings.is_empty());
}

#[test]
fn a_window_takes_its_start_and_not_its_end() {
    let rows = distinct(&[(30_000, 4_999), (30_001, 5_000), (30_002, 9_999), (30_003, 10_000), (30_004, 30_000)]);
    let seen = flink("0s", "0s").replay(&rows, 40_000, true);
    let counts: Vec<(i64, u64)> = seen.firings.iter().map(|firing| (firing.window, firing.count)).collect();
    assert_eq!(counts, [(0, 1), (5_000, 2), (10_000, 1), (30_000, 1)]);
    assert_eq!(seen.at_end, [30_000]);
}

#[test]
fn windows_are_aligned_to_the_epoch_and_not_to_the_start() {
    // Simulated time 0 is three seconds past a multiple of five: windows start at 2 s, 7 s, ….
    let case = Case::starting("2026-01-05T00:00:03Z", &text("0s", "0s"));
    let rows = distinct(&[(10_000, 1_999), (10_001, 2_000), (10_002, 6_999), (10_003, 10_000)]);
    let seen = case.replay(&rows, 20_000, true);
    let counts: Vec<(i64, u64)> = seen.firings.iter().map(|firing| (firing.window, firing.count)).collect();
    assert_eq!(counts, [(-3_000, 1), (2_000, 2), (7_000, 1)]);
}

#[test]
fn state_goes_when_the_watermark_reaches_the_end_and_the_lateness() {
    // [0, 5) with a lateness of 3 s is removed at a watermark of 7.999, that is after 8 s.
    let rows = distinct(&[(10_000, 1_000), (11_000, 6_000), (12_000, 7_999), (13_000, 8_000)]);
    let case = flink("0s", "3s").probed(&[10_500, 11_500, 12_500, 13_500]);
    let seen = case.replay(&rows, 14_000, false);
    let open: Vec<u64> = seen.levels.iter().map(|(windows, _)| *windows).collect();
    assert_eq!(open, [1, 2, 2, 1]);
}

#[test]
fn an_id_is_remembered_for_the_ttl_from_the_delivery_that_was_let_in() {
    let case = Case::new(
        r#"
        [job]
        dedup = { ttl = "1m" }
        [[pipelines]]
        model = "continuous"
        parallelism = 1
        "#,
    );
    // 59.999 s is below the TTL, 60 s is not; reading does not refresh; 60 s starts anew.
    let arrivals = [0, 59_999, 60_000, 100_000, 119_999, 120_000];
    let rows: Vec<Row> = arrivals.iter().map(|at| (*at, 0, 7)).collect();
    let seen = case.probed(&[59_000, 121_000, 180_500]).replay(&rows, 200_000, true);
    assert_eq!((seen.on_time, seen.resolved.duplicates_leaked, seen.resolved.duplicates_removed), (1, 2, 3));
    let ids: Vec<u64> = seen.levels.iter().map(|(_, ids)| *ids).collect();
    assert_eq!(ids, [1, 1, 0]);
}
