//! Real logs: the three formats say the same, wrong ones say what is wrong, and no bytes can break a reader.

use std::path::{Path, PathBuf};

use millstream::error::Error;
use millstream::tabular::{Table, Values};
use millstream::units::{Instant, SECOND};
use millstream::workload::{Log, read, read_bytes};
use proptest::prelude::*;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/data").join(name)
}

/// A file's rows as a table; `integers` names the columns to make whole numbers.
fn table(csv: &Path, integers: &[&str]) -> Table {
    let mut reader = csv::Reader::from_path(csv).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    names.iter().enumerate().fold(Table::default(), |table, (index, name)| {
        let cells = rows.iter().map(|row| row[index].to_owned());
        let values = if integers.contains(&name.as_str()) {
            Values::Integer(cells.map(|cell| Some(cell.parse().unwrap())).collect())
        } else {
            Values::Text(cells.map(Some).collect())
        };
        table.with(name, values)
    })
}

fn ndjson(table: &Table) -> String {
    let mut text = String::new();
    for row in 0..table.rows() {
        let fields = table.columns.iter().map(|column| {
            let value = match &column.values {
                Values::Text(cells) => serde_json::json!(cells[row]),
                Values::Number(cells) => serde_json::json!(cells[row]),
                Values::Integer(cells) => serde_json::json!(cells[row]),
            };
            (column.name.clone(), value)
        });
        text.push_str(&serde_json::Value::Object(fields.collect()).to_string());
        text.push('\n');
    }
    text
}

fn parquet(table: &Table) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.parquet");
    table.write_parquet(&path).unwrap();
    std::fs::read(path).unwrap()
}

fn csv_log(text: &str) -> Log {
    read_bytes("log.csv", text.as_bytes()).unwrap()
}

/// The problems of a log that must be wrong, one a line.
fn problems(name: &str, content: &[u8]) -> String {
    let error = read_bytes(name, content).unwrap_err();
    assert!(matches!(error, Error::Input(_)), "{error}");
    assert_eq!(error.exit_code(), 2);
    error.to_string()
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

/// Name, content, and what the problems must say.
type Wrong = (&'static str, &'static str, &'static [&'static str]);

const WRONG_CSV: &[Wrong] = &[
    ("log.csv", "", &["log.csv: the file is empty"]),
    ("log.csv", "event_id,event_time\n", &["the log has columns but no rows"]),
    (
        "log.csv",
        "id,time\n1,2\n",
        &[
            "log.csv:1:1: event_id: there is no such column; the file has id, time; add it",
            "event_time: there is no such column",
            "event_time_ms or event_time_us",
        ],
    ),
    ("log.csv", "event_id,event_time,event_time_ms\n1,2,3\n", &["event_time: event_time_ms is given too"]),
    ("log.csv", "event_id,event_time_us,event_id\n1,2,3\n", &["event_id: there are 2 columns of this name"]),
    (
        "log.csv",
        "event_id,event_time\n1,2026-01-01T00:00:00Z\n2,soon\n",
        &["log.csv:3:1: event_time: \"soon\" is not an instant; write RFC 3339"],
    ),
    (
        "log.csv",
        "event_id,event_time_ms\r\n1,5\r\n2,soon\r\n",
        &["log.csv:3:1: event_time_ms: \"soon\" is not an instant; write a whole number"],
    ),
    (
        "log.csv",
        "event_id,event_time_ms\n1,1767225600000000\n2,-1\n",
        &["1767225600000000\" is not in the years 1970 to 2200", "log.csv:3:1"],
    ),
    (
        "log.csv",
        "event_id,event_time_us\n,1\n2,\n",
        &["log.csv:2:1: event_id: there is no value", "log.csv:3:1: event_time_us: there is no value"],
    ),
    (
        "log.csv",
        "event_id,event_time_us,arrival_time_us\n1,9,8\n2,9,\n",
        &[
            "arrival_time_us: it is 1us before the event; a delivery cannot",
            "log.csv:3:1: arrival_time_us: there is no value",
        ],
    ),
    (
        "log.csv",
        "event_id,event_time_us,bytes\n1,1,-5\n2,2,4294967296\n3,3,many\n",
        &["bytes: \"-5\" is negative", "\"4294967296\" is 4 GiB or more", "\"many\" is not a number of bytes"],
    ),
    (
        "log.csv",
        "event_id,event_time_us\n1,1,1\n2\n3,3\n",
        &["log.csv:2:1: the row has 3 cells where the header has 2", "log.csv:3:1: the row has 1 cells"],
    ),
    (
        "log.csv",
        "event_id,event_time_ms\n1,0\n2,400000000000\n",
        &["runs from 1970-01-01T00:00:00Z to 1982-09-04T15:06:40Z, more than ten years"],
    ),
    ("log.csv", "PAR1", &["the file is Parquet"]),
];

const WRONG_OTHERS: &[Wrong] = &[
    ("log.ndjson", "\n\n", &["the log has no rows"]),
    ("log.ndjson", "[{\"event_id\":1}]", &["log.ndjson:1:1: the line is not a JSON object"]),
    (
        "log.ndjson",
        "{\"event_id\":1,\"event_time_us\":1}\n{\"event_id\":}\n7\n",
        &[
            "log.ndjson:2:13: the line is not JSON (expected value); write",
            "log.ndjson:3:1: the line is not a JSON object",
        ],
    ),
    ("log.ndjson", "{\"id\":1}", &["log.ndjson:1:1: event_id: there is no such column; the file has id;"]),
    ("log.ndjson", "{}", &["event_id: there is no such column; the file has no columns"]),
    ("log.ndjson", "{\n{\"id\":1}", &["log.ndjson:1:1: the line is not JSON", "log.ndjson:2:1: event_id: there is no"]),
    (
        "log.ndjson",
        "{\n{\"event_id\":1,\"event_time_us\":1}\n{\"event_id\":2,\"event_time_us\":-1}",
        &["log.ndjson:1:1: the line is not JSON", "log.ndjson:3:1: event_time_us: -1 is not in the years"],
    ),
    (
        "log.ndjson",
        "{\"event_id\":1,\"event_time_us\":1}\n{\"event_id\":[2],\"event_time_us\":true}\n{\"event_id\":null}\n",
        &[
            ":2:1: event_id: it is a list",
            ":2:1: event_time_us: a boolean is not an instant",
            ":3:1: event_id: there is no value",
            ":3:1: event_time_us: there is no value",
        ],
    ),
    (
        "log.ndjson",
        "{\"event_id\":1,\"event_time_us\":1}\n{\"event_id\":1,\"event_id\":2,\"event_time_us\":1,\"bytes\":3}\n",
        &[":2:1: event_id: the field comes twice", ":2:1: bytes: the first line has no such field"],
    ),
    ("log.parquet", "event_id,event_time\n1,2\n", &["log.parquet: it does not begin with PAR1: it is not Parquet"]),
    ("log.parquet", "PAR1", &["it is too short to be Parquet"]),
    (
        "log.txt",
        "x",
        &["log.txt: a log cannot be read from .txt; name a .csv, a .ndjson (or .jsonl) or a .parquet file"],
    ),
    ("log", "x", &["has no extension"]),
];

#[test]
fn wrong_logs_say_what_is_wrong() {
    for (name, content, parts) in WRONG_CSV.iter().chain(WRONG_OTHERS) {
        let text = problems(name, content.as_bytes());
        for part in *parts {
            assert!(text.contains(part), "{content:?} should say {part:?}, says:\n{text}");
        }
    }
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let text = problems("log.csv", b"event_id,event_time_us\n\xff,1\n");
    assert!(text.contains("log.csv:2:1: event_id: \"\u{fffd}\" is not UTF-8; save the file in UTF-8"), "{text}");
    assert!(problems("log.csv", b"\xff\xfee\0v\0").contains("UTF-16"));
    let text = problems("log.ndjson", b"{\"event_id\":\"\xff\",\"event_time_us\":1}\n");
    assert!(text.contains("log.ndjson:1:14: the line is not UTF-8"), "{text}");
}

#[test]
fn many_problems_are_counted() {
    let rows = ",\n".repeat(50);
    let text = problems("log.csv", format!("event_id,event_time_us\n{rows}").as_bytes());
    assert_eq!(text.lines().count(), 21);
    assert!(text.ends_with("log.csv: and 80 more problems"), "{text}");
}

#[test]
fn files_that_are_not_there_are_wrong_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let missing = read(&folder.path().join("log.csv")).unwrap_err();
    assert!(matches!(missing, Error::Input(_)) && missing.to_string().contains("there is no such file"), "{missing}");
    let not_file = read(folder.path()).unwrap_err();
    assert!(not_file.to_string().contains("this is a folder"), "{not_file}");
    let path = folder.path().join("log.parquet");
    std::fs::write(&path, "").unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("the file is empty"));
}

#[test]
fn parquet_types_are_checked() {
    let whole = || Values::Integer(vec![Some(1), Some(2)]);
    let wrong = |id: Values, name: &str, time: Values| {
        problems("log.parquet", &parquet(&Table::default().with("event_id", id).with(name, time)))
    };
    let text = wrong(whole(), "event_time", whole());
    let expected = "log.parquet: event_time: the column is a whole number without a unit; make it a timestamp";
    assert!(text.contains(expected), "{text}");
    let text = wrong(Values::Text(vec![Some("a".into()), None]), "event_time_us", whole());
    assert!(text.contains("log.parquet: event_id: row 2: there is no value"), "{text}");
    let text = wrong(whole(), "event_time_us", Values::Number(vec![Some(1.0), Some(1.5)]));
    assert!(text.contains("event_time_us: row 2: 1.5 is not an instant"), "{text}");
    let text = wrong(Values::Integer(vec![]), "event_time_us", Values::Integer(vec![]));
    assert!(text.contains("the log has columns but no rows"), "{text}");
    let text = wrong(whole(), "time", whole());
    assert!(text.contains("event_time: there is no such column; the file has event_id, time"), "{text}");
}

#[test]
fn a_parquet_file_cut_anywhere_is_refused() {
    let integers = ["event_id", "event_time_ms", "arrival_time_ms"];
    let whole = parquet(&table(&data("late_arrivals.csv"), &integers));
    for length in (1..whole.len()).step_by(97).chain([whole.len() - 1]) {
        let text = problems("log.parquet", &whole[..length]);
        assert!(text.contains("truncated") || text.contains("too short"), "{length}: {text}");
    }
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

/// A small log in each format, to break.
fn samples() -> [(&'static str, Vec<u8>); 3] {
    let rows = 0..40_i64;
    let key = |row: i64| (row % 4 > 0).then(|| format!("key-number-{}", row % 5));
    let table = Table::default()
        .with("event_id", Values::Integer(rows.clone().map(Some).collect()))
        .with("event_time_us", Values::Integer(rows.clone().map(|row| Some(row * 9)).collect()))
        .with("arrival_time_us", Values::Number(rows.clone().map(|row| Some(row as f64 * 10.0)).collect()))
        .with("key", Values::Text(rows.clone().map(key).collect()))
        .with("bytes", Values::Integer(rows.map(|row| (row % 3 > 0).then_some(row)).collect()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    table.write_csv(&path).unwrap();
    let csv = std::fs::read(path).unwrap();
    [("log.parquet", parquet(&table)), ("log.csv", csv), ("log.ndjson", ndjson(&table).into_bytes())]
}

#[test]
fn the_samples_are_sound_before_they_are_broken() {
    let [first, second, third] = samples().map(|(name, content)| read_bytes(name, &content).unwrap());
    assert_eq!(first.len(), 40);
    assert!(first == second && first == third);
}

/// A reader's answer must be a log whose columns are of one length, or problems.
fn check(name: &str, content: &[u8]) {
    match read_bytes(name, content) {
        Ok(log) => {
            assert!(!log.is_empty());
            assert!(log.event_time.len() == log.len() && log.key.len() == log.len());
            assert!(log.arrival.as_ref().is_none_or(|arrival| arrival.len() == log.len() && arrival.is_sorted()));
        }
        Err(Error::Input(problems)) => assert!(!problems.is_empty()),
        Err(other) => panic!("{other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_break_a_reader(content in proptest::collection::vec(any::<u8>(), 0..400)) {
        for name in ["log.csv", "log.ndjson", "log.parquet"] {
            check(name, &content);
        }
        check("log.csv", &[b"event_id,event_time_us,key,bytes\n", content.as_slice()].concat());
        check("log.ndjson", &[b"{\"event_id\":1,\"event_time_us\":1}\n{\"event_id\":", content.as_slice()].concat());
        let length = (content.len() as u32).to_le_bytes();
        check("log.parquet", &[b"PAR1", content.as_slice(), &length, b"PAR1"].concat());
    }
}

#[test]
fn no_mutation_breaks_a_reader() {
    let samples = samples();
    let mutations = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    let config = ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = proptest::test_runner::TestRunner::new(config).run(&mutations, |mutations| {
        for (name, content) in &samples {
            let mut content = content.clone();
            for (place, byte) in &mutations {
                let place = place.index(content.len());
                content[place] = *byte;
            }
            check(name, &content);
        }
        Ok(())
    });
    outcome.unwrap();
}
