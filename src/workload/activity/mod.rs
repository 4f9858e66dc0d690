//! What happens, in columns by time: who does what, each event by itself or in sessions.

mod sessions;

use self::sessions::Sessions;
use super::arrivals::Arrivals;
use super::block::Tag;
use super::partitions::IdleTimes;
use super::values::Column;
use crate::random::{Alias, Sampler, Substream};
use crate::scenario::{Keys, Rates, Workload};
use crate::units::{Instant, Rate};

/// Events in order of time.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// When they happen.
    pub at: Vec<Instant>,
    /// Their keys.
    pub key: Column,
    /// Payload bytes.
    pub bytes: Column,
    /// Who and what they are; empty unless asked for.
    pub tags: Vec<Tag>,
}

/// Draws events.
#[derive(Clone, Debug)]
pub struct Activity {
    source: Source,
    keys: Alias,
    key_stream: Substream,
    users: Option<(Alias, Substream)>,
    types: Option<(Alias, Substream)>,
    payload: Sampler,
    /// Payloads of the types that have their own.
    payloads: Vec<Option<Sampler>>,
    payload_stream: Substream,
    /// Payloads as they are drawn.
    drawn: Vec<f64>,
    idle: Option<IdleTimes>,
    /// Events so far: their numbers, modulo 2³².
    count: u32,
}

#[derive(Clone, Debug)]
enum Source {
    Independent(Box<Arrivals>),
    Sessions(Box<Sessions>),
}

impl Activity {
    /// The events of a workload with these rates, from simulated time 0 on; `epoch` is 1970-01-01 in
    /// simulated time.
    #[must_use]
    pub fn new(workload: &Workload, rates: &Rates, epoch: Instant, substream: impl Fn(&str) -> Substream) -> Self {
        let mut rates = rates.clone();
        rates.rate = Rate(rates.rate.0 / f64::from(workload.sample));
        let alias = |keys: &Keys| Alias::zipf(keys.count, keys.zipf);
        let source = match &workload.sessions {
            None => Source::Independent(Box::new(Arrivals::new(substream("arrivals"), &rates, epoch))),
            Some(sessions) => {
                let users = workload.users.as_ref().unwrap_or(&workload.keys);
                Source::Sessions(Box::new(Sessions::new(sessions, &rates, users, epoch, &substream)))
            }
        };
        let by_share = matches!(source, Source::Independent(_)) && workload.types.len() > 1;
        let shares = || Alias::new(workload.types.iter().map(|of| of.share));
        let payloads: Vec<_> = workload.types.iter().map(|of| of.payload.clone().map(Sampler::new)).collect();
        Self {
            source,
            keys: alias(&workload.keys),
            key_stream: substream("keys"),
            users: workload.users.as_ref().map(|users| (alias(users), substream("users"))),
            types: by_share.then(|| (shares(), substream("types"))),
            payload: Sampler::new(workload.payload.clone()),
            payloads: if payloads.iter().any(Option::is_some) { payloads } else { Vec::new() },
            payload_stream: substream("payload"),
            drawn: Vec::new(),
            idle: IdleTimes::new(&workload.partitions),
            count: 0,
        }
    }

    /// Whether events have more to them than times, keys and bytes.
    #[must_use]
    pub fn has_tags(workload: &Workload) -> bool {
        workload.users.is_some() || !workload.types.is_empty() || workload.sessions.is_some()
    }

    /// Replaces `events` by those before `until` that have not been drawn yet, with tags if asked.
    pub fn fill(&mut self, until: Instant, tagged: bool, events: &mut Events) {
        events.at.clear();
        events.tags.clear();
        match &mut self.source {
            Source::Independent(arrivals) => arrivals.fill(until, &mut events.at),
            Source::Sessions(sessions) => sessions.fill(until, &mut events.at, &mut events.tags),
        }
        let count = events.at.len();
        if self.keys.is_one() {
            events.key.clear();
            events.key.push_many(0, count);
        } else {
            self.keys.fill(&mut self.key_stream, count, events.key.refill());
        }
        if !tagged {
            self.fill_bytes(count, &mut events.bytes);
            self.thin(events);
            return;
        }
        self.draw_tags(count, events);
        self.thin(events);
        for tag in &mut events.tags {
            tag.id = self.count;
            self.count = self.count.wrapping_add(1);
        }
    }

    /// Draws who does what; sessions have said it already, except for pages.
    fn draw_tags(&mut self, count: usize, events: &mut Events) {
        if let Source::Independent(_) = self.source {
            events.tags.resize(count, Tag::default());
            for (tag, key) in events.tags.iter_mut().zip(events.key.values().iter()) {
                tag.user = self.users.as_mut().map_or(key, |(users, stream)| users.draw(stream));
                tag.kind = self.types.as_mut().map_or(0, |(types, stream)| types.draw(stream) as u8);
            }
        } else if self.users.is_none() {
            events.key.refill().extend(events.tags.iter().map(|tag| tag.user));
        }
        if self.payloads.is_empty() {
            self.fill_bytes(count, &mut events.bytes);
            return;
        }
        let bytes = events.bytes.refill();
        for tag in &events.tags {
            let of = self.payloads.get(tag.kind as usize).and_then(Option::as_ref).unwrap_or(&self.payload);
            bytes.push(of.sample(&mut self.payload_stream) as u32);
        }
    }

    fn fill_bytes(&mut self, count: usize, bytes: &mut Column) {
        if let Some(all) = self.payload.constant() {
            bytes.clear();
            bytes.push_many(all as u32, count);
        } else {
            self.payload.fill(&mut self.payload_stream, count, &mut self.drawn);
            bytes.refill().extend(self.drawn.iter().map(|drawn| *drawn as u32));
        }
    }

    /// Leaves out what does not happen because its partition is idle.
    fn thin(&self, events: &mut Events) {
        let Some(idle) = &self.idle else { return };
        let happens: Vec<bool> =
            events.at.iter().zip(events.key.values().iter()).map(|(at, key)| idle.happens(key, *at)).collect();
        keep(&mut events.at, &happens);
        events.key.retain(&happens);
        events.bytes.retain(&happens);
        keep(&mut events.tags, &happens);
    }
}

fn keep<T>(column: &mut Vec<T>, happens: &[bool]) {
    let mut happens = happens.iter();
    column.retain(|_| happens.next().copied().unwrap_or(true));
}
