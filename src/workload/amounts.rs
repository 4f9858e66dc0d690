//! What a window publishes where that is no count: sums of bytes, numbers of distinct users.

use std::collections::{BTreeMap, BTreeSet};

use crate::scenario::Aggregate;

/// What an aggregate looks at in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Key.
    pub key: u32,
    /// Payload bytes.
    pub bytes: u32,
    /// Who did it; the key, where users are not modelled.
    pub user: u32,
}

/// Values of a window, as a whole or by key. Values add up; what decides whether a user is new stands beside
/// them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    whole: u64,
    by_key: Option<BTreeMap<u32, u64>>,
    /// Key (0 when there is one value for all) and user of the rows so far, if users are counted.
    users: Option<BTreeSet<(u32, u32)>>,
}

impl Amounts {
    /// Nothing yet; `None` for a count, which needs no more than the rows.
    #[must_use]
    pub fn of(aggregate: Aggregate, by_key: bool) -> Option<Box<Self>> {
        let users = match aggregate {
            Aggregate::Count => return None,
            Aggregate::SumBytes => None,
            Aggregate::DistinctUsers => Some(BTreeSet::new()),
        };
        Some(Box::new(Self { whole: 0, by_key: by_key.then(BTreeMap::new), users }))
    }

    /// Takes a row; gives by how much the value grows.
    #[inline]
    pub fn add(&mut self, item: Item) -> u64 {
        let grows = match &mut self.users {
            None => u64::from(item.bytes),
            Some(users) => {
                let key = if self.by_key.is_some() { item.key } else { 0 };
                u64::from(users.insert((key, item.user)))
            }
        };
        self.grow(item.key, grows);
        grows
    }

    /// Adds to the value of a key.
    pub fn grow(&mut self, key: u32, by: u64) {
        self.whole = self.whole.saturating_add(by);
        if let Some(by_key) = &mut self.by_key {
            let value = by_key.entry(key).or_insert(0);
            *value = value.saturating_add(by);
        }
    }

    /// Adds the values of another, as a reader who adds them up.
    pub fn add_up(&mut self, other: &Self) {
        self.whole = self.whole.saturating_add(other.whole);
        if let (Some(mine), Some(others)) = (&mut self.by_key, &other.by_key) {
            for (key, value) in others {
                let kept = mine.entry(*key).or_insert(0);
                *kept = kept.saturating_add(*value);
            }
        }
    }

    /// Takes over all rows of another: a user of both counts once.
    pub fn merge(&mut self, other: &Self) {
        let Some(users) = &other.users else {
            self.add_up(other);
            return;
        };
        for (key, user) in users {
            self.add(Item { key: *key, bytes: 0, user: *user });
        }
    }

    /// The same for users; gives by how much the values have grown.
    #[must_use]
    pub fn merge_new(&mut self, other: &Self) -> Self {
        let mut grown = Self { by_key: self.by_key.as_ref().map(|_| BTreeMap::new()), ..Self::default() };
        for (key, user) in other.users.iter().flatten() {
            let by = self.add(Item { key: *key, bytes: 0, user: *user });
            grown.grow(*key, by);
        }
        grown
    }

    /// The value of a key, or of the whole.
    #[must_use]
    pub fn get(&self, key: Option<u32>) -> u64 {
        match (key, &self.by_key) {
            (Some(key), Some(by_key)) => by_key.get(&key).copied().unwrap_or(0),
            (Some(_), None) => 0,
            (None, _) => self.whole,
        }
    }

    /// Users remembered: entries of a set in a state store.
    #[inline]
    #[must_use]
    pub fn users(&self) -> u64 {
        self.users.as_ref().map_or(0, |users| users.len() as u64)
    }

    /// The values alone: no row is to come.
    pub fn close(&mut self) {
        self.users = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(key: u32, bytes: u32, user: u32) -> Item {
        Item { key, bytes, user }
    }

    #[test]
    fn a_user_counts_once_and_bytes_add_up() {
        let rows = [item(1, 10, 7), item(1, 10, 7), item(2, 5, 7), item(2, u32::MAX, 8)];
        let mut sums = Amounts::of(Aggregate::SumBytes, true).unwrap();
        let mut users = Amounts::of(Aggregate::DistinctUsers, true).unwrap();
        let mut global = Amounts::of(Aggregate::DistinctUsers, false).unwrap();
        for row in rows {
            sums.add(row);
            users.add(row);
            global.add(row);
        }
        assert_eq!([1, 2, 3].map(|key| sums.get(Some(key))), [20, 4_294_967_300, 0]);
        assert_eq!([1, 2, 3].map(|key| users.get(Some(key))), [1, 2, 0]);
        assert_eq!((global.get(None), global.users(), users.users(), sums.users()), (2, 2, 3, 0));
        assert!(Amounts::of(Aggregate::Count, true).is_none());
    }

    #[test]
    fn merged_users_count_once_and_added_ones_do_not() {
        let of = |rows: &[Item]| {
            let mut users = *Amounts::of(Aggregate::DistinctUsers, false).unwrap();
            rows.iter().for_each(|row| assert!(users.add(*row) <= 1));
            users
        };
        let (one, other) = (of(&[item(1, 0, 7), item(1, 0, 8)]), of(&[item(9, 0, 8), item(9, 0, 9)]));
        let mut merged = one.clone();
        assert_eq!((merged.merge_new(&other).get(None), merged.get(None)), (1, 3));
        let mut merged = one.clone();
        merged.merge(&other);
        assert_eq!((merged.get(None), merged.users()), (3, 3));
        let mut added = one;
        added.add_up(&other);
        assert_eq!(added.get(None), 4);
    }
}
