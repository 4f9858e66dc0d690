//! Many short lists that grow by chunks of a common pool.
//!
//! A buffer of its own for each would be moved whenever it grows, and half of it would be empty.

/// Values of a chunk.
const CHUNK: usize = 32;

/// Lists by number.
#[derive(Clone, Debug)]
pub(super) struct Lists<V> {
    ends: Vec<Ends>,
    chunks: Vec<Chunk<V>>,
    free: Vec<u32>,
}

/// The first and the last chunk of a list, by their places from 1 on; 0 for an empty list.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    first: u32,
    last: u32,
}

#[derive(Clone, Debug)]
struct Chunk<V> {
    values: Vec<V>,
    /// Place of the next one of its list, from 1 on.
    next: u32,
}

impl<V: Clone> Lists<V> {
    /// Empty lists.
    pub fn new(count: usize) -> Self {
        Self { ends: vec![Ends::default(); count], chunks: Vec::new(), free: Vec::new() }
    }

    /// Appends to a list.
    #[inline]
    pub fn push(&mut self, list: usize, value: V) {
        let last = self.ends[list].last;
        let open = last.checked_sub(1).and_then(|place| self.chunks.get_mut(place as usize));
        match open.filter(|chunk| chunk.values.len() < CHUNK) {
            Some(chunk) => chunk.values.push(value),
            None => self.append(list, value),
        }
    }

    /// Appends a chunk to a list.
    #[cold]
    fn append(&mut self, list: usize, value: V) {
        let place = self.free.pop().unwrap_or_else(|| {
            self.chunks.push(Chunk { values: Vec::with_capacity(CHUNK), next: 0 });
            self.chunks.len() as u32
        });
        let chunk = &mut self.chunks[place as usize - 1];
        (chunk.next, _) = (0, chunk.values.push(value));
        match std::mem::replace(&mut self.ends[list].last, place) {
            0 => self.ends[list].first = place,
            before => self.chunks[before as usize - 1].next = place,
        }
    }

    /// Empties a list, from its first value to its last; `touch` reads something of a value.
    pub fn take<F: Fn(&V) -> u64>(&mut self, list: usize, touch: F) -> Taken<'_, V, F> {
        let place = std::mem::take(&mut self.ends[list]).first;
        Taken { lists: self, place, row: 0, touch }
    }
}

/// The values of a list, which is empty already.
pub(super) struct Taken<'a, V, F> {
    lists: &'a mut Lists<V>,
    place: u32,
    row: usize,
    touch: F,
}

impl<V: Clone, F: Fn(&V) -> u64> Iterator for Taken<'_, V, F> {
    type Item = V;

    #[inline]
    fn next(&mut self) -> Option<V> {
        let chunk = self.lists.chunks.get_mut(self.place.checked_sub(1)? as usize)?;
        if self.row == 0 {
            // It was written long ago: the processor fetches all of it at once, instead of line after line.
            let touched = chunk.values.iter().fold(0, |all, value| all ^ (self.touch)(value));
            std::hint::black_box(touched);
        }
        // A copy as a rule: nothing need be written back.
        let value = chunk.values.get(self.row)?.clone();
        self.row += 1;
        if self.row == chunk.values.len() {
            chunk.values.clear();
            self.lists.free.push(self.place);
            (self.place, self.row) = (chunk.next, 0);
        }
        Some(value)
    }
}

impl<V, F> Drop for Taken<'_, V, F> {
    /// What nobody asked for goes, too.
    fn drop(&mut self) {
        while let Some(chunk) = self.place.checked_sub(1).and_then(|place| self.lists.chunks.get_mut(place as usize)) {
            chunk.values.clear();
            self.lists.free.push(self.place);
            self.place = chunk.next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Substream;

    #[test]
    fn lists_are_what_vectors_are() {
        let mut stream = Substream::new(6, 0, "test");
        let (mut lists, mut vectors) = (Lists::new(9), vec![Vec::new(); 9]);
        for value in 0..20_000 {
            let list = (stream.bits() % 9) as usize;
            // Long ones and short ones.
            if stream.bits().is_multiple_of(30 + 40 * list as u64) {
                let most = if value % 3 == 0 { 20 } else { usize::MAX };
                let mut want = std::mem::take(&mut vectors[list]);
                want.truncate(most);
                assert_eq!(lists.take(list, |value| *value).take(most).collect::<Vec<_>>(), want);
                assert_eq!(lists.take(list, |value| *value).next(), None);
            } else {
                lists.push(list, value);
                vectors[list].push(value);
            }
        }
        let most = lists.chunks.len();
        assert!(vectors.iter().any(|vector| vector.len() > CHUNK));
        assert!(most * CHUNK < 4_000, "chunks are used again: {most}");
    }
}
