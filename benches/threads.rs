//! What more threads give: the yardstick on one thread and on several, by turns.
//!
//! ```text
//! cargo bench --bench threads        # two days, 176 million deliveries, and what follows them; three turns
//! cargo bench --bench threads -- 5   # or as many days
//! ```
//!
//! One replication, which the threads share, and one for each thread; as many threads as cores. Time is wall time of all that
//! `millstream run` does but for its report, run-out included: a day of the stream, until the last repeated delivery has been
//! read by a daily run. The ratio is that of two neighbouring turns, so that a slow minute of the machine hits both.

#[allow(dead_code, reason = "all replications are run as users run them")]
mod common;

use std::path::Path;

use common::{Outcome, timed};
use millstream::experiment::run;
use millstream::scenario::{Overrides, Scenario, parse};

/// Days of the stream unless the command line says otherwise.
const DAYS: u32 = 2;
/// Turns of each.
const TURNS: usize = 3;

fn main() -> Outcome<()> {
    // `cargo bench` passes --bench.
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let days: u32 = arguments.next().map_or(Ok(DAYS), |number| number.parse())?;
    let threads = std::thread::available_parallelism()?.get();
    println!("{:44} {:>9} {:>9} {:>7} {:>7}", "wall time, median of turns", "one", threads, "ratio", "best");
    for replications in [1, threads as u32] {
        let set = vec!["start=\"2026-01-05T00:00:00Z\"".to_owned(), format!("duration={days}d")];
        let overrides = Overrides { set, ..Overrides::default() };
        let mut scenario = parse("w0", include_str!("w0.toml"), Path::new(""), &overrides)?;
        scenario.replications = replications;
        let mut turns = Vec::with_capacity(TURNS);
        for _ in 0..TURNS {
            turns.push([seconds(&scenario, 1)?, seconds(&scenario, threads)?]);
        }
        let of = |value: fn(&[f64; 2]) -> f64| {
            let mut values: Vec<f64> = turns.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let [one, several, ratios] = [of(|turn| turn[0]), of(|turn| turn[1]), of(|turn| turn[0] / turn[1])];
        let name = format!("{replications} of {days} days on 1 and {threads} threads");
        let [one, several, ratio] = [one, several, ratios.clone()].map(|values| values[TURNS / 2]);
        println!("{name:44} {one:7.2} s {several:7.2} s {ratio:7.2} {:7.2}", ratios[TURNS - 1]);
    }
    Ok(())
}

/// Wall time of all replications.
fn seconds(scenario: &Scenario, threads: usize) -> Outcome<f64> {
    let cost = timed(|| Ok(run(scenario, None, threads, &|_| ())?.simulated_deliveries))?;
    Ok(cost.wall.as_secs_f64())
}
