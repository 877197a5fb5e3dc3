//! What check-ins change, found before they are linked.

use std::cell::Cell;
use std::hash::Hash;

use outcrop_format::hash::HashName;

use super::LinkError;
use super::changes::mode_number;
use super::files::Change;
use super::linker::Linker;
use crate::artifact::FileMode;
use crate::maps::Map;
use crate::numbers::{MARK, Numbers};
use crate::pieces::{Pieces, Place};
use crate::tx::derived::ChangeRow;

/// A change that a worker tells.
#[derive(Debug)]
pub(super) struct OwnedChange {
    name: Box<[u8]>,
    old_name: Option<Box<[u8]>>,
    before: Option<HashName>,
    content: Option<HashName>,
    mode: FileMode,
}

impl From<&Change<'_>> for OwnedChange {
    fn from(change: &Change<'_>) -> Self {
        Self {
            name: change.name.into(),
            old_name: change.old_name.map(Box::from),
            before: change.before,
            content: change.content,
            mode: change.mode,
        }
    }
}

impl OwnedChange {
    pub(super) fn borrowed(&self) -> Change<'_> {
        Change {
            name: &self.name,
            old_name: self.old_name.as_deref(),
            before: self.before,
            content: self.content,
            mode: self.mode,
        }
    }
}

/// The same, small: names are told by their places in lists, and artifacts by their numbers, if these
/// are known, or by places that are marked. 0 stands for none.
#[derive(Debug, Clone, Copy)]
struct SmallChange {
    name: u32,
    old_name: u32,
    before: u32,
    content: u32,
    mode: FileMode,
}

/// What check-ins change, as far as it is found. There may be millions of changes.
#[derive(Debug)]
pub(super) struct Ready {
    file_names: Interned<Box<[u8]>>,
    /// Artifacts whose number was not known.
    others: Interned<HashName>,
    changes: Pieces<SmallChange>,
    /// In the order of the check-ins, once all are here.
    lists: Vec<List>,
}

/// Changes that are together in memory.
const PIECE: usize = 1 << 14;

/// What a check-in changes, seen from a parent, or all its files.
#[derive(Debug, Clone, Copy)]
struct List {
    check_in: i64,
    /// As artifacts are told in changes; 0 if the check-in has no parent.
    parent: u32,
    changes: Place,
}

impl Default for Ready {
    fn default() -> Self {
        let (file_names, others) = (Interned::default(), Interned::default());
        Self { file_names, others, changes: Pieces::of(PIECE), lists: Vec::new() }
    }
}

impl Ready {
    /// Takes down what differs from a parent, or all files of a check-in without parents. `known` are
    /// numbers of artifacts.
    pub(super) fn add(
        &mut self,
        check_in: i64,
        parent: Option<&HashName>,
        changes: &[OwnedChange],
        known: &Numbers,
    ) {
        let Self { file_names: names, others, changes: pieces, lists } = self;
        let mut artifact =
            |name: Option<&HashName>| match (name, name.and_then(|name| known.unmarked(name))) {
                (None, _) => 0,
                (_, Some(number)) => number,
                (name, None) => MARK | others.place(name),
            };
        let parent = artifact(parent);
        let changes = pieces.add(changes.iter().map(|change| SmallChange {
            name: names.place(Some(&change.name)),
            old_name: names.place(change.old_name.as_ref()),
            before: artifact(change.before.as_ref()),
            content: artifact(change.content.as_ref()),
            mode: change.mode,
        }));
        lists.push(List { check_in, parent, changes });
    }

    /// All are here.
    pub(super) fn settle(&mut self) {
        self.lists.sort_by_key(|list| list.check_in);
    }

    /// The rows for a parent, or for none, which is 0; `None` if they were not found.
    pub(super) fn rows(
        &self,
        linker: &mut Linker<'_>,
        check_in: i64,
        parent: i64,
    ) -> Result<Option<Vec<ChangeRow>>, LinkError> {
        let first = self.lists.partition_point(|list| list.check_in < check_in);
        let lists = self.lists.get(first..).unwrap_or_default();
        for list in lists.iter().take_while(|list| list.check_in == check_in) {
            if self.artifact(linker, list.parent)? == parent {
                let changes = self.changes.get(list.changes).iter();
                let rows: Result<Vec<_>, _> =
                    changes.map(|change| self.row(linker, change)).collect();
                return rows.map(Some);
            }
        }
        Ok(None)
    }

    fn artifact(&self, linker: &mut Linker<'_>, told: u32) -> Result<i64, LinkError> {
        match told & MARK {
            0 => Ok(i64::from(told)),
            _ => self.others.number(told & !MARK, |name| linker.number(name)),
        }
    }

    /// A change as a row, but for the parent that it is seen from. The same order of looking numbers
    /// up as in [`Linker::change_row`] gives the same numbers to what is new.
    fn row(&self, linker: &mut Linker<'_>, change: &SmallChange) -> Result<ChangeRow, LinkError> {
        let content = self.artifact(linker, change.content)?;
        let before = self.artifact(linker, change.before)?;
        let mut file = |place| self.file_names.number(place, |name| linker.file_number(name));
        let (name, old_name) = (file(change.name)?, file(change.old_name)?);
        let mode = mode_number(change.mode);
        Ok(ChangeRow { parent: 0, content, before, name, old_name, mode, aside: false })
    }
}

/// Values that are told by their places.
#[derive(Debug)]
struct Interned<T> {
    places: Map<T, u32>,
    values: Vec<Value<T>>,
}

#[derive(Debug)]
struct Value<T> {
    value: T,
    /// Its number in the tables, once that was looked up; 0 before.
    number: Cell<i64>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self { places: Map::default(), values: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Interned<T> {
    /// The place of a value, counted from 1.
    fn place(&mut self, value: Option<&T>) -> u32 {
        let Some(value) = value else { return 0 };
        if let Some(place) = self.places.get(value) {
            return *place;
        }
        self.values.push(Value { value: value.clone(), number: Cell::new(0) });
        let place = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.places.insert(value.clone(), place);
        place
    }

    /// The number of the value at a place, looked up once if there is one; 0 for no place.
    fn number(
        &self,
        place: u32,
        look_up: impl FnOnce(&T) -> Result<i64, LinkError>,
    ) -> Result<i64, LinkError> {
        let value = (place as usize).checked_sub(1).and_then(|at| self.values.get(at));
        let Some(Value { value, number }) = value else { return Ok(0) };
        if number.get() == 0 {
            number.set(look_up(value)?);
        }
        Ok(number.get())
    }
}

impl Linker<'_> {
    /// A change as a row, but for the parent that it is seen from.
    pub(super) fn change_row(&mut self, change: &Change<'_>) -> Result<ChangeRow, LinkError> {
        Ok(ChangeRow {
            parent: 0,
            content: self.content_number(change.content.as_ref())?,
            before: self.content_number(change.before.as_ref())?,
            name: self.file_number(change.name)?,
            old_name: match change.old_name {
                Some(name) => self.file_number(name)?,
                None => 0,
            },
            mode: mode_number(change.mode),
            aside: false,
        })
    }

    fn content_number(&mut self, name: Option<&HashName>) -> Result<i64, LinkError> {
        name.map_or(Ok(0), |name| self.number(name))
    }

    fn file_number(&mut self, name: &[u8]) -> Result<i64, LinkError> {
        if let Some(number) = self.file_numbers.get(name) {
            return Ok(*number);
        }
        let known = if self.fresh { None } else { self.tx.file_number(name)? };
        let number = match known {
            Some(number) => number,
            None => self.tx.add_file_name(name)?,
        };
        self.file_numbers.insert(name.to_vec(), number);
        Ok(number)
    }
}
