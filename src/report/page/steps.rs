//! What each step from one pipeline to the next brings and costs.

use serde::Serialize;

use crate::experiment::{Difference, Estimate, Outcome};
use crate::metrics::Unit;
use crate::report::{rows, view};

/// What a step from one pipeline to the next changes.
#[derive(Serialize)]
pub(super) struct Step {
    from: String,
    to: String,
    gains: String,
    costs: String,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct Change {
    #[serde(skip)]
    measure: &'static str,
    label: String,
    from: String,
    to: String,
    change: String,
    interval: Option<String>,
    relative: String,
    reading: &'static str,
}

/// The steps from one pipeline to the next, in the order of the differences.
pub(super) fn steps(outcome: &Outcome) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for difference in &outcome.differences {
        let Some(change) = change(outcome, difference) else { continue };
        let known = steps.iter_mut().find(|step| step.from == difference.from && step.to == difference.to);
        match known {
            Some(step) => step.changes.push(change),
            None => steps.push(Step {
                from: difference.from.clone(),
                to: difference.to.clone(),
                gains: String::new(),
                costs: String::new(),
                changes: vec![change],
            }),
        }
    }
    for step in &mut steps {
        let read = |wanted: &str| {
            let named = step.changes.iter().filter(|change| change.reading == wanted);
            let said = named.map(|change| match rows::unit(change.measure) {
                Unit::Money => format!("{} {} {}", change.label, change.change, outcome.scenario.prices.currency),
                _ => format!("{} {}", change.label, change.change),
            });
            view::tied(&view::list(&said.collect::<Vec<_>>()))
        };
        (step.gains, step.costs) = (read("better"), read("worse"));
    }
    steps
}

fn change(outcome: &Outcome, difference: &Difference) -> Option<Change> {
    let change = difference.change.value?;
    let unit = rows::unit(difference.measure);
    let of = |name: &str| {
        outcome
            .pipelines
            .iter()
            .find(|pipeline| pipeline.name == name)
            .and_then(|pipeline| pipeline.get(difference.measure).value)
    };
    let (from, to) = (of(&difference.from), of(&difference.to));
    let interval = match (difference.change.low, difference.change.high) {
        (Some(low), Some(high)) => Some(format!("{} to {}", view::change(unit, low), view::change(unit, high))),
        _ => None,
    };
    Some(Change {
        measure: difference.measure,
        label: rows::phrase(difference.measure),
        from: view::optional(unit, from),
        to: view::optional(unit, to),
        change: view::change(unit, change),
        interval,
        relative: from.zip(to).map_or_else(|| view::ABSENT.to_owned(), |(from, to)| relative(unit, from, to)),
        reading: reading(difference.measure, &difference.change),
    })
}

/// `−95 %`, or `1,200 times less` where percent say little.
fn relative(unit: Unit, from: f64, to: f64) -> String {
    let times = |ratio: f64| view::value(Unit::Cores, ratio);
    if unit == Unit::Share || from <= 0.0 || to < 0.0 || !(to / from).is_finite() {
        view::ABSENT.to_owned()
    } else if to == 0.0 {
        "to nothing".to_owned()
    } else if to / from >= 3.0 {
        format!("{} times as much", times(to / from))
    } else if from / to >= 3.0 {
        format!("{} times less", times(from / to))
    } else {
        view::change(Unit::Share, to / from - 1.0).replace("pp", "%")
    }
}

/// Better or worse, when the interval leaves no doubt.
fn reading(path: &str, change: &Estimate) -> &'static str {
    let Some(value) = change.value else { return view::ABSENT };
    let doubtful = matches!((change.low, change.high), (Some(low), Some(high)) if low <= 0.0 && high >= 0.0);
    match rows::less_is_better(path) {
        _ if value == 0.0 => "the same",
        _ if doubtful => "no clear difference",
        None => view::ABSENT,
        Some(less) if (value < 0.0) == less => "better",
        Some(_) => "worse",
    }
}
