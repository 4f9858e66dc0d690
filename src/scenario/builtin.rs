//! The built-in scenarios and their logs, inside the program, so that they run from any folder.

use super::model::LogFile;

/// A scenario that ships inside the program.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its TOML text.
    pub text: &'static str,
}

const BUILTINS: &[Builtin] = &[
    Builtin { name: "clickstream", text: include_str!("../../scenarios/clickstream.toml") },
    Builtin { name: "lab", text: include_str!("../../scenarios/lab.toml") },
    Builtin { name: "real_log", text: include_str!("../../scenarios/real_log.toml") },
    Builtin { name: "mobile_offline", text: include_str!("../../scenarios/mobile_offline.toml") },
    Builtin { name: "funnel", text: include_str!("../../scenarios/funnel.toml") },
    Builtin { name: "outage_burst", text: include_str!("../../scenarios/outage_burst.toml") },
    Builtin { name: "bad_clock", text: include_str!("../../scenarios/bad_clock.toml") },
    Builtin { name: "idle_partition", text: include_str!("../../scenarios/idle_partition.toml") },
    Builtin { name: "firehose", text: include_str!("../../scenarios/firehose.toml") },
    Builtin { name: "recovery", text: include_str!("../../scenarios/recovery.toml") },
    Builtin { name: "notifications", text: include_str!("../../scenarios/notifications.toml") },
    Builtin { name: "security", text: include_str!("../../scenarios/security.toml") },
    Builtin { name: "fraud", text: include_str!("../../scenarios/fraud.toml") },
    Builtin { name: "trading", text: include_str!("../../scenarios/trading.toml") },
    Builtin { name: "sports", text: include_str!("../../scenarios/sports.toml") },
    Builtin { name: "analyst", text: include_str!("../../scenarios/analyst.toml") },
    Builtin { name: "customer_facing", text: include_str!("../../scenarios/customer_facing.toml") },
    Builtin { name: "midnight", text: include_str!("../../scenarios/midnight.toml") },
    Builtin { name: "master_data", text: include_str!("../../scenarios/master_data.toml") },
    Builtin { name: "always_on", text: include_str!("../../scenarios/always_on.toml") },
    Builtin { name: "kappa", text: include_str!("../../scenarios/kappa.toml") },
    Builtin { name: "lambda", text: include_str!("../../scenarios/lambda.toml") },
];

/// Path as the scenarios name it, file name, content.
const LOGS: &[(&str, &str, &[u8])] = &[
    (
        "data/web_requests_2015.csv",
        "web_requests_2015.csv",
        include_bytes!("../../scenarios/data/web_requests_2015.csv"),
    ),
    ("data/late_arrivals.csv", "late_arrivals.csv", include_bytes!("../../scenarios/data/late_arrivals.csv")),
];

/// The built-in scenarios.
#[must_use]
pub fn builtins() -> &'static [Builtin] {
    BUILTINS
}

/// The log that a built-in scenario names by `path`.
pub(super) fn log(path: &str) -> Option<LogFile> {
    LOGS.iter().find(|(known, _, _)| *known == path).map(|(_, name, content)| LogFile::Embedded { name, content })
}
