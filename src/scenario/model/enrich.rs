//! The job's side input.

use crate::units::{Bytes, Rate, Span};

/// A dimension table whose rows events are joined to.
#[derive(Clone, Debug)]
pub struct Enrich {
    /// How often the row of a key changes.
    pub changes: Rate,
    /// How the pipeline comes by rows.
    pub refresh: Refresh,
    /// Bytes of a load: the whole table, or one row.
    pub bytes: Bytes,
}

/// How a pipeline comes by rows of a dimension table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// A snapshot of the table, taken at UTC multiples of `every` and in use `load` later.
    Snapshot {
        /// From one to the next.
        every: Span,
        /// Time of a load.
        load: Span,
    },
    /// A row at a time, kept for the TTL; continuous pipelines only.
    Lookup {
        /// How long a row is used.
        ttl: Span,
        /// Time of a look-up.
        takes: Span,
    },
}
