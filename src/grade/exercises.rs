//! The built-in exercises, inside the program, and those of a teacher.

use std::path::Path;

use super::rubric::Rubric;
use crate::error::{Error, Problem, Result};

/// An exercise.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// Its name.
    pub name: String,
    /// The scenario that a student starts from.
    pub text: String,
    /// How an answer is graded.
    pub rubric: Rubric,
}

/// Name, scenario, rubric.
const BUILTIN: &[(&str, &str, &str)] = &[
    (
        "choose_watermark",
        include_str!("../../scenarios/exercises/choose_watermark.toml"),
        include_str!("../../scenarios/exercises/choose_watermark.rubric"),
    ),
    (
        "silent_window",
        include_str!("../../scenarios/exercises/silent_window.toml"),
        include_str!("../../scenarios/exercises/silent_window.rubric"),
    ),
    (
        "leaking_ttl",
        include_str!("../../scenarios/exercises/leaking_ttl.toml"),
        include_str!("../../scenarios/exercises/leaking_ttl.rubric"),
    ),
    (
        "overrunning_trigger",
        include_str!("../../scenarios/exercises/overrunning_trigger.toml"),
        include_str!("../../scenarios/exercises/overrunning_trigger.rubric"),
    ),
    (
        "exactly_once",
        include_str!("../../scenarios/exercises/exactly_once.toml"),
        include_str!("../../scenarios/exercises/exactly_once.rubric"),
    ),
    (
        "midnight_job",
        include_str!("../../scenarios/exercises/midnight_job.toml"),
        include_str!("../../scenarios/exercises/midnight_job.rubric"),
    ),
    (
        "idle_partition",
        include_str!("../../scenarios/exercises/idle_partition.toml"),
        include_str!("../../scenarios/exercises/idle_partition.rubric"),
    ),
    (
        "notification_state",
        include_str!("../../scenarios/exercises/notification_state.toml"),
        include_str!("../../scenarios/exercises/notification_state.rubric"),
    ),
    (
        "catch_up",
        include_str!("../../scenarios/exercises/catch_up.toml"),
        include_str!("../../scenarios/exercises/catch_up.rubric"),
    ),
    (
        "bicycle_or_ferrari",
        include_str!("../../scenarios/exercises/bicycle_or_ferrari.toml"),
        include_str!("../../scenarios/exercises/bicycle_or_ferrari.rubric"),
    ),
];

/// The built-in exercises.
///
/// # Errors
/// Never: their rubrics are tested.
pub fn builtin_exercises() -> Result<Vec<Exercise>> {
    BUILTIN.iter().map(|(name, text, rubric)| read(name, text, rubric)).collect()
}

fn read(name: &str, text: &str, rubric: &str) -> Result<Exercise> {
    let rubric = Rubric::parse(&format!("{name}.rubric"), rubric)?;
    Ok(Exercise { name: name.to_owned(), text: text.to_owned(), rubric })
}

/// The exercise that `name` names: a built-in one, or a scenario file with a rubric beside it.
///
/// # Errors
/// [`Error::Input`] when there is none or its rubric is wrong; [`Error::Io`] when a file cannot be read.
pub fn find(name: &str) -> Result<Exercise> {
    if let Some((name, text, rubric)) = BUILTIN.iter().find(|(known, ..)| *known == name) {
        return read(name, text, rubric);
    }
    let path = Path::new(name);
    if !path.is_file() {
        let names: Vec<&str> = BUILTIN.iter().map(|(name, ..)| *name).collect();
        return Err(Error::input(Problem {
            file: name.to_owned(),
            position: None,
            field: None,
            what: "there is no such file and no built-in exercise of this name".to_owned(),
            remedy: format!("give the path of a scenario with a .rubric beside it, or one of: {}", names.join(", ")),
        }));
    }
    let text = |path: &Path| std::fs::read_to_string(path).map_err(|error| Error::io("cannot read", path, error));
    let stem = path.file_stem().map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned());
    read(&stem, &text(path)?, &text(&path.with_extension("rubric"))?)
}
