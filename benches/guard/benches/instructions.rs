//! Instructions of the yardstick and its parts under Callgrind; `run` beside this package starts it.
//!
//! 300,000 deliveries of `w0.toml`, set so that midnight and one run of each batch lie in them. A part is the stream
//! alone, one pipeline with the stream, or all of them. Reading the scenario is not counted.

#[path = "../../common/mod.rs"]
mod common;

use std::hint::black_box;
use std::path::Path;

use common::measure;
use gungraun::prelude::*;
use millstream::scenario::{Overrides, Pipeline, Scenario, parse};

/// Every batch runs, and ends, within them.
const SET: [&str; 6] = [
    "start=2026-01-05T23:57:30Z",
    "duration=294118ms",
    "pipelines.daily.start_after=30s",
    "pipelines.daily.overhead=30s",
    "pipelines.hourly.start_after=30s",
    "pipelines.hourly.overhead=30s",
];

/// The yardstick with all pipelines of a name, or all, or none.
fn part(name: &str) -> (Scenario, String) {
    let set = SET.iter().map(|field| (*field).to_owned()).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    let scenario = parse("w0", include_str!("../../w0.toml"), Path::new(""), &overrides).expect("w0 is right");
    (scenario, name.to_owned())
}

#[library_benchmark]
#[bench::stream(args = ("stream"), setup = part)]
#[bench::stream_and_daily(args = ("daily"), setup = part)]
#[bench::stream_and_hourly(args = ("hourly"), setup = part)]
#[bench::stream_and_micro_batch(args = ("micro_batch"), setup = part)]
#[bench::stream_and_continuous(args = ("continuous"), setup = part)]
#[bench::whole(args = ("whole"), setup = part)]
fn yardstick((scenario, name): (Scenario, String)) -> u64 {
    let of = |pipeline: &&Pipeline| name == "whole" || name == pipeline.name;
    let some: Vec<&Pipeline> = scenario.pipelines.iter().filter(of).collect();
    measure(black_box(&scenario), &some).expect("the yardstick runs").deliveries
}

library_benchmark_group!(name = yardstick_parts, benchmarks = yardstick);
main!(library_benchmark_groups = yardstick_parts);
