//! One cell of a table being read, whatever the file's format.

/// A cell, borrowed from what was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Nothing there.
    Null,
    /// A whole number.
    Integer(i64),
    /// A whole number above the range of [`Cell::Integer`].
    Unsigned(u64),
    /// Any other number.
    Float(f64),
    /// Text, not yet known to be UTF-8.
    Text(&'a [u8]),
    /// Something no column takes, by name: "a list".
    Other(&'static str),
}
