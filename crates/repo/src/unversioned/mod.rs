//! Unversioned files: of each only the last version is kept, and peers share it.
//!
//! They stand in a table of their own, beside the artifacts. A file has a name, a time in seconds
//! since 1970, and the hash of its content, by which peers tell which of them has the newer version:
//! [`standing`] is that comparison. A file that was deleted leaves a *tombstone*: its row stays,
//! without a hash, so that peers learn of the deletion.
//!
//! | what one does | with |
//! |---|---|
//! | list, without loading content | [`ReadTx::unversioned_files`], [`ReadTx::unversioned_file`] |
//! | read | [`ReadTx::unversioned_content`] |
//! | compare all with a peer's | [`ReadTx::unversioned_hash`] |
//! | write | [`Receiver::put_unversioned`](crate::receive::Receiver::put_unversioned) |
//! | delete, date, drop | [`WriteTx::delete_unversioned`], [`WriteTx::touch_unversioned`], [`WriteTx::forget_unversioned`] |
//! | take from a peer | [`Receiver::receive_unversioned`](crate::receive::Receiver::receive_unversioned) |
//!
//! The table is made when the first file comes, as Fossil does it; a repository without it has no
//! files.
//!
//! [`WriteTx::delete_unversioned`]: crate::tx::WriteTx::delete_unversioned
//! [`WriteTx::forget_unversioned`]: crate::tx::WriteTx::forget_unversioned
//! [`WriteTx::touch_unversioned`]: crate::tx::WriteTx::touch_unversioned

mod error;
mod list;
mod receive;
mod standing;
mod write;

use bytes::Bytes;
use outcrop_format::envelope;
use outcrop_format::hash::{HashName, Sha1Sum};

pub use error::{ReadFileError, WriteFileError};
pub use list::UnversionedFiles;
pub use receive::{FileArrival, FileBody, IncomingFile, Rule};
pub use standing::{Standing, Version, standing};

use crate::damage::Damage;
use crate::limits::MAX_CONTENT;
use crate::tx::{DatabaseError, ReadTx};

/// What is recorded of an unversioned file beside its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnversionedFile {
    /// Its name.
    pub name: String,
    /// When it was changed, in seconds since 1970.
    pub mtime: i64,
    /// The hash of its content; `None` if it was deleted.
    pub hash: Option<HashName>,
    /// Bytes of its content.
    pub size: u64,
    /// Whether the content is here. Stock Fossil may record a file whose content was left out of a
    /// message; it is not to be announced.
    pub held: bool,
}

impl UnversionedFile {
    /// What is compared with a peer's version.
    #[must_use]
    pub const fn version(&self) -> Version {
        Version { mtime: self.mtime, hash: self.hash }
    }
}

impl ReadTx {
    /// The file of this name, deleted ones too.
    pub fn unversioned_file(&self, name: &str) -> Result<Option<UnversionedFile>, DatabaseError> {
        if self.has_unversioned()? { self.unversioned_row(name) } else { Ok(None) }
    }

    /// The content of a file; `None` if there is no such file, it was deleted, or its content is
    /// not here.
    ///
    /// It has the recorded size, but it is not hashed again: what stands in the file was hashed
    /// when it came in.
    pub fn unversioned_content(&self, name: &str) -> Result<Option<Bytes>, ReadFileError> {
        if !self.has_unversioned()? {
            return Ok(None);
        }
        let Some(stored) = self.stored_unversioned(name)? else { return Ok(None) };
        let Some(hash) = stored.hash else { return Ok(None) };
        let damaged = |damage| ReadFileError::Damaged { name: name.to_owned(), damage };
        let Some(content) = stored.content else {
            return Ok((stored.size == 0 && hash.verify(&[])).then(Bytes::new));
        };
        let content = if stored.sealed {
            envelope::open(&content, MAX_CONTENT).map_err(|cause| damaged(cause.into()))?.into()
        } else {
            content
        };
        sized(content, stored.size).map_err(damaged).map(Some)
    }

    /// The hash of all files, by which two repositories tell that they have the same: SHA1 over a
    /// line `NAME YYYY-MM-DD HH:MM:SS HASH` for each, in order of the names, deleted ones left out.
    ///
    /// It may be kept in the repository's settings; it is computed if it is not.
    pub fn unversioned_hash(&self) -> Result<HashName, DatabaseError> {
        let kept = self.setting("uv-hash")?;
        match kept.and_then(|hash| hash.parse().ok()) {
            Some(hash) => Ok(hash),
            None => self.compute_unversioned_hash(),
        }
    }

    pub(crate) fn compute_unversioned_hash(&self) -> Result<HashName, DatabaseError> {
        let mut sum = Sha1Sum::default();
        if !self.has_unversioned()? {
            return Ok(sum.finish());
        }
        let mut after = String::new();
        loop {
            let page = self.unversioned_lines(&after)?;
            for (_, line) in &page {
                sum.add(line.as_bytes());
            }
            match page.into_iter().next_back() {
                Some((last, _)) => after = last,
                None => return Ok(sum.finish()),
            }
        }
    }
}

fn sized(content: Bytes, recorded: i64) -> Result<Bytes, Damage> {
    match i64::try_from(content.len()) {
        Ok(real) if real == recorded => Ok(content),
        _ => Err(Damage::WrongSize { recorded, real: content.len() }),
    }
}
