//! The checked workload: the stream of events and its way to the broker. Times are microseconds.

use std::path::PathBuf;

use super::Rates;
use crate::random::Distribution;
use crate::units::Span;

/// The stream of events and its way to the broker.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Where events come from.
    pub source: Source,
    /// One of this many event ids is simulated, and stands for all of them.
    pub sample: u32,
    /// How keys are drawn.
    pub keys: Keys,
    /// How users are drawn; `None`: the key of an event is its user.
    pub users: Option<Keys>,
    /// Types of events; empty: events have none.
    pub types: Vec<EventType>,
    /// Users act in sessions; `None`: each event is drawn by itself.
    pub sessions: Option<Sessions>,
    /// Payload bytes of an event whose type has no payload of its own.
    pub payload: Distribution,
    /// The way from the event to the broker.
    pub network: Network,
    /// Senders whose clocks are wrong.
    pub clock: Clock,
    /// Deliveries of the same id again.
    pub duplicates: Duplicates,
    /// Partitions of the broker.
    pub partitions: Partitions,
    /// Stretches with bad events; `None`: all are good.
    pub bad_data: Option<BadData>,
}

/// Stretches of event time in which a share of the events is bad.
#[derive(Clone, Debug)]
pub struct BadData {
    /// Incidents a day: a Poisson process in event time.
    pub per_day: f64,
    /// How long one lasts, microseconds.
    pub lasting: Distribution,
    /// Share of the events in it that are bad.
    pub share: f64,
    /// From the first publication of a bad event until somebody notices, microseconds.
    pub noticed_after: Distribution,
}

/// Where events come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A Poisson process.
    Poisson(Box<Rates>),
    /// A real log.
    Trace(LogFile),
}

/// Where a log is.
#[derive(Clone, Debug)]
pub enum LogFile {
    /// A file.
    Path(PathBuf),
    /// One that ships inside the program, for the built-in scenarios.
    Embedded {
        /// Its file name.
        name: &'static str,
        /// Its content.
        content: &'static [u8],
    },
}

/// Keys of events (pages, users): rank `i` has weight `(i + 1)^-zipf`.
#[derive(Clone, Debug, PartialEq)]
pub struct Keys {
    /// How many.
    pub count: u32,
    /// Zipf exponent; 0 is uniform.
    pub zipf: f64,
}

/// A type of events.
#[derive(Clone, Debug)]
pub struct EventType {
    /// Its name.
    pub name: String,
    /// Its share of the events; with sessions, how they lead to it decides.
    pub share: f64,
    /// Payload bytes, if it has its own.
    pub payload: Option<Distribution>,
}

/// How users act.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// Events of a session, the steps that they lead to not counted. A fraction is rounded up with
    /// its own probability, so that the mean is kept.
    pub events: Distribution,
    /// From one of them to the next.
    pub pause: Distribution,
    /// Least time from the end of a session of a user to the next: one that would start sooner
    /// starts then.
    pub gap: Distribution,
    /// Steps after an event of the first type, each from the one before: the types from the second on.
    pub funnel: Vec<Step>,
}

impl Sessions {
    /// Mean events of a session, steps included.
    #[must_use]
    pub fn mean_events(&self) -> f64 {
        let mut reached = 1.0;
        let steps: f64 = self
            .funnel
            .iter()
            .map(|step| {
                reached *= step.probability;
                reached
            })
            .sum();
        self.events.mean() * (1.0 + steps)
    }
}

/// A step of a funnel.
#[derive(Clone, Debug)]
pub struct Step {
    /// Probability that it follows the step before.
    pub probability: f64,
    /// Time from the step before.
    pub pause: Distribution,
}

/// The way from the event to the broker.
#[derive(Clone, Debug)]
pub struct Network {
    /// Delay of a delivery; where cohorts are of senders, that of a mixture of them.
    pub delay: Distribution,
    /// Cohorts of senders, when one of them holds its events; else cohorts are a mixture in `delay`.
    pub cohorts: Vec<Cohort>,
    /// Some events that are late by a further delay.
    pub late: Option<ShareOf>,
    /// Outages, by their start.
    pub outages: Vec<Outage>,
    /// Share of deliveries that never arrive.
    pub loss: f64,
}

/// A cohort of senders.
#[derive(Clone, Debug)]
pub struct Cohort {
    /// Share of the senders, in proportion to that of the others.
    pub share: f64,
    /// Delay from sending to arrival.
    pub delay: Distribution,
    /// How it loses its connection.
    pub offline: Option<Offline>,
    /// How it collects events before it sends them.
    pub flush: Option<Flush>,
}

/// A device without connection holds its events and sends them together.
#[derive(Clone, Debug)]
pub struct Offline {
    /// Probability that an event of a connected device finds the connection gone.
    pub chance: f64,
    /// For how long it is gone.
    pub length: Distribution,
}

/// A client that sends its events in batches.
#[derive(Clone, Debug, PartialEq)]
pub struct Flush {
    /// A batch leaves when it has this many events.
    pub events: u32,
    /// Or this long after its first event.
    pub every: Span,
}

/// A time without network for a share of the senders.
#[derive(Clone, Debug)]
pub struct Outage {
    /// When it begins, from simulated time 0.
    pub from: Span,
    /// How long it takes.
    pub length: Span,
    /// Share of the senders.
    pub share: f64,
    /// Time over which what was held arrives afterwards.
    pub drain: Span,
    /// Whether it arrives in the order in which it was held.
    pub in_order: bool,
    /// Senders that try again meanwhile.
    pub storm: Option<Storm>,
}

/// Retries during an outage: all copies arrive after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Storm {
    /// Between tries.
    pub every: Span,
    /// Copies of a delivery at most.
    pub most: u32,
}

/// Senders whose clocks are wrong, each by an amount of its own.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Clocks that are ahead.
    pub ahead: Option<ShareOf>,
    /// Clocks that are behind.
    pub behind: Option<ShareOf>,
}

/// A share of events or senders and an amount of time for each of them.
#[derive(Clone, Debug)]
pub struct ShareOf {
    /// Share in 0..1.
    pub share: f64,
    /// The time, microseconds.
    pub after: Distribution,
}

/// Deliveries of the same id again.
#[derive(Clone, Debug, Default)]
pub struct Duplicates {
    /// Same id and event time, delivered again `after` its first delivery.
    pub retry: Option<ShareOf>,
    /// Probability that a retry is followed by another one: the number of copies is geometric.
    pub retry_again: f64,
    /// Same id, later event time, same UTC day: the user did it again.
    pub repeat: Option<Repeat>,
}

/// Repeat duplicates.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Share of events that are repeated.
    pub share: f64,
    /// From the event to its repetition; one past midnight does not happen. `None`: uniform over
    /// the rest of the day.
    pub after: Option<Distribution>,
}

/// Partitions of the broker: a key belongs to one by its hash.
#[derive(Clone, Debug, PartialEq)]
pub struct Partitions {
    /// How many.
    pub count: u32,
    /// Zipf exponent of their shares of the keys; 0: equal.
    pub zipf: f64,
    /// Times at which nothing happens to the keys of a partition.
    pub idle: Vec<Idle>,
}

/// A time at which a partition has no traffic: its events do not happen.
#[derive(Clone, Debug, PartialEq)]
pub struct Idle {
    /// Which partition, from 0.
    pub partition: u32,
    /// When it begins, from simulated time 0.
    pub from: Span,
    /// How long it takes.
    pub length: Span,
}
