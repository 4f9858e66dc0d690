//! What can be sorted: records of fixed width, as bytes.

/// A record that a [`super::Sorter`] takes. Its order must be total; equal records may change places.
pub(in crate::workload) trait Record: Copy + Ord + Send + Sync {
    /// Bytes of every record.
    const SIZE: usize;

    /// Appends its [`Self::SIZE`] bytes.
    fn encode(&self, bytes: &mut Vec<u8>);

    /// The record of [`Self::SIZE`] bytes.
    fn decode(bytes: &[u8]) -> Self;
}

/// Takes little-endian numbers off the front of a record's bytes; past the end they are 0.
pub(in crate::workload) struct Take<'a>(pub &'a [u8]);

impl Take<'_> {
    #[inline]
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk::<N>() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => [0; N],
        }
    }

    #[inline]
    pub fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.bytes())
    }

    #[inline]
    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.bytes())
    }

    #[inline]
    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    #[inline]
    pub fn i64(&mut self) -> i64 {
        i64::from_le_bytes(self.bytes())
    }

    #[inline]
    pub fn u128(&mut self) -> u128 {
        u128::from_le_bytes(self.bytes())
    }
}
