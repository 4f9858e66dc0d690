//! A log in place of the synthetic stream.

use std::path::Path;

use millstream::experiment::run;
use millstream::scenario::{LogFile, Overrides, Source, parse};
use millstream::workload::read;

pub const TRACE: &str = "workload.trace";

/// Four deliveries of three events; the second event arrives two seconds late.
const LOG: &str = "event_id,event_time_ms,arrival_time_ms
1,1767571200000,1767571200000
2,1767571201000,1767571203000
3,1767571203500,1767571203500
2,1767571201000,1767571204000
";

#[test]
fn a_log_replaces_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("clicks.csv"), LOG).unwrap();
    let text = "title = \"t\"\nquestion = \"q\"\nworkload = { trace = \"clicks.csv\" }
        [[pipelines]]
        model = \"continuous\"\nservice = \"1ms\"\nfetch_delay = \"0s\"\nsink_delay = \"0s\"";
    let scenario = parse("knobs", text, folder.path(), &Overrides::default()).unwrap();
    let Source::Trace(LogFile::Path(path)) = &scenario.workload.source else { panic!("not a trace") };
    let log = read(Path::new(path)).unwrap();
    let outcome = run(&scenario, Some(&log), 1, &|_| {}).unwrap();
    let value = |measure: &str| outcome.pipelines[0].get(measure).value;
    assert_eq!((outcome.workload.events.value, outcome.workload.deliveries.value), (Some(3.0), Some(4.0)));
    assert_eq!((value("accounting.on_time"), value("accounting.duplicates_leaked")), (Some(3.0), Some(1.0)));
    // Delays of 0, 2 and 0 s and a millisecond of service.
    assert!((value("latency_s.mean").unwrap() - (2.0 / 3.0 + 0.001)).abs() < 1e-9);
    assert!((value("latency_s.max").unwrap() - 2.001).abs() < 1e-9);
}
