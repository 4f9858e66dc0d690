//! What a log says as JSON: times in seconds, sizes in bytes, shares in 0..1.

use serde_json::{Map, Value, json};

use super::toml_text::Amounts;
use super::{Again, Arrivals, Fit, Fitted};
use crate::random::Distribution as D;
use crate::units::{Instant, Span};

/// The whole fit.
#[must_use]
pub fn json(fit: &Fit) -> Value {
    let rate = &fit.rate;
    json!({
        "schema": "millstream/fit/1",
        "log": fit.name,
        "first_event": fit.start.at(Instant(0) + fit.first_event).to_string(),
        "length_s": rate.seconds(),
        "events": rate.events,
        "deliveries": fit.deliveries,
        "rate": { "per_second": rate.per_second, "hours": rate.hours, "weekdays": rate.weekdays },
        "keys": fit.keys.map(|keys| json!({
            "count": keys.keys, "zipf": keys.zipf, "zipf_error": keys.error, "ranked": keys.ranked, "hottest_share": keys.hottest,
        })),
        "payload": fit.payload.as_ref().map(|payload| fitted(payload, Amounts::Sizes)),
        "arrivals": fit.arrivals.as_ref().map(arrivals),
        "duplicates": { "retry": fit.retry.as_ref().map(again), "repeat": fit.repeat.as_ref().map(again) },
    })
}

fn arrivals(found: &Arrivals) -> Value {
    let bounds = found
        .bounds
        .iter()
        .map(|bound| json!({ "share": bound.share, "bound_s": bound.bound.as_secs_f64(), "dropped": bound.dropped }));
    let later: Vec<Value> =
        found.later.iter().map(|(time, share)| json!({ "than_s": time.as_secs_f64(), "share": share })).collect();
    json!({
        "step_event_s": Span(found.steps[0]).as_secs_f64(),
        "step_arrival_s": Span(found.steps[1]).as_secs_f64(),
        "delay": fitted(&found.delay, Amounts::Times),
        "delay_s": percentiles(&found.percentiles, found.longest),
        "later": later,
        "out_of_order": found.out_of_order,
        "behind_s": percentiles(&found.behind, found.furthest),
        "watermark_bounds": bounds.collect::<Vec<_>>(),
        "watermark_bounds_exact": found.exact,
    })
}

fn again(found: &Again) -> Value {
    json!({
        "ids": found.ids,
        "share": found.share,
        "deliveries": found.deliveries,
        "past_midnight": found.past_midnight,
        "rest_of_day": found.rest_of_day,
        "scenario_share": found.scenario_share,
        "gap_s": percentiles(&found.percentiles, Span(-1)),
        "gap": fitted(&found.gaps, Amounts::Times),
    })
}

/// `p50` and so on; `max` unless it is negative.
fn percentiles(of: &[(f64, Span)], longest: Span) -> Value {
    let named = of
        .iter()
        .map(|(p, value)| (format!("p{}", (p * 1e4).round() / 1e2).replace('.', ""), json!(value.as_secs_f64())));
    let mut map: Map<String, Value> = named.collect();
    if longest.0 >= 0 {
        map.insert("max".to_owned(), json!(longest.as_secs_f64()));
    }
    Value::Object(map)
}

fn fitted(found: &Fitted, amounts: Amounts) -> Value {
    let candidates = found.candidates.iter().map(|candidate| {
        json!({
            "name": candidate.name,
            "distribution": distribution(&candidate.distribution, amounts),
            "parameters": candidate.parameters,
            "log_likelihood": candidate.ln_likelihood,
            "aic": candidate.aic,
            "ks_distance": candidate.distance,
            "good": candidate.good,
        })
    });
    json!({
        "amounts": found.amounts,
        "chosen": distribution(&found.chosen, amounts),
        "candidates": candidates.collect::<Vec<_>>(),
    })
}

/// A distribution in the form of scenario files, with numbers for amounts.
fn distribution(of: &D, amounts: Amounts) -> Value {
    let amount = |value: f64| if amounts == Amounts::Times { value / 1e6 } else { value };
    match of {
        D::Constant(value) => json!({ "constant": amount(*value) }),
        D::Uniform { low, high } => json!({ "uniform": { "low": amount(*low), "high": amount(*high) } }),
        D::Exponential { mean } => json!({ "exponential": { "mean": amount(*mean) } }),
        D::Normal { mean, sd } => json!({ "normal": { "mean": amount(*mean), "sd": amount(*sd) } }),
        D::Lognormal { median, sigma } => json!({ "lognormal": { "median": amount(*median), "sigma": sigma } }),
        D::Gamma { shape, scale } => json!({ "gamma": { "shape": shape, "scale": amount(*scale) } }),
        D::Weibull { shape, scale } => json!({ "weibull": { "shape": shape, "scale": amount(*scale) } }),
        D::Pareto { minimum, shape } => json!({ "pareto": { "minimum": amount(*minimum), "shape": shape } }),
        D::Empirical(table) => {
            json!({ "empirical": table.iter().map(|(p, value)| json!([p, amount(*value)])).collect::<Vec<_>>() })
        }
        D::Mixture(parts) => {
            let part = |(share, of): &(f64, D)| json!({ "share": share, "of": distribution(of, amounts) });
            json!({ "mixture": parts.iter().map(part).collect::<Vec<_>>() })
        }
    }
}
