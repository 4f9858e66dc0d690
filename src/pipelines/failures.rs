//! When a pipeline fails and when it runs again.
//!
//! **Scope.** Failures at random have exponential times between them, counted in time of running: what does not run does
//! not fail. Incidents come at given times and stop whatever runs, or does not start, until they are over. A pipeline asks
//! for the stretch of time in which it means to run, and learns when in it it stops.
//!
//! **Limits.** Failures of one pipeline say nothing about those of another. No failure comes while one is
//! repaired. After a thousand attempts in a row that fail the next one succeeds. The state that has to be read again after a failure is the model's own time, not in here.
//!
//! **Parameters**: `scenario::Failures`. **Validation**: rates and exposure in the tests below; what follows from a
//! failure against closed forms in `tests/theory`.

use std::collections::VecDeque;

use super::facts::{Facts, Failure};
use super::setup::Setup;
use crate::random::{Distribution, Substream};
use crate::scenario::{self, Incident, Pipeline};
use crate::units::{Instant, Span};

/// Attempts at one run, batch or checkpoint that may fail in a row. The one after them is not interrupted: who needs so
/// many will never see the end of it, and a simulation must.
pub(super) const MOST_ATTEMPTS: u32 = 1_000;

/// The failures of one pipeline.
#[derive(Clone, Debug)]
pub struct Failures {
    random: Option<Random>,
    incidents: VecDeque<Incident>,
}

#[derive(Clone, Debug)]
struct Random {
    between: Distribution,
    detection: Distribution,
    repair: Distribution,
    stream: Substream,
    /// Running until the next one.
    left: Span,
}

/// A time without the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// From here.
    pub at: Instant,
    /// It has started again, but for its state.
    pub until: Instant,
    /// Whether somebody stopped it on purpose.
    pub planned: bool,
    /// Whether it had begun before the pipeline meant to run.
    pub ongoing: bool,
}

impl Failures {
    /// Those of a pipeline; without any, nothing ever stops.
    #[must_use]
    pub fn new(pipeline: &Pipeline, setup: &Setup) -> Self {
        let none = Self { random: None, incidents: VecDeque::new() };
        let Some(failures) = &pipeline.failures else { return none };
        Self::of(failures, setup.substream(&pipeline.name, "failures"))
    }

    fn of(failures: &scenario::Failures, stream: Substream) -> Self {
        let random = failures.mtbf.map(|mtbf| {
            let between = Distribution::Exponential { mean: mtbf.0 as f64 };
            let (detection, repair) = (failures.detection.clone(), failures.repair.clone());
            let mut random = Random { between, detection, repair, stream, left: Span::ZERO };
            random.renew();
            random
        });
        Self { random, incidents: failures.incidents.iter().copied().collect() }
    }

    /// When the pipeline stops if it means to run from `from` to `to`. If it does, the time up to the stop counts
    /// as run, else all of it.
    pub fn within(&mut self, from: Instant, to: Instant) -> Option<Stop> {
        while self.incidents.front().is_some_and(|incident| incident.until <= from) {
            self.incidents.pop_front();
        }
        let given = self.incidents.front().filter(|incident| incident.at < to);
        let given = given.map(|incident| Stop {
            at: incident.at.max(from),
            until: incident.until,
            planned: incident.planned,
            ongoing: incident.at < from,
        });
        let run_until = given.map_or(to, |stop| stop.at);
        if let Some(random) = &mut self.random {
            if random.left < run_until - from {
                let at = from + random.left;
                let away = random.detection.sample(&mut random.stream) + random.repair.sample(&mut random.stream);
                random.renew();
                return Some(Stop { at, until: at + Span::from_micros_f64(away), planned: false, ongoing: false });
            }
            random.left.0 -= (run_until - from).0;
        }
        if given.is_some() {
            self.incidents.pop_front();
        }
        given
    }

    /// Runs what reads so many `rows`, takes so long and keeps so many cores busy, from `now` on and from the start again after
    /// each failure. A planned stop lets end what has begun, and comes after it.
    pub fn run(&mut self, now: Instant, takes: Span, rows: u64, cores: f64, facts: &mut impl Facts) -> Attempt {
        let mut attempt = Attempt { start: now, failed: None };
        let mut from = now;
        for _ in 0..MOST_ATTEMPTS {
            let (start, end) = (attempt.start, attempt.start + takes);
            let Some(stop) = self.within(from, end) else { break };
            if stop.planned && stop.at > start {
                if stop.until > end {
                    self.incidents.push_front(Incident { at: end, until: stop.until, planned: true });
                }
                from = stop.at;
                continue;
            }
            facts.failed(&Failure { at: stop.at, resumed: stop.until, planned: stop.planned });
            facts.busy(start, stop.at, (stop.at - start).0 as f64 * cores);
            facts.replayed(stop.at, if stop.ongoing { 0 } else { rows }, 0);
            attempt.failed.get_or_insert(stop.at);
            (attempt.start, from) = (stop.until, stop.until);
        }
        attempt
    }
}

/// How a run came to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The attempt that succeeds starts.
    pub start: Instant,
    /// The first that failed did so then.
    pub failed: Option<Instant>,
}

impl Random {
    fn renew(&mut self) {
        self.left = Span::from_micros_f64(self.between.sample(&mut self.stream));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(mtbf: Option<i64>, incidents: &[(i64, i64)]) -> Failures {
        let incidents = incidents
            .iter()
            .map(|(at, until)| Incident { at: Instant(*at), until: Instant(*until), planned: false })
            .collect();
        let model = scenario::Failures {
            mtbf: mtbf.map(Span),
            detection: Distribution::Constant(10.0),
            repair: Distribution::Constant(20.0),
            incidents,
        };
        Failures::of(&model, Substream::new(1, 0, "test"))
    }

    #[test]
    fn only_running_is_exposed() {
        // A hundred microseconds of running in every ten thousand.
        let mut failures = failures(Some(1_000), &[]);
        let stops = (0..100_000)
            .filter_map(|run| failures.within(Instant(run * 10_000), Instant(run * 10_000 + 100)))
            .inspect(|stop| assert_eq!((stop.until - stop.at).0, 30))
            .count();
        // 10 000 expected, less what a failed run does not go on to run: half of it.
        let expected = 100_000.0 * (1.0 - (-0.1_f64).exp());
        assert!((stops as f64 / expected - 1.0).abs() < 0.03, "{stops} {expected}");
    }

    #[test]
    fn an_incident_stops_what_runs_and_what_wants_to_start() {
        let mut failures = failures(None, &[(100, 200), (300, 400), (500, 600)]);
        let mut stop = |from, to| failures.within(Instant(from), Instant(to)).map(|stop| (stop.at.0, stop.until.0));
        assert_eq!(stop(0, 100), None);
        assert_eq!(stop(50, 150), Some((100, 200)));
        assert_eq!(stop(350, 360), Some((350, 400)));
        assert_eq!(stop(600, 700), None);
    }
}
