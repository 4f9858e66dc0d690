//! The shape of `[workload]`: the stream of events and its way to the broker.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Count, DistributionFile};
use crate::units::{Bytes, Rate, Span};

/// The stream of events and its way to the broker.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct WorkloadFile {
    /// Events a second where all factors are 1, such as "1000/s", "30/m" or "1e6/d"; a Poisson process.
    /// Required unless `trace` is given.
    pub(in crate::scenario) rate: Option<Rate>,
    /// Simulates one of every N event ids of a stream that is too large for one machine, and reports in
    /// the units of the whole stream, such as "1/1000". Default "1/1": every event.
    pub(in crate::scenario) sample: Option<String>,
    /// 24 factors on the rate, one for each hour of the UTC day from 00:00; at least 0, not all 0.
    /// Default: all 1. Excludes `daily`.
    pub(in crate::scenario) hours: Option<Vec<f64>>,
    /// A daily wave of the rate instead of `hours`. Default: none.
    pub(in crate::scenario) daily: Option<DailyFile>,
    /// 7 factors on the rate, one for each day of the week from Monday (UTC); at least 0, not all 0.
    /// Default: all 1.
    pub(in crate::scenario) weekdays: Option<Vec<f64>>,
    /// Relative change of the rate a day, compounded hour by hour up to the end of the measured period,
    /// -0.5 to 10, such as 0.02 for 2 % a day. Default 0.
    pub(in crate::scenario) trend: Option<f64>,
    /// Times at which the rate is another. Default: none.
    pub(in crate::scenario) bursts: Option<Vec<BurstFile>>,
    /// A log to replay instead of drawing events, relative to the scenario's folder: CSV, NDJSON, Parquet
    /// or a web server's access log. Excludes what draws events: `rate` and the like.
    pub(in crate::scenario) trace: Option<String>,
    /// Keys of events (pages): what windows count by, and what spreads events over partitions and
    /// workers. Default: one key.
    pub(in crate::scenario) keys: Option<KeysFile>,
    /// Users, who each have a device of their own. Default: the key of an event is its user.
    pub(in crate::scenario) users: Option<KeysFile>,
    /// Types of events, 1 to 32. Default: events have none.
    pub(in crate::scenario) types: Option<Vec<TypeFile>>,
    /// Users act in sessions. Default: each event is drawn by itself.
    pub(in crate::scenario) sessions: Option<SessionsFile>,
    /// Payload bytes of an event, above 0. Default "300 B".
    pub(in crate::scenario) payload: Option<DistributionFile<Bytes>>,
    /// The way from the event to the broker. Default: no delay.
    pub(in crate::scenario) network: Option<NetworkFile>,
    /// Users whose clocks are wrong: events carry the time of the device, truth and measures keep the
    /// true one. Default: all clocks are right.
    pub(in crate::scenario) clock: Option<ClockFile>,
    /// Deliveries of the same event again. Default: none.
    pub(in crate::scenario) duplicates: Option<DuplicatesFile>,
    /// Partitions of the broker. Default: one.
    pub(in crate::scenario) partitions: Option<PartitionsFile>,
    /// Incidents in which a share of the events is bad. Default: none.
    pub(in crate::scenario) bad_data: Option<BadDataFile>,
}

/// Incidents in which a share of the events is bad. A gate may keep them out; without one they are published until
/// somebody notices, and corrected by a backfill that takes the rows of the incident at the pipeline's throughput.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct BadDataFile {
    /// Incidents a day on average, above 0: a Poisson process in event time; at most 1000 in all. Required.
    #[schemars(required)]
    pub(in crate::scenario) per_day: Option<f64>,
    /// How long one lasts, in event time. Required.
    #[schemars(required)]
    pub(in crate::scenario) lasting: Option<DistributionFile<Span>>,
    /// Share of its events that are bad, above 0 and at most 1. Required.
    #[schemars(required)]
    pub(in crate::scenario) share: Option<f64>,
    /// From the first publication of a bad event until somebody notices. Required.
    #[schemars(required)]
    pub(in crate::scenario) noticed_after: Option<DistributionFile<Span>>,
}

/// A daily wave of the rate: a cosine, constant within each hour.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct DailyFile {
    /// Factor on the rate at its highest, above 0. Required.
    #[schemars(required)]
    pub(in crate::scenario) peak: Option<f64>,
    /// Factor on the rate at its lowest, twelve hours away; from 0 to `peak`. Required.
    #[schemars(required)]
    pub(in crate::scenario) trough: Option<f64>,
    /// UTC hour of the peak, 0 to 24. Default 14.
    pub(in crate::scenario) hour: Option<f64>,
}

/// A time at which the rate is another.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct BurstFile {
    /// When it begins, from the start of the simulation. Required.
    #[schemars(required)]
    pub(in crate::scenario) at: Option<Span>,
    /// How long it takes. Required.
    #[schemars(required)]
    pub(in crate::scenario) r#for: Option<Span>,
    /// Factor on the rate, 0 to 1000000. Required.
    #[schemars(required)]
    pub(in crate::scenario) factor: Option<f64>,
}

/// Keys or users.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct KeysFile {
    /// How many there are, 1 to 10000000. Default 1.
    pub(in crate::scenario) count: Option<u32>,
    /// Zipf exponent of their popularity, 0 (uniform) to 10. Default 0.
    pub(in crate::scenario) zipf: Option<f64>,
}

/// A type of events.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct TypeFile {
    /// Its name, such as "view". Required.
    #[schemars(required)]
    pub(in crate::scenario) name: Option<String>,
    /// Its share of the events in proportion to the other types, above 0. Default 1. With sessions only
    /// steps of the funnel lead to it.
    pub(in crate::scenario) share: Option<f64>,
    /// Payload bytes of its events, above 0. Default: the workload's `payload`.
    pub(in crate::scenario) payload: Option<DistributionFile<Bytes>>,
}

/// How users act: sessions of events, each of which may lead down a funnel.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct SessionsFile {
    /// Events of a session, at most 10000, the steps that they lead to not counted; a fraction is rounded
    /// up with its own probability. Required.
    #[schemars(required)]
    pub(in crate::scenario) events: Option<DistributionFile<Count>>,
    /// From one event to the next. Required.
    #[schemars(required)]
    pub(in crate::scenario) pause: Option<DistributionFile<Span>>,
    /// Least time from the end of a session of a user to the next one: a session that would start
    /// sooner starts then. Default "30m".
    pub(in crate::scenario) gap: Option<DistributionFile<Span>>,
    /// What an event may lead to, each step from the one before: the second type, the third and so on.
    /// Default: nothing.
    pub(in crate::scenario) funnel: Option<Vec<StepFile>>,
}

/// A step of a funnel.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct StepFile {
    /// Probability that it follows, 0 to 1. Required.
    #[schemars(required)]
    pub(in crate::scenario) probability: Option<f64>,
    /// Time from the step before. Default "0s".
    pub(in crate::scenario) pause: Option<DistributionFile<Span>>,
}

/// The way from the event to the broker.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct NetworkFile {
    /// Delay of a delivery. Default "0s".
    pub(in crate::scenario) delay: Option<DistributionFile<Span>>,
    /// Groups of senders with their own delays, instead of `delay`.
    pub(in crate::scenario) cohorts: Option<Vec<CohortFile>>,
    /// A share of the events that is late by a further delay. Default: none.
    pub(in crate::scenario) late: Option<LateFile>,
    /// Times without network for some senders: what would arrive then is held. Default: none.
    pub(in crate::scenario) outages: Option<Vec<OutageFile>>,
    /// Share of the deliveries that never arrives, 0 to 1. Default 0.
    pub(in crate::scenario) loss: Option<f64>,
}

/// A group of senders, such as phones. A cohort with `offline` or `flush` makes all cohorts groups of
/// users, each of whom belongs to one for good; else each event belongs to one by chance.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct CohortFile {
    /// Its name, for the reader of the file.
    pub(in crate::scenario) name: Option<String>,
    /// Its share of the events (or users) in proportion to the other cohorts' shares, above 0. Required.
    #[schemars(required)]
    pub(in crate::scenario) share: Option<f64>,
    /// Delay of its deliveries. Required.
    #[schemars(required)]
    pub(in crate::scenario) delay: Option<DistributionFile<Span>>,
    /// Its devices lose their connection, hold their events and upload them together. Default: never.
    pub(in crate::scenario) offline: Option<OfflineFile>,
    /// Its clients send events in batches. Default: each at once.
    pub(in crate::scenario) flush: Option<FlushFile>,
}

/// How a device loses its connection.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct OfflineFile {
    /// Probability that an event of a connected device finds the connection gone, 0 to 1. Required.
    #[schemars(required)]
    pub(in crate::scenario) chance: Option<f64>,
    /// For how long it is gone; then all that was held is uploaded together, with one delay. Required.
    #[schemars(required)]
    pub(in crate::scenario) r#for: Option<DistributionFile<Span>>,
}

/// When a client sends its batch: whichever comes first.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct FlushFile {
    /// When it has this many events, 1 to 10000. Required.
    #[schemars(required)]
    pub(in crate::scenario) events: Option<u32>,
    /// This long after its first event. Required.
    #[schemars(required)]
    pub(in crate::scenario) every: Option<Span>,
}

/// Events or clocks that are off by a further time.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct LateFile {
    /// Share of the events (or users), 0 to 1. Required.
    #[schemars(required)]
    pub(in crate::scenario) share: Option<f64>,
    /// The time: on top of the network's delay, or by which a clock is wrong (at most 30 days). Required.
    #[schemars(required)]
    pub(in crate::scenario) by: Option<DistributionFile<Span>>,
}

/// A time without network. Deliveries that would arrive then arrive as a burst afterwards.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct OutageFile {
    /// When it begins, from the start of the simulation. Required.
    #[schemars(required)]
    pub(in crate::scenario) from: Option<Span>,
    /// How long it takes. Required.
    #[schemars(required)]
    pub(in crate::scenario) r#for: Option<Span>,
    /// Share of the users that it hits, 0 to 1. Default 1.
    pub(in crate::scenario) share: Option<f64>,
    /// Time over which what was held arrives afterwards. Default "0s": all at once.
    pub(in crate::scenario) drain: Option<Span>,
    /// Whether it arrives in the order in which it was held. Default true.
    pub(in crate::scenario) in_order: Option<bool>,
    /// Senders try again meanwhile, and all copies arrive. Default: none.
    pub(in crate::scenario) storm: Option<StormFile>,
}

/// Retries during an outage.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct StormFile {
    /// Between tries. Required.
    #[schemars(required)]
    pub(in crate::scenario) every: Option<Span>,
    /// Copies of a delivery at most, 1 to 1000. Default 5.
    pub(in crate::scenario) most: Option<u32>,
}

/// Clocks that are wrong, each by an amount of its own for good. Both shares together are at most 1.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct ClockFile {
    /// Clocks that are ahead: their events come from the future. Default: none.
    pub(in crate::scenario) ahead: Option<LateFile>,
    /// Clocks that are behind. Default: none.
    pub(in crate::scenario) behind: Option<LateFile>,
}

/// Deliveries of the same event again.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct DuplicatesFile {
    /// Producer or network retries: same id, same event time, delivered again. Default: none.
    pub(in crate::scenario) retry: Option<RetryFile>,
    /// The user did it again: same id, later event time, same UTC day. Default: none.
    pub(in crate::scenario) repeat: Option<RepeatFile>,
}

/// Retry duplicates.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct RetryFile {
    /// Share of the events that is delivered twice or more, 0 to 1. Required.
    #[schemars(required)]
    pub(in crate::scenario) share: Option<f64>,
    /// From the first delivery to the second, and from each copy to the next. Required.
    #[schemars(required)]
    pub(in crate::scenario) after: Option<DistributionFile<Span>>,
    /// Probability that a copy is followed by another one, 0 to 0.99: the number of copies is geometric.
    /// Default 0.
    pub(in crate::scenario) again: Option<f64>,
}

/// Repeat duplicates.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct RepeatFile {
    /// Share of the events that is repeated, 0 to 1. Required.
    #[schemars(required)]
    pub(in crate::scenario) share: Option<f64>,
    /// From the event to its repetition; one past midnight UTC does not happen. Default: uniform
    /// over the rest of the day.
    pub(in crate::scenario) after: Option<DistributionFile<Span>>,
}

/// Partitions of the broker: a key belongs to one by its hash.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct PartitionsFile {
    /// How many there are, 1 to 10000. Default 1.
    pub(in crate::scenario) count: Option<u32>,
    /// Zipf exponent of their shares of the keys, 0 (equal) to 10. Default 0.
    pub(in crate::scenario) zipf: Option<f64>,
    /// Times at which nothing happens to the keys of a partition. Default: none.
    pub(in crate::scenario) idle: Option<Vec<IdleFile>>,
}

/// A time without traffic in a partition.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct IdleFile {
    /// Which partition, from 0. Required.
    #[schemars(required)]
    pub(in crate::scenario) partition: Option<u32>,
    /// When it begins, from the start of the simulation. Required.
    #[schemars(required)]
    pub(in crate::scenario) from: Option<Span>,
    /// How long it takes. Required.
    #[schemars(required)]
    pub(in crate::scenario) r#for: Option<Span>,
}
