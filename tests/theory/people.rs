//! People: on call, incidents and their cost, by hand.

use super::{is_about, outcome, value};

#[test]
fn two_people_share_the_weeks_of_a_year() {
    let outcome = outcome(
        r#"
        warmup = "1d"
        duration = "4d"
        [workload]
        rate = "1/m"
        [team]
        size = 4
        knows_streaming = 2
        runs = ["batch"]
        cost_per_hour = 100.0
        on_call_week = 365.0
        hours_per_incident = 5.0
        hours_per_kind = 7.0
        mtbf = "120h"
        [[pipelines]]
        preset = "daily"
        overhead = "30m"
        throughput = "1e12/s"
        [[pipelines]]
        preset = "hourly"
        overhead = "6m"
        throughput = "1e12/s"
        [[pipelines]]
        preset = "continuous"
        "#,
    );
    let [daily, hourly, continuous] = &outcome.pipelines[..] else { panic!() };
    // A daily run can wait for the morning; four people share an hourly one, two of them a stream.
    for (pipeline, weeks) in [(daily, 0.0), (hourly, 13.0), (continuous, 26.0)] {
        is_about(pipeline, "people.on_call_weeks_per_person", weeks, 1e-9);
    }
    // Half an hour a day, 2.4 h and 24 h, 365 days a year, an incident in 120 h.
    for (pipeline, hours) in [(daily, 0.5), (hourly, 2.4), (continuous, 24.0)] {
        is_about(pipeline, "people.incidents_per_year", hours * 365.0 / 120.0, 1e-9);
    }
    is_about(daily, "people.cost_per_day", 0.5 / 120.0 * 500.0, 1e-9);
    is_about(hourly, "people.cost_per_day", 2.4 / 120.0 * 500.0 + 52.0, 1e-9);
    // One more kind takes an hour a day.
    is_about(continuous, "people.cost_per_day", 24.0 / 120.0 * 500.0 + 52.0 + 100.0, 1e-9);
    assert_eq!([daily, hourly, continuous].map(|of| value(of, "people.complexity")), [1.0, 1.0, 4.0]);
    // All of it is said to be assumed.
    assert!(outcome.scenario.assumptions.iter().any(|text| text.starts_with("People are this scenario's assumption")));
}

#[test]
fn a_load_after_midnight_is_a_spike() {
    let outcome = outcome(
        r#"
        warmup = "1d"
        duration = "4d"
        [workload]
        rate = "1/m"
        [[pipelines]]
        model = "batch"
        every = "1d"
        start_after = "0s"
        overhead = "30m"
        throughput = "1e12/s"
        late = "drop"
        "#,
    );
    let daily = super::only(&outcome);
    // Eight cores for half of the first hour, and nothing in the others.
    is_about(daily, "compute.busiest_hour_cores", 4.0, 1e-9);
    is_about(daily, "compute.spike", 24.0, 1e-9);
    is_about(daily, "compute.gb_hours", value(daily, "state.working_set_bytes_peak") / 1e9 * 0.5, 1e-9);
}
