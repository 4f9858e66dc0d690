//! What sound logs and tables say, in every format.

use millstream::error::Error;
use millstream::tabular::{Table, Values};
use millstream::units::{Instant, SECOND, Span};
use millstream::workload::{Log, read, read_bytes};

use super::{data, ndjson, parquet, rows, table};

fn csv_log(text: &str) -> Log {
    read_bytes("log.csv", text.as_bytes()).unwrap()
}

fn distinct(numbers: impl Iterator<Item = u32>) -> usize {
    numbers.collect::<std::collections::HashSet<_>>().len()
}

/// Microseconds of the first day of 2026.
const YEAR: i64 = 1_767_225_600_000_000;

#[test]
fn the_web_log_is_read() {
    let log = read(&data("web_requests_2015.csv")).unwrap();
    assert_eq!(log.len(), 10_000);
    assert_eq!(log.start.unwrap().to_string(), "2015-05-17T00:00:00Z");
    let rows = rows(&log);
    assert_eq!(rows[0].event_time, 1_431_857_100 * SECOND);
    assert!(rows.iter().all(|row| row.arrival.is_none() && row.first) && !log.has_arrivals());
    assert!(rows.is_sorted_by_key(|row| row.event_time) && rows.iter().all(|row| row.true_time == row.event_time));
    assert_eq!((distinct(rows.iter().map(|row| row.id)), distinct(rows.iter().map(|row| row.key))), (10_000, 1_368));
    assert_eq!((log.has_bytes(), [0, 1, 2].map(|row| rows[row].bytes)), (true, [25_230, 1_015, 203_023]));
    assert_eq!(log.end(), Some(log.start.unwrap().epoch() + Span(rows[9_999].event_time + 1)));
}

#[test]
fn the_late_log_has_its_disorder() {
    let log = read(&data("late_arrivals.csv")).unwrap();
    assert_eq!(log.len(), 9_637);
    let rows = rows(&log);
    assert!(log.sorted && !log.has_bytes() && rows.is_sorted_by_key(|row| row.arrival.unwrap()));
    assert_eq!(rows.len() - distinct(rows.iter().map(|row| row.id)), 51);
    assert_eq!(rows.iter().filter(|row| !row.first).count(), 51);
    let mut newest = i64::MIN;
    let behind = rows.iter().filter(|row| {
        let behind = row.event_time < newest;
        newest = newest.max(row.event_time);
        behind
    });
    assert_eq!(behind.count(), 3_185);
    let mut delays: Vec<i64> = rows.iter().map(|row| row.arrival.unwrap() - row.event_time).collect();
    delays.sort_unstable();
    let percentile = |share: f64| delays[(share * delays.len() as f64).ceil() as usize - 1];
    assert_eq!(percentile(0.50), 8_000);
    let seconds = |share| (percentile(share) + SECOND / 2) / SECOND;
    assert_eq!([0.90, 0.99, 1.00].map(seconds), [329, 1_747, 5_640]);
}

/// That two logs say the same.
fn assert_same(one: &Log, other: &Log, about: &str) {
    assert!(rows(one) == rows(other), "{about}");
    let rest =
        |log: &Log| (log.start, log.sorted, log.has_arrivals(), log.has_bytes(), log.end(), log.kinds().to_vec());
    assert_eq!(rest(one), rest(other), "{about}");
}

#[test]
fn the_formats_say_the_same() {
    for (name, integers) in [
        ("late_arrivals.csv", ["event_id", "event_time_ms", "arrival_time_ms"]),
        ("web_requests_2015.csv", ["event_id", "event_time_ms", "bytes"]),
    ] {
        let typed = table(&data(name), &integers);
        let log = read(&data(name)).unwrap();
        let same = |name: &str, content: &[u8]| assert_same(&log, &read_bytes(name, content).unwrap(), name);
        same("log.ndjson", ndjson(&typed).as_bytes());
        same("log.parquet", &parquet(&typed));
        // Every column as text.
        let texts = table(&data(name), &[]);
        same("log.jsonl", ndjson(&texts).as_bytes());
        same("log.parquet", &parquet(&texts));
    }
}

#[test]
fn every_form_of_time_says_the_same() {
    let millis = csv_log("event_id,event_time_ms,arrival_time_ms\na,1767225600000,1767225600250\n");
    let first = rows(&millis)[0];
    assert_eq!((first.event_time, first.arrival), (YEAR, Some(YEAR + 250_000)));
    let same = |text: &str| assert_same(&millis, &csv_log(text), text);
    same("event_id,event_time_us,arrival_time_us\na,1767225600000000,1767225600250000\n");
    same("event_id,event_time,arrival_time\na,2026-01-01T01:00:00+01:00,2026-01-01T00:00:00.25Z\n");
    same("event_id,event_time_ms,arrival_time\na,1767225600000.0,2026-01-01T00:00:00.25Z\n");
}

#[test]
fn rows_are_put_in_order_of_arrival() {
    let log = csv_log("event_id,arrival_time_us,event_time_us,key\nc,9,3,x\na,5,2,y\nb,5,1,x\na,9,2,y\n");
    assert!(!log.sorted);
    let found: Vec<_> =
        rows(&log).iter().map(|row| (row.arrival.unwrap(), row.event_time, row.id, row.first)).collect();
    assert_eq!(found, [(5, 2, 1, true), (5, 1, 2, true), (9, 3, 0, true), (9, 2, 1, false)]);
    // Keys are numbered by first appearance in that order.
    assert_eq!(keys(&log), [0, 1, 1, 0]);
    let log = csv_log("event_id,event_time_us\nb,7\na,3\n");
    assert_eq!((rows(&log)[0].event_time, rows(&log)[1].event_time, log.sorted), (3, 7, false));
    assert!(csv_log("event_id,event_time_us\nb,3\na,3\n").sorted);
}

fn keys(log: &Log) -> Vec<u32> {
    rows(log).iter().map(|row| row.key).collect()
}

#[test]
fn keys_fall_back_to_users() {
    let users = csv_log("event_id,event_time_us,user_id\n1,1,u\n2,2,v\n3,3,u\n4,4,\n");
    assert_eq!(keys(&users), [0, 1, 0, 2]);
    let both = csv_log("event_id,event_time_us,user_id,key,event_type,other\n1,1,u,k,click,\n2,2,v,k,view,x\n");
    assert_eq!(keys(&both), [0, 0]);
    assert_eq!(both.kinds(), ["click", "view"]);
    let [first, second] = [0, 1].map(|row| rows(&both)[row]);
    assert!(first.user != second.user && (first.kind, second.kind) == (0, 1));
    assert_eq!(keys(&csv_log("event_id,event_time_us\n1,1\n2,2\n")), [0, 0]);
}

#[test]
fn small_whole_numbers_are_their_own_keys() {
    assert_eq!(keys(&csv_log("event_id,event_time_us,key\n1,2,9999999\n2,1,0\n")), [0, 9_999_999]);
    assert_eq!(keys(&csv_log("event_id,event_time_us,key\n1,2,10000000\n2,1,7\n")), [0, 1]);
    assert_eq!(keys(&csv_log("event_id,event_time_us,key\n1,2,\n2,1,7\n")), [0, 1]);
    assert_eq!(keys(&csv_log("event_id,event_time_us,key\n1,2,-1\n2,1,7\n3,3,7\n")), [0, 1, 0]);
}

#[test]
fn what_never_arrives_is_no_delivery() {
    let log = csv_log(
        "event_id,event_time_us,arrival_time_us,true_time_us,session\n1,20,50,30,4\n2,31,,,\n1,20,,30,5\n3,40,40,,\n",
    );
    assert_eq!((log.len(), log.lost(), log.sorted), (2, 2, false));
    let found: Vec<_> =
        rows(&log).iter().map(|row| (row.arrival, row.event_time, row.true_time, row.session)).collect();
    assert_eq!(found, [(Some(40), 40, 40, 0), (Some(50), 20, 30, 4)]);
    let ahead = csv_log("event_id,event_time_us,arrival_time_us,true_time_us\n1,90,50,30\n");
    assert_eq!((rows(&ahead)[0].event_time, rows(&ahead)[0].arrival), (90, Some(50)));
}

#[test]
fn a_log_keeps_the_start_of_its_scenario() {
    let log = csv_log("event_id,event_time\n1,2026-01-05T13:00:00Z\n2,2026-01-04T22:00:00Z\n");
    let origin = |preferred: &str| log.origin(preferred.parse().unwrap()).to_string();
    assert_eq!(origin("2026-01-04T22:00:00Z"), "2026-01-04T22:00:00Z");
    assert_eq!(origin("2026-01-03T22:00:00.000001Z"), "2026-01-03T22:00:00.000001Z");
    assert_eq!(origin("2026-01-03T22:00:00Z"), "2026-01-04T00:00:00Z");
    assert_eq!(origin("2026-01-04T22:00:00.000001Z"), "2026-01-04T00:00:00Z");
    assert_eq!(log.end_after("2026-01-05T00:00:00Z".parse().unwrap()), Instant(13 * 3_600 * SECOND + 1));
}

#[test]
fn what_editors_add_is_accepted() {
    let plain = csv_log("event_id,event_time_us,key\n1,1,a\n2,2,b\n");
    let same = |text: &str| assert_same(&plain, &csv_log(text), text);
    same("\u{feff}event_id,event_time_us,key\r\n1,1,a\r\n\r\n2,2,b");
    same("\"event_id\", event_time_us ,key\n\"1\",1,a\n2,\" 2\",b\n\n");
    let lines = "\u{feff}{\"event_id\":1,\"event_time_us\":1,\"key\":\"a\"}\r\n\r\n \
                 {\"key\":\"\\u0062\",\"event_id\":\"2\",\"event_time_us\":2.0,\"more\":[{}]}";
    assert_same(&plain, &read_bytes("LOG.NDJSON", lines.as_bytes()).unwrap(), lines);
}

#[test]
fn tables_come_back_from_parquet() {
    // More rows than one row group holds.
    let rows = 300_000_i64;
    let text = |row: i64| (row % 7 != 0).then(|| format!("row é {}", row % 1000));
    let table = Table::default()
        .with("name", Values::Text((0..rows).map(text).collect()))
        .with("share", Values::Number((0..rows).map(|row| (row % 5 != 0).then_some(row as f64 / 3.0)).collect()))
        .with("count", Values::Integer((0..rows).map(|row| (row % 3 != 0).then_some(row - 1000)).collect()))
        .with("none", Values::Text(vec![None; rows as usize]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.parquet");
    table.write_parquet(&path).unwrap();
    assert!(Table::read_parquet(&path).unwrap() == table);
    let first = std::fs::read(&path).unwrap();
    table.write_parquet(&path).unwrap();
    assert!(std::fs::read(&path).unwrap() == first, "the same table gives the same bytes");
    assert!(matches!(table.write_parquet(&folder.path().join("no/table.parquet")), Err(Error::Io { .. })));
}

#[test]
fn odd_tables_are_handled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.parquet");
    let columns = Table::default().with("a", Values::Text(vec![])).with("b", Values::Number(vec![]));
    for empty in [Table::default(), columns] {
        empty.write_parquet(&path).unwrap();
        assert_eq!(Table::read_parquet(&path).unwrap(), empty);
    }
    let ragged = Table::default().with("a", Values::Integer(vec![None])).with("b", Values::Integer(vec![]));
    assert!(matches!(ragged.write_parquet(&path), Err(Error::Model(_))));
    assert!(matches!(ragged.write_csv(&path), Err(Error::Model(_))));
}
