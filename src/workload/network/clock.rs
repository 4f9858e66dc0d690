//! Clocks of senders that are ahead or behind.

use crate::random::{ByKey, Distribution, Substream, unit_of_key};
use crate::scenario::{Clock, ShareOf};
use crate::units::{DAY, Span};

/// The furthest that a clock is wrong: 30 days.
const FURTHEST: i64 = 30 * DAY;

/// By how much the clock of each sender is wrong: for good, and by another amount for each.
#[derive(Clone, Debug)]
pub struct Clocks {
    salt: u64,
    ahead: f64,
    /// Shares of clocks that are wrong at all.
    wrong: f64,
    by: [Distribution; 2],
    stream: Substream,
    known: ByKey<Span>,
}

impl Clocks {
    /// The clocks of a workload; `None` when all are right.
    #[must_use]
    pub fn new(clock: &Clock, substream: &impl Fn(&str) -> Substream) -> Option<Self> {
        let share = |of: &Option<ShareOf>| of.as_ref().map_or(0.0, |of| of.share);
        let by = |of: &Option<ShareOf>| of.as_ref().map_or(Distribution::Constant(0.0), |of| of.after.clone());
        let (ahead, wrong) = (share(&clock.ahead), share(&clock.ahead) + share(&clock.behind));
        (wrong > 0.0).then(|| Self {
            salt: substream("wrong clocks").bits(),
            ahead,
            wrong,
            by: [by(&clock.ahead), by(&clock.behind)],
            stream: substream("clock skew"),
            known: ByKey::default(),
        })
    }

    /// Whether the clock of a sender is right.
    #[inline]
    pub fn is_right(&self, user: u32) -> bool {
        unit_of_key(user, self.salt) >= self.wrong
    }

    /// What the clock of a sender adds to the time.
    pub fn skew(&mut self, user: u32) -> Span {
        if self.is_right(user) {
            return Span::ZERO;
        }
        let ahead = unit_of_key(user, self.salt) < self.ahead;
        let (by, stream) = (&self.by[usize::from(!ahead)], &mut self.stream);
        *self.known.entry(user).or_insert_with(|| {
            let by = Span::from_micros_f64(by.sample(stream)).0.min(FURTHEST);
            Span(if ahead { by } else { -by })
        })
    }
}
