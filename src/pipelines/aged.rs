//! Held events by age and by bin of event time at once.
//!
//! Ages are counted back from a line: the first edge of a bin at or after the reference. There a bucket of a log-linear
//! histogram, as far as it is no longer than a bin, lies within one bin; where it would be longer, a bin is taken instead.
//! So one count tells both. A bucket is at most 1/128 of the age from the line, and the line is at most one bin from the reference:
//! at four bins and more an age is known to within 1/192.

use super::cohort::BIN_REACH;
use super::run_counts::{FEW, NARROW, count_by_edges, count_each, count_evenly};
use crate::histogram::{Stretch, capped_base_of, capped_bounds_of, capped_bucket_of};
use crate::units::Instant;
use crate::workload::Run;

/// Younger events have an age too uncertain to be counted here: in bins.
const YOUNGEST: i64 = 4;

/// Counts of events by buckets of age that lie within a bin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Aged(Stretch);

/// The line of a reference.
fn line(reference: Instant, shift: u32) -> i64 {
    ((reference.0 + (1 << shift) - 1) >> shift) << shift
}

/// The bucket of an age from the line, which is not negative.
#[inline]
fn bucket_of(age: i64, shift: u32) -> i64 {
    capped_bucket_of(age as u64, shift) as i64
}

/// The number that buckets as long as that of an age count from, and log₂ of their length: the bucket is the number plus the
/// age by lengths.
#[inline]
fn base_of(age: i64, shift: u32) -> (i64, u32) {
    let (base, length) = capped_base_of(age as u64, shift);
    (base as i64, length)
}

/// The smallest age of a bucket, and log₂ of its length.
fn ages_of(bucket: i64, shift: u32) -> (i64, u32) {
    let (smallest, length) = capped_bounds_of(bucket as u64, shift);
    (smallest as i64, length)
}

impl Aged {
    /// Counts an event, unless it is too young or too old.
    #[inline]
    pub fn add(&mut self, event: Instant, reference: Instant, shift: u32) -> bool {
        let age = line(reference, shift) - 1 - event.0;
        let bins = age >> shift;
        let takes = (YOUNGEST..BIN_REACH).contains(&bins);
        if takes {
            self.0.add(bucket_of(age, shift), i64::MAX);
        }
        takes
    }

    /// Counts the plain events of a run, unless one is too young or too old.
    #[inline]
    pub fn add_run(&mut self, run: &Run<'_>, reference: Instant, shift: u32) -> bool {
        let last = line(reference, shift) - 1;
        let (youngest, oldest) = (last - run.sums.newest.0, last - run.sums.oldest.0);
        if youngest >> shift < YOUNGEST || oldest >> shift >= BIN_REACH {
            return false;
        }
        let (first, end) = (bucket_of(youngest, shift), bucket_of(oldest, shift));
        if first == end {
            self.0.add_many(first, run.plain() as u32, i64::MAX);
            return true;
        }
        let Some(counts) = self.0.span(first, end) else { return true };
        if counts.len() <= FEW {
            count_by_edges(run, |older| last - ages_of(first + older as i64, shift).0, counts);
            return true;
        }
        let (base, length) = base_of(youngest, shift);
        if counts.len() <= NARROW && (base, length) == base_of(oldest, shift) {
            // All buckets are equally long; the first one ends where its smallest age is.
            count_evenly(run, last - ((first - base) << length), length, counts);
        } else {
            count_each(run, |event| bucket_of(last - event.0, shift) - first, counts);
        }
        true
    }

    /// Bins of event time and their counts.
    pub fn bins(&self, reference: Instant, shift: u32) -> impl Iterator<Item = (i64, u32)> + '_ {
        let last = (line(reference, shift) >> shift) - 1;
        self.0.iter().map(move |(bucket, count)| (last - (ages_of(bucket, shift).0 >> shift), count))
    }

    /// Ages at the reference, by the middles of their buckets, and their counts.
    pub fn ages(&self, reference: Instant, shift: u32) -> impl Iterator<Item = (i64, u32)> + '_ {
        let beyond = line(reference, shift) - 1 - reference.0;
        self.0.iter().map(move |(bucket, count)| {
            let (smallest, length) = ages_of(bucket, shift);
            (smallest + ((1_i64 << length) >> 1) - beyond, count)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::run_counts::tests::block;
    use super::*;
    use crate::random::Substream;
    use crate::units::Period;

    #[test]
    fn each_event_is_counted_in_its_bin_and_near_its_age() {
        let mut stream = Substream::new(6, 0, "test");
        for shift in [16, 17, 22] {
            for octave in 3..16 {
                let reference = Instant((stream.bits() >> 20) as i64);
                let age = (1_i64 << (shift + octave)) - (stream.bits() % (1 << shift)) as i64;
                let event = reference - crate::units::Span(age);
                let mut aged = Aged::default();
                assert!(aged.add(event, reference, shift));
                assert_eq!(aged.bins(reference, shift).collect::<Vec<_>>(), [(event.0 >> shift, 1)]);
                let (found, count) = aged.ages(reference, shift).next().unwrap();
                assert!(count == 1 && (found - age).abs() as f64 <= age as f64 / 192.0 + 1.0, "{found} {age}");
            }
        }
    }

    #[test]
    fn too_young_and_too_old_ones_are_refused() {
        let mut aged = Aged::default();
        let reference = Instant(1 << 50);
        for (bins, takes) in [(0, false), (3, false), (4, true), (BIN_REACH - 1, true), (BIN_REACH, false)] {
            assert_eq!(aged.add(Instant(reference.0 - 1 - (bins << 16)), reference, 16), takes, "{bins}");
        }
        assert!(!aged.add(Instant(reference.0 + 5), reference, 16));
    }

    #[test]
    fn a_run_is_counted_as_its_events_are() {
        let mut stream = Substream::new(7, 0, "test");
        let (mut few, mut narrow, mut wide) = (0, 0, 0);
        for spread in [100_000, 1_000_000, 10_000_000, 200_000_000] {
            let start = 40_000_000_000;
            let block = block(&mut stream, start, spread);
            let rows = block.rows(0..2_000);
            for (reference, shift) in [(60, 17), (900, 22), (3_600, 24), (86_400, 28)] {
                let reference = Instant(start + reference * 1_000_000);
                let (mut row, mut runs) = (0, rows.runs());
                while row < rows.len() {
                    let run = runs.at(row, Period { from: Instant::MIN, to: Instant::MAX });
                    row += run.rows.len();
                    let (mut together, mut each) = (Aged::default(), Aged::default());
                    if !together.add_run(&run, reference, shift) {
                        continue;
                    }
                    assert!(run.event_times().flatten().all(|event| each.add(*event, reference, shift)));
                    assert!(together.bins(reference, shift).eq(each.bins(reference, shift)));
                    assert!(together.ages(reference, shift).eq(each.ages(reference, shift)));
                    let ages: Vec<i64> = together.ages(reference, shift).map(|(age, _)| age).collect();
                    match ages.len() {
                        2..=FEW => few += 1,
                        5..=NARROW => narrow += 1,
                        65.. => wide += 1,
                        _ => {}
                    }
                }
            }
        }
        assert!(few > 30 && narrow > 30 && wide > 10, "{few} {narrow} {wide}");
    }
}
