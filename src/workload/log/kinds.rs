//! Numbers for event types.

use std::collections::HashMap;

use crate::tabular::Cell;

use super::names::Name;
use super::values;

/// Event types told apart; further ones count as one more.
const MOST_KINDS: usize = 255;

/// Characters kept of the name of an event type.
const KIND_LENGTH: usize = 100;

/// Event types by number.
#[derive(Default)]
pub(super) struct Kinds {
    numbers: HashMap<u128, u8>,
    /// The types, by number.
    pub names: Vec<String>,
    /// The last one: types come in runs.
    last: Option<(Name, u8)>,
}

impl Kinds {
    /// The number of a type.
    #[inline]
    pub fn number(&mut self, name: Name, cell: Cell<'_>) -> u8 {
        match self.last {
            Some((last, number)) if last == name => number,
            _ => self.look_up(name, cell),
        }
    }

    fn look_up(&mut self, name: Name, cell: Cell<'_>) -> u8 {
        let next = self.names.len();
        let number = *self.numbers.entry(name.0).or_insert_with(|| {
            if next < MOST_KINDS {
                self.names.push(values::text(cell).chars().take(KIND_LENGTH).collect());
                next as u8
            } else {
                MOST_KINDS as u8
            }
        });
        // The table stays as small as the list.
        if usize::from(number) == MOST_KINDS {
            self.numbers.remove(&name.0);
            if self.names.len() == MOST_KINDS {
                self.names.push("other".to_owned());
            }
        }
        self.last = Some((name, number));
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_beyond_the_list_are_one() {
        let mut kinds = Kinds::default();
        let given: Vec<u8> = (0..600)
            .map(|row| {
                let text = format!("type {}", row % 300);
                let cell = Cell::Text(text.as_bytes());
                kinds.number(Name::of(cell).unwrap(), cell)
            })
            .collect();
        assert_eq!([0, 254, 255, 299, 301, 599].map(|row: usize| given[row]), [0, 254, 255, 255, 1, 255]);
        assert_eq!(
            (kinds.names.len(), kinds.names[254].as_str(), kinds.names[255].as_str()),
            (256, "type 254", "other")
        );
    }
}
