//! How source files look, and what they may import.

use super::{TextFile, code, files, read};

/// Crates that only one place may know.
const QUARANTINED: [(&str, &[&str]); 10] = [
    ("polars_", &["src/tabular/"]),
    ("plotters", &["src/report/charts/"]),
    ("resvg", &["src/report/charts/"]),
    ("minijinja", &["src/report/page/"]),
    ("rayon", &["src/experiment/"]),
    ("pulp", &["src/vector.rs"]),
    ("statrs", &["src/experiment/", "src/fit/"]),
    ("comfy_table", &["src/terminal/"]),
    ("indicatif", &["src/terminal/"]),
    ("clap", &["src/cli/", "src/main.rs"]),
];

fn rust_files() -> Vec<TextFile> {
    ["src", "tests", "benches"].iter().flat_map(|folder| files(folder, &["rs"])).collect()
}

/// Whether the text holds the word, and not as the end of a longer one.
fn names(text: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| !text[..at].chars().next_back().is_some_and(part_of_word))
}

#[test]
fn every_file_says_what_it_is_for() {
    for file in rust_files() {
        assert!(file.text.starts_with("//! "), "{} does not begin with `//! `", file.path);
    }
}

#[test]
fn files_are_short() {
    for file in rust_files() {
        let (lines, most) = (file.text.lines().count(), if file.path.starts_with("src/") { 400 } else { 500 });
        assert!(lines <= most, "{} has {lines} lines; split it by idea, {most} are the most", file.path);
    }
}

#[test]
fn imports_run_one_way() {
    let library = read("src/lib.rs");
    let order: Vec<&str> =
        library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(order.len() > 10, "src/lib.rs lists {order:?}");
    let place = |module: &str| order.iter().position(|known| *known == module);
    for file in files("src", &["rs"]) {
        let module = file.path.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default();
        let Some(own) = place(module) else {
            assert!(["lib", "main"].contains(&module), "{} is of no module in src/lib.rs", file.path);
            continue;
        };
        for (line, text) in code(&file.text) {
            assert!(!text.ends_with("crate::{"), "{}:{line}: import from one module at a time", file.path);
            for used in imported(text) {
                let Some(other) = place(used) else { continue };
                assert!(other <= own, "{}:{line}: {module} stands above {used} and may not import it", file.path);
            }
        }
    }
}

/// The modules that a line names after `crate::`, alone or in braces.
fn imported(line: &str) -> Vec<&str> {
    let word = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let mut found = Vec::new();
    for (at, crate_path) in line.match_indices("crate::") {
        let rest = &line[at + crate_path.len()..];
        match rest.strip_prefix('{') {
            Some(list) => found.extend(list.split(',').map(|item| {
                let item = item.trim();
                &item[..word(item)]
            })),
            None => found.push(&rest[..word(rest)]),
        }
    }
    found
}

#[test]
fn imports_are_found() {
    assert_eq!(imported("use crate::units::{Instant, Span};"), ["units"]);
    assert_eq!(imported("use crate::{metrics, units::Span};"), ["metrics", "units"]);
    assert_eq!(imported("let x = crate::cli::main() + crate::report::y;"), ["cli", "report"]);
    assert!(imported("use std::fmt;").is_empty());
}

#[test]
fn heavy_crates_stay_where_they_belong() {
    for file in files("src", &["rs"]) {
        for (line, text) in code(&file.text) {
            for (name, homes) in QUARANTINED {
                let at_home = homes.iter().any(|home| file.path.starts_with(home));
                assert!(
                    !names(text, name) || at_home,
                    "{}:{line}: {name} belongs to {}",
                    file.path,
                    homes.join(" or ")
                );
            }
        }
    }
    for (name, homes) in QUARANTINED {
        let used = |file: &TextFile| file.text.contains(name) && homes.iter().any(|home| file.path.starts_with(home));
        assert!(files("src", &["rs"]).iter().any(used), "nothing uses {name}: take it off the list");
    }
}

#[test]
fn nothing_is_left_undone_or_tied_to_a_machine() {
    // In two parts, so that this file does not find itself.
    let words = [
        concat!("to", "do!"),
        concat!("unimple", "mented!"),
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
        concat!("XX", "X"),
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("sha", "red/"),
    ];
    let mut all = rust_files();
    all.extend(files("scenarios", &["toml", "md"]));
    all.extend(files("assets", &["md", "html"]));
    all.extend(files("benches", &["toml"]));
    for path in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "Cargo.toml", "clippy.toml", ".ci/run"] {
        all.push(TextFile { path: path.to_owned(), text: read(path) });
    }
    for file in all {
        for (line, text) in (1..).zip(file.text.lines()) {
            for word in words {
                assert!(!names(text, word), "{}:{line}: \"{word}\"", file.path);
            }
        }
    }
}

#[test]
fn every_dependency_is_used() {
    let manifest = read("Cargo.toml");
    let dependencies = manifest.split("\n[dependencies]\n").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap();
    let source = files("src", &["rs"]);
    for line in dependencies.lines().filter(|line| !line.is_empty()) {
        let name = line.split(['=', ' ']).next().unwrap().replace('-', "_");
        let used = |file: &TextFile| code(&file.text).any(|(_, line)| line.contains(&format!("{name}::")));
        assert!(source.iter().any(used), "nothing in src/ uses the dependency {name}");
    }
}
