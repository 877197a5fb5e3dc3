//! What a clone has got so far, by name.

use outcrop_format::hash::HashName;

use crate::id::Rid;
use crate::maps::{Map, Set};
use crate::tx::{DatabaseError, WriteTx};

/// The artifacts of a clone that has just begun, for as long as its file has no index over them. Only
/// with this can more be added to it.
#[derive(Debug, Default)]
pub struct CloneNames {
    rows: Map<HashName, Rid>,
    phantoms: Set<Rid>,
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
        match self.rows.get(name) {
            None => Known::No,
            Some(rid) if self.phantoms.contains(rid) => Known::Phantom(*rid),
            Some(rid) => Known::Here(*rid),
        }
    }

    pub(super) fn rid(&self, name: &HashName) -> Option<Rid> {
        self.rows.get(name).copied()
    }

    /// An artifact has come.
    pub(super) fn add(&mut self, name: HashName, rid: Rid) {
        self.phantoms.remove(&rid);
        self.rows.insert(name, rid);
    }

    /// An artifact is to come.
    pub(super) fn add_phantom(&mut self, name: HashName, rid: Rid) {
        self.phantoms.insert(rid);
        self.rows.insert(name, rid);
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
