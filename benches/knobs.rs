//! What each knob of the stream costs: nanoseconds of one core for a delivery, on top of the yardstick's.
//!
//! ```text
//! cargo bench --bench knobs                  # 3 million deliveries each
//! cargo bench --bench knobs -- 10000000      # or as many as asked for
//! ```
//!
//! Each knob is turned on `w0.toml` by itself. Knobs and the plain stream take turns, so that a slow minute of
//! the machine hits both; the median of the differences counts. Knobs of the stream are measured on the stream
//! alone, those of pipelines with the continuous pipeline.

mod common;

use std::path::Path;

use common::{Outcome, measure};
use millstream::scenario::{Overrides, Pipeline, Scenario, Source, parse};
use statrs::statistics::{Data, OrderStatistics};

/// Deliveries unless the command line says otherwise.
const DELIVERIES: f64 = 3e6;
/// Turns of each knob.
const TURNS: usize = 5;

/// A knob: its name, what it sets, and whether pipelines see it.
type Knob = (&'static str, &'static [&'static str], bool);

const KNOBS: &[Knob] = &[
    (
        "hours, weekdays, trend",
        &[
            "workload.weekdays=[1, 1.1, 1, 1, 1, 0.7, 0.6]",
            "workload.trend=0.01",
            "workload.daily={ peak = 1.5, trough = 0.5 }",
        ],
        false,
    ),
    (
        "ten bursts",
        &[
            "workload.bursts=[{ at = \"1m\", for = \"1m\", factor = 2 }, { at = \"9m\", for = \"1m\", factor = 2 }, { at = \"20m\", for = \"1m\", factor = 2 }, { at = \"30m\", for = \"1m\", factor = 2 }]",
        ],
        false,
    ),
    ("keys", &["workload.keys={ count = 100000, zipf = 0.97 }"], false),
    (
        "keys and users",
        &[
            "workload.keys={ count = 100000, zipf = 0.97 }",
            "workload.users={ count = 100000 }",
            "workload.types=[{ name = \"view\" }]",
        ],
        false,
    ),
    (
        "types with payloads",
        &[
            "workload.types=[{ name = \"view\", payload = \"200 B\" }, { name = \"buy\", payload = { lognormal = { median = \"900 B\", sigma = 0.5 } } }]",
        ],
        false,
    ),
    (
        "sessions with a funnel",
        &[
            "workload.users={ count = 1000000 }",
            "workload.types=[{ name = \"view\" }, { name = \"click\" }, { name = \"buy\" }]",
            "workload.sessions={ events = 5, pause = { exponential = { mean = \"20s\" } }, funnel = [{ probability = 0.3, pause = \"5s\" }, { probability = 0.1, pause = \"1m\" }] }",
        ],
        false,
    ),
    (
        "cohorts by event",
        &[
            "workload.network={ cohorts = [{ share = 1, delay = { lognormal = { median = \"150ms\", sigma = 1.0 } } }, { share = 1, delay = { lognormal = { median = \"900ms\", sigma = 1.0 } } }] }",
        ],
        false,
    ),
    (
        "offline devices",
        &[
            "workload.keys={ count = 100000 }",
            "workload.network={ cohorts = [{ share = 1, delay = { lognormal = { median = \"150ms\", sigma = 1.0 } }, offline = { chance = 0.02, for = \"1h\" } }] }",
        ],
        false,
    ),
    (
        "batching clients",
        &[
            "workload.keys={ count = 100000 }",
            "workload.network={ cohorts = [{ share = 1, delay = { lognormal = { median = \"150ms\", sigma = 1.0 } }, flush = { events = 20, every = \"30s\" } }] }",
        ],
        false,
    ),
    (
        "an outage ahead",
        &["workload.keys={ count = 100000 }", "workload.network.outages=[{ from = \"100d\", for = \"1h\" }]"],
        false,
    ),
    (
        "an outage with retries, all the time",
        &[
            "workload.keys={ count = 100000 }",
            "workload.network.outages=[{ from = \"0s\", for = \"100d\", share = 0.01, storm = { every = \"10s\", most = 2 } }]",
        ],
        false,
    ),
    (
        "wrong clocks",
        &[
            "workload.keys={ count = 100000 }",
            "workload.clock={ ahead = { share = 0.01, by = \"1m\" }, behind = { share = 0.01, by = \"1m\" } }",
        ],
        false,
    ),
    ("loss", &["workload.network.loss=0.01"], false),
    ("geometric retries", &["workload.duplicates.retry.again=0.5"], false),
    (
        "idle partitions",
        &[
            "workload.keys={ count = 100000 }",
            "workload.partitions={ count = 8, idle = [{ partition = 0, from = \"0s\", for = \"100d\" }] }",
        ],
        false,
    ),
    ("eight watermarks", &["workload.keys={ count = 100000 }", "workload.partitions={ count = 8 }"], true),
    (
        "eight watermarks, skewed, with idleness",
        &[
            "workload.keys={ count = 100000 }",
            "workload.partitions={ count = 8, zipf = 0.5 }",
            "pipelines.continuous.watermark.idleness=10s",
        ],
        true,
    ),
];

fn main() -> Outcome<()> {
    // `cargo bench` passes --bench.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted: f64 = wanted.map_or(Ok(DELIVERIES), |number| number.replace('_', "").parse())?;
    println!("nanoseconds of one core for a delivery, on top of the same without the knob; medians of {TURNS} turns");
    for (name, set, with_pipeline) in KNOBS {
        // What a knob needs without costing it itself: keys, where they are users or spread over partitions.
        let given: Vec<&str> =
            set.iter().copied().filter(|field| set.len() > 1 && field.starts_with("workload.keys")).collect();
        let given = if name.starts_with("keys") { Vec::new() } else { given };
        let (plain, turned) = (scenario(wanted, &given)?, scenario(wanted, set)?);
        let (mut base, mut more) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            let (without, with) = (nanos(&plain, *with_pipeline)?, nanos(&turned, *with_pipeline)?);
            base.push(without);
            more.push(with - without);
        }
        println!("  {name:42} {:+7.1} ns on {:5.1} ns", Data::new(more).median(), Data::new(base).median());
    }
    Ok(())
}

fn nanos(scenario: &Scenario, with_pipeline: bool) -> Outcome<f64> {
    let continuous: Vec<&Pipeline> =
        scenario.pipelines.iter().filter(|pipeline| with_pipeline && pipeline.name == "continuous").collect();
    Ok(measure(scenario, &continuous)?.nanos())
}

/// The yardstick with some fields set, as long as the deliveries take.
fn scenario(deliveries: f64, set: &[&str]) -> Outcome<Scenario> {
    let read = |duration: String| {
        let set = set.iter().map(|field| (*field).to_owned()).chain([duration]).collect();
        parse("w0", include_str!("w0.toml"), Path::new("benches"), &Overrides { set, ..Overrides::default() })
    };
    let scenario = read("duration=1h".to_owned())?;
    let Source::Poisson(rates) = &scenario.workload.source else { return Err("w0 has no rate".into()) };
    Ok(read(format!("duration={}ms", (deliveries / rates.rate.0 * 1e3).ceil()))?)
}
