//! Run time, quality gate and tree of merges of a batch.

use super::models::{Around, HIGHEST_THROUGHPUT};
use crate::random::Distribution;
use crate::scenario::file::{DownstreamFile, GateFile, PipelineFile, TreeFile};
use crate::scenario::findings::Findings;
use crate::scenario::model::{Batch, Downstream, Gate, LateRows, PartitionBy, Tree};
use crate::scenario::path::Path;
use crate::scenario::presets::{DATASET, DATASET_CORES, RELEASE};
use crate::units::{SECOND, Span};

/// Most datasets that are made from one.
const MOST_DATASETS: u32 = 10_000;
/// Most parts of a period.
const MOST_LEAVES: i64 = 1_024;

/// The keys of `batch` that change how a run is made and checked.
pub(super) fn batch(file: &PipelineFile, path: &Path, batch: &mut Batch, around: &Around<'_>, findings: &mut Findings) {
    let straggler = std::mem::replace(&mut batch.straggler, Distribution::Constant(1.0));
    batch.straggler = findings.distribution(&path.key("straggler"), file.straggler.as_ref(), straggler);
    if let Some(given) = &file.gate {
        batch.gate = Some(gate(given, &path.key("gate"), findings));
    }
    if let Some(given) = &file.downstream {
        batch.downstream = Some(downstream(given, &path.key("downstream"), findings));
    }
    if let Some(given) = &file.tree {
        batch.tree = Some(tree(given, &path.key("tree"), batch, around, findings));
    }
}

fn gate(file: &GateFile, path: &Path, findings: &mut Findings) -> Gate {
    let constant = |span: Span| Distribution::Constant(span.0 as f64);
    Gate {
        takes: findings.distribution(&path.key("takes"), file.takes.as_ref(), constant(Span::ZERO)),
        stops: findings.number(&path.key("stops"), file.stops, 0.0..=1.0, 0.0),
        catches: findings.number(&path.key("catches"), file.catches, 0.0..=1.0, 1.0),
        release: findings.distribution(&path.key("release"), file.release.as_ref(), constant(RELEASE)),
    }
}

fn downstream(file: &DownstreamFile, path: &Path, findings: &mut Findings) -> Downstream {
    let datasets_path = path.key("datasets");
    let datasets = findings.required(&datasets_path, file.datasets, "datasets = 30");
    let datasets = findings.whole(&datasets_path, datasets, 1..=MOST_DATASETS, 1);
    Downstream {
        datasets,
        takes: findings.distribution(&path.key("takes"), file.takes.as_ref(), Distribution::Constant(DATASET.0 as f64)),
        at_once: findings.whole(&path.key("at_once"), file.at_once, 1..=MOST_DATASETS, datasets),
        cores: findings.positive(&path.key("cores"), file.cores, 1e6, DATASET_CORES),
    }
}

fn tree(file: &TreeFile, path: &Path, batch: &Batch, around: &Around<'_>, findings: &mut Findings) -> Tree {
    let leaf_path = path.key("leaf");
    let leaf = findings.required(&leaf_path, file.leaf, "leaf = \"1h\"").unwrap_or(batch.every);
    let leaf = findings.interval(&leaf_path, Some(leaf), batch.every);
    let leaves = batch.every.0 / leaf.0;
    if file.leaf.is_some() && (batch.every.0 % leaf.0 != 0 || !(2..=MOST_LEAVES).contains(&leaves)) {
        let what = format!("{leaf} does not divide the period of {} into 2 to {MOST_LEAVES} parts", batch.every);
        findings.at(&leaf_path, what, "write a part of it, such as \"1h\" for every = \"1d\"");
    }
    around.few(&leaf_path, leaf, findings);
    if batch.partition_by == PartitionBy::Arrival {
        let what = "a tree merges parts of event time, but rows are partitioned by arrival";
        findings.at(path, what, "remove `tree`, or set partition_by = \"event_time\"");
    } else if matches!(batch.late, LateRows::Lookback { .. }) {
        let what = "a tree reads no period again, but late = \"lookback\" does";
        findings.at(path, what, "set late = \"drop\" or late = \"next_run\", or remove `tree`");
    }
    if around.dedup.is_none() {
        let what = "a tree merges what is deduplicated, but the job removes no duplicates";
        findings.at(path, what, "add job.dedup, or remove `tree`");
    }
    if around.window.is_some_and(|window| window.size().is_none_or(|size| size.0 > batch.every.0)) {
        let what = "a tree has no place for sessions or for windows longer than the period";
        findings.at(path, what, "write windows with a size that divides the period, or remove `tree`");
    }
    let throughput = batch.run_time.throughput;
    Tree {
        leaf: Span(leaf.0.max(SECOND / 1_000)),
        throughput: findings.positive_rate(&path.key("throughput"), file.throughput, HIGHEST_THROUGHPUT, throughput),
    }
}
