//! Temporary files of records.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::Record;
use crate::error::{Error, Result};

/// Bytes read or written at a time.
pub(super) const CHUNK: usize = 256 << 10;

/// A temporary file: the system removes it when the last handle is gone.
pub(super) struct Disk {
    /// Several readers share the file's one position, and each sets it before it reads a chunk.
    file: Mutex<File>,
    length: u64,
}

impl Disk {
    /// Bytes in it.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Reads a range of bytes.
    pub fn read(&self, from: u64, to: u64, into: &mut Vec<u8>) -> Result<()> {
        into.resize((to - from) as usize, 0);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(from)).and_then(|_| file.read_exact(into)).map_err(|source| trouble("read", source))
    }
}

/// A temporary file being written.
pub(super) struct Draft {
    file: File,
    length: u64,
    bytes: Vec<u8>,
}

impl Draft {
    /// An empty file in the system's folder of temporary files.
    pub fn new() -> Result<Self> {
        let file = tempfile::tempfile().map_err(|source| trouble("make", source))?;
        Ok(Self { file, length: 0, bytes: Vec::with_capacity(CHUNK + 256) })
    }

    /// Bytes written so far.
    pub fn len(&self) -> u64 {
        self.length + self.bytes.len() as u64
    }

    /// Appends a record.
    #[inline]
    pub fn push<R: Record>(&mut self, record: &R) -> Result<()> {
        record.encode(&mut self.bytes);
        if self.bytes.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        self.file.write_all(&self.bytes).map_err(|source| trouble("write", source))?;
        self.length += self.bytes.len() as u64;
        self.bytes.clear();
        Ok(())
    }

    /// The file, to be read.
    pub fn finish(mut self) -> Result<Arc<Disk>> {
        self.flush()?;
        Ok(Arc::new(Disk { file: Mutex::new(self.file), length: self.length }))
    }
}

fn trouble(what: &str, source: std::io::Error) -> Error {
    Error::Io {
        action: match what {
            "make" => "a large log needs temporary space (TMPDIR names where): cannot make a file in",
            "write" => "a large log needs temporary space (TMPDIR names where): cannot write to a file in",
            _ => "a large log needs temporary space (TMPDIR names where): cannot read a file in",
        },
        path: std::env::temp_dir().display().to_string(),
        source,
    }
}

/// Reads the records of a range of a file, some chunk of bytes at a time.
#[derive(Clone)]
pub(super) struct Chunks {
    disk: Arc<Disk>,
    left: Range<u64>,
    chunk: u64,
    bytes: Vec<u8>,
    at: usize,
}

impl Chunks {
    /// A reader of records of `size` bytes that holds about `memory` bytes of them.
    pub fn new(disk: Arc<Disk>, range: Range<u64>, size: usize, memory: usize) -> Self {
        let chunk = (memory / size.max(1)).max(1) as u64 * size as u64;
        Self { disk, left: range, chunk, bytes: Vec::new(), at: 0 }
    }

    /// The next record.
    #[inline]
    pub fn next<R: Record>(&mut self) -> Result<Option<R>> {
        if self.at == self.bytes.len() && !self.refill()? {
            return Ok(None);
        }
        let record = self.bytes.get(self.at..self.at + R::SIZE).map(R::decode);
        self.at += R::SIZE;
        Ok(record)
    }

    #[cold]
    fn refill(&mut self) -> Result<bool> {
        let to = self.left.end.min(self.left.start + self.chunk);
        if to == self.left.start {
            return Ok(false);
        }
        self.disk.read(self.left.start, to, &mut self.bytes)?;
        self.left.start = to;
        self.at = 0;
        Ok(true)
    }
}
