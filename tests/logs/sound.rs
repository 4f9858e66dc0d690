//! What sound logs and tables say, in every format.

use millstream::error::Error;
use millstream::tabular::{Table, Values};
use millstream::units::{Instant, SECOND};
use millstream::workload::{Log, read, read_bytes};

use super::{data, ndjson, parquet, table};

fn csv_log(text: &str) -> Log {
    read_bytes("log.csv", text.as_bytes()).unwrap()
}

fn distinct(numbers: &[u32]) -> usize {
    numbers.iter().collect::<std::collections::HashSet<_>>().len()
}

#[test]
fn the_web_log_is_read() {
    let log = read(&data("web_requests_2015.csv")).unwrap();
    assert_eq!(log.len(), 10_000);
    assert_eq!(log.start.unwrap().to_string(), "2015-05-17T00:00:00Z");
    // 1431857100 is 10:05 on that day.
    assert_eq!(log.event_time[0], Instant((10 * 3_600 + 5 * 60) * SECOND));
    assert!(log.arrival.is_none() && log.event_time.is_sorted());
    assert_eq!((distinct(&log.id), distinct(&log.key)), (10_000, 1_368));
    assert_eq!(log.bytes.unwrap()[..3], [25_230, 1_015, 203_023]);
}

#[test]
fn the_late_log_has_its_disorder() {
    let log = read(&data("late_arrivals.csv")).unwrap();
    let arrival = log.arrival.as_ref().unwrap();
    assert_eq!(log.len(), 9_637);
    assert!(arrival.is_sorted() && log.bytes.is_none());
    assert_eq!(log.len() - distinct(&log.id), 51);
    let mut newest = Instant::MIN;
    let behind = log.event_time.iter().filter(|event| {
        let behind = **event < newest;
        newest = newest.max(**event);
        behind
    });
    assert_eq!(behind.count(), 3_185);
    let mut delays: Vec<i64> = arrival.iter().zip(&log.event_time).map(|(at, event)| (*at - *event).0).collect();
    delays.sort_unstable();
    let percentile = |share: f64| delays[(share * delays.len() as f64).ceil() as usize - 1];
    assert_eq!(percentile(0.50), 8_000);
    let seconds = |share| (percentile(share) + SECOND / 2) / SECOND;
    assert_eq!([0.90, 0.99, 1.00].map(seconds), [329, 1_747, 5_640]);
}

#[test]
fn the_formats_say_the_same() {
    for (name, integers) in [
        ("late_arrivals.csv", ["event_id", "event_time_ms", "arrival_time_ms"]),
        ("web_requests_2015.csv", ["event_id", "event_time_ms", "bytes"]),
    ] {
        let typed = table(&data(name), &integers);
        let log = read(&data(name)).unwrap();
        assert_eq!(log, read_bytes("log.ndjson", ndjson(&typed).as_bytes()).unwrap(), "{name}");
        assert_eq!(log, read_bytes("log.parquet", &parquet(&typed)).unwrap(), "{name}");
        // Every column as text.
        let texts = table(&data(name), &[]);
        assert_eq!(log, read_bytes("log.jsonl", ndjson(&texts).as_bytes()).unwrap(), "{name}");
        assert_eq!(log, read_bytes("log.parquet", &parquet(&texts)).unwrap(), "{name}");
    }
}

#[test]
fn every_form_of_time_says_the_same() {
    let millis = csv_log("event_id,event_time_ms,arrival_time_ms\na,1767225600000,1767225600250\n");
    assert_eq!(millis.event_time, [Instant(0)]);
    assert_eq!(millis.arrival, Some(vec![Instant(250_000)]));
    assert_eq!(millis, csv_log("event_id,event_time_us,arrival_time_us\na,1767225600000000,1767225600250000\n"));
    assert_eq!(
        millis,
        csv_log("event_id,event_time,arrival_time\na,2026-01-01T01:00:00+01:00,2026-01-01T00:00:00.25Z\n")
    );
    assert_eq!(millis, csv_log("event_id,event_time_ms,arrival_time\na,1767225600000.0,2026-01-01T00:00:00.25Z\n"));
}

#[test]
fn rows_are_put_in_order_of_arrival() {
    let log = csv_log("event_id,arrival_time_us,event_time_us,key\nc,9,3,x\na,5,2,y\nb,5,1,x\na,9,2,y\n");
    assert!(!log.sorted);
    assert_eq!(log.arrival.unwrap(), [5, 5, 9, 9].map(Instant));
    assert_eq!(log.event_time, [2, 1, 3, 2].map(Instant));
    // Numbered by first appearance in that order.
    assert_eq!((log.id, log.key), (vec![0, 1, 2, 0], vec![0, 1, 1, 0]));
    let log = csv_log("event_id,event_time_us\nb,7\na,3\n");
    assert_eq!((log.event_time, log.sorted), (vec![Instant(3), Instant(7)], false));
    assert!(csv_log("event_id,event_time_us\nb,3\na,3\n").sorted);
}

#[test]
fn keys_fall_back_to_users() {
    let users = csv_log("event_id,event_time_us,user_id\n1,1,u\n2,2,v\n3,3,u\n4,4,\n");
    assert_eq!(users.key, [0, 1, 0, 2]);
    let both = csv_log("event_id,event_time_us,user_id,key,event_type,other\n1,1,u,k,click,\n2,2,v,k,view,x\n");
    assert_eq!(both.key, [0, 0]);
    assert_eq!(csv_log("event_id,event_time_us\n1,1\n2,2\n").key, [0, 0]);
}

#[test]
fn what_editors_add_is_accepted() {
    let plain = csv_log("event_id,event_time_us,key\n1,1,a\n2,2,b\n");
    assert_eq!(plain, csv_log("\u{feff}event_id,event_time_us,key\r\n1,1,a\r\n\r\n2,2,b"));
    assert_eq!(plain, csv_log("\"event_id\", event_time_us ,key\n\"1\",1,a\n2,\" 2\",b\n\n"));
    let lines = "\u{feff}{\"event_id\":1,\"event_time_us\":1,\"key\":\"a\"}\r\n\r\n \
                 {\"key\":\"\\u0062\",\"event_id\":\"2\",\"event_time_us\":2.0,\"more\":[{}]}";
    assert_eq!(plain, read_bytes("LOG.NDJSON", lines.as_bytes()).unwrap());
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
