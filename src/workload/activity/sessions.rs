//! Users act in sessions: events with pauses, each of which may lead down a funnel.

use crate::random::{Alias, ByKey, Sampler, Substream};
use crate::scenario::{self, Keys, Rates};
use crate::units::{DAY, Instant, Rate, Span};
use crate::workload::arrivals::Arrivals;
use crate::workload::block::{Block, Tag};
use crate::workload::calendar::Calendar;
use crate::workload::delivery::Delivery;

/// Events of a session at most, the steps that they lead to not counted.
const MOST_EVENTS: f64 = 10_000.0;
/// Users that are remembered before those that have come to rest are forgotten.
const MOST_REMEMBERED: usize = 1 << 16;

/// Draws sessions. They start as a Poisson process, each of a user drawn by popularity; one that
/// would start before its user's last one and the gap are over starts then.
#[derive(Clone, Debug)]
pub struct Sessions {
    starts: Arrivals,
    users: Alias,
    user_stream: Substream,
    events: Sampler,
    event_stream: Substream,
    pause: Sampler,
    pause_stream: Substream,
    gap: Sampler,
    gap_stream: Substream,
    /// For each step its probability and the pause before it.
    funnel: Vec<(f64, Sampler)>,
    funnel_stream: Substream,
    /// From when on users may start again.
    rested: ByKey<Instant>,
    remembered: usize,
    /// Events of the sessions in progress.
    calendar: Calendar<Tag>,
    count: u32,
    started: Vec<Instant>,
    session: Vec<(Instant, u8)>,
    popped: Block,
    due: Vec<Instant>,
    due_tags: Vec<Tag>,
}

impl Sessions {
    /// The sessions of a workload with these rates of events.
    #[must_use]
    pub fn new(
        sessions: &scenario::Sessions,
        rates: &Rates,
        users: &Keys,
        epoch: Instant,
        substream: &impl Fn(&str) -> Substream,
    ) -> Self {
        let mut starts = rates.clone();
        starts.rate = Rate(rates.rate.0 / sessions.mean_events());
        let steps = sessions.funnel.iter().map(|step| (step.probability, Sampler::new(step.pause.clone())));
        Self {
            starts: Arrivals::new(substream("arrivals"), &starts, epoch),
            users: Alias::zipf(users.count, users.zipf),
            user_stream: substream("users"),
            events: Sampler::new(sessions.events.clone()),
            event_stream: substream("events of a session"),
            pause: Sampler::new(sessions.pause.clone()),
            pause_stream: substream("pauses"),
            gap: Sampler::new(sessions.gap.clone()),
            gap_stream: substream("gaps"),
            funnel: steps.collect(),
            funnel_stream: substream("funnel"),
            rested: ByKey::default(),
            remembered: MOST_REMEMBERED,
            calendar: Calendar::new(rates.peak_and_total(Instant(DAY), epoch).0),
            count: 0,
            started: Vec::new(),
            session: Vec::new(),
            popped: Block::default(),
            due: Vec::new(),
            due_tags: Vec::new(),
        }
    }

    /// Appends the events before `until` that have not been given yet.
    pub fn fill(&mut self, until: Instant, at: &mut Vec<Instant>, tags: &mut Vec<Tag>) {
        // What the calendar's bucket holds beyond `until` waits in `due`.
        while self.popped.until < until {
            let bucket = self.calendar.due();
            let mut started = std::mem::take(&mut self.started);
            started.clear();
            self.starts.fill(bucket, &mut started);
            started.iter().for_each(|start| self.start(*start));
            self.started = started;
            self.popped.clear();
            self.calendar.pop(&mut self.popped);
            self.due.append(&mut self.popped.arrival);
            self.due_tags.append(&mut self.popped.tags);
        }
        let count = self.due.partition_point(|event| *event < until);
        at.extend(self.due.drain(..count));
        tags.extend(self.due_tags.drain(..count));
    }

    /// Draws a session that starts at `start` or as soon as its user has rested.
    fn start(&mut self, start: Instant) {
        let user = self.users.draw(&mut self.user_stream);
        let start = self.rested.get(&user).map_or(start, |rested| start.max(*rested));
        let wanted = self.events.sample(&mut self.event_stream).min(MOST_EVENTS);
        let whole = wanted.floor();
        let count = whole as usize + usize::from(self.event_stream.unit() < wanted - whole);
        if count == 0 {
            return;
        }
        self.session.clear();
        let mut at = start;
        for event in 0..count {
            if event > 0 {
                at += Span::from_micros_f64(self.pause.sample(&mut self.pause_stream));
            }
            self.session.push((at, 0));
            let mut step_at = at;
            for ((probability, pause), kind) in self.funnel.iter().zip(1..) {
                if self.funnel_stream.unit() >= *probability {
                    break;
                }
                step_at += Span::from_micros_f64(pause.sample(&mut self.funnel_stream));
                self.session.push((step_at, kind));
            }
        }
        self.session.sort_by_key(|(at, _)| *at);
        let (session, mut position) = (self.count, 0_u16);
        self.count = self.count.wrapping_add(1);
        for (at, kind) in &self.session {
            position = position.saturating_add(1);
            let tag = Tag { id: 0, user, session, position, kind: *kind };
            self.calendar.push(Delivery::first(*at, *at, 0, 0, tag));
        }
        let end = self.session.last().map_or(start, |(at, _)| *at);
        let rested = end + Span::from_micros_f64(self.gap.sample(&mut self.gap_stream));
        self.rested.insert(user, rested);
        self.forget(start);
    }

    /// Forgets users that may start at any time, now and then.
    fn forget(&mut self, now: Instant) {
        if self.rested.len() > self.remembered {
            self.rested.retain(|_, rested| *rested > now);
            self.remembered = MOST_REMEMBERED.max(2 * self.rested.len());
        }
    }
}
