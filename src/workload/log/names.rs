//! Ids and keys as 128 bits.

use crate::tabular::Cell;

use super::values::{canonical_integer, whole};

/// An id or a key: a whole number as itself, a text as a hash of 127 bits.
///
/// Two texts of one hash would be taken for the same. Among four billion texts the chance of that is
/// 4e9² / 2 / 2^127, about 1 in 10^19: less than that of a memory fault while they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(pub u128);

/// The bit that tells texts from whole numbers.
const TEXT: u128 = 1 << 127;

impl Name {
    /// The name of a cell; null is the empty text. A text that is the decimal form of a whole number is that
    /// number, so that a column means the same in every format. What is neither number nor text has none.
    #[inline]
    pub fn of(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Integer(integer) => Some(Self::integer(integer)),
            Cell::Null => Some(Self::text(&[])),
            Cell::Text(text) => Some(canonical_integer(text).map_or_else(|| Self::text(text), Self::integer)),
            Cell::Unsigned(integer) => Some(Self::text(integer.to_string().as_bytes())),
            Cell::Float(number) => {
                Some(whole(cell).map_or_else(|| Self::text(number.to_string().as_bytes()), Self::integer))
            }
            Cell::Other(_) => None,
        }
    }

    /// Rising with the number, so that ids in order need no sorting.
    #[inline]
    fn integer(integer: i64) -> Self {
        Self(u128::from(integer.cast_unsigned() ^ 1 << 63))
    }

    fn text(text: &[u8]) -> Self {
        Self(TEXT | u128::from(hash(text, SEEDS[0])) << 64 | u128::from(hash(text, SEEDS[1])))
    }

    /// The whole number that it is.
    #[inline]
    pub fn as_integer(self) -> Option<i64> {
        (self.0 & TEXT == 0).then(|| (self.0 as u64 ^ 1 << 63).cast_signed())
    }

    /// 64 bits for a table.
    #[inline]
    pub fn bits(self) -> u64 {
        mix(self.0 as u64, SEEDS[0])
    }
}

/// Digits of pi and of e, as good as any.
const SEEDS: [u64; 2] = [0x2438_6a88_85a3_08d3, 0xb7e1_5162_8aed_2a6a];
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The 128-bit product of two words, folded.
#[inline]
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ STEP) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

#[inline]
fn hash(text: &[u8], seed: u64) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let mut state = seed ^ text.len() as u64;
    for word in words {
        state = mix(u64::from_le_bytes(*word) ^ state, seed | 1);
    }
    let mut last = [0; 8];
    for (byte, of) in last.iter_mut().zip(rest) {
        *byte = *of;
    }
    mix(u64::from_le_bytes(last) ^ state, seed | 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_name_in_every_type() {
        let same = |a: Cell<'_>, b: Cell<'_>| assert_eq!(Name::of(a), Name::of(b), "{a:?} {b:?}");
        same(Cell::Text(b"7"), Cell::Integer(7));
        same(Cell::Float(7.0), Cell::Integer(7));
        same(Cell::Unsigned(u64::MAX), Cell::Text(b"18446744073709551615"));
        same(Cell::Null, Cell::Text(b""));
        same(Cell::Float(0.5), Cell::Text(b"0.5"));
        assert_ne!(Name::of(Cell::Text(b"07")), Name::of(Cell::Integer(7)));
        assert_eq!(Name::of(Cell::Other("a list")), None);
    }

    #[test]
    fn whole_numbers_are_themselves_in_order() {
        let numbers = [i64::MIN, -1, 0, 1, 77, i64::MAX];
        assert!(numbers.map(Name::integer).is_sorted());
        assert_eq!(numbers.map(|number| Name::integer(number).as_integer()), numbers.map(Some));
        assert_eq!(Name::text(b"x").as_integer(), None);
    }

    #[test]
    fn texts_have_names_of_their_own() {
        let names: std::collections::BTreeSet<u128> =
            (0..100_000).map(|number| Name::text(format!("user-{number}").as_bytes()).0).collect();
        assert_eq!(names.len(), 100_000);
        // Each half tells them apart, too: it is not one hash twice.
        let half =
            |shift: u32| names.iter().map(|name| (name >> shift) as u64).collect::<std::collections::BTreeSet<_>>();
        assert_eq!((half(0).len(), half(64).len()), (100_000, 100_000));
        assert!(names.iter().all(|name| (name >> 64) as u64 != *name as u64));
    }
}
