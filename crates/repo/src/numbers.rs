//! Numbers of artifacts, by name.
//!
//! Of a large repository there are millions. In a usual table each would have its place twice while the
//! table grows, and half of the places would be empty: here these are four bytes each.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use outcrop_format::hash::HashName;

/// Entries that are together in memory. They are not moved when there are more.
const PIECE: usize = 1 << 12;

/// Numbers of artifacts, by name.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    /// Which entry a name has.
    places: HashTable<u32>,
    entries: Entries,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Entries(Vec<Vec<(HashName, i64)>>);

impl Entries {
    fn get(&self, place: u32) -> Option<&(HashName, i64)> {
        self.0.get(place as usize / PIECE)?.get(place as usize % PIECE)
    }

    fn get_mut(&mut self, place: u32) -> Option<&mut (HashName, i64)> {
        self.0.get_mut(place as usize / PIECE)?.get_mut(place as usize % PIECE)
    }

    fn is(&self, place: u32, name: &HashName) -> bool {
        self.get(place).is_some_and(|(of, _)| of == name)
    }

    fn push(&mut self, entry: (HashName, i64)) {
        match self.0.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(entry),
            // Of a few artifacts nobody needs room for many.
            None => self.0.push(vec![entry]),
            Some(_) => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(entry);
                self.0.push(piece);
            }
        }
    }
}

impl Numbers {
    pub(crate) fn get(&self, name: &HashName) -> Option<i64> {
        let place =
            self.places.find(self.hasher.hash_one(name), |at| self.entries.is(*at, name))?;
        self.entries.get(*place).map(|(_, number)| *number)
    }

    pub(crate) fn insert(&mut self, name: HashName, number: i64) {
        let Self { places, entries, hasher } = self;
        let hash = hasher.hash_one(name);
        if let Some(place) = places.find(hash, |at| entries.is(*at, &name)) {
            if let Some(entry) = entries.get_mut(*place) {
                entry.1 = number;
            }
            return;
        }
        // There is one entry for each place that the table has.
        let again = |at: &u32| entries.get(*at).map_or(0, |(name, _)| hasher.hash_one(name));
        let next = u32::try_from(places.len()).unwrap_or(u32::MAX);
        places.insert_unique(hash, next, again);
        entries.push((name, number));
    }

    /// All numbers, in the order in which they were added.
    pub(crate) fn all(&self) -> impl Iterator<Item = i64> {
        self.entries.0.iter().flatten().map(|(_, number)| *number)
    }
}

impl Extend<(HashName, i64)> for Numbers {
    fn extend<I: IntoIterator<Item = (HashName, i64)>>(&mut self, entries: I) {
        for (name, number) in entries {
            self.insert(name, number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_again() {
        let name = |n: u32| HashName::sha3_of(&n.to_le_bytes());
        let count = 3 * u32::try_from(PIECE).unwrap();
        let mut numbers = Numbers::default();
        numbers.extend((0..count).map(|n| (name(n), i64::from(n))));
        numbers.insert(name(7), 70);
        numbers.insert(name(count), 1);
        assert!((8..count).all(|n| numbers.get(&name(n)) == Some(i64::from(n))));
        assert_eq!((numbers.get(&name(7)), numbers.get(&name(count))), (Some(70), Some(1)));
        assert_eq!(numbers.get(&name(count + 1)), None);
        assert_eq!(numbers.all().count(), count as usize + 1);
    }
}
