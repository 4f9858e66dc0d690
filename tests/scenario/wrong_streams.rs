//! Wrong streams: rates, users, sessions, devices, outages, clocks, partitions, samples.

use super::{one_problem, workload};

#[test]
fn wrong_rates() {
    for (field, says) in [
        ("daily = { trough = 1 }", &["workload.daily.peak", "missing"][..]),
        ("daily = { peak = 1, trough = 2 }", &["workload.daily.trough", "from 0 to 1"]),
        ("daily = { peak = 1, trough = 0, hour = 25 }", &["workload.daily.hour", "from 0 to 24"]),
        (
            "daily = { peak = 1, trough = 0 }\nhours = [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
            &["workload.daily", "exclude each other"],
        ),
        ("weekdays = [1, 1]", &["workload.weekdays", "there are 2 weights", "write 7"]),
        ("weekdays = [0, 0, 0, 0, 0, 0, 0]", &["workload.weekdays", "all weights are 0"]),
        ("weekdays = [1, -1, 1, 1, 1, 1, 1]", &["workload.weekdays[1]", "-1 is out of bounds"]),
        ("trend = -0.9", &["workload.trend", "from -0.5 to 10"]),
        ("trend = 11", &["workload.trend", "from -0.5 to 10"]),
        (
            "weekdays = [2, 2, 2, 2, 2, 2, 2]\nbursts = [{ at = \"1h\", for = \"1h\", factor = 1e6 }]",
            &["workload.rate", "the rate is 2.000e7/s at its highest", "sample"],
        ),
        ("bursts = [{ for = \"1h\", factor = 2 }]", &["workload.bursts[0].at", "missing"]),
        ("bursts = [{ at = \"1h\", for = \"0s\", factor = 2 }]", &["workload.bursts[0].for", "too short"]),
        ("bursts = [{ at = \"1h\", for = \"1h\", factor = 2e6 }]", &["workload.bursts[0].factor", "out of bounds"]),
        ("sample = \"1000\"", &["workload.sample", "\"1000\" is not a sample", "1/1000"]),
        ("sample = \"2/1000\"", &["workload.sample", "not a sample"]),
        ("sample = \"1/0\"", &["workload.sample", "not a sample"]),
        ("sample = 0.1", &["workload.sample"]),
    ] {
        one_problem(&workload(field), &[], says);
    }
}

#[test]
fn wrong_users() {
    for (field, says) in [
        ("users = { count = 0 }", &["workload.users.count", "from 1 to 10000000"][..]),
        ("types = []", &["workload.types", "there are 0 types"]),
        ("types = [{ share = 1 }]", &["workload.types[0].name", "missing"]),
        ("types = [{ name = \"a\" }, { name = \"a\" }]", &["workload.types[1].name", "two types named"]),
        ("types = [{ name = \"a\", share = 0 }]", &["workload.types[0].share", "not above 0"]),
        ("types = [{ name = \"a\", payload = \"0 B\" }]", &["workload.types[0].payload", "0 bytes"]),
        ("sessions = { pause = \"1s\" }", &["workload.sessions.events", "missing"]),
        ("sessions = { events = \"many\", pause = \"1s\" }", &["workload.sessions.events", "not a number"]),
        ("sessions = { events = 0, pause = \"1s\" }", &["workload.sessions.events", "above 0"]),
        ("sessions = { events = 2, pause = \"1s\" }", &["workload.sessions", "busiest user", "more users"]),
        (
            "users = { count = 10000000 }\nsessions = { events = 2, pause = \"1s\", funnel = [{ probability = 0.1 }] }",
            &["workload.sessions.funnel", "1 steps", "there are 0 types"],
        ),
    ] {
        one_problem(&workload(field), &[], says);
    }
}

#[test]
fn wrong_ways() {
    for (field, says) in [
        ("network = { loss = 2 }", &["workload.network.loss", "from 0 to 1"][..]),
        ("network = { outages = [{ for = \"1h\" }] }", &["workload.network.outages[0].from", "missing"]),
        ("network = { outages = [{ from = \"1h\" }] }", &["workload.network.outages[0].for", "missing"]),
        (
            "network = { outages = [{ from = \"1h\", for = \"1h\", share = 2 }] }",
            &["workload.network.outages[0].share", "out of bounds"],
        ),
        (
            "network = { outages = [{ from = \"1h\", for = \"1h\", storm = { every = \"0s\" } }] }",
            &["workload.network.outages[0].storm.every", "too short"],
        ),
        (
            "network = { cohorts = [{ share = 1, delay = \"1s\", offline = { chance = 2, for = \"1h\" } }] }",
            &["workload.network.cohorts[0].offline.chance", "out of bounds"],
        ),
        (
            "network = { cohorts = [{ share = 1, delay = \"1s\", flush = { events = 0, every = \"1s\" } }] }",
            &["workload.network.cohorts[0].flush.events", "from 1 to 10000"],
        ),
        (
            "clock = { ahead = { share = 0.7, by = \"1s\" }, behind = { share = 0.7, by = \"1s\" } }",
            &["workload.clock", "add up to 1.4"],
        ),
        ("clock = { ahead = { share = 0.7 } }", &["workload.clock.ahead.by", "missing"]),
        (
            "duplicates = { retry = { share = 0.1, after = \"1s\", again = 1 } }",
            &["workload.duplicates.retry.again", "from 0 to 0.99"],
        ),
        ("partitions = { count = 0 }", &["workload.partitions.count", "from 1 to 10000"]),
        (
            "partitions = { count = 4, idle = [{ partition = 4, from = \"1h\", for = \"1h\" }] }",
            &["workload.partitions.idle[0].partition", "numbered from 0 to 3"],
        ),
        (
            "sample = \"1/10\"\nnetwork = { cohorts = [{ share = 1, delay = \"1s\", flush = { events = 5, every = \"1s\" } }] }",
            &["workload.network.cohorts", "every event of a user"],
        ),
    ] {
        one_problem(&workload(field), &[], says);
    }
}
