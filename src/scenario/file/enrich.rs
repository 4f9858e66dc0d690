//! The job's side input in files.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::units::{Bytes, Rate, Span};

/// A dimension table whose rows events are joined to: a snapshot (`refresh`) or a look-up for each event (`lookup`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct EnrichFile {
    /// How often the row of a key changes, above 0, such as "1/d". Required.
    #[schemars(required)]
    pub(in crate::scenario) changes: Option<Rate>,
    /// A snapshot of the table is taken this often, at UTC multiples. It or `lookup` is required.
    pub(in crate::scenario) refresh: Option<Span>,
    /// With `refresh`: from a snapshot being taken until it is in use; a batch run takes that much longer. Default "0s".
    pub(in crate::scenario) load: Option<Span>,
    /// Rows are looked up one at a time, and kept for a while; continuous pipelines only.
    pub(in crate::scenario) lookup: Option<LookupFile>,
    /// Bytes of a load: of the table with `refresh`, of a row with `lookup`. Default "0 B".
    pub(in crate::scenario) bytes: Option<Bytes>,
}

/// Look-ups with a cache.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct LookupFile {
    /// How long a row is used before it is asked for again. Required.
    #[schemars(required)]
    pub(in crate::scenario) ttl: Option<Span>,
    /// How much longer a record takes whose row must be asked for, at most "1h". Default "0s".
    pub(in crate::scenario) takes: Option<Span>,
}
