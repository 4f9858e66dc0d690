//! Ordered steps of one user within a time: the steps, and the truth about them.
//!
//! Each event of the first step opens an attempt. The next event of its user that is of the next step takes it one
//! step further, whatever lies between; events of one time follow one another in their order. An attempt ends with
//! its last step, or once `within` has passed since it was opened: a step at that instant is too late. That is Flink CEP's
//! `begin(A).followedBy(B).followedBy(C).within(T)` without skipping: one match at most for each A, and what has
//! reached step k is what a pattern of k steps matches.

mod matcher;

pub use matcher::{Act, Matcher, Reached};

use std::sync::Arc;

use super::log::Log;
use crate::error::{Error, Problem, Result};
use crate::scenario::Scenario;
use crate::units::{Instant, Span};

/// The steps of a job's funnel, as places in the stream's list of types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    /// For each type the steps that it is: bit 0 for the first.
    of_kind: Vec<u16>,
    /// How many steps.
    count: usize,
    /// Time from the first step to the last: less than this.
    within: Span,
}

impl Steps {
    /// Steps that are of these types; at most sixteen of them count.
    #[must_use]
    pub fn new(kinds: &[u8], within: Span) -> Self {
        let mut of_kind = vec![0; 256];
        for (step, kind) in (0..16).zip(kinds) {
            if let Some(steps) = of_kind.get_mut(*kind as usize) {
                *steps |= 1 << step;
            }
        }
        Self { of_kind, count: kinds.len().min(16), within }
    }

    /// The steps of a scenario's funnel among its own types or those of the log that is replayed.
    ///
    /// # Errors
    /// When the log has no events of a step's type.
    pub fn resolve(scenario: &Scenario, log: Option<&Log>) -> Result<Option<Arc<Self>>> {
        let Some(funnel) = &scenario.job.funnel else { return Ok(None) };
        let names: Vec<&str> = match log {
            Some(log) => log.kinds().iter().map(String::as_str).collect(),
            None => scenario.workload.types.iter().map(|of| of.name.as_str()).collect(),
        };
        let mut kinds = Vec::with_capacity(funnel.steps.len());
        for (place, step) in funnel.steps.iter().enumerate() {
            match names.iter().position(|name| name == step) {
                Some(kind) => kinds.push(kind as u8),
                None => return Err(unknown(place, step, &names)),
            }
        }
        Ok(Some(Arc::new(Self::new(&kinds, funnel.within))))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Time from the first step to the last: less than this.
    #[must_use]
    pub fn within(&self) -> Span {
        self.within
    }

    /// Which steps an event of a type is, bit 0 for the first.
    #[inline]
    #[must_use]
    pub fn of(&self, kind: u8) -> u16 {
        self.of_kind.get(kind as usize).copied().unwrap_or(0)
    }
}

fn unknown(place: usize, step: &str, names: &[&str]) -> Error {
    let remedy = if names.is_empty() {
        "add a column event_type to the log, or remove job.funnel".to_owned()
    } else {
        format!("write one of its types: {}", names.iter().take(20).copied().collect::<Vec<_>>().join(", "))
    };
    Error::input(Problem {
        file: "workload.source".to_owned(),
        position: None,
        field: Some(format!("job.funnel.steps[{place}]")),
        what: format!("the log has no events of the type \"{step}\""),
        remedy,
    })
}

/// What truly reached which step: events in order of the time at which they happened, none missing. Events of one instant, whose
/// order no log tells, are taken in the order of the steps that they are.
#[derive(Clone, Debug)]
pub struct TrueFunnel {
    steps: Arc<Steps>,
    matcher: Matcher,
    /// Events of one instant.
    instant: Vec<Act>,
}

impl TrueFunnel {
    /// Nothing happened yet.
    #[must_use]
    pub fn new(steps: Arc<Steps>) -> Self {
        Self { matcher: Matcher::new(Arc::clone(&steps)), steps, instant: Vec::new() }
    }

    /// Takes events in order of time; `of` says of which user and type one is.
    pub fn add(&mut self, events: &[Instant], of: impl Fn(usize) -> (u32, u8), reached: &mut Vec<Reached>) {
        for (place, at) in events.iter().enumerate() {
            let (user, kind) = of(place);
            if self.instant.first().is_some_and(|first| first.happened < *at) {
                self.take(reached);
            }
            self.instant.push(Act { user, kind, event_time: *at, happened: *at, place: 0 });
        }
        self.take(reached);
        if let Some(last) = events.last() {
            self.matcher.expire(*last);
        }
    }

    /// Takes the events of one instant.
    fn take(&mut self, reached: &mut Vec<Reached>) {
        self.instant.sort_by_key(|act| self.steps.of(act.kind).trailing_zeros());
        for act in self.instant.drain(..) {
            self.matcher.take(act, reached);
        }
    }
}
