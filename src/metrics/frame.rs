//! What the measures must know of a pipeline, apart from its facts.

use crate::pipelines::Setup;
use crate::scenario::{Model, Pipeline, Refresh, Scenario, SinkKind, Value};

/// What the measures must know of a pipeline.
#[derive(Clone, Debug)]
pub struct PipelineFrame {
    /// Whether cores are used during runs only.
    pub is_batch: bool,
    /// Whether it works in runs at all.
    pub has_runs: bool,
    /// Whether its job has windows or a funnel.
    pub has_windows: bool,
    /// Whether it removes duplicates.
    pub has_dedup: bool,
    /// Cores.
    pub cores: f64,
    /// Price of a core-hour and of a gigabyte-hour.
    pub prices: (f64, f64),
    /// Each simulated delivery stands for this many.
    pub sample: u32,
    /// Whether its sink is a Hive table.
    pub is_hive: bool,
    /// Whether a gate checks its runs.
    pub has_gate: bool,
    /// The job's side input.
    pub enrich: Option<(Refresh, u64)>,
    /// Whether the scenario has bad data.
    pub has_bad_data: bool,
    /// What a visible event is worth.
    pub value: Option<Value>,
}

impl PipelineFrame {
    /// That of a pipeline of a scenario.
    #[must_use]
    pub fn new(scenario: &Scenario, pipeline: &Pipeline, setup: &Setup) -> Self {
        Self {
            is_batch: matches!(pipeline.model, Model::Batch(_)),
            has_runs: !matches!(pipeline.model, Model::Continuous(_)),
            has_windows: setup.window.is_some() || setup.funnel.is_some(),
            has_dedup: setup.dedup.is_some(),
            cores: pipeline.cores,
            prices: (scenario.prices.core_hour, scenario.prices.gb_hour),
            sample: scenario.workload.sample,
            enrich: scenario.job.enrich.as_ref().map(|enrich| (enrich.refresh.clone(), enrich.bytes.0)),
            is_hive: matches!(pipeline.sink, SinkKind::Hive { .. }),
            has_gate: has_gate(pipeline),
            has_bad_data: scenario.workload.bad_data.is_some(),
            value: scenario.value,
        }
    }
}

/// Whether a gate checks the runs of a pipeline.
pub(super) fn has_gate(pipeline: &Pipeline) -> bool {
    matches!(&pipeline.model, Model::Batch(batch) if batch.gate.is_some())
}
