//! What more threads give: the yardstick on one thread and on as many as there are cores, by turns.
//!
//! ```text
//! cargo bench --bench threads          # one day and what follows it; nine turns
//! cargo bench --bench threads -- 2 15  # or as many days and turns
//! ```
//!
//! Three runs take turns: one replication on one thread, one that all threads share, and a replication for each thread. The last
//! two both need all cores all the time, so that their quotient says what sharing costs even where other work on the machine takes
//! some of the cores, or where two cores do not do twice as much as one. Time is wall time of all that `millstream run` does but for
//! its report, run-out included: a day of the stream, until the last repeated delivery has been read by a daily run. Ratios are
//! those of runs of the same turn, so that a slow minute of the machine hits both; each turn begins with another of them.

#[allow(dead_code, reason = "all replications are run as users run them")]
mod common;

use std::path::Path;

use common::{Outcome, timed};
use millstream::experiment::run;
use millstream::scenario::{Overrides, Scenario, parse};
use statrs::statistics::{Data, OrderStatistics};

/// Days of the stream and turns unless the command line says otherwise.
const DAYS: u32 = 1;
const TURNS: u32 = 9;

fn main() -> Outcome<()> {
    // `cargo bench` passes --bench.
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let mut next = |default| arguments.next().map_or(Ok(default), |number| number.parse());
    let (days, turns): (u32, u32) = (next(DAYS)?, next(TURNS)?.max(1));
    let threads = std::thread::available_parallelism()?.get();
    let set = vec!["start=\"2026-01-05T00:00:00Z\"".to_owned(), format!("duration={days}d")];
    let overrides = Overrides { set, ..Overrides::default() };
    let one = parse("w0", include_str!("w0.toml"), Path::new(""), &overrides)?;
    let several = Scenario { replications: threads as u32, ..one.clone() };
    let runs = [(&one, 1), (&one, threads), (&several, threads)];
    let mut times = Vec::with_capacity(turns as usize);
    for turn in 0..turns as usize {
        let mut of = [0.0; 3];
        for place in (0..runs.len()).map(|place| (turn + place) % runs.len()) {
            let (scenario, threads) = runs[place];
            let cost = timed(|| Ok(run(scenario, None, threads, &|_| ())?.simulated_deliveries))?;
            of[place] = cost.wall.as_secs_f64();
        }
        times.push(of);
    }
    println!("{:56} {:>8} {:>17}", format!("days of the stream: {days}; turns: {turns}"), "median", "quartiles");
    let show = |name: &str, value: &dyn Fn(&[f64; 3]) -> f64| {
        let mut values = Data::new(times.iter().map(value).collect::<Vec<_>>());
        let (middle, low, high) = (values.median(), values.lower_quartile(), values.upper_quartile());
        println!("{name:56} {middle:8.2} {low:8.2} {high:8.2}");
    };
    let each = threads as f64;
    show("one replication, one thread, s", &|time| time[0]);
    show(&format!("one replication, {threads} threads, s"), &|time| time[1]);
    show(&format!("{threads} replications, {threads} threads, s"), &|time| time[2]);
    show("one replication: times the throughput of one thread", &|time| time[0] / time[1]);
    show("a replication for each: times that throughput", &|time| each * time[0] / time[2]);
    show("the first as a share of the second", &|time| time[2] / (each * time[1]));
    Ok(())
}
