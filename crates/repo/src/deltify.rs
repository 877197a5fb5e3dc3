//! Storing an artifact as a delta of another that is here already.
//!
//! New versions of a file stand whole, since they are asked for most; older ones are stored as
//! deltas of newer ones. The content of an artifact stays the same: what is to replace it is opened
//! and applied again, and has to give the very bytes of the artifact's name, before anything is
//! written. Both happen in one transaction.

use bytes::Bytes;
use outcrop_format::envelope;
use outcrop_format::hash::HashName;

use crate::blob::BlobRow;
use crate::content::{Availability, ContentError};
use crate::delta;
use crate::id::Rid;
use crate::limits::DELTA_MIN;
use crate::tx::{DatabaseError, ReadTx, WriteTx};

/// What became of an artifact that was to be stored as a delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deltified {
    /// It is stored as a delta.
    Stored {
        /// Of this artifact.
        source: Rid,
        /// Bytes that the file needs less.
        saved: u64,
    },
    /// It is stored as it was.
    Kept(Kept),
}

/// Why an artifact is stored as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kept {
    /// It is a delta.
    IsDelta,
    /// Its content is not here.
    NotHeld,
    /// It has fewer than [`DELTA_MIN`] bytes.
    TooSmall,
    /// No artifact may be its source.
    NoSource,
    /// No delta is less than three quarters of the content and less than what is stored.
    NoGain,
}

/// Why an artifact was not stored as a delta. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeltifyError {
    /// The artifact cannot be read.
    #[error("cannot store as a delta: {0}")]
    Unreadable(#[source] ContentError),
    /// Its content does not have its name. What is damaged must not be written anew.
    #[error("cannot store as a delta: the content of artifact {0} does not hash to its name")]
    WrongHash(HashName),
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl WriteTx {
    /// Stores an artifact as a delta of one of those in `against`: of that which gives the
    /// shortest.
    ///
    /// No source is what builds upon the artifact itself, what is private if the artifact is not,
    /// and what is shunned, damaged or not here.
    pub fn deltify(&self, rid: Rid, against: &[Rid]) -> Result<Deltified, DeltifyError> {
        let Some(row) = self.blob(rid)? else {
            return Err(DeltifyError::Unreadable(ContentError::Unknown(rid)));
        };
        if row.source.is_some() {
            return Ok(Deltified::Kept(Kept::IsDelta));
        }
        if row.is_phantom() {
            return Ok(Deltified::Kept(Kept::NotHeld));
        }
        let content = self.content(rid).map_err(|error| match error {
            ContentError::Database(error) => error.into(),
            error => DeltifyError::Unreadable(error),
        })?;
        if content.len() < DELTA_MIN {
            return Ok(Deltified::Kept(Kept::TooSmall));
        }
        if !row.name.verify(&content) {
            return Err(DeltifyError::WrongHash(row.name));
        }
        let mut sources = Vec::new();
        for source in against {
            sources.extend(self.source_for(&row, *source)?);
        }
        if sources.is_empty() {
            return Ok(Deltified::Kept(Kept::NoSource));
        }
        let stored = self.stored(rid)?.map_or(0, |stored| stored.len());
        let sources = sources.iter().map(|(rid, content)| (*rid, content.as_ref()));
        let Some(made) = best_delta(&content, stored, sources) else {
            return Ok(Deltified::Kept(Kept::NoGain));
        };
        self.step(|| self.store_as_delta(rid, &made.sealed, made.source))?;
        Ok(Deltified::Stored { source: made.source, saved: made.saved })
    }

    /// The content of a source, if it may be one.
    fn source_for(
        &self,
        row: &BlobRow,
        source: Rid,
    ) -> Result<Option<(Rid, Bytes)>, DatabaseError> {
        let Some(source_row) = self.blob(source)? else { return Ok(None) };
        if source == row.rid
            || !may_build_upon(row.private, &source_row)
            || self.availability(source)? != Availability::Held
            || self.builds_upon(source, row.rid)?
        {
            return Ok(None);
        }
        match self.content(source) {
            Ok(content) if content.len() < DELTA_MIN => Ok(None),
            Ok(content) => Ok(source_row.name.verify(&content).then_some((source, content))),
            Err(ContentError::Database(error)) => Err(error),
            // Nothing may build upon what is damaged.
            Err(_) => Ok(None),
        }
    }
}

impl ReadTx {
    /// Whether the content of an artifact needs that of another, over any number of deltas. Only
    /// asked of a chain that is known to end.
    fn builds_upon(&self, artifact: Rid, other: Rid) -> Result<bool, DatabaseError> {
        let mut at = artifact;
        while let Some(link) = self.delta_link(at)?
            && let Some(source) = link.source.and_then(Rid::new)
        {
            if source == other {
                return Ok(true);
            }
            at = source;
        }
        Ok(false)
    }
}

/// Whether an artifact, private or not, may be stored as a delta of another, as far as its row tells.
pub(crate) fn may_build_upon(private: bool, source: &BlobRow) -> bool {
    !(source.is_phantom() || source.shunned || source.private && !private)
}

/// A delta that was proven.
#[derive(Debug)]
pub(crate) struct MadeDelta {
    pub(crate) source: Rid,
    pub(crate) sealed: Vec<u8>,
    /// Bytes less than before.
    pub(crate) saved: u64,
}

/// The shortest delta that makes `content` out of one of the sources: sealed, opened again and
/// applied. `None` if none is worth it. `stored` is what the content takes now.
pub(crate) fn best_delta<'a>(
    content: &[u8],
    stored: usize,
    sources: impl Iterator<Item = (Rid, &'a [u8])>,
) -> Option<MadeDelta> {
    let mut best: Option<(Rid, &[u8], Vec<u8>)> = None;
    for (rid, source) in sources {
        let made = delta::create(source, content);
        // Less than three quarters.
        let pays = made.len().saturating_mul(4) < content.len().saturating_mul(3);
        if pays && best.as_ref().is_none_or(|(.., best)| made.len() < best.len()) {
            best = Some((rid, source, made));
        }
    }
    let (source, source_content, made) = best?;
    let sealed = envelope::seal(&made).ok()?;
    let saved = stored.checked_sub(sealed.len()).filter(|saved| *saved > 0)?;
    let opened = envelope::open(&sealed, made.len()).ok()?;
    let applied = delta::apply(source_content, &opened, content.len()).ok()?;
    (applied == content).then_some(MadeDelta { source, sealed, saved: saved as u64 })
}
