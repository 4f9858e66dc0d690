//! Dense numbers for ids and keys, by first appearance.

use crate::tabular::Cell;

use super::values::{canonical_integer, whole};

/// A slot of the table: a number in the low half, and in the high half bits of its value's hash, so that
/// values are looked at, somewhere else in memory, only where they are likely to be the same.
type Slot = u64;

/// A slot that holds no number.
const FREE: Slot = u64::MAX;

/// The bits of a hash that stand in a slot; where to begin looking follows from the other half.
const TAG: u64 = 0xffff_ffff << 32;

/// Numbers given out: an open-addressing table over whole numbers and texts. A text that is the decimal
/// form of a whole number is that number, so that a column means the same in every format.
pub(super) struct Numbering {
    /// A power of two of them, at most three quarters in use.
    slots: Vec<Slot>,
    values: Vec<Value>,
    /// The texts, one after the other.
    texts: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Value {
    Integer(i64),
    /// Where the text begins and how long it is.
    Text(usize, u32),
}

impl Numbering {
    pub fn new() -> Self {
        Self { slots: vec![FREE; 1024], values: Vec::new(), texts: Vec::new() }
    }

    /// The number of a value; null is the empty text. What is neither number nor text has none.
    pub fn number(&mut self, cell: Cell<'_>) -> Option<u32> {
        match cell {
            Cell::Integer(integer) => self.integer(integer),
            Cell::Null => self.text(&[]),
            Cell::Text(text) => match canonical_integer(text) {
                Some(integer) => self.integer(integer),
                None => self.text(text),
            },
            Cell::Unsigned(integer) => self.text(integer.to_string().as_bytes()),
            Cell::Float(number) => match whole(cell) {
                Some(integer) => self.integer(integer),
                None => self.text(number.to_string().as_bytes()),
            },
            Cell::Other(_) => None,
        }
    }

    fn integer(&mut self, integer: i64) -> Option<u32> {
        let hash = mix(integer as u64, SEED);
        match self.probe(hash, |value| matches!(value, Value::Integer(known) if known == integer)) {
            Ok(number) => Some(number),
            Err(slot) => self.insert(slot, hash, Value::Integer(integer)),
        }
    }

    fn text(&mut self, text: &[u8]) -> Option<u32> {
        let hash = hash(text);
        let found = self.probe(hash, |value| match value {
            Value::Integer(_) => false,
            Value::Text(start, length) => self.texts.get(start..start + length as usize) == Some(text),
        });
        match found {
            Ok(number) => Some(number),
            Err(slot) => {
                let value = Value::Text(self.texts.len(), u32::try_from(text.len()).ok()?);
                self.texts.extend_from_slice(text);
                self.insert(slot, hash, value)
            }
        }
    }

    /// The number of the value that is the same, or the free slot for it.
    #[inline]
    fn probe(&self, hash: u64, same: impl Fn(Value) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let found = self.slots[slot];
            if found == FREE {
                return Err(slot);
            }
            let number = found as u32;
            if (found ^ hash) & TAG == 0 && same(self.values[number as usize]) {
                return Ok(number);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Gives the next number to a value that has none.
    fn insert(&mut self, slot: usize, hash: u64, value: Value) -> Option<u32> {
        let number = u32::try_from(self.values.len()).ok().filter(|number| *number != u32::MAX)?;
        self.slots[slot] = hash & TAG | u64::from(number);
        self.values.push(value);
        if self.values.len() * 4 > self.slots.len() * 3 {
            self.grow();
        }
        Some(number)
    }

    fn grow(&mut self) {
        let mut slots = vec![FREE; self.slots.len() * 2];
        let mask = slots.len() - 1;
        for (number, value) in self.values.iter().enumerate() {
            let hash = match *value {
                Value::Integer(integer) => mix(integer as u64, SEED),
                Value::Text(start, length) => hash(self.texts.get(start..start + length as usize).unwrap_or_default()),
            };
            let mut slot = hash as usize & mask;
            while slots[slot] != FREE {
                slot = (slot + 1) & mask;
            }
            slots[slot] = hash & TAG | number as u64;
        }
        self.slots = slots;
    }
}

/// Digits of pi, as good as any.
const SEED: u64 = 0x2438_6a88_85a3_08d3;
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The 128-bit product of two words, folded.
#[inline]
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ STEP) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

fn hash(text: &[u8]) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let mut state = SEED ^ text.len() as u64;
    for word in words {
        state = mix(u64::from_le_bytes(*word) ^ state, SEED | 1);
    }
    let mut last = [0; 8];
    for (byte, of) in last.iter_mut().zip(rest) {
        *byte = *of;
    }
    mix(u64::from_le_bytes(last) ^ state, SEED | 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_equal_for_equal_values() {
        let mut numbering = Numbering::new();
        let values: Vec<String> =
            (0..5_000).map(|i| if i % 3 == 0 { format!("user-{i}") } else { i.to_string() }).collect();
        for round in 0..2 {
            for (expected, value) in values.iter().enumerate() {
                assert_eq!(numbering.number(Cell::Text(value.as_bytes())), Some(expected as u32), "{round} {value}");
            }
        }
    }

    #[test]
    fn a_value_is_the_same_in_every_type() {
        let mut numbering = Numbering::new();
        assert_eq!(numbering.number(Cell::Text(b"7")), Some(0));
        assert_eq!(numbering.number(Cell::Integer(7)), Some(0));
        assert_eq!(numbering.number(Cell::Float(7.0)), Some(0));
        assert_eq!(numbering.number(Cell::Text(b"07")), Some(1));
        assert_eq!(numbering.number(Cell::Unsigned(u64::MAX)), Some(2));
        assert_eq!(numbering.number(Cell::Text(b"18446744073709551615")), Some(2));
        assert_eq!(numbering.number(Cell::Null), Some(3));
        assert_eq!(numbering.number(Cell::Text(b"")), Some(3));
        assert_eq!(numbering.number(Cell::Float(0.5)), Some(4));
        assert_eq!(numbering.number(Cell::Text(b"0.5")), Some(4));
        assert_eq!(numbering.number(Cell::Other("a list")), None);
    }
}
