//! The fast engine against a twin, fact by fact.

use std::fmt::Debug;

use millstream::engine::{Actor, advance};
use millstream::metrics::{Collector, PipelineResult, StreamMeter};
use millstream::pipelines::AnyPipeline;
use millstream::scenario::Model;
use millstream::units::Instant;
use millstream::workload::Block;

use crate::findings::Findings;
use crate::input::Input;
use crate::record::Record;
use crate::{batch, continuous, micro_batch};

/// What the twin of a pipeline finds.
pub fn simulate(input: &Input, place: usize) -> Findings {
    match &input.scenario.pipelines[place].model {
        Model::Batch(model) => batch::simulate(input, place, model),
        Model::MicroBatch(model) => micro_batch::simulate(input, place, model),
        Model::Continuous(model) => continuous::simulate(input, place, model),
    }
}

/// What the fast pipeline reports. After each block what has ended and what is held must add up
/// to what was delivered.
pub fn report(input: &Input, place: usize) -> Result<Record, String> {
    let pipeline = &input.scenario.pipelines[place];
    let mut fast = AnyPipeline::new(&input.scenario, pipeline, &input.frame, |_| Record::new(input));
    let mut rows = input.deliveries.iter();
    let mut delivered = (0, 0);
    for block in &input.blocks {
        advance(&mut fast, block);
        for row in rows.by_ref().take(block.len()).filter(|row| input.counts(row)) {
            delivered.0 += u64::from(row.first);
            delivered.1 += u64::from(!row.first);
        }
        let (held, ended) = (fast.held(), fast.facts().ended);
        if (held.0 + ended.0, held.1 + ended.1) != delivered {
            return Err(format!("at {:?}: {ended:?} ended, {held:?} held, {delivered:?} delivered", block.until));
        }
    }
    if let Some(end) = input.end {
        fast.end_of_input(Instant(end));
    }
    advance(&mut fast, &Block { until: Instant(input.until), ..Block::default() });
    let mut record = fast.into_facts();
    record.sort();
    Ok(record)
}

/// The measures of the fast pipeline over just the stretch of time that its twin goes on for.
pub fn collect(input: &Input, place: usize) -> PipelineResult {
    let (scenario, pipeline) = (&input.scenario, &input.scenario.pipelines[place]);
    let mut fast =
        AnyPipeline::new(scenario, pipeline, &input.frame, |setup| Collector::new(scenario, pipeline, setup));
    let mut meter = StreamMeter::new(input.measured(), 0);
    for block in &input.blocks {
        meter.observe(block);
        fast.facts_mut().observe(block);
        advance(&mut fast, block);
    }
    if let Some(end) = input.end {
        fast.end_of_input(Instant(end));
    }
    let rest = Block { until: Instant(input.until), ..Block::default() };
    fast.facts_mut().observe(&rest);
    advance(&mut fast, &rest);
    fast.into_facts().finish(&meter)
}

/// Fails with the first difference between two lists.
fn same<T: PartialEq + Debug>(what: &str, fast: &[T], twin: &[T]) -> Result<(), String> {
    let first = (0..fast.len().max(twin.len())).find(|place| fast.get(*place) != twin.get(*place));
    first.map_or(Ok(()), |place| {
        Err(format!(
            "{what} {place} of {}: the engine has {:?}, the twin {:?}",
            twin.len(),
            fast.get(place),
            twin.get(place)
        ))
    })
}

/// Compares the facts of a pipeline with what its twin found.
pub fn facts(input: &Input, place: usize, findings: &Findings) -> Result<(), String> {
    let (fast, twin) = (report(input, place)?, Record::of(findings, input));
    same("prehistory", &fast.prehistory, &twin.prehistory)?;
    same("run", &fast.runs, &twin.runs)?;
    same("resolved", &[fast.resolved], &[twin.resolved])?;
    same("event", &fast.alone, &twin.alone)?;
    let list = |record: &Record| record.cohorts.iter().map(|(at, sums)| (*at, *sums)).collect::<Vec<_>>();
    same("cohort", &list(&fast), &list(&twin))?;
    same("landing", &fast.landings, &twin.landings)?;
    same("firing", &fast.firings, &twin.firings)?;
    same("peak", &fast.peaks, &twin.peaks)?;
    same("probe", &fast.probes, &twin.probes)?;
    if matches!(input.scenario.pipelines[place].model, Model::Continuous(_)) {
        same("watermark", &fast.watermarks, &twin.watermarks)?;
        let sum = |record: &Record| record.busy.iter().map(|(_, _, core_micros)| core_micros).sum::<f64>();
        return same("busy time", &[sum(&fast)], &[sum(&twin)]);
    }
    same("busy", &fast.busy, &twin.busy)
}
