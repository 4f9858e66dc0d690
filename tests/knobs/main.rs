//! Every key of a scenario, turned: the measures it is for move in the right direction and, where
//! a closed form is at hand, by the right amount. A key of the schema that no test turns is a
//! failure of its own.

mod batch;
mod continuous;
mod distributions;
mod enrich;
mod every_key;
mod frame;
mod gates;
mod job;
mod micro_batch;
mod network;
mod objectives;
mod operations;
mod people;
mod rates;
mod sinks;
mod team;
mod trace;
mod windows;
mod workload;

use std::path::Path;

use millstream::experiment::{Outcome, run};
use millstream::scenario::{Overrides, Scenario, parse};

/// What turning a knob does to a measure.
#[derive(Clone, Copy, Debug)]
enum Effect {
    /// Makes it larger, by at least a twentieth.
    Up,
    /// Makes it smaller, by at least a twentieth.
    Down,
    /// Leaves it as it is, to the last digit.
    Same,
    /// Multiplies it: factor and relative tolerance.
    Times(f64, f64),
    /// Adds to it: amount and absolute tolerance.
    Plus(f64, f64),
    /// Makes it this: value and absolute tolerance.
    Is(f64, f64),
    /// Makes it apply to nothing.
    Absent,
}

/// A knob, and what turning it does.
struct Knob {
    /// Fields set before and after, on top of the base.
    given: &'static [&'static str],
    /// The field that is turned, as `path=value`.
    turned: &'static str,
    /// Measures and effects.
    effects: &'static [(&'static str, Effect)],
}

/// A knob of the base as it is.
const fn knob(turned: &'static str, effects: &'static [(&'static str, Effect)]) -> Knob {
    Knob { given: &[], turned, effects }
}

impl Knob {
    /// The same with fields set before and after.
    const fn given(self, given: &'static [&'static str]) -> Self {
        Self { given, ..self }
    }
}

/// Two hours at ten events a second, a tenth of them delivered twice, counted by the minute, on one
/// pipeline.
fn base(pipeline: &str) -> String {
    format!(
        r#"
        title = "t"
        question = "q"
        warmup = "40m"
        duration = "2h"
        [workload]
        rate = "10/s"
        keys = {{ count = 100 }}
        network = {{ delay = {{ exponential = {{ mean = "1s" }} }} }}
        duplicates = {{ retry = {{ share = 0.1, after = {{ exponential = {{ mean = "30s" }} }} }} }}
        [job]
        dedup = {{ ttl = "2m" }}
        window = {{ size = "1m" }}
        [[pipelines]]
        {pipeline}
        "#
    )
}

fn scenario(text: &str, set: &[&str]) -> Scenario {
    let overrides = Overrides { set: set.iter().map(|field| (*field).to_owned()).collect(), ..Overrides::default() };
    parse("knobs", text, Path::new(""), &overrides).unwrap_or_else(|error| panic!("{set:?}: {error}"))
}

fn outcome(text: &str, set: &[&str]) -> Outcome {
    run(&scenario(text, set), None, 2, &|_| {}).unwrap_or_else(|error| panic!("{set:?}: {error}"))
}

/// A measure of the first pipeline or, by `workload.…`, of the stream.
fn measure(outcome: &Outcome, path: &str) -> Option<f64> {
    let stream = &outcome.workload;
    match path {
        "workload.events" => stream.events.value,
        "workload.duplicate_deliveries" => stream.duplicate_deliveries.value,
        "workload.deliveries" => stream.deliveries.value,
        "workload.out_of_order_deliveries" => stream.out_of_order_deliveries.value,
        "workload.lost_events" => stream.lost.value,
        "workload.sessions" => stream.sessions.and_then(|sessions| sessions.value),
        "workload.delay_s.p99" => stream.delay_s[2].value,
        "workload.delay_s.max" => stream.delay_s[3].value,
        "workload.types[0].events" => stream.types.first().and_then(|of| of.events.value),
        "workload.types[1].events" => stream.types.get(1).and_then(|of| of.events.value),
        _ => {
            assert!(millstream::measure::find(path).is_some(), "there is no measure {path}");
            outcome.pipelines[0].get(path).value
        }
    }
}

/// Turns each knob of a base and checks its effects; reports all that are wrong.
fn turn(pipeline: &str, knobs: &[Knob]) {
    let text = base(pipeline);
    let mut wrong = Vec::new();
    for knob in knobs {
        let mut set = knob.given.to_vec();
        let before = outcome(&text, &set);
        set.push(knob.turned);
        let after = outcome(&text, &set);
        for (path, effect) in knob.effects {
            let (before, after) = (measure(&before, path), measure(&after, path));
            if !shows(*effect, before, after) {
                wrong.push(format!("{}: {path} went from {before:?} to {after:?}, not {effect:?}", knob.turned));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn shows(effect: Effect, before: Option<f64>, after: Option<f64>) -> bool {
    match (effect, before, after) {
        (Effect::Is(value, tolerance), _, Some(after)) => (after - value).abs() <= tolerance,
        (Effect::Absent, Some(_), None) => true,
        (Effect::Up, Some(before), Some(after)) => after > before && after >= 1.05 * before,
        (Effect::Down, Some(before), Some(after)) => after < before && after <= before / 1.05,
        (Effect::Same, Some(before), Some(after)) => after == before,
        (Effect::Times(factor, tolerance), Some(before), Some(after)) => {
            before != 0.0 && (after / (before * factor) - 1.0).abs() <= tolerance
        }
        (Effect::Plus(amount, tolerance), Some(before), Some(after)) => (after - before - amount).abs() <= tolerance,
        _ => false,
    }
}
