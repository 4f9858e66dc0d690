//! Failures, checkpoints, brokers and limits of memory.

use super::models::Around;
use crate::random::Distribution;
use crate::scenario::file::{
    BrokerFile, CheckpointFile, FailuresFile, GuaranteeWord, IncidentFile, ModelWord, PipelineFile,
};
use crate::scenario::findings::Findings;
use crate::scenario::model::{Broker, BrokerKind, Checkpoints, Failures, Guarantee, Incident, StartOffsets};
use crate::scenario::path::Path;
use crate::scenario::presets::{
    CHECKPOINT_DURATION, CHECKPOINT_INTERVAL, CHECKPOINT_START, DETECTION, RABBITMQ_RATE, REPAIR,
};
use crate::units::{Instant, Rate, SECOND, Span};

/// Most incidents of a pipeline.
const MOST_INCIDENTS: usize = 1_000;
/// Most failures at random in one replication, on average.
const MOST_FAILURES: i64 = 100_000;

fn constant(span: Span) -> Distribution {
    Distribution::Constant(span.0 as f64)
}

/// The failures of a pipeline of any model.
pub(super) fn failures(
    file: &PipelineFile,
    path: &Path,
    around: &Around<'_>,
    findings: &mut Findings,
) -> Option<Failures> {
    let path = path.key("failures");
    let FailuresFile { mtbf, detection, repair, incidents } = file.failures.as_ref()?;
    let mtbf_path = path.key("mtbf");
    let mtbf = mtbf.map(|mtbf| findings.interval(&mtbf_path, Some(mtbf), Span(SECOND)));
    if let (Some(mtbf), Some(simulated)) = (mtbf, around.simulated)
        && simulated.0 / mtbf.0 > MOST_FAILURES
    {
        let what = format!("a failure every {mtbf} for {simulated} is more than {MOST_FAILURES}");
        let least = Span((simulated.0 / MOST_FAILURES / SECOND + 1) * SECOND);
        findings.at(&mtbf_path, what, format!("write at least {least}, or shorten the duration"));
    }
    let incidents_path = path.key("incidents");
    let incidents = incidents.as_deref().unwrap_or_default();
    if mtbf.is_none() && incidents.is_empty() {
        let what = "this says neither how often nor when the pipeline fails";
        findings.at(&path, what, "add mtbf = \"720h\" or incidents = [{ at = \"36h\", for = \"1h\" }], or remove it");
    }
    if incidents.len() > MOST_INCIDENTS {
        let what = format!("there are {} incidents", incidents.len());
        findings.at(&incidents_path, what, format!("write at most {MOST_INCIDENTS}"));
    }
    let mut checked: Vec<Incident> = Vec::new();
    for (place, file) in incidents.iter().take(MOST_INCIDENTS).enumerate() {
        let path = incidents_path.index(place);
        let Some(incident) = incident(file, &path, findings) else { continue };
        if checked.last().is_some_and(|before| before.until > incident.at) {
            findings.at(
                &path.key("at"),
                "this is before the end of the incident before it",
                "sort them, and join those that overlap",
            );
        }
        checked.push(incident);
    }
    let detection = findings.distribution(&path.key("detection"), detection.as_ref(), constant(DETECTION));
    let repair = findings.distribution(&path.key("repair"), repair.as_ref(), constant(REPAIR));
    Some(Failures { mtbf, detection, repair, incidents: checked })
}

fn incident(file: &IncidentFile, path: &Path, findings: &mut Findings) -> Option<Incident> {
    let at = findings.required(&path.key("at"), file.at, "at = \"36h\", from the start of the simulation");
    let lasts = findings.required(&path.key("for"), file.lasts, "for = \"1h\"");
    let at = Instant(0) + at?;
    let lasts = findings.interval(&path.key("for"), lasts, Span(SECOND));
    Some(Incident { at, until: at + lasts, planned: file.planned.unwrap_or(false) })
}

/// Guarantee and checkpoints of a continuous pipeline.
pub(super) fn guarantee(
    file: &PipelineFile,
    path: &Path,
    around: &Around<'_>,
    findings: &mut Findings,
) -> (Guarantee, Option<Checkpoints>) {
    let path = path.key("checkpoint");
    let guarantee = match file.guarantee {
        None | Some(GuaranteeWord::AtLeastOnce) => Guarantee::AtLeastOnce,
        Some(GuaranteeWord::ExactlyOnce) => Guarantee::ExactlyOnce,
        Some(GuaranteeWord::AtMostOnce) => Guarantee::AtMostOnce,
    };
    if guarantee == Guarantee::AtMostOnce {
        if file.checkpoint.is_some() {
            let what = "guarantee = \"at_most_once\" stands for a job without checkpoints";
            findings.at(&path, what, "remove `checkpoint`, or write guarantee = \"at_least_once\"");
        }
        return (guarantee, None);
    }
    // Without failures nobody sees the checkpoints of a job whose output is visible when written.
    if guarantee == Guarantee::AtLeastOnce && file.checkpoint.is_none() && file.failures.is_none() {
        return (guarantee, None);
    }
    let none = CheckpointFile::default();
    let checkpoint = file.checkpoint.as_ref().unwrap_or(&none);
    let interval_path = path.key("interval");
    let interval = findings.interval(&interval_path, checkpoint.interval, CHECKPOINT_INTERVAL);
    around.few(&interval_path, interval, findings);
    let bandwidth_path = path.key("bandwidth");
    let bandwidth = checkpoint.bandwidth.map(|bytes| {
        if bytes.0 == 0 {
            findings.at(
                &bandwidth_path,
                "nothing a second is no bandwidth",
                "write bytes a second, such as \"200 MB\"",
            );
        }
        bytes.0.max(1) as f64
    });
    if bandwidth.is_none() && checkpoint.incremental.is_some() {
        let what = "`incremental` has no meaning without `bandwidth`: state has no part in a checkpoint's time";
        findings.at(&path.key("incremental"), what, "add bandwidth = \"200 MB\", bytes a second, or remove it");
    }
    let duration = if bandwidth.is_some() { CHECKPOINT_START } else { CHECKPOINT_DURATION };
    let checkpoints = Checkpoints {
        interval,
        duration: findings.distribution(&path.key("duration"), checkpoint.duration.as_ref(), constant(duration)),
        minimum_pause: checkpoint.minimum_pause.unwrap_or(Span::ZERO),
        bandwidth,
        incremental: checkpoint.incremental.unwrap_or(false),
        alignment: findings.distribution(
            &path.key("alignment"),
            checkpoint.alignment.as_ref(),
            Distribution::Constant(0.0),
        ),
    };
    (guarantee, Some(checkpoints))
}

/// The broker of a streaming pipeline.
pub(super) fn broker(file: &PipelineFile, path: &Path, word: ModelWord, findings: &mut Findings) -> Broker {
    let Some(broker) = &file.broker else { return Broker::default() };
    let path = path.key("broker");
    let kind = broker.kind.unwrap_or(BrokerKind::Kafka);
    foreign(broker, kind, &path, findings);
    if word == ModelWord::MicroBatch && broker.linger.is_some() {
        let what = "`linger` means nothing to a micro-batch: it waits for its trigger, which is far longer";
        findings.at(&path.key("linger"), what, "remove it, or add it to workload.network.delay");
    }
    if kind == BrokerKind::RabbitMq {
        no_rewind(file, broker, word, &path, findings);
    }
    let offsets = broker.offsets.unwrap_or(StartOffsets::Committed);
    let timestamp_path = path.key("timestamp");
    match (offsets, broker.timestamp) {
        (StartOffsets::Timestamp, given) => {
            findings.required(&timestamp_path, given, "timestamp = \"6h\", from the start of the simulation");
        }
        (_, Some(_)) => {
            let what = "`timestamp` has no meaning without offsets = \"timestamp\"";
            findings.at(&timestamp_path, what, "remove it, or write offsets = \"timestamp\"");
        }
        _ => {}
    }
    let rate = (kind == BrokerKind::RabbitMq)
        .then(|| findings.positive_rate(&path.key("rate"), broker.rate, 1e9, Rate(RABBITMQ_RATE)));
    let retention = broker.retention.map(|span| findings.interval(&path.key("retention"), Some(span), Span(SECOND)));
    Broker {
        linger: broker.linger.unwrap_or(Span::ZERO),
        retention,
        rate,
        begins: Instant(0) + broker.begins.unwrap_or(Span::ZERO),
        offsets,
        timestamp: Instant(0) + broker.timestamp.unwrap_or(Span::ZERO),
    }
}

fn foreign(broker: &BrokerFile, kind: BrokerKind, path: &Path, findings: &mut Findings) {
    let given = match kind {
        BrokerKind::Kafka => [("rate", broker.rate.is_some()), ("", false)],
        BrokerKind::RabbitMq => [("linger", broker.linger.is_some()), ("retention", broker.retention.is_some())],
    };
    let (own, other) = match kind {
        BrokerKind::Kafka => ("kafka", "rabbitmq"),
        BrokerKind::RabbitMq => ("rabbitmq", "kafka"),
    };
    for (key, _) in given.into_iter().filter(|(_, given)| *given) {
        let what = format!("`{key}` belongs to brokers of the kind {other}; this one is {own}");
        findings.at(&path.key(key), what, format!("remove it, or write kind = \"{other}\""));
    }
}

/// Reading from a RabbitMQ queue is destructive: nothing can be read again (RabbitMQ's guide to streams
/// and queues), and Flink's source is exactly-once only with correlation ids and without parallelism.
fn no_rewind(file: &PipelineFile, broker: &BrokerFile, word: ModelWord, path: &Path, findings: &mut Findings) {
    if let Some(StartOffsets::Earliest | StartOffsets::Timestamp) = broker.offsets {
        let what = "a RabbitMQ queue cannot be rewound: what was acknowledged is gone, and there are no offsets";
        findings.at(&path.key("offsets"), what, "write offsets = \"latest\", or kind = \"kafka\"");
    }
    if word == ModelWord::MicroBatch {
        let what = "Spark Structured Streaming has no source for RabbitMQ: it needs one that replays a batch's offsets";
        findings.at(path, what, "write kind = \"kafka\"");
    }
    if file.guarantee == Some(GuaranteeWord::ExactlyOnce) && file.parallelism != Some(1) {
        let what =
            "exactly-once from RabbitMQ needs correlation ids and one worker: the queue has no offsets to go back to";
        findings.at(
            &path.key("kind"),
            what,
            "write parallelism = 1, guarantee = \"at_least_once\", or kind = \"kafka\"",
        );
    }
}

/// The most memory that a pipeline may take.
pub(super) fn memory_limit(file: &PipelineFile, path: &Path, findings: &mut Findings) -> Option<f64> {
    let limit = file.memory_limit?;
    if limit.0 == 0 {
        findings.at(&path.key("memory_limit"), "no memory at all", "write bytes, such as \"64 GiB\"");
    }
    Some(limit.0 as f64)
}
