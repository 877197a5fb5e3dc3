//! Rows under work: read when they are first asked for, written when all is done.

use std::collections::{BTreeSet, HashMap};

/// Rows by the artifact that they belong to.
///
/// Linking one artifact may touch the rows of another many times. Here they are read once and
/// written once. While tables are filled anew there is nothing to read.
#[derive(Debug)]
pub(super) struct Sheet<T> {
    rows: HashMap<i64, T>,
    /// Whose rows are to be written.
    changed: BTreeSet<i64>,
    /// Whether the table was empty at first.
    fresh: bool,
}

impl<T: Default> Sheet<T> {
    pub(super) fn new(fresh: bool) -> Self {
        Self { rows: HashMap::new(), changed: BTreeSet::new(), fresh }
    }

    /// The rows of an artifact, read if they were not yet.
    pub(super) fn get<E>(&mut self, id: i64, read: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        Ok(self.slot(id, read)?)
    }

    /// The rows of an artifact, to be changed.
    pub(super) fn change<E>(
        &mut self,
        id: i64,
        read: impl FnOnce() -> Result<T, E>,
    ) -> Result<&mut T, E> {
        self.changed.insert(id);
        self.slot(id, read)
    }

    fn slot<E>(&mut self, id: i64, read: impl FnOnce() -> Result<T, E>) -> Result<&mut T, E> {
        use std::collections::hash_map::Entry;
        Ok(match self.rows.entry(id) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(if self.fresh { T::default() } else { read()? }),
        })
    }

    /// Puts the rows of an artifact in place of those it has.
    pub(super) fn put(&mut self, id: i64, rows: T) {
        self.changed.insert(id);
        self.rows.insert(id, rows);
    }

    /// The rows to write, in the order of the artifacts.
    pub(super) fn changed(&self) -> impl Iterator<Item = (i64, &T)> {
        self.changed.iter().filter_map(|id| Some((*id, self.rows.get(id)?)))
    }
}
