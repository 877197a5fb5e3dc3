//! Rows under work: read when they are first asked for, written when all is done, or when there are many.

use crate::maps::Map;

/// Rows by the artifact that they belong to.
///
/// Linking one artifact may touch the rows of another many times. Here they are read once and
/// written once. While tables are filled anew there is nothing to read.
#[derive(Debug)]
pub(super) struct Sheet<T> {
    rows: Map<i64, T>,
    /// Whose rows are to be written, in the order in which they were changed; some more than once.
    changed: Vec<i64>,
    /// Whether the table was empty at first.
    fresh: bool,
    /// Up to this artifact there may be rows in the file.
    written: i64,
}

impl<T: Default> Sheet<T> {
    pub(super) fn new(fresh: bool) -> Self {
        Self { rows: Map::default(), changed: Vec::new(), fresh, written: 0 }
    }

    /// There will be rows of so many artifacts. To make room for them bit by bit would leave gaps in memory.
    pub(super) fn expect(&mut self, count: usize) {
        self.rows.reserve(count);
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
        self.note_change(id);
        self.slot(id, read)
    }

    fn slot<E>(&mut self, id: i64, read: impl FnOnce() -> Result<T, E>) -> Result<&mut T, E> {
        use std::collections::hash_map::Entry;
        Ok(match self.rows.entry(id) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) if self.fresh && id > self.written => entry.insert(T::default()),
            Entry::Vacant(entry) => entry.insert(read()?),
        })
    }

    /// Puts the rows of an artifact in place of those it has.
    pub(super) fn put(&mut self, id: i64, rows: T) {
        self.note_change(id);
        self.rows.insert(id, rows);
    }

    /// Whether there may be rows of an artifact in the file.
    pub(super) fn may_be_written(&self, id: i64) -> bool {
        !self.fresh || id <= self.written
    }

    /// How many artifacts have rows here.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// All that has changed was written. It is read again when someone asks for it.
    pub(super) fn forget_written(&mut self) {
        self.written = self.changed.drain(..).fold(self.written, i64::max);
        self.rows.clear();
    }

    fn note_change(&mut self, id: i64) {
        // Most rows are changed several times in a row, and then no more.
        if self.changed.last() != Some(&id) {
            self.changed.push(id);
        }
    }

    /// The rows to write, in the order of the artifacts.
    pub(super) fn changed(&self) -> impl Iterator<Item = (i64, &T)> + use<'_, T> {
        let mut changed = self.changed.clone();
        changed.sort_unstable();
        changed.dedup();
        changed.into_iter().filter_map(|id| Some((id, self.rows.get(&id)?)))
    }
}
