//! No text, override or value makes the reader panic.

use std::path::Path;

use millstream::scenario::{Overrides, builtins, parse};
use proptest::prelude::*;

proptest! {
    #[test]
    fn mutilated_scenarios_never_panic(
        edits in prop::collection::vec((0_usize..4_000, 0_usize..40, prop::collection::vec(any::<u8>(), 0..6)), 1..5),
    ) {
        let mut bytes = builtins()[0].text.as_bytes().to_vec();
        for (at, removed, inserted) in edits {
            let from = at.min(bytes.len());
            let to = (from + removed).min(bytes.len());
            bytes.splice(from..to, inserted);
        }
        let _ = parse("case", &String::from_utf8_lossy(&bytes), Path::new(""), &Overrides::default());
    }

    #[test]
    fn any_override_is_taken_or_refused(path in "[a-z_.\\[\\]0-9\"]{0,20}", value in ".{0,12}") {
        let set = vec![format!("{path}={value}"), format!("pipelines.{path}={value}")];
        let _ = parse("case", builtins()[0].text, Path::new(""), &Overrides { set, ..Overrides::default() });
    }

    #[test]
    fn any_value_of_any_field_is_taken_or_refused(
        field in prop::sample::select(vec![
            "duration", "warmup", "seed", "replications", "complete_share", "start", "workload.rate", "workload.hours",
            "workload.keys.count", "workload.keys.zipf", "workload.payload", "workload.network.late.by",
            "workload.duplicates.retry.after", "job.dedup.ttl", "job.dedup.kind", "job.dedup.capacity",
            "job.dedup.false_positive", "pipelines.continuous.dedup", "pipelines.micro_batch.store", "job.window.size", "pipelines.daily.every",
            "pipelines.hourly.lookback", "pipelines.continuous.watermark.interval", "objectives[0].at_most",
        ]),
        value in prop::sample::select(vec![
            "0", "-1", "1e308", "-1e308", "nan", "inf", "9223372036854775807", "1e400", "0s", "1us", "100years",
            "1000000years", "-5s", "1e7/s", "1e-300/s", "[]", "{}", "true", "", "[[0.0, \"0s\"], [1.0, \"100years\"]]",
            "{ weibull = { shape = 0.01, scale = \"100years\" } }", "2200-01-01T00:00:00Z",
        ]),
    ) {
        let set = vec![format!("{field}={value}")];
        let _ = parse("case", builtins()[0].text, Path::new(""), &Overrides { set, ..Overrides::default() });
    }
}
