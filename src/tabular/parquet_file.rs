//! A Parquet file being read: its flat columns, one row group at a time.
//!
//! polars' decoder trusts what it reads in places: it panics, or allocates by a length it was told. So
//! the footer is walked before it is decoded, page sizes are added up before pages are, and what is
//! left of the risk is caught around the decoder.

use std::io::{Cursor, Read, Seek, SeekFrom};

use polars_arrow::array::{Array, BinaryViewArray, PrimitiveArray, StaticArray};
use polars_arrow::datatypes::{ArrowDataType, Field, TimeUnit as ArrowUnit};
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::metadata::FileMetadata;
use polars_parquet::parquet::page::CompressedPage;
use polars_parquet::parquet::read::deserialize_metadata;
use polars_parquet::parquet::schema::types::{
    IntegerType, PhysicalType, PrimitiveConvertedType, PrimitiveLogicalType, PrimitiveType,
};
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, PageReader, ParquetTimeUnit, ParquetType, RowGroupMetadata,
    column_iter_to_arrays,
};

use super::cell::Cell;
use super::guard::{check_footer, dictionary, quietly};

/// The largest page that is decoded, in bytes: writers make pages of about 1 MiB.
const LARGEST_PAGE: usize = 1 << 30;

/// Why a file could not be read.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The system refused.
    Io(std::io::Error),
    /// The file is not what it claims to be: what is wrong with it.
    Unsound(String),
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => unsound("it ends too early: it is truncated"),
            _ => Self::Io(error),
        }
    }
}

fn unsound(what: impl Into<String>) -> Fault {
    Fault::Unsound(what.into())
}

/// Something to read Parquet from.
pub(crate) trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

/// Unit of a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeUnit {
    Millis,
    Micros,
    Nanos,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    /// Whole numbers.
    Integer,
    /// Whole numbers of a unit since 1970.
    Timestamp(TimeUnit),
    /// Floating point.
    Float,
    /// Text.
    Text,
    /// What is not read, by name: "a list".
    Other(&'static str),
}

/// A top-level column.
#[derive(Clone, Debug)]
pub(crate) struct ParquetColumn {
    pub name: String,
    pub of: ColumnType,
    /// Its place among the leaves of the schema; none when it is nested.
    leaf: Option<usize>,
    /// The Arrow type it is decoded to.
    decoded: ArrowDataType,
}

/// The cells of a column in a row group.
pub(crate) enum Cells {
    I32(PrimitiveArray<i32>),
    I64(PrimitiveArray<i64>),
    U32(PrimitiveArray<u32>),
    U64(PrimitiveArray<u64>),
    F32(PrimitiveArray<f32>),
    F64(PrimitiveArray<f64>),
    Text(BinaryViewArray),
}

impl Cells {
    /// The cell of a row; null past the end.
    #[inline]
    pub fn get(&self, row: usize) -> Cell<'_> {
        match self {
            Self::I32(cells) => cells.get(row).map_or(Cell::Null, |value| Cell::Integer(value.into())),
            Self::I64(cells) => cells.get(row).map_or(Cell::Null, Cell::Integer),
            Self::U32(cells) => cells.get(row).map_or(Cell::Null, |value| Cell::Integer(value.into())),
            Self::U64(cells) => cells
                .get(row)
                .map_or(Cell::Null, |value| i64::try_from(value).map_or(Cell::Unsigned(value), Cell::Integer)),
            Self::F32(cells) => cells.get(row).map_or(Cell::Null, |value| Cell::Float(value.into())),
            Self::F64(cells) => cells.get(row).map_or(Cell::Null, Cell::Float),
            Self::Text(cells) => cells.get(row).map_or(Cell::Null, Cell::Text),
        }
    }

    fn from_array(array: &dyn Array) -> Option<Self> {
        let any = array.as_any();
        None.or_else(|| any.downcast_ref().cloned().map(Self::I64))
            .or_else(|| any.downcast_ref().cloned().map(Self::Text))
            .or_else(|| any.downcast_ref().cloned().map(Self::F64))
            .or_else(|| any.downcast_ref().cloned().map(Self::I32))
            .or_else(|| any.downcast_ref().cloned().map(Self::U32))
            .or_else(|| any.downcast_ref().cloned().map(Self::U64))
            .or_else(|| any.downcast_ref().cloned().map(Self::F32))
    }
}

/// An open file.
pub(crate) struct ParquetFile<'a> {
    source: &'a mut dyn Source,
    length: u64,
    metadata: FileMetadata,
    columns: Vec<ParquetColumn>,
}

impl<'a> ParquetFile<'a> {
    /// Reads the footer.
    pub fn open(source: &'a mut dyn Source) -> Result<Self, Fault> {
        let length = source.seek(SeekFrom::End(0))?;
        let footer = read_footer(source, length)?;
        let metadata = quietly(|| deserialize_metadata(footer.into()))
            .map_err(|panic| unsound(format!("its footer cannot be decoded ({panic})")))?
            .map_err(|error| unsound(format!("its footer cannot be decoded ({error})")))?;
        let columns = describe(metadata.schema().fields());
        Ok(Self { source, length, metadata, columns })
    }

    /// The top-level columns.
    pub fn columns(&self) -> &[ParquetColumn] {
        &self.columns
    }

    /// Number of row groups.
    pub fn groups(&self) -> usize {
        self.metadata.row_groups.len()
    }

    /// Rows of a row group, as the footer has it.
    pub fn rows(&self, group: usize) -> usize {
        self.metadata.row_groups.get(group).map_or(0, RowGroupMetadata::num_rows)
    }

    /// Reads a column of a row group: exactly [`Self::rows`] cells.
    pub fn read(&mut self, group: usize, column: usize) -> Result<Cells, Fault> {
        let rows = self.rows(group);
        let column = self.columns.get(column).ok_or_else(|| unsound("it has fewer columns than it had"))?;
        let chunk = column.leaf.zip(self.metadata.row_groups.get(group));
        let chunk = chunk.and_then(|(leaf, group)| group.parquet_columns().get(leaf));
        let chunk =
            chunk.ok_or_else(|| unsound(format!("row group {} has no column \"{}\"", group + 1, column.name)))?;
        let bytes = read_chunk(self.source, self.length, chunk)?;
        let field = Field::new(column.name.as_str().into(), column.decoded.clone(), true);
        let decoded = quietly(|| decode(chunk, bytes, field, rows)).unwrap_or_else(Err);
        decoded.map_err(|what| {
            unsound(format!("the column \"{}\" of row group {} cannot be decoded ({what})", column.name, group + 1))
        })
    }
}

/// The footer's bytes, walked and found well-formed.
fn read_footer(source: &mut dyn Source, length: u64) -> Result<Vec<u8>, Fault> {
    if length < 12 {
        return Err(unsound("it is too short to be Parquet"));
    }
    let mut magic = [0; 4];
    source.seek(SeekFrom::Start(0))?;
    source.read_exact(&mut magic)?;
    match &magic {
        b"PAR1" => {}
        b"PARE" => return Err(unsound("it is encrypted")),
        _ => return Err(unsound("it does not begin with PAR1: it is not Parquet")),
    }
    let mut tail = [0; 8];
    source.seek(SeekFrom::Start(length - 8))?;
    source.read_exact(&mut tail)?;
    let [a, b, c, d, magic @ ..] = tail;
    if &magic != b"PAR1" {
        return Err(unsound("it does not end with PAR1: it is truncated"));
    }
    let size = u32::from_le_bytes([a, b, c, d]);
    if u64::from(size) + 12 > length {
        return Err(unsound("its footer is longer than the file: it is truncated"));
    }
    let mut footer = vec![0; size as usize];
    source.seek(SeekFrom::Start(length - 8 - u64::from(size)))?;
    source.read_exact(&mut footer)?;
    check_footer(&footer).map_err(|what| unsound(format!("its footer cannot be decoded ({what})")))?;
    Ok(footer)
}

/// The bytes of a column chunk.
fn read_chunk(source: &mut dyn Source, length: u64, chunk: &ColumnChunkMetadata) -> Result<Vec<u8>, Fault> {
    match chunk.compression() {
        Compression::Brotli => return Err(unsound("it is compressed with brotli, which is not read")),
        Compression::Lzo => return Err(unsound("it is compressed with LZO, which is not read")),
        _ => {}
    }
    let range = chunk.byte_range();
    if range.start > range.end || range.end > length {
        return Err(unsound("a column lies outside the file: it is truncated"));
    }
    let mut bytes = vec![0; (range.end - range.start) as usize];
    source.seek(SeekFrom::Start(range.start))?;
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Decodes the pages of a flat column.
fn decode(chunk: &ColumnChunkMetadata, bytes: Vec<u8>, field: Field, rows: usize) -> Result<Cells, String> {
    if let Some(claims) = dictionary(&bytes)?
        // A value takes four bytes or more.
        && (claims.bytes > LARGEST_PAGE as u64 || claims.values > claims.bytes / 4)
    {
        return Err("its dictionary is not as large as it claims".to_owned());
    }
    let reader = Cursor::new(bytes.into());
    check_pages(PageReader::new(reader.clone(), chunk, Vec::new(), LARGEST_PAGE), rows)?;
    let pages = BasicDecompressor::new(PageReader::new(reader, chunk, Vec::new(), LARGEST_PAGE), Vec::new());
    let types = vec![&chunk.descriptor().descriptor.primitive_type];
    let (arrays, _) = column_iter_to_arrays(vec![pages], types, field, None).map_err(|error| error.to_string())?;
    match arrays.as_slice() {
        [array] if array.len() == rows => {
            Cells::from_array(array.as_ref()).ok_or_else(|| "it has another type than declared".to_owned())
        }
        _ => Err(format!("it does not have the {rows} rows that the footer names")),
    }
}

/// Adds up the pages' own accounts before anything is allocated by them.
fn check_pages(mut pages: PageReader, rows: usize) -> Result<(), String> {
    let told = |error: polars_parquet::parquet::error::ParquetError| error.to_string();
    if pages.total_num_values() != rows {
        return Err(format!("it does not have the {rows} rows that the footer names"));
    }
    pages.read_dict().map_err(told)?;
    let mut values: usize = 0;
    for page in pages {
        let CompressedPage::Data(page) = page.map_err(told)? else { continue };
        if page.uncompressed_size() > LARGEST_PAGE {
            return Err(format!("a page claims to be larger than {LARGEST_PAGE} bytes"));
        }
        values = values.saturating_add(page.num_values());
    }
    if values == rows { Ok(()) } else { Err(format!("its pages hold {values} of {rows} rows")) }
}

/// The top-level columns of a schema.
fn describe(fields: &[ParquetType]) -> Vec<ParquetColumn> {
    let mut leaf = 0;
    let mut columns = Vec::with_capacity(fields.len());
    for field in fields {
        let (of, decoded) = match field {
            ParquetType::PrimitiveType(flat) if !is_repeated(flat) => column_type(flat),
            _ => (ColumnType::Other("nested"), ArrowDataType::Null),
        };
        let nested = matches!(of, ColumnType::Other("nested"));
        columns.push(ParquetColumn { name: field.name().to_owned(), of, leaf: (!nested).then_some(leaf), decoded });
        leaf += leaves(field);
    }
    columns
}

fn is_repeated(flat: &PrimitiveType) -> bool {
    flat.field_info.repetition == polars_parquet::parquet::schema::Repetition::Repeated
}

fn leaves(field: &ParquetType) -> usize {
    match field {
        ParquetType::PrimitiveType(_) => 1,
        ParquetType::GroupType { fields, .. } => fields.iter().map(leaves).sum(),
    }
}

/// What a flat column holds, and the Arrow type to decode it to. Timestamps stay whole numbers.
fn column_type(flat: &PrimitiveType) -> (ColumnType, ArrowDataType) {
    use ArrowDataType as Arrow;
    use PrimitiveConvertedType as Converted;
    use PrimitiveLogicalType as Logical;
    let other = |name| (ColumnType::Other(name), Arrow::Null);
    let timestamp = |unit| (ColumnType::Timestamp(unit), Arrow::Int64);
    match (flat.physical_type, flat.logical_type, flat.converted_type) {
        (_, Some(Logical::Decimal(..)), _) | (_, None, Some(Converted::Decimal(..))) => other("a decimal"),
        (_, Some(Logical::Date), _) | (_, None, Some(Converted::Date)) => other("a date without a time"),
        (_, Some(Logical::Time { .. }), _) | (_, None, Some(Converted::TimeMillis | Converted::TimeMicros)) => {
            other("a time of day")
        }
        (PhysicalType::Int64, Some(Logical::Timestamp { unit, .. }), _) => timestamp(match unit {
            ParquetTimeUnit::Milliseconds => TimeUnit::Millis,
            ParquetTimeUnit::Microseconds => TimeUnit::Micros,
            ParquetTimeUnit::Nanoseconds => TimeUnit::Nanos,
        }),
        (PhysicalType::Int64, None, Some(Converted::TimestampMillis)) => timestamp(TimeUnit::Millis),
        (PhysicalType::Int64, None, Some(Converted::TimestampMicros)) => timestamp(TimeUnit::Micros),
        (PhysicalType::Int96, ..) => {
            (ColumnType::Timestamp(TimeUnit::Nanos), Arrow::Timestamp(ArrowUnit::Nanosecond, None))
        }
        (PhysicalType::Int32, Some(Logical::Integer(IntegerType::UInt32)), _)
        | (PhysicalType::Int32, None, Some(Converted::Uint32)) => (ColumnType::Integer, Arrow::UInt32),
        (PhysicalType::Int32, ..) => (ColumnType::Integer, Arrow::Int32),
        (PhysicalType::Int64, Some(Logical::Integer(IntegerType::UInt64)), _)
        | (PhysicalType::Int64, None, Some(Converted::Uint64)) => (ColumnType::Integer, Arrow::UInt64),
        (PhysicalType::Int64, ..) => (ColumnType::Integer, Arrow::Int64),
        (PhysicalType::Float, ..) => (ColumnType::Float, Arrow::Float32),
        (PhysicalType::Double, ..) => (ColumnType::Float, Arrow::Float64),
        (PhysicalType::ByteArray, ..) => (ColumnType::Text, Arrow::BinaryView),
        (PhysicalType::Boolean, ..) => other("a boolean"),
        (PhysicalType::FixedLenByteArray(_), ..) => other("bytes of a fixed length"),
    }
}
