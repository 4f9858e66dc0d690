//! A page of sections with tables and figures, for the answers that are no single run.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::{Drawing, drawing, render};
use crate::error::Result;
use crate::report::charts::Figure;
use crate::report::files;
use crate::report::view;
use crate::tabular::Table;

const TEMPLATE: &str = include_str!("../../../assets/paper.html");

/// A page.
#[derive(Debug, Default)]
pub struct Paper {
    /// Heading.
    pub title: String,
    /// What was asked.
    pub question: String,
    /// The answer in sentences, the most important one first.
    pub verdict: Vec<String>,
    /// What follows.
    pub sections: Vec<Section>,
    /// How the numbers were made, in sentences.
    pub method: String,
    /// The command that makes it again.
    pub reproduce: String,
}

/// A section of a page.
#[derive(Debug, Default)]
pub struct Section {
    /// Heading.
    pub title: String,
    /// Paragraphs.
    pub text: Vec<String>,
    /// Tables.
    pub tables: Vec<PaperTable>,
    /// Figures.
    pub figures: Vec<Figure>,
}

/// A table of words.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PaperTable {
    /// What it shows.
    pub caption: String,
    /// Headings of the columns.
    pub head: Vec<String>,
    /// Cells by row.
    pub rows: Vec<Vec<String>>,
    /// How many columns stand at the left; the others, numbers, at the right.
    pub left: usize,
}

#[derive(Serialize)]
struct SectionView<'a> {
    title: &'a str,
    text: Vec<String>,
    tables: &'a [PaperTable],
    figures: Vec<Drawing<'a>>,
}

#[derive(Serialize)]
struct PaperView<'a> {
    title: &'a str,
    question: &'a str,
    verdict: Vec<String>,
    sections: Vec<SectionView<'a>>,
    method: &'a str,
    reproduce: &'a str,
    version: &'static str,
}

impl Paper {
    /// The page as HTML that needs nothing else.
    ///
    /// # Errors
    /// When the template fails, which no content makes it do.
    pub fn html(&self) -> Result<String> {
        let tied = |lines: &[String]| lines.iter().map(|line| view::tied(line)).collect::<Vec<_>>();
        let sections = self.sections.iter().map(|section| SectionView {
            title: &section.title,
            text: tied(&section.text),
            tables: &section.tables,
            figures: section.figures.iter().map(drawing).collect(),
        });
        let view = PaperView {
            title: &self.title,
            question: &self.question,
            verdict: tied(&self.verdict),
            sections: sections.collect(),
            method: &self.method,
            reproduce: &self.reproduce,
            version: env!("CARGO_PKG_VERSION"),
        };
        render(TEMPLATE, view)
    }

    /// Writes the page with its figures, `summary.json` and tables into a folder.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path, summary: &Value, tables: &[(&str, Table)]) -> Result<()> {
        files::write(&folder.join("index.html"), self.html()?.as_bytes())?;
        files::write(&folder.join("summary.json"), format!("{summary:#}\n").as_bytes())?;
        let figures: Vec<_> = self.sections.iter().flat_map(|section| &section.figures).collect();
        files::write_parts(folder, &figures, tables, 1)
    }
}
