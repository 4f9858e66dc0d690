//! The way to the broker: loss, outages, devices, clocks, retries, partitions. Without other users the
//! hundred keys of the base are its users.

use super::Effect::{Down, Is, Times, Up};
use super::continuous::PIPELINE as CONTINUOUS;
use super::{Knob, knob, turn};

pub const KNOBS: &[Knob] = &[
    knob(
        "workload.network.loss=0.1",
        &[
            ("workload.lost_events", Is(7_200.0, 300.0)),
            ("accounting.lost", Is(7_200.0, 300.0)),
            ("correctness.completeness_final", Is(0.9, 0.005)),
        ],
    )
    .given(&["workload.duplicates={}", "job.window=none"]),
    // A twelfth of the events is held, for five minutes on average; all arrive together.
    knob("workload.network.outages[0].from=5h", &[("stages_s.network", Is(1.0, 0.05))]).given(OUTAGE),
    knob("workload.network.outages[0].for=20m", &[("stages_s.network", Is(1.0 + 600.0 / 6.0, 2.0))]).given(OUTAGE),
    knob("workload.network.outages[0].share=0.5", &[("stages_s.network", Is(1.0 + 12.5, 4.0))]).given(OUTAGE),
    knob("workload.network.outages[0].drain=10m", &[("stages_s.network", Is(1.0 + 50.0, 1.0))]).given(OUTAGE),
    // In order each waits ten minutes in all, in any other up to twenty.
    knob("workload.network.outages[0].in_order=false", &[("workload.delay_s.max", Times(2.0, 0.02))]).given(&[
        "workload.duplicates={}",
        "job.window=none",
        "workload.network={ outages = [{ from = \"1h\", for = \"10m\", drain = \"10m\" }] }",
    ]),
    // Of ten minutes held a try each minute, five at most: (0 + 1 + 2 + 3 + 4 + 5·5) / 10 for 6,000 events.
    knob(
        "workload.network.outages[0].storm={ every = \"1m\" }",
        &[("workload.duplicate_deliveries", Is(21_000.0, 500.0))],
    )
    .given(OUTAGE),
    knob("workload.network.outages[0].storm.every=2m", &[("workload.duplicate_deliveries", Is(12_000.0, 400.0))])
        .given(STORM),
    knob("workload.network.outages[0].storm.most=2", &[("workload.duplicate_deliveries", Is(10_200.0, 400.0))])
        .given(STORM),
    // An event each ten seconds and user; the first waits ten minutes, those after it five on average.
    knob("workload.network.cohorts[0].offline.chance=0", &[("stages_s.network", Is(1.0, 1e-9))]).given(OFFLINE),
    knob("workload.network.cohorts[0].offline.for=20m", &[("stages_s.network", Is(1.0 + 605.0, 15.0))]).given(OFFLINE),
    // Ten events are there after nine gaps of ten seconds.
    knob("workload.network.cohorts[0].flush.events=10", &[("stages_s.network", Is(1.0 + 45.0, 2.0))]).given(FLUSH),
    // Thirty seconds after the first, with three more on average.
    knob("workload.network.cohorts[0].flush.every=30s", &[("stages_s.network", Is(1.0 + 18.75, 0.7))]).given(FLUSH),
    // Events from the future advance the watermark, and honest events are late.
    knob("workload.clock.ahead.share=0.1", &[("accounting.late_dropped", Up)])
        .given(&["workload.clock={ ahead = { share = 0, by = \"10m\" } }"]),
    knob("workload.clock.ahead.by=1s", &[("accounting.late_dropped", Down)])
        .given(&["workload.clock={ ahead = { share = 0.1, by = \"10m\" } }"]),
    knob("workload.clock.behind.share=1", &[("accounting.late_dropped", Down)])
        .given(&["workload.clock={ behind = { share = 0.3, by = \"10m\" } }"]),
    knob("workload.clock.behind.by=2m", &[("accounting.late_dropped", Up)])
        .given(&["workload.clock={ behind = { share = 0.1, by = \"1s\" } }"]),
    knob("workload.duplicates.retry.again=0.5", &[("workload.duplicate_deliveries", Times(2.0, 0.05))]),
];

/// With a watermark for each partition.
pub const OF_PARTITIONS: &[Knob] = &[
    // Most of a thousand partitions have none of the hundred keys, and hold back the watermark for good.
    knob("workload.partitions.count=1000", &[("accounting.on_time", Is(0.0, 0.0)), ("accounting.pending", Up)]),
    knob("workload.partitions.zipf=10", &[("accounting.on_time", Is(0.0, 0.0)), ("accounting.pending", Up)])
        .given(&["workload.partitions.count=4"]),
    knob("workload.partitions.idle[0].partition=1", &[("landing_s.max", Times(1.0, 0.05))]).given(IDLE),
    knob("workload.partitions.idle[0].from=5h", &[("landing_s.max", Down)]).given(IDLE),
    knob("workload.partitions.idle[0].for=1h", &[("landing_s.max", Times(2.0, 0.05)), ("workload.events", Down)])
        .given(IDLE),
];

const OUTAGE: &[&str] = &[
    "job.window=none",
    "workload.duplicates={}",
    "workload.network={ delay = { exponential = { mean = \"1s\" } }, outages = [{ from = \"1h\", for = \"10m\" }] }",
];
const STORM: &[&str] = &[
    "job.window=none",
    "workload.duplicates={}",
    "workload.network.outages=[{ from = \"1h\", for = \"10m\", storm = { every = \"1m\" } }]",
];
const OFFLINE: &[&str] = &[
    "job.window=none",
    "workload.network={ cohorts = [{ share = 1, delay = \"1s\", offline = { chance = 1, for = \"10m\" } }] }",
];
const FLUSH: &[&str] = &[
    "job.window=none",
    "workload.network={ cohorts = [{ share = 1, delay = \"1s\", flush = { events = 20, every = \"1h\" } }] }",
];
pub const IDLE: &[&str] =
    &["workload.partitions={ count = 4, idle = [{ partition = 0, from = \"1h\", for = \"30m\" }] }"];

#[test]
fn the_way_to_the_broker() {
    turn(CONTINUOUS, KNOBS);
}

#[test]
fn partitions_of_the_broker() {
    turn(CONTINUOUS, OF_PARTITIONS);
}
