//! Keys of failures, checkpoints, brokers and limits of memory.

use super::Effect::{Absent, Down, Is, Plus, Same, Times, Up};
use super::{Knob, knob, turn};

/// An hour in, for ten minutes; each event by itself, 10 ms of work at 10 events a second.
const DOWN: &[&str] = &[
    "job.window=none",
    "pipelines[0].service=10ms",
    "pipelines[0].failures={ incidents = [{ at = \"80m30s\", for = \"10m\" }] }",
    "pipelines[0].checkpoint={ interval = \"1m\", duration = \"5s\" }",
];
const RANDOM: &[&str] = &[
    "job.window=none",
    "workload.rate=1/s",
    "duration=10d",
    "pipelines[0].failures={ mtbf = \"2h\", detection = \"1m\", repair = \"2m\" }",
];
/// The peak of ids, 1,210 or so of 96.4 bytes, in a checkpoint.
const STATE: &[&str] = &[
    "job.window=none",
    "pipelines[0].guarantee=exactly_once",
    "pipelines[0].checkpoint={ interval = \"1m\", duration = \"1s\", bandwidth = \"100 kB\" }",
];
const FULL: &[&str] = &["job.window=none", "pipelines[0].memory_limit=50 kB", "warmup=0s"];
const BATCH: &[&str] = &["job.window=none"];

pub const OF_CONTINUOUS: &[Knob] = &[
    knob(
        "pipelines[0].failures.mtbf=4h",
        &[("operations.failures", Times(0.5, 0.25)), ("operations.downtime_s", Down)],
    )
    .given(RANDOM),
    knob("pipelines[0].failures.detection=4m", &[("operations.downtime_s", Times(2.0, 0.05))]).given(RANDOM),
    knob("pipelines[0].failures.repair=5m", &[("operations.downtime_s", Times(2.0, 0.05))]).given(RANDOM),
    // At 80:30 it goes back to the checkpoint of 80:00; at 80:59 too.
    knob(
        "pipelines[0].failures.incidents[0].at=80m59s",
        &[("operations.replayed_records", Times(59.0 / 30.0, 0.1)), ("operations.downtime_s", Same)],
    )
    .given(DOWN),
    knob(
        "pipelines[0].failures.incidents[0].for=20m",
        &[("operations.downtime_s", Times(2.0, 1e-9)), ("operations.catch_up_s_max", Times(2.0, 0.1))],
    )
    .given(DOWN),
    knob(
        "pipelines[0].failures.incidents[0].planned=true",
        &[
            ("operations.failures", Is(0.0, 0.0)),
            ("operations.replayed_records", Absent),
            ("accounting.written_twice", Is(0.0, 0.0)),
            ("operations.downtime_s", Same),
        ],
    )
    .given(DOWN),
    knob("pipelines[0].checkpoint.minimum_pause=2m", &[("stages_s.commit", Up)]).given(STATE),
    // Of some 117 kB at 100 kB/s half a second less.
    knob("pipelines[0].checkpoint.bandwidth=200 kB", &[("operations.checkpoint_s_mean", Plus(-0.58, 0.05))])
        .given(STATE),
    // Half of the ids are of the last minute, and some that were duplicates.
    knob("pipelines[0].checkpoint.incremental=true", &[("operations.checkpoint_s_mean", Down)]).given(STATE),
    // 3 s of each minute: those who come then wait 1.5 s, and those after them.
    knob("pipelines[0].checkpoint.alignment=3s", &[("stages_s.wait", Plus(3.0 * 1.5 / 60.0, 0.02))]).given(STATE),
    knob(
        "pipelines[0].guarantee=at_most_once",
        &[("operations.replayed_records", Is(0.0, 0.0)), ("accounting.written_twice", Is(0.0, 0.0))],
    )
    .given(&["job.window=none", "pipelines[0].failures={ incidents = [{ at = \"80m30s\", for = \"10m\" }] }"]),
    knob(
        "pipelines[0].memory_limit=100 kB",
        &[("operations.out_of_memory_bytes", Up), ("accounting.pending", Times(0.993, 0.003))],
    )
    .given(FULL),
    knob("pipelines[0].broker.linger=2s", &[("stages_s.wait", Plus(1.0, 0.02))]).given(&["job.window=none"]),
    knob("pipelines[0].broker.retention=5m", &[("accounting.lost", Up), ("accounting.duplicates_lost", Up)]).given(&[
        "job.window=none",
        "pipelines[0].broker={ retention = \"8m\" }",
        "pipelines[0].failures={ incidents = [{ at = \"80m30s\", for = \"10m\" }] }",
    ]),
    // At 0.87 of its rate 0.11 ms in the queue of M/D/1, and its 33 µs.
    knob("pipelines[0].broker.kind=kafka", &[("stages_s.wait", Plus(-0.000_15, 0.000_05))]).given(&[
        "job.window=none",
        "pipelines[0].broker={ kind = \"rabbitmq\" }",
        "pipelines[0].service=1us",
        "workload.rate=26000/s",
        "duration=5s",
        "warmup=10s",
    ]),
    knob("pipelines[0].broker.rate=20/s", &[("stages_s.wait", Down)])
        .given(&["job.window=none", "pipelines[0].broker={ kind = \"rabbitmq\", rate = \"12/s\" }"]),
    knob("pipelines[0].broker.begins=100m", &[("latency_s.max", Up)])
        .given(&["job.window=none", "pipelines[0].broker={ begins = \"50m\" }"]),
    knob("pipelines[0].broker.offsets=latest", &[("accounting.lost", Is(6_000.0, 250.0)), ("latency_s.max", Down)])
        .given(&["job.window=none", "pipelines[0].broker={ begins = \"50m\" }"]),
    knob("pipelines[0].broker.timestamp=47m", &[("accounting.lost", Is(4_200.0, 250.0)), ("latency_s.max", Down)])
        .given(&[
            "job.window=none",
            "pipelines[0].broker={ begins = \"50m\", offsets = \"timestamp\", timestamp = \"0s\" }",
        ]),
];

#[test]
fn keys_of_what_goes_wrong_with_a_job() {
    turn(super::continuous::PIPELINE, OF_CONTINUOUS);
}

#[test]
fn keys_of_what_goes_wrong_with_a_micro_batch() {
    turn(
        super::micro_batch::PIPELINE,
        &[
            knob(
                "pipelines[0].failures={ incidents = [{ at = \"80m30s\", for = \"10m\" }] }",
                &[("latency_s.max", Plus(570.0, 60.0)), ("accounting.pending", Is(0.0, 0.0))],
            )
            .given(BATCH),
            knob("pipelines[0].broker={ retention = \"5m\" }", &[("accounting.lost", Is(3_000.0, 700.0))]).given(&[
                "job.window=none",
                "pipelines[0].failures={ incidents = [{ at = \"80m30s\", for = \"10m\" }] }",
            ]),
            knob(
                "pipelines[0].broker={ begins = \"50m\", offsets = \"latest\" }",
                &[("accounting.lost", Is(6_000.0, 400.0))],
            )
            .given(BATCH),
            knob(
                "pipelines[0].memory_limit=100 kB",
                &[("operations.out_of_memory_ids", Up), ("operations.out_of_memory_s", Up)],
            )
            .given(FULL),
        ],
    );
}

/// Ten datasets of a minute, three at a time: four minutes after each publication.
const MADE: &[&str] = &["pipelines[0].downstream={ datasets = 10, takes = \"1m\", at_once = 3, cores = 2 }"];

pub const OF_BATCH: &[Knob] = &[
    knob("pipelines[0].downstream.datasets=13", &[("downstream.landing_s_mean", Plus(60.0, 1e-3))]).given(MADE),
    knob("pipelines[0].downstream.takes=90s", &[("downstream.landing_s_max", Plus(120.0, 1e-3))]).given(MADE),
    knob("pipelines[0].downstream.at_once=5", &[("downstream.landing_s_p95", Plus(-120.0, 3.0))]).given(MADE),
    knob("pipelines[0].downstream.cores=4", &[("compute.core_hours", Up), ("downstream.landing_s_mean", Same)])
        .given(MADE),
];

#[test]
fn keys_of_what_is_made_from_a_batch() {
    turn(super::batch::PIPELINE, OF_BATCH);
}

#[test]
fn keys_of_what_goes_wrong_with_a_batch() {
    turn(
        super::batch::PIPELINE,
        &[
            knob(
                "pipelines[0].failures={ mtbf = \"10m\", repair = \"5m\" }",
                &[("latency_s.mean", Up), ("landing_s.max", Up)],
            )
            .given(BATCH),
            // A row alone takes more.
            knob("pipelines[0].memory_limit=1 kB", &[("accounting.pending", Up), ("accounting.on_time", Is(0.0, 0.0))])
                .given(&["job.window=none", "pipelines[0].memory_limit=1 GB"]),
        ],
    );
}
