//! The tags of one artifact.

use crate::maps::Map;
use crate::tx::derived::TagRow;
use crate::tx::{DatabaseError, ReadTx};

/// Up to so many are gone through one by one.
const FEW: usize = 16;

/// Tags in the order in which an artifact got them, which is that of their rows. It may have very many:
/// then they are found by their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct TagRows {
    rows: Vec<TagRow>,
    /// Where each stands, if there are more than [`FEW`].
    places: Map<i64, usize>,
}

impl TagRows {
    /// Those in the file.
    pub(super) fn read(tx: &ReadTx, rid: i64) -> Result<Self, DatabaseError> {
        Ok(tx.tag_rows(rid)?.into())
    }

    pub(super) fn get(&self, tag: i64) -> Option<&TagRow> {
        self.rows.get(self.place(tag)?)
    }

    /// Puts a tag in the place of that of the same number, or at the end.
    pub(super) fn set(&mut self, row: TagRow) {
        let place = self.place(row.tag);
        if let Some(old) = place.and_then(|place| self.rows.get_mut(place)) {
            *old = row;
        } else if self.rows.len() > FEW {
            self.places.insert(row.tag, self.rows.len());
            self.rows.push(row);
        } else {
            self.rows.push(row);
            self.find_places();
        }
    }

    pub(super) fn remove(&mut self, tag: i64) {
        self.rows.retain(|row| row.tag != tag);
        self.find_places();
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &TagRow> {
        self.rows.iter()
    }

    fn place(&self, tag: i64) -> Option<usize> {
        if self.rows.len() > FEW {
            return self.places.get(&tag).copied();
        }
        self.rows.iter().position(|row| row.tag == tag)
    }

    fn find_places(&mut self) {
        self.places.clear();
        if self.rows.len() > FEW {
            let places = self.rows.iter().enumerate();
            self.places.extend(places.map(|(place, row)| (row.tag, place)));
        }
    }
}

impl From<Vec<TagRow>> for TagRows {
    fn from(rows: Vec<TagRow>) -> Self {
        let mut found = Self { rows, places: Map::default() };
        found.find_places();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tx::derived::TagKind;

    fn row(tag: i64, mtime: f64) -> TagRow {
        let (source, origin, value) = (1, 1, None);
        TagRow { tag, kind: TagKind::Single, source, origin, value, mtime }
    }

    #[test]
    fn tags_keep_their_order_however_many_there_are() {
        for count in [3, FEW, FEW + 1, 5 * FEW] {
            let count = i64::try_from(count).unwrap();
            let mut rows = TagRows::default();
            for tag in (0..count).rev() {
                rows.set(row(tag, 0.5));
            }
            rows.set(row(1, 2.5));
            let numbers = |rows: &TagRows| rows.iter().map(|row| row.tag).collect::<Vec<_>>();
            assert_eq!(numbers(&rows), (0..count).rev().collect::<Vec<_>>());
            assert!(rows.get(1) == Some(&row(1, 2.5)) && rows.get(count).is_none());
            rows.remove(1);
            let again = TagRows::from(rows.iter().cloned().collect::<Vec<_>>());
            for rows in [&rows, &again] {
                assert_eq!(rows.get(1), None);
                assert_eq!(rows.get(0), Some(&row(0, 0.5)));
                assert_eq!(numbers(rows).last(), Some(&0));
            }
        }
    }
}
