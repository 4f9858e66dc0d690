//! The book: what the program makes of it is up to date, and its pages are there.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn made(arguments: &[&str]) -> String {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("millstream"));
    String::from_utf8(command.args(arguments).output().unwrap().stdout).unwrap()
}

#[test]
fn references_are_what_the_program_makes() {
    for (path, arguments) in [("docs/scenario.md", &["schema", "--markdown"][..]), ("docs/measures.md", &["measures"])]
    {
        let command = arguments.join(" ");
        assert!(read(path) == made(arguments), "{path} is out of date: run `millstream {command} > {path}`");
    }
}

#[test]
fn every_page_is_in_the_summary_and_every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let summary = read("docs/SUMMARY.md");
    for folder in ["", "exercises"] {
        for entry in fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.extension().is_none_or(|extension| extension != "md") || entry.ends_with("SUMMARY.md") {
                continue;
            }
            let page = entry.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            assert!(summary.contains(&format!("({page})")), "{page} is not in docs/SUMMARY.md");
            let text = fs::read_to_string(&entry).unwrap();
            for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let file = target.split('#').next().unwrap_or_default();
                let elsewhere = target.contains("://") || file.is_empty();
                assert!(elsewhere || entry.parent().unwrap().join(file).exists(), "{page} links to {target}");
            }
        }
    }
}

#[test]
fn the_questions_are_answered_with_commands() {
    let text = read("docs/questions.md");
    let questions = text.lines().filter(|line| line.starts_with("## ")).count();
    let commands = text.lines().filter(|line| line.starts_with("$ millstream ")).count();
    assert!(questions == 15 && commands >= 15, "{questions} questions, {commands} commands");
}
