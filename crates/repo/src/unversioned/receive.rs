//! Taking unversioned files from a peer.
//!
//! Nothing that the peer says is believed. Content counts only if it has the hash that came with
//! it, and whether it is to replace ours is decided here once more, however the peer decided.
//!
//! In two ways this is more careful than stock Fossil. A file whose content was left out of the
//! message is not recorded before its content comes. And a deletion leaves its tombstone even if
//! the file is not known here: else an older version that comes later, by another way, would bring
//! the file back, and what one holds would depend on the order in which things came.

use outcrop_format::hash::HashName;
use outcrop_format::planted;

use super::write::check;
use super::{Standing, UnversionedFile, Version, WriteFileError, standing};
use crate::receive::Receiver;

/// A version of an unversioned file that a peer sends or announces.
#[derive(Debug, Clone, Copy)]
pub struct IncomingFile<'a> {
    /// The name of the file.
    pub name: &'a str,
    /// When it was changed, in seconds since 1970.
    pub mtime: i64,
    /// What has become of it.
    pub body: FileBody<'a>,
}

/// What has become of an unversioned file.
#[derive(Debug, Clone, Copy)]
pub enum FileBody<'a> {
    /// It was deleted.
    Deleted,
    /// It has content of this hash, which is not told.
    Omitted(HashName),
    /// It has this content.
    Content {
        /// The hash that the content is said to have.
        hash: HashName,
        /// The content.
        content: &'a [u8],
    },
}

/// Whose version counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The newer one, as [`standing`] tells.
    Newest,
    /// The peer's, as for `fossil uv revert`.
    Theirs,
}

/// What became of a version that a peer sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileArrival {
    /// Its content is stored.
    Stored,
    /// The content was here; its time is taken over.
    Dated,
    /// The file is deleted now.
    Deleted,
    /// Ours stays.
    Kept,
    /// It is to replace ours, but its content is needed first. Nothing has changed.
    ContentWanted,
}

impl<'a> FileBody<'a> {
    fn hash(&self) -> Option<HashName> {
        match *self {
            Self::Deleted => None,
            Self::Omitted(hash) | Self::Content { hash, .. } => Some(hash),
        }
    }

    fn content(&self) -> Option<&'a [u8]> {
        match *self {
            Self::Content { content, .. } => Some(content),
            Self::Deleted | Self::Omitted(_) => None,
        }
    }
}

impl Receiver<'_> {
    /// Takes in a version of an unversioned file, if it is to replace ours.
    pub fn receive_unversioned(
        &mut self,
        incoming: &IncomingFile<'_>,
        rule: Rule,
    ) -> Result<FileArrival, WriteFileError> {
        let IncomingFile { name, mtime, body } = *incoming;
        check(name, mtime)?;
        if let FileBody::Content { hash, content } = body {
            self.check_size(name, content)?;
            if !hash.verify(content) {
                return Err(WriteFileError::WrongHash { name: name.to_owned(), hash });
            }
        }
        let ours = self.tx.unversioned_file(name)?;
        let theirs = Version { mtime, hash: body.hash() };
        let mut found = standing(ours.as_ref().map(UnversionedFile::version), theirs);
        if rule == Rule::Theirs {
            found = found.reverted();
        }
        let is_whole = ours.as_ref().is_none_or(|ours| ours.held || ours.hash.is_none());
        match found {
            Standing::OlderTime if is_whole => {
                self.tx.touch_unversioned(name, mtime)?;
                Ok(FileArrival::Dated)
            }
            Standing::Unknown | Standing::Older | Standing::OlderTime => self.replace(incoming),
            // The content that ours lacks, without its older time.
            Standing::Same | Standing::NewerTime if !is_whole => {
                let mtime = ours.map_or(mtime, |ours| ours.mtime);
                self.replace(&IncomingFile { mtime, ..*incoming })
            }
            Standing::Same | Standing::NewerTime | Standing::Newer => Ok(FileArrival::Kept),
        }
    }

    fn replace(&mut self, incoming: &IncomingFile<'_>) -> Result<FileArrival, WriteFileError> {
        let IncomingFile { name, mtime, body } = *incoming;
        match (body.hash(), body.content()) {
            (None, _) => {
                let delivery = self.delivery()?;
                self.tx.make_unversioned()?;
                if planted!(LoseTombstone) {
                    self.tx.forget_unversioned(name)?;
                    return Ok(FileArrival::Deleted);
                }
                self.tx.replace_by_tombstone(name, delivery, mtime)?;
                Ok(FileArrival::Deleted)
            }
            (Some(hash), Some(content)) => {
                self.store_unversioned(name, content, &hash, mtime)?;
                Ok(FileArrival::Stored)
            }
            (Some(_), None) => Ok(FileArrival::ContentWanted),
        }
    }
}
