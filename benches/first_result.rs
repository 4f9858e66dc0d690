//! How long a user waits: from the start of the program to its first line, and to its end.
//!
//! ```text
//! cargo bench --bench first_result
//! ```
//!
//! The program is started anew each time, as a shell would start it, and reads its scenario, `small.toml`: a million deliveries, one
//! replication, three pipelines. What comes between the first line and the end is the report.

#[allow(dead_code, reason = "the program itself is run")]
mod common;

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::Outcome;
use millstream::experiment::run;
use millstream::scenario::{Overrides, load};

/// Starts of each; the median counts.
const TURNS: usize = 15;

const SMALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/small.toml");

fn main() -> Outcome<()> {
    println!("{:44} {:>9} {:>9}", format!("milliseconds, of {TURNS} starts"), "median", "least");
    print("millstream --version", &starts(&["--version"])?.map(|(first, _)| first));
    let out = tempfile::tempdir()?;
    let folder = out.path().to_string_lossy();
    let runs = starts(&["run", SMALL, "--out", &folder])?;
    let deliveries = run(&load(SMALL, &Overrides::default())?, None, 1, &|_| ())?.simulated_deliveries;
    let name = format!("{:.2} million deliveries", deliveries as f64 / 1e6);
    print(&format!("{name}: first line"), &runs.map(|(first, _)| first));
    print(&format!("{name}: end of the report"), &runs.map(|(_, end)| end));
    Ok(())
}

/// How long each start took, to the first byte and to the end.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
fn starts(arguments: &[&str]) -> Outcome<[(Duration, Duration); TURNS]> {
    let mut all = [(Duration::ZERO, Duration::ZERO); TURNS];
    for times in &mut all {
        let begun = Instant::now();
        let mut program = Command::new(env!("CARGO_BIN_EXE_millstream"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut output = program.stdout.take().ok_or("the program has no output")?;
        output.read_exact(&mut [0])?;
        let first = begun.elapsed();
        output.read_to_end(&mut Vec::new())?;
        if !program.wait()?.success() {
            return Err(format!("millstream {arguments:?} failed").into());
        }
        *times = (first, begun.elapsed());
    }
    Ok(all)
}

fn print(name: &str, times: &[Duration; TURNS]) {
    let mut times = times.map(|time| time.as_secs_f64() * 1e3);
    times.sort_by(f64::total_cmp);
    println!("{name:44} {:9.1} {:9.1}", times[TURNS / 2], times[0]);
}
