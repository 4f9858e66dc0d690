//! Sums and extremes over plain rows, found on vector units.

use super::block::Rows;
use super::marks::TOGETHER;
use crate::units::{Instant, Period};

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
    #[inline]
    pub(super) fn add(&mut self, event_time: Instant, arrival: Instant, bytes: u32) {
        self.oldest = self.oldest.min(event_time);
        self.newest = self.newest.max(event_time);
        self.event_times += event_time.0;
        self.arrivals += arrival.0;
        self.bytes += u64::from(bytes);
    }

    /// Adds rows.
    #[inline]
    pub(super) fn add_rows(&mut self, rows: Rows<'_>) {
        for (event_time, arrival) in rows.event_time.iter().zip(rows.arrival) {
            self.add(*event_time, *arrival, 0);
        }
        self.bytes += rows.bytes.sum();
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
    let Sums { oldest: Instant(mut oldest), newest: Instant(mut newest), .. } = Sums::NONE;
    let (mut event_times, mut arrivals) = (0, 0);
    for ((event_time, arrival), mask) in event_time.iter().zip(arrival).zip(&masks) {
        oldest = oldest.min((event_time.0 & mask) | (Instant::MAX.0 & !mask));
        newest = newest.max((event_time.0 & mask) | (Instant::MIN.0 & !mask));
        event_times += event_time.0 & mask;
        arrivals += arrival.0 & mask;
    }
    let sums = Sums { oldest: Instant(oldest), newest: Instant(newest), event_times, arrivals, bytes: 0 };
    (sums, masks.map(|mask| !mask as u8 & 1))
}

/// The bytes of rows that are not marked.
#[inline(always)]
pub(super) fn unmarked_bytes(bytes: &[u32], marks: &[u8; TOGETHER]) -> u64 {
    bytes.iter().zip(marks).map(|(bytes, mark)| u64::from(*bytes) * u64::from(1 - mark)).sum()
}
