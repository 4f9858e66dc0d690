//! Parquet through polars' own reader and writer.

use std::path::Path;

use super::Table;
use crate::error::{Error, Result};

impl Table {
    /// Writes the table as Parquet.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_parquet(&self, path: &Path) -> Result<()> {
        Err(Error::io("cannot write", path, std::io::Error::other("not built yet")))
    }
}
