//! Exercises: what a student may change, with which streams an answer is tried, and what it scores.
//!
//! An exercise is a scenario with objectives, and a rubric beside it. An answer is the scenario as the student has edited
//! it, or the changed parts alone. Only what the rubric allows is taken from it and set on the exercise's own text, so
//! that neither the stream nor the objectives can be made easier. The seeds follow from the student's id.

mod answer;
mod exercises;
mod rubric;

pub use answer::changes;
pub use exercises::{Exercise, builtin_exercises, find};
pub use rubric::{Requirement, Rubric};

use std::path::Path;

use crate::error::{Error, Problem, Result};
use crate::experiment::{How, Outcome, Verdict, run_as};
use crate::scenario::{Overrides, Scenario, parse};

/// One line of a grade.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The objective or requirement.
    pub name: String,
    /// Points reached.
    pub score: f64,
    /// Points there are.
    pub most: f64,
    /// In how many runs it held, of how many.
    pub held: (u32, u32),
}

/// What an answer scores.
#[derive(Clone, Debug)]
pub struct Grade {
    /// Each objective and requirement.
    pub marks: Vec<Mark>,
    /// The seed that the student is told: the first of those that were tried.
    pub seed: u64,
    /// What the answer changes, as `path=value`.
    pub changes: Vec<String>,
    /// What the first run found, for the student.
    pub outcome: Outcome,
}

impl Grade {
    /// Points reached, and points there are.
    #[must_use]
    pub fn score(&self) -> (f64, f64) {
        self.marks.iter().fold((0.0, 0.0), |(score, most), mark| (score + mark.score, most + mark.most))
    }
}

/// Seed number `run` of a student for an exercise. With a salt that students do not know, they cannot compute the hidden
/// ones.
#[must_use]
pub fn seed(exercise: &str, student: &str, salt: &str, run: u32) -> u64 {
    // FNV-1a in 64 bits, then the finaliser of MurmurHash3, so that near ids have far seeds.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let salt = if run == 0 { "" } else { salt };
    for part in [exercise, student, salt, &run.to_string()] {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    // Short enough to be typed.
    (hash ^ (hash >> 33)) % 1_000_000_000
}

/// Grades an answer: runs it with the student's seed, the hidden ones and the hidden variants.
///
/// # Errors
/// [`Error::Input`] when the answer is no TOML, changes what is given, or has values that cannot be; what a run says.
pub fn grade(
    exercise: &Exercise,
    (file, answer): (&str, &str),
    (student, salt): (&str, &str),
    threads: usize,
) -> Result<Grade> {
    let rubric = &exercise.rubric;
    let changes = changes(&exercise.text, (file, answer), &rubric.may_change)?;
    let read = |set: Vec<String>, seed| {
        let overrides = Overrides { set, seed: Some(seed), ..Overrides::default() };
        parse(&exercise.name, &exercise.text, Path::new(""), &overrides).map_err(|error| of_answer(error, file))
    };
    let first = seed(&exercise.name, student, salt, 0);
    let scenario = read(changes.clone(), first)?;
    let mut runs = vec![(Vec::new(), first)];
    runs.extend((1..=rubric.hidden_seeds).map(|run| (Vec::new(), seed(&exercise.name, student, salt, run))));
    for (place, variant) in (0..).zip(&rubric.hidden) {
        runs.push((variant.clone(), seed(&exercise.name, student, salt, 1_000 + place)));
    }
    let (mut held, mut outcomes) = (vec![0_u32; scenario.objectives.len()], Vec::new());
    for (variant, seed) in &runs {
        let set: Vec<String> = variant.iter().chain(&changes).cloned().collect();
        let (outcome, _) = run_as(&read(set, *seed)?, None, How { threads, ..How::default() }, &|_| {})?;
        for (place, held) in held.iter_mut().enumerate() {
            *held += u32::from(is_held(&outcome, place));
        }
        outcomes.push(outcome);
    }
    let count = runs.len() as u32;
    let mut marks: Vec<Mark> = scenario
        .objectives
        .iter()
        .zip(&held)
        .map(|(objective, held)| {
            let most = rubric.points_of(&objective.name);
            Mark {
                name: objective.name.clone(),
                score: most * f64::from(*held) / f64::from(count),
                most,
                held: (*held, count),
            }
        })
        .collect();
    marks.extend(rubric.requirements.iter().map(|requirement| {
        let holds = requirement.holds(&changes, &exercise.text);
        let (most, held) = (requirement.points, u32::from(holds));
        Mark { name: requirement.name.clone(), score: if holds { most } else { 0.0 }, most, held: (held, 1) }
    }));
    let outcome = outcomes.into_iter().next().ok_or_else(|| Error::Model("an answer was not run".to_owned()))?;
    Ok(Grade { marks, seed: first, changes, outcome })
}

/// Whether an objective is on the good side for each pipeline that it concerns.
fn is_held(outcome: &Outcome, place: usize) -> bool {
    let Some(objective) = outcome.scenario.objectives.get(place) else { return false };
    let mut verdicts = outcome.objectives.iter().filter(|verdict| verdict.objective == place).peekable();
    verdicts.peek().is_some()
        && verdicts.all(|verdict| verdict.value.value.is_some_and(|value| Verdict::is_good(objective, value)))
}

/// The scenario that a student starts from, with the student's seed.
///
/// # Errors
/// Never for an exercise that was read.
pub fn start(exercise: &Exercise, student: &str) -> Result<Scenario> {
    let seed = Some(seed(&exercise.name, student, "", 0));
    parse(&exercise.name, &exercise.text, Path::new(""), &Overrides { seed, ..Overrides::default() })
}

/// Problems of values that an answer sets are the answer's.
fn of_answer(error: Error, file: &str) -> Error {
    match error {
        Error::Input(problems) => Error::Input(
            problems.into_iter().map(|problem| Problem { file: file.to_owned(), position: None, ..problem }).collect(),
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_follow_from_the_id_and_the_hidden_ones_from_the_salt_too() {
        let of = |student, salt, run| seed("midnight_job", student, salt, run);
        assert_eq!(of("a1", "", 0), of("a1", "secret", 0));
        assert_ne!(of("a1", "", 1), of("a1", "secret", 1));
        let all: std::collections::BTreeSet<u64> =
            (0..200).flat_map(|id| (0..4).map(move |run| seed("x", &id.to_string(), "s", run))).collect();
        assert_eq!(all.len(), 800);
    }
}
