//! Which duplicates the real engines recognise, and which ids they hold.

use super::{Case, Row};

/// A continuous pipeline that reads each record at once; its watermark trails the largest event by nothing.
fn flink(job: &str, lateness: &str) -> Case {
    Case::new(&format!(
        r#"
        [job]
        {job}
        [[pipelines]]
        model = "continuous"
        parallelism = 1
        service = "0s"
        fetch_delay = "0s"
        sink_delay = "0s"
        watermark = {{ bound = "0s", interval = "200ms" }}
        allowed_lateness = "{lateness}"
        "#
    ))
}

/// Batches every ten seconds, a watermark that trails by ten seconds.
fn spark(kind: &str, window: &str) -> Case {
    Case::new(&format!(
        r#"
        [job]
        dedup = {{ kind = "{kind}" }}
        {window}
        [[pipelines]]
        model = "micro_batch"
        trigger = "10s"
        overhead = "1s"
        throughput = "1e12/s"
        watermark_delay = "10s"
        "#
    ))
}

fn ids(levels: &[(u64, u64)]) -> Vec<u64> {
    levels.iter().map(|(_, ids)| *ids).collect()
}

#[test]
fn flinks_event_time_timer_needs_a_rise_of_the_watermark() {
    let rows: [Row; 8] = [
        (0, 0, 7),
        // Flink's watermark is 59.999 s from the tick of 60.2 s on, the timer stands at 60 s.
        (60_100, 60_000, 1),
        (60_500, 0, 7),
        // 60 s at the tick of 61 s: the timer runs, and 7 passes.
        (61_000, 60_001, 2),
        (61_001, 0, 7),
        // Its timer is of the past, but none runs before the watermark rises again.
        (61_500, 0, 7),
        (62_000, 60_500, 3),
        (62_001, 0, 7),
    ];
    let case = flink("dedup = { kind = \"event_time\", ttl = \"1m\" }", "0s");
    let seen = case.probed(&[60_900, 61_000, 61_400, 62_000, 62_150]).replay(&rows, 63_000, true);
    assert_eq!((seen.on_time, seen.resolved.duplicates_removed, seen.resolved.duplicates_leaked), (4, 2, 2));
    assert_eq!(ids(&seen.levels), [2, 2, 3, 3, 4]);
}

#[test]
fn flinks_timer_lives_from_the_delivery_that_was_let_in() {
    // The copy of 30 s is recognised and extends nothing: at a watermark of 60 s the id is gone. The copy
    // of 70 s makes an entry that lives until 130 s, although the id was first seen at 0 s.
    let rows: [Row; 7] = [
        (0, 0, 7),
        (30_000, 30_000, 7),
        (60_001, 60_001, 1),
        (70_000, 70_000, 7),
        (129_000, 129_000, 7),
        (130_001, 130_001, 2),
        (131_000, 131_000, 7),
    ];
    let seen = flink("dedup = { kind = \"event_time\", ttl = \"1m\" }", "0s").replay(&rows, 140_000, true);
    assert_eq!((seen.on_time, seen.resolved.duplicates_removed, seen.resolved.duplicates_leaked), (3, 2, 2));
}

#[test]
fn a_window_remembers_ids_until_it_closes() {
    let job = "dedup = { kind = \"window\" }\nwindow = { size = \"5s\" }";
    let rows: [Row; 8] = [
        (1_000, 1_000, 7),
        (1_100, 1_000, 7),
        (1_200, 4_000, 7),
        // Another window, another memory.
        (6_000, 6_000, 7),
        (6_100, 6_500, 7),
        // [0, 5) is over at 5 s and goes 3 s later; until then it fires again, and remembers.
        (6_500, 2_000, 8),
        (6_600, 1_000, 7),
        // At 8 s it is gone: this copy is late and not a duplicate recognised.
        (9_000, 9_000, 1),
    ];
    let late: [Row; 1] = [(9_500, 1_000, 7)];
    let case = flink(job, "3s").probed(&[5_000, 6_300, 6_700, 9_300]);
    let seen = case.replay(&[rows.as_slice(), &late].concat(), 10_000, false);
    assert_eq!((seen.on_time + seen.late_included, seen.resolved.duplicates_removed), (2, 4));
    assert_eq!((seen.resolved.duplicates_leaked, seen.resolved.duplicates_late_dropped), (0, 1));
    assert_eq!(ids(&seen.levels), [1, 2, 3, 2]);
}

#[test]
fn two_generations_rotate_by_the_clock() {
    // Rotations at 1 min, 2 min, …: an id of 1 s is known until 2 min, one of 59 s as well.
    let job = "dedup = { kind = \"generations\", ttl = \"1m\" }";
    let rows: [Row; 6] =
        [(1_000, 0, 7), (59_000, 0, 8), (120_000, 0, 7), (120_001, 0, 7), (120_002, 0, 8), (240_000, 0, 7)];
    let seen = flink(job, "0s").probed(&[119_000, 130_000, 179_000, 250_000]).replay(&rows, 300_000, true);
    assert_eq!((seen.on_time, seen.resolved.duplicates_removed, seen.resolved.duplicates_leaked), (2, 2, 2));
    assert_eq!(ids(&seen.levels), [2, 2, 2, 0]);
}

/// Rows with the batches that take them. A batch's late filter is the watermark of the batch before it.
///
/// | batch | largest before | late filter | eviction |
/// |-------|----------------|-------------|----------|
/// | 10 s  | –              | 1970        | 1970     |
/// | 20 s  | 1 s            | 1970        | -9 s     |
/// | 30 s  | 12 s           | -9 s        | 2 s      |
/// | 40 s  | 21 s           | 2 s         | 11 s     |
/// | 50 s  | 21 s           | 11 s        | 11 s     |
const ROWS: [Row; 9] = [
    (1_000, 1_000, 7),
    (12_000, 12_000, 1),
    (12_001, 1_000, 7),
    (25_000, 21_000, 2),
    (35_000, 5_000, 7),
    (35_001, 2_000, 7),
    (45_000, 12_000, 7),
    (45_001, 11_000, 8),
    (45_002, 11_001, 9),
];

#[test]
fn within_watermark_holds_an_id_until_the_watermark_reaches_its_event_time_and_the_delay() {
    let case = spark("within_watermark", "").probed(&[5_000, 15_000, 25_000, 35_000, 45_000, 55_000]);
    let seen = case.replay(&ROWS, 60_000, false);
    // 7 of 1 s expires at 11 s, which the batch of 40 s evicts after it has recognised a copy of 5 s; another one of 2 s
    // is late. With the batch of 50 s 7 passes again. 11 s is late then, a millisecond more is not.
    assert_eq!((seen.on_time, seen.resolved.late_dropped, seen.dropped), (4, 1, vec![2_000, 11_000]));
    let of = seen.resolved;
    assert_eq!((of.duplicates_removed, of.duplicates_leaked, of.duplicates_late_dropped), (2, 1, 1));
    // An id is in the state from its batch on.
    assert_eq!(ids(&seen.levels), [0, 1, 2, 3, 2, 4]);
}

#[test]
fn until_watermark_takes_the_event_time_for_part_of_the_id() {
    let case = spark("until_watermark", "").probed(&[15_000, 25_000, 35_000, 45_000, 55_000]);
    let seen = case.replay(&ROWS, 60_000, false);
    // The copy of 12 s arrival has the event time of the first; those of 5 s and 12 s have another and leak.
    let of = seen.resolved;
    assert_eq!((of.duplicates_removed, of.duplicates_leaked, of.duplicates_late_dropped), (1, 2, 1));
    assert_eq!((seen.on_time, of.late_dropped, seen.dropped), (4, 1, vec![2_000, 11_000]));
    // (7, 1 s) goes with the batch of 30 s, (7, 5 s) comes and goes with that of 40 s.
    assert_eq!(ids(&seen.levels), [1, 2, 2, 2, 4]);
}

#[test]
fn equal_event_times_cannot_leak_from_until_watermark() {
    // After the eviction a copy is late.
    let rows: Vec<Row> =
        (0..20).flat_map(|n| [(n * 3_000, n * 3_000, 100 + n as u32), (n * 3_000 + 1, 1_000, 7)]).collect();
    let seen = spark("until_watermark", "").replay(&rows, 90_000, false);
    assert_eq!(seen.resolved.duplicates_leaked, 0);
    assert!(seen.resolved.duplicates_removed > 3 && seen.resolved.duplicates_late_dropped > 3);
}

#[test]
fn without_a_watermark_spark_never_forgets() {
    let seen = spark("unbounded", "").probed(&[15_000, 55_000, 3_000_000]).replay(&ROWS, 3_600_000, false);
    let of = seen.resolved;
    assert_eq!((seen.on_time, of.duplicates_removed, of.late_dropped), (5, 4, 0));
    assert_eq!(ids(&seen.levels), [1, 5, 5]);
    // Windows need a watermark, and with it late rows are dropped, before they are looked at.
    let seen = spark("unbounded", "window = { size = \"1s\" }").probed(&[3_000_000]).replay(&ROWS, 3_600_000, false);
    assert_eq!((seen.resolved.duplicates_removed, seen.dropped), (3, vec![2_000, 11_000]));
    assert_eq!(ids(&seen.levels), [4]);
}
