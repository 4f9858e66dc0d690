//! The job's side input.

use super::Effect::{Down, Is, Plus, Times, Up};
use super::{Knob, knob, turn};

const SNAPSHOT: &[&str] = &["job.enrich={ changes = \"1/d\", refresh = \"10m\", bytes = \"1 GB\" }"];
const LOOKUP: &[&str] =
    &["job.enrich={ changes = \"1/d\", bytes = \"1 KB\", lookup = { ttl = \"1m\", takes = \"1ms\" } }"];

pub const KNOBS: &[Knob] = &[
    // Far from saturation twice the rate is twice the share.
    knob("job.enrich.changes=2/d", &[("enrich.outdated_share", Times(2.0, 0.01))]).given(SNAPSHOT),
    knob(
        "job.enrich.refresh=20m",
        &[("enrich.outdated_share", Times(2.0, 0.02)), ("enrich.loads_per_day", Is(72.0, 1e-9))],
    )
    .given(SNAPSHOT),
    knob("job.enrich.load=5m", &[("enrich.outdated_share", Times(2.0, 0.02)), ("enrich.core_hours", Is(12.0, 1e-9))])
        .given(SNAPSHOT),
    knob("job.enrich.bytes=2 GB", &[("enrich.bytes_per_day", Times(2.0, 1e-9))]).given(SNAPSHOT),
    knob("job.enrich.lookup.ttl=2m", &[("enrich.loads_per_day", Down), ("enrich.outdated_share", Up)]).given(LOOKUP),
    // A key has 1.1 deliveries in ten seconds: one of 7.6 asks.
    knob("job.enrich.lookup.takes=101ms", &[("stages_s.compute", Plus(0.1 / 7.6, 0.002))]).given(LOOKUP),
];

#[test]
fn the_side_input_of_a_continuous_pipeline() {
    turn(super::continuous::PIPELINE, KNOBS);
}
