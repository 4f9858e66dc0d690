//! The subcommand `grade`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::error::{Error, Problem, Result};
use crate::grade::{self, Grade, Mark, builtin_exercises, find, grade as graded};
use crate::report::page::PaperTable;
use crate::terminal;

/// Which answer to grade.
#[derive(Debug, clap::Args)]
pub(super) struct GradeArguments {
    /// A built-in exercise (none: list them), or a scenario file with a .rubric beside it
    exercise: Option<String>,
    /// The scenario as the student has edited it, or the changed parts [none: print the exercise to start from]
    answer: Option<PathBuf>,
    /// The student's id, from which the seeds follow
    #[arg(long, value_name = "ID", default_value = "")]
    student: String,
    /// A secret of the teacher's, so that hidden seeds cannot be computed
    #[arg(long, value_name = "TEXT", default_value = "")]
    salt: String,
    /// Threads to use; the grade is the same with any number [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Print JSON for autograders: score, max_score and tests, as Gradescope reads them
    #[arg(long)]
    json: bool,
    /// Exit with 1 unless the score is full
    #[arg(long)]
    check: bool,
}

/// Lists exercises, prints one, or grades an answer.
pub(super) fn grade(arguments: &GradeArguments) -> Result<ExitCode> {
    let Some(name) = &arguments.exercise else { return super::print(&list()?) };
    let exercise = find(name)?;
    let Some(path) = &arguments.answer else {
        let seed = grade::seed(&exercise.name, &arguments.student, "", 0);
        let may = exercise.rubric.may_change.join(", ");
        let head =
            format!("# You may change: {may}\n# Your seed: {seed}; try `millstream run ANSWER.toml --seed {seed}`\n\n");
        return super::print(&(head + &exercise.text));
    };
    if arguments.student.trim().is_empty() {
        return Err(Error::input(Problem {
            file: "--student".to_owned(),
            position: None,
            field: None,
            what: "this is missing".to_owned(),
            remedy: "add the id that the seeds follow from, such as --student s1234567".to_owned(),
        }));
    }
    let answer = std::fs::read_to_string(path).map_err(|error| Error::io("cannot read", path, error))?;
    let file = path.display().to_string();
    let threads = arguments.threads.map_or(0, NonZeroUsize::get);
    let found = graded(&exercise, (&file, &answer), (&arguments.student, &arguments.salt), threads)?;
    let (score, most) = found.score();
    if arguments.json {
        super::print(&format!("{:#}\n", json(&exercise.name, &arguments.student, &found)))?;
    } else {
        super::print(&text(&exercise.name, &found))?;
    }
    Ok(if arguments.check && score < most { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn list() -> Result<String> {
    let mut out = String::new();
    for exercise in builtin_exercises()? {
        let start = grade::start(&exercise, "")?;
        out.push_str(&format!("{:22}{}\n", exercise.name, start.title));
    }
    out.push_str("\nPrint one with `millstream grade EXERCISE > answer.toml`; docs/exercises has a page for each.\n");
    Ok(out)
}

/// A score with at most two decimals.
fn points(score: f64) -> f64 {
    (score * 100.0).round() / 100.0
}

fn text(name: &str, found: &Grade) -> String {
    let (score, most) = found.score();
    let changes = if found.changes.is_empty() { "nothing".to_owned() } else { found.changes.join(", ") };
    let sentences = [
        format!("{} of {} points.", points(score), points(most)),
        format!(
            "The answer changes {changes}. Your seed is {}; hidden ones and other streams were tried too.",
            found.seed
        ),
    ];
    let row = |mark: &Mark| {
        let (held, count) = mark.held;
        vec![
            mark.name.clone(),
            format!("{held} of {count}"),
            format!("{} of {}", points(mark.score), points(mark.most)),
        ]
    };
    let table = PaperTable {
        caption: String::new(),
        head: ["", "held in runs", "points"].map(str::to_owned).to_vec(),
        rows: found.marks.iter().map(row).collect(),
        left: 1,
    };
    terminal::paper(&format!("Exercise {name}"), &sentences, &[table])
}

fn json(name: &str, student: &str, found: &Grade) -> Value {
    let (score, most) = found.score();
    let mark = |mark: &Mark| {
        let (held, count) = mark.held;
        json!({
            "name": mark.name, "score": points(mark.score), "max_score": mark.most,
            "output": format!("held in {held} of {count} runs"),
        })
    };
    json!({
        "exercise": name, "student": student, "seed": found.seed, "version": env!("CARGO_PKG_VERSION"),
        "score": points(score), "max_score": most,
        "changes": found.changes,
        "tests": found.marks.iter().map(mark).collect::<Vec<_>>(),
    })
}
