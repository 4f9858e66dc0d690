//! What a log says as a part of a scenario file: `[workload]` and what belongs to it, with comments.

use super::candidates::TWO;
use super::toml_text::{Amounts, digits, distribution};
use super::{Again, Arrivals, Fit, Fitted};
use crate::measure::Unit;
use crate::random::Distribution;
use crate::report::view;
use crate::units::Span;

/// The fragment. `millstream run` accepts it below a title, a question and a duration.
#[must_use]
pub fn fragment(fit: &Fit) -> String {
    let mut out = String::new();
    // A name may hold anything, and must not end its comment.
    let name: String = fit.name.chars().map(|symbol| if symbol.is_control() { ' ' } else { symbol }).collect();
    comment(
        &mut out,
        &format!(
            "Fitted to {name}: {} events in {} deliveries, from {} on, over {}. Put title, question and duration above it.",
            view::full_count(fit.rate.events as f64),
            view::full_count(fit.deliveries as f64),
            fit.start.at(crate::units::Instant(0) + fit.first_event),
            view::value(Unit::Seconds, fit.rate.seconds()),
        ),
    );
    out.push_str("\n[workload]\n");
    rate(&mut out, fit);
    if let Some(keys) = &fit.keys {
        comment(
            &mut out,
            &format!(
                "Zipf's exponent by maximum likelihood over the {} hottest keys, standard error {}; the hottest key has {} of \
             the events.",
                view::full_count(keys.ranked as f64),
                digits(keys.error, 2),
                view::value(Unit::Share, keys.hottest),
            ),
        );
        let count = keys.keys.min(10_000_000);
        out.push_str(&format!("keys = {{ count = {count}, zipf = {} }}\n", digits(keys.zipf, 4)));
    }
    if let Some(payload) = &fit.payload {
        comment(&mut out, &verdict(payload, "payload"));
        out.push_str(&format!("payload = {}\n", distribution(&payload.chosen, Amounts::Sizes)));
    }
    out.push('\n');
    match &fit.arrivals {
        Some(arrivals) => network(&mut out, arrivals),
        None => comment(
            &mut out,
            "The log has no arrival times: delay, lateness, disorder and watermark bounds cannot be told. Give \
             [workload.network] a delay of your own.",
        ),
    }
    duplicates(&mut out, fit);
    out
}

fn rate(out: &mut String, fit: &Fit) {
    let rate = &fit.rate;
    match rate.per_second {
        Some(per_second) => {
            if rate.hours.is_none() {
                comment(out, "The log covers less than a day: a mean rate, no hours of the day.");
            }
            // Bounds of scenarios: events of one millisecond are no rate for a day.
            out.push_str(&format!("rate = \"{}/s\"\n", digits(per_second.clamp(1e-9, 1e6), 6)));
        }
        None => {
            comment(out, "All events are of one instant: a rate cannot be told; this one is made up.");
            out.push_str("rate = \"1/s\"\n");
        }
    }
    if let Some(hours) = &rate.hours {
        comment(out, "Factors on the rate for the hours of the UTC day from 00:00; their mean is 1.");
        let line = |hours: &[f64]| hours.iter().map(|weight| digits(*weight, 4)).collect::<Vec<_>>().join(", ");
        let lines: Vec<String> = hours.chunks(12).map(|half| format!("  {},\n", line(half))).collect();
        out.push_str(&format!("hours = [\n{}]\n", lines.concat()));
        match &rate.weekdays {
            Some(weekdays) => {
                comment(out, "Factors for the days of the week, Monday first.");
                out.push_str(&format!("weekdays = [{}]\n", line(weekdays)));
            }
            None => comment(out, "The log covers less than two weeks: no days of the week."),
        }
    }
}

fn network(out: &mut String, arrivals: &Arrivals) {
    let cohorts = if let Distribution::Mixture(parts) = &arrivals.delay.chosen { Some(parts) } else { None };
    if cohorts.is_none() {
        out.push_str("[workload.network]\n");
    }
    comment(out, &verdict(&arrivals.delay, "delay"));
    let [event, arrival] = arrivals.steps;
    if event.max(arrival) > 1 {
        comment(
            out,
            &format!(
                "Times are written in steps of {} (events) and {} (arrivals): a delay counts as the interval that it stands for.",
                seconds(Span(event)),
                seconds(Span(arrival)),
            ),
        );
    }
    let percentiles: Vec<String> = arrivals
        .percentiles
        .iter()
        .map(|(p, delay)| format!("p{} {}", digits(p * 100.0, 5), seconds(*delay)))
        .collect();
    comment(out, &format!("The log's delays: {}, longest {}.", percentiles.join(", "), seconds(arrivals.longest)));
    let later: Vec<String> = arrivals
        .later
        .iter()
        .map(|(time, share)| format!("{} {}", seconds(*time), view::value(Unit::Share, *share)))
        .collect();
    comment(
        out,
        &format!("Later than: {}. The delay below holds this tail: there is no `late` on top of it.", later.join(", ")),
    );
    let bounds: Vec<String> = arrivals
        .bounds
        .iter()
        .map(|bound| format!("{} drops {}", seconds(bound.bound), view::value(Unit::Share, bound.dropped)))
        .collect();
    comment(
        out,
        &format!(
            "{} of the deliveries are out of order. Watermark bounds{}: {}.",
            view::value(Unit::Share, arrivals.out_of_order),
            if arrivals.exact { "" } else { " (within 0.4 %)" },
            bounds.join(", "),
        ),
    );
    match cohorts {
        Some(parts) => {
            for ((share, of), name) in parts.iter().zip(["fast", "slow"]) {
                out.push_str(&format!(
                    "[[workload.network.cohorts]]\nname = \"{name}\"\nshare = {}\ndelay = {}\n\n",
                    digits(*share, 5),
                    distribution(of, Amounts::Times)
                ));
            }
        }
        None => out.push_str(&format!("delay = {}\n\n", distribution(&arrivals.delay.chosen, Amounts::Times))),
    }
}

fn duplicates(out: &mut String, fit: &Fit) {
    if fit.retry.is_none() && fit.repeat.is_none() {
        return;
    }
    let mut lines = String::new();
    if let Some(retry) = &fit.retry {
        if fit.arrivals.is_some() {
            comment(&mut lines, &gaps("Delivered again with the same event time", "Gaps between arrivals", retry));
            let after = distribution(&retry.gaps.chosen, Amounts::Times);
            lines.push_str(&format!("retry = {{ share = {}, after = {after} }}\n", digits(retry.scenario_share, 5)));
        } else {
            comment(
                &mut lines,
                &format!(
                    "{} of the ids come again with the same event time; how much later cannot be told without arrivals.",
                    view::value(Unit::Share, retry.share)
                ),
            );
        }
    }
    if let Some(repeat) = &fit.repeat {
        comment(&mut lines, &gaps("Delivered again with another event time", "Gaps in event time", repeat));
        if repeat.past_midnight > 0 {
            comment(
                &mut lines,
                &format!(
                    "{} of them are on a later UTC day, which a scenario leaves out.",
                    view::full_count(repeat.past_midnight as f64)
                ),
            );
        }
        let share = digits(repeat.scenario_share, 5);
        if repeat.rest_of_day {
            comment(&mut lines, "They fall evenly on the rest of the day, which is the default.");
            lines.push_str(&format!("repeat = {{ share = {share} }}\n"));
        } else {
            let after = distribution(&repeat.gaps.chosen, Amounts::Times);
            lines.push_str(&format!("repeat = {{ share = {share}, after = {after} }}\n"));
        }
    }
    out.push_str("[workload.duplicates]\n");
    out.push_str(&lines);
}

fn gaps(what: &str, which: &str, again: &Again) -> String {
    let percentiles: Vec<String> = again
        .percentiles
        .iter()
        .take(4)
        .map(|(p, gap)| format!("p{} {}", digits(p * 100.0, 5), seconds(*gap)))
        .collect();
    let more = again.deliveries - again.ids.min(again.deliveries);
    let more =
        if more > 0 { format!(" ({} further deliveries)", view::full_count(more as f64)) } else { String::new() };
    let few = match again.gaps.choice {
        None if matches!(again.gaps.chosen, Distribution::Exponential { .. }) => {
            "; too few for a shape, so exponential with their mean"
        }
        _ => "",
    };
    format!(
        "{what}: {} of the ids, {} of them{more}. {which}: {}{few}.",
        view::value(Unit::Share, again.share),
        view::full_count(again.ids as f64),
        percentiles.join(", ")
    )
}

/// Which distribution stands for the data, and why.
pub(super) fn verdict(fitted: &Fitted, what: &str) -> String {
    let Some(best) = fitted.candidates.first() else { return String::new() };
    let distance = |distance: f64| digits(distance, 2);
    match fitted.choice.and_then(|choice| Some((choice, fitted.candidates.get(choice)?))) {
        Some((0, chosen)) if fitted.candidates.len() == 1 => format!("Every {what} is the same: {}.", chosen.name),
        Some((0, chosen)) => format!(
            "The {what} is {}: best of {} by AIC, Kolmogorov-Smirnov distance {}.",
            article(chosen.name),
            fitted.candidates.len(),
            distance(chosen.distance)
        ),
        Some((_, chosen)) => format!(
            "The {what} is {}: Kolmogorov-Smirnov distance {}. By AIC {} is better, {}.",
            article(chosen.name),
            distance(chosen.distance),
            article(best.name),
            if best.good { "but not by enough for its parameters" } else { "but too far from the data" }
        ),
        None => format!(
            "The {what} is a table of quantiles: no family is good. The best, {}, has a Kolmogorov-Smirnov distance of {}{}.",
            best.name,
            distance(best.distance),
            if best.distance <= super::GOOD { ", but a percentile is off by more than 10 %" } else { "" }
        ),
    }
}

/// A family as a sentence names it.
fn article(name: &str) -> &str {
    if name == TWO { "a mixture of two lognormals" } else { name }
}

fn seconds(span: Span) -> String {
    view::value(Unit::Seconds, span.as_secs_f64())
}

/// Adds a comment in lines of at most 100 characters.
fn comment(out: &mut String, text: &str) {
    let mut line = "#".to_owned();
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > 100 {
            out.push_str(&line);
            out.push('\n');
            line = "#".to_owned();
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}
