//! Tables as Parquet: flat, nullable columns, zstd, a row group for each 262,144 rows.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use polars_arrow::array::{Array, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, Field};
use polars_parquet::parquet::error::ParquetError;
use polars_parquet::parquet::write::{FileWriter, WriteOptions as FileOptions};
use polars_parquet::write::{
    CompressedPage, CompressionOptions, Compressor, DynIter, DynStreamingIterator, Encoding, ParquetType,
    SchemaDescriptor, StatisticsOptions, Version, WriteOptions, array_to_columns, to_parquet_type,
};

use super::{Cell, Cells, ColumnType, Fault, ParquetFile, Table, Values};
use crate::error::{Error, Problem, Result};

/// Rows in a row group: what a reader holds decoded at a time.
pub(super) const GROUP: usize = 1 << 18;

pub(super) const OPTIONS: WriteOptions = WriteOptions {
    statistics: StatisticsOptions {
        min_value: true,
        max_value: true,
        distinct_count: false,
        null_count: true,
        binary_statistics_truncate_length: None,
    },
    version: Version::V1,
    compression: CompressionOptions::Zstd(None),
    data_page_size: None,
};

pub(super) type Encoded<T> = std::result::Result<T, ParquetError>;

impl Table {
    /// Writes the table as Parquet.
    ///
    /// # Errors
    /// When the file cannot be written, or when the columns differ in length.
    pub fn write_parquet(&self, path: &Path) -> Result<()> {
        self.check_lengths()?;
        let failed = |error| Error::io("cannot write", path, error);
        let mut sink = BufWriter::new(File::create(path).map_err(failed)?);
        self.encode_parquet(&mut sink).map_err(|error| failed(std::io::Error::other(error.to_string())))?;
        sink.flush().map_err(failed)
    }

    /// Reads a table of flat columns back. Timestamps come as whole numbers in the file's unit.
    ///
    /// # Errors
    /// When the file cannot be read, is no sound Parquet, or has a column that is neither text nor numbers.
    pub fn read_parquet(path: &Path) -> Result<Self> {
        let failed = |error| Error::io("cannot read", path, error);
        let mut file = File::open(path).map_err(failed)?;
        decode(&mut file).map_err(|fault| match fault {
            Fault::Io(error) => failed(error),
            Fault::Unsound(what) => Error::input(Problem {
                file: path.display().to_string(),
                position: None,
                field: None,
                what,
                remedy: "write the file again, with columns of text or numbers".to_owned(),
            }),
        })
    }

    fn encode_parquet(&self, sink: &mut dyn Write) -> Encoded<()> {
        let types = self.columns.iter().map(|column| parquet_type(&column.name, &column.values));
        let types = types.collect::<Encoded<Vec<_>>>()?;
        let schema = SchemaDescriptor::new("table".into(), types.clone());
        let options = FileOptions { write_statistics: true, version: OPTIONS.version };
        let mut writer = FileWriter::new(sink, schema, options, Some("millstream".to_owned()));
        let rows = self.rows();
        for start in (0..rows).step_by(GROUP) {
            let range = start..rows.min(start + GROUP);
            let pages = self.columns.iter().zip(&types);
            let pages = pages.map(|(column, of)| encode(&column.values, range.clone(), of.clone()));
            let pages = pages.collect::<Encoded<Vec<_>>>()?;
            writer.write::<ParquetError>(range.len() as u64, DynIter::new(pages.into_iter().map(Ok)))?;
        }
        writer.end(None)?;
        Ok(())
    }
}

fn parquet_type(name: &str, values: &Values) -> Encoded<ParquetType> {
    let of = match values {
        Values::Text(_) => ArrowDataType::Utf8View,
        Values::Number(_) => ArrowDataType::Float64,
        Values::Integer(_) => ArrowDataType::Int64,
    };
    Ok(to_parquet_type(&Field::new(name.into(), of, true))?)
}

pub(super) type Pages = DynStreamingIterator<'static, CompressedPage, ParquetError>;

/// The compressed pages of a column's cells in a row group.
fn encode(values: &Values, rows: Range<usize>, of: ParquetType) -> Encoded<Pages> {
    let (array, encoding): (Box<dyn Array>, _) = match values {
        Values::Text(cells) => (Box::new(Utf8ViewArray::from_slice(&cells[rows])), Encoding::RleDictionary),
        Values::Number(cells) => (Box::new(PrimitiveArray::from(&cells[rows])), Encoding::Plain),
        Values::Integer(cells) => (Box::new(PrimitiveArray::from(&cells[rows])), Encoding::Plain),
    };
    pages(array, of, encoding)
}

/// The compressed pages of an array.
pub(super) fn pages(array: Box<dyn Array>, of: ParquetType, encoding: Encoding) -> Encoded<Pages> {
    let column = array_to_columns(array, of, OPTIONS, &[encoding])?.into_iter().next();
    let pages = column.ok_or_else(|| ParquetError::InvalidParameter("a flat column has pages".to_owned()))?;
    let pages = DynIter::new(pages.map(|page| page.map_err(ParquetError::from)));
    Ok(DynStreamingIterator::new(Compressor::new(pages, OPTIONS.compression, Vec::new())))
}

fn decode(source: &mut File) -> std::result::Result<Table, Fault> {
    let mut file = ParquetFile::open(source)?;
    let mut table = Table::default();
    for index in 0..file.columns().len() {
        let name = file.columns()[index].name.clone();
        let mut values = match file.columns()[index].of {
            ColumnType::Text => Values::Text(Vec::new()),
            ColumnType::Float => Values::Number(Vec::new()),
            ColumnType::Integer | ColumnType::Timestamp(_) => Values::Integer(Vec::new()),
            ColumnType::Other(what) => return Err(Fault::Unsound(format!("the column \"{name}\" is {what}"))),
        };
        for group in 0..file.groups() {
            let cells = file.read(group, index)?;
            append(&mut values, &cells, file.rows(group))?;
        }
        table = table.with(&name, values);
    }
    Ok(table)
}

fn append(values: &mut Values, cells: &Cells, rows: usize) -> std::result::Result<(), Fault> {
    for row in 0..rows {
        match (&mut *values, cells.get(row)) {
            (Values::Text(column), Cell::Null) => column.push(None),
            (Values::Number(column), Cell::Null) => column.push(None),
            (Values::Integer(column), Cell::Null) => column.push(None),
            (Values::Text(column), Cell::Text(text)) => column.push(Some(String::from_utf8_lossy(text).into_owned())),
            (Values::Number(column), Cell::Float(number)) => column.push(Some(number)),
            (Values::Integer(column), Cell::Integer(number)) => column.push(Some(number)),
            _ => return Err(Fault::Unsound("a whole number does not fit into 64 bits".to_owned())),
        }
    }
    Ok(())
}
