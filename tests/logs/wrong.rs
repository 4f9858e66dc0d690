//! What is said about logs that are wrong.

use millstream::error::Error;
use millstream::tabular::{Table, Values};
use millstream::workload::read;

use super::{parquet, problems};

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
        "event_id,event_time_us,arrival_time_us\n1,9,8\n2,9,\n3,9,x\n",
        &[
            "log.csv:2:1: arrival_time_us: it is 1us before the event; a delivery cannot",
            "log.csv:4:1: arrival_time_us: \"x\" is not an instant",
        ],
    ),
    ("log.csv", "event_id,event_time_us,arrival_time_us\n1,9,\n2,9,\n", &["log.csv: no row of the log has an arrival"]),
    (
        "log.csv",
        "event_id,event_time_us,arrival_time_us,true_time_us\n1,9,8,7\n2,9,8,9\n3,9,8,\n4,9,9,-1\n",
        &[
            "log.csv:3:1: arrival_time_us: it is 1us before the event",
            "log.csv:4:1: arrival_time_us: it is 1us before the event",
            "log.csv:5:1: true_time_us: \"-1\" is not in the years",
        ],
    ),
    (
        "log.csv",
        "event_id,event_time_us,session\n1,1,-1\n2,2,4294967296\n3,3,late\n",
        &["session: \"-1\" is not a number", "\"4294967296\" is not a number of a session", "\"late\" is not"],
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
        &[
            "log.txt: a log cannot be read from .txt; name a .csv, a .ndjson (or .jsonl), a .parquet file or a web server",
        ],
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
