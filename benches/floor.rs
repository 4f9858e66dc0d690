//! The floor: what nobody who simulates deliveries one by one can leave out, measured beside the whole path.
//!
//! ```text
//! cargo bench --bench floor               # 10 million deliveries, five turns
//! cargo bench --bench floor -- 3000000    # or as many as asked for
//! ```
//!
//! For each delivery of the yardstick: a gap (exponential), a delay (lognormal) and a word of decisions are drawn, the
//! deliveries of each stretch of time are sorted by arrival, in stretches as long as the calendar's, and the delay
//! is counted in a histogram. Once as any user of `rand_distr`, `rand_xoshiro` and `sort_unstable` would write it, once
//! with our own columns, samplers and radix sort. Floors and whole path take turns, so that a slow minute of the machine
//! hits all; ratios are of the medians and of the smallest.

mod common;
// The sort is private to the library; its tests, which need the next module, are not run here.
#[path = "../src/workload/radix.rs"]
#[allow(unused_imports, reason = "its tests are not built")]
mod radix;
#[allow(unused_imports, reason = "for the tests of the sort")]
mod random {
    pub use millstream::random::Substream;
}

use std::hint::black_box;
use std::path::Path;

use common::{Outcome, measure, timed};
use millstream::histogram::{Histogram, plain_bucket_of};
use millstream::random::{Distribution, Sampler, Substream};
use millstream::scenario::{Overrides, Pipeline, Scenario, parse};
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution as _, Exp, LogNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use statrs::statistics::{Data, OrderStatistics};

/// Deliveries unless the command line says otherwise.
const DELIVERIES: f64 = 1e7;
/// Turns of each.
const TURNS: usize = 5;
/// Deliveries of each event of the yardstick.
const COPIES: f64 = 1.02;
/// Microseconds, in bits, that a bucket of the calendar covers at the yardstick's rate.
const STRETCH: u32 = 22;
/// Mean gap, and median of the delay, microseconds.
const GAP: f64 = 1_000.0 / COPIES;
const DELAY: f64 = 150_000.0;

fn main() -> Outcome<()> {
    // `cargo bench` passes --bench.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted: f64 = wanted.map_or(Ok(DELIVERIES), |number| number.replace('_', "").parse())?;
    let set = vec![format!("duration={:.0}ms", wanted / COPIES)];
    let scenario: Scenario =
        parse("w0", include_str!("w0.toml"), Path::new(""), &Overrides { set, ..Overrides::default() })?;
    let pipelines: Vec<&Pipeline> = scenario.pipelines.iter().collect();
    let count = wanted as u64;
    let [mut crates, mut ours, mut whole] = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        crates.push(timed(|| with_crates(count))?.nanos());
        ours.push(timed(|| Ok(with_our_parts(count)))?.nanos());
        whole.push(measure(&scenario, &pipelines)?.nanos());
    }
    println!("ns of one core for a delivery, {TURNS} turns of {wanted:.0} deliveries   median    least");
    for (name, values) in [("floor, with crates", &crates), ("floor, with our parts", &ours), ("whole path", &whole)] {
        println!("  {name:56} {:6.1}   {:6.1}", median(values), least(values));
    }
    for (name, floor) in [("with crates", &crates), ("with our parts", &ours)] {
        let (middle, low) = (median(&whole) / median(floor), least(&whole) / least(floor));
        println!("  {:56} {middle:6.2}   {low:6.2}", format!("whole path, times the floor {name}"));
    }
    Ok(())
}

fn median(values: &[f64]) -> f64 {
    Data::new(values.to_vec()).median()
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The floor as users of the crates would write it; gives the number of deliveries.
fn with_crates(count: u64) -> Outcome<u64> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let gaps = Exp::new(1.0 / GAP).map_err(|error| error.to_string())?;
    let delays = LogNormal::new(DELAY.ln(), 1.0).map_err(|error| error.to_string())?;
    let mut histogram = Histogram::default();
    let (mut arrivals, mut decisions, mut done) = (Vec::new(), 0_u64, 0);
    let (mut at, mut end) = (0.0, f64::from(1 << STRETCH));
    while done < count {
        at += gaps.sample(&mut random);
        if at >= end {
            arrivals.sort_unstable();
            black_box(&arrivals);
            arrivals.clear();
            end += f64::from(1 << STRETCH);
        }
        let delay = delays.sample(&mut random);
        // 2 % are duplicates, 1 % late: thresholds on a word.
        decisions += u64::from(random.next_u64() < u64::MAX / 50) + u64::from(random.next_u32() < u32::MAX / 100);
        histogram.record(delay as u64);
        arrivals.push((at + delay) as u64);
        done += 1;
    }
    black_box((&histogram, decisions));
    Ok(done)
}

/// The same with our columns, our samplers and our sort; gives the number of deliveries.
fn with_our_parts(count: u64) -> u64 {
    let [mut gaps_from, mut delays_from, mut words] =
        ["gaps", "delays", "decisions"].map(|purpose| Substream::new(1, 0, purpose));
    let [gap, delay] = [Distribution::Exponential { mean: GAP }, Distribution::Lognormal { median: DELAY, sigma: 1.0 }]
        .map(Sampler::new);
    let block = (f64::from(1 << STRETCH) / GAP) as usize;
    let (mut gaps, mut delays, mut order, mut buckets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut sorter, mut sorted) = (radix::Sorter::default(), Vec::new());
    let mut histogram = Histogram::default();
    let (mut decisions, mut done) = (0_u64, 0);
    while done < count {
        gap.fill(&mut gaps_from, block, &mut gaps);
        delay.fill(&mut delays_from, block, &mut delays);
        decisions += (0..block).map(|_| u64::from(words.bits() < u64::MAX / 50)).sum::<u64>();
        let mut at = 0.0;
        order.clear();
        // What arrives after the stretch wraps round: as many come over from those before.
        order.extend((0_u64..).zip(gaps.iter().zip(&delays)).map(|(row, (gap, delay))| {
            at += gap;
            let offset = (at + delay) as u64 & ((1 << STRETCH) - 1);
            offset << 32 | row
        }));
        sorter.sort([order.as_slice()].into_iter(), STRETCH, &mut sorted);
        buckets.clear();
        buckets.extend(delays.iter().map(|delay| plain_bucket_of(*delay as u64)));
        let longest = delays.iter().copied().fold(0.0, f64::max);
        histogram.record_buckets(&buckets);
        histogram.reach(longest as u64);
        black_box(&sorted);
        done += block as u64;
    }
    black_box((&histogram, decisions));
    done
}
