//! Sections of a block: stretches of plain rows, summed up once for all pipelines.
//!
//! Nearly all rows are first deliveries that come soon after their events. A section holds consecutive ones, with the sums
//! and extremes that every pipeline asks for, so that none has to look at each row for them. What sections there are
//! changes no result: a row outside of them is taken by itself.

use super::block::Rows;
use crate::units::{Instant, Period, Span};

/// Rows of a section at most: few enough to lie within one window as a rule, and for sums of instants in 64 bits.
const LONGEST: usize = 64;
/// A delay above this many mean delays ends a section: such a row seldom belongs to the newest window.
const FAR: i64 = 16;
/// Delays, and arrivals from the start, of which 64 sums fit 64 bits: 142 years.
const WIDEST: Span = Span(1 << 52);

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
    const NONE: Self = Self { oldest: Instant::MAX, newest: Instant::MIN, event_times: 0, arrivals: 0, bytes: 0 };

    #[inline]
    fn add(&mut self, event_time: Instant, arrival: Instant, bytes: u32) {
        self.oldest = self.oldest.min(event_time);
        self.newest = self.newest.max(event_time);
        self.event_times += event_time.0;
        self.arrivals += arrival.0;
        self.bytes += u64::from(bytes);
    }
}

/// Consecutive plain rows of a block.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    from: usize,
    to: usize,
    sums: Sums,
}

/// The sections of a block, in order.
#[derive(Clone, Debug)]
pub struct Sections {
    all: Vec<Section>,
    /// The longest delay of a row in a section, as the last block suggested.
    reach: Span,
}

impl Default for Sections {
    fn default() -> Self {
        Self { all: Vec::new(), reach: WIDEST }
    }
}

impl Sections {
    /// Forgets the rows of the last block.
    pub(super) fn clear(&mut self) {
        self.all.clear();
    }

    pub(super) fn as_slice(&self) -> &[Section] {
        &self.all
    }

    /// Finds the sections of a block with these columns.
    pub(super) fn find(&mut self, arrival: &[Instant], event_time: &[Instant], bytes: &[u32], note: &[u32]) {
        self.all.clear();
        let ends = [arrival.first(), arrival.last()];
        if ends.into_iter().flatten().any(|at| at.0.unsigned_abs() > WIDEST.0.unsigned_abs()) {
            return;
        }
        let (mut from, mut sums) = (0, Sums::NONE);
        let rows = arrival.iter().zip(event_time).zip(bytes).zip(note);
        for (row, (((arrival, event_time), bytes), note)) in rows.enumerate() {
            let plain = *note == 0 && (*arrival - *event_time).0.unsigned_abs() <= self.reach.0.unsigned_abs();
            if plain && row - from < LONGEST {
                sums.add(*event_time, *arrival, *bytes);
                continue;
            }
            self.close(from, row, sums);
            (from, sums) = (row, Sums::NONE);
            if plain {
                sums.add(*event_time, *arrival, *bytes);
            } else {
                from += 1;
            }
        }
        self.close(from, arrival.len(), sums);
        let inside: usize = self.all.iter().map(|section| section.to - section.from).sum();
        let delays = self.all.iter().map(|of| i128::from(of.sums.arrivals) - i128::from(of.sums.event_times));
        let delays: i128 = delays.sum();
        self.reach = if 2 * inside > arrival.len() {
            let mean = (delays / inside as i128).clamp(1, i128::from(WIDEST.0 / FAR)) as i64;
            Span(mean * FAR)
        } else {
            WIDEST
        };
    }

    #[inline]
    fn close(&mut self, from: usize, to: usize, sums: Sums) {
        if to > from {
            self.all.push(Section { from, to, sums });
        }
    }
}

/// Consecutive first deliveries that carry their true event time: what a pipeline can take in bulk.
#[derive(Clone, Copy, Debug)]
pub struct PlainRun<'a> {
    /// The rows, at least one.
    pub rows: Rows<'a>,
    /// What they add up to.
    pub sums: Sums,
}

impl<'a> PlainRun<'a> {
    fn of(rows: Rows<'a>) -> Self {
        let mut sums = Sums::NONE;
        for ((event_time, arrival), bytes) in rows.event_time.iter().zip(rows.arrival).zip(rows.bytes) {
            sums.add(*event_time, *arrival, *bytes);
        }
        Self { rows, sums }
    }

    /// The first `count` rows.
    #[must_use]
    #[inline]
    pub fn first(self, count: usize) -> Self {
        if count == self.rows.len() { self } else { Self::of(self.rows.part(0..count)) }
    }
}

/// Finds runs of plain rows, from the first row to the last.
#[derive(Clone, Debug)]
pub struct Runs<'a> {
    rows: Rows<'a>,
    sections: &'a [Section],
}

impl<'a> Runs<'a> {
    pub(super) fn new(rows: Rows<'a>, sections: &'a [Section]) -> Self {
        let passed = sections.partition_point(|section| section.to <= rows.first());
        Self { rows, sections: &sections[passed..] }
    }

    /// The plain rows from `row` on with an event time in `within`; `None` when `row` is not one. To be asked for rising
    /// rows.
    #[inline]
    pub fn at(&mut self, row: usize, within: Period) -> Option<PlainRun<'a>> {
        let place = self.rows.first() + row;
        while self.sections.first()?.to <= place {
            self.sections = &self.sections[1..];
        }
        let section = self.sections.first()?;
        if section.from > place {
            return None;
        }
        let end = (section.to - self.rows.first()).min(self.rows.len());
        if within.contains(section.sums.oldest) && within.contains(section.sums.newest) {
            let rows = self.rows.part(row..end);
            let whole = section.from == place && rows.len() == section.to - section.from;
            return Some(if whole { PlainRun { rows, sums: section.sums } } else { PlainRun::of(rows) });
        }
        let inside = self.rows.event_time[row..end].iter().take_while(|event_time| within.contains(**event_time));
        let count = inside.count();
        (count > 0).then(|| PlainRun::of(self.rows.part(row..row + count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;
    use crate::workload::Block;

    /// Delays of a second or so; some rows are far behind, some noted.
    fn block(stream: &mut Substream, rows: usize) -> Block {
        let mut block = Block::default();
        let mut now = 1_000_000_000;
        for _ in 0..rows {
            now += (stream.bits() % 2_000) as i64;
            let late = if stream.bits().is_multiple_of(40) { 500_000_000 } else { 0 };
            block.arrival.push(Instant(now));
            block.event_time.push(Instant(now - late - (stream.bits() % 1_000_000) as i64));
            block.bytes.push((stream.bits() % 900) as u32);
            block.key.push(0);
            block.note.push(u32::from(stream.bits().is_multiple_of(30)));
        }
        block
    }

    /// A block whose sections know, or do not know, which delays are usual.
    fn sealed(stream: &mut Substream, before: usize) -> Block {
        let mut block = block(stream, 3_000);
        (0..=before).for_each(|_| block.seal());
        block
    }

    #[test]
    fn runs_are_the_plain_rows_within_a_period_however_they_are_cut() {
        let mut stream = Substream::new(5, 0, "test");
        let (mut taken, mut rows_left) = (0, 0);
        for before in [0, 1] {
            let block = sealed(&mut stream, before);
            let middle = block.arrival[1_500];
            for within in [Period { from: Instant::MIN, to: Instant::MAX }, Period { from: Instant(0), to: middle }] {
                for range in [0..3_000, 7..9, 100..2_222] {
                    let rows = block.rows(range.clone());
                    let (mut runs, mut row) = (rows.runs(), 0);
                    while row < rows.len() {
                        let Some(run) = runs.at(row, within) else {
                            row += 1;
                            rows_left += 1;
                            continue;
                        };
                        let part = range.start + row..range.start + row + run.rows.len();
                        assert!(run.rows.len() <= LONGEST && !run.rows.is_empty());
                        assert!(block.note[part.clone()].iter().all(|note| *note == 0));
                        let events = &block.event_time[part.clone()];
                        assert!(events.iter().all(|event| within.contains(*event)));
                        assert_eq!(run.sums.oldest, *events.iter().min().unwrap());
                        assert_eq!(run.sums.newest, *events.iter().max().unwrap());
                        assert_eq!(run.sums.event_times, events.iter().map(|at| at.0).sum::<i64>());
                        assert_eq!(run.sums.arrivals, block.arrival[part.clone()].iter().map(|at| at.0).sum::<i64>());
                        assert_eq!(run.sums.bytes, block.bytes[part].iter().map(|of| u64::from(*of)).sum::<u64>());
                        row += run.rows.len();
                        taken += run.rows.len();
                    }
                }
            }
        }
        assert!(taken > 4 * rows_left && rows_left > 500, "{taken} {rows_left}");
    }
}
