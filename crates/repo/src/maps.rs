//! Tables that are looked up millions of times while a whole repository is gone over.
//!
//! Their hash is faster than the usual one of the standard library. It is seeded at random too, so that
//! nobody can prepare names that fall into one place.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

/// A table that is looked up very often.
pub(crate) type Map<K, V> = HashMap<K, V, RandomState>;

/// A set that is looked up very often.
pub(crate) type Set<K> = HashSet<K, RandomState>;

/// Numbers of rows. As long as most of them stand close together, each takes a bit.
#[derive(Debug, Default)]
pub(crate) struct RowSet(Map<i64, u64>);

impl RowSet {
    pub(crate) fn insert(&mut self, number: i64) {
        *self.0.entry(number.div_euclid(64)).or_default() |= 1 << number.rem_euclid(64);
    }

    pub(crate) fn contains(&self, number: i64) -> bool {
        let bits = self.0.get(&number.div_euclid(64)).copied().unwrap_or_default();
        bits >> number.rem_euclid(64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_from_their_neighbours() {
        let mut rows = RowSet::default();
        let numbers = [i64::MIN, -65, -1, 0, 63, 64, 200, i64::MAX];
        for number in numbers.into_iter().chain([64]) {
            rows.insert(number);
        }
        for number in numbers {
            assert!(rows.contains(number), "{number}");
            let next = number.wrapping_add(1);
            assert_eq!(rows.contains(next), numbers.contains(&next), "{next}");
        }
    }
}
