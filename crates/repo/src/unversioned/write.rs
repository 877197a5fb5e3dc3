//! Changing unversioned files here, as `fossil uv` does.

use outcrop_format::envelope;
use outcrop_format::escape::is_blank;
use outcrop_format::hash::{Algorithm, HashName};
use outcrop_format::path;

use super::WriteFileError;
use crate::artifact::Moment;
use crate::limits::{MAX_NEW_UNVERSIONED_NAME, MAX_UNVERSIONED_NAME};
use crate::receive::Receiver;
use crate::tx::{DatabaseError, NewFile, ReadTx, WriteTx};

impl ReadTx {
    /// How new content is named here.
    fn naming(&self) -> Result<Algorithm, DatabaseError> {
        let policy = self.setting("hash-policy")?.and_then(|policy| policy.parse::<i64>().ok());
        let sha3 = match policy {
            Some(policy) if policy >= 0 => policy >= 2,
            _ => self.prefers_sha3()?,
        };
        Ok(if sha3 { Algorithm::Sha3 } else { Algorithm::Sha1 })
    }
}

impl Receiver<'_> {
    /// Writes an unversioned file, whatever has its name. The repository's policy decides which
    /// hash it gets. `mtime` is in seconds since 1970.
    pub fn put_unversioned(
        &mut self,
        name: &str,
        content: &[u8],
        mtime: i64,
    ) -> Result<HashName, WriteFileError> {
        if name.len() > MAX_NEW_UNVERSIONED_NAME {
            let rule = "path of at most 500 bytes";
            return Err(WriteFileError::Name { name: name.to_owned(), rule });
        }
        check(name, mtime)?;
        self.check_size(name, content)?;
        let hash = HashName::of(self.tx.naming()?, content);
        self.store_unversioned(name, content, &hash, mtime)?;
        Ok(hash)
    }

    pub(super) fn check_size(&self, name: &str, content: &[u8]) -> Result<(), WriteFileError> {
        let (size, limit) = (content.len(), self.max_content);
        if size > limit {
            return Err(WriteFileError::TooLarge { name: name.to_owned(), size, limit });
        }
        Ok(())
    }

    /// Stores content that has been found good.
    pub(super) fn store_unversioned(
        &mut self,
        name: &str,
        content: &[u8],
        hash: &HashName,
        mtime: i64,
    ) -> Result<(), WriteFileError> {
        let (size, limit) = (content.len(), self.max_content);
        let too_large = |_| WriteFileError::TooLarge { name: name.to_owned(), size, limit };
        let envelope = envelope::seal(content).map_err(too_large)?;
        // Fossil keeps an envelope that saves a fifth.
        let sealed = envelope.len().saturating_mul(5) <= content.len().saturating_mul(4);
        let content = if sealed { &envelope } else { content };
        let delivery = self.delivery()?;
        self.tx.make_unversioned()?;
        self.tx.replace_unversioned(&NewFile {
            name,
            delivery,
            mtime,
            hash,
            size,
            sealed,
            content,
        })?;
        Ok(())
    }
}

impl WriteTx {
    /// Deletes a file: a tombstone stays. Says whether there was such a file, or its tombstone.
    pub fn delete_unversioned(&self, name: &str, mtime: i64) -> Result<bool, WriteFileError> {
        self.change_unversioned(name, mtime, Self::clear_unversioned)
    }

    /// Gives a file, or its tombstone, another time. Says whether there was one.
    pub fn touch_unversioned(&self, name: &str, mtime: i64) -> Result<bool, WriteFileError> {
        self.change_unversioned(name, mtime, Self::date_unversioned)
    }

    /// Drops a file without leaving a tombstone, as when all files are to be as a peer has them and
    /// the peer has none of this name. Says whether there was one.
    pub fn forget_unversioned(&self, name: &str) -> Result<bool, DatabaseError> {
        Ok(self.has_unversioned()? && self.remove_unversioned(name)?)
    }

    /// Computes the hash of all files if none is kept, and keeps it. `now` is the time it is.
    pub fn settle_unversioned_hash(&self, now: Moment) -> Result<HashName, DatabaseError> {
        let hash = self.unversioned_hash()?;
        if self.setting("uv-hash")?.as_deref() != Some(&*hash.to_hex()) {
            self.keep_unversioned_hash(&hash, now)?;
        }
        Ok(hash)
    }

    fn change_unversioned(
        &self,
        name: &str,
        mtime: i64,
        change: impl FnOnce(&Self, &str, i64) -> Result<bool, DatabaseError>,
    ) -> Result<bool, WriteFileError> {
        check_time(name, mtime)?;
        Ok(self.has_unversioned()? && change(self, name, mtime)?)
    }
}

/// Whether a file may have this name and time.
pub(super) fn check(name: &str, mtime: i64) -> Result<(), WriteFileError> {
    let refused = |rule| Err(WriteFileError::Name { name: name.to_owned(), rule });
    if name.len() > MAX_UNVERSIONED_NAME {
        return refused("path that fits a line of the protocol");
    }
    if !path::is_simple(name.as_bytes()) {
        return refused("relative path in normal form, of characters that every system can hold");
    }
    if name.bytes().any(is_blank) {
        return refused("path without blanks");
    }
    check_time(name, mtime)
}

fn check_time(name: &str, mtime: i64) -> Result<(), WriteFileError> {
    if mtime < 0 {
        return Err(WriteFileError::Time { name: name.to_owned(), mtime });
    }
    Ok(())
}
