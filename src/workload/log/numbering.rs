//! Numbers for keys: small whole numbers as themselves, all others by first appearance.

use std::sync::Arc;

use super::names::Name;

/// Whole numbers below this are their own numbers.
pub(super) const SMALL: u32 = 10_000_000;

/// Other keys that can be numbered: they are held in memory, about 30 bytes each.
pub(super) const MOST: usize = 50_000_000;

/// A slot of the table: a number in the low half, and in the high half bits of its name, so that
/// names are looked at, somewhere else in memory, only where they are likely to be the same.
type Slot = u64;

/// A slot that holds no number.
const FREE: Slot = u64::MAX;

/// The bits that stand in a slot; where to begin looking follows from the other half.
const TAG: u64 = 0xffff_ffff << 32;

/// Numbers given out: an open-addressing table.
pub(super) struct Numbering {
    /// A power of two of them, at most three quarters in use.
    slots: Vec<Slot>,
    names: Vec<Name>,
    most: usize,
}

impl Numbering {
    pub fn new(most: usize) -> Self {
        Self { slots: vec![FREE; 1024], names: Vec::new(), most }
    }

    /// Whether every name so far was a small whole number.
    pub fn all_small(&self) -> bool {
        self.names.is_empty()
    }

    /// The number of a name: itself below [`SMALL`], or from there on. `None` when there are too many.
    #[inline]
    pub fn number(&mut self, name: Name) -> Option<u32> {
        if let Some(small) = name.as_integer().and_then(|integer| u32::try_from(integer).ok())
            && small < SMALL
        {
            return Some(small);
        }
        self.other(name)
    }

    fn other(&mut self, name: Name) -> Option<u32> {
        let hash = name.bits();
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let found = self.slots[slot];
            if found == FREE {
                break;
            }
            if (found ^ hash) & TAG == 0 && self.names[found as u32 as usize] == name {
                return Some(SMALL + found as u32);
            }
            slot = (slot + 1) & mask;
        }
        let number = u32::try_from(self.names.len()).ok().filter(|_| self.names.len() < self.most)?;
        self.slots[slot] = hash & TAG | u64::from(number);
        self.names.push(name);
        if self.names.len() * 4 > self.slots.len() * 3 {
            self.grow();
        }
        Some(SMALL + number)
    }

    fn grow(&mut self) {
        let mut slots = vec![FREE; self.slots.len() * 2];
        let mask = slots.len() - 1;
        for (number, name) in self.names.iter().enumerate() {
            let hash = name.bits();
            let mut slot = hash as usize & mask;
            while slots[slot] != FREE {
                slot = (slot + 1) & mask;
            }
            slots[slot] = hash & TAG | number as u64;
        }
        self.slots = slots;
    }
}

/// The final numbers of keys: their own when all are small, else dense by first appearance in order of arrival.
#[derive(Clone, Debug)]
pub(in crate::workload) enum KeyNumbers {
    /// As they are.
    Own,
    /// New ones.
    Dense(Arc<Renumbering>),
}

impl KeyNumbers {
    /// The final number of a key.
    #[inline]
    pub fn of(&self, key: u32) -> u32 {
        match self {
            Self::Own => key,
            Self::Dense(numbers) => numbers.of(key),
        }
    }
}

/// Numbers keys densely as they come.
#[derive(Debug, Default)]
pub(in crate::workload) struct Renumbering {
    /// New numbers of small keys, and of the others.
    small: Vec<u32>,
    other: Vec<u32>,
    next: u32,
}

/// No number yet.
const NONE: u32 = u32::MAX;

impl Renumbering {
    /// Sees a key in order of arrival.
    #[inline]
    pub fn see(&mut self, key: u32) {
        let (numbers, place) = match key.checked_sub(SMALL) {
            Some(place) => (&mut self.other, place as usize),
            None => (&mut self.small, key as usize),
        };
        if place >= numbers.len() {
            numbers.resize(place + 1, NONE);
        }
        if numbers[place] == NONE {
            numbers[place] = self.next;
            self.next += 1;
        }
    }

    #[inline]
    fn of(&self, key: u32) -> u32 {
        let number = match key.checked_sub(SMALL) {
            Some(place) => self.other.get(place as usize),
            None => self.small.get(key as usize),
        };
        number.copied().unwrap_or(0)
    }

    pub fn finish(self) -> KeyNumbers {
        KeyNumbers::Dense(Arc::new(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tabular::Cell;

    fn name(text: &str) -> Name {
        Name::of(Cell::Text(text.as_bytes())).unwrap()
    }

    #[test]
    fn numbers_are_dense_and_equal_for_equal_names() {
        let mut numbering = Numbering::new(MOST);
        for round in 0..2 {
            for number in 0..5_000_u32 {
                let given = numbering.number(name(&format!("user-{number}")));
                assert_eq!(given, Some(SMALL + number), "{round}");
            }
        }
        assert!(!numbering.all_small());
    }

    #[test]
    fn small_whole_numbers_are_themselves() {
        let mut numbering = Numbering::new(2);
        assert_eq!(numbering.number(name("7")), Some(7));
        assert_eq!(numbering.number(name("9999999")), Some(9_999_999));
        assert!(numbering.all_small());
        assert_eq!(numbering.number(name("-7")), Some(SMALL));
        assert_eq!(numbering.number(name("10000000")), Some(SMALL + 1));
        assert_eq!(numbering.number(name("one too many")), None);
        assert_eq!(numbering.number(name("-7")), Some(SMALL));
    }

    #[test]
    fn keys_are_numbered_anew_in_order_of_arrival() {
        let mut renumbering = Renumbering::default();
        [8, 3, 8, SMALL + 1].into_iter().for_each(|key| renumbering.see(key));
        let numbers = renumbering.finish();
        assert_eq!([8, 3, SMALL + 1].map(|key| numbers.of(key)), [0, 1, 2]);
    }
}
