//! Counts by key for one window: dense pages that appear when a key of theirs does.

const PAGE: usize = 64;

/// Counts by dense key number. Popular keys have small numbers, so that a few pages hold most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyCounts {
    pages: Vec<Option<Box<[u32; PAGE]>>>,
    entries: u64,
}

impl KeyCounts {
    /// Counts a key once more; true when it is the key's first.
    #[inline]
    pub fn add(&mut self, key: u32) -> bool {
        self.add_many(key, 1)
    }

    /// Counts a key `count` times, at least once; true when it is the key's first.
    #[inline]
    pub fn add_many(&mut self, key: u32, count: u32) -> bool {
        let (page, place) = (key as usize / PAGE, key as usize % PAGE);
        if page >= self.pages.len() {
            self.pages.resize(page + 1, None);
        }
        let kept = &mut self.pages[page].get_or_insert_with(|| Box::new([0; PAGE]))[place];
        let first = *kept == 0;
        *kept = kept.saturating_add(count);
        self.entries += u64::from(first);
        first
    }

    /// The count of a key.
    #[must_use]
    pub fn get(&self, key: u32) -> u32 {
        let page = self.pages.get(key as usize / PAGE).and_then(Option::as_ref);
        page.map_or(0, |counts| counts[key as usize % PAGE])
    }

    /// Number of keys with a count.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Each counted key and its count, by key.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.pages.iter().enumerate().filter_map(|(page, counts)| Some((page, counts.as_ref()?))).flat_map(
            |(page, counts)| {
                let keys = (page * PAGE) as u32..;
                keys.zip(counts.iter().copied()).filter(|(_, count)| *count > 0)
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_kept_by_key() {
        let mut counts = KeyCounts::default();
        assert!(counts.add(5) && !counts.add(5) && counts.add(700));
        assert_eq!((counts.get(5), counts.get(700), counts.get(6), counts.get(1_000_000)), (2, 1, 0, 0));
        assert_eq!(counts.iter().collect::<Vec<_>>(), [(5, 2), (700, 1)]);
        assert_eq!(counts.entries(), 2);
    }
}
