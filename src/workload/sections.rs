//! Sections of a block: some rows each, of which the plain ones are summed up once for all pipelines.
//!
//! Nearly all rows are plain: first deliveries that come soon after their events. A section holds the sums and extremes
//! of its plain rows, which every pipeline asks for, so that none has to look at each row for them, and says which of its rows
//! are odd. What is plain changes no result: a pipeline takes odd rows one by one.

use std::ops::Range;

use super::block::Rows;
use super::marks::{TOGETHER, each_marked};
use super::notes::Notes;
use super::sums::{Sums, plain_rows, unmarked_bytes};
use super::values::Values;
use crate::units::{Instant, Period, Span};
use crate::vector::widest;

/// Rows of a section at most: few enough to lie within one window as a rule, and for sums of instants in 64 bits.
pub const LONGEST: usize = TOGETHER;
/// A delay above this many mean delays makes a row odd: it seldom belongs to the newest window.
const FAR: i64 = 16;
/// Delays, and arrivals from the start, of which 128 sums fit 64 bits: 142 years.
const WIDEST: Span = Span((1 << 52) - 1);

/// Consecutive rows of a block.
#[derive(Clone, Copy, Debug)]
struct Section {
    rows: usize,
    sums: Sums,
    /// Where its odd rows end in the list of all.
    odd: usize,
}

/// The sections of a block, in order; each has 128 rows, but for the last.
#[derive(Clone, Debug)]
pub struct Sections {
    all: Vec<Section>,
    /// Rows that are not plain, by their places in the block.
    odd: Vec<u32>,
    /// The longest delay of a plain row, as the last block suggested; none is negative.
    reach: Span,
}

impl Default for Sections {
    fn default() -> Self {
        Self { all: Vec::new(), odd: Vec::new(), reach: WIDEST }
    }
}

impl Sections {
    /// Forgets the rows of the last block, but not which delays are usual.
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.odd.clear();
    }

    /// Finds further sections of a block with these columns, which may grow; the last one, if it is shorter, only when `all` rows
    /// are there.
    pub(super) fn find(
        &mut self,
        arrival: &[Instant],
        event_time: &[Instant],
        bytes: Values<'_>,
        notes: &Notes,
        all: bool,
    ) {
        let found = self.all.len() * LONGEST;
        let columns = [event_time, arrival].map(|column| column.get(found..).unwrap_or_default().chunks(LONGEST));
        let [event_times, arrivals] = columns;
        let reach = self.reach.0;
        for (event_time, arrival) in event_times.zip(arrivals) {
            let (first, rows) = (self.all.len() * LONGEST, arrival.len());
            let far = |at: &Instant| at.0.unsigned_abs() > WIDEST.0.unsigned_abs();
            if (rows < LONGEST && !all) || [arrival.first(), arrival.last()].into_iter().flatten().any(far) {
                return;
            }
            let mut unnoted = [!0; TOGETHER];
            notes.each_in(first..first + rows, |row| unnoted[row - first] = 0);
            let (mut sums, odd) = widest(|| plain_rows(event_time, arrival, &unnoted, reach));
            let before = self.odd.len();
            each_marked(&odd, |row| self.odd.push((first + row) as u32));
            sums.bytes = match bytes.part(first..first + rows) {
                Values::Alike(bytes, _) => u64::from(bytes) * (rows + before - self.odd.len()) as u64,
                Values::Each(bytes) => widest(|| unmarked_bytes(bytes, &odd)),
            };
            self.all.push(Section { rows, sums, odd: self.odd.len() });
        }
    }

    /// Takes from the plain rows which delays are usual.
    pub(super) fn learn(&mut self) {
        let rows: usize = self.all.iter().map(|of| of.rows).sum();
        let plain = rows - self.odd.len();
        let delays = self.all.iter().map(|of| i128::from(of.sums.arrivals) - i128::from(of.sums.event_times));
        let delays: i128 = delays.sum();
        self.reach = if 2 * plain > rows {
            let mean = (delays / plain as i128).clamp(1, i128::from(WIDEST.0 / FAR)) as i64;
            Span(mean * FAR)
        } else {
            WIDEST
        };
    }

    /// A section, and the places of its odd rows.
    #[inline]
    fn get(&self, place: usize) -> Option<(&Section, &[u32])> {
        let section = self.all.get(place)?;
        let start = place.checked_sub(1).and_then(|before| self.all.get(before)).map_or(0, |before| before.odd);
        Some((section, self.odd.get(start..section.odd)?))
    }
}

/// Consecutive rows, of which a pipeline can take the plain ones in bulk: first deliveries that carry their true event time.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// All rows, at least one.
    pub rows: Rows<'a>,
    /// What the plain ones add up to.
    pub sums: Sums,
    /// The others, by their places in the block.
    odd: &'a [u32],
}

/// Part of a run, in order.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// Plain rows.
    Plain(Run<'a>),
    /// Another row, by its number in the run.
    Odd(usize),
}

impl<'a> Run<'a> {
    /// Rows between odd ones.
    fn of(rows: Rows<'a>, odd: &'a [u32]) -> Self {
        let first = rows.first();
        let sums = Sums::without(rows, odd.iter().map(|place| *place as usize - first));
        Self { rows, sums, odd }
    }

    /// Number of plain rows.
    #[must_use]
    #[inline]
    pub fn plain(&self) -> usize {
        self.rows.len() - self.odd.len()
    }

    /// What event times the plain rows have.
    #[must_use]
    #[inline]
    pub fn events(&self) -> Period {
        Period { from: self.sums.oldest, to: self.sums.newest + Span(1) }
    }

    /// The largest event time of all rows.
    #[inline]
    pub fn newest(&self) -> Instant {
        self.odd().map(|odd| self.rows.event_time[odd]).fold(self.sums.newest, Instant::max)
    }

    /// The odd rows, by their numbers in the run.
    #[inline]
    pub fn odd(&self) -> impl Iterator<Item = usize> + use<'a> {
        let first = self.rows.first();
        self.odd.iter().map(move |place| *place as usize - first)
    }

    /// The plain rows, as they lie between odd ones, by their numbers in the run; some of these stretches may be empty.
    #[inline]
    pub fn stretches(&self) -> impl Iterator<Item = Range<usize>> + use<'a> {
        let (mut odd, mut from) = (self.odd(), Some(0));
        let length = self.rows.len();
        std::iter::from_fn(move || {
            let start = from?;
            let next = odd.next();
            from = next.map(|odd| odd + 1);
            Some(start..next.unwrap_or(length))
        })
    }

    /// The event times of the plain rows, stretch by stretch.
    #[inline]
    pub fn event_times(&self) -> impl Iterator<Item = &'a [Instant]> + use<'a> {
        let all = self.rows.event_time;
        self.stretches().map(|stretch| all.get(stretch).unwrap_or_default())
    }

    /// All rows in order: a stretch of plain ones, which may be empty, and the odd one after it.
    #[inline]
    pub fn parts(&self) -> impl Iterator<Item = (Range<usize>, Option<usize>)> + use<'a> {
        self.stretches().zip(self.odd().map(Some).chain([None]))
    }

    /// All rows in order.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'a>> + use<'a> {
        let rows = self.rows;
        self.parts().flat_map(move |(stretch, odd)| {
            let plain = (!stretch.is_empty()).then(|| Piece::Plain(Self::of(rows.part(stretch), &[])));
            [plain, odd.map(Piece::Odd)].into_iter().flatten()
        })
    }

    /// All but the first `count` rows.
    #[must_use]
    pub fn without(&self, count: usize) -> Self {
        if count == 0 {
            return *self;
        }
        let start = self.rows.first() + count;
        let passed = self.odd.partition_point(|place| (*place as usize) < start);
        Self::of(self.rows.part(count.min(self.rows.len())..self.rows.len()), &self.odd[passed..])
    }

    /// The first `count` rows.
    #[must_use]
    #[inline]
    pub fn first(&self, count: usize) -> Self {
        if count == self.rows.len() {
            return *self;
        }
        let end = self.rows.first() + count;
        Self::of(self.rows.part(0..count), &self.odd[..self.odd.partition_point(|place| (*place as usize) < end)])
    }
}

/// Cuts rows into runs, from the first row to the last.
#[derive(Clone, Debug)]
pub struct Runs<'a> {
    rows: Rows<'a>,
    sections: &'a Sections,
    /// Odd rows of a run that no section has.
    odd: Vec<u32>,
}

impl<'a> Runs<'a> {
    pub(super) fn new(rows: Rows<'a>, sections: &'a Sections) -> Self {
        Self { rows, sections, odd: Vec::new() }
    }

    /// The run that begins at `row`. Its plain rows have an event time in `within`; others are odd.
    #[inline]
    pub fn at(&mut self, row: usize, within: Period) -> Run<'_> {
        let first = self.rows.first();
        let place = first + row;
        let Some((section, odd)) = self.sections.get(place / LONGEST) else { return self.alone(row) };
        let end = (place / LONGEST * LONGEST + section.rows - first).min(self.rows.len());
        let rows = self.rows.part(row..end);
        let lies_within = section.sums.lies_in(within);
        // It begins with the section if it is as long.
        if lies_within && rows.len() == section.rows {
            return Run { rows, sums: section.sums, odd };
        }
        let before = |place: usize| odd.partition_point(|odd| (*odd as usize) < place);
        let odd = &odd[before(place)..before(first + end)];
        if lies_within { Run::of(rows, odd) } else { self.partly(rows, odd, within) }
    }

    /// A run of one row that may be anything.
    fn alone(&mut self, row: usize) -> Run<'_> {
        let rows = self.rows.part(row..row + 1);
        self.odd.clear();
        self.odd.push(rows.first() as u32);
        Run { rows, sums: Sums::NONE, odd: &self.odd }
    }

    /// A run of which not all plain rows lie within.
    #[cold]
    fn partly(&mut self, rows: Rows<'a>, odd: &[u32], within: Period) -> Run<'_> {
        self.odd.clear();
        let mut odd = odd.iter().copied().peekable();
        for (place, event_time) in (rows.first() as u32..).zip(rows.event_time) {
            if odd.next_if_eq(&place).is_some() || !within.contains(*event_time) {
                self.odd.push(place);
            }
        }
        Run::of(rows, &self.odd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;
    use crate::workload::{Block, Note};

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
            if stream.bits().is_multiple_of(30) {
                block.notes.push(block.arrival.len() - 1, Note::default());
            }
        }
        block
    }

    /// What a run says of itself must be true of its rows; gives how many are plain.
    fn check(block: &Block, run: &Run<'_>, within: Period) -> usize {
        let first = run.rows.first();
        let odd: Vec<usize> = run.odd().collect();
        assert!(odd.is_sorted() && run.rows.len() <= LONGEST && !run.rows.is_empty());
        let plain: Vec<usize> = (0..run.rows.len()).filter(|row| !odd.contains(row)).map(|row| first + row).collect();
        assert!(plain.iter().all(|row| block.notes.get(*row).is_none() && within.contains(block.event_time[*row])));
        let mut sums = Sums::NONE;
        plain.iter().for_each(|row| sums.add(block.event_time[*row], block.arrival[*row], block.bytes.values()[*row]));
        assert_eq!((run.sums, run.plain()), (sums, plain.len()));
        let stretches = run.stretches().flat_map(|stretch| first + stretch.start..first + stretch.end);
        assert_eq!(stretches.collect::<Vec<_>>(), plain);
        plain.len()
    }

    fn check_rest(block: &Block, run: &Run<'_>, within: Period) {
        if !run.rows.is_empty() {
            check(block, run, within);
        }
    }

    #[test]
    fn runs_cover_all_rows_and_are_what_they_say_however_they_are_cut() {
        let mut stream = Substream::new(5, 0, "test");
        let (mut plain, mut rows_seen) = (0, 0);
        // Sections that know, or do not know, which delays are usual; rows without sections.
        for seals in [2, 1, 0] {
            let mut block = block(&mut stream, 3_000);
            for _ in 0..seals {
                block.sections.clear();
                block.seal();
            }
            let middle = block.arrival[1_500];
            for within in [Period { from: Instant::MIN, to: Instant::MAX }, Period { from: Instant(0), to: middle }] {
                for range in [0..3_000, 7..9, 100..2_222, 2_900..3_000, 2_950..2_999] {
                    let rows = block.rows(range.clone());
                    let (mut runs, mut row) = (rows.runs(), 0);
                    while row < rows.len() {
                        let run = runs.at(row, within);
                        assert_eq!(run.rows.first(), range.start + row);
                        row += run.rows.len();
                        rows_seen += run.rows.len();
                        plain += check(&block, &run, within);
                        let half = run.first(run.rows.len().div_ceil(2));
                        check(&block, &half, within);
                        check_rest(&block, &run.without(half.rows.len()), within);
                        let in_order = run.pieces().flat_map(|piece| match piece {
                            Piece::Plain(part) => {
                                assert_eq!(check(&block, &part, within), part.rows.len());
                                part.rows.first()..part.rows.first() + part.rows.len()
                            }
                            Piece::Odd(odd) => run.rows.first() + odd..run.rows.first() + odd + 1,
                        });
                        assert!(in_order.eq(run.rows.first()..run.rows.first() + run.rows.len()));
                    }
                    assert_eq!(row, rows.len());
                }
            }
        }
        assert!(plain > rows_seen / 3 && rows_seen - plain > 500, "{plain} of {rows_seen}");
    }
}
