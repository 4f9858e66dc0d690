//! Devices that hold events: clients that send in batches, and phones without connection.

use std::collections::VecDeque;

use super::{Event, Sent};
use crate::random::{ByKey, Sampler, Substream, unit_of_key};
use crate::scenario::Cohort;
use crate::units::{Instant, Span};

/// The devices of all senders. Memory follows the senders that hold something or were offline.
#[derive(Clone, Debug)]
pub struct Devices {
    cohorts: Vec<CohortState>,
    salt: u64,
    batches: ByKey<Batch>,
    connections: ByKey<Connection>,
    delay_stream: Substream,
    offline_stream: Substream,
    length_stream: Substream,
    /// Batches begun: a timer of an earlier one does nothing.
    begun: u64,
    /// Events that happened before this instant are counted while they are held.
    watched: Instant,
    held: u64,
}

#[derive(Clone, Debug)]
struct CohortState {
    /// Upper end of its share of the senders.
    end: f64,
    cohort: Cohort,
    delay: Sampler,
    /// Batches in progress: when they must leave, whose they are, and their numbers.
    timers: VecDeque<(Instant, u32, u64)>,
}

/// What a client has collected.
#[derive(Clone, Debug, Default)]
struct Batch {
    number: u64,
    events: Vec<Event>,
}

/// A connection that is gone.
#[derive(Clone, Copy, Debug)]
struct Connection {
    until: Instant,
    /// Delay of what is uploaded then.
    delay: Span,
}

impl Devices {
    /// The devices of cohorts of senders; `None` without such cohorts. Held events that happened before
    /// `watched` are counted.
    #[must_use]
    pub fn new(cohorts: &[Cohort], watched: Instant, substream: &impl Fn(&str) -> Substream) -> Option<Self> {
        let total: f64 = cohorts.iter().map(|cohort| cohort.share).sum();
        let mut end = 0.0;
        let state = |cohort: &Cohort| {
            end += cohort.share / total;
            CohortState {
                end,
                cohort: cohort.clone(),
                delay: Sampler::new(cohort.delay.clone()),
                timers: VecDeque::new(),
            }
        };
        let cohorts: Vec<CohortState> = cohorts.iter().map(state).collect();
        (!cohorts.is_empty()).then(|| Self {
            cohorts,
            salt: substream("cohorts of senders").bits(),
            batches: ByKey::default(),
            connections: ByKey::default(),
            delay_stream: substream("delay"),
            offline_stream: substream("offline"),
            length_stream: substream("time offline"),
            begun: 0,
            watched,
            held: 0,
        })
    }

    fn cohort_of(&self, user: u32) -> usize {
        let unit = unit_of_key(user, self.salt);
        self.cohorts.partition_point(|state| state.end <= unit).min(self.cohorts.len() - 1)
    }

    /// Takes an event; events come in order of time.
    pub fn take(&mut self, event: Event, sent: &mut Vec<Sent>) {
        self.flush(event.happened, sent);
        let (now, user) = (event.happened, event.tag.user);
        let place = self.cohort_of(user);
        self.connect(place, user, now);
        let CohortState { cohort, timers, .. } = &mut self.cohorts[place];
        let Some(flush) = &cohort.flush else {
            let way = self.way(place, user, now);
            sent.push(Sent { event, at: way.until, delay: way.delay });
            return;
        };
        let batch = self.batches.entry(user).or_default();
        batch.events.push(event);
        self.held += u64::from(now < self.watched);
        if batch.events.len() == 1 {
            self.begun += 1;
            batch.number = self.begun;
            timers.push_back((now + flush.every, user, batch.number));
        }
        if batch.events.len() >= flush.events as usize {
            self.send(place, user, now, sent);
        }
    }

    /// An event of a connected device may find the connection gone.
    fn connect(&mut self, place: usize, user: u32, now: Instant) {
        let CohortState { cohort, delay, .. } = &self.cohorts[place];
        let Some(offline) = &cohort.offline else { return };
        if self.connections.get(&user).is_some_and(|connection| connection.until > now) {
            return;
        }
        if self.offline_stream.unit() < offline.chance {
            let until = now + Span::from_micros_f64(offline.length.sample(&mut self.length_stream));
            let delay = Span::from_micros_f64(delay.sample(&mut self.delay_stream));
            self.connections.insert(user, Connection { until, delay });
        } else {
            self.connections.remove(&user);
        }
    }

    /// When what a device sends now leaves it, and with which delay: together with all that waits for
    /// the connection.
    fn way(&mut self, place: usize, user: u32, now: Instant) -> Connection {
        match self.connections.get(&user) {
            Some(connection) if connection.until > now => *connection,
            _ => {
                let delay = self.cohorts[place].delay.sample(&mut self.delay_stream);
                Connection { until: now, delay: Span::from_micros_f64(delay) }
            }
        }
    }

    /// Sends the batches whose time comes by `until`.
    pub fn flush(&mut self, until: Instant, sent: &mut Vec<Sent>) {
        for place in 0..self.cohorts.len() {
            while let Some(&(due, user, number)) = self.cohorts[place].timers.front()
                && due <= until
            {
                self.cohorts[place].timers.pop_front();
                if self.batches.get(&user).is_some_and(|batch| batch.number == number) {
                    self.send(place, user, due, sent);
                }
            }
        }
    }

    /// Sends what a client has collected.
    fn send(&mut self, place: usize, user: u32, now: Instant, sent: &mut Vec<Sent>) {
        let Some(batch) = self.batches.remove(&user) else { return };
        let way = self.way(place, user, now);
        for event in batch.events {
            self.held -= u64::from(event.happened < self.watched);
            sent.push(Sent { event, at: way.until, delay: way.delay });
        }
    }

    /// Whether an event that is watched is held.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.held > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Distribution;
    use crate::scenario::{Flush, Offline};
    use crate::workload::Tag;

    fn event(at: i64, user: u32) -> Event {
        Event { happened: Instant(at), key: 0, bytes: 0, tag: Tag { user, ..Tag::default() }, again: None }
    }

    fn devices(offline: Option<Offline>, flush: Option<Flush>) -> Devices {
        let cohort = Cohort { share: 1.0, delay: Distribution::Constant(5.0), offline, flush };
        Devices::new(&[cohort], Instant(200), &|purpose| Substream::new(1, 0, purpose)).unwrap()
    }

    fn leaves(sent: &[Sent]) -> Vec<(i64, i64)> {
        sent.iter().map(|sent| (sent.event.happened.0, sent.at.0)).collect()
    }

    #[test]
    fn a_batch_leaves_when_it_is_full_or_old() {
        let mut devices = devices(None, Some(Flush { events: 3, every: Span(100) }));
        let mut sent = Vec::new();
        for at in [0, 10, 20, 30, 140] {
            devices.take(event(at, 7), &mut sent);
        }
        assert_eq!(leaves(&sent), [(0, 20), (10, 20), (20, 20), (30, 130)]);
        assert!(devices.holds());
        devices.flush(Instant(240), &mut sent);
        assert_eq!(leaves(&sent).last(), Some(&(140, 240)));
        devices.take(event(250, 7), &mut sent);
        assert!(!devices.holds());
    }

    #[test]
    fn an_offline_device_uploads_all_at_once() {
        let offline = Offline { chance: 1.0, length: Distribution::Constant(1_000.0) };
        let mut devices = devices(Some(offline), None);
        let mut sent = Vec::new();
        for (at, user) in [(0, 7), (500, 7), (600, 8), (999, 7), (1_000, 7)] {
            devices.take(event(at, user), &mut sent);
        }
        assert_eq!(leaves(&sent), [(0, 1_000), (500, 1_000), (600, 1_600), (999, 1_000), (1_000, 2_000)]);
        assert!(sent.iter().all(|sent| sent.delay == Span(5)));
    }

    #[test]
    fn a_batch_waits_for_the_connection() {
        let offline = Offline { chance: 1.0, length: Distribution::Constant(1_000.0) };
        let mut devices = devices(Some(offline), Some(Flush { events: 2, every: Span(100) }));
        let mut sent = Vec::new();
        for at in [0, 10, 950] {
            devices.take(event(at, 7), &mut sent);
        }
        devices.flush(Instant(5_000), &mut sent);
        assert_eq!(leaves(&sent), [(0, 1_000), (10, 1_000), (950, 1_050)]);
    }
}
