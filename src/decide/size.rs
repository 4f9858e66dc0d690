//! How many ids deduplication must remember, for how long, and what that takes.
//!
//! One pass over the stream of each replication answers for all times to live at once: an id is remembered from the
//! delivery that is let through until the time to live is over, as `pipelines/dedup/ttl.rs` has it for a pipeline
//! without queues. How many are held at an instant is how many were let through within the time to live before it;
//! their mean is Little's law, L = λ W. A time to live of which too little fits into the stream is answered by that law:
//! rate × time to live, and at most by how much the stream ever ran ahead of its mean.

use crate::error::Result;
use crate::experiment::{Estimate, in_parallel, mean_with_interval};
use crate::scenario::Scenario;
use crate::units::{Instant, Period, Span};
use crate::workload::{Block, Earlier, Log, Stream};

/// Bins that the stream is cut into.
const BINS: i64 = 16_384;
/// Most times to live that are looked at.
pub const MOST_TTLS: usize = 32;

/// What a time to live takes and gives.
#[derive(Clone, Debug, PartialEq)]
pub struct SizeRow {
    /// The time to live.
    pub ttl: Span,
    /// Ids held, mean over the measured period.
    pub mean: Estimate,
    /// Ids held for at most 1 % of the time.
    pub p99: Estimate,
    /// Most ids held.
    pub peak: Estimate,
    /// Share of the duplicates that are let through; `None` as value when there are none.
    pub leaked: Estimate,
    /// Whether ids are computed by Little's law because the stream is shorter than what is asked.
    pub extrapolated: bool,
}

/// What the stream asks of deduplication.
#[derive(Clone, Debug, PartialEq)]
pub struct Size {
    /// Each time to live, rising.
    pub rows: Vec<SizeRow>,
    /// New ids a second, mean over the measured period.
    pub new_per_s: Estimate,
    /// Duplicates as a share of all deliveries.
    pub duplicates: Estimate,
}

/// One replication's counts.
struct Pass {
    width: i64,
    measured: Period,
    sample: f64,
    /// First deliveries by bin.
    first: Vec<u64>,
    /// Duplicates let through by time to live and bin.
    again: Vec<Vec<u64>>,
    /// Measured duplicates let through by time to live.
    leaked: Vec<u64>,
    duplicates: u64,
    deliveries: u64,
}

/// Looks at the streams of all replications, on `threads` threads (0: one for each core); the result does not depend
/// on how many. `ttls` are sorted and named once each, the first [`MOST_TTLS`] of them. `progress` is told simulated
/// microseconds, as many as [`crate::experiment::work`] says.
///
/// # Errors
/// Those of the stream.
pub fn size(
    scenario: &Scenario,
    log: Option<&Log>,
    ttls: &[Span],
    threads: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Size> {
    let mut ttls: Vec<Span> = ttls.iter().copied().filter(|ttl| *ttl > Span::ZERO).collect();
    ttls.sort_unstable();
    ttls.dedup();
    ttls.truncate(MOST_TTLS);
    // A log holds the same rows in each replication.
    let count = if log.is_some() { 1 } else { scenario.replications as usize };
    let passes = in_parallel(threads, count, |replication| pass(scenario, log, &ttls, replication as u32, progress))?;
    let over = |value: &dyn Fn(&Pass) -> Option<f64>| mean_with_interval(&passes.iter().map(value).collect::<Vec<_>>());
    let rows = ttls.iter().enumerate().map(|(place, ttl)| {
        let held: Vec<Option<Held>> = passes.iter().map(|pass| pass.held(place, *ttl)).collect();
        let of = |value: fn(&Held) -> f64| {
            mean_with_interval(&held.iter().map(|held| held.as_ref().map(value)).collect::<Vec<_>>())
        };
        let share = |pass: &Pass| {
            let leaked = *pass.leaked.get(place)?;
            (pass.duplicates > 0).then(|| leaked as f64 / pass.duplicates as f64)
        };
        SizeRow {
            ttl: *ttl,
            mean: of(|held| held.mean),
            p99: of(|held| held.p99),
            peak: of(|held| held.peak),
            leaked: over(&share),
            extrapolated: held.iter().flatten().any(|held| held.extrapolated),
        }
    });
    Ok(Size {
        rows: rows.collect(),
        new_per_s: over(&|pass| Some(pass.rate())),
        duplicates: over(&|pass| (pass.deliveries > 0).then(|| pass.duplicates as f64 / pass.deliveries as f64)),
    })
}

fn pass(
    scenario: &Scenario,
    log: Option<&Log>,
    ttls: &[Span],
    replication: u32,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Pass> {
    let mut stream = Stream::new(scenario, log, replication)?;
    let measured = scenario.measured(stream.end());
    let width = (measured.to.0 / BINS + 1).max(1);
    let bins = (measured.to.0 / width + 1) as usize;
    let mut pass = Pass {
        width,
        measured,
        sample: f64::from(scenario.workload.sample),
        first: vec![0; bins],
        again: vec![vec![0; bins]; ttls.len()],
        leaked: vec![0; ttls.len()],
        duplicates: 0,
        deliveries: 0,
    };
    let (mut block, mut told) = (Block::default(), Instant(0));
    while told < measured.to && stream.next(&mut block)? {
        let rows = block.rows(0..block.len());
        for row in 0..rows.len() {
            let Some(arrival) = rows.arrival.get(row).copied().filter(|arrival| *arrival < measured.to) else { break };
            pass.row(arrival, rows.earlier(row), ttls);
        }
        let now = block.until.min(measured.to);
        progress((now - told).0.max(0) as u64);
        told = told.max(block.until);
    }
    Ok(pass)
}

/// Ids held over time.
struct Held {
    mean: f64,
    p99: f64,
    peak: f64,
    extrapolated: bool,
}

impl Pass {
    fn row(&mut self, arrival: Instant, earlier: Option<&[Earlier]>, ttls: &[Span]) {
        let bin = (arrival.0 / self.width).max(0) as usize;
        let measured = self.measured.contains(arrival);
        self.deliveries += u64::from(measured);
        let Some(earlier) = earlier else {
            if let Some(count) = self.first.get_mut(bin) {
                *count += 1;
            }
            return;
        };
        self.duplicates += u64::from(measured);
        for ((ttl, again), leaked) in ttls.iter().zip(&mut self.again).zip(&mut self.leaked) {
            if !is_remembered(earlier, arrival, *ttl) {
                *leaked += u64::from(measured);
                if let Some(count) = again.get_mut(bin) {
                    *count += 1;
                }
            }
        }
    }

    /// New ids a second in the measured period.
    fn rate(&self) -> f64 {
        let (from, to) = (self.measured.from.0 / self.width, self.measured.to.0 / self.width);
        let new: u64 = self.first.get(from as usize..to.max(from + 1) as usize).map_or(0, |bins| bins.iter().sum());
        let seconds = (to.max(from + 1) - from) as f64 * self.width as f64 / 1e6;
        new as f64 * self.sample / seconds
    }

    /// Ids let through up to the start of each bin, in the units of the whole stream.
    fn cumulative(&self, place: usize) -> Option<Vec<f64>> {
        let again = self.again.get(place)?;
        let mut sum = 0.0;
        let mut all = vec![0.0];
        for (first, again) in self.first.iter().zip(again) {
            sum += (first + again) as f64 * self.sample;
            all.push(sum);
        }
        Some(all)
    }

    fn held(&self, place: usize, ttl: Span) -> Option<Held> {
        let all = self.cumulative(place)?;
        // The last bin may not be over.
        let last = (self.measured.to.0 / self.width) as usize;
        let at = |micros: i64| -> Option<f64> {
            let (bin, rest) = ((micros / self.width) as usize, (micros % self.width) as f64 / self.width as f64);
            let (low, high) = (*all.get(bin)?, all.get(bin + 1).copied().unwrap_or(*all.get(bin)?));
            Some(low + (high - low) * rest)
        };
        let first = (self.measured.from.0.max(ttl.0) + self.width - 1) / self.width;
        let length = last as i64 - self.measured.from.0 / self.width;
        if (last as i64 - first) * 2 >= length && last as i64 > first {
            let mut held: Vec<f64> = (first..=last as i64)
                .filter_map(|bin| Some(*all.get(bin as usize)? - at(bin * self.width - ttl.0)?))
                .collect();
            let mean = held.iter().sum::<f64>() / held.len().max(1) as f64;
            held.sort_by(f64::total_cmp);
            let rank = ((held.len() as f64 * 0.99).ceil() as usize).clamp(1, held.len().max(1)) - 1;
            return Some(Held { mean, p99: *held.get(rank)?, peak: *held.last()?, extrapolated: false });
        }
        let start = (self.measured.from.0 / self.width) as usize;
        let (before, after) = (*all.get(start)?, *all.get(last)?);
        let steps = (last.saturating_sub(start)).max(1) as f64;
        let per_bin = (after - before) / steps;
        let ahead = (start..=last).filter_map(|bin| Some(all.get(bin)? - before - per_bin * (bin - start) as f64));
        let (low, high) = ahead.fold((0.0_f64, 0.0_f64), |(low, high), ahead| (low.min(ahead), high.max(ahead)));
        let mean = per_bin / self.width as f64 * ttl.0 as f64;
        let most = mean + (high - low);
        Some(Held { mean, p99: most, peak: most, extrapolated: true })
    }
}

/// Whether an entry of an earlier delivery still stands.
fn is_remembered(earlier: &[Earlier], arrival: Instant, ttl: Span) -> bool {
    let mut entry: Option<Instant> = None;
    for copy in earlier {
        match entry {
            Some(entry) if copy.arrival - entry < ttl => {}
            _ => entry = Some(copy.arrival),
        }
    }
    entry.is_some_and(|entry| arrival - entry < ttl)
}

/// What state of a size asks of the machines it lies on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// Workers that share the state evenly.
    pub workers: u32,
    /// Memory of one worker for it, bytes.
    pub memory: f64,
    /// Bytes a second that one worker can write into a checkpoint.
    pub bandwidth: f64,
    /// Between two checkpoints, seconds.
    pub interval: f64,
    /// Growth a year, 0.5 for 50 %.
    pub growth: f64,
}

/// Days in a year.
const YEAR: f64 = 365.25;

impl Capacity {
    /// Bytes on one worker.
    #[must_use]
    pub fn per_worker(&self, bytes: f64) -> f64 {
        bytes / f64::from(self.workers.max(1))
    }

    /// Seconds that a full checkpoint takes; workers write at the same time.
    #[must_use]
    pub fn checkpoint_s(&self, bytes: f64) -> f64 {
        self.per_worker(bytes) / self.bandwidth
    }

    /// Bytes a second that full checkpoints take of one worker's network, averaged over the interval.
    #[must_use]
    pub fn checkpoint_load(&self, bytes: f64) -> f64 {
        self.per_worker(bytes) / self.interval
    }

    /// The share of the memory that is free, negative when it does not suffice.
    #[must_use]
    pub fn head_room(&self, bytes: f64) -> f64 {
        1.0 - self.per_worker(bytes) / self.memory
    }

    /// Days until the state of this size, growing, no longer fits; 0 when it does not today, `None` when it always
    /// will.
    #[must_use]
    pub fn days_left(&self, bytes: f64) -> Option<f64> {
        let room = self.memory / self.per_worker(bytes);
        if room < 1.0 {
            return Some(0.0);
        }
        (self.growth > 0.0 && room.is_finite()).then(|| libm::log(room) / libm::log(1.0 + self.growth) * YEAR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizing walk-through of Ververica ("How to size your Apache Flink cluster", 2018): 500 million users in five
    /// overlapping windows of 40 bytes, five machines, a checkpoint each minute.
    #[test]
    fn the_walk_through_of_a_cluster() {
        let bytes = 500e6 * 5.0 * 40.0;
        let cluster = Capacity { workers: 5, memory: 64e9, bandwidth: 1_250e6, interval: 60.0, growth: 0.0 };
        assert_eq!(cluster.per_worker(bytes), 20e9);
        assert!((cluster.checkpoint_load(bytes) / 1e6 - 333.0).abs() < 0.5);
        assert_eq!(cluster.checkpoint_s(bytes), 16.0);
        assert!((cluster.head_room(bytes) - 0.6875).abs() < 1e-12);
        assert_eq!(cluster.days_left(bytes), None);
    }

    #[test]
    fn growth_fills_what_is_free() {
        let capacity = Capacity { workers: 2, memory: 8e9, bandwidth: 1e8, interval: 60.0, growth: 1.0 };
        // Four times as much fits, and it doubles each year.
        assert!((capacity.days_left(4e9).unwrap() - 2.0 * YEAR).abs() < 1e-9);
        assert_eq!(capacity.days_left(17e9), Some(0.0));
        assert!(capacity.head_room(17e9) < 0.0);
    }

    #[test]
    fn an_entry_is_of_the_delivery_that_was_let_through() {
        let earlier: Vec<Earlier> =
            [0, 90, 150].map(|at| Earlier { arrival: Instant(at), event_time: Instant(0) }).to_vec();
        assert!(is_remembered(&earlier[..1], Instant(99), Span(100)));
        assert!(!is_remembered(&earlier[..2], Instant(100), Span(100)));
        assert!(is_remembered(&earlier, Instant(249), Span(100)));
        assert!(!is_remembered(&earlier, Instant(250), Span(100)));
        assert!(!is_remembered(&[], Instant(0), Span(100)));
    }
}
