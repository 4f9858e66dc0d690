//! What the command line changes.

use std::path::Path;

use millstream::scenario::{LogFile, Overrides, Source, load};
use millstream::units::{DAY, Span};

use super::{one_problem, read, top};

#[test]
fn wrong_overrides() {
    let base = top("");
    for (set, parts) in [
        ("title", &["--set: title", "no \"=\""][..]),
        ("=5", &["--set", "no path"]),
        ("a..b=5", &["--set", "no path", "empty"]),
        ("job.windw.size=5m", &["--set: job.windw", "did you mean \"window\"?"]),
        ("replications=0", &["--set: replications", "1 to 10000"]),
        ("pipelines[9].every=1h", &["--set", "4 elements", "[0] to [3]"]),
        ("pipelines.dally.every=1h", &["--set", "did you mean \"daily\"?", "hourly"]),
        ("title[0]=1", &["--set", "not a list"]),
        ("workload.hours=[1,2]", &["--set: workload.hours", "2 weights"]),
        ("duration=nan", &["--set: duration", "15s"]),
        ("pipelines.daily.trigger=5s", &["--set: pipelines[0].trigger", "micro_batch model"]),
    ] {
        one_problem(&base, &[set], parts);
        assert!(!read(&base, &[set]).unwrap_err()[0].contains("case.toml"), "{set}");
    }
}

#[test]
fn overrides_apply() {
    let text = top("job = { window = \"none\" }");
    let set = ["job.window.size=10m", "title=a new one", "pipelines.hourly.every=2h", "seed=18446744073709551615"];
    let scenario = read(&text, &set).unwrap();
    assert_eq!(scenario.title, "a new one");
    assert_eq!(scenario.seed, u64::MAX);
    assert_eq!(scenario.job.window.unwrap().size().unwrap().0, 600_000_000);
    assert_eq!(scenario.pipelines.len(), 4);
    assert!(format!("{:?}", scenario.pipelines[1].model).contains("every: Span(7200000000)"));
    assert!(read(&text, &["job.window=none"]).unwrap().job.window.is_none());
}

#[test]
fn a_log_takes_the_place_of_the_stream() {
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/data/late_arrivals.csv");
    let overrides =
        Overrides { trace: Some(log.clone()), seed: Some(7), replications: Some(2), ..Overrides::default() };
    let scenario = load("clickstream", &overrides).unwrap();
    assert!(matches!(&scenario.workload.source, Source::Trace(LogFile::Path(path)) if *path == log));
    // Whether the scenario's times fit the log is known when the log is read.
    assert!(scenario.log_is_foreign);
    assert_eq!((scenario.warmup, scenario.duration), (Span(2 * DAY), Some(Span(3 * DAY))));
    assert_eq!((scenario.seed, scenario.replications), (7, 2));
    let missing = Overrides { trace: Some("no_such_log.csv".into()), replications: Some(0), ..Overrides::default() };
    let problems = load("clickstream", &missing).unwrap_err().to_string();
    assert!(problems.contains("--trace: workload.trace: there is no file no_such_log.csv"), "{problems}");
    assert!(problems.contains("--replications: replications: 0 is out of bounds"), "{problems}");
}
