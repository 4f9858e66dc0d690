//! What README.md promises.

use std::path::Path;

use millstream::scenario::{Overrides, builtins, load, parse};

use super::{files, read};

/// The code blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let parts = text.split("\n```").collect::<Vec<_>>();
    // Every second part lies inside a block, and begins with its language.
    let inside = parts.iter().skip(1).step_by(2);
    inside.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

#[test]
fn the_example_scenario_is_right() {
    let readme = read("README.md");
    let examples = blocks(&readme, "toml");
    assert_eq!(examples.len(), 1, "README.md has one whole scenario");
    let scenario = parse("example", examples[0], Path::new(""), &Overrides::default()).unwrap();
    assert!(scenario.pipelines.len() >= 2 && !scenario.objectives.is_empty());
}

#[test]
fn every_built_in_scenario_is_a_file_and_stands_in_the_readme() {
    let readme = read("README.md");
    let mut names: Vec<&str> = builtins().iter().map(|builtin| builtin.name).collect();
    for name in &names {
        assert!(readme.contains(&format!("`{name}`")), "README.md does not name the scenario {name}");
        assert!(load(name, &Overrides::default()).is_ok(), "{name}");
    }
    names.sort_unstable();
    let mut scenarios = files("scenarios", &["toml"]);
    scenarios.retain(|file| !file.path.starts_with("scenarios/exercises/"));
    let stem = |path: &'_ str| path.trim_start_matches("scenarios/").trim_end_matches(".toml").to_owned();
    assert_eq!(scenarios.iter().map(|file| stem(&file.path)).collect::<Vec<_>>(), names);
}

#[test]
fn the_two_commands_are_there() {
    let readme = read("README.md");
    let commands: Vec<&str> = blocks(&readme, "sh").into_iter().flat_map(str::lines).collect();
    assert!(commands.contains(&"cargo run --release -- run scenarios/clickstream.toml"), "{commands:?}");
    // `.ci/run` runs the first line that begins like this.
    let tests: Vec<&&str> = commands.iter().filter(|line| line.starts_with("cargo test")).collect();
    assert_eq!(tests, [&"cargo test --release"]);
}

#[test]
fn the_options_named_exist() {
    let readme = read("README.md");
    let help = |command: &str| {
        let output =
            assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("millstream")).args([command, "--help"]).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let help = ["run", "fit", "generate", "sweep", "size", "plan", "grade", "schema"].map(help).concat();
    let option = |word: &str| word.starts_with("--") && word.len() > 3;
    let known = ["--release", "--bench"];
    let words = readme.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| option(word));
    let mut count = 0;
    for word in words.filter(|word| !known.contains(word)) {
        assert!(help.contains(word), "README.md names {word}, which the help of no subcommand knows");
        count += 1;
    }
    assert!(count > 5, "README.md names {count} options");
}

#[test]
fn links_within_the_repository_lead_somewhere() {
    for document in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        let text = read(document);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            // The report's figures are made by a run.
            let made = target.starts_with("reports/") || target.contains("://") || target.starts_with('#');
            let file = target.split('#').next().unwrap_or_default();
            assert!(made || super::root().join(file).exists(), "{document} links to {target}, which is not there");
        }
    }
}

#[test]
fn the_figures_shown_are_those_of_a_report() {
    let readme = read("README.md");
    let charts = files("src/report/charts", &["rs"]);
    let figures: Vec<&str> = readme.split("/figures/").skip(1).filter_map(|rest| rest.split(".png)").next()).collect();
    assert!(!figures.is_empty());
    for figure in figures {
        let drawn = charts.iter().any(|file| file.text.contains(&format!("\"{figure}\"")));
        assert!(drawn, "README.md shows the figure {figure}, which no chart draws");
    }
}

#[test]
fn paths_named_in_the_architecture_exist() {
    let text = read("ARCHITECTURE.md");
    let mut count = 0;
    for span in text.split('`').skip(1).step_by(2) {
        let is_path = ["src/", "tests/", "scenarios/", "benches/"].iter().any(|folder| span.starts_with(folder));
        if is_path && !span.contains(['*', ' ', '<']) {
            let path = span.split("::").next().unwrap_or_default();
            assert!(super::root().join(path).exists(), "ARCHITECTURE.md names {span}, which is not there");
            count += 1;
        }
    }
    assert!(count > 10, "ARCHITECTURE.md names {count} paths");
}
