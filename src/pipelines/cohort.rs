//! Events that become visible together, summed up instead of remembered one by one.
//!
//! A run, a window or a checkpoint makes many events visible at one instant that is not known when
//! they arrive. What the measures need of them is kept in counts: ages against a reference
//! instant by log-linear bucket, and events by short bins of event time. So memory does not grow
//! with the number of events held.
//!
//! An event some bins old is counted once for both: buckets of its age are laid out so that each lies within one bin
//! ([`Aged`]).

use std::collections::BTreeMap;

use super::aged::Aged;
use super::run_counts::count_bins;
use crate::histogram::{Counts, Stretch};
use crate::units::{Instant, Period, Span};
use crate::workload::Run;

/// Bins of event time that a cohort keeps at most; older ones matter to no measure.
pub const BIN_REACH: i64 = 1 << 16;

/// Held events.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// Ages are counted from here back.
    pub reference: Instant,
    /// log₂ of the length of a bin of event time, microseconds.
    pub bin_shift: u32,
    /// Measured events in the first publication of their window or period.
    pub on_time: u64,
    /// Measured events that come later than that.
    pub late: u64,
    /// Measured duplicates counted by mistake.
    pub leaked: u64,
    /// Measured events at least four bins old, by age and bin.
    aged: Aged,
    /// Ages of the other measured events at `reference`.
    ages: Counts,
    /// Ages at `reference` that are kept one by one, microseconds; below 0 where an event happened after it. They
    /// may be nearly as long as the stretch between `reference` and the publication, and a bucket of that would be
    /// too coarse for what is left: of events younger than `reference` (senders whose clocks are behind) all, of
    /// others `most_singles`.
    pub singles: Vec<i64>,
    /// Up to so many ages are kept one by one even if they are not below 0: for what may become visible well before
    /// `reference`.
    pub most_singles: usize,
    /// All other events by bin of event time, measured or not; with [`Self::unfold`] all events.
    bins: Stretch,
    unfolded: bool,
    /// Sum of event times of measured events, microseconds; likewise the following.
    pub event_times: i128,
    /// Sum of arrivals.
    pub arrivals: i128,
    /// Sum of starts of processing.
    pub started: i128,
    /// Sum of ends of processing.
    pub processed: i128,
    /// Smallest event time of a measured event; [`Instant::MAX`] without one.
    pub oldest: Instant,
    /// Largest event time of any event; [`Instant::MIN`] without one.
    pub newest: Instant,
    /// Whether bad data in it was repaired before its publication.
    pub repaired: bool,
    /// All events by partition of the sink's table, if it is one.
    pub partitions: Option<Box<Partitions>>,
}

/// Counts by partition of a table: equal lengths of event time.
#[derive(Clone, Debug, PartialEq)]
pub struct Partitions {
    length: Span,
    origin: Instant,
    counts: BTreeMap<i64, u64>,
}

impl Partitions {
    /// Nothing counted; partitions are multiples of `length` from `origin` on.
    #[must_use]
    pub fn new(length: Span, origin: Instant) -> Self {
        Self { length, origin, counts: BTreeMap::new() }
    }

    fn add(&mut self, event: Instant) {
        *self.counts.entry((event - self.origin).0.div_euclid(self.length.0)).or_insert(0) += 1;
    }

    /// Partitions and their events.
    pub fn iter(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        self.counts.iter().map(|(partition, count)| (*partition, *count))
    }
}

impl Cohort {
    /// An empty cohort.
    #[must_use]
    pub fn new(reference: Instant, bin_shift: u32) -> Self {
        Self {
            reference,
            bin_shift,
            on_time: 0,
            late: 0,
            leaked: 0,
            aged: Aged::default(),
            ages: Counts::default(),
            singles: Vec::new(),
            most_singles: 0,
            bins: Stretch::default(),
            unfolded: false,
            event_times: 0,
            arrivals: 0,
            started: 0,
            processed: 0,
            oldest: Instant::MAX,
            newest: Instant::MIN,
            repaired: false,
            partitions: None,
        }
    }

    /// Takes what is in it and leaves an empty one.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let mut empty = Self::new(self.reference, self.bin_shift);
        empty.most_singles = self.most_singles;
        empty.partitions = self.partitions.as_ref().map(|of| Box::new(Partitions::new(of.length, of.origin)));
        std::mem::replace(self, empty)
    }

    /// Number of measured events.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.on_time + self.late
    }

    /// Whether no event at all is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.newest == Instant::MIN && self.leaked == 0
    }

    /// Adds an event; its start and end of processing are still to be told.
    #[inline]
    pub fn add(&mut self, event: Instant, arrival: Instant, on_time: bool, measured: &Period) {
        self.newest = self.newest.max(event);
        if let Some(partitions) = &mut self.partitions {
            partitions.add(event);
        }
        if !measured.contains(event) {
            self.bins.add(event.0 >> self.bin_shift, BIN_REACH);
            return;
        }
        self.on_time += u64::from(on_time);
        self.late += u64::from(!on_time);
        self.event_times += i128::from(event.0);
        self.arrivals += i128::from(arrival.0);
        self.oldest = self.oldest.min(event);
        self.add_age(event);
    }

    /// Counts a measured event by age and by bin.
    #[inline]
    fn add_age(&mut self, event: Instant) {
        let single = self.singles.len() < self.most_singles;
        if !single && self.aged.add(event, self.reference, self.bin_shift) {
            return;
        }
        self.bins.add(event.0 >> self.bin_shift, BIN_REACH);
        let age = (self.reference - event).0;
        if age < 0 || single {
            self.singles.push(age);
        } else {
            self.ages.record(age as u64);
        }
    }

    /// Adds the plain events of a run, all on time or none. Gives how many are measured.
    #[inline]
    pub fn add_run(&mut self, run: &Run<'_>, on_time: bool, measured: &Period) -> u64 {
        let (sums, events) = (&run.sums, || run.event_times().flatten());
        let inside = measured.contains(sums.oldest) && measured.contains(sums.newest);
        let outside = sums.oldest >= measured.to || sums.newest < measured.from;
        if !inside && !outside {
            let before = self.len();
            for row in run.stretches().flatten() {
                self.add(run.rows.event_time[row], run.rows.arrival[row], on_time, measured);
            }
            return self.len() - before;
        }
        self.newest = self.newest.max(sums.newest);
        if let Some(partitions) = &mut self.partitions {
            events().for_each(|event| partitions.add(*event));
        }
        if outside {
            count_bins(run, self.bin_shift, &mut self.bins);
            return 0;
        }
        self.oldest = self.oldest.min(sums.oldest);
        let count = run.plain() as u64;
        *if on_time { &mut self.on_time } else { &mut self.late } += count;
        self.event_times += i128::from(sums.event_times);
        self.arrivals += i128::from(sums.arrivals);
        if self.most_singles > 0 || !self.aged.add_run(run, self.reference, self.bin_shift) {
            events().for_each(|event| self.add_age(*event));
        }
        count
    }

    /// Counts all events by bin, if it has not been done.
    pub fn unfold(&mut self) {
        if !std::mem::replace(&mut self.unfolded, true) {
            for (bin, count) in self.aged.bins(self.reference, self.bin_shift) {
                self.bins.add_many(bin, count, BIN_REACH);
            }
        }
    }

    /// All events by bin of event time, once they are unfolded.
    #[must_use]
    pub fn bins(&self) -> &Stretch {
        &self.bins
    }

    /// Takes the bins, once they are unfolded.
    #[must_use]
    pub fn take_bins(&mut self) -> Stretch {
        std::mem::take(&mut self.bins)
    }

    /// Ages at `reference` of the measured events that are not younger than that, microseconds, and how many have each.
    pub fn ages(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        let young = self.ages.iter().map(|(age, count)| (age as i64, count));
        young.chain(self.aged.ages(self.reference, self.bin_shift))
    }

    /// Tells start and end of processing of one measured event.
    #[inline]
    pub fn work(&mut self, started: Instant, processed: Instant) {
        self.started += i128::from(started.0);
        self.processed += i128::from(processed.0);
    }

    /// Tells that `count` measured events were processed from `started` to `processed`.
    pub fn work_many(&mut self, count: u64, started: Instant, processed: Instant) {
        self.started += i128::from(started.0) * i128::from(count);
        self.processed += i128::from(processed.0) * i128::from(count);
    }
}
