//! The pipelines: names, presets, the fields they share, and fields of another model.

use super::dedup;
use super::models::{self, Around};
use super::{operations, sink};
use crate::scenario::file::{ModelWord, PipelineFile, PresetWord};
use crate::scenario::findings::Findings;
use crate::scenario::model::{Model, Pipeline};
use crate::scenario::path::Path;

/// Most pipelines of a scenario.
const MOST: usize = 64;
/// Longest name.
const LONGEST_NAME: usize = 40;

use ModelWord::{Batch, Continuous, MicroBatch};

/// The fields that not every model has, with the models that have them.
const OWNERS: &[(&str, &[ModelWord])] = &[
    ("every", &[Batch]),
    ("start_after", &[Batch]),
    ("start_delay", &[Batch]),
    ("partition_by", &[Batch]),
    ("late", &[Batch]),
    ("lookback", &[Batch]),
    ("straggler", &[Batch]),
    ("gate", &[Batch]),
    ("tree", &[Batch]),
    ("downstream", &[Batch]),
    ("overhead", &[Batch, MicroBatch]),
    ("throughput", &[Batch, MicroBatch]),
    ("broker", &[MicroBatch, Continuous]),
    ("trigger", &[MicroBatch]),
    ("watermark_delay", &[MicroBatch]),
    ("output", &[MicroBatch]),
    ("parallelism", &[Continuous]),
    ("dispatch", &[Continuous]),
    ("service", &[Continuous]),
    ("fetch_interval", &[Continuous]),
    ("fetch_delay", &[Continuous]),
    ("watermark", &[Continuous]),
    ("allowed_lateness", &[Continuous]),
    ("guarantee", &[Continuous]),
    ("checkpoint", &[Continuous]),
];

/// Checks `[[pipelines]]`; without any, the four presets are compared.
pub(super) fn pipelines(
    files: Option<&[PipelineFile]>,
    path: &Path,
    around: &Around<'_>,
    findings: &mut Findings,
) -> Vec<Pipeline> {
    let preset = |word| PipelineFile { preset: Some(word), ..PipelineFile::default() };
    let presets = PresetWord::all().map(preset);
    let files = files.unwrap_or(&presets);
    if files.is_empty() || files.len() > MOST {
        let what = format!("there are {} pipelines", files.len());
        findings.at(path, what, format!("write 1 to {MOST}, or none at all to compare the four presets"));
        return Vec::new();
    }
    let mut checked: Vec<Pipeline> = Vec::with_capacity(files.len());
    for (place, file) in files.iter().enumerate() {
        let path = path.index(place);
        let Some(pipeline) = pipeline(file, &path, around, findings) else { continue };
        if checked.iter().any(|other| other.name == pipeline.name) {
            let what = format!("there are two pipelines of the name \"{}\"", pipeline.name);
            findings.at(&path.key("name"), what, "give each its own name");
        }
        checked.push(pipeline);
    }
    checked
}

fn pipeline(file: &PipelineFile, path: &Path, around: &Around<'_>, findings: &mut Findings) -> Option<Pipeline> {
    let (preset, word) = origin(file, path, findings)?;
    foreign_fields(path, word, findings);
    let mut pipeline = preset.pipeline();
    let default_name = if file.preset.is_some() { preset.name() } else { word.name() };
    pipeline.name = name(file.name.as_deref(), default_name, &path.key("name"), findings);
    pipeline.model = match pipeline.model {
        Model::Batch(batch) => Model::Batch(models::batch(file, path, batch, around, findings)),
        Model::MicroBatch(batch) => Model::MicroBatch(models::micro_batch(file, path, batch, around, findings)),
        Model::Continuous(job) => Model::Continuous(models::continuous(file, path, job, around, findings)),
    };
    if let Model::Continuous(job) = &pipeline.model {
        pipeline.cores = f64::from(job.parallelism);
    }
    pipeline.cores = findings.positive(&path.key("cores"), file.cores, 1e6, pipeline.cores);
    dedup::pipeline(file, path, word, around.dedup.as_ref(), &mut pipeline, findings);
    let entry = pipeline.bytes_per_entry;
    pipeline.bytes_per_entry = findings.positive(&path.key("bytes_per_entry"), file.bytes_per_entry, 1e9, entry);
    pipeline.failures = operations::failures(file, path, around, findings);
    pipeline.memory_limit = operations::memory_limit(file, path, findings);
    let sink_path = path.key("sink_delay");
    pipeline.sink_delay = findings.distribution(&sink_path, file.sink_delay.as_ref(), pipeline.sink_delay);
    if let Some(given) = &file.sink {
        pipeline.sink = sink::sink(given, &path.key("sink"), &pipeline.model, findings);
    }
    Some(pipeline)
}

/// The preset whose values the pipeline starts from, and its model.
fn origin(file: &PipelineFile, path: &Path, findings: &mut Findings) -> Option<(PresetWord, ModelWord)> {
    match (file.preset, file.model) {
        (Some(preset), Some(model)) if preset.model() != model => {
            let (name, own) = (preset.name(), preset.model().name());
            let what = format!("the preset {name} is of the model {own}, not {}", model.name());
            findings.at(&path.key("model"), what, "remove `model`, or remove `preset`");
            None
        }
        (Some(preset), _) => Some((preset, preset.model())),
        (None, Some(model)) => Some((model.preset(), model)),
        (None, None) => {
            let names: Vec<&str> = PresetWord::all().iter().map(|preset| preset.name()).collect();
            let remedy =
                format!("add preset = one of {}; or model = one of batch, micro_batch, continuous", names.join(", "));
            findings.at(path, "the pipeline has neither `preset` nor `model`", remedy);
            None
        }
    }
}

fn foreign_fields(path: &Path, model: ModelWord, findings: &mut Findings) {
    let keys: Vec<String> = match findings.tree.get(path) {
        Some(node) => node.entries().iter().map(|entry| entry.key.clone()).collect(),
        None => return,
    };
    for key in keys {
        let Some((_, owners)) = OWNERS.iter().find(|(name, _)| *name == key) else { continue };
        if !owners.contains(&model) {
            let owners: Vec<&str> = owners.iter().map(|owner| owner.name()).collect();
            let (owners, plural) = (owners.join(" and "), if owners.len() > 1 { "models" } else { "model" });
            let what = format!("`{key}` belongs to the {owners} {plural}; this pipeline is {}", model.name());
            findings.at(&path.key(&key), what, "remove it, or change the pipeline's `model` or `preset`");
        }
    }
}

fn name(given: Option<&str>, default: &str, path: &Path, findings: &mut Findings) -> String {
    let Some(name) = given else { return default.to_owned() };
    let length = name.chars().count();
    let allowed = |c: char| c.is_alphanumeric() || " -_.".contains(c);
    if length > LONGEST_NAME || name.trim().is_empty() || name.trim() != name || !name.chars().all(allowed) {
        let remedy = format!("write 1 to {LONGEST_NAME} letters, digits, spaces, \"-\", \"_\" or \".\"");
        findings.at(path, format!("\"{name}\" cannot be the name of a pipeline"), remedy);
    }
    name.to_owned()
}
