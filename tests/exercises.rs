//! The exercises: each can be solved, is not solved as it stands, and is graded the same everywhere.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use millstream::grade::{Exercise, builtin_exercises, grade};
use serde_json::Value;

/// One answer for each exercise. They are here to show that the exercises can be solved, and not in clear.
fn answer(name: &str) -> String {
    let all = include_str!("exercises.answers");
    let line = all.lines().find_map(|line| line.strip_prefix(&format!("{name} "))).unwrap();
    let byte = |place: usize| u8::from_str_radix(&line[place..place + 2], 16).unwrap();
    let turned = |byte: u8| match byte {
        b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
        b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
        other => other,
    };
    String::from_utf8((0..line.len()).step_by(2).map(|place| turned(byte(place))).collect()).unwrap()
}

fn graded(exercise: &Exercise, answer: &str, student: &str, threads: usize) -> (f64, f64, String) {
    let found = grade(exercise, ("answer.toml", answer), (student, "salt"), threads).unwrap();
    let (score, most) = found.score();
    (score, most, format!("{:?} {:?}", found.marks, found.seed))
}

#[test]
fn every_exercise_can_be_solved_and_is_not_solved_as_it_stands() {
    let exercises = builtin_exercises().unwrap();
    assert!(exercises.len() >= 10);
    for exercise in &exercises {
        let (score, most, marks) = graded(exercise, &exercise.text, "s1", 0);
        assert!(score < 0.8 * most, "{} scores {score} of {most} as it stands: {marks}", exercise.name);
        let (score, most, marks) = graded(exercise, &answer(&exercise.name), "s1", 0);
        assert!((score - most).abs() < 1e-9, "{}: {score} of {most}: {marks}", exercise.name);
    }
}

#[test]
fn a_grade_follows_from_the_student_alone() {
    let exercises = builtin_exercises().unwrap();
    let exercise = exercises.iter().find(|exercise| exercise.name == "choose_watermark").unwrap();
    let part = "[[pipelines]]\nname = \"stream\"\nwatermark = { bound = \"30s\" }\n";
    let once = graded(exercise, part, "anna", 1);
    assert_eq!(once, graded(exercise, part, "anna", 3));
    assert_ne!(once.2, graded(exercise, part, "bert", 1).2);
    // Complete, and too slow: two of three points.
    assert!((once.0 - 2.0).abs() < 1e-9 && (once.1 - 3.0).abs() < 1e-9, "{once:?}");
}

#[test]
fn every_exercise_has_its_files_and_its_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stems = |folder: &str, extension: &str| {
        let entries = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let mut found: Vec<String> = entries
            .filter(|path| path.extension().is_some_and(|other| other == extension))
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .filter(|stem| stem != "teachers" && stem != "README")
            .collect();
        found.sort();
        found
    };
    let mut names: Vec<String> = builtin_exercises().unwrap().into_iter().map(|exercise| exercise.name).collect();
    names.sort();
    assert_eq!(stems("scenarios/exercises", "toml"), names);
    assert_eq!(stems("scenarios/exercises", "rubric"), names);
    assert_eq!(stems("docs/exercises", "md"), names);
}

#[test]
fn the_command_grades_for_people_and_for_autograders() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
        let output = command.arg("grade").args(arguments).current_dir(folder.path()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    assert!(run(&[]).1.contains("midnight_job"));
    let (_, start, _) = run(&["exactly_once", "--student", "s7"]);
    assert!(start.contains("# Your seed: ") && start.contains("checkpoint = "), "{start}");
    fs::write(folder.path().join("answer.toml"), start).unwrap();
    let (code, out, err) = run(&["exactly_once", "answer.toml", "--student", "s7", "--json", "--check"]);
    assert_eq!(code, Some(1), "{err}");
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&found["student"], &found["max_score"]), (&Value::from("s7"), &Value::from(3.0)));
    // Ten minutes keep the storage team's bound and miss both others.
    assert_eq!(found["score"], 1.0, "{found}");
    assert_eq!(found["tests"].as_array().unwrap().len(), 3);
    fs::write(folder.path().join("own.toml"), "duration = \"1h\"\n").unwrap();
    for (arguments, part) in [
        (&["exactly_once", "answer.toml"][..], "--student: this is missing"),
        (&["exactly_once", "own.toml", "--student", "a"], "own.toml: duration: this is given"),
        (&["nothing"], "no built-in exercise"),
    ] {
        let (code, _, err) = run(arguments);
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains(part), "\"{part}\" is missing in {err}");
    }
}
