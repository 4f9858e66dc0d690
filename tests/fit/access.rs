//! Access logs: as they are, rotated, packed, and wrong.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use millstream::units::{HOUR, SECOND};
use millstream::workload::{Log, LogRow, read_bytes};

const LOG: &str = "2001:db8::1 - - [01/Jan/2026:09:00:00 +0100] \"GET /shop?item=1 HTTP/1.1\" 200 512 \"-\" \"an \\\"odd\\\" agent\"\n\
     192.0.2.7 - some one [01/Jan/2026:08:00:05 +0000] \"-\" 408 - \"-\" \"-\"\r\n\
     \n\
     host.example - - [01/Jan/2026:08:00:03 +0000] \"GET /shop HTTP/1.1\" 304 0\n";

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

fn problems(name: &str, content: &[u8]) -> String {
    let error = read_bytes(name, content).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string()
}

fn expected(log: &Log) {
    let rows: Vec<LogRow> = log.deliveries().map(Result::unwrap).collect();
    let start = log.start.unwrap().0.as_microsecond();
    let times: Vec<i64> = rows.iter().map(|row| row.event_time - start).collect();
    assert_eq!(times, [0, 3, 5].map(|second| 8 * HOUR + second * SECOND));
    assert_eq!(log.start.unwrap().to_string(), "2026-01-01T00:00:00Z");
    // The two requests for the shop have one key, whatever their query.
    assert_eq!(rows.iter().map(|row| (row.key, row.bytes)).collect::<Vec<_>>(), [(0, 512), (0, 0), (1, 0)]);
    assert!(rows.iter().all(|row| row.first) && !log.has_arrivals() && !log.sorted);
    assert_ne!(rows[0].user, rows[1].user);
}

#[test]
fn logs_are_known_by_name_and_by_content() {
    for name in ["access.log", "access.log.1", "ACCESS.LOG", "access_log", "access.2026-01-01", "www.txt", "odd.csv"] {
        expected(&read_bytes(name, LOG.as_bytes()).unwrap());
    }
    let packed = gzip(LOG.as_bytes());
    for name in ["access.log.gz", "access.log.2.gz", "access.gz", "access.log", "x"] {
        expected(&read_bytes(name, &packed).unwrap());
    }
    // Rotations joined: gzip files may stand one after the other.
    let (first, second) = LOG.split_at(LOG.find("192").unwrap());
    expected(&read_bytes("access.gz", &[gzip(first.as_bytes()), gzip(second.as_bytes())].concat()).unwrap());
}

#[test]
fn other_formats_may_be_packed_too() {
    let csv = gzip(b"event_id,event_time_ms\n1,5\n2,6\n");
    assert_eq!(read_bytes("log.csv.gz", &csv).unwrap().len(), 2);
    let text = problems("log.csv.gz", &gzip(b"event_id,event_time_ms\n1,soon\n"));
    assert!(text.starts_with("log.csv.gz:2:1: event_time_ms"), "{text}");
}

#[test]
fn wrong_lines_have_their_numbers() {
    let wrong = format!("{LOG}who knows\n- - - [01/Jan/2026:08:00:03 +0000] \"GET / HTTP/1.1\" 200 -5\n");
    let text = problems("access.log", wrong.as_bytes());
    assert!(text.contains("access.log:5:1: there is no time in brackets in \"who knows\"; write it as ["), "{text}");
    assert!(text.contains("access.log:6:1: bytes: \"-5\" is negative"), "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(problems("access.log", b"\n\n").contains("no rows"));
    assert!(problems("access.log", b"").contains("empty"));
    assert!(problems("access.log.gz", &gzip(b"")).contains("empty"));
    assert!(problems("log.xyz", b"?").contains("cannot be read from .xyz"));
    let early = LOG.replace("2026", "1926");
    assert!(problems("access.log", early.as_bytes()).contains("1970"), "{}", problems("access.log", early.as_bytes()));
}

#[test]
fn broken_gzip_is_refused() {
    let packed = gzip(LOG.repeat(200).as_bytes());
    for length in [3, 11, packed.len() / 2, packed.len() - 1] {
        let text = problems("access.log.gz", &packed[..length]);
        assert!(text.contains("damaged or ends too early") || text.contains("empty"), "{length}: {text}");
    }
    let mut damaged = packed.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    assert!(problems("access.log.gz", &damaged).contains("damaged"));
}

#[test]
fn long_lines_are_read_by_their_start() {
    let agent = "x".repeat(3 << 20);
    let long = format!("h - - [01/Jan/2026:08:00:03 +0000] \"GET /a HTTP/1.1\" 200 7 \"-\" \"{agent}\"\n");
    let log = read_bytes("access.log", format!("{long}{long}{}", LOG.lines().next().unwrap()).as_bytes()).unwrap();
    let bytes: Vec<u32> = log.deliveries().map(|row| row.unwrap().bytes).collect();
    assert_eq!(bytes, [512, 7, 7]);
    let path = format!("h - - [01/Jan/2026:08:00:03 +0000] \"GET /{agent} HTTP/1.1\" 200 7\n");
    let text = problems("access.log", path.as_bytes());
    assert!(text.contains(":1:1: there is no whole request") && text.len() < 400, "{text}");
}

#[test]
fn bytes_that_are_no_text_are_read_as_well() {
    let raw = b"h - - [01/Jan/2026:08:00:03 +0000] \"GET /\xff\xfe HTTP/1.1\" 200 7\n";
    assert_eq!(read_bytes("access.log", raw).unwrap().len(), 1);
}

proptest::proptest! {
    #[test]
    fn any_change_is_a_log_or_a_problem(place in 0..LOG.len(), byte: u8, packed: bool) {
        let mut content = if packed { gzip(LOG.as_bytes()) } else { LOG.as_bytes().to_vec() };
        let place = place % content.len();
        content[place] = byte;
        match read_bytes("access.log", &content) {
            Ok(log) => assert!(!log.is_empty() && log.deliveries().count() as u64 == log.len()),
            Err(error) => assert_eq!(error.exit_code(), 2, "{error}"),
        }
    }
}
