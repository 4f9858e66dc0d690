//! Web servers' access logs in the Common and the Combined Log Format (Apache, nginx and most others):
//!
//! ```text
//! host ident user [10/Oct/2000:13:55:36 -0700] "GET /page?query HTTP/1.1" 200 2326 "referer" "agent"
//! ```
//!
//! A line is an event: its id is the line's number, its time the one in brackets, its key the path
//! without the query, its payload the bytes of the response, its user the client. There are no arrivals.

use std::io::{BufRead, Read};

use crate::error::Result;
use crate::tabular::Cell;

use super::Log;
use super::builder::{LogBuilder, Row};
use super::columns::{Columns, Found, TimeColumn};
use super::problems::{Place, Problems};
use super::source::Stop;
use super::values::{TimeForm, Wrong, days, two};

/// Bytes of a line that are read; what follows them, a long referer or agent, is skipped.
const LONGEST: u64 = 64 << 10;

/// The columns that a line has.
const COLUMNS: Columns = Columns {
    id: Found { index: 0, name: "line" },
    event: TimeColumn { column: Found { index: 1, name: "time" }, form: TimeForm::Micros },
    arrival: None,
    truth: None,
    key: Some(Found { index: 2, name: "path" }),
    bytes: Some(Found { index: 3, name: "bytes" }),
    user: Some(Found { index: 4, name: "client" }),
    kind: None,
    session: None,
    position: None,
};

/// What is used of a line.
#[derive(Debug, PartialEq, Eq)]
struct Line<'a> {
    /// Microseconds since 1970.
    time: i64,
    /// The path without its query; `-` for a request that has none.
    path: &'a [u8],
    /// Response bytes; `-` is none.
    bytes: Option<&'a [u8]>,
    /// Host or address of who asked.
    client: &'a [u8],
}

/// Reads a log.
pub(super) fn read(source: &mut dyn BufRead, problems: Problems) -> std::result::Result<Result<Log>, Stop> {
    let mut builder = LogBuilder::new(COLUMNS, problems);
    let mut line = Vec::new();
    let mut number = 0;
    while next_line(source, &mut line)? {
        number += 1;
        let text = line.trim_ascii_end();
        if text.is_empty() {
            continue;
        }
        let place = Place::Line(number);
        let Line { time, path, bytes, client } = match parse(text) {
            Ok(parsed) => parsed,
            Err((what, remedy)) => {
                builder.problems().add(place, None, || (what, remedy));
                continue;
            }
        };
        let (path, client) = (String::from_utf8_lossy(path), String::from_utf8_lossy(client));
        let row = Row {
            id: Cell::Integer(number as i64),
            event: Cell::Integer(time),
            arrival: Cell::Null,
            key: Cell::Text(path.as_bytes()),
            bytes: bytes.map_or(Cell::Null, Cell::Text),
            user: Cell::Text(client.as_bytes()),
            ..Row::default()
        };
        if builder.push(place, &row).is_break() {
            break;
        }
    }
    Ok(builder.finish())
}

/// Whether the start of a file is that of an access log: its first line that says something is one.
pub(super) fn is_access_log(start: &[u8]) -> bool {
    let line = start.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
    line.is_some_and(|line| parse(line).is_ok())
}

/// Replaces `line` by the next one, at most its first bytes; false at the end.
fn next_line(source: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    let length = Read::take(&mut *source, LONGEST).read_until(b'\n', line)?;
    if length as u64 == LONGEST && line.last() != Some(&b'\n') {
        source.skip_until(b'\n')?;
    }
    Ok(length > 0)
}

/// Takes a line apart.
fn parse(line: &[u8]) -> std::result::Result<Line<'_>, Wrong> {
    // The user's name may hold spaces and brackets; the first bracket with a time after it counts.
    let mut brackets = line.windows(2).enumerate().filter(|(_, pair)| *pair == b" [").map(|(place, _)| place);
    let after = |place: usize| line.get(place + 2..).unwrap_or_default();
    let found = brackets.find_map(|place| Some((place, time(after(place))?)));
    let Some((place, (time, rest))) = found else {
        let what = format!("there is no time in brackets in {}", quote(line));
        return Err((what, "write it as [10/Oct/2000:13:55:36 -0700], after host, identity and user"));
    };
    let before = line.get(..place).unwrap_or_default().trim_ascii();
    let Some(client) = before.split(|byte| *byte == b' ').next().filter(|client| !client.is_empty()) else {
        return Err((
            format!("there is no client before the time in {}", quote(line)),
            "begin with its host or address",
        ));
    };
    let Some((request, rest)) = quoted(rest) else {
        let what = format!("there is no whole request in quotes after the time in {}", quote(line));
        return Err((what, "write it as \"GET /page HTTP/1.1\""));
    };
    let mut words = rest.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let status = words.next().unwrap_or_default();
    if status != b"-" && !(status.len() == 3 && status.iter().all(u8::is_ascii_digit)) {
        let what = format!("there is no status after the request in {}", quote(line));
        return Err((what, "write three digits such as 200, then the bytes of the response"));
    }
    let Some(bytes) = words.next() else {
        let what = format!("there are no bytes after the status in {}", quote(line));
        return Err((what, "write the size of the response, or - for none"));
    };
    Ok(Line { time, path: path(request), bytes: (bytes != b"-").then_some(bytes), client })
}

/// What stands between quotes, where a backslash hides a quote, and what follows.
fn quoted(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let mut hidden = false;
    let end = inside.iter().position(|byte| {
        let ends = *byte == b'"' && !hidden;
        hidden = *byte == b'\\' && !hidden;
        ends
    })?;
    Some((inside.get(..end)?, inside.get(end + 1..)?))
}

/// The path of `GET /page?query HTTP/1.1`, without the query; `-` where there is none, as in what is
/// no request at all.
fn path(request: &[u8]) -> &[u8] {
    let Some(space) = request.iter().position(|byte| *byte == b' ') else { return b"-" };
    let target = request.get(space + 1..).unwrap_or_default();
    // A path may hold spaces: the protocol is what follows the last one.
    let protocol = target.windows(6).rposition(|word| word == b" HTTP/");
    let target = target.get(..protocol.unwrap_or(target.len())).unwrap_or_default().trim_ascii();
    let end = target.iter().position(|byte| *byte == b'?').unwrap_or(target.len());
    match target.get(..end) {
        None | Some([]) => b"-",
        Some(path) => path,
    }
}

/// `10/Oct/2000:13:55:36 -0700]` as microseconds since 1970, and what follows.
fn time(text: &[u8]) -> Option<(i64, &[u8])> {
    const MONTHS: [&[u8; 3]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let (head, rest) = text.split_at_checked(27)?;
    let &[
        d1,
        d2,
        b'/',
        m1,
        m2,
        m3,
        b'/',
        y1,
        y2,
        y3,
        y4,
        b':',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
        b' ',
        sign,
        a,
        b,
        c,
        d,
        b']',
    ] = head
    else {
        return None;
    };
    let month = MONTHS.iter().position(|month| *month == &[m1, m2, m3])? as i64 + 1;
    let (year, day) = (two(y1, y2)? * 100 + two(y3, y4)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(n1, n2)?, two(s1, s2)?);
    let (zone_hours, zone_minutes) = (two(a, b)?, two(c, d)?);
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    // 60 is a leap second.
    if hour > 23 || minute > 59 || second > 60 || zone_hours > 23 || zone_minutes > 59 {
        return None;
    }
    let offset = sign * (zone_hours * 60 + zone_minutes) * 60;
    let seconds = days(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    Some((seconds * 1_000_000, rest))
}

/// The start of a line, for a problem.
fn quote(line: &[u8]) -> String {
    super::values::quote(Cell::Text(line))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    const COMMON: &str = r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif?a=b HTTP/1.0" 200 2326"#;

    fn path_and_bytes(line: &str) -> (Cow<'_, str>, Option<&[u8]>) {
        let line = parse(line.as_bytes()).unwrap();
        (String::from_utf8_lossy(line.path), line.bytes)
    }

    #[test]
    fn lines_are_taken_apart() {
        let line = parse(COMMON.as_bytes()).unwrap();
        let time: jiff::Timestamp = "2000-10-10T13:55:36-07:00".parse().unwrap();
        assert_eq!(
            line,
            Line { time: time.as_microsecond(), path: b"/apache_pb.gif", bytes: Some(b"2326"), client: b"127.0.0.1" }
        );
        for (request, path) in [
            (r#""GET / HTTP/1.1""#, "/"),
            (r#""-""#, "-"),
            (r#""""#, "-"),
            (r#""\x16\x03\x01""#, "-"),
            (r#""GET /a b?c HTTP/2.0""#, "/a b"),
            (r#""GET /say\"hi\" HTTP/1.1""#, r#"/say\"hi\""#),
            (r#""GET /back\\""#, r"/back\\"),
            (r#""GET http://other/x?y HTTP/1.1""#, "http://other/x"),
            (r#""GET ?a HTTP/1.1""#, "-"),
            (r#""OPTIONS * HTTP/1.0""#, "*"),
        ] {
            let line =
                format!(r#"2001:db8::1 - - [01/Jan/2026:00:00:00 +0000] {request} 408 - "-" "a \"quoted\" agent""#);
            assert_eq!(path_and_bytes(&line), (path.into(), None), "{line}");
        }
        let odd = r#"::1 - user [one] of two [29/Feb/2024:23:59:59 +0530] "GET /x HTTP/1.1" 200 5 "r" "agent \"x\" ["#;
        assert_eq!(path_and_bytes(odd), ("/x".into(), Some(&b"5"[..])));
    }

    #[test]
    fn wrong_lines_say_what_is_missing() {
        for (line, part) in [
            ("hello", "no time in brackets"),
            (r#"h - - [30/Feb/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 1"#, "no time in brackets"),
            (r#"h - - [01/Jan/2026:24:00:00 +0000] "GET / HTTP/1.1" 200 1"#, "no time in brackets"),
            (r#" [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 1"#, "no client"),
            (r#"h - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1 200 1"#, "no whole request"),
            (r#"h - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" ok 1"#, "no status"),
            (r#"h - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200"#, "no bytes"),
        ] {
            assert!(parse(line.as_bytes()).unwrap_err().0.contains(part), "{line}");
        }
    }

    #[test]
    fn access_logs_are_known_by_their_first_line() {
        assert!(is_access_log(format!("\r\n{COMMON}\r\n???").as_bytes()));
        assert!(!is_access_log(b"event_id,event_time\n1,2\n") && !is_access_log(b""));
    }
}
