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

/// Deltas between two stepping stones, at least: fewer would leave room for fewer chains.
const STRIDE: usize = 64;

impl ReadTx {
    /// The content of an artifact.
    ///
    /// It has the recorded size, but it is not hashed again: what stands in the file was hashed
    /// when it came in, and [`crate::verify`] is there for doubts.
    pub fn content(&self, rid: Rid) -> Result<Bytes, ContentError> {
        if let Some(content) = self.cache.borrow_mut().get(rid) {
            return Ok(content);
        }
        let chain = match self.chain_of(rid, |_| false) {
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
        let chain = self.chain_of(rid, |rid| self.held.borrow().contains(rid.get()));
        match chain {
            Ok(chain) => {
                // What builds upon these need not be followed any further.
                let mut held = self.held.borrow_mut();
                for link in chain {
                    held.insert(link.rid.get());
                }
                Ok(Availability::Held)
            }
            Err(ChainError::Ends(rid)) => Ok(Availability::WaitsFor(rid)),
            Err(ChainError::Breaks(rid, damage)) => Ok(Availability::Broken(rid, damage)),
            Err(ChainError::Unknown(_)) => Ok(Availability::Unknown),
            Err(ChainError::Database(error)) => Err(error),
        }
    }

    /// What has to be expanded for the content of an artifact: itself and those that it builds upon, but
    /// for one that is expanded already. Nothing if that leads nowhere.
    pub(crate) fn to_expand(&self, rid: Rid) -> Result<Vec<Rid>, DatabaseError> {
        let chain = match self.chain_of(rid, |_| false) {
            Ok(chain) => chain,
            Err(ChainError::Database(error)) => return Err(error),
            Err(_) => return Ok(Vec::new()),
        };
        let cache = self.cache.borrow();
        Ok(chain.iter().map(|link| link.rid).filter(|rid| !cache.contains(*rid)).collect())
    }

    /// The artifact and those that it builds upon, up to one that stands by itself, is expanded
    /// already, or `ends` the search.
    fn chain_of(&self, rid: Rid, ends: impl Fn(Rid) -> bool) -> Result<Vec<DeltaLink>, ChainError> {
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
            if self.cache.borrow().contains(link.rid) || ends(link.rid) {
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
        let spacing = self.spacing(chain);
        for (passed, link) in chain.iter().rev().enumerate() {
            // In a statement of its own, which ends the loan.
            let cached = self.cache.borrow_mut().get(link.rid);
            let expanded = match cached {
                Some(cached) => cached,
                None => match self.expand_one(link.rid, content.as_deref())? {
                    Ok(expanded) => Bytes::from(expanded),
                    Err(damage) => return Err(self.damaged(link.rid, damage)?),
                },
            };
            // What has a wrong size must not be found here without that being noticed.
            if i64::try_from(expanded.len()) == Ok(link.size) {
                let mut cache = self.cache.borrow_mut();
                match spacing {
                    Some(spacing) if passed % spacing == 0 => cache.lay(link.rid, expanded.clone()),
                    _ if cache.contains(link.rid) => {}
                    _ => cache.put(link.rid, expanded.clone()),
                }
            }
            content = Some(expanded);
        }
        Ok(content.unwrap_or_default())
    }

    /// How far from each other stepping stones are laid in a chain; `None` if it is short.
    fn spacing(&self, chain: &[DeltaLink]) -> Option<usize> {
        // Versions of one thing are about as long as the first of them.
        let len = chain.last().and_then(|link| usize::try_from(link.size).ok())?;
        let stones = self.cache.borrow().stones_of(len).max(1);
        let spacing = chain.len().div_ceil(stones).max(STRIDE);
        (chain.len() > spacing * 4).then_some(spacing)
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

#[cfg(test)]
mod tests {
    use outcrop_format::hash::HashName;

    use super::*;
    use crate::Repo;
    use crate::artifact::Moment;
    use crate::create::CreateOptions;
    use crate::deltify::Deltified;
    use crate::receive::{Incoming, Origin, Payload};
    use crate::tx::WriteTx;

    /// Versions of a text, each stored as a delta of the next one; and what they are.
    fn chain(tx: &WriteTx, length: u32) -> Vec<(Rid, String)> {
        let at = Moment::parse(b"2024-01-02").unwrap();
        let mut receiver = tx.receiver(Origin { user: None, at, nonce: None, address: None });
        // As text that cannot be made much shorter.
        let rest: String = (0..8).map(|byte| HashName::sha3_of(&[byte]).to_string()).collect();
        let mut versions: Vec<(Rid, String)> = Vec::new();
        for number in 0..length {
            let text = format!("{rest}{number}\n{rest}");
            let name = HashName::sha3_of(text.as_bytes());
            let payload = Payload::Plain(text.as_bytes());
            let incoming = Incoming { name, source: None, payload, private: false };
            versions.push((receiver.receive(&incoming).unwrap().rid, text));
        }
        receiver.finish().unwrap();
        for pair in versions.windows(2) {
            let [(older, _), (newer, _)] = pair else { unreachable!() };
            let made = tx.deltify(*older, &[*newer]).unwrap();
            assert!(matches!(made, Deltified::Stored { .. }));
        }
        versions
    }

    /// A repository with a chain, in a folder of its own.
    fn with_chain(length: u32) -> (tempfile::TempDir, Repo, Vec<(Rid, String)>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let options = CreateOptions::new("alice", Moment::parse(b"2024-01-02").unwrap());
        Repo::create(&path, &options, &mut |bytes| bytes.fill(1)).unwrap();
        let repo = Repo::open(&path).unwrap();
        let tx = repo.write().unwrap();
        let versions = chain(&tx, length);
        tx.commit().unwrap();
        (folder, repo, versions)
    }

    #[test]
    fn stones_lie_in_chains_that_are_long() {
        let (_folder, repo, versions) = with_chain(600);
        let stones = |tx: &ReadTx| {
            let cache = tx.cache.borrow();
            versions.iter().filter(|(rid, _)| cache.is_stone(*rid)).count()
        };
        let tx = repo.read().unwrap();
        let (last, text) = &versions[400];
        assert_eq!(tx.content(*last).unwrap(), text.as_bytes());
        assert_eq!(stones(&tx), 0, "200 deltas are not many");
        let tx = repo.read().unwrap();
        for (rid, text) in &versions {
            assert_eq!(tx.content(*rid).unwrap(), text.as_bytes());
        }
        assert_eq!(stones(&tx), 600usize.div_ceil(STRIDE));
    }

    #[test]
    fn what_is_known_to_be_here_is_asked_for_once_until_something_goes() {
        let (_folder, repo, versions) = with_chain(5);
        let tx = repo.write().unwrap();
        let availability = |version: usize| tx.availability(versions[version].0).unwrap();
        assert_eq!(availability(1), Availability::Held);
        let known = |version: usize| tx.held.borrow().contains(versions[version].0.get());
        assert_eq!([0, 1, 2, 4].map(known), [false, true, true, true]);
        assert_eq!(availability(0), Availability::Held);
        let undone: Result<(), ContentError> = tx.step(|| {
            tx.make_phantom(versions[3].0)?;
            assert_eq!(availability(0), Availability::WaitsFor(versions[3].0));
            assert_eq!(availability(4), Availability::Held);
            Err(ContentError::Unknown(versions[0].0))
        });
        assert!(undone.is_err());
        assert_eq!(availability(0), Availability::Held);
    }
}
