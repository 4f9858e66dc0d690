//! The fields of each model, on top of a preset's values.

use super::bounds::MILLISECOND;
use super::dedup::JobDedup;
use super::{gate, operations};
use crate::scenario::file::{LateWord, ModelWord, PipelineFile};
use crate::scenario::findings::Findings;
use crate::scenario::model::{
    Aggregate, Batch, Continuous, LateRows, MicroBatch, Output, PartitionBy, RunTime, Window, WindowKind,
};
use crate::scenario::path::Path;
use crate::units::{Rate, Span};

/// Most runs, triggers, watermark ticks or checkpoints of one pipeline in one replication.
const MOST_PERIODS: i64 = 1_000_000_000;
/// Highest throughput of a run, rows a second.
pub(super) const HIGHEST_THROUGHPUT: f64 = 1e12;

/// What a pipeline's fields are checked against.
pub(super) struct Around<'a> {
    /// The job's windows.
    pub(super) window: Option<&'a Window>,
    /// What the job says about duplicates.
    pub(super) dedup: Option<JobDedup>,
    /// Warm-up and duration together, when they are known.
    pub(super) simulated: Option<Span>,
}

impl Around<'_> {
    /// Reports a period that comes round too often.
    pub(super) fn few(&self, path: &Path, period: Span, findings: &mut Findings) {
        let Some(simulated) = self.simulated else { return };
        if period.0 > 0 && simulated.0 / period.0 > MOST_PERIODS {
            let least = Span((simulated.0 / MOST_PERIODS / MILLISECOND.0 + 1) * MILLISECOND.0);
            findings.at(
                path,
                format!(
                    "every {period} for {simulated} (warm-up and duration) is more than {:.0e} times",
                    MOST_PERIODS as f64
                ),
                format!("write at least {least}, or shorten the duration"),
            );
        }
    }
}

/// The model `batch`.
pub(super) fn batch(
    file: &PipelineFile,
    path: &Path,
    mut batch: Batch,
    around: &Around<'_>,
    findings: &mut Findings,
) -> Batch {
    let every_path = path.key("every");
    batch.every = findings.interval(&every_path, file.every, batch.every);
    around.few(&every_path, batch.every, findings);
    if let Some(window) = around.window {
        whole_windows(window, batch.every, &every_path, findings);
    }
    batch.start_after = file.start_after.unwrap_or(batch.start_after);
    batch.start_delay = findings.distribution(&path.key("start_delay"), file.start_delay.as_ref(), batch.start_delay);
    batch.partition_by = file.partition_by.unwrap_or(batch.partition_by);
    batch.run_time = run_time(file, path, batch.run_time, findings);
    batch.late = match batch.partition_by {
        PartitionBy::Arrival => never_late(file, path, findings),
        PartitionBy::EventTime => late(file, path, batch.late, findings),
    };
    gate::batch(file, path, &mut batch, around, findings);
    batch
}

fn never_late(file: &PipelineFile, path: &Path, findings: &mut Findings) -> LateRows {
    for (key, given) in [("late", file.late.is_some()), ("lookback", file.lookback.is_some())] {
        if given {
            let what = format!("`{key}` has no meaning with partition_by = \"arrival\": no row comes after its period");
            findings.at(&path.key(key), what, "remove it, or set partition_by = \"event_time\"");
        }
    }
    LateRows::Drop
}

fn late(file: &PipelineFile, path: &Path, preset: LateRows, findings: &mut Findings) -> LateRows {
    let lookback_path = path.key("lookback");
    let word = file.late.unwrap_or(match preset {
        LateRows::Drop => LateWord::Drop,
        LateRows::NextRun => LateWord::NextRun,
        LateRows::Lookback { .. } => LateWord::Lookback,
    });
    if file.lookback.is_some() && word != LateWord::Lookback {
        let what = "`lookback` has no meaning without late = \"lookback\"";
        findings.at(&lookback_path, what, "set late = \"lookback\", or remove `lookback`");
    }
    if file.late == Some(LateWord::Lookback) {
        findings.required(&lookback_path, file.lookback, "lookback = 3, the number of periods to read again");
    }
    let default = if let LateRows::Lookback { periods } = preset { periods } else { 1 };
    let periods = findings.whole(&lookback_path, file.lookback, 1..=3650, default);
    match word {
        LateWord::Drop => LateRows::Drop,
        LateWord::NextRun => LateRows::NextRun,
        LateWord::Lookback => LateRows::Lookback { periods },
    }
}

fn run_time(file: &PipelineFile, path: &Path, preset: RunTime, findings: &mut Findings) -> RunTime {
    let throughput = Rate(preset.throughput.0);
    RunTime {
        overhead: findings.distribution(&path.key("overhead"), file.overhead.as_ref(), preset.overhead),
        throughput: findings.positive_rate(&path.key("throughput"), file.throughput, HIGHEST_THROUGHPUT, throughput),
    }
}

/// A batch publishes whole windows.
fn whole_windows(window: &Window, every: Span, path: &Path, findings: &mut Findings) {
    match window.kind {
        WindowKind::Aligned { size, slide, offset } if slide.0 > 0 => {
            let (field, step) = if slide == size { ("size", size) } else { ("slide", slide) };
            if every.0 % step.0 != 0 {
                findings.at(
                    path,
                    format!(
                        "a batch publishes whole windows, but {every} is not a multiple of job.window.{field}, {step}"
                    ),
                    format!("write a multiple of it, or a window {field} that divides it"),
                );
            } else if offset > Span::ZERO {
                let what = format!(
                    "a batch publishes whole windows, but those with an offset of {offset} begin within its periods"
                );
                findings.at(path, what, "remove job.window.offset, or leave batch pipelines out");
            }
        }
        WindowKind::Count { .. } => {
            let what = "the last rows of a key depend on their order, which a batch does not know";
            findings.at(path, what, "leave batch pipelines out, or write windows with a size or a gap");
        }
        WindowKind::Aligned { .. } | WindowKind::Session { .. } => {}
    }
}

/// The model `micro_batch`.
pub(super) fn micro_batch(
    file: &PipelineFile,
    path: &Path,
    preset: MicroBatch,
    around: &Around<'_>,
    findings: &mut Findings,
) -> MicroBatch {
    let trigger = findings.interval(&path.key("trigger"), file.trigger, preset.trigger);
    around.few(&path.key("trigger"), trigger, findings);
    let delay_path = path.key("watermark_delay");
    let output = micro_batch_output(file, path, preset.output, around, findings);
    MicroBatch {
        trigger,
        run_time: run_time(file, path, preset.run_time, findings),
        watermark_delay: findings.whole_millis(&delay_path, file.watermark_delay, preset.watermark_delay),
        output,
        broker: operations::broker(file, path, ModelWord::MicroBatch, findings),
    }
}

/// Spark has no count windows, and sessions in append mode only.
fn micro_batch_output(
    file: &PipelineFile,
    path: &Path,
    preset: Output,
    around: &Around<'_>,
    findings: &mut Findings,
) -> Output {
    if around.window.is_some_and(|window| window.aggregate == Aggregate::DistinctUsers) {
        let what = "Spark Structured Streaming has no exact distinct count over a stream (AnalysisException: distinct aggregations are not supported)";
        let remedy = "leave micro_batch pipelines out, or set job.window.aggregate = \"count\" or \"sum_bytes\"; in Spark itself use approx_count_distinct, or dropDuplicates of window and user before a count";
        findings.at(path, what, remedy);
    }
    match around.window.map(|window| window.kind) {
        Some(WindowKind::Count { .. }) => {
            let what = "Spark Structured Streaming has no count windows";
            findings.at(path, what, "leave micro_batch pipelines out, or write windows with a size or a gap");
        }
        Some(WindowKind::Session { .. }) => {
            if file.output == Some(Output::Update) {
                let what = "Spark Structured Streaming has no update mode for session windows";
                findings.at(&path.key("output"), what, "write output = \"append\"");
            }
            return Output::Append;
        }
        _ => {}
    }
    file.output.unwrap_or(preset)
}

/// The model `continuous`.
pub(super) fn continuous(
    file: &PipelineFile,
    path: &Path,
    preset: Continuous,
    around: &Around<'_>,
    findings: &mut Findings,
) -> Continuous {
    let watermark = path.key("watermark");
    let (bound_path, interval_path) = (watermark.key("bound"), watermark.key("interval"));
    let bound = file.watermark.as_ref().and_then(|watermark| watermark.bound);
    let interval = file.watermark.as_ref().and_then(|watermark| watermark.interval);
    let interval = findings.interval(&interval_path, interval, preset.watermark_interval);
    let watermark_interval = findings.whole_millis(&interval_path, Some(interval), preset.watermark_interval);
    around.few(&interval_path, watermark_interval, findings);
    let lateness_path = path.key("allowed_lateness");
    let (guarantee, checkpoints) = operations::guarantee(file, path, around, findings);
    Continuous {
        parallelism: findings.whole(&path.key("parallelism"), file.parallelism, 1..=4096, preset.parallelism),
        dispatch: file.dispatch.unwrap_or(preset.dispatch),
        service: findings.distribution(&path.key("service"), file.service.as_ref(), preset.service),
        fetch_interval: file.fetch_interval.unwrap_or(preset.fetch_interval),
        fetch_delay: file.fetch_delay.unwrap_or(preset.fetch_delay),
        watermark_bound: findings.whole_millis(&bound_path, bound, preset.watermark_bound),
        watermark_interval,
        watermark_emission: file
            .watermark
            .as_ref()
            .and_then(|watermark| watermark.emission)
            .unwrap_or(preset.watermark_emission),
        watermark_per: file.watermark.as_ref().and_then(|watermark| watermark.per).unwrap_or(preset.watermark_per),
        idleness: file.watermark.as_ref().and_then(|watermark| watermark.idleness).map_or(
            preset.idleness,
            |idleness| {
                let path = watermark.key("idleness");
                Some(findings.interval(&path, Some(idleness), Span(MILLISECOND.0)))
            },
        ),
        allowed_lateness: findings.whole_millis(&lateness_path, file.allowed_lateness, preset.allowed_lateness),
        guarantee,
        checkpoints,
        broker: operations::broker(file, path, ModelWord::Continuous, findings),
    }
}
