//! A repository that is being cloned, and is not whole yet.
//!
//! It is marked by a setting of our own. As long as that stands, [`Repo::open`] refuses the file:
//! its artifacts are not linked, and which of them are still to come only the server knows.

use std::fmt;
use std::fs;
use std::path::Path;

use outcrop_format::hash::HashName;

use super::{ADMIN, CreateError, code, first_users, on_path, password};
use crate::artifact::Moment;
use crate::crosslink::{LinkError, Linked};
use crate::open::{OpenError, Repo};
use crate::progress::Progress;
use crate::receive::CloneNames;
use crate::schema::{AUX_SCHEMA_MAX, CONTENT_SCHEMA};
use crate::tx::{DatabaseError, FirstRows, ReadTx, WriteTx};
use crate::user::UserError;

/// The setting that marks a clone which is not whole, and says how far it is.
const MARK: &str = "outcrop-partial-clone";

/// Bytes of a page of a clone. With larger pages than usual, what is many pages long is written in
/// fewer steps; Fossil's clones have pages of this size too, unless they are small.
const PAGE_SIZE: u32 = 8192;

/// What stands in the mark for a server that has not told its code.
const UNTOLD: &str = "-";

/// How far a clone is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialClone {
    /// Version of the clone protocol.
    pub protocol: u32,
    /// Which artifact of the server comes next, by its number there; 0 if all have come.
    pub seqno: u32,
    /// The code of the server's file, whose numbers these are.
    pub server_code: Option<String>,
}

/// What has become of a clone to which nothing more comes.
pub struct Completed {
    /// What was linked.
    pub linked: Linked,
    /// Artifacts whose content was another one than their name says. Only the names are kept.
    pub refuted: Vec<HashName>,
    /// The password of the first user, unless there is none.
    pub password: Option<String>,
}

impl fmt::Debug for Completed {
    /// Leaves out the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { linked, refuted, password: _ } = self;
        let mut shown = f.debug_struct("Completed");
        shown.field("linked", linked).field("refuted", refuted).finish_non_exhaustive()
    }
}

/// Why a clone was not completed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompleteError {
    /// What the artifacts mean could not be told.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The administrator could not be given a password.
    #[error(transparent)]
    User(#[from] UserError),
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl PartialClone {
    fn read(mark: &str) -> Option<Self> {
        let mut words = mark.split(' ');
        let (protocol, seqno) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let server_code = words.next().filter(|code| *code != UNTOLD).map(str::to_owned);
        Some(Self { protocol, seqno, server_code })
    }

    fn written(&self) -> String {
        let code = self.server_code.as_deref().unwrap_or(UNTOLD);
        format!("{} {} {code}", self.protocol, self.seqno)
    }
}

impl Repo {
    /// Makes a repository for a clone, at a path where nothing is but perhaps an empty file: without a project and without
    /// artifacts. `admin` is the login of its first user, who has no password yet.
    pub fn begin_clone(
        path: impl AsRef<Path>,
        admin: &str,
        start: &PartialClone,
        now: Moment,
        random: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Self, CreateError> {
        let path = path.as_ref();
        if admin.is_empty() {
            return Err(CreateError::NoAdmin);
        }
        on_path(path, || found(path, admin, start, now, random))
    }

    /// Opens a repository that may be a clone which is not whole. Ask it with
    /// [`ReadTx::partial_clone`].
    pub fn open_partial_clone(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_unfinished(path.as_ref())
    }

    /// Removes the file of a clone that has come to nothing. Whoever else has it open loses it.
    pub fn discard_clone(self) -> std::io::Result<()> {
        let path = self.path().to_owned();
        drop(self);
        fs::remove_file(path)
    }
}

fn found(
    path: &Path,
    admin: &str,
    start: &PartialClone,
    now: Moment,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<Repo, CreateError> {
    let captcha = code(random).to_uppercase();
    let settings = vec![
        ("aux-schema", AUX_SCHEMA_MAX.to_owned()),
        ("content-schema", CONTENT_SCHEMA.to_owned()),
        (MARK, start.written()),
        ("rebuilt", concat!("Outcrop ", env!("CARGO_PKG_VERSION")).to_owned()),
        ("server-code", code(random)),
    ];
    let users = first_users(admin, "", captcha.get(..16).unwrap_or_default());
    let tx = Repo::unfounded(path, Some(PAGE_SIZE)).write()?;
    tx.found(&FirstRows { settings, users, now })?;
    tx.commit()?;
    Ok(Repo::open_unfinished(path)?)
}

impl ReadTx {
    /// How far the clone is, if this is one that is not whole.
    pub fn partial_clone(&self) -> Result<Option<PartialClone>, DatabaseError> {
        let from_start = PartialClone { protocol: 3, seqno: 1, server_code: None };
        let mark = self.setting(MARK)?;
        Ok(mark.map(|mark| PartialClone::read(&mark).unwrap_or(from_start)))
    }

    /// The login of the first user.
    pub fn first_user(&self) -> Result<Option<String>, DatabaseError> {
        let users = self.users()?;
        Ok(users.into_iter().find(|user| user.uid == ADMIN).map(|user| user.login))
    }
}

impl WriteTx {
    /// Takes note of how far the clone is.
    pub fn note_partial_clone(&self, partial: &PartialClone) -> Result<(), DatabaseError> {
        self.set_own_setting(MARK, Some(&partial.written()))
    }

    /// Makes a whole repository of a clone to which nothing more comes: indexes, hashes and links all
    /// artifacts, and gives the first user a password, which is told here and nowhere else. Calls
    /// `progress` from time to time. Whoever still has the `names` of all that has come, since the last
    /// receiver, gives them.
    ///
    /// What turns out not to be what it is called is known by its name only, afterwards.
    pub fn complete_clone(
        &self,
        names: Option<CloneNames>,
        now: Moment,
        random: &mut dyn FnMut(&mut [u8]),
        progress: impl FnMut(Progress),
    ) -> Result<Completed, CompleteError> {
        let (linked, refuted) = self.rebuild_unchecked(names, progress)?;
        let password = match self.first_user()? {
            Some(admin) => {
                let password = password(random);
                self.set_password(&admin, &password, now)?;
                Some(password)
            }
            None => None,
        };
        self.set_own_setting(MARK, None)?;
        Ok(Completed { linked, refuted, password })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_clone_says_so_until_it_is_completed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clone");
        let now = Moment::parse(b"2024-05-06T07:08:09").unwrap();
        let start = PartialClone { protocol: 3, seqno: 1, server_code: None };
        let repo = Repo::begin_clone(&path, "alice", &start, now, &mut |_| {}).unwrap();
        let error = Repo::open(&path).unwrap_err();
        assert!(matches!(error, OpenError::PartialClone(_)), "{error}");
        assert!(error.to_string().contains("resume"));
        let tx = repo.write().unwrap();
        assert_eq!(tx.partial_clone().unwrap(), Some(start));
        let further = PartialClone { protocol: 2, seqno: 70, server_code: Some("ab".repeat(20)) };
        tx.note_partial_clone(&further).unwrap();
        assert_eq!(tx.partial_clone().unwrap(), Some(further));
        tx.set_setting("project-code", &"cd".repeat(20), now).unwrap();
        let completed = tx.complete_clone(None, now, &mut |_| {}, |_| {}).unwrap();
        let Completed { linked, refuted, password } = completed;
        assert_eq!((linked.artifacts, password.map(|word| word.len())), (0, Some(16)));
        assert!(refuted.is_empty());
        assert!(tx.user("alice").unwrap().unwrap().has_password);
        tx.commit().unwrap();
        let tx = Repo::open(&path).unwrap().read().unwrap();
        assert_eq!(tx.partial_clone().unwrap(), None);
    }

    #[test]
    fn what_has_come_to_nothing_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clone");
        let now = Moment::parse(b"2024-05-06T07:08:09").unwrap();
        let start = PartialClone { protocol: 3, seqno: 1, server_code: None };
        // What an attempt has left that was interrupted at once is no hindrance.
        fs::write(&path, "").unwrap();
        assert!(matches!(Repo::open(&path), Err(OpenError::Blank(_))));
        let repo = Repo::begin_clone(&path, "alice", &start, now, &mut |_| {}).unwrap();
        let again = Repo::begin_clone(&path, "alice", &start, now, &mut |_| {});
        assert!(matches!(again, Err(CreateError::Exists(_))));
        repo.discard_clone().unwrap();
        assert!(!path.exists());
    }
}
