//! How unequal keys are: Zipf's exponent by maximum likelihood.

use crate::workload::KeyCounts;

/// Keys with fewer events than this have no certain rank: sorting chance would look like skew.
const CERTAIN: u32 = 50;

/// The skew of a log's keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skew {
    /// Keys that occur.
    pub keys: u64,
    /// Share of the events that the hottest key has.
    pub hottest: f64,
    /// Zipf's exponent.
    pub zipf: f64,
    /// Its standard error.
    pub error: f64,
    /// Keys that the exponent was fitted to, the hottest.
    pub ranked: u64,
}

/// The skew of counted events; `None` without any. The exponent is that of the law cut off after the
/// ranked keys: those with at least 50 events, or all when there are fewer than ten such.
#[must_use]
pub fn skew(counts: &KeyCounts) -> Option<Skew> {
    let mut sorted: Vec<u32> = counts.iter().map(|(_, count)| count).collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let total: f64 = sorted.iter().map(|count| f64::from(*count)).sum();
    let hottest = f64::from(*sorted.first()?) / total;
    let keys = sorted.len() as u64;
    let certain = sorted.partition_point(|count| *count >= CERTAIN);
    let ranked = sorted.get(..if certain >= 10 { certain } else { sorted.len() })?;
    let logarithms: Vec<f64> = (1..=ranked.len()).map(|rank| libm::log(rank as f64)).collect();
    let events: f64 = ranked.iter().map(|count| f64::from(*count)).sum();
    let mean = ranked.iter().zip(&logarithms).map(|(count, ln)| f64::from(*count) * ln).sum::<f64>() / events;
    // The likelihood is largest where the mean logarithm of the rank is the observed one.
    let (mut low, mut high) = (0.0, 10.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if moments(&logarithms, middle).0 > mean { low = middle } else { high = middle }
    }
    let zipf = if is_uniform(&sorted, total) { 0.0 } else { f64::midpoint(low, high) };
    let error = 1.0 / (events * moments(&logarithms, zipf).1).sqrt();
    Some(Skew { keys, hottest, zipf, error: if keys > 1 { error } else { 0.0 }, ranked: ranked.len() as u64 })
}

/// Whether the counts vary no more than those of equally popular keys: Pearson's statistic is within
/// three standard deviations of its mean. Sorted chance alone would pass for a small exponent.
fn is_uniform(counts: &[u32], total: f64) -> bool {
    let expected = total / counts.len() as f64;
    let statistic: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    let freedom = counts.len() as f64 - 1.0;
    statistic <= freedom + 3.0 * (2.0 * freedom).sqrt()
}

/// Mean and variance of the logarithm of the rank under Zipf's law.
fn moments(logarithms: &[f64], exponent: f64) -> (f64, f64) {
    let (mut weight, mut first, mut second) = (0.0, 0.0, 0.0);
    for ln in logarithms {
        let share = libm::exp(-exponent * ln);
        weight += share;
        first += share * ln;
        second += share * ln * ln;
    }
    let mean = first / weight;
    (mean, second / weight - mean * mean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Alias, Substream};

    fn drawn(count: u32, zipf: f64, events: usize, seed: u64) -> Skew {
        let mut drawn = Vec::new();
        Alias::zipf(count, zipf).fill(&mut Substream::new(seed, 0, "keys"), events, &mut drawn);
        let mut counts = KeyCounts::default();
        drawn.iter().for_each(|key| {
            counts.add(*key);
        });
        skew(&counts).unwrap()
    }

    #[test]
    fn exponents_are_recovered() {
        for (count, zipf, events) in [
            (100, 1.0, 200_000),
            (1_000, 1.0, 1_000_000),
            (1_000, 0.7, 300_000),
            (50, 1.5, 50_000),
            (10_000, 1.0, 1_000_000),
            (2_000, 1.2, 100_000),
        ] {
            let found: Vec<Skew> = (0..8).map(|seed| drawn(count, zipf, events, seed)).collect();
            for found in &found {
                assert!((found.zipf - zipf).abs() < 3.0 * found.error, "{count} {zipf} {events}: {found:?}");
            }
            // Together they see a smaller bias: chance at the cut-off brings some.
            let mean = found.iter().map(|found| found.zipf).sum::<f64>() / 8.0;
            assert!((mean - zipf).abs() < 2.0 * found[0].error, "{count} {zipf} {events}: {mean}");
        }
    }

    #[test]
    fn equal_keys_have_no_skew() {
        for seed in 0..5 {
            assert_eq!(drawn(20, 0.0, 20_000, seed).zipf, 0.0);
        }
        assert_eq!(drawn(1, 0.0, 100, 1), Skew { keys: 1, hottest: 1.0, zipf: 0.0, error: 0.0, ranked: 1 });
        assert_eq!(skew(&KeyCounts::default()), None);
    }
}
