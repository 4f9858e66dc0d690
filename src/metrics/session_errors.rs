//! Published sessions against the true ones.
//!
//! ```text
//! true        [=========== 10 ===========)          [==== 4 ====)
//! published   [==== 3 ====)   [==== 6 ====)         [== 4 ==)        [= 1 =)
//!              first: 3        at last: 6            both: 4          of nothing
//! ```
//!
//! Disorder, lateness and duplicates do not only change counts of sessions: they split, merge and shift them. So a
//! true session is looked up as a reader would: by key and time. Its first result is the first published session of
//! its key that shares time with it, its final result the one that shares the longest stretch with it among those
//! that stand in the end; of equal ones the first. A session that is published again takes the place of the parts
//! that it was made of. The error is that of windows, |published − true| / true: a session that is split is wrong
//! by what is not in its largest part, two that are merged are both too high, one that was never published is wrong
//! by 100 %. What is published where the key has no true session is all error.

use std::collections::{BTreeSet, HashMap};

use super::correctness::Errors;
use crate::pipelines::GroupFiring;
use crate::units::{HOUR, Instant, Period, Span};
use crate::workload::TrueSession;

/// True and published sessions that are kept at once: beyond that the oldest are judged as they stand. They become many
/// where a pipeline keeps a session open for long.
const WATCHED: usize = 1 << 20;

/// Errors of sessions, at first publication and finally.
#[derive(Clone, Debug)]
pub struct SessionErrors {
    measured: Period,
    /// From when a pipeline is done with the end of a session to when that is judged: rows with wrong times may still
    /// join what is beside it.
    patience: Span,
    by_key: HashMap<u32, Sessions>,
    /// End and key of what is kept.
    ends: BTreeSet<(Instant, u32)>,
    /// All that ended by then was judged because there was too much.
    given_up: Instant,
    /// True sessions that end by then are known.
    known_until: Instant,
    errors: Errors,
}

/// What is kept of a key.
#[derive(Clone, Debug, Default)]
struct Sessions {
    /// Not judged yet; at most the last is open.
    truths: Vec<TrueSession>,
    /// In order of publication.
    published: Vec<Published>,
}

#[derive(Clone, Copy, Debug)]
struct Published {
    window: Period,
    value: u64,
    /// Another session has taken its place.
    replaced: bool,
    /// It shares time with a true session that was judged.
    is_true: bool,
}

impl SessionErrors {
    /// Nothing seen.
    #[must_use]
    pub fn new(gap: Span, measured: Period) -> Self {
        Self {
            measured,
            patience: Span(gap.0.saturating_mul(8).saturating_add(HOUR)),
            by_key: HashMap::new(),
            ends: BTreeSet::new(),
            given_up: Instant::MIN,
            known_until: Instant::MIN,
            errors: Errors::default(),
        }
    }

    /// The sessions that truly began or ended before `until`, since the call before.
    pub fn truth(&mut self, sessions: &[TrueSession], until: Instant) {
        self.known_until = until;
        for session in sessions {
            let truths = &mut self.by_key.entry(session.key).or_default().truths;
            match truths.last_mut() {
                Some(last) if last.over.is_none() => *last = *session,
                _ => truths.push(*session),
            }
            if let Some((end, _)) = session.over {
                self.ends.insert((end, session.key));
                self.limit();
            }
        }
    }

    /// A session was published, whole.
    pub fn fired(&mut self, firing: &GroupFiring) {
        let Some(window) = firing.window else { return };
        if window.to <= self.given_up {
            return;
        }
        let key = firing.key.unwrap_or(0);
        let published = &mut self.by_key.entry(key).or_default().published;
        if firing.again {
            let mut first = None;
            for (place, before) in published.iter_mut().enumerate() {
                if window.from <= before.window.from && before.window.to <= window.to {
                    before.replaced = true;
                    first = first.or((before.window == window).then_some(place));
                }
            }
            // What stands between the first publication of a stretch and the last matters to nobody.
            if let Some(first) = first {
                let mut place = 0;
                published.retain(|of| {
                    place += 1;
                    place - 1 <= first || of.window != window
                });
            }
        }
        published.push(Published { window, value: firing.value, replaced: false, is_true: false });
        self.ends.insert((window.to, key));
        self.limit();
    }

    fn limit(&mut self) {
        while self.ends.len() > WATCHED
            && let Some((end, key)) = self.ends.pop_first()
        {
            self.given_up = self.given_up.max(end);
            self.judge(key, end);
        }
    }

    /// No session that ends by `through` will be published any more.
    pub fn settled(&mut self, through: Instant) {
        let through = (through.max(Instant::MIN + self.patience) - self.patience).min(self.known_until);
        while let Some(&(end, key)) = self.ends.first()
            && end < through
        {
            self.ends.pop_first();
            self.judge(key, end);
        }
    }

    /// Judges what has ended by `end`, and forgets what no true session of the key can share time with any more.
    fn judge(&mut self, key: u32, end: Instant) {
        let Some(sessions) = self.by_key.get_mut(&key) else { return };
        let (measured, errors) = (self.measured, &mut self.errors);
        let inside = |window: &Period| window.from >= measured.from && window.to <= measured.to;
        let published = &mut sessions.published;
        sessions.truths.retain(|truth| {
            let window = truth.window();
            let Some((_, value)) = truth.over.filter(|(to, _)| *to <= end) else { return true };
            let shared = |of: &Published| (of.window.to.min(window.to) - of.window.from.max(window.from)).0;
            let mut of_it = published.iter_mut().filter(|of| shared(of) > 0);
            let first = of_it.next().map(|first| {
                first.is_true = true;
                first.value
            });
            of_it.for_each(|of| of.is_true = true);
            if inside(&window) {
                let standing = published.iter().filter(|of| !of.replaced && shared(of) > 0);
                // The last of equal ones in reverse is the first.
                let last = standing.rev().max_by_key(|of| shared(of)).map(|of| of.value);
                errors.add(first.unwrap_or(0), last.unwrap_or(0), value);
            }
            false
        });
        let truths = &sessions.truths;
        published.retain(|of| {
            if of.window.to > end || truths.iter().any(|truth| overlap(&truth.window(), &of.window)) {
                return true;
            }
            if !of.replaced && !of.is_true && inside(&of.window) {
                errors.add(of.value, of.value, 0);
            }
            false
        });
        if truths.is_empty() && published.is_empty() {
            self.by_key.remove(&key);
        }
    }

    /// Mean and p95 of the error at first publication, mean of the final error.
    #[must_use]
    pub fn errors(mut self) -> [Option<f64>; 3] {
        while let Some((end, key)) = self.ends.pop_first() {
            self.judge(key, end);
        }
        self.errors.summary()
    }
}

fn overlap(one: &Period, other: &Period) -> bool {
    one.from < other.to && other.from < one.to
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors_of(truths: &[(i64, i64, u64)], fired: &[(i64, i64, u64, bool)]) -> ([f64; 3], SessionErrors) {
        let measured = Period { from: Instant(0), to: Instant(1_000) };
        let mut errors = SessionErrors::new(Span(10), measured);
        errors.patience = Span::ZERO;
        for &(from, to, value) in truths {
            let begun = TrueSession { key: 7, from: Instant(from), over: None };
            errors.truth(&[begun, TrueSession { over: Some((Instant(to), value)), ..begun }], Instant(to + 1));
        }
        for &(from, to, value, again) in fired {
            let window = Some(Period { from: Instant(from), to: Instant(to) });
            errors.fired(&GroupFiring {
                window,
                key: Some(7),
                rows: value,
                value,
                again,
                visible: Instant(to),
                watermark: None,
                at_end: false,
            });
        }
        errors.known_until = Instant(10_000);
        (errors.clone().errors().map(Option::unwrap), errors)
    }

    #[test]
    fn a_split_session_is_its_largest_part_and_merged_ones_are_too_high() {
        let close = |truths: &[_], fired: &[_], wanted: [f64; 2]| {
            let ([first, _, last], mut errors) = errors_of(truths, fired);
            assert!((first - wanted[0]).abs() < 1e-12 && (last - wanted[1]).abs() < 1e-12, "{first} {last} {wanted:?}");
            errors.settled(Instant(5_000));
            assert!(errors.by_key.is_empty() && errors.ends.is_empty());
        };
        // Split; the later part is the larger.
        close(&[(0, 100, 10)], &[(0, 40, 3, false), (45, 100, 6, false)], [0.7, 0.4]);
        // Two merged into one.
        close(&[(0, 50, 10), (60, 100, 5)], &[(0, 100, 15, false)], [(0.5 + 2.0) / 2.0, (0.5 + 2.0) / 2.0]);
        // Published in two parts that a late row joins, twice.
        let fired = [(0, 40, 3, false), (45, 100, 6, false), (0, 100, 10, true), (0, 100, 11, true)];
        close(&[(0, 100, 11)], &fired, [8.0 / 11.0, 0.0]);
        // Never published; and one that never was.
        close(&[(0, 100, 10)], &[(200, 210, 2, false)], [(1.0 + 2.0) / 2.0, (1.0 + 2.0) / 2.0]);
        // What merely touches is another, and what is not all within the measured period does not count.
        close(
            &[(0, 100, 10), (-50, -10, 4), (950, 1_001, 4)],
            &[(100, 110, 1, false), (0, 100, 10, false)],
            [0.5, 0.5],
        );
    }

    #[test]
    fn a_session_that_goes_on_keeps_what_was_published_of_it() {
        let measured = Period { from: Instant(0), to: Instant(1_000) };
        let mut errors = SessionErrors::new(Span(10), measured);
        errors.patience = Span::ZERO;
        let begun = TrueSession { key: 0, from: Instant(0), over: None };
        errors.truth(&[begun], Instant(100));
        let fire = |from: i64, to: i64, value: u64| GroupFiring {
            window: Some(Period { from: Instant(from), to: Instant(to) }),
            key: None,
            rows: value,
            value,
            again: false,
            visible: Instant(to),
            watermark: None,
            at_end: false,
        };
        errors.fired(&fire(0, 60, 3));
        errors.settled(Instant(90));
        assert_eq!(errors.by_key[&0].published.len(), 1);
        errors.fired(&fire(100, 120, 1));
        errors.truth(&[TrueSession { over: Some((Instant(120), 4)), ..begun }], Instant(200));
        errors.settled(Instant(150));
        assert!(errors.by_key.is_empty());
        assert_eq!(errors.errors()[..].iter().map(|of| of.unwrap()).collect::<Vec<_>>()[2], 0.25);
    }
}
