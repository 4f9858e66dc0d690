//! The search: screening, refinement, bisection, and the last run of what is named.

use super::candidate::{Candidate, Knob, Source, TTLS, WORKERS};
use super::evaluate::{Evaluator, Finding};
use super::{Plan, conflicts};
use crate::decide::Store;
use crate::error::Result;
use crate::scenario::{Overrides, Scenario};
use crate::units::SECOND;
use crate::workload::Log;

/// Steps of a bisection: each halves the logarithm of what is left between two neighbours of the screening.
const STEPS: usize = 3;
/// How often another candidate may take the place of one that did not hold.
const ROUNDS: usize = 8;

/// Told by the search: `(work that has come up, work that is done)`, in simulated microseconds.
pub type Progress<'a> = dyn Fn(u64, u64) + Sync + 'a;

/// Searches the simplest pipeline of `scenario`, which was read as `name` with `overrides`, that meets all its objectives.
/// The result does not depend on `threads` (0: one for each core) nor on what `store` holds.
///
/// # Errors
/// Those of a run; when a point cannot be kept.
pub fn plan(
    name: &str,
    overrides: &Overrides,
    scenario: &Scenario,
    log: Option<&Log>,
    (store, threads): (&Store, usize),
    progress: &Progress<'_>,
) -> Result<Plan> {
    let source = Source { name, overrides, scenario };
    let evaluator = Evaluator { scenario, log, store, threads };
    let mut search = Search { source, evaluator, tried: Vec::new(), progress };
    let screening = search.source.screening()?;
    search.try_all(&screening)?;
    search.refine()?;
    search.bisect()?;
    search.conclude()
}

struct Search<'a> {
    source: Source<'a>,
    evaluator: Evaluator<'a>,
    tried: Vec<Finding>,
    progress: &'a Progress<'a>,
}

impl Search<'_> {
    /// Screens the candidates that were not tried yet.
    fn try_all(&mut self, candidates: &[Candidate]) -> Result<()> {
        let mut new: Vec<Candidate> = Vec::new();
        for candidate in candidates {
            let known = self.tried.iter().map(|finding| &finding.candidate).chain(&new);
            if !known.into_iter().any(|other| other.is_same(candidate)) {
                new.push(candidate.clone());
            }
        }
        if !new.is_empty() {
            let found = self.evaluator.evaluate(&new, true, self.progress)?;
            self.tried.extend(found);
        }
        Ok(())
    }

    /// The best candidate of each model that was tried, the simplest model first.
    fn best(&self) -> Vec<&Finding> {
        (0..3_u8)
            .filter_map(|model| best_of(self.tried.iter().filter(|f| f.candidate.complexity().0 == model)))
            .collect()
    }

    /// Turns workers and the time to live at the best candidate of each streaming model.
    fn refine(&mut self) -> Result<()> {
        let mut wanted = Vec::new();
        for finding in self.best() {
            let base = &finding.candidate;
            if base.get(Knob::Workers).is_some() {
                wanted.extend(WORKERS.map(|workers| turned(base, Knob::Workers, i64::from(workers))));
            }
            if base.get(Knob::Ttl).is_some() {
                wanted.extend(TTLS.map(|ttl| turned(base, Knob::Ttl, ttl)));
            }
        }
        self.try_turned(wanted)?;
        // The two together, once: a shorter time to live and fewer workers both save.
        let mut wanted = Vec::new();
        for finding in self.best() {
            let base = &finding.candidate;
            let workers = base.get(Knob::Workers).is_some();
            if workers && base.get(Knob::Ttl).is_some() {
                wanted.extend(WORKERS.map(|workers| turned(base, Knob::Workers, i64::from(workers))));
                wanted.extend(TTLS.map(|ttl| turned(base, Knob::Ttl, ttl)));
            }
        }
        self.try_turned(wanted)
    }

    fn try_turned(&mut self, wanted: Vec<(usize, Vec<(Knob, i64)>)>) -> Result<()> {
        let mut candidates = Vec::new();
        for (base, turned) in wanted {
            candidates.extend(self.source.candidate(base, &turned)?);
        }
        self.try_all(&candidates)
    }

    /// Brings each time of the best streaming candidates as far as the objectives allow.
    fn bisect(&mut self) -> Result<()> {
        // Each with whether more of it is gentler. What waits less is fresher, and what is kept for less time is cheaper;
        // a longer trigger is less work.
        for (knob, longer) in [
            (Knob::Trigger, true),
            (Knob::Delay, false),
            (Knob::Bound, false),
            (Knob::Lateness, false),
            (Knob::Ttl, false),
        ] {
            for _ in 0..STEPS {
                let wanted: Vec<_> = self
                    .best()
                    .into_iter()
                    .filter(|finding| finding.is_feasible())
                    .filter_map(|finding| self.between(finding, knob, longer))
                    .collect();
                if wanted.is_empty() {
                    break;
                }
                self.try_turned(wanted)?;
            }
        }
        Ok(())
    }

    /// The middle, by logarithm, between a feasible candidate and its nearest neighbour on the gentler side that is not.
    fn between(&self, finding: &Finding, knob: Knob, longer: bool) -> Option<(usize, Vec<(Knob, i64)>)> {
        let at = finding.candidate.get(knob)?;
        let is_beyond = |value: i64| if longer { value > at } else { value < at };
        let neighbours = self.tried.iter().filter(|other| differs_in(&other.candidate, &finding.candidate, knob));
        let values = neighbours.filter(|other| !other.is_feasible()).filter_map(|other| other.candidate.get(knob));
        let beyond = values.filter(|value| is_beyond(*value));
        let other = if longer { beyond.min() } else { beyond.max() }?;
        let middle = ((at.max(SECOND / 10) as f64) * (other.max(SECOND / 10) as f64)).sqrt();
        let value = round(middle);
        (value != at && value != other).then(|| turned(&finding.candidate, knob, value))
    }

    /// Runs the best of each model, and the next simpler one, with all replications. Where one that seemed to meet all
    /// does not, the next best takes its place.
    fn conclude(mut self) -> Result<Plan> {
        for _ in 0..ROUNDS {
            let mut named: Vec<Candidate> = self.best().into_iter().map(|finding| finding.candidate.clone()).collect();
            named.extend(self.simpler().map(|finding| finding.candidate.clone()));
            let is_open = |candidate: &Candidate| {
                self.tried.iter().any(|finding| finding.candidate.is_same(candidate) && !finding.confirmed)
            };
            let open: Vec<Candidate> = named.into_iter().filter(is_open).collect();
            if open.is_empty() {
                break;
            }
            for found in self.evaluator.evaluate(&open, false, self.progress)? {
                if let Some(tried) = self.tried.iter_mut().find(|tried| tried.candidate.is_same(&found.candidate)) {
                    *tried = Finding { confirmed: true, ..found };
                }
            }
        }
        let best: Vec<Finding> = self.best().into_iter().cloned().collect();
        let simpler = self.simpler().cloned();
        let build = best.iter().position(Finding::is_feasible);
        let objectives = self.source.scenario.objectives.len();
        let conflicts = if build.is_some() { Vec::new() } else { conflicts(&self.tried, objectives) };
        Ok(Plan { scenario: self.source.scenario.clone(), best, build, simpler, tried: self.tried, conflicts })
    }

    /// What is simpler than the simplest that meets all: the model before it, or the batch that runs less often.
    fn simpler(&self) -> Option<&Finding> {
        let best = self.best();
        let build = best.iter().position(|finding| finding.is_feasible())?;
        if let Some(before) = build.checked_sub(1) {
            return best.get(before).copied();
        }
        let complexity = best.get(build)?.candidate.complexity();
        let simpler = self.tried.iter().filter(|other| other.candidate.complexity() < complexity);
        let nearest = simpler.clone().map(|other| other.candidate.complexity()).max()?;
        best_of(simpler.filter(|other| other.candidate.complexity() == nearest))
    }
}

/// The best of some findings: one that meets all, the simplest and then the cheapest, the fastest and the smallest; else
/// the one that misses least.
fn best_of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Option<&'a Finding> {
    let latency = |finding: &Finding| finding.found.get("latency_s.p95").value.unwrap_or(f64::INFINITY);
    let memory = |finding: &Finding| finding.found.get("state.working_set_bytes_peak").value.unwrap_or(f64::INFINITY);
    findings.min_by(|a, b| {
        let ((some, far), (other_some, other_far)) = (a.misses(), b.misses());
        some.cmp(&other_some)
            .then(far.total_cmp(&other_far))
            .then(a.candidate.complexity().cmp(&b.candidate.complexity()))
            .then(to_the_cent(a.cost()).total_cmp(&to_the_cent(b.cost())))
            .then(latency(a).total_cmp(&latency(b)))
            .then(memory(a).total_cmp(&memory(b)))
    })
}

/// Cost to a part in a thousand: less does not decide.
fn to_the_cent(cost: f64) -> f64 {
    if cost > 0.0 && cost.is_finite() {
        let digits = libm::pow(10.0, libm::floor(libm::log10(cost)) - 2.0);
        (cost / digits).round() * digits
    } else {
        cost
    }
}

/// The candidate's knobs with one of them turned.
fn turned(candidate: &Candidate, knob: Knob, value: i64) -> (usize, Vec<(Knob, i64)>) {
    let mut turned: Vec<(Knob, i64)> = candidate.turned.iter().copied().filter(|(other, _)| *other != knob).collect();
    turned.push((knob, value));
    turned.sort_unstable();
    (candidate.base, turned)
}

/// Whether two candidates are the same but for a knob.
fn differs_in(a: &Candidate, b: &Candidate, knob: Knob) -> bool {
    const ALL: [Knob; 8] = [
        Knob::Every,
        Knob::Lookback,
        Knob::Trigger,
        Knob::Delay,
        Knob::Bound,
        Knob::Lateness,
        Knob::Workers,
        Knob::Ttl,
    ];
    a.base == b.base && ALL.iter().filter(|other| **other != knob).all(|other| a.get(*other) == b.get(*other))
}

/// A time that people would write: two digits of its unit.
fn round(micros: f64) -> i64 {
    let unit = [86_400e6, 3_600e6, 60e6, 1e6, 1e3].into_iter().find(|unit| micros >= 2.0 * unit).unwrap_or(1e3);
    let count = micros / unit;
    ((if count >= 10.0 { (count / 5.0).round() * 5.0 } else { count.round() }) * unit) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{DAY, HOUR, MINUTE};

    #[test]
    fn times_are_rounded_to_what_people_write() {
        for (given, wanted) in [
            (3.9 * MINUTE as f64, 4 * MINUTE),
            (47.0 * MINUTE as f64, 45 * MINUTE),
            (100.0 * SECOND as f64, 100 * SECOND),
            (4.9 * HOUR as f64, 5 * HOUR),
            (2.6 * DAY as f64, 3 * DAY),
            (0.32 * SECOND as f64, SECOND * 32 / 100),
        ] {
            assert_eq!(round(given), wanted);
        }
        assert_eq!(to_the_cent(12.3456), 12.3);
    }
}
