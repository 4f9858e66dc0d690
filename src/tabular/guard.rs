//! What stands between a corrupt Parquet file and a decoder that trusts it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// Nesting in a footer: the format needs about 8.
const DEEPEST: usize = 32;

/// Walks a footer in Thrift's compact protocol without decoding it: every length lies inside it, and
/// nothing nests deeper than it should. A decoder may then allocate by those lengths.
pub(super) fn check_footer(footer: &[u8]) -> Result<(), &'static str> {
    Walk { rest: footer }.structure(0)
}

/// What the header of a dictionary page claims.
pub(super) struct Dictionary {
    /// Bytes when decompressed.
    pub bytes: u64,
    /// Number of values.
    pub values: u64,
}

/// Reads the first page header of a column chunk: `None` when the page is no dictionary.
pub(super) fn dictionary(chunk: &[u8]) -> Result<Option<Dictionary>, &'static str> {
    let mut walk = Walk { rest: chunk };
    let mut claims = Dictionary { bytes: 0, values: 0 };
    let mut id = 0;
    while let Some(of) = walk.field(&mut id)? {
        match (id, of) {
            // The page's type: 2 is a dictionary, written zigzag as 4.
            (1, 5) if walk.varint()? != 4 => return Ok(None),
            (1, 5) => {}
            (2, 5) => claims.bytes = walk.varint()? >> 1,
            (7, 12) => {
                let mut inner = 0;
                while let Some(of) = walk.field(&mut inner)? {
                    match (inner, of) {
                        (1, 5) => claims.values = walk.varint()? >> 1,
                        (_, 1 | 2) => {}
                        _ => walk.value(of, 1)?,
                    }
                }
            }
            (_, 1 | 2) => {}
            _ => walk.value(of, 0)?,
        }
    }
    Ok(Some(claims))
}

struct Walk<'a> {
    rest: &'a [u8],
}

const CUT: &str = "a length points outside of it";

impl Walk<'_> {
    fn byte(&mut self) -> Result<u8, &'static str> {
        let (first, rest) = self.rest.split_first().ok_or(CUT)?;
        self.rest = rest;
        Ok(*first)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), &'static str> {
        self.rest = usize::try_from(bytes).ok().and_then(|bytes| self.rest.get(bytes..)).ok_or(CUT)?;
        Ok(())
    }

    fn varint(&mut self) -> Result<u64, &'static str> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("a number is too long")
    }

    fn structure(&mut self, depth: usize) -> Result<(), &'static str> {
        if depth > DEEPEST {
            return Err("it nests too deep");
        }
        let mut id = 0;
        while let Some(of) = self.field(&mut id)? {
            match of {
                // A boolean field carries its value in its header.
                1 | 2 => {}
                _ => self.value(of, depth)?,
            }
        }
        Ok(())
    }

    /// The next field's type, and its number in `id`; `None` at the end of the structure.
    fn field(&mut self, id: &mut u64) -> Result<Option<u8>, &'static str> {
        let header = self.byte()?;
        if header == 0 {
            return Ok(None);
        }
        *id = match header >> 4 {
            0 => self.varint()? >> 1,
            step => id.wrapping_add(u64::from(step)),
        };
        Ok(Some(header & 0x0f))
    }

    fn value(&mut self, of: u8, depth: usize) -> Result<(), &'static str> {
        match of {
            1..=3 => self.skip(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(length)
            }
            9 | 10 => self.list(depth),
            12 => self.structure(depth + 1),
            _ => Err("it has a type that the format does not use"),
        }
    }

    fn list(&mut self, depth: usize) -> Result<(), &'static str> {
        if depth > DEEPEST {
            return Err("it nests too deep");
        }
        let header = self.byte()?;
        let length = match header >> 4 {
            15 => self.varint()?,
            short => u64::from(short),
        };
        if length > self.rest.len() as u64 {
            return Err(CUT);
        }
        for _ in 0..length {
            self.value(header & 0x0f, depth + 1)?;
        }
        Ok(())
    }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder and turns its panic into what it said, without the panic being printed.
pub(super) fn quietly<T>(decoder: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                before(panic);
            }
        }));
    });
    QUIET.set(true);
    // What the decoder borrows is dropped by the caller on a panic, never used again.
    let outcome = catch_unwind(AssertUnwindSafe(decoder));
    QUIET.set(false);
    outcome.map_err(|panic| {
        let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "the decoder gave up".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(quietly(|| 7), Ok(7));
        assert_eq!(quietly(|| -> u8 { panic!("no page {}", 3) }), Err("no page 3".to_owned()));
    }

    #[test]
    fn lengths_and_depth_of_a_footer_are_bounded() {
        // Field 1, a list of one structure that is empty; then the end.
        assert_eq!(check_footer(&[0x19, 0x1c, 0x00, 0x00]), Ok(()));
        // The same list, said to hold 2^28 structures.
        assert_eq!(check_footer(&[0x19, 0xfc, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00]), Err(CUT));
        // A text of 100 bytes where two are left.
        assert_eq!(check_footer(&[0x18, 100, 0, 0]), Err(CUT));
        assert_eq!(check_footer(&[0x1c; 100]), Err("it nests too deep"));
        assert_eq!(check_footer(&[]), Err(CUT));
    }
}
