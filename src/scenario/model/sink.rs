//! Where a pipeline writes.

use crate::units::{Bytes, Rate, Span};

/// A sink and what distinguishes it from a mere delay.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SinkKind {
    /// Nothing.
    #[default]
    Plain,
    /// A Kafka topic.
    Kafka {
        /// The producer sends at multiples of this.
        linger: Span,
    },
    /// An Iceberg table, partitioned by event time.
    Iceberg {
        /// Length of a partition.
        partition: Span,
        /// Writers, each of which makes a file for each partition.
        writers: u32,
        /// Bytes of a row in a file.
        row_bytes: Bytes,
        /// Bytes a second that one core compacts; `None`: files stay as they are.
        compaction: Option<Bytes>,
    },
    /// A Hive table, partitioned by event time.
    Hive {
        /// Length of a partition.
        partition: Span,
        /// Bytes of a row in a file.
        row_bytes: Bytes,
        /// Bytes a second at which a partition is rewritten.
        bandwidth: Bytes,
    },
    /// A Postgres table with upserts by key.
    Postgres {
        /// Rows a second.
        rate: Rate,
    },
}

impl SinkKind {
    /// Length of a partition of a table of files.
    #[must_use]
    pub fn partition(&self) -> Option<Span> {
        match self {
            Self::Iceberg { partition, .. } | Self::Hive { partition, .. } => Some(*partition),
            _ => None,
        }
    }
}
