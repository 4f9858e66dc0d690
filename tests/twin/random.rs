//! Engine and twin over random scenarios.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

use millstream::experiment;
use millstream::scenario::Scenario;
use millstream::units::Span;
use millstream::workload::Log;

use crate::findings::Findings;
use crate::input::{Input, read, run_out};
use crate::scenarios::{self, Case};
use crate::{compare, measures};

/// Probes of which there are many deliveries from one to the next.
const FEW_PROBES: u32 = 16;

/// The ordinary run is the same everywhere; with `PROPTEST_CASES` or `PROPTEST_RNG_SEED` it is what
/// they say.
pub fn config(cases: u32) -> Config {
    let mut config = Config { failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
        if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
            config.rng_seed = RngSeed::Fixed(20_260_105);
        }
    }
    config
}

/// Runs a check over random cases.
pub fn each(cases: u32, strategy: impl Strategy<Value = Case>, check: impl Fn(&Case) -> Result<(), String>) {
    let checked = |case: Case| check(&case).map_err(TestCaseError::fail);
    if let Err(error) = TestRunner::new(config(cases)).run(&strategy, checked) {
        panic!("{error}");
    }
}

/// The input up to where every measured delivery is resolved in every pipeline, or to where a
/// replication gives up; and what the twins find.
pub fn simulate(scenario: &Scenario, log: Option<&Log>) -> (Input, Vec<Findings>) {
    let mut slack = scenario.measured(log.and_then(Log::end)).length();
    loop {
        let input = Input::new(scenario, log, slack);
        let findings: Vec<Findings> =
            (0..scenario.pipelines.len()).map(|place| compare::simulate(&input, place)).collect();
        let resolved = |findings: &Findings| {
            let pairs = input.deliveries.iter().zip(&findings.fates);
            findings.published_through >= input.measured().to.0
                && pairs.filter(|(delivery, _)| input.counts(delivery)).all(|(_, fate)| fate.is_some())
        };
        if (input.complete && findings.iter().all(resolved)) || slack >= run_out(scenario, input.measured()) {
            return (input, findings);
        }
        slack = Span(slack.0 * 3);
    }
}

/// Compares engine and twins in everything.
pub fn agree(scenario: &Scenario, log: Option<&Log>) -> Result<(), String> {
    let (input, findings) = simulate(scenario, log);
    for (place, findings) in findings.iter().enumerate() {
        compare::facts(&input, place, findings)?;
    }
    let outcome = experiment::run(scenario, log, 1, &|_| {}).map_err(|error| error.to_string())?;
    for (place, findings) in findings.iter().enumerate() {
        measures::compare(&input, place, findings, &outcome.pipelines[place])?;
    }
    // As many probes as deliveries leave little to take in bulk.
    let input = input.with_probes(FEW_PROBES);
    (0..findings.len()).try_for_each(|place| compare::facts(&input, place, &compare::simulate(&input, place)))
}

fn engine_and_twin(case: &Case) -> Result<(), String> {
    agree(&read(&case.0), None)
}

#[test]
fn batch() {
    each(60, scenarios::batch(), engine_and_twin);
}

#[test]
fn micro_batch() {
    each(60, scenarios::micro_batch(), engine_and_twin);
}

#[test]
fn continuous() {
    each(60, scenarios::continuous(), engine_and_twin);
}

/// A stream of which some clocks are wrong.
fn wrong_clocks(seed: u32, duration: &str, rate: &str, clock: &str, rest: &str) -> Scenario {
    read(&format!(
        r#"
        title = "clocks"
        question = "?"
        start = "1970-01-01T00:00:00Z"
        seed = {seed}
        warmup = "0s"
        duration = "{duration}"
        [workload]
        rate = "{rate}"
        keys = {{ count = 1 }}
        [workload.network]
        delay = "0s"
        [workload.clock]
        {clock}
        {rest}
        sink_delay = "0s"
        dedup = false
        "#
    ))
}

/// Windows that no event of the measured period falls into are published by what happens after it.
#[test]
fn clocks_behind_publish_windows_after_the_measured_period() {
    let batch = r#"
        [job]
        window = { size = "97s", by = "key" }
        [[pipelines]]
        model = "batch"
        every = "97s"
        start_after = "0s"
        late = "next_run"
        overhead = "0s"
        throughput = "4000/s""#;
    let behind = |mean: u32| format!("behind = {{ share = 1.0, by = {{ exponential = {{ mean = \"{mean}s\" }} }} }}");
    agree(&wrong_clocks(39_086, "291s", "0.4/s", &behind(194), batch), None).unwrap();
    let continuous = r#"
        [job]
        window = { size = "6s", by = "key" }
        [[pipelines]]
        model = "continuous"
        service = "0s"
        watermark = { bound = "0s", interval = "60ms" }"#;
    agree(&wrong_clocks(5_501, "540s", "0.19/s", &behind(120), continuous), None).unwrap();
}

/// A window whose watermark is carried by clocks that are ahead fires long before its end: what is left of the age at
/// its end is the latency, and must be as exact as any.
#[test]
fn clocks_ahead_fire_windows_before_their_end() {
    let clock = r#"
        ahead = { share = 0.2, by = { exponential = { mean = "3h" } } }
        behind = { share = 0.3, by = "42m" }"#;
    let rest = r#"
        [job]
        window = { size = "6m", by = "key" }
        [[pipelines]]
        model = "continuous"
        service = "0s"
        watermark = { bound = "6m", interval = "3600ms" }"#;
    for seed in [246_046, 1, 2, 3] {
        agree(&wrong_clocks(seed, "41h", "21/h", clock, rest), None).unwrap();
    }
}

/// Records are taken in bulk over many ticks of the watermark: each says what had been read by then.
#[test]
fn ticks_among_records_that_are_taken_in_bulk_say_what_was_read_before() {
    for (rate, duration) in [("2/s", "10h"), ("20/s", "2h")] {
        let scenario = read(&format!(
            r#"
            title = "ticks"
            question = "?"
            start = "2026-01-05T00:00:00Z"
            seed = 1
            warmup = "0s"
            duration = "{duration}"
            [workload]
            rate = "{rate}"
            [workload.network]
            delay = {{ lognormal = {{ median = "150ms", sigma = 1.0 }} }}
            late = {{ share = 0.01, by = {{ exponential = {{ mean = "60s" }} }} }}
            [job]
            dedup = {{ ttl = "1h" }}
            window = {{ size = "60s" }}
            [[pipelines]]
            model = "continuous"
            parallelism = 1
            service = "100us"
            watermark = {{ bound = "15s" }}
            allowed_lateness = "2m""#
        ));
        agree(&scenario, None).unwrap();
    }
}
