//! Runs candidates, many in one simulation, and judges them.

use super::super::{Point, PointPipeline, Store, digest};
use super::candidate::Candidate;
use crate::error::{Error, Result};
use crate::experiment::{Estimate, How, Verdict, in_parallel, run_as};
use crate::scenario::{Objective, Of, Scenario, Target};
use crate::workload::Log;

/// Candidates of one simulation.
const TOGETHER: usize = 12;

/// A candidate and what was found of it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The candidate.
    pub candidate: Candidate,
    /// Its measures.
    pub found: PointPipeline,
    /// How each objective turned out, in the scenario's order.
    pub judgements: Vec<Judgement>,
    /// Whether it was run with all replications.
    pub confirmed: bool,
}

/// How an objective turned out.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Whether the objective is about the pipeline; one about another holds.
    pub asked: bool,
    /// What was measured.
    pub value: Estimate,
    /// Whether the value itself is on the good side.
    pub good: bool,
    /// Whether the whole interval is, or is on the other.
    pub met: Option<bool>,
    /// Days on which it held, of how many.
    pub days: Option<(u64, u64)>,
    /// By which part of the bound the value misses it: 0 when it does not, infinite without a value.
    pub miss: f64,
}

impl Judgement {
    /// Of a candidate that the objective does not concern.
    fn not_asked() -> Self {
        Self { asked: false, value: Estimate::default(), good: true, met: Some(true), days: None, miss: 0.0 }
    }
}

/// Whether an objective is about the pipeline of that name, and so about what is made from it.
pub(super) fn concerns(objective: &Objective, pipeline: &str) -> bool {
    objective.pipeline.as_deref().is_none_or(|name| name == pipeline)
}

impl Finding {
    /// Whether every objective is on the good side.
    #[must_use]
    pub fn is_feasible(&self) -> bool {
        self.judgements.iter().all(|judgement| judgement.good)
    }

    /// Whether every objective is met by its whole interval.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.judgements.iter().all(|judgement| judgement.met == Some(true))
    }

    /// How many objectives are missed, and how far in all.
    #[must_use]
    pub fn misses(&self) -> (usize, f64) {
        let missed = self.judgements.iter().filter(|judgement| !judgement.good);
        missed.fold((0, 0.0), |(count, sum), judgement| (count + 1, sum + judgement.miss.min(1e6)))
    }

    /// Cost a day.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.found.get("cost.total_per_day").value.unwrap_or(f64::INFINITY)
    }
}

/// Runs candidates and keeps what was found.
#[derive(Debug)]
pub(super) struct Evaluator<'a> {
    /// The scenario; its pipelines give place to candidates.
    pub scenario: &'a Scenario,
    pub log: Option<&'a Log>,
    pub store: &'a Store,
    pub threads: usize,
}

impl Evaluator<'_> {
    /// What is found of each candidate. With `screens` in one replication only.
    pub fn evaluate(
        &self,
        candidates: &[Candidate],
        screens: bool,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Vec<Finding>> {
        let groups: Vec<&[Candidate]> = candidates.chunks(TOGETHER).collect();
        let scenarios: Vec<Scenario> = groups.iter().map(|group| self.of(group, screens)).collect();
        let work: u64 = scenarios.iter().map(|scenario| crate::experiment::work(scenario, self.log)).sum();
        progress(work, 0);
        // Either groups or replications are run side by side.
        let inner = if screens { 1 } else { self.threads };
        let outer = if screens { self.threads } else { 1 };
        let points = in_parallel(outer, scenarios.len(), |place| {
            let scenario = scenarios.get(place).ok_or_else(|| Error::Model("a group has no scenario".to_owned()))?;
            let key = digest(scenario)?;
            if let Some(point) = self.store.get(&key) {
                progress(0, crate::experiment::work(scenario, self.log));
                return Ok(point);
            }
            let how = How { threads: inner, ..How::default() };
            let (outcome, _) = run_as(scenario, self.log, how, &|micros| progress(0, micros))?;
            self.store.put(&key, &Point::of(&outcome))
        })?;
        let mut findings = Vec::with_capacity(candidates.len());
        for (group, point) in groups.into_iter().zip(points) {
            for (lane, candidate) in group.iter().enumerate() {
                let found = point.pipelines.get(lane).cloned();
                let found = found.ok_or_else(|| Error::Model("a candidate was not run".to_owned()))?;
                let judgements = self.scenario.objectives.iter().enumerate().map(|(place, objective)| {
                    // Each objective has a verdict for each candidate, in their order.
                    let verdict =
                        point.verdicts.get(place * group.len() + lane).map(super::super::PointVerdict::verdict);
                    if !concerns(objective, &candidate.pipeline.name) {
                        return Judgement::not_asked();
                    }
                    judge(objective, verdict.as_ref())
                });
                findings.push(Finding {
                    candidate: candidate.clone(),
                    judgements: judgements.collect(),
                    found,
                    confirmed: !screens,
                });
            }
        }
        Ok(findings)
    }

    /// The scenario with these pipelines. They keep the names that they come with, and so their random numbers.
    fn of(&self, group: &[Candidate], screens: bool) -> Scenario {
        let mut scenario = self.scenario.clone();
        scenario.pipelines = group.iter().map(|candidate| candidate.pipeline.clone()).collect();
        scenario.objectives.iter_mut().for_each(|objective| objective.pipeline = None);
        if screens {
            scenario.replications = 1;
        }
        scenario
    }
}

fn judge(objective: &Objective, verdict: Option<&Verdict>) -> Judgement {
    let none = Verdict::default();
    let verdict = verdict.unwrap_or(&none);
    let Some(value) = verdict.value.value else {
        // What is not there takes no memory and costs nothing; anything else was not shown to hold.
        let nothing = ["state.", "cost.", "operations.", "accounting."];
        let good = matches!(objective.target, Target::AtMost(_))
            && objective.of == Of::Measure
            && nothing.iter().any(|group| objective.measure.starts_with(group));
        let miss = if good { 0.0 } else { f64::INFINITY };
        return Judgement {
            asked: true,
            value: verdict.value,
            good,
            met: good.then_some(true),
            days: verdict.days,
            miss,
        };
    };
    let good = Verdict::is_good(objective, value);
    let (Target::AtMost(bound) | Target::AtLeast(bound)) = objective.target;
    // Shares are told apart by what is missing from 100 %.
    let miss = match objective.of.share() {
        _ if good => 0.0,
        Some(share) => (share - value) / (1.0 - share),
        None => (value - bound).abs() / bound.abs().max(1e-12),
    };
    Judgement { asked: true, value: verdict.value, good, met: verdict.met, days: verdict.days, miss }
}
