//! Deduplication: which kinds there are for which model, and what each needs.

use crate::scenario::file::{DedupFile, KindWord, ModelWord, OwnDedupFile, PipelineDedup, PipelineFile};
use crate::scenario::findings::Findings;
use crate::scenario::model::{Bloom, Dedup, IdForm, Pipeline, Store};
use crate::scenario::path::Path;
use crate::units::{DAY, Span};

use KindWord::{
    Bloom as Filters, EventTime, Generations, Ttl, Unbounded, UntilWatermark, Window as Windowed, WithinWatermark,
};

/// Most ids that a Bloom filter may be made for.
const LARGEST_FILTER: u64 = 1_000_000_000_000;
/// Highest share of events that a Bloom filter may lose.
const FALSE_POSITIVES: std::ops::RangeInclusive<f64> = 1e-9..=0.5;
/// Share that it loses unless something else is said: the common choice in textbooks and libraries.
const FALSE_POSITIVE: f64 = 0.01;
/// The kinds that have a time to live.
const TIMED: [KindWord; 4] = [Ttl, EventTime, Generations, Filters];

/// What the job says about duplicates.
#[derive(Clone, Copy, Debug)]
pub(super) struct JobDedup {
    knobs: Knobs,
    form: IdForm,
    has_window: bool,
}

/// Values of a table that lie within their bounds.
#[derive(Clone, Copy, Debug, Default)]
struct Knobs {
    kind: Option<KindWord>,
    ttl: Option<Span>,
    capacity: Option<u64>,
    false_positive: Option<f64>,
}

impl Knobs {
    fn word(&self) -> KindWord {
        self.kind.unwrap_or(Ttl)
    }

    fn or(self, other: Self) -> Self {
        Self {
            kind: self.kind.or(other.kind),
            ttl: self.ttl.or(other.ttl),
            capacity: self.capacity.or(other.capacity),
            false_positive: self.false_positive.or(other.false_positive),
        }
    }
}

/// Checks `job.dedup`.
pub(super) fn job(file: &DedupFile, path: &Path, has_window: bool, findings: &mut Findings) -> (Dedup, JobDedup) {
    let given = Knobs { kind: file.kind, ttl: file.ttl, capacity: file.capacity, false_positive: file.false_positive };
    let knobs = bounded(given, given.word(), path, findings);
    let job = JobDedup { knobs, form: file.id.unwrap_or_default(), has_window };
    (typed(&knobs, has_window, path, path, findings), job)
}

/// Reports values out of bounds, and values that mean nothing for the kind.
fn bounded(given: Knobs, kind: KindWord, path: &Path, findings: &mut Findings) -> Knobs {
    let mut stray = |key: &str, is_given: bool, kinds: &[KindWord]| {
        if is_given && !kinds.contains(&kind) {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            let what = format!("`{key}` has no meaning with kind = \"{}\"", kind.name());
            findings.at(&path.key(key), what, format!("remove it, or set `kind` to {}", kinds.join(", ")));
        }
    };
    stray("ttl", given.ttl.is_some(), &TIMED);
    stray("capacity", given.capacity.is_some(), &[Filters]);
    stray("false_positive", given.false_positive.is_some(), &[Filters]);
    let ttl = given.ttl.map(|ttl| {
        let ttl = findings.interval(&path.key("ttl"), Some(ttl), Span(DAY));
        if kind == EventTime { findings.whole_millis(&path.key("ttl"), Some(ttl), Span(DAY)) } else { ttl }
    });
    let capacity = given.capacity.map(|capacity| {
        if !(1..=LARGEST_FILTER).contains(&capacity) {
            let what = format!("{capacity} is out of bounds");
            findings.at(&path.key("capacity"), what, "write a whole number from 1 to 1000000000000");
        }
        capacity.clamp(1, LARGEST_FILTER)
    });
    let share = &path.key("false_positive");
    let false_positive =
        given.false_positive.map(|given| findings.number(share, Some(given), FALSE_POSITIVES, FALSE_POSITIVE));
    Knobs { kind: given.kind, ttl, capacity, false_positive }
}

/// The final form; what is missing is reported at `path`, a kind without windows at that of the kind.
fn typed(knobs: &Knobs, has_window: bool, path: &Path, kind_path: &Path, findings: &mut Findings) -> Dedup {
    let kind = knobs.word();
    let ttl = if TIMED.contains(&kind) {
        findings.required(&path.key("ttl"), knobs.ttl, "ttl = \"24h\"").unwrap_or(Span(DAY))
    } else {
        Span::ZERO
    };
    match kind {
        Ttl => Dedup::Ttl(ttl),
        EventTime => Dedup::EventTime(ttl),
        Windowed => {
            if !has_window {
                let what = "ids are to be remembered until their window closes, but the job has no tumbling windows";
                findings.at(&kind_path.key("kind"), what, "set job.window = { size = \"5m\" }, or another kind");
            }
            Dedup::Window
        }
        UntilWatermark => Dedup::UntilWatermark,
        WithinWatermark => Dedup::WithinWatermark,
        Unbounded => Dedup::Unbounded,
        Generations => Dedup::Generations(ttl),
        Filters => {
            let example = "capacity = 100000000, the ids of one `ttl`";
            let capacity = findings.required(&path.key("capacity"), knobs.capacity, example).unwrap_or(1);
            let false_positive = knobs.false_positive.unwrap_or(FALSE_POSITIVE);
            Dedup::Bloom(ttl, Bloom { capacity, false_positive })
        }
    }
}

/// Checks `dedup`, `store` and `bytes_per_id` of a pipeline, and fills in what follows from them.
pub(super) fn pipeline(
    file: &PipelineFile,
    path: &Path,
    model: ModelWord,
    job: Option<&JobDedup>,
    pipeline: &mut Pipeline,
    findings: &mut Findings,
) {
    pipeline.dedup = removal(file, &path.key("dedup"), model, job, findings);
    let bytes_path = path.key("bytes_per_id");
    if matches!(pipeline.dedup, Some(Dedup::Bloom(..))) {
        for (key, given) in [("store", file.store.is_some()), ("bytes_per_id", file.bytes_per_id.is_some())] {
            if given {
                let what = format!("`{key}` has no meaning with kind = \"bloom\": its bytes follow from `capacity`");
                findings.at(&path.key(key), what, "remove it");
            }
        }
        pipeline.bytes_per_id = 0.0;
        return;
    }
    let mut usual = pipeline.bytes_per_id;
    if let (Some(dedup), Some(job)) = (&pipeline.dedup, job) {
        let store = file.store.unwrap_or_else(|| usual_store(model, dedup));
        pipeline.store = Some(store);
        usual = store.bytes(job.form, dedup);
    } else if file.store.is_some() {
        let what = "`store` has no meaning: this pipeline removes no duplicates";
        findings.at(&path.key("store"), what, "set job.dedup = { ttl = \"24h\" }, or remove `store`");
    }
    pipeline.bytes_per_id = findings.positive(&bytes_path, file.bytes_per_id, 1e9, usual);
}

/// The store that an engine would have for this.
fn usual_store(model: ModelWord, dedup: &Dedup) -> Store {
    match (model, dedup) {
        (ModelWord::MicroBatch, _) => Store::SparkHdfs,
        (ModelWord::Continuous, Dedup::Ttl(_)) => Store::FlinkHeapTtl,
        (ModelWord::Continuous, Dedup::EventTime(_)) => Store::FlinkHeapTimer,
        (ModelWord::Continuous, Dedup::Generations(_)) => Store::HashSet,
        _ => Store::FlinkHeap,
    }
}

fn removal(
    file: &PipelineFile,
    path: &Path,
    model: ModelWord,
    job: Option<&JobDedup>,
    findings: &mut Findings,
) -> Option<Dedup> {
    if let Some(PipelineDedup::Switch(false)) = file.dedup {
        return None;
    }
    let Some(job) = job else {
        if file.dedup.is_some() {
            let what = "the pipeline removes duplicates, but the job does not say for how long ids are remembered";
            findings.at(path, what, "set job.dedup = { ttl = \"24h\" }, or remove `dedup`");
        }
        return None;
    };
    let none = OwnDedupFile::default();
    let own = match &file.dedup {
        Some(PipelineDedup::Own(own)) => own,
        _ => &none,
    };
    if model == ModelWord::Batch {
        if let Some(PipelineDedup::Own(_)) = file.dedup {
            let what = "a batch looks for duplicates among the rows that a run reads, whatever the kind";
            findings.at(path, what, "write dedup = true or dedup = false");
        }
        // What the job says was checked there; a batch knows only whether.
        return Some(typed(&job.knobs, true, path, path, &mut Findings::new("", "")));
    }
    let given = Knobs { kind: own.kind, ttl: own.ttl, capacity: own.capacity, false_positive: own.false_positive };
    let kind = given.or(job.knobs).word();
    let job_path = Path::default().key("job").key("dedup");
    let kind_path = if own.kind.is_some() { path } else { &job_path };
    let known = kinds(model);
    if !known.contains(&kind) {
        let names: Vec<&str> = known.iter().map(|kind| kind.name()).collect();
        let what = format!("the model {} has no dedup of the kind \"{}\"", model.name(), kind.name());
        let example = if model == ModelWord::MicroBatch { WithinWatermark } else { EventTime };
        let remedy = format!(
            "its kinds are {}; a pipeline may have its own, such as dedup = {{ kind = \"{}\" }}",
            names.join(", "),
            example.name()
        );
        findings.at(&kind_path.key("kind"), what, remedy);
        return None;
    }
    let knobs = bounded(given, kind, path, findings).or(job.knobs);
    if matches!(file.dedup, Some(PipelineDedup::Own(_))) {
        if kind == EventTime && own.ttl.is_none() {
            let job_ttl = &job_path.key("ttl");
            findings.whole_millis(job_ttl, job.knobs.ttl, Span(DAY));
        }
        return Some(typed(&knobs, job.has_window, path, kind_path, findings));
    }
    // The job's own check has reported what is missing.
    Some(typed(&knobs, job.has_window, path, path, &mut Findings::new("", "")))
}

/// The kinds that the engine behind a model has.
fn kinds(model: ModelWord) -> Vec<KindWord> {
    let of_model = |kind: &KindWord| match model {
        ModelWord::Batch => false,
        ModelWord::MicroBatch => matches!(kind, Ttl | UntilWatermark | WithinWatermark | Unbounded),
        ModelWord::Continuous => !matches!(kind, UntilWatermark | WithinWatermark),
    };
    KindWord::ALL.into_iter().filter(of_model).collect()
}
