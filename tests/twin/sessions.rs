//! Errors of sessions by their definition, from all true events and all that was published: what the engine counts
//! as it goes must be the same.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;

use millstream::experiment;
use millstream::pipelines::GroupFiring;
use millstream::scenario::{Overrides, Scenario, WindowBy, WindowKind, parse};
use millstream::units::{Period, Span};

use crate::compare;
use crate::findings::Counting;
use crate::input::{Input, run_out};
use crate::measures::{Wanted, agree};
use crate::random::each;
use crate::scenarios::{self, Case};

/// The true sessions: key, window, value.
fn truth(input: &Input) -> Vec<(u32, i64, i64, u64)> {
    let window = input.scenario.job.window.as_ref().expect("the job has sessions");
    let WindowKind::Session { gap } = window.kind else { panic!("the job has sessions") };
    let mut by_key: BTreeMap<u32, Vec<(i64, u32, u64)>> = BTreeMap::new();
    for (happened, key, user, bytes) in input.events() {
        let key = if window.by == WindowBy::Key { key } else { 0 };
        by_key.entry(key).or_default().push((happened, user, bytes));
    }
    let mut sessions = Vec::new();
    for (key, mut events) in by_key {
        events.sort_unstable();
        for session in events.chunk_by(|one, next| next.0 - one.0 <= gap.0) {
            let mut counting = Counting::default();
            session.iter().for_each(|(_, user, bytes)| counting.add(window.aggregate, None, *user, *bytes));
            sessions.push((key, session[0].0, session[session.len() - 1].0 + gap.0, counting.value.whole));
        }
    }
    sessions
}

/// Errors at first, sorted, and finally.
fn errors(input: &Input, firings: &[GroupFiring]) -> (Vec<f64>, Vec<f64>) {
    let inside = |from: i64, to: i64| from >= input.measured().from.0 && to <= input.measured().to.0;
    let mut published: BTreeMap<u32, Vec<(Period, u64, bool)>> = BTreeMap::new();
    for firing in firings {
        let window = firing.window.expect("a session has a window");
        let of_key = published.entry(firing.key.unwrap_or(0)).or_default();
        if firing.again {
            let part_of_it = |of: &Period| window.from <= of.from && of.to <= window.to;
            of_key.iter_mut().filter(|of| part_of_it(&of.0)).for_each(|of| of.2 = false);
        }
        of_key.push((window, firing.value, true));
    }
    let (mut first, mut last) = (Vec::new(), Vec::new());
    let mut judge = |at_first: u64, finally: u64, truth: u64| {
        let error = |value: u64| value.abs_diff(truth) as f64 / truth.max(1) as f64;
        first.push(error(at_first));
        last.push(error(finally));
    };
    let shared = |of: &Period, from: i64, to: i64| of.to.0.min(to) - of.from.0.max(from);
    let truth = truth(input);
    for &(key, from, to, value) in truth.iter().filter(|(_, from, to, _)| inside(*from, *to)) {
        let of_key = published.get(&key).map_or(&[][..], Vec::as_slice);
        let touching: Vec<_> = of_key.iter().filter(|of| shared(&of.0, from, to) > 0).collect();
        let mut longest = (0, 0);
        for (window, value, _) in touching.iter().filter(|of| of.2) {
            if shared(window, from, to) > longest.0 {
                longest = (shared(window, from, to), *value);
            }
        }
        judge(touching.first().map_or(0, |of| of.1), longest.1, value);
    }
    for (key, of_key) in &published {
        for (window, value, _) in of_key.iter().filter(|of| of.2 && inside(of.0.from.0, of.0.to.0)) {
            let is_true = |of: &&(u32, i64, i64, u64)| of.0 == *key && shared(window, of.1, of.2) > 0;
            if truth.iter().find(is_true).is_none() {
                judge(*value, *value, 0);
            }
        }
    }
    first.sort_by(f64::total_cmp);
    (first, last)
}

/// The case with sessions, which pause for this share of its windows' length.
fn with_sessions(case: &Case, share: f64) -> Case {
    let Some((before, rest)) = case.0.split_once("window = { size = \"") else { return case.clone() };
    let (millis, after) = rest.split_once("ms\"").expect("sizes are written in milliseconds");
    let gap = (millis.parse::<f64>().expect("a number") * share).max(1.0) as i64;
    let text =
        format!("{before}window = {{ gap = \"{gap}ms\"{after}").replace("output = \"update\"", "output = \"append\"");
    let text = if text.contains("\"micro_batch\"") { text.replace("by = \"global\"", "by = \"key\"") } else { text };
    // Deduplication by windows is for aligned ones.
    Case(text.replace("dedup = { kind = \"window\" }", "dedup = false"))
}

fn sessions(cases: impl Strategy<Value = Case>) -> impl Strategy<Value = Case> {
    (cases, select(vec![0.003, 0.02, 0.2, 1.0])).prop_map(|(case, share)| with_sessions(&case, share))
}

/// The input, if all is known that the definition needs: what is delivered of the measured period.
fn input_of(scenario: &Scenario) -> Option<Input> {
    let measured = scenario.measured(None);
    let most = run_out(scenario, measured).min(Span(measured.length().0.saturating_mul(9)));
    let mut slack = measured.length();
    loop {
        let input = Input::new(scenario, None, slack);
        if input.complete || slack >= most {
            return Some(input).filter(|input| input.complete);
        }
        slack = Span(slack.0 * 3);
    }
}

/// Compares over one stretch; counts the sessions that were compared.
fn compared(case: &Case, count: &Cell<usize>, wrong: &Cell<usize>) -> Result<(), String> {
    if !case.0.contains("gap = \"") || !case.0.contains("window = { gap") {
        return Ok(());
    }
    let Ok(scenario) = parse("sessions", &case.0, Path::new("scenarios"), &Overrides::default()) else {
        return Ok(());
    };
    experiment::run(&scenario, None, 1, &|_| {}).map_err(|error| error.to_string())?;
    let Some(input) = input_of(&scenario) else { return Ok(()) };
    // Of what was lost and done again, the deliveries say when it was done again, and the truth when it happened.
    if input.blocks.iter().flat_map(|block| &block.lost).any(|lost| lost.known) {
        return Ok(());
    }
    let (first, last) = errors(&input, &compare::report(&input, 0)?.groups);
    count.set(count.get() + first.len());
    wrong.set(wrong.get() + last.iter().filter(|error| **error > 0.0).count());
    let average = |errors: &[f64]| (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64);
    let rank = ((0.95 * first.len() as f64).ceil() as usize).saturating_sub(1);
    let fast = compare::collect(&input, 0);
    let of = |path: &str| fast.measures.iter().find(|(of, _)| *of == path).and_then(|(_, value)| *value);
    for (path, wanted) in [
        ("correctness.error_first_mean", Wanted::Exact(average(&first))),
        ("correctness.error_first_p95", Wanted::Near(first.get(rank).copied())),
        ("correctness.error_final_mean", Wanted::Exact(average(&last))),
    ] {
        agree(path, of(path), wanted)?;
    }
    Ok(())
}

fn check(cases: u32, strategy: impl Strategy<Value = Case>) {
    let (count, wrong) = (Cell::new(0), Cell::new(0));
    each(cases, sessions(strategy), |case| compared(case, &count, &wrong));
    let (count, wrong) = (count.get(), wrong.get());
    assert!(count > 1_000 && wrong > 100, "{count} sessions, {wrong} of them wrong in the end");
}

#[test]
fn of_a_batch() {
    check(60, scenarios::batch());
}

#[test]
fn of_a_micro_batch() {
    check(60, scenarios::micro_batch());
}

#[test]
fn of_a_continuous_job() {
    check(60, scenarios::continuous());
}
