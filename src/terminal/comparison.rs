//! The comparison as text for a terminal of 80 columns.

use std::fmt::Write;

use anstyle::Style;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Row, Table, presets};

use crate::experiment::{Estimate, Outcome, PipelineOutcome, Verdict};
use crate::metrics::Unit;
use crate::report::rows::{self, GROUPS};
use crate::report::verdict::Judged;
use crate::report::{verdict, view};

/// Columns of the terminal that the text keeps to.
const WIDTH: u16 = 80;
/// Pipelines side by side in one table.
const ABREAST: usize = 4;

/// The verdict and the comparison tables, with ANSI styles: print it through `anstream`.
#[must_use]
pub fn comparison(outcome: &Outcome) -> String {
    let bold = Style::new().bold();
    let mut out = String::new();
    let _ = writeln!(out, "{bold}{}{bold:#}", plain(&outcome.scenario.title));
    for sentence in verdict::sentences(outcome) {
        for line in wrapped(&plain(&sentence)) {
            let _ = writeln!(out, "{line}");
        }
    }
    for pipelines in outcome.pipelines.chunks(ABREAST) {
        let _ = writeln!(out);
        out += &table(outcome, pipelines);
    }
    out += &objectives(outcome);
    if outcome.pipelines.iter().flat_map(|pipeline| &pipeline.measures).any(|measure| measure.low.is_some()) {
        let _ = writeln!(
            out,
            "\n±: half of the 95 % confidence interval over {} replications, in percent of",
            outcome.scenario.replications
        );
        let _ = writeln!(out, "the value; in percentage points for shares.  –: does not apply.");
    }
    out
}

/// One table; headings in bold.
fn table(outcome: &Outcome, pipelines: &[PipelineOutcome]) -> String {
    let mut table = empty_table();
    let header = std::iter::once(Cell::new("")).chain(pipelines.iter().map(|pipeline| right(plain(&pipeline.name))));
    table.set_header(Row::from(header.collect::<Vec<_>>()));
    for group in GROUPS.iter().filter(|group| group.applies(&outcome.pipelines)) {
        let title = if group.title == "Cost" {
            format!("Cost ({})", plain(&outcome.scenario.prices.currency))
        } else {
            group.title.to_owned()
        };
        table.add_row(vec![Cell::new(title)]);
        for row in group.shown(outcome) {
            let unit = rows::unit(row.path);
            let cells = pipelines.iter().map(|pipeline| right(cell(unit, &pipeline.get(row.path))));
            table.add_row(std::iter::once(Cell::new(format!("  {}", row.label))).chain(cells).collect::<Vec<_>>());
        }
    }
    align(&mut table);
    embolden(&table.trim_fmt())
}

/// The objectives: one row each, one column a pipeline.
fn objectives(outcome: &Outcome) -> String {
    let judged = verdict::judged(outcome);
    if judged.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    for pipelines in outcome.pipelines.chunks(ABREAST) {
        let mut table = empty_table();
        let header = std::iter::once(Cell::new("Objectives"));
        table.set_header(Row::from(
            header.chain(pipelines.iter().map(|pipeline| right(plain(&pipeline.name)))).collect::<Vec<_>>(),
        ));
        for judged in &judged {
            let name = format!(
                "{}: {} {}",
                judged.objective.name,
                rows::phrase(&judged.objective.measure),
                verdict::bound(judged.objective)
            );
            let words = pipelines.iter().map(|pipeline| {
                let found = judged.verdicts.iter().find(|verdict| verdict.pipeline == pipeline.name);
                right(found.map_or(view::ABSENT, |verdict| verdict::word(verdict)).to_owned())
            });
            table.add_row(std::iter::once(Cell::new(plain(&name))).chain(words).collect::<Vec<_>>());
            let found: Vec<_> = pipelines
                .iter()
                .map(|pipeline| judged.verdicts.iter().copied().find(|verdict| verdict.pipeline == pipeline.name))
                .collect();
            let text = |of: fn(&Judged<'_>, &Verdict) -> Option<String>| {
                found.iter().map(|verdict| verdict.and_then(|verdict| of(judged, verdict))).collect::<Vec<_>>()
            };
            let values = text(|judged, verdict| Some(verdict::found(judged.objective, verdict)));
            let left = text(|_, verdict| {
                verdict.budget_left?.left.value.map(|left| view::value(Unit::Share, (left * 1_000.0).round() / 1_000.0))
            });
            for (label, cells) in [("  found", values), ("  error budget left", left)] {
                if cells.iter().any(Option::is_some) {
                    let cells = cells.into_iter().map(|cell| right(cell.unwrap_or_else(|| view::ABSENT.to_owned())));
                    table.add_row(std::iter::once(Cell::new(label)).chain(cells).collect::<Vec<_>>());
                }
            }
        }
        align(&mut table);
        out += "\n";
        out += &embolden(&table.trim_fmt());
    }
    out
}

fn empty_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table
}

/// A space between columns, none at the edges.
fn align(table: &mut Table) {
    for (place, column) in table.column_iter_mut().enumerate() {
        column.set_padding(if place == 0 { (0, 0) } else { (1, 0) });
    }
}

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

fn cell(unit: Unit, estimate: &Estimate) -> String {
    let value = view::optional(unit, estimate.value);
    match view::compact_interval(unit, estimate) {
        Some(interval) => format!("{value} {interval}"),
        None => value,
    }
}

/// Lines that do not begin with a space are headings.
fn embolden(text: &str) -> String {
    let bold = Style::new().bold();
    let mut out = String::new();
    for (place, line) in text.lines().enumerate() {
        let heading = place == 0 || GROUPS.iter().any(|group| line.starts_with(group.title));
        let _ = if heading { writeln!(out, "{bold}{line}{bold:#}") } else { writeln!(out, "{line}") };
    }
    out
}

/// Without control characters, which a scenario's text could bring into the terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|symbol| if symbol.is_control() { ' ' } else { symbol }).collect()
}

/// Lines of at most the terminal's width.
pub(super) fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= usize::from(WIDTH) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
