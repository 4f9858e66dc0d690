//! A report's folder: written beside its place and put there whole, or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Error, Problem, Result};
use crate::experiment::{Outcome, in_parallel};
use crate::report::charts::Figure;
use crate::report::{agreement, charts, page, summary, tables};
use crate::scenario::Scenario;
use crate::tabular::Table;

/// A report that is not published yet. Dropping it removes what was written.
#[derive(Debug)]
pub struct Draft {
    target: PathBuf,
    /// Private to this user while it is written: the report is a folder inside, with the usual
    /// permissions.
    temporary: TempDir,
    folder: PathBuf,
}

impl Draft {
    /// Makes a place for a report that is to appear at `dir`, and proves that it can be written.
    /// Parent folders are created; `dir` itself is not touched.
    ///
    /// # Errors
    /// [`Error::Input`] when `dir` holds something else than a report, [`Error::Io`] when nothing
    /// can be written beside it.
    pub fn prepare(dir: &Path) -> Result<Self> {
        let target = resolved(dir)?;
        refuse_foreign(&target, dir)?;
        let parent = target.parent().unwrap_or(&target);
        fs::create_dir_all(parent).map_err(|error| Error::io("cannot create", parent, error))?;
        let temporary = tempfile::Builder::new()
            .prefix(".millstream-")
            .tempdir_in(parent)
            .map_err(|error| Error::io("cannot write into", parent, error))?;
        let folder = temporary.path().join("report");
        fs::create_dir(&folder).map_err(|error| Error::io("cannot create", &folder, error))?;
        Ok(Self { target, temporary, folder })
    }

    /// Where files of the report go until it is published.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the report, drawing on `threads` threads (0: one for each core), and moves it to its place; an earlier report
    /// there is replaced. Returns the place.
    ///
    /// # Errors
    /// [`Error::Io`] when a file cannot be written, [`Error::Input`] when something else has come
    /// to stand at the place.
    pub fn publish(self, outcome: &Outcome, threads: usize) -> Result<PathBuf> {
        self.publish_with(|folder| write_report(folder, outcome, threads))
    }

    /// As [`Self::publish`], for a report that `write` writes into a folder.
    ///
    /// # Errors
    /// Those of [`Self::publish`] and of `write`.
    pub fn publish_with(self, write: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        write(&self.folder)?;
        refuse_foreign(&self.target, &self.target)?;
        let replaced = self.temporary.path().join("replaced");
        let replaces = self.target.exists();
        if replaces {
            fs::rename(&self.target, &replaced).map_err(|error| Error::io("cannot replace", &self.target, error))?;
        }
        if let Err(error) = fs::rename(&self.folder, &self.target) {
            if replaces {
                // The earlier report goes back; the first failure is the one to tell.
                let _ = fs::rename(&replaced, &self.target);
            }
            return Err(Error::io("cannot write", &self.target, error));
        }
        Ok(self.target)
    }
}

/// The absolute path, with links followed where it exists.
fn resolved(dir: &Path) -> Result<PathBuf> {
    let failed = |error| Error::io("cannot find", dir, error);
    if dir.exists() { fs::canonicalize(dir).map_err(failed) } else { std::path::absolute(dir).map_err(failed) }
}

/// A problem unless there is nothing at `target`, an empty folder or a report.
fn refuse_foreign(target: &Path, named: &Path) -> Result<()> {
    if !target.exists() {
        return Ok(());
    }
    let problem = |what: &str| {
        Err(Error::input(Problem {
            file: "--out".to_owned(),
            position: None,
            field: None,
            what: format!("{} {what}", named.display()),
            remedy: "name a new folder, an empty one or an earlier report".to_owned(),
        }))
    };
    if !target.is_dir() {
        return problem("is no folder");
    }
    let mut entries = fs::read_dir(target).map_err(|error| Error::io("cannot read", target, error))?;
    if entries.next().is_none() || is_report(target) {
        Ok(())
    } else {
        problem("holds files and is no report of millstream")
    }
}

fn is_report(folder: &Path) -> bool {
    let Ok(text) = fs::read(folder.join("summary.json")) else { return false };
    let summary: Option<serde_json::Value> = serde_json::from_slice(&text).ok();
    let schema = summary.as_ref().and_then(|summary| summary.get("schema")?.as_str());
    schema.is_some_and(|schema| schema.starts_with("millstream/"))
}

fn write_report(folder: &Path, outcome: &Outcome, threads: usize) -> Result<()> {
    let figures = charts::figures(outcome)?;
    write(&folder.join("index.html"), page::page(outcome, &figures)?.as_bytes())?;
    let summary = format!("{:#}\n", summary::summary(outcome));
    write(&folder.join("summary.json"), summary.as_bytes())?;
    let ages: Vec<(&str, Option<f64>)> = outcome
        .pipelines
        .iter()
        .map(|pipeline| (pipeline.name.as_str(), pipeline.get("freshness_s.data_age_max").value))
        .collect();
    write_agreement(folder, &outcome.scenario, &ages)?;
    write_parts(folder, &figures.iter().collect::<Vec<_>>(), &tables::tables(outcome), threads)
}

/// Writes the agreement into `agreement/`: objectives as OpenSLO, freshness for dbt.
pub(super) fn write_agreement(folder: &Path, scenario: &Scenario, ages: &[(&str, Option<f64>)]) -> Result<()> {
    let into = subfolder(folder, "agreement")?;
    let slos = agreement::openslo(scenario);
    if !slos.is_empty() {
        write(&into.join("openslo.yaml"), agreement::yaml(&slos).as_bytes())?;
    }
    write(&into.join("dbt_sources.yml"), agreement::yaml(&[agreement::dbt(scenario, ages)]).as_bytes())
}

/// Writes figures as SVG and PNG into `figures/` and tables as CSV and Parquet into `tables/`, on `threads` threads (0: one for
/// each core).
pub(super) fn write_parts(folder: &Path, figures: &[&Figure], tables: &[(&str, Table)], threads: usize) -> Result<()> {
    let (into_figures, into_tables) = (subfolder(folder, "figures")?, subfolder(folder, "tables")?);
    let write_figure = |Figure { name, svg, .. }: &Figure| {
        write(&into_figures.join(format!("{name}.svg")), svg.as_bytes())?;
        write(&into_figures.join(format!("{name}.png")), &charts::png(svg)?)
    };
    let write_table = |(name, table): &(&str, Table)| {
        table.write_csv(&into_tables.join(format!("{name}.csv")))?;
        table.write_parquet(&into_tables.join(format!("{name}.parquet")))
    };
    // Figures take longest and come first.
    let write_part = |place: usize| match place.checked_sub(figures.len()) {
        None => write_figure(figures[place]),
        Some(place) => write_table(&tables[place]),
    };
    in_parallel(threads, figures.len() + tables.len(), write_part)?;
    Ok(())
}

fn subfolder(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    fs::create_dir_all(&path).map_err(|error| Error::io("cannot create", &path, error))?;
    Ok(path)
}

pub(super) fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).map_err(|error| Error::io("cannot write", path, error))
}
