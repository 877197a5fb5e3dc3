//! The tags of one artifact.

use std::rc::Rc;

use crate::maps::Map;
use crate::tx::derived::{TagKind, TagRow};
use crate::tx::{DatabaseError, ReadTx};

/// Up to so many are gone through one by one.
const FEW: usize = 16;

/// Tags in the order in which an artifact got them, which is that of their rows. Most versions have those
/// of the one before: they share them.
#[derive(Debug, Clone, Default)]
pub(super) struct TagRows(Option<Rc<Rows>>);

/// An artifact may have very many tags: then they are found by their numbers.
#[derive(Debug, Clone, Default)]
struct Rows {
    rows: Vec<TagRow>,
    /// Where each stands, if there are more than [`FEW`].
    places: Map<i64, usize>,
}

impl TagRows {
    /// Those in the file.
    pub(super) fn read(tx: &ReadTx, rid: i64) -> Result<Self, DatabaseError> {
        Ok(tx.tag_rows(rid)?.into())
    }

    /// What a version inherits that has no tags of its own.
    pub(super) fn inherited(&self) -> Self {
        if self.iter().all(|row| row.kind == TagKind::Propagating && row.source == 0) {
            return self.clone();
        }
        let propagating = self.iter().filter(|row| row.kind == TagKind::Propagating);
        propagating.map(|row| TagRow { source: 0, ..row.clone() }).collect::<Vec<_>>().into()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|rows| rows.rows.is_empty())
    }

    pub(super) fn get(&self, tag: i64) -> Option<&TagRow> {
        let rows = self.0.as_ref()?;
        rows.rows.get(rows.place(tag)?)
    }

    /// Puts a tag in the place of that of the same number, or at the end.
    pub(super) fn set(&mut self, row: TagRow) {
        Rc::make_mut(self.0.get_or_insert_default()).set(row);
    }

    pub(super) fn remove(&mut self, tag: i64) {
        let Some(rows) = &mut self.0 else { return };
        let rows = Rc::make_mut(rows);
        rows.rows.retain(|row| row.tag != tag);
        rows.find_places();
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &TagRow> {
        self.0.iter().flat_map(|rows| &rows.rows)
    }
}

impl Rows {
    fn set(&mut self, row: TagRow) {
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
        if rows.is_empty() {
            return Self::default();
        }
        let mut found = Rows { rows, places: Map::default() };
        found.find_places();
        Self(Some(Rc::new(found)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_is_inherited_is_shared_until_it_changes() {
        let mut first = TagRows::default();
        assert!(first.is_empty() && first.inherited().is_empty());
        first.set(row(1, 0.5));
        assert!(first.inherited().is_empty(), "a single tag is not inherited");
        first.set(TagRow { kind: TagKind::Propagating, ..row(2, 0.5) });
        let second = first.inherited();
        let inherited = TagRow { kind: TagKind::Propagating, source: 0, ..row(2, 0.5) };
        assert!(second.iter().eq([&inherited]));
        let mut third = second.inherited();
        let shared = |a: &TagRows, b: &TagRows| {
            a.0.as_ref().zip(b.0.as_ref()).is_some_and(|(a, b)| Rc::ptr_eq(a, b))
        };
        assert!(shared(&second, &third));
        third.remove(2);
        assert!(third.is_empty() && second.get(2) == Some(&inherited));
    }
}
