//! Numbers of artifacts, by name.
//!
//! Of a large repository there are millions, and each is looked up several times. So a place in the table is
//! no larger than it must be to tell two names apart, and all that one look needs is in it.

use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashTable;
use outcrop_format::hash::HashName;

use crate::maps::Map;

/// Numbers of artifacts, by name.
///
/// Of each name there are 96 bits: a hash of it by a key that nobody knows, and some of its own. That two
/// of a million names are taken for one another happens in one of 10^16 such tables.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    places: HashTable<Place>,
    key: RandomState,
    /// Numbers that do not fit into a place.
    large: Map<HashName, i64>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    /// In bytes, since numbers of 64 bits would be parted by gaps.
    hash: [u8; 8],
    part: [u8; 4],
    number: u32,
}

/// Set where something else stands in place of a number.
pub(crate) const MARK: u32 = 1 << 31;

/// What stands in place of a number that does not fit.
const LARGE: u32 = u32::MAX;

impl Place {
    fn hash(self) -> u64 {
        u64::from_ne_bytes(self.hash)
    }

    fn is_of(self, other: Self) -> bool {
        self.hash == other.hash && self.part == other.part
    }
}

impl Numbers {
    /// The place for a name, without its number.
    fn blank(&self, name: &HashName) -> Place {
        let digest = name.as_bytes();
        let hash = self.key.hash_one(digest).to_ne_bytes();
        Place { hash, part: digest.first_chunk().copied().unwrap_or_default(), number: 0 }
    }

    pub(crate) fn get(&self, name: &HashName) -> Option<i64> {
        let blank = self.blank(name);
        match self.places.find(blank.hash(), |place| place.is_of(blank))?.number {
            LARGE => self.large.get(name).copied(),
            number => Some(i64::from(number)),
        }
    }

    /// The number, if it is known and below [`MARK`].
    pub(crate) fn unmarked(&self, name: &HashName) -> Option<u32> {
        self.get(name).and_then(|number| u32::try_from(number).ok()).filter(|number| *number < MARK)
    }

    pub(crate) fn insert(&mut self, name: HashName, number: i64) {
        let small = u32::try_from(number).unwrap_or(LARGE);
        if small == LARGE {
            self.large.insert(name, number);
        }
        let place = Place { number: small, ..self.blank(&name) };
        match self.places.find_mut(place.hash(), |other| other.is_of(place)) {
            Some(found) => *found = place,
            None => drop(self.places.insert_unique(place.hash(), place, |place| place.hash())),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// All numbers, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = i64> {
        let small = self.places.iter().map(|place| place.number).filter(|number| *number != LARGE);
        small.map(i64::from).chain(self.large.values().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_again() {
        let name = |n: u32| HashName::sha3_of(&n.to_le_bytes());
        let mut numbers = Numbers::default();
        for n in 0..10_000 {
            numbers.insert(name(n), i64::from(n));
        }
        let far = i64::from(u32::MAX);
        for (n, number) in [(7, 70), (20_000, far - 1), (20_001, far), (20_002, i64::MAX)] {
            numbers.insert(name(n), number);
            assert_eq!(numbers.get(&name(n)), Some(number));
            assert_eq!(numbers.unmarked(&name(n)), (n == 7).then_some(70));
        }
        assert!((8..10_000).all(|n| numbers.get(&name(n)) == Some(i64::from(n))));
        assert_eq!((numbers.get(&name(10_000)), numbers.len()), (None, 10_003));
        let mut all: Vec<_> = numbers.all().collect();
        all.sort_unstable();
        assert_eq!((all.len(), all.last()), (10_003, Some(&i64::MAX)));
    }
}
