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
    Ok(())
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
