//! `fit`: what made a log is found again in it, and the scenario that it prints makes one like it.

mod access;
mod again;
mod command;
mod recover;

use std::path::{Path, PathBuf};

use millstream::fit::{Fit, fit, fragment};
use millstream::scenario::{Overrides, Scenario, parse};
use millstream::units::SECOND;
use millstream::workload::{Block, Stream, read, read_bytes};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/data").join(name)
}

/// A scenario of a workload's text, for a long while.
fn scenario(workload: &str) -> Scenario {
    let text = format!("title = \"t\"\nquestion = \"q\"\nduration = \"100d\"\n\n{workload}");
    parse("fitted", &text, Path::new(""), &Overrides::default()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Its stream for some days as a log in CSV: ids by order of the events, which have times of their own.
fn log_of(workload: &str, days: i64) -> String {
    let scenario = scenario(workload);
    let mut stream = Stream::new(&scenario, None, 0).unwrap();
    let mut text = "event_id,event_time_us,arrival_time_us,key,bytes\n".to_owned();
    let mut block = Block::default();
    let start = scenario.start.0.as_microsecond();
    let mut first = std::collections::HashMap::new();
    while stream.next(&mut block).unwrap() && block.until.0 < (days + 1) * 86_400 * SECOND {
        let rows = block.rows(0..block.len());
        for row in 0..rows.len() {
            // A first delivery is known by arrival, event time and key; duplicates name it.
            let of = rows.earlier(row).map(|earlier| (earlier[0].arrival, earlier[0].event_time, rows.key[row]));
            let own = (rows.arrival[row], rows.event_time[row], rows.key[row]);
            let next = first.len();
            let id = *first.entry(of.unwrap_or(own)).or_insert(next);
            if rows.event_time[row].0 < days * 86_400 * SECOND {
                let times = [rows.event_time[row], rows.arrival[row]].map(|time| time.0 + start);
                text += &format!("{id},{},{},{},{}\n", times[0], times[1], rows.key[row], rows.bytes[row]);
            }
        }
    }
    text
}

fn fit_text(text: &str) -> Fit {
    fit("log.csv", &read_bytes("log.csv", text.as_bytes()).unwrap()).unwrap()
}

fn fit_file(name: &str) -> (Fit, String) {
    let found = fit(name, &read(&data(name)).unwrap()).unwrap();
    let text = fragment(&found);
    (found, text)
}
