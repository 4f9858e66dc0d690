//! A page of sentences and tables as text.

use std::fmt::Write;

use anstyle::Style;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use super::comparison::{plain, wrapped};
use crate::report::page::PaperTable;

/// Columns that tables keep to.
const WIDTH: u16 = 100;

/// A title, sentences and tables, with ANSI styles: print it through `anstream`.
#[must_use]
pub fn paper(title: &str, sentences: &[String], tables: &[PaperTable]) -> String {
    let bold = Style::new().bold();
    let mut out = String::new();
    let _ = writeln!(out, "{bold}{}{bold:#}", plain(title));
    for line in sentences.iter().flat_map(|sentence| wrapped(&plain(sentence))) {
        let _ = writeln!(out, "{line}");
    }
    for spec in tables.iter().filter(|table| !table.rows.is_empty()) {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
        let row = |cells: &[String]| {
            let cell = |(place, text): (usize, &String)| {
                let side = if place < spec.left { CellAlignment::Left } else { CellAlignment::Right };
                Cell::new(plain(text)).set_alignment(side)
            };
            cells.iter().enumerate().map(cell).collect::<Vec<_>>()
        };
        table.set_header(row(&spec.head));
        spec.rows.iter().for_each(|cells| {
            table.add_row(row(cells));
        });
        for (place, column) in table.column_iter_mut().enumerate() {
            column.set_padding((u16::from(place > 0), 0));
        }
        let _ = writeln!(out);
        for (place, line) in table.trim_fmt().lines().enumerate() {
            let _ = if place == 0 { writeln!(out, "{bold}{line}{bold:#}") } else { writeln!(out, "{line}") };
        }
    }
    out
}
