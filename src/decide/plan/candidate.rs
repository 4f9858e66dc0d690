//! Candidates: a pipeline of the scenario with some of its knobs turned.

use super::evaluate::concerns;
use crate::error::Result;
use crate::scenario::{Dedup, LateRows, Model, Overrides, Pipeline, Scenario, load};
use crate::units::{DAY, HOUR, MINUTE, SECOND, Span};

/// Periods of batches that are tried.
const PERIODS: [i64; 11] =
    [DAY, 12 * HOUR, 8 * HOUR, 6 * HOUR, 4 * HOUR, 3 * HOUR, 2 * HOUR, HOUR, 30 * MINUTE, 15 * MINUTE, 5 * MINUTE];
/// How far back batches reach that are tried, besides one period.
const REACHES: [i64; 2] = [DAY, 3 * DAY];
const TRIGGERS: [i64; 5] = [10 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE];
const DELAYS: [i64; 3] = [15 * SECOND, 5 * MINUTE, HOUR];
const BOUNDS: [i64; 5] = [SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE];
const LATENESSES: [i64; 4] = [0, 5 * MINUTE, HOUR, DAY];
/// Numbers of workers that are tried after the screening.
pub(super) const WORKERS: [u32; 5] = [1, 2, 4, 8, 16];
/// Times to live that are tried after the screening.
pub(super) const TTLS: [i64; 5] = [15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY];

/// Something that is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Knob {
    /// `every` of a batch.
    Every,
    /// `lookback` of a batch, as periods.
    Lookback,
    /// `trigger` of a micro-batch.
    Trigger,
    /// `watermark_delay` of a micro-batch.
    Delay,
    /// `watermark.bound` of a continuous pipeline.
    Bound,
    /// `allowed_lateness` of a continuous pipeline.
    Lateness,
    /// `parallelism` of a continuous pipeline.
    Workers,
    /// `ttl` of deduplication.
    Ttl,
}

impl Knob {
    /// Its path below the pipeline.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Every => "every",
            Self::Lookback => "lookback",
            Self::Trigger => "trigger",
            Self::Delay => "watermark_delay",
            Self::Bound => "watermark.bound",
            Self::Lateness => "allowed_lateness",
            Self::Workers => "parallelism",
            Self::Ttl => "dedup.ttl",
        }
    }
}

/// A pipeline that could be built.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Place of the pipeline in the scenario that it was made from.
    pub base: usize,
    /// It, with its final values.
    pub pipeline: Pipeline,
    /// What was turned, and to what: microseconds of time, or a number.
    pub turned: Vec<(Knob, i64)>,
}

impl Candidate {
    /// Rank of its complexity: model, then runs a day of what has runs, and workers of what has none.
    #[must_use]
    pub fn complexity(&self) -> (u8, i64) {
        match &self.pipeline.model {
            Model::Batch(batch) => (0, DAY / batch.every.0.max(1)),
            Model::MicroBatch(batch) => (1, DAY / batch.trigger.0.max(1)),
            Model::Continuous(job) => (2, i64::from(job.parallelism)),
        }
    }

    /// Whether `other` reads the same in every knob.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.base == other.base && format!("{:?}", self.pipeline) == format!("{:?}", other.pipeline)
    }

    /// The value of a knob, as it is turned or as the pipeline has it.
    #[must_use]
    pub fn get(&self, knob: Knob) -> Option<i64> {
        let turned = self.turned.iter().find(|(turned, _)| *turned == knob).map(|(_, value)| *value);
        turned.or_else(|| match (&self.pipeline.model, knob) {
            (Model::Batch(batch), Knob::Every) => Some(batch.every.0),
            (Model::Batch(batch), Knob::Lookback) => match batch.late {
                LateRows::Lookback { periods } => Some(i64::from(periods)),
                _ => None,
            },
            (Model::MicroBatch(batch), Knob::Trigger) => Some(batch.trigger.0),
            (Model::MicroBatch(batch), Knob::Delay) => Some(batch.watermark_delay.0),
            (Model::Continuous(job), Knob::Bound) => Some(job.watermark_bound.0),
            (Model::Continuous(job), Knob::Lateness) => Some(job.allowed_lateness.0),
            (Model::Continuous(job), Knob::Workers) => Some(i64::from(job.parallelism)),
            (Model::MicroBatch(_) | Model::Continuous(_), Knob::Ttl) => match self.pipeline.dedup {
                Some(Dedup::Ttl(ttl) | Dedup::EventTime(ttl) | Dedup::Generations(ttl)) => Some(ttl.0),
                _ => None,
            },
            _ => None,
        })
    }
}

/// The scenario that candidates are made from.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// Its name on the command line.
    pub name: &'a str,
    /// What the command line changes.
    pub overrides: &'a Overrides,
    /// As it is.
    pub scenario: &'a Scenario,
}

impl Source<'_> {
    /// The pipeline at `base` with knobs turned; `None` when the scenario then has a problem, such as a period that
    /// is no multiple of the windows.
    ///
    /// # Errors
    /// When the scenario can no longer be read.
    pub fn candidate(&self, base: usize, turned: &[(Knob, i64)]) -> Result<Option<Candidate>> {
        let mut set = self.overrides.set.clone();
        for (knob, value) in turned {
            let text = match knob {
                Knob::Lookback | Knob::Workers => value.to_string(),
                _ => Span(*value).to_string(),
            };
            match knob {
                Knob::Ttl => set.push(format!("job.dedup.ttl={text}")),
                _ => set.push(format!("pipelines[{base}].{}={text}", knob.path())),
            }
            if let (Knob::Every, Some(Model::Batch(batch))) =
                (knob, self.scenario.pipelines.get(base).map(|pipeline| &pipeline.model))
            {
                // What waits for stragglers of a day waits less for those of an hour.
                let after = batch.start_after.0.min((value / 12).max(1));
                set.push(format!("pipelines[{base}].start_after={}", Span(after)));
            }
        }
        match load(self.name, &Overrides { set, ..self.overrides.clone() }) {
            Ok(scenario) => Ok(scenario.pipelines.into_iter().nth(base).map(|pipeline| Candidate {
                base,
                pipeline,
                turned: turned.to_vec(),
            })),
            Err(crate::error::Error::Input(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Whether any objective is about a pipeline: of one that none is about nothing could be said.
    fn is_asked(&self, pipeline: &Pipeline) -> bool {
        self.scenario.objectives.iter().any(|objective| concerns(objective, &pipeline.name))
    }

    /// The pipelines to start from: one of each model that the scenario has, and for batches the one with the
    /// nearest longer period.
    fn bases(&self, model: &str) -> Vec<(usize, &Pipeline)> {
        let fits = |pipeline: &&Pipeline| pipeline.model.name() == model && self.is_asked(pipeline);
        self.scenario.pipelines.iter().enumerate().filter(|(_, pipeline)| fits(pipeline)).collect()
    }

    /// The candidates of the screening, and every pipeline of the scenario as it is.
    pub fn screening(&self) -> Result<Vec<Candidate>> {
        let mut wanted: Vec<(usize, Vec<(Knob, i64)>)> = self
            .scenario
            .pipelines
            .iter()
            .enumerate()
            .filter(|(_, pipeline)| self.is_asked(pipeline))
            .map(|(base, _)| (base, Vec::new()))
            .collect();
        wanted.extend(self.batches());
        if let Some((base, _)) = self.bases("micro_batch").first() {
            for trigger in TRIGGERS {
                wanted.extend(DELAYS.map(|delay| (*base, vec![(Knob::Trigger, trigger), (Knob::Delay, delay)])));
            }
        }
        if let Some((base, _)) = self.bases("continuous").first() {
            for bound in BOUNDS {
                wanted
                    .extend(LATENESSES.map(|lateness| (*base, vec![(Knob::Bound, bound), (Knob::Lateness, lateness)])));
            }
        }
        let mut found: Vec<Candidate> = Vec::new();
        for (base, turned) in wanted {
            let Some(candidate) = self.candidate(base, &turned)? else { continue };
            if !found.iter().any(|other| other.is_same(&candidate)) {
                found.push(candidate);
            }
        }
        Ok(found)
    }

    fn batches(&self) -> Vec<(usize, Vec<(Knob, i64)>)> {
        let bases: Vec<(usize, i64, bool)> = self
            .bases("batch")
            .into_iter()
            .filter_map(|(base, pipeline)| match &pipeline.model {
                Model::Batch(batch) => Some((base, batch.every.0, matches!(batch.late, LateRows::Lookback { .. }))),
                _ => None,
            })
            .collect();
        let mut wanted = Vec::new();
        for every in PERIODS {
            let longer = bases.iter().filter(|(_, period, _)| *period >= every).min_by_key(|(_, period, _)| *period);
            let Some((base, _, looks_back)) = longer.or_else(|| bases.iter().max_by_key(|(_, period, _)| *period))
            else {
                continue;
            };
            if !looks_back {
                wanted.push((*base, vec![(Knob::Every, every)]));
                continue;
            }
            let mut periods: Vec<i64> =
                REACHES.iter().map(|reach| (reach / every).clamp(1, 3_650)).chain([1]).collect();
            periods.sort_unstable();
            periods.dedup();
            wanted.extend(periods.into_iter().map(|back| (*base, vec![(Knob::Every, every), (Knob::Lookback, back)])));
        }
        wanted
    }
}
