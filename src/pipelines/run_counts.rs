//! Plain events of a run, counted by buckets of time.
//!
//! Buckets are told from the newest on. Rows of a run lie close together: most runs are in one bucket, or in a few.

use super::cohort::BIN_REACH;
use crate::histogram::Stretch;
use crate::units::Instant;
use crate::vector::widest;
use crate::workload::{LONGEST_RUN, Run};

/// Buckets of a run that are told apart by their edges.
pub(super) const FEW: usize = 4;
/// Buckets of a run that are counted in turns.
pub(super) const NARROW: usize = 64;

/// Counts the plain events of a run by bins of event time of `1 << shift` microseconds.
pub(super) fn count_bins(run: &Run<'_>, shift: u32, bins: &mut Stretch) {
    let (first, last) = (run.sums.oldest.0 >> shift, run.sums.newest.0 >> shift);
    if first == last {
        bins.add_many(first, run.plain() as u32, BIN_REACH);
        return;
    }
    let mut counts = [0; NARROW];
    let Some(counts) = usize::try_from(last - first).ok().and_then(|length| counts.get_mut(..=length)) else {
        run.event_times().flatten().for_each(|event| bins.add(event.0 >> shift, BIN_REACH));
        return;
    };
    let newest = ((last + 1) << shift) - 1;
    if counts.len() <= FEW {
        count_by_edges(run, |older| newest - ((older as i64) << shift), counts);
    } else {
        count_evenly(run, newest, shift, counts);
    }
    for (bin, count) in (first..).zip(counts.iter().rev()).filter(|(_, count)| **count > 0) {
        bins.add_many(bin, *count, BIN_REACH);
    }
}

/// Counts the plain events of a run in few buckets, from the youngest on: `latest(n)` is the largest event time of bucket n.
#[inline]
pub(super) fn count_by_edges(run: &Run<'_>, latest: impl Fn(usize) -> i64, counts: &mut [u32]) {
    let edges: [i64; FEW - 1] =
        std::array::from_fn(|edge| if edge + 1 < counts.len() { latest(edge + 1) } else { i64::MIN });
    // How many events are in later buckets: no count waits for the one before.
    let mut later = widest(|| {
        let mut later = [0_u64; FEW - 1];
        for event in run.rows.event_time {
            later.iter_mut().zip(edges).for_each(|(later, edge)| *later += u64::from(event.0 <= edge));
        }
        later
    });
    for event in run.odd().map(|odd| run.rows.event_time[odd]) {
        later.iter_mut().zip(edges).for_each(|(later, edge)| *later -= u64::from(event.0 <= edge));
    }
    let mut within = run.plain() as u64;
    for (bucket, count) in counts.iter_mut().enumerate() {
        let later = later.get(bucket).copied().unwrap_or_default();
        *count += (within - later) as u32;
        within = later;
    }
}

/// Counts the plain events of a run, each in the bucket that it is told.
#[inline]
pub(super) fn count_each(run: &Run<'_>, bucket: impl Fn(Instant) -> i64, counts: &mut [u32]) {
    for event in run.event_times().flatten() {
        if let Some(count) = counts.get_mut(bucket(*event) as usize) {
            *count += 1;
        }
    }
}

/// Counts the plain events of a run in few buckets of `1 << length` each, of which the first ends at `last`.
#[inline]
pub(super) fn count_evenly(run: &Run<'_>, last: i64, length: u32, counts: &mut [u32]) {
    let events = run.rows.event_time;
    let mut buckets = [0_u64; LONGEST_RUN];
    let places = &mut buckets;
    widest(move || find_even_buckets(events, last, length, places));
    // Events that follow each other often share a bucket, and a count would wait for the one before: they take turns.
    let mut turns = [[0_u8; NARROW]; 4];
    let (fours, rest) = buckets[..events.len()].as_chunks::<4>();
    for four in fours {
        turns.iter_mut().zip(four).for_each(|(turn, bucket)| turn[*bucket as usize % NARROW] += 1);
    }
    turns.iter_mut().zip(rest).for_each(|(turn, bucket)| turn[*bucket as usize % NARROW] += 1);
    // Odd ones were counted somewhere: to tell them apart before takes longer than to take them back.
    for odd in run.odd() {
        turns[odd % 4][buckets[odd] as usize % NARROW] -= 1;
    }
    let [a, b, c, d] = &turns;
    for ((((count, a), b), c), d) in counts.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *count += u32::from(*a) + u32::from(*b) + u32::from(*c) + u32::from(*d);
    }
}

/// Finds the buckets of events; of what lies in none, some number.
#[inline(always)]
fn find_even_buckets(events: &[Instant], last: i64, length: u32, buckets: &mut [u64; LONGEST_RUN]) {
    for (event, bucket) in events.iter().zip(buckets) {
        *bucket = last.wrapping_sub(event.0) as u64 >> length;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::random::Substream;
    use crate::units::Period;
    use crate::workload::{Block, Note};

    /// 2,000 rows that arrive from `start` on, a millisecond apart, with delays below `spread`; some are odd.
    pub fn block(stream: &mut Substream, start: i64, spread: u64) -> Block {
        let mut block = Block::default();
        for row in 0..2_000 {
            let arrival = start + row * 1_000;
            block.arrival.push(Instant(arrival));
            block.event_time.push(Instant(arrival - (stream.bits() % spread) as i64));
            block.key.push(0);
            block.bytes.push(1);
            if stream.bits().is_multiple_of(20) {
                block.notes.push(block.arrival.len() - 1, Note::default());
            }
        }
        block.seal();
        block
    }

    #[test]
    fn a_run_is_counted_by_bins_as_its_events_are() {
        let mut stream = Substream::new(8, 0, "test");
        let (mut one, mut few, mut narrow, mut wide) = (0, 0, 0, 0);
        for spread in [1_000, 200_000, 3_000_000, 20_000_000] {
            // About time 0, so that bins are on both sides of it.
            let block = block(&mut stream, -1_000_000, spread);
            let rows = block.rows(0..2_000);
            for shift in [16, 18, 23] {
                let (mut together, mut each) = (Stretch::default(), Stretch::default());
                let (mut row, mut runs) = (0, rows.runs());
                while row < rows.len() {
                    let run = runs.at(row, Period { from: Instant::MIN, to: Instant::MAX });
                    row += run.rows.len();
                    if run.plain() == 0 {
                        continue;
                    }
                    count_bins(&run, shift, &mut together);
                    run.event_times().flatten().for_each(|event| each.add(event.0 >> shift, BIN_REACH));
                    assert!(together.iter().eq(each.iter()));
                    match (run.sums.newest.0 >> shift) - (run.sums.oldest.0 >> shift) {
                        0 => one += 1,
                        1..4 => few += 1,
                        4..64 => narrow += 1,
                        _ => wide += 1,
                    }
                }
            }
        }
        assert!(one > 20 && few > 20 && narrow > 20 && wide > 10, "{one} {few} {narrow} {wide}");
    }
}
