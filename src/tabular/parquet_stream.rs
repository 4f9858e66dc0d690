//! Parquet written one row group at a time.

use std::cell::Cell;
use std::io::{Error, Write};
use std::rc::Rc;

use polars_arrow::array::{Array, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, Field, TimeUnit};
use polars_parquet::parquet::error::ParquetError;
use polars_parquet::parquet::write::{FileWriter, WriteOptions as FileOptions};
use polars_parquet::write::{DynIter, Encoding, ParquetType, SchemaDescriptor, to_parquet_type};

use super::parquet::{OPTIONS, pages};
use super::stream::{Kind, NOTHING};

/// Microseconds since 1970, in UTC.
fn time() -> ArrowDataType {
    ArrowDataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A Parquet file being written.
pub(super) struct ParquetStream<W: Write> {
    writer: FileWriter<Sink<W>>,
    types: Vec<ParquetType>,
    /// What the system said when the sink refused.
    refusal: Rc<Cell<Option<Error>>>,
}

/// Keeps the system's error, which the Parquet writer turns into a text.
struct Sink<W> {
    sink: W,
    refusal: Rc<Cell<Option<Error>>>,
}

impl<W: Write> Write for Sink<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.sink.write(bytes).map_err(|error| self.refused(error))
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.sink.flush().map_err(|error| self.refused(error))
    }
}

impl<W> Sink<W> {
    fn refused(&self, error: Error) -> Error {
        let kind = error.kind();
        // An interrupted write is tried again, and is no refusal.
        if kind != std::io::ErrorKind::Interrupted {
            self.refusal.set(Some(error));
        }
        kind.into()
    }
}

impl<W: Write> ParquetStream<W> {
    pub fn new(sink: W, columns: &[(String, Kind)]) -> std::io::Result<Self> {
        let types = columns.iter().map(|(name, kind)| {
            let (of, nullable) = match kind {
                Kind::Integer => (ArrowDataType::Int64, false),
                Kind::Optional => (ArrowDataType::Int64, true),
                Kind::Time => (time(), true),
                Kind::Word(_) => (ArrowDataType::Utf8View, true),
            };
            to_parquet_type(&Field::new(name.as_str().into(), of, nullable))
        });
        let types: Vec<ParquetType> = types.collect::<Result<_, _>>().map_err(Error::other)?;
        let schema = SchemaDescriptor::new("log".into(), types.clone());
        let options = FileOptions { write_statistics: true, version: OPTIONS.version };
        let refusal = Rc::new(Cell::new(None));
        let sink = Sink { sink, refusal: Rc::clone(&refusal) };
        let writer = FileWriter::new(sink, schema, options, Some("millstream".to_owned()));
        Ok(Self { writer, types, refusal })
    }

    /// Writes a row group.
    pub fn group(&mut self, columns: &[(String, Kind)], cells: &[Vec<i64>]) -> std::io::Result<()> {
        let encoded = columns.iter().zip(cells).zip(&self.types).map(|(((_, kind), cells), of)| {
            let (array, encoding) = array(kind, cells);
            pages(array, of.clone(), encoding)
        });
        let written = encoded.collect::<Result<Vec<_>, _>>().and_then(|encoded| {
            let rows = cells.first().map_or(0, Vec::len) as u64;
            self.writer.write::<ParquetError>(rows, DynIter::new(encoded.into_iter().map(Ok)))
        });
        written.map_err(|error| self.told(&error))
    }

    /// Writes the footer; gives the sink back.
    pub fn finish(mut self) -> std::io::Result<W> {
        match self.writer.end(None) {
            Ok(_) => Ok(self.writer.into_inner().sink),
            Err(error) => Err(self.told(&error)),
        }
    }

    fn told(&self, error: &ParquetError) -> Error {
        self.refusal.take().unwrap_or_else(|| Error::other(error.to_string()))
    }
}

/// Times and ids rise by little, so that differences take few bits.
fn array(kind: &Kind, cells: &[i64]) -> (Box<dyn Array>, Encoding) {
    match kind {
        Kind::Integer => (Box::new(PrimitiveArray::from_slice(cells)), Encoding::DeltaBinaryPacked),
        Kind::Optional | Kind::Time => {
            let cells = cells.iter().map(|cell| (*cell != NOTHING).then_some(*cell));
            let array: PrimitiveArray<i64> = PrimitiveArray::from_iter(cells);
            let array = if matches!(kind, Kind::Time) { array.to(time()) } else { array };
            (Box::new(array), Encoding::DeltaBinaryPacked)
        }
        Kind::Word(words) => {
            let word = |cell: &i64| usize::try_from(*cell).ok().and_then(|place| words.get(place)).map(String::as_str);
            (Box::new(Utf8ViewArray::from_slice(cells.iter().map(word).collect::<Vec<_>>())), Encoding::RleDictionary)
        }
    }
}
