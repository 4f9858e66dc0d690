//! Compares counted instructions with the baseline, or writes it; `run` beside this package starts it.
//!
//! ```text
//! millstream-guard FOUND.json BASELINE.tsv [--renew]
//! ```
//!
//! Exit status 1: a part takes more than it may, or the two do not name the same parts.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::process::ExitCode;

use serde_json::Value;

/// How much more than its baseline a part may take: compilers change, too.
const BOUND: f64 = 0.15;
/// The same for starting, where half of it is the system's loader and allocator.
const START_BOUND: f64 = 0.5;
/// How much less makes the baseline worth renewing: what it no longer guards.
const WORTH: f64 = 0.05;
const RENEW: &str = "benches/guard/run --renew";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (found, baseline, renew) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [found, baseline] => (found, baseline, false),
        [found, baseline, "--renew"] => (found, baseline, true),
        _ => return Err("usage: FOUND.json BASELINE.tsv [--renew]".into()),
    };
    let found = counted(&fs::read_to_string(found)?)?;
    if found.is_empty() {
        return Err("nothing was counted".into());
    }
    if renew {
        let mut text = format!("# Instructions of each part, under Callgrind. Renewed by: {RENEW}\n");
        found.iter().try_for_each(|(part, count)| writeln!(text, "{part}\t{count}"))?;
        fs::write(baseline, text)?;
        println!("guard: {baseline} is written");
        return Ok(ExitCode::SUCCESS);
    }
    let known = known(&fs::read_to_string(baseline)?)?;
    let (table, problems) = compared(&found, &known);
    print!("{table}");
    problems.iter().for_each(|problem| eprintln!("guard: {problem}"));
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Parts and their instructions, in the order counted.
type Counts = Vec<(String, u64)>;

/// What gungraun printed: one document for each part.
fn counted(text: &str) -> Outcome<Counts> {
    let mut counts = Counts::new();
    for summary in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let summary = summary?;
        let name = |field: &str| summary[field].as_str().map(str::to_owned).ok_or(format!("no {field} in the summary"));
        let values = &summary["profiles"][0]["data"]["total"]["metrics"]["Ir"]["values"];
        let count = values["new"].as_u64().ok_or("no instructions in the summary")?;
        counts.push((format!("{}.{}", name("function_name")?, name("id")?), count));
    }
    Ok(counts)
}

fn known(text: &str) -> Outcome<BTreeMap<String, u64>> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let read = |line: &str| {
        let (part, count) = line.split_once('\t').ok_or(format!("no tab in the baseline: {line}"))?;
        Ok((part.to_owned(), count.parse()?))
    };
    lines.map(read).collect()
}

/// The table, and what is wrong.
fn compared(found: &Counts, known: &BTreeMap<String, u64>) -> (String, Vec<String>) {
    let mut table = format!("{:36} {:>14} {:>14} {:>8}\n", "instructions", "baseline", "found", "change");
    let mut problems = Vec::new();
    let (mut slipped, mut fewer) = (false, false);
    for (part, count) in found {
        let Some(baseline) = known.get(part) else {
            problems.push(format!("{part} is not in the baseline; write it with: {RENEW}"));
            continue;
        };
        let change = *count as f64 / *baseline as f64 - 1.0;
        table += &format!("{part:36} {baseline:>14} {count:>14} {:>+7.1}%\n", change * 100.0);
        let bound = if part.starts_with("start_up") { START_BOUND } else { BOUND };
        fewer |= change < -WORTH;
        if change > bound {
            slipped = true;
            problems.push(format!(
                "{part} takes {count} instructions, {:.1} % more than its baseline of {baseline}; {:.0} % may pass",
                change * 100.0,
                bound * 100.0
            ));
        }
    }
    for part in known.keys().filter(|part| !found.iter().any(|(name, _)| name == *part)) {
        problems.push(format!("{part} is in the baseline and was not counted; renew it with: {RENEW}"));
    }
    if slipped {
        problems.push(format!("make it cheaper, or, if it is worth it, renew the baseline with: {RENEW}"));
    } else if fewer {
        table += &format!("Some take less than before; to guard that, too: {RENEW}\n");
    }
    (table, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_named_and_noise_is_not() {
        let known = known("# a comment\na.x\t1000\na.y\t1000\n").unwrap();
        let with = |x, y| vec![("a.x".to_owned(), x), ("a.y".to_owned(), y)];
        assert!(compared(&with(1_149, 800), &known).1.is_empty());
        let problems = compared(&with(1_000, 1_151), &known).1;
        assert!(
            problems[0].contains("a.y") && problems[0].contains("1151") && problems[1].contains(RENEW),
            "{problems:?}"
        );
    }

    #[test]
    fn parts_that_come_or_go_are_named() {
        let known = known("a.x\t1000\n").unwrap();
        let problems = compared(&vec![("a.z".to_owned(), 5)], &known).1;
        assert!(problems[0].contains("a.z") && problems[1].contains("a.x"), "{problems:?}");
    }
}
