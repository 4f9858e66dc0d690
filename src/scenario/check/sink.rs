//! Sinks.

use super::models::HIGHEST_THROUGHPUT;
use crate::scenario::file::{SinkFile, SinkWord};
use crate::scenario::findings::Findings;
use crate::scenario::model::{Guarantee, Model, SinkKind};
use crate::scenario::path::Path;
use crate::scenario::presets::{HIVE_BANDWIDTH, LINGER, PARTITION, POSTGRES_RATE, ROW_BYTES};
use crate::units::{Bytes, MINUTE, Span};

/// Shortest partition of a table.
const SHORTEST: Span = Span(MINUTE);

/// Checks `sink` of a pipeline.
pub(super) fn sink(file: &SinkFile, path: &Path, model: &Model, findings: &mut Findings) -> SinkKind {
    use SinkWord::{Hive, Iceberg, Kafka, Postgres};
    let kind =
        findings.required(&path.key("kind"), file.kind, "kind = \"kafka\", \"iceberg\", \"hive\" or \"postgres\"");
    let Some(kind) = kind else { return SinkKind::Plain };
    for (key, given, owners) in [
        ("linger", file.linger.is_some(), [Kafka, Kafka]),
        ("partition", file.partition.is_some(), [Iceberg, Hive]),
        ("writers", file.writers.is_some(), [Iceberg, Iceberg]),
        ("row_bytes", file.row_bytes.is_some(), [Iceberg, Hive]),
        ("compaction", file.compaction.is_some(), [Iceberg, Iceberg]),
        ("bandwidth", file.bandwidth.is_some(), [Hive, Hive]),
        ("rate", file.rate.is_some(), [Postgres, Postgres]),
    ] {
        if given && !owners.contains(&kind) {
            let what = format!("`{key}` has no meaning for this kind of sink");
            findings.at(&path.key(key), what, "remove it, or change `kind`");
        }
    }
    match (kind, model) {
        (Iceberg, Model::Continuous(job)) if matches!(job.guarantee, Guarantee::AtLeastOnce) => {
            let what = "Iceberg shows a snapshot for each checkpoint, and this pipeline has none";
            findings.at(&path.key("kind"), what, "set guarantee = \"exactly_once\"");
        }
        (Hive, Model::MicroBatch(_) | Model::Continuous(_)) => {
            let what = "a Hive table is changed by whole partitions, which only a batch does";
            findings.at(&path.key("kind"), what, "write \"iceberg\", or make the pipeline a batch");
        }
        _ => {}
    }
    let partition = findings.interval(&path.key("partition"), file.partition, PARTITION);
    if partition < SHORTEST {
        findings.at(
            &path.key("partition"),
            format!("partitions of {partition} are too short"),
            "write at least \"1m\"",
        );
    }
    let row_bytes = some_bytes(&path.key("row_bytes"), file.row_bytes, ROW_BYTES, findings);
    match kind {
        Kafka => SinkKind::Kafka { linger: file.linger.unwrap_or(LINGER) },
        Iceberg => SinkKind::Iceberg {
            partition,
            writers: findings.whole(&path.key("writers"), file.writers, 1..=4_096, 1),
            row_bytes,
            compaction: file
                .compaction
                .map(|given| some_bytes(&path.key("compaction"), Some(given), ROW_BYTES, findings)),
        },
        Hive => {
            let bandwidth = some_bytes(&path.key("bandwidth"), file.bandwidth, HIVE_BANDWIDTH, findings);
            SinkKind::Hive { partition, row_bytes, bandwidth }
        }
        Postgres => {
            let rate = findings.positive_rate(&path.key("rate"), file.rate, HIGHEST_THROUGHPUT, POSTGRES_RATE);
            SinkKind::Postgres { rate }
        }
    }
}

fn some_bytes(path: &Path, given: Option<Bytes>, default: Bytes, findings: &mut Findings) -> Bytes {
    let bytes = given.unwrap_or(default);
    if bytes.0 == 0 {
        findings.at(path, "this is no byte at all", "write at least \"1 B\"");
        return default;
    }
    bytes
}
