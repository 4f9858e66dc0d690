//! One pass over a log in order of arrival, in bounded memory.

use std::path::Path;

use super::disorder::Disorder;
use super::duplicates::Duplicates;
use super::rate::RateMeter;
use super::sample::{KEPT, Sample, Step};
use crate::error::Result;
use crate::histogram::Histogram;
use crate::scenario::{self, Overrides};
use crate::units::{DAY, HOUR, Instant, MINUTE, SECOND, UtcInstant};
use crate::workload::{Block, KeyCounts, Log, Rows, Stream};

/// A scenario that adds nothing to a log: no delay, no duplicates, no windows.
const PLAIN: &str = "title = \"fit\"\nquestion = \"fit\"\nduration = \"1d\"\n[workload]\nrate = \"1/s\"\n";

/// Lateness that is counted exactly.
pub(super) const LATER: [i64; 6] = [SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, DAY];
/// What is kept of the rows.
pub(super) struct Observer {
    pub start: UtcInstant,
    pub has_arrivals: bool,
    pub has_bytes: bool,
    pub rate: RateMeter,
    pub keys: KeyCounts,
    pub bytes: Sample,
    pub largest_bytes: u64,
    pub delays: Sample,
    pub delay_counts: Histogram,
    pub longest: u64,
    pub later: [u64; LATER.len()],
    pub event_step: Step,
    pub arrival_step: Step,
    pub disorder: Disorder,
    pub duplicates: Duplicates,
    pub deliveries: u64,
    pub ids: u64,
    pub first_event: Instant,
}

/// Reads the log.
pub(super) fn observe(log: &Log) -> Result<Observer> {
    let plain = scenario::parse("fit", PLAIN, Path::new(""), &Overrides::default())?;
    let start = log.start.unwrap_or(plain.start);
    let mut stream = Stream::new(&plain, Some(log), 0)?;
    let epoch = start.epoch();
    let mut observer = Observer {
        start,
        has_arrivals: log.has_arrivals(),
        has_bytes: log.has_bytes(),
        rate: RateMeter::new(epoch),
        keys: KeyCounts::default(),
        bytes: Sample::new(KEPT, "bytes"),
        largest_bytes: 0,
        delays: Sample::new(KEPT, "delays"),
        delay_counts: Histogram::default(),
        longest: 0,
        later: [0; LATER.len()],
        event_step: Step::default(),
        arrival_step: Step::default(),
        disorder: Disorder::default(),
        duplicates: Duplicates::new(epoch),
        deliveries: 0,
        ids: 0,
        first_event: Instant::MAX,
    };
    let mut block = Block::default();
    while stream.next(&mut block)? {
        block.events.iter().for_each(|event| observer.rate.add(*event));
        observer.look_at(block.rows(0..block.len()));
    }
    Ok(observer)
}

impl Observer {
    fn look_at(&mut self, rows: Rows<'_>) {
        self.deliveries += rows.len() as u64;
        let columns = rows.arrival.iter().zip(rows.event_time).zip(rows.key.iter().zip(rows.bytes.iter()));
        for (row, ((arrival, event_time), (key, bytes))) in columns.enumerate() {
            self.event_step.add(event_time.0);
            self.arrival_step.add(arrival.0);
            let earlier = rows.earlier(row);
            self.disorder.add(*event_time, earlier.is_none());
            if let Some(earlier) = earlier {
                self.duplicates.add(*arrival, *event_time, earlier);
                continue;
            }
            self.ids += 1;
            self.first_event = self.first_event.min(*event_time);
            self.keys.add(key);
            self.bytes.add(u64::from(bytes));
            self.largest_bytes = self.largest_bytes.max(u64::from(bytes));
            let delay = (*arrival - *event_time).0.max(0);
            self.delays.add(delay as u64);
            self.delay_counts.record(delay as u64);
            self.longest = self.longest.max(delay as u64);
            for (later, threshold) in self.later.iter_mut().zip(LATER) {
                *later += u64::from(delay > threshold);
            }
        }
    }
}
