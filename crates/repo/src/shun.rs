//! Artifacts that are not wanted.
//!
//! A name that is shunned is neither taken in nor sent. Shunning alone removes nothing: what is here
//! stays until [`WriteTx::purge_shunned`], as in Fossil it stays until the next rebuild. It is only
//! hidden from the timeline at once.

use std::collections::BTreeSet;

use outcrop_format::envelope::{self, EnvelopeError};
use outcrop_format::hash::HashName;

use crate::artifact::Moment;
use crate::blob::BlobRow;
use crate::content::ContentError;
use crate::damage::Damage;
use crate::id::Rid;
use crate::setting::seconds;
use crate::tx::{DatabaseError, WriteTx};

/// A name that is not wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shunned {
    /// The name.
    pub name: HashName,
    /// Since when, in seconds since 1970.
    pub mtime: Option<i64>,
    /// Why.
    pub comment: Option<String>,
}

/// What has left a repository, and what has not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Purged {
    /// What is here no more.
    pub removed: Vec<HashName>,
    /// How many artifacts were deltas of these and are stored whole now.
    pub stored_whole: usize,
    /// Artifacts that were deltas of these and had never been whole, as content was missing. They
    /// are phantoms now, so that peers are asked for them.
    pub forgotten: Vec<HashName>,
    /// What is still here. To remove it would make it impossible to ever repair the other.
    pub kept: Vec<Kept>,
}

/// A shunned artifact that had to stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What is to leave.
    pub shunned: HashName,
    /// What is stored as a delta of it.
    pub dependant: HashName,
    /// Why that cannot be stored whole.
    pub damage: Damage,
}

/// Why nothing was removed. The transaction should not be committed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PurgeError {
    /// Something is too large to be stored whole.
    #[error("artifact {name} cannot be stored whole: {cause}")]
    Envelope {
        /// What it is.
        name: HashName,
        /// Why.
        #[source]
        cause: EnvelopeError,
    },
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl WriteTx {
    /// Shuns artifacts of this name. If one is here, it is hidden at once. Says whether the name was
    /// new.
    pub fn shun(
        &self,
        name: &HashName,
        comment: Option<&str>,
        now: Moment,
    ) -> Result<bool, DatabaseError> {
        self.hide_artifact(name)?;
        self.insert_shun(name, comment, seconds(now))
    }

    /// Lets artifacts of this name come again. Says whether the name was shunned.
    pub fn unshun(&self, name: &HashName) -> Result<bool, DatabaseError> {
        self.delete_shun(name)
    }

    /// Removes all artifacts that are shunned.
    ///
    /// What is stored as a delta of one of them is stored whole first. Rows that tell what the
    /// removed artifacts meant to others stay until [`WriteTx::rebuild`], which should follow.
    pub fn purge_shunned(&self) -> Result<Purged, PurgeError> {
        let unwanted = self.unwanted()?;
        let position = |rid: Rid| unwanted.binary_search_by_key(&rid, |(rid, _)| *rid).ok();
        let mut purged = Purged::default();
        let mut staying = BTreeSet::new();
        for (rid, name) in &unwanted {
            for dependant in self.deltas_of(*rid)? {
                if position(dependant).is_some() {
                    continue;
                }
                if let Some((dependant, damage)) = self.make_independent(dependant, &mut purged)? {
                    staying.insert(*rid);
                    purged.kept.push(Kept { shunned: *name, dependant, damage });
                }
            }
        }
        self.keep_sources(&mut staying)?;
        for (rid, name) in unwanted {
            if !staying.contains(&rid) {
                self.remove_blob(rid)?;
                purged.removed.push(name);
            }
        }
        Ok(purged)
    }

    /// Frees an artifact from what it is stored as a delta of. If it cannot be read, gives its name
    /// and what is wrong with it.
    fn make_independent(
        &self,
        rid: Rid,
        purged: &mut Purged,
    ) -> Result<Option<(HashName, Damage)>, PurgeError> {
        let Some(BlobRow { name, .. }) = self.blob(rid)? else { return Ok(None) };
        match self.content(rid) {
            Ok(content) => {
                let stored = envelope::seal(&content)
                    .map_err(|cause| PurgeError::Envelope { name, cause })?;
                self.store_whole(rid, &stored)?;
                purged.stored_whole += 1;
            }
            Err(ContentError::NotHeld { .. }) => {
                self.make_phantom(rid)?;
                purged.forgotten.push(name);
            }
            Err(ContentError::Damaged { damage, .. }) => return Ok(Some((name, damage))),
            Err(ContentError::Database(error)) => return Err(error.into()),
            // It had a row a moment ago.
            Err(ContentError::Unknown(_)) => {}
        }
        Ok(None)
    }

    /// Adds whatever the artifacts are stored as deltas of, down to what stands by itself.
    fn keep_sources(&self, staying: &mut BTreeSet<Rid>) -> Result<(), DatabaseError> {
        let mut left: Vec<Rid> = staying.iter().copied().collect();
        while let Some(rid) = left.pop() {
            let source = self.blob(rid)?.and_then(|row| row.source);
            left.extend(source.filter(|source| staying.insert(*source)));
        }
        Ok(())
    }
}
