//! Unversioned files: `uvfile`, `uvgimme` and the list of them.

use outcrop_format::hash::HashName;
use outcrop_repo::unversioned::{
    FileArrival, FileBody, IncomingFile, ReadFileError, Rule, UnversionedFile, WriteFileError,
};
use outcrop_xfer::card::pragma::Pragma;
use outcrop_xfer::card::unversioned::{UvBody, Uvfile, Uvgimme, Uvigot};
use outcrop_xfer::{Card, Payload, Token};

use super::error::{Step, Stop};
use super::round::Round;
use crate::caps::Permission;

impl Round<'_> {
    /// Takes in a file, if it is newer than ours.
    pub(super) fn take_unversioned(&mut self, file: &Uvfile<'_>) -> Step {
        if !self.session.may(Permission::WriteUnversioned) {
            return Err(Stop::refused("Write permissions for unversioned files missing"));
        }
        let name = file.name.as_str();
        let (Some(name), Ok(mtime)) = (name, i64::try_from(file.mtime)) else {
            return Err(Stop::refused("malformed uvfile line"));
        };
        let body = match &file.body {
            UvBody::Deleted => FileBody::Deleted,
            UvBody::Omitted { hash, .. } => FileBody::Omitted(*hash),
            UvBody::Content { hash, content } => FileBody::Content { hash: *hash, content },
        };
        let incoming = IncomingFile { name, mtime, body };
        match self.receiver()?.receive_unversioned(&incoming, Rule::Newest) {
            Ok(FileArrival::Kept | FileArrival::ContentWanted) => Ok(()),
            Ok(FileArrival::Stored | FileArrival::Dated | FileArrival::Deleted) => {
                self.handled.count_changed_file(name);
                Ok(())
            }
            Err(WriteFileError::Database(error)) => Err(error.into()),
            Err(WriteFileError::WrongHash { .. }) => {
                Err(Stop::refused("in uvfile line, HASH does not match CONTENT"))
            }
            Err(error) => Err(Stop::refused(error.to_string())),
        }
    }

    /// Sends a file, or tells of it again if it must wait: then the client will ask again.
    pub(super) fn send_unversioned(&mut self, asked: &Uvgimme<'_>) -> Step {
        let Some(name) = asked.name.as_str() else { return Ok(()) };
        if !self.session.may(Permission::Read) {
            return Ok(());
        }
        let Some(file) = self.read().unversioned_file(name)? else { return Ok(()) };
        if file.hash.is_some_and(|hash| !self.session.takes(&hash)) {
            self.tell_too_old();
            return Ok(());
        }
        if !self.has_room() {
            self.tell_unversioned(&file);
            return Ok(());
        }
        let Ok(mtime) = u64::try_from(file.mtime) else { return Ok(()) };
        let body = match file.hash {
            None => UvBody::Deleted,
            Some(hash) => match self.read().unversioned_content(name) {
                Ok(Some(content)) => UvBody::Content { hash, content: Payload::Shared(content) },
                // It is not here, or damaged: another peer may have it.
                Err(ReadFileError::Database(error)) => return Err(error.into()),
                Ok(None) | Err(_) => return Ok(()),
            },
        };
        self.handled.counts.unversioned_sent += 1;
        self.out.push(&Card::Uvfile(Uvfile { name: asked.name, mtime, body }));
        Ok(())
    }

    /// Sends the list of files if the client's is another.
    pub(super) fn compare_unversioned(&mut self, theirs: &HashName) -> Step {
        let told = std::mem::replace(&mut self.session.unversioned_told, true);
        if told || !self.session.may(Permission::Read) {
            return Ok(());
        }
        if self.read().unversioned_hash()? == *theirs {
            return Ok(());
        }
        let may_push = self.session.may(Permission::WriteUnversioned);
        let pragma = if may_push { Pragma::UvPushOk } else { Pragma::UvPullOnly };
        self.out.push(&Card::Pragma(pragma));
        self.list_unversioned()
    }

    /// Sends the list to a client that clones, if the repository wants all its clones to have the
    /// files.
    pub(super) fn tell_unversioned_to_clone(&mut self) -> Step {
        if !std::mem::replace(&mut self.session.unversioned_told, true) {
            self.out.push(&Card::Pragma(Pragma::UvPullOnly));
            self.list_unversioned()?;
        }
        Ok(())
    }

    fn list_unversioned(&mut self) -> Step {
        for file in self.read().unversioned_files()? {
            self.tell_unversioned(&file?);
        }
        Ok(())
    }

    fn tell_unversioned(&mut self, file: &UnversionedFile) {
        let size = file.hash.map_or(0, |_| file.size);
        if let (Some(name), Ok(mtime), Ok(size)) =
            (Token::new(file.name.as_bytes()), u64::try_from(file.mtime), u32::try_from(size))
        {
            self.out.push(&Card::Uvigot(Uvigot { name, mtime, hash: file.hash, size }));
        }
    }
}
