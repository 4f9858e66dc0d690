//! The job's side input.

use crate::scenario::file::EnrichFile;
use crate::scenario::findings::Findings;
use crate::scenario::model::{Enrich, Model, Pipeline, Refresh};
use crate::scenario::path::Path;
use crate::units::{Bytes, DAY, HOUR, Rate, Span};

/// Checks `job.enrich`.
pub(super) fn enrich(file: &EnrichFile, path: &Path, findings: &mut Findings) -> Enrich {
    let changes_path = path.key("changes");
    let changes = findings.required(&changes_path, file.changes, "changes = \"1/d\", how often a row changes");
    let changes = findings.positive_rate(&changes_path, changes, 1e6, Rate(1.0 / DAY as f64));
    let bytes = file.bytes.unwrap_or(Bytes(0));
    let refresh = match (&file.lookup, file.refresh) {
        (Some(_), Some(_)) => {
            let what = "`refresh` and `lookup` exclude each other";
            findings.at(&path.key("lookup"), what, "write one of them");
            Refresh::Snapshot { every: Span(HOUR), load: Span::ZERO }
        }
        (Some(lookup), None) => {
            if file.load.is_some() {
                let what = "`load` has no meaning with `lookup`: no table is loaded";
                findings.at(&path.key("load"), what, "remove it; the time of a look-up is `lookup.takes`");
            }
            let ttl_path = path.key("lookup").key("ttl");
            let ttl = findings.required(&ttl_path, lookup.ttl, "ttl = \"10m\"");
            let takes = lookup.takes.unwrap_or_default();
            if takes > Span(HOUR) {
                let what = format!("a look-up that takes {takes} is too long");
                findings.at(&path.key("lookup").key("takes"), what, "write at most \"1h\"");
            }
            Refresh::Lookup { ttl: ttl.unwrap_or(Span(HOUR)), takes: takes.min(Span(HOUR)) }
        }
        (None, refresh) => {
            let refresh_path = path.key("refresh");
            let refresh = findings.required(&refresh_path, refresh, "refresh = \"3h\", or lookup = { ttl = \"10m\" }");
            let every = findings.interval(&refresh_path, refresh, Span(HOUR));
            Refresh::Snapshot { every, load: file.load.unwrap_or_default() }
        }
    };
    Enrich { changes, refresh, bytes }
}

/// Look-ups are for continuous pipelines.
pub(super) fn pipelines(enrich: Option<&Enrich>, pipelines: &[Pipeline], path: &Path, findings: &mut Findings) {
    let looks_up = enrich.is_some_and(|enrich| matches!(enrich.refresh, Refresh::Lookup { .. }));
    let Some(other) = pipelines.iter().find(|pipeline| !matches!(pipeline.model, Model::Continuous(_))) else { return };
    if looks_up {
        let what = format!("the pipeline {} takes many rows at once and does not look rows up one by one", other.name);
        findings.at(&path.key("lookup"), what, "write `refresh`, or leave pipelines out that are not continuous");
    }
}
