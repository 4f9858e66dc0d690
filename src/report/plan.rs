//! The answer of the search: what to build, what the simpler misses, what the faster adds and costs.

mod files;

use crate::decide::plan::{Finding, Judgement, Knob, Plan};
use crate::error::Result;
use crate::experiment::{Estimate, Verdict};
use crate::metrics::Unit;
use crate::report::charts::{self, Axis, Dot, Scatter};
use crate::report::page::{Paper, PaperTable, Section};
use crate::report::{rows, verdict, view};
use crate::scenario::{Model, Objective};
use crate::units::{DAY, HOUR, MINUTE, SECOND};

/// The schema of the summary.
pub const SCHEMA: &str = "millstream/plan/1";
/// Memory on top of the measured peak: a common rule.
const HEADROOM: f64 = 1.3;

/// What is told of each candidate beside the objectives.
const TOLD: [&str; 9] = [
    "latency_s.p50",
    "latency_s.p95",
    "freshness_s.data_age_mean",
    "correctness.completeness_first",
    "correctness.completeness_final",
    "correctness.overcount",
    "state.working_set_bytes_peak",
    "compute.core_hours",
    "cost.total_per_day",
];

/// The report on a plan.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The command that makes it again.
    pub command: &'a str,
}

/// A time as scenarios write it.
fn span(micros: i64) -> String {
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"), (1_000, "ms")];
    let unit = units.into_iter().find(|(unit, _)| micros >= *unit && micros % unit == 0);
    match unit {
        Some((unit, name)) => format!("{}{name}", micros / unit),
        None if micros == 0 => "0s".to_owned(),
        None => format!("{micros}us"),
    }
}

/// A pipeline in words: `batch every 6h, lookback 4`.
#[must_use]
pub fn words(finding: &Finding) -> String {
    let candidate = &finding.candidate;
    let knob = |knob: Knob| candidate.get(knob);
    let time = |of: Knob| knob(of).map(span).unwrap_or_default();
    let mut parts = match &candidate.pipeline.model {
        Model::Batch(batch) => {
            let mut parts =
                vec![format!("batch every {}, started {} after", time(Knob::Every), span(batch.start_after.0))];
            parts.extend(knob(Knob::Lookback).map(|periods| match periods {
                1 => "reading the last period again".to_owned(),
                periods => format!("reading the last {periods} periods again"),
            }));
            parts
        }
        Model::MicroBatch(_) => {
            vec![format!("micro-batch every {}", time(Knob::Trigger)), format!("watermark delay {}", time(Knob::Delay))]
        }
        Model::Continuous(job) => {
            let workers = if job.parallelism == 1 { "worker" } else { "workers" };
            vec![
                format!("continuous with {} {workers}", job.parallelism),
                format!("watermark bound {}", time(Knob::Bound)),
                format!("allowed lateness {}", time(Knob::Lateness)),
            ]
        }
    };
    parts.extend(knob(Knob::Ttl).map(|ttl| format!("ids kept for {}", span(ttl))));
    parts.join(", ")
}

impl Report<'_> {
    fn currency(&self) -> &str {
        &self.plan.scenario.prices.currency
    }

    /// A number with its unit; money with its currency.
    fn number(&self, unit: Unit, found: &Estimate) -> String {
        let interval = view::compact_interval(unit, found).map_or_else(String::new, |interval| format!(" {interval}"));
        let text = view::optional(unit, found.value);
        let currency =
            if unit == Unit::Money && found.value.is_some() { format!(" {}", self.currency()) } else { String::new() };
        format!("{text}{currency}{interval}")
    }

    fn measure(&self, finding: &Finding, path: &str) -> String {
        self.number(rows::unit(path), &finding.found.get(path))
    }

    fn objectives(&self) -> &[Objective] {
        &self.plan.scenario.objectives
    }

    /// The misses of a finding: `95th-percentile latency at most 15 min: 36 min`.
    fn missed(&self, finding: &Finding) -> Vec<String> {
        let pairs = self.objectives().iter().zip(&finding.judgements).filter(|(_, judgement)| !judgement.good);
        pairs
            .map(|(objective, judgement)| {
                format!(
                    "{} {}: it is {}",
                    rows::phrase(&objective.measure),
                    verdict::bound(objective),
                    self.found(objective, judgement)
                )
            })
            .collect()
    }

    fn found(&self, objective: &Objective, judgement: &Judgement) -> String {
        let shown = Verdict { value: judgement.value, days: judgement.days, ..Verdict::default() };
        match judgement.value.value {
            None => "does not apply".to_owned(),
            Some(_) if judgement.days.is_some() => verdict::found(objective, &shown),
            Some(_) => self.number(verdict::unit(objective), &judgement.value),
        }
    }

    /// What changes from one to another: `95th-percentile latency 36 min → 1.1 min`.
    fn changes(&self, from: &Finding, to: &Finding, better: bool) -> Vec<String> {
        TOLD.iter()
            .filter_map(|path| {
                let (before, after) = (from.found.get(path).value?, to.found.get(path).value?);
                let less = rows::less_is_better(path)?;
                let moved = (after - before).abs() > 0.01 * before.abs().max(after.abs());
                let unit = rows::unit(path);
                let tells = match unit {
                    // Shares near 100 % differ in what is missing.
                    Unit::Share => (after - before).abs() > 1e-4,
                    _ => moved,
                };
                let is_better = (after < before) == less;
                (tells && is_better == better).then(|| {
                    format!("{} {} instead of {}", rows::phrase(path), self.measure(to, path), self.measure(from, path))
                })
            })
            .collect()
    }

    fn value_change(&self, from: &Finding, to: &Finding) -> Option<String> {
        let of = |finding: &Finding, path: &str| finding.found.get(path).value;
        let worth = of(to, "value.per_day")? - of(from, "value.per_day")?;
        let net = of(to, "value.net_per_day")? - of(from, "value.net_per_day")?;
        let currency = self.currency();
        let verdict = if net > 0.0 { "it pays" } else { "it does not pay" };
        Some(format!(
            "That changes what the events are worth by {} {currency} a day, after its cost by {} {currency}: {verdict}.",
            view::change(Unit::Money, worth),
            view::change(Unit::Money, net)
        ))
    }

    /// The answer in sentences.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let plan = self.plan;
        let Some(build) = plan.build.and_then(|place| plan.best.get(place)) else { return self.nothing() };
        let count = self.objectives().len();
        let all = if count == 1 { "the objective".to_owned() } else { format!("all {count} objectives") };
        let mut out = vec![format!(
            "Build this: {}. It meets {all}, for {} a day and {} of memory at the peak.",
            words(build),
            self.measure(build, "cost.total_per_day"),
            self.measure(build, "state.working_set_bytes_peak")
        )];
        if !build.is_proven() {
            let open: Vec<String> = self
                .objectives()
                .iter()
                .zip(&build.judgements)
                .filter(|(_, judgement)| judgement.met != Some(true))
                .map(|(objective, judgement)| format!("“{}” ({})", objective.name, self.found(objective, judgement)))
                .collect();
            out.push(format!(
                "Not proven yet, for the interval holds the bound or the days are too few: {}. More replications or a \
                 longer duration would tell.",
                view::list(&open)
            ));
        }
        match &plan.simpler {
            Some(simpler) => {
                out.push(format!(
                    "The next simpler is too little: {}; {}.",
                    words(simpler),
                    self.missed(simpler).join("; ")
                ));
            }
            None => out.push("Nothing simpler was found to compare with.".to_owned()),
        }
        match plan.faster() {
            Some(faster) => {
                let adds = self.changes(build, faster, true);
                let costs = self.changes(build, faster, false);
                let list = |items: Vec<String>| if items.is_empty() { "nothing".to_owned() } else { items.join("; ") };
                out.push(format!(
                    "The next faster, {}, would add: {}. It gives up: {}.",
                    words(faster),
                    list(adds),
                    list(costs)
                ));
                out.extend(self.value_change(build, faster));
                let missed = self.missed(faster);
                if !missed.is_empty() {
                    out.push(format!("It does not meet all objectives: {}.", missed.join("; ")));
                }
            }
            None => out.push("No more complex model of the scenario’s pipelines is faster.".to_owned()),
        }
        out
    }

    fn nothing(&self) -> Vec<String> {
        let plan = self.plan;
        let name = |place: &usize| self.objectives().get(*place).map_or_else(String::new, |o| format!("“{}”", o.name));
        let mut out = vec![format!("No pipeline of the {} that were tried meets all objectives.", plan.tried.len())];
        for conflict in plan.conflicts.iter().take(8) {
            out.push(match conflict.objectives.as_slice() {
                [one] => {
                    let least = plan.tried.iter().filter_map(|finding| {
                        let judgement = finding.judgements.get(*one)?;
                        judgement.miss.is_finite().then_some((finding, judgement))
                    });
                    let nearest = least.min_by(|a, b| a.1.miss.total_cmp(&b.1.miss));
                    let nearest = nearest.zip(self.objectives().get(*one)).map(|((finding, judgement), objective)| {
                        format!("; the nearest is {}: {}", self.found(objective, judgement), words(finding))
                    });
                    format!("Nothing meets {}{}.", name(one), nearest.unwrap_or_default())
                }
                several => {
                    let names: Vec<String> = several.iter().map(name).collect();
                    format!("{} exclude one another: each can be met, not all of them.", view::list(&names))
                }
            });
        }
        if let Some(least) =
            plan.best.iter().min_by(|a, b| a.misses().0.cmp(&b.misses().0).then(a.misses().1.total_cmp(&b.misses().1)))
        {
            out.push(format!("What misses least: {}; {}.", words(least), self.missed(least).join("; ")));
        }
        out
    }

    /// The best of each model, objectives first.
    #[must_use]
    pub fn best(&self) -> PaperTable {
        let named: Vec<&Finding> = self.named();
        let mut head = vec![String::new()];
        head.extend(named.iter().enumerate().map(|(place, finding)| self.heading(place, finding)));
        let row = |label: String, cell: &dyn Fn(&Finding) -> String| {
            std::iter::once(label).chain(named.iter().map(|finding| cell(finding))).collect::<Vec<_>>()
        };
        let mut table = vec![row("settings".to_owned(), &words)];
        for (place, objective) in self.objectives().iter().enumerate() {
            let label =
                format!("{}: {} {}", objective.name, rows::phrase(&objective.measure), verdict::bound(objective));
            table.push(row(label, &|finding| {
                finding.judgements.get(place).map_or_else(String::new, |judgement| {
                    let word = match (judgement.met, judgement.good) {
                        _ if !judgement.asked => return "not asked".to_owned(),
                        (Some(true), _) => "met",
                        (_, true) => "met, not proven",
                        (_, false) => "missed",
                    };
                    format!("{word}: {}", self.found(objective, judgement))
                })
            }));
        }
        let worth = named.iter().any(|finding| finding.found.get("value.per_day").value.is_some());
        let more: &[&str] = if worth { &["value.per_day", "value.net_per_day"] } else { &[] };
        for path in TOLD.iter().chain(more) {
            table.push(row(rows::phrase(path), &|finding| self.measure(finding, path)));
        }
        table.push(row("memory to provide (peak and 30 %)".to_owned(), &Self::memory));
        PaperTable {
            caption: "The next simpler candidate and the best of each model, with all replications; ± is half of the \
                      95 % confidence interval, in percent of the value or in percentage points."
                .to_owned(),
            head,
            rows: table,
            left: 1,
        }
    }

    fn heading(&self, place: usize, finding: &Finding) -> String {
        let build = self.plan.build.and_then(|place| self.plan.best.get(place));
        let is_built = build.is_some_and(|build| build.candidate.is_same(&finding.candidate));
        let model = finding.candidate.pipeline.model.name();
        match (is_built, place) {
            (true, _) => format!("build: {model}"),
            (false, 0) if self.plan.build.is_some() && self.plan.simpler.is_some() => format!("simpler: {model}"),
            _ => format!("best {model}"),
        }
    }

    /// The next simpler one, if it is not among them, and the best of each model.
    fn named(&self) -> Vec<&Finding> {
        let best = &self.plan.best;
        let simpler = self.plan.simpler.iter();
        let extra = simpler.filter(|simpler| !best.iter().any(|other| other.candidate.is_same(&simpler.candidate)));
        extra.chain(best).collect()
    }

    /// The page.
    ///
    /// # Errors
    /// When the figure cannot be drawn.
    pub fn paper(&self) -> Result<Paper> {
        let plan = self.plan;
        let series = ["batch", "micro_batch", "continuous"].map(str::to_owned);
        let pair = |finding: &Finding| {
            Some((finding.found.get("latency_s.p95").value?, finding.found.get("cost.total_per_day").value?))
        };
        let named = self.named();
        let dots: Vec<Dot> = plan
            .tried
            .iter()
            .filter_map(|finding| {
                let place = series.iter().position(|name| *name == finding.candidate.pipeline.model.name())?;
                let known = named.iter().position(|named| named.candidate.is_same(&finding.candidate));
                let label = known.map(|place| self.heading(place, finding));
                Some(Dot { at: pair(finding)?, series: place, hollow: !finding.is_feasible(), label })
            })
            .collect();
        let meets = plan.tried.iter().filter(|finding| finding.is_feasible()).count();
        let figure = charts::scatter(Scatter {
            name: "candidates",
            titles: vec![
                format!("{meets} of {} candidates meet all objectives", plan.tried.len()),
                "Candidates by latency and cost".to_owned(),
            ],
            caption: "Each mark is a candidate of the screening, or its last run where there was one; ✓ meets all \
                      objectives, as far as there is room for the sign."
                .to_owned(),
            x: Axis::log_time("95th-percentile latency (log scale)", dots.iter().map(|dot| dot.at.0)),
            y: Axis::log_values(
                &format!("Cost a day ({}, log scale)", self.currency()),
                Unit::Money,
                dots.iter().map(|dot| dot.at.1),
            ),
            series: &series,
            dots,
            line: Vec::new(),
        })?;
        let build = plan.build.and_then(|place| plan.best.get(place));
        let how = build.map(|build| {
            let set: Vec<String> =
                self.settings(build).iter().map(|set| format!("--set {}", crate::scenario::quoted(set))).collect();
            format!("To run it: millstream run SCENARIO {}", set.join(" "))
        });
        Ok(Paper {
            title: format!("Plan: {}", plan.scenario.title),
            question: plan.scenario.question.clone(),
            verdict: self.sentences(),
            sections: vec![
                Section {
                    title: "The candidates side by side".to_owned(),
                    text: how.into_iter().collect(),
                    tables: vec![self.best()],
                    ..Section::default()
                },
                Section { title: "All that was tried".to_owned(), figures: vec![figure], ..Section::default() },
                Section {
                    title: "How it was searched".to_owned(),
                    text: vec![
                        "Candidates are the scenario’s pipelines with other intervals, watermarks, lateness, workers and \
                         times to live. All are screened with one replication on the same stream; times are then \
                         narrowed down by bisection, to a factor of about 1.2 between what is enough and what is not; what is \
                         named here is run again with all replications."
                            .to_owned(),
                        "Simpler is a batch before a micro-batch before a continuous pipeline; of those with runs the one \
                         with fewer, of continuous ones the one with fewer workers; then the cheaper, then the faster. A \
                         pipeline outside this grid may still be better."
                            .to_owned(),
                    ],
                    ..Section::default()
                },
            ],
            method: format!(
                "{} candidates; what is named was run with {} replications from seed {}.",
                plan.tried.len(), plan.scenario.replications, plan.scenario.seed
            ),
            reproduce: self.command.to_owned(),
        })
    }
}
