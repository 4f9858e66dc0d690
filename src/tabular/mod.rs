//! Tables in columns, written and read as Parquet and written as CSV. The only place that knows polars.

mod cell;
mod guard;
mod parquet;
mod parquet_file;
mod parquet_stream;
mod stream;

use std::path::Path;

use crate::error::{Error, Result};

pub(crate) use cell::Cell;
pub(crate) use parquet_file::{Cells, ColumnType, Fault, ParquetFile, Source, TimeUnit};
pub use stream::Format;
pub(crate) use stream::{Kind, NOTHING, TableWriter};

/// A table: columns of one length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Header.
    pub name: String,
    /// Cells.
    pub values: Values,
}

/// Cells of a column; `None` is null.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// UTF-8 text.
    Text(Vec<Option<String>>),
    /// 64-bit floating point.
    Number(Vec<Option<f64>>),
    /// 64-bit whole numbers.
    Integer(Vec<Option<i64>>),
}

impl Values {
    /// How many cells.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Number(cells) => cells.len(),
            Self::Integer(cells) => cells.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A cell as CSV text; null is empty.
    fn text(&self, row: usize) -> String {
        match self {
            Self::Text(cells) => cells[row].clone().unwrap_or_default(),
            Self::Number(cells) => cells[row].map_or_else(String::new, |number| number.to_string()),
            Self::Integer(cells) => cells[row].map_or_else(String::new, |number| number.to_string()),
        }
    }
}

impl Table {
    /// Adds a column.
    #[must_use]
    pub fn with(mut self, name: &str, values: Values) -> Self {
        self.columns.push(Column { name: name.to_owned(), values });
        self
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// Writes the table as CSV with a header.
    ///
    /// # Errors
    /// When the file cannot be written, or when the columns differ in length.
    pub fn write_csv(&self, path: &Path) -> Result<()> {
        self.check_lengths()?;
        let failed = |error: csv::Error| Error::io("cannot write", path, error.into());
        let mut writer = csv::Writer::from_path(path).map_err(failed)?;
        writer.write_record(self.columns.iter().map(|column| &column.name)).map_err(failed)?;
        for row in 0..self.rows() {
            writer.write_record(self.columns.iter().map(|column| column.values.text(row))).map_err(failed)?;
        }
        writer.flush().map_err(|error| Error::io("cannot write", path, error))
    }

    /// A table whose columns differ in length is a fault of the program.
    fn check_lengths(&self) -> Result<()> {
        match self.columns.iter().find(|column| column.values.len() != self.rows()) {
            None => Ok(()),
            Some(column) => {
                let (rows, found) = (self.rows(), column.values.len());
                Err(Error::Model(format!("the column {} has {found} cells in a table of {rows} rows", column.name)))
            }
        }
    }
}
