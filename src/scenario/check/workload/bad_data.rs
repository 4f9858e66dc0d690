//! Incidents with bad data.

use crate::random::Distribution;
use crate::scenario::file::BadDataFile;
use crate::scenario::findings::Findings;
use crate::scenario::model::BadData;
use crate::scenario::path::Path;
use crate::units::{DAY, Span};

/// Most incidents that a scenario may expect.
const MOST: f64 = 1_000.0;

/// Checks `[workload.bad_data]`.
pub(super) fn bad_data(file: &BadDataFile, path: &Path, findings: &mut Findings) -> BadData {
    let per_day_path = path.key("per_day");
    let per_day = findings.required(&per_day_path, file.per_day, "per_day = 0.1");
    let (lasting, noticed) = (path.key("lasting"), path.key("noticed_after"));
    findings.required(&lasting, file.lasting.as_ref(), "lasting = \"2h\"");
    findings.required(&noticed, file.noticed_after.as_ref(), "noticed_after = \"6h\"");
    let none = Distribution::Constant(1.0);
    BadData {
        per_day: findings.positive(&per_day_path, per_day, 1_000.0, 1.0),
        lasting: findings.distribution(&lasting, file.lasting.as_ref(), none.clone()),
        share: {
            let share = path.key("share");
            let given = findings.required(&share, file.share, "share = 0.2");
            findings.positive(&share, given, 1.0, 1.0)
        },
        noticed_after: findings.distribution(&noticed, file.noticed_after.as_ref(), none),
    }
}

/// Reports more incidents than are kept.
pub(in crate::scenario::check) fn bound_incidents(
    bad: Option<&BadData>,
    simulated: Option<Span>,
    path: &Path,
    findings: &mut Findings,
) {
    let (Some(bad), Some(simulated)) = (bad, simulated) else { return };
    let expected = bad.per_day * simulated.0 as f64 / DAY as f64;
    if expected > MOST {
        let what = format!("{expected:.0} incidents in {simulated} are more than {MOST}");
        findings.at(&path.key("bad_data").key("per_day"), what, "write fewer a day, or shorten the duration");
    }
}
