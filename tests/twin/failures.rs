//! Failures over random scenarios: whatever goes wrong and whenever, every delivery ends in one bin.

use millstream::experiment;
use millstream::random::Distribution;
use millstream::scenario::{Broker, Checkpoints, Failures, Guarantee, Incident, Model, Scenario, StartOffsets};
use millstream::units::{Instant, Rate, Span};

use crate::input::read;
use crate::properties::sound_outcome;
use crate::random::each;
use crate::scenarios::{self, Case};

/// A part of the simulated time.
fn part(scenario: &Scenario, share: f64) -> Span {
    let duration = scenario.duration.expect("cases have one");
    Span((((duration + scenario.warmup).0 as f64 * share) as i64).max(1_000))
}

/// The case with things that go wrong; `way` picks them.
fn broken(case: &Case, way: u32) -> Scenario {
    let mut scenario = read(&case.0);
    let [short, long, whole] = [0.02, 0.15, 1.0].map(|share| part(&scenario, share));
    let pipeline = &mut scenario.pipelines[0];
    let incident = |from: Span, length: Span, planned| Incident {
        at: Instant(0) + from,
        until: Instant(0) + from + length,
        planned,
    };
    let incidents = match way % 4 {
        0 => vec![],
        1 => vec![incident(Span(whole.0 / 3), long, false)],
        2 => vec![incident(Span(whole.0 / 3), short, true), incident(Span(whole.0 / 2), long, false)],
        _ => vec![incident(Span::ZERO, long, false), incident(Span(whole.0 - 5), Span(whole.0 * 4), false)],
    };
    let mtbf = (!way.is_multiple_of(3) || incidents.is_empty()).then(|| Span(long.0 * i64::from(way % 5 + 1)));
    let repair = Distribution::Exponential { mean: short.0 as f64 };
    pipeline.failures =
        Some(Failures { mtbf, detection: Distribution::Constant(short.0 as f64 / 9.0), repair, incidents });
    let broker = Broker {
        retention: (way % 7 == 2).then_some(Span(long.0 / 2)),
        begins: Instant(if way % 5 == 3 { long.0 } else { 0 }),
        offsets: if way.is_multiple_of(2) { StartOffsets::Committed } else { StartOffsets::Latest },
        rate: None,
        ..Broker::default()
    };
    match &mut pipeline.model {
        Model::Batch(_) => {}
        Model::MicroBatch(model) => model.broker = broker,
        Model::Continuous(model) => {
            model.broker = Broker {
                linger: if way % 11 == 5 { Span(short.0 / 30) } else { Span::ZERO },
                rate: (way % 13 == 5).then_some(Rate(20_000.0)),
                ..broker
            };
            if way % 3 == 2 && model.guarantee == Guarantee::AtLeastOnce {
                model.guarantee = Guarantee::AtMostOnce;
            }
            let checkpoints = model.checkpoints.get_or_insert(Checkpoints {
                interval: Span(short.0 * 2),
                duration: Distribution::Constant(short.0 as f64 / 4.0),
                minimum_pause: Span(short.0 / 3),
                bandwidth: way.is_multiple_of(2).then_some(1e6),
                incremental: way.is_multiple_of(4),
                alignment: Distribution::Constant(0.0),
            });
            if way % 6 == 1 {
                checkpoints.alignment = Distribution::Constant(short.0 as f64 / 10.0);
            }
            if model.guarantee == Guarantee::AtMostOnce {
                model.checkpoints = None;
            }
        }
    }
    if way % 17 == 3 {
        pipeline.memory_limit = Some(20_000.0);
    }
    scenario
}

fn conserves(case: &Case) -> Result<(), String> {
    // The text picks the way, so that a failing case can be run again.
    let way = case.0.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let scenario = broken(case, way);
    let outcome = experiment::run(&scenario, None, 1, &|_| {}).map_err(|error| format!("way {way}: {error}"))?;
    sound_outcome(&scenario, &outcome).map_err(|error| format!("way {way}: {error}"))
}

#[test]
fn whatever_fails_every_delivery_ends_in_one_bin() {
    each(200, scenarios::continuous(), conserves);
    each(150, scenarios::micro_batch(), conserves);
    each(100, scenarios::batch(), conserves);
}
