//! The subcommands that describe: built-in scenarios, schema, completions, manual.

use clap::CommandFactory;

use super::Arguments;
use crate::error::{Error, Result};
use crate::measure::{MEASURES, Unit, has_days};
use crate::scenario::{self, Overrides};

/// Columns of a terminal that is not asked.
const WIDTH: usize = 80;

/// The built-in scenarios: name, title, question.
pub(super) fn scenarios() -> Result<String> {
    let builtins = scenario::builtins();
    let indent = builtins.iter().map(|builtin| builtin.name.len()).max().unwrap_or(0) + 2;
    let mut out = String::new();
    for builtin in builtins {
        let scenario = scenario::load(builtin.name, &Overrides::default())?;
        let title = wrap(&scenario.title, WIDTH - indent);
        let question = wrap(&scenario.question, WIDTH - indent);
        for (place, line) in title.iter().chain(&question).enumerate() {
            let margin = if place == 0 { builtin.name } else { "" };
            out.push_str(&format!("{margin:indent$}{line}\n"));
        }
        out.push('\n');
    }
    out.push_str("Run one with `millstream run NAME`.\n");
    Ok(out)
}

/// Breaks text at spaces into lines of at most `width` characters.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The JSON Schema of scenario files.
pub(super) fn schema() -> String {
    format!("{:#}\n", scenario::schema())
}

/// The measures as Markdown.
pub(super) fn measures() -> String {
    let mut out = String::from(
        "# Measures\n\nMade by `millstream measures`; a test compares the two. Each measure of a pipeline in `summary.json` is \
         `{ value, low, high }`: the mean over replications and its 95 % confidence interval, null with one replication or \
         where the measure does not apply. Percentiles come from a histogram with a relative error of at most 1 %.\n\n\
         | path | unit | meaning |\n|---|---|---|\n",
    );
    for measure in MEASURES {
        let unit = match measure.unit {
            Unit::Seconds => "s",
            Unit::Count => "",
            Unit::Bytes => "bytes",
            Unit::Share => "share",
            Unit::CoreHours => "core-hours",
            Unit::Cores => "cores",
            Unit::Money => "currency",
        };
        let days = if has_days(measure.path) { "; has a value for each day" } else { "" };
        out.push_str(&format!("| `{}` | {unit} | {}{days} |\n", measure.path, measure.meaning));
    }
    out
}

/// A completion script.
pub(super) fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "millstream", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The manual: the program's page, then one for each subcommand.
pub(super) fn manual() -> Result<String> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let mut page = Vec::new();
    let failed = |source| Error::Io { action: "cannot write", path: "the manual".to_owned(), source };
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(failed)?;
    for subcommand in command.get_subcommands() {
        let name = format!("millstream-{}", subcommand.get_name());
        clap_mangen::Man::new(subcommand.clone()).title(name).render(&mut page).map_err(failed)?;
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_fits_a_terminal() {
        let text = scenarios().unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.starts_with("clickstream"));
    }

    #[test]
    fn lines_are_broken_at_spaces() {
        assert_eq!(wrap("a bb ccc dddd", 6), ["a bb", "ccc", "dddd"]);
    }
}
