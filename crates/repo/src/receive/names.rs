//! What a clone has got so far, by name.

use outcrop_format::hash::HashName;

use super::small::SmallRows;
use crate::id::Rid;
use crate::limits::SMALL_ROWS_UP_TO;
use crate::maps::Set;
use crate::numbers::Numbers;
use crate::tx::{DatabaseError, DeltaLink, ReadTx, WriteTx};

/// The artifacts of a clone that has just begun, for as long as its file has no index over them. Only
/// with this can more be added to it.
#[derive(Debug, Default)]
pub struct CloneNames {
    rows: Numbers,
    phantoms: Set<Rid>,
    small: SmallRows,
    /// Deltas of which is not written down yet what they apply to.
    waiting: Vec<Delta>,
}

/// An artifact whose source is not written down yet.
#[derive(Debug)]
pub(super) struct Delta {
    pub(super) rid: Rid,
    pub(super) source: HashName,
    pub(super) private: bool,
}

/// What is known of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    No,
    /// There is nothing but a row.
    Phantom(Rid),
    /// It has come.
    Here(Rid),
}

impl CloneNames {
    pub(super) fn of(&self, name: &HashName) -> Known {
        match self.rid(name) {
            None => Known::No,
            Some(rid) if self.phantoms.contains(&rid) => Known::Phantom(rid),
            Some(rid) => Known::Here(rid),
        }
    }

    pub(super) fn rid(&self, name: &HashName) -> Option<Rid> {
        self.rows.get(name).and_then(Rid::new)
    }

    /// An artifact of `size` bytes has come, and is stored like this.
    pub(super) fn add(&mut self, name: HashName, rid: Rid, size: usize, stored: &[u8]) {
        self.phantoms.remove(&rid);
        self.rows.insert(name, rid.get());
        self.small.keep(rid, name, size, stored);
    }

    /// An artifact is to come.
    fn add_phantom(&mut self, name: HashName, rid: Rid) {
        self.phantoms.insert(rid);
        self.rows.insert(name, rid.get());
    }

    /// What an artifact applies to is to be written down.
    pub(super) fn wait(&mut self, delta: Delta) {
        self.waiting.push(delta);
    }

    /// Writes down what deltas apply to. What has not come yet is a phantom from then on. Without this, a
    /// transaction that receives with these names should not be committed.
    pub fn settle(&mut self, tx: &WriteTx) -> Result<(), DatabaseError> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut sources = Vec::with_capacity(waiting.len());
        for Delta { rid, source, private } in waiting {
            let row = if let Some(row) = self.rid(&source) {
                row
            } else {
                let row = tx.add_phantom(&source, private)?;
                self.add_phantom(source, row);
                row
            };
            sources.push((rid, row));
        }
        tx.set_first_sources(&sources)
    }

    /// All of them, and the rows of those that are small: none where only a few of them were kept.
    pub(crate) fn into_parts(mut self) -> (Numbers, SmallRows) {
        if self.rows.len() > SMALL_ROWS_UP_TO {
            self.small = SmallRows::default();
        }
        self.small.end_piece();
        (self.rows, self.small)
    }
}

impl ReadTx {
    /// The links of all artifacts of a clone, without a look at each of them in the file. Of their sizes
    /// they only tell whether there is content.
    pub(crate) fn links_of(&self, names: &CloneNames) -> Result<Vec<DeltaLink>, DatabaseError> {
        let mut links: Vec<_> = names
            .rows
            .all()
            .filter_map(Rid::new)
            .map(|rid| {
                let size = if names.phantoms.contains(&rid) { -1 } else { 0 };
                DeltaLink { rid, size, source: None }
            })
            .collect();
        links.sort_unstable_by_key(|link| link.rid);
        let mut deltas = self.all_deltas()?.into_iter().peekable();
        for link in &mut links {
            while deltas.next_if(|(rid, _)| *rid < link.rid.get()).is_some() {}
            link.source =
                deltas.next_if(|(rid, _)| *rid == link.rid.get()).map(|(_, source)| source);
        }
        Ok(links)
    }
}

impl WriteTx {
    /// Has the artifacts of a clone that has just begun indexed when all have come, and not one by
    /// one; `None` if some are here already. What is given knows them meanwhile, and is to be handed to
    /// every receiver: see [`Receiver::of_clone`](super::Receiver::of_clone).
    ///
    /// Until then, nobody else may add any. [`index_artifacts`](Self::index_artifacts) ends this, and so
    /// does completing the clone.
    pub fn index_later(&self) -> Result<Option<CloneNames>, DatabaseError> {
        Ok(self.drop_content_indexes()?.then(CloneNames::default))
    }
}
