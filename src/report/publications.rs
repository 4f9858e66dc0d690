//! The table of publications: a row for each firing, to be compared with what a real engine publishes.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::experiment::Outcome;
use crate::metrics::{Publication, PublishedRows};
use crate::tabular::{Format, Kind, NOTHING, TableWriter};

/// Rows that are handed over at once.
const CHUNK: usize = 1 << 12;

/// Writes `tables/publications.csv` and `tables/publications.parquet` into the folder of a report; gives how many rows.
///
/// Columns: `pipeline`, `window_start`, `window_end`, `key`, `count`, `firing`, `published_at`, `watermark`, `at_end`.
/// Pipelines stand in the scenario's order, the rows of one in the order of its firings.
///
/// # Errors
/// When they cannot be written.
pub fn write(folder: &Path, outcome: &Outcome, publications: Vec<PublishedRows>) -> Result<u64> {
    let folder = folder.join("tables");
    fs::create_dir_all(&folder).map_err(|error| Error::io("cannot create", &folder, error))?;
    let names: Arc<[String]> = outcome.pipelines.iter().map(|pipeline| pipeline.name.clone()).collect();
    let start = outcome.start.0.as_microsecond();
    let mut tables = [
        Written::new(folder.join("publications.csv"), Format::Csv, &names)?,
        Written::new(folder.join("publications.parquet"), Format::Parquet, &names)?,
    ];
    let mut count = 0;
    for (pipeline, rows) in (0..).zip(publications) {
        count += rows.count();
        for (place, row) in rows.read()?.enumerate() {
            let cells = cells(pipeline, &row?, start);
            for table in &mut tables {
                table.push(cells, place % CHUNK == CHUNK - 1)?;
            }
        }
    }
    tables.into_iter().try_for_each(Written::finish)?;
    Ok(count)
}

fn cells(pipeline: i64, row: &Publication, start: i64) -> [i64; 9] {
    [
        pipeline,
        row.window.map_or(NOTHING, |window| start + window.from.0),
        row.window.map_or(NOTHING, |window| start + window.to.0),
        row.key.map_or(NOTHING, i64::from),
        row.count.cast_signed(),
        row.firing.into(),
        start + row.at.0,
        row.watermark.map_or(NOTHING, |at| start + at.0),
        row.at_end.into(),
    ]
}

/// A table in one format.
struct Written {
    path: std::path::PathBuf,
    table: TableWriter<BufWriter<File>>,
}

impl Written {
    fn new(path: std::path::PathBuf, format: Format, names: &Arc<[String]>) -> Result<Self> {
        let columns = vec![
            ("pipeline", Kind::Word(Arc::clone(names))),
            ("window_start", Kind::Time),
            ("window_end", Kind::Time),
            ("key", Kind::Optional),
            ("count", Kind::Integer),
            ("firing", Kind::Integer),
            ("published_at", Kind::Time),
            ("watermark", Kind::Time),
            ("at_end", Kind::Word(["false", "true"].map(str::to_owned).into())),
        ];
        let columns = columns.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect();
        let table = File::create(&path).and_then(|file| TableWriter::new(BufWriter::new(file), format, columns));
        match table {
            Ok(table) => Ok(Self { path, table }),
            Err(error) => Err(Error::io("cannot write", &path, error)),
        }
    }

    fn push(&mut self, cells: [i64; 9], writes: bool) -> Result<()> {
        self.table.cells().iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        if writes {
            self.table.write().map_err(|error| Error::io("cannot write", &self.path, error))?;
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        self.table.finish().map(drop).map_err(|error| Error::io("cannot write", &self.path, error))
    }
}
