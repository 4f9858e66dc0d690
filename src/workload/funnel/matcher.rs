//! Attempts in progress, by user and by the step that they wait for.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use super::Steps;
use crate::random::ByKey;
use crate::units::{Instant, Span};

/// An event as a funnel looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// Who did it.
    pub user: u32,
    /// Its type, as a place in the stream's list.
    pub kind: u8,
    /// The event time that it carries: what is matched by.
    pub event_time: Instant,
    /// When it truly happened.
    pub happened: Instant,
    /// A number that comes back with the attempts that it opens.
    pub place: u32,
}

/// An attempt has reached a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The step, from 0.
    pub step: u8,
    /// The event that opened the attempt.
    pub opened: Act,
    /// The event that is this step.
    pub by: Act,
}

/// An attempt that waits for its next step.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    opened: Act,
    /// Event time of the step that it has reached.
    last: Instant,
}

/// Attempts that wait for the same step, by the event time at which they were opened.
#[derive(Clone, Debug, Default)]
struct Waiting(VecDeque<Attempt>);

impl Waiting {
    /// Takes out those that an event takes further: opened less than `within` before it, and not ahead of it.
    fn ready(&mut self, act: &Act, within: Span) -> Vec<Attempt> {
        let at = act.event_time;
        let from = self.0.partition_point(|attempt| at - attempt.opened.event_time >= within);
        let to = self.0.partition_point(|attempt| attempt.opened.event_time <= at).max(from);
        if self.0.range(from..to).all(|attempt| attempt.last <= at) {
            return self.0.drain(from..to).collect();
        }
        let (ready, ahead) = self.0.drain(from..to).partition::<Vec<_>, _>(|attempt| attempt.last <= at);
        self.append(ahead);
        ready
    }

    /// Adds attempts, themselves in their order.
    fn append(&mut self, attempts: impl IntoIterator<Item = Attempt>) {
        let before = self.0.len();
        self.0.extend(attempts);
        let opened = |place: usize| self.0.get(place).map(|attempt| attempt.opened.event_time);
        // Nearly always they are the youngest.
        if before > 0 && opened(before) < opened(before - 1) {
            self.0.make_contiguous().sort_by_key(|attempt| attempt.opened.event_time);
        }
    }
}

/// Takes events and says which attempts they take further.
///
/// Events that come in order of event time, ties in their own order, give what is in the words of the module. One that
/// comes behind its time takes further only attempts whose last step is not after it. In order of event time the
/// work for an attempt is constant for each step: those of a user that wait for the same step are taken further together.
#[derive(Clone, Debug)]
pub struct Matcher {
    steps: Arc<Steps>,
    /// Of each user the attempts that wait for the second step, the third and so on.
    users: ByKey<Vec<Waiting>>,
    /// When attempts end at the latest, and whose they are.
    deadlines: BinaryHeap<Reverse<(Instant, u32)>>,
    open: u64,
}

impl Matcher {
    /// No attempt yet.
    #[must_use]
    pub fn new(steps: Arc<Steps>) -> Self {
        Self { steps, users: ByKey::default(), deadlines: BinaryHeap::new(), open: 0 }
    }

    /// Takes an event; appends the steps that attempts reach with it, the opening of one too.
    pub fn take(&mut self, act: Act, reached: &mut Vec<Reached>) {
        let is_step = self.steps.of(act.kind);
        if is_step == 0 {
            return;
        }
        let (count, within) = (self.steps.count(), self.steps.within());
        // From the last step back, so that an event takes no attempt two steps further.
        if let Some(user) = self.users.get_mut(&act.user) {
            for step in (1..count).rev().filter(|step| is_step >> step & 1 == 1) {
                let Some(further) = user.get_mut(step - 1).map(|waiting| waiting.ready(&act, within)) else { continue };
                let said = further.iter().map(|attempt| Reached { step: step as u8, opened: attempt.opened, by: act });
                reached.extend(said);
                match user.get_mut(step) {
                    Some(next) => next.append(further.iter().map(|of| Attempt { last: act.event_time, ..*of })),
                    None => self.open -= further.len() as u64,
                }
            }
        }
        if is_step & 1 == 1 {
            reached.push(Reached { step: 0, opened: act, by: act });
            if count > 1 {
                let user = self.users.entry(act.user).or_insert_with(|| vec![Waiting::default(); count - 1]);
                if let Some(first) = user.first_mut() {
                    first.append([Attempt { opened: act, last: act.event_time }]);
                }
                self.deadlines.push(Reverse((act.event_time + within, act.user)));
                self.open += 1;
            }
        }
    }

    /// Forgets the attempts that no event from `now` on takes further.
    pub fn expire(&mut self, now: Instant) {
        while let Some(Reverse((deadline, user))) = self.deadlines.peek().copied()
            && deadline <= now
        {
            self.deadlines.pop();
            let Some(attempts) = self.users.get_mut(&user) else { continue };
            let within = self.steps.within();
            for waiting in attempts.iter_mut() {
                let over = waiting.0.partition_point(|attempt| attempt.opened.event_time + within <= now);
                waiting.0.drain(..over);
                self.open -= over as u64;
            }
            if attempts.iter().all(|waiting| waiting.0.is_empty()) {
                self.users.remove(&user);
            }
        }
    }

    /// Attempts in progress.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.open
    }

    /// Entries held: attempts in progress, and the deadlines of those that have come to their last step.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.open.max(self.deadlines.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(opened, step, by)` in event times of what these events, as `(user, kind, event time)`, reach.
    fn reached(kinds: &[u8], within: i64, acts: &[(u32, u8, i64)]) -> Vec<(i64, u8, i64)> {
        let mut matcher = Matcher::new(Arc::new(Steps::new(kinds, Span(within))));
        let mut all = Vec::new();
        for (user, kind, at) in acts {
            let at = Instant(*at);
            matcher.take(Act { user: *user, kind: *kind, event_time: at, happened: at, place: 0 }, &mut all);
        }
        let mut all: Vec<_> =
            all.iter().map(|of| (of.opened.event_time.0, of.step, of.by.event_time.0)).filter(|of| of.1 > 0).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn each_first_step_opens_an_attempt_and_the_next_event_takes_all_further() {
        let acts = [(1, 0, 0), (1, 0, 1), (2, 1, 2), (1, 9, 2), (1, 1, 3), (1, 1, 4), (1, 2, 5), (1, 2, 6)];
        assert_eq!(reached(&[0, 1, 2], 100, &acts), [(0, 1, 3), (0, 2, 5), (1, 1, 3), (1, 2, 5)]);
    }

    #[test]
    fn the_last_step_comes_sooner_than_within() {
        assert_eq!(reached(&[0, 1], 10, &[(1, 0, 0), (1, 1, 9)]), [(0, 1, 9)]);
        assert_eq!(reached(&[0, 1], 10, &[(1, 0, 0), (1, 1, 10)]), []);
    }

    #[test]
    fn an_event_is_one_step_of_an_attempt_only() {
        // A, A, A: the second closes nothing of its own.
        assert_eq!(reached(&[0, 0, 0], 9, &[(1, 0, 0), (1, 0, 1), (1, 0, 2)]), [(0, 1, 1), (0, 2, 2), (1, 1, 2)]);
    }

    #[test]
    fn what_comes_behind_its_time_takes_nothing_further_that_is_ahead_of_it() {
        assert_eq!(reached(&[0, 1], 9, &[(1, 0, 5), (1, 1, 4), (1, 1, 5)]), [(5, 1, 5)]);
    }

    #[test]
    fn attempts_end_and_leave_nothing() {
        let mut matcher = Matcher::new(Arc::new(Steps::new(&[0, 1], Span(10))));
        let mut out = Vec::new();
        for at in 0..100 {
            let at = Instant(at);
            matcher.expire(at);
            matcher.take(Act { user: 1, kind: 0, event_time: at, happened: at, place: 0 }, &mut out);
        }
        assert_eq!((matcher.open(), matcher.held()), (10, 10));
        matcher.expire(Instant(109));
        assert_eq!((matcher.open(), matcher.held()), (0, 0));
        assert!(matcher.users.is_empty());
    }
}
