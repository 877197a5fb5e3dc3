//! Artifacts, whole: the stored bytes opened, and deltas applied.
//!
//! A stored artifact is an envelope of its content, or of a delta against another artifact, which
//! may be a delta too. [`ReadTx::content`] follows that chain down to content that stands by
//! itself, or to something that it has expanded a short while ago, and comes back up applying one
//! delta after the other. A chain may be as long as the repository has artifacts, and in a damaged
//! one it may bite its own tail.
//!
//! It may also end in a phantom: then the delta is here, but waits for its source, and the artifact
//! counts as not held. [`ReadTx::availability`] tells this without expanding anything.

use std::collections::HashSet;

use bytes::Bytes;
use outcrop_format::envelope;

use crate::damage::Damage;
use crate::delta;
use crate::id::Rid;
use crate::limits::MAX_CONTENT;
use crate::tx::{DatabaseError, DeltaLink, ReadTx, StoredRow};

/// Why there is no content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// No row has this number.
    #[error("there is no record {0}")]
    Unknown(Rid),
    /// The artifact is a phantom, or its delta waits for one.
    #[error("the content of record {rid} is not here: it waits for {waits_for}")]
    NotHeld {
        /// The artifact asked for.
        rid: Rid,
        /// The name of the phantom; its own, if it is one.
        waits_for: String,
    },
    /// The artifact, or one of those that its delta builds upon, is damaged.
    #[error("artifact {name} (record {rid}) is damaged: {damage}")]
    Damaged {
        /// Which artifact is damaged.
        rid: Rid,
        /// Its name, as it is recorded.
        name: String,
        /// How.
        damage: Damage,
    },
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Whether the content of an artifact can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    /// It is here, if it is not damaged.
    Held,
    /// Its own content, or a delta that it builds upon, is yet to come: that of this phantom.
    WaitsFor(Rid),
    /// Its chain of deltas is broken: at this artifact, in this way.
    Broken(Rid, Damage),
    /// No row has this number.
    Unknown,
}

impl ReadTx {
    /// The content of an artifact.
    ///
    /// It has the recorded size, but it is not hashed again: what stands in the file was hashed
    /// when it came in, and [`crate::verify`] is there for doubts.
    pub fn content(&self, rid: Rid) -> Result<Bytes, ContentError> {
        if let Some(content) = self.cache.borrow_mut().get(rid) {
            return Ok(content);
        }
        let chain = match self.chain_of(rid) {
            Ok(chain) => chain,
            Err(error) => return Err(self.told(rid, error)?),
        };
        let recorded = chain.first().map_or(0, |link| link.size);
        let content = self.expand(&chain)?;
        if i64::try_from(content.len()) != Ok(recorded) {
            let damage = Damage::WrongSize { recorded, real: content.len() };
            return Err(self.damaged(rid, damage)?);
        }
        Ok(content)
    }

    /// Whether the content of an artifact is here, with all that its delta builds upon.
    pub fn availability(&self, rid: Rid) -> Result<Availability, DatabaseError> {
        match self.chain_of(rid) {
            Ok(_) => Ok(Availability::Held),
            Err(ChainError::Ends(rid)) => Ok(Availability::WaitsFor(rid)),
            Err(ChainError::Breaks(rid, damage)) => Ok(Availability::Broken(rid, damage)),
            Err(ChainError::Unknown(_)) => Ok(Availability::Unknown),
            Err(ChainError::Database(error)) => Err(error),
        }
    }

    /// What has to be expanded for the content of an artifact: itself and those that it builds upon, but
    /// for one that is expanded already. Nothing if that leads nowhere.
    pub(crate) fn to_expand(&self, rid: Rid) -> Result<Vec<Rid>, DatabaseError> {
        let chain = match self.chain_of(rid) {
            Ok(chain) => chain,
            Err(ChainError::Database(error)) => return Err(error),
            Err(_) => return Ok(Vec::new()),
        };
        let cache = self.cache.borrow();
        Ok(chain.iter().map(|link| link.rid).filter(|rid| !cache.contains(*rid)).collect())
    }

    /// The artifact and those that it builds upon, up to one that stands by itself or is expanded
    /// already.
    fn chain_of(&self, rid: Rid) -> Result<Vec<DeltaLink>, ChainError> {
        let mut chain = Vec::new();
        let mut seen = HashSet::new();
        let mut link = self.delta_link(rid)?.ok_or(ChainError::Unknown(rid))?;
        loop {
            if !seen.insert(link.rid) {
                return Err(ChainError::Breaks(link.rid, Damage::Loop));
            }
            if link.size < 0 {
                return Err(ChainError::Ends(link.rid));
            }
            chain.push(link);
            let Some(source) = link.source else { return Ok(chain) };
            if self.cache.borrow().contains(link.rid) {
                return Ok(chain);
            }
            let no_source = ChainError::Breaks(link.rid, Damage::NoSource { source_rid: source });
            let Some(source) = Rid::new(source) else { return Err(no_source) };
            link = self.delta_link(source)?.ok_or(no_source)?;
        }
    }

    /// Expands the last artifact of a chain, then the one before it, and so on.
    fn expand(&self, chain: &[DeltaLink]) -> Result<Bytes, ContentError> {
        let mut content: Option<Bytes> = None;
        for link in chain.iter().rev() {
            let expanded = match self.cache.borrow_mut().get(link.rid) {
                Some(cached) => Ok(cached),
                None => self.expand_one(link.rid, content.as_deref())?.map(Bytes::from),
            };
            match expanded {
                Ok(expanded) => {
                    // What has a wrong size must not be found here without that being noticed.
                    if i64::try_from(expanded.len()) == Ok(link.size) {
                        self.cache.borrow_mut().put(link.rid, expanded.clone());
                    }
                    content = Some(expanded);
                }
                Err(damage) => return Err(self.damaged(link.rid, damage)?),
            }
        }
        Ok(content.unwrap_or_default())
    }

    /// Expands one artifact, given the content of its source if it has one.
    fn expand_one(
        &self,
        rid: Rid,
        source: Option<&[u8]>,
    ) -> Result<Result<Vec<u8>, Damage>, DatabaseError> {
        let stored = self.stored(rid)?;
        Ok(expand_stored(stored.as_deref(), source, MAX_CONTENT))
    }

    /// What is wrong with a chain, with names.
    fn told(&self, rid: Rid, error: ChainError) -> Result<ContentError, DatabaseError> {
        Ok(match error {
            ChainError::Unknown(rid) => ContentError::Unknown(rid),
            ChainError::Ends(phantom) => {
                ContentError::NotHeld { rid, waits_for: self.recorded_name(phantom)? }
            }
            ChainError::Breaks(rid, damage) => self.damaged(rid, damage)?,
            ChainError::Database(error) => ContentError::Database(error),
        })
    }

    fn damaged(&self, rid: Rid, damage: Damage) -> Result<ContentError, DatabaseError> {
        let name = self.recorded_name(rid)?;
        Ok(ContentError::Damaged { rid, name, damage })
    }

    /// What stands in place of a name, whether it is one or not.
    fn recorded_name(&self, rid: Rid) -> Result<String, DatabaseError> {
        Ok(self.stored_row(rid)?.map(|StoredRow { name, .. }| name).unwrap_or_default())
    }
}

/// Opens stored bytes, and applies the delta in them to `source` if there is one. The result may
/// have up to `limit` bytes.
pub(crate) fn expand_stored(
    stored: Option<&[u8]>,
    source: Option<&[u8]>,
    limit: usize,
) -> Result<Vec<u8>, Damage> {
    let stored = stored.ok_or(Damage::NoContent)?;
    let Some(source) = source else { return Ok(envelope::open(stored, limit)?) };
    // A delta may be longer than what it makes.
    let delta = envelope::open(stored, MAX_CONTENT)?;
    Ok(delta::apply(source, &delta, limit)?)
}

/// Why a chain does not lead to content.
enum ChainError {
    Unknown(Rid),
    /// In a phantom.
    Ends(Rid),
    Breaks(Rid, Damage),
    Database(DatabaseError),
}

impl From<DatabaseError> for ChainError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}
