//! Sums and extremes over plain rows, found on vector units.

use super::block::Rows;
use super::marks::TOGETHER;
use crate::units::{Instant, Period};
use crate::vector::widest;

/// Sums and extremes over rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// Smallest event time.
    pub oldest: Instant,
    /// Largest event time.
    pub newest: Instant,
    /// Sum of event times, microseconds.
    pub event_times: i64,
    /// Sum of arrivals, microseconds.
    pub arrivals: i64,
    /// Payload bytes.
    pub bytes: u64,
}

impl Sums {
    /// Of no rows.
    pub(super) const NONE: Self =
        Self { oldest: Instant::MAX, newest: Instant::MIN, event_times: 0, arrivals: 0, bytes: 0 };

    /// Adds a row.
    #[cfg(test)]
    pub(super) fn add(&mut self, event_time: Instant, arrival: Instant, bytes: u32) {
        self.oldest = self.oldest.min(event_time);
        self.newest = self.newest.max(event_time);
        self.event_times += event_time.0;
        self.arrivals += arrival.0;
        self.bytes += u64::from(bytes);
    }

    /// Of up to 128 rows, but for those at these places.
    pub(super) fn without(rows: Rows<'_>, odd: impl ExactSizeIterator<Item = usize>) -> Self {
        let (mut masks, mut bytes) = ([!0; TOGETHER], rows.bytes.sum());
        for row in odd {
            masks[row] = 0;
            bytes -= u64::from(rows.bytes[row]);
        }
        let (event_time, arrival) = (rows.event_time, rows.arrival);
        Self { bytes, ..widest(|| unmasked_rows(event_time, arrival, &masks)) }
    }

    /// Whether all event times lie within a period.
    pub(super) fn lies_in(&self, within: Period) -> bool {
        within.contains(self.oldest) && within.contains(self.newest)
    }
}

/// What the plain ones of up to 128 rows add up to, but for their bytes, and marks on the others. Plain rows have all bits of
/// `unnoted` and a delay of at most `reach`, and none below 0.
// Always: else it would not run on vector units. No branch for each row: which are odd is hard to foretell.
#[inline(always)]
pub(super) fn plain_rows(
    event_time: &[Instant],
    arrival: &[Instant],
    unnoted: &[i64; TOGETHER],
    reach: i64,
) -> (Sums, [u8; TOGETHER]) {
    // All bits of a plain row.
    let mut masks = [!0_i64; TOGETHER];
    for (((event_time, arrival), unnoted), mask) in event_time.iter().zip(arrival).zip(unnoted).zip(&mut masks) {
        let delay = (*arrival - *event_time).0;
        *mask = unnoted & -i64::from((delay >= 0) & (delay <= reach));
    }
    let sums = unmasked_rows(event_time, arrival, &masks);
    (sums, masks.map(|mask| !mask as u8 & 1))
}

/// What rows add up to, but for their bytes. Those of which no bit of the mask is set are left out; the others have all.
#[inline(always)]
fn unmasked_rows(event_time: &[Instant], arrival: &[Instant], masks: &[i64; TOGETHER]) -> Sums {
    let Sums { oldest: Instant(mut oldest), newest: Instant(mut newest), .. } = Sums::NONE;
    let (mut event_times, mut arrivals) = (0, 0);
    for ((event_time, arrival), mask) in event_time.iter().zip(arrival).zip(masks) {
        oldest = oldest.min((event_time.0 & mask) | (Instant::MAX.0 & !mask));
        newest = newest.max((event_time.0 & mask) | (Instant::MIN.0 & !mask));
        event_times += event_time.0 & mask;
        arrivals += arrival.0 & mask;
    }
    Sums { oldest: Instant(oldest), newest: Instant(newest), event_times, arrivals, bytes: 0 }
}

/// The bytes of rows that are not marked.
#[inline(always)]
pub(super) fn unmarked_bytes(bytes: &[u32], marks: &[u8; TOGETHER]) -> u64 {
    bytes.iter().zip(marks).map(|(bytes, mark)| u64::from(*bytes) * u64::from(1 - mark)).sum()
}
