//! Measures of the stream itself.

use std::ops::Range;

use crate::histogram::{Histogram, plain_bucket_of};
use crate::units::{Instant, Period};
use crate::vector::widest;
use crate::workload::{Block, LONGEST_RUN, Rows, Run, Tag};

/// Finds the buckets of the delays of a run.
#[inline(always)]
fn find_buckets(arrivals: &[Instant], event_times: &[Instant], buckets: &mut [u32; LONGEST_RUN]) {
    for ((arrival, event_time), bucket) in arrivals.iter().zip(event_times).zip(buckets) {
        *bucket = plain_bucket_of((*arrival - *event_time).0 as u64);
    }
}

/// Watches the deliveries of measured events.
#[derive(Clone, Debug)]
pub struct StreamMeter {
    measured: Period,
    /// True events that happened in the measured period.
    pub events: u64,
    /// Events among them that were lost on the way to the broker.
    pub lost: u64,
    /// First deliveries.
    pub first_deliveries: u64,
    /// Duplicate deliveries.
    pub duplicates: u64,
    /// Deliveries whose event time is below the largest delivered before.
    pub out_of_order: u64,
    /// Sessions whose first event was measured.
    pub sessions: u64,
    /// Events and deliveries of each type.
    pub types: Vec<(u64, u64)>,
    /// All deliveries handed out, measured or not.
    pub simulated: u64,
    delays: Histogram,
    largest: Instant,
    scratch: Scratch,
}

/// Of the rows of a run.
#[derive(Clone, Debug)]
struct Scratch {
    /// The buckets of their delays.
    buckets: [u32; LONGEST_RUN],
    /// The largest event time before each.
    before: [Instant; LONGEST_RUN],
}

impl StreamMeter {
    /// Nothing seen.
    #[must_use]
    pub fn new(measured: Period, types: usize) -> Self {
        Self {
            measured,
            events: 0,
            lost: 0,
            first_deliveries: 0,
            duplicates: 0,
            out_of_order: 0,
            sessions: 0,
            types: vec![(0, 0); types],
            simulated: 0,
            delays: Histogram::default(),
            largest: Instant::MIN,
            scratch: Scratch { buckets: [0; LONGEST_RUN], before: [Instant::MIN; LONGEST_RUN] },
        }
    }

    /// Counts a block.
    pub fn observe(&mut self, block: &Block) {
        self.observe_events(block);
        self.observe_rows(block, 0..block.len());
    }

    /// Counts what happened since the block before.
    pub fn observe_events(&mut self, block: &Block) {
        self.events += block.events_in(self.measured);
        for lost in block.lost.iter().filter(|lost| !lost.known && self.measured.contains(lost.happened)) {
            self.lost += 1;
            self.sessions += u64::from(lost.tag.position == 1);
            if let Some((events, _)) = self.types.get_mut(lost.tag.kind as usize) {
                *events += 1;
            }
        }
    }

    /// Counts some rows of a block.
    pub fn observe_rows(&mut self, block: &Block, range: Range<usize>) {
        self.simulated += range.len() as u64;
        if let Some(tags) = block.tags.get(range.clone()) {
            self.observe_tags(block.rows(range.clone()), tags);
        }
        let rows = block.rows(range);
        let (mut row, mut runs) = (0, rows.runs());
        while row < rows.len() {
            let within = self.period_of(rows.arrival[row]);
            let run = runs.at(row, within);
            row += run.rows.len();
            if within == self.measured {
                self.observe_measured(&run);
                continue;
            }
            let mut odd = run.odd();
            for event_times in run.event_times() {
                self.largest = event_times.iter().fold(self.largest, |largest, at| largest.max(*at));
                odd.next().into_iter().for_each(|odd| self.observe_row(run.rows, odd));
            }
        }
    }

    /// The measured period, or the time before or after it: where most event times lie that arrive then.
    fn period_of(&self, arrival: Instant) -> Period {
        let Period { from, to } = self.measured;
        match arrival {
            before if before < from => Period { from: Instant::MIN, to: from },
            after if after >= to => Period { from: to, to: Instant::MAX },
            _ => self.measured,
        }
    }

    /// Counts rows of which the plain ones are measured.
    fn observe_measured(&mut self, run: &Run<'_>) {
        let (arrivals, event_times) = (run.rows.arrival, run.rows.event_time);
        let buckets = &mut self.scratch.buckets;
        widest(move || find_buckets(arrivals, event_times, buckets));
        self.delays.record_buckets(&self.scratch.buckets[..arrivals.len()]);
        let (mut largest, mut out_of_order) = (self.largest, 0);
        for (event_time, before) in event_times.iter().zip(&mut self.scratch.before) {
            *before = largest;
            out_of_order += u64::from(*event_time < largest);
            largest = largest.max(*event_time);
        }
        self.largest = largest;
        self.out_of_order += out_of_order;
        self.first_deliveries += run.plain() as u64;
        // All rows were counted as plain ones: which are odd is hard to foretell.
        for odd in run.odd() {
            let behind = event_times[odd] < self.scratch.before[odd];
            self.out_of_order -= u64::from(behind);
            self.delays.take_back(self.scratch.buckets[odd]);
            self.observe_odd(run.rows, odd, behind);
        }
        // Looked for only where one may be longer than all before.
        let last = arrivals.last().filter(|_| run.plain() > 0);
        if last.is_some_and(|last| (*last - run.sums.oldest).0 as u64 > self.delays.largest()) {
            let plain = run.stretches().flatten();
            let longest = plain.map(|row| (arrivals[row] - event_times[row]).0 as u64).max();
            self.delays.reach(longest.unwrap_or_default());
        }
    }

    fn observe_row(&mut self, rows: Rows<'_>, row: usize) {
        let behind = rows.event_time[row] < self.largest;
        self.largest = self.largest.max(rows.event_time[row]);
        self.observe_odd(rows, row, behind);
    }

    /// Counts a row, whose event time is below the largest before it, or not.
    fn observe_odd(&mut self, rows: Rows<'_>, row: usize, behind: bool) {
        let (earlier, happened) = rows.history(row);
        if self.measured.contains(happened) {
            let duplicate = earlier.is_some();
            self.duplicates += u64::from(duplicate);
            self.first_deliveries += u64::from(!duplicate);
            self.out_of_order += u64::from(behind);
            self.delays.record((rows.arrival[row] - happened).0.max(0) as u64);
        }
    }

    /// Counts sessions and types: by first deliveries, with the lost events one for each event.
    fn observe_tags(&mut self, rows: Rows<'_>, tags: &[Tag]) {
        for (row, tag) in tags.iter().enumerate().filter(|(row, _)| self.measured.contains(rows.happened(*row))) {
            let first = rows.earlier(row).is_none();
            self.sessions += u64::from(first && tag.position == 1);
            if let Some((events, deliveries)) = self.types.get_mut(tag.kind as usize) {
                *events += u64::from(first);
                *deliveries += 1;
            }
        }
    }

    /// Delay in seconds at p50, p95, p99 and the largest.
    #[must_use]
    pub fn delays(&self) -> [Option<f64>; 4] {
        let quantile = |q| self.delays.quantile(q).map(|micros| micros as f64 / 1e6);
        let longest = (self.delays.total() > 0).then_some(self.delays.largest() as f64 / 1e6);
        [quantile(0.5), quantile(0.95), quantile(0.99), longest]
    }
}
