//! Opening a repository file.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::limits;
use crate::schema::{
    APPLICATION_ID, AUX_SCHEMA_MAX, AUX_SCHEMA_MIN, CONTENT_SCHEMA, OTHER_APPLICATIONS,
};
use crate::tx::{Access, DatabaseError, Failure, Identity, Pool, PoolOptions, ReadTx, WriteTx};

/// A repository file.
///
/// Cloning the handle costs nothing, and all clones can be used at once, from any thread. All that
/// is read or written goes through a transaction:
///
/// ```no_run
/// use outcrop_repo::Repo;
///
/// let repo = Repo::open("project.fossil")?;
/// let tx = repo.read()?;
/// let name = "36792e3d7ddc722aa8ae3f33d0bfff8b2e0cbfe4fb4a830a828c095e7260e77d".parse()?;
/// if let Some(row) = tx.blob_named(&name)? {
///     println!("{} bytes", tx.content(row.rid)?.len());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Repo {
    pool: Arc<Pool>,
}

/// Why a file was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Nothing has this path.
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    /// Something has this path, but no file.
    #[error("{} is not a file", .0.display())]
    NotAFile(PathBuf),
    /// The file has another form.
    #[error("{} is not a SQLite database, as Fossil repositories are", .0.display())]
    NotADatabase(PathBuf),
    /// An empty file: whoever was to make a repository of it was interrupted.
    #[error("{} is empty: make a repository of it, or remove it", .0.display())]
    Blank(PathBuf),
    /// A database, but not a repository.
    #[error("{} is not a Fossil repository: {found}", .path.display())]
    NotARepository {
        /// The file.
        path: PathBuf,
        /// What it is, or lacks.
        found: String,
    },
    /// The schema is of a release too old to be read.
    #[error(
        "{} has the {which} schema {found:?}, older than {oldest:?}: `fossil rebuild` of a recent \
         release may bring it up to date", .path.display()
    )]
    TooOld {
        /// The file.
        path: PathBuf,
        /// `content` or `aux`.
        which: &'static str,
        /// What the file has.
        found: String,
        /// What can be read.
        oldest: &'static str,
    },
    /// The schema is of a release to come.
    #[error(
        "{} has the {which} schema {found:?}, newer than {newest:?}: a newer release of Outcrop \
         may read it", .path.display()
    )]
    TooNew {
        /// The file.
        path: PathBuf,
        /// `content` or `aux`.
        which: &'static str,
        /// What the file has.
        found: String,
        /// What can be read.
        newest: &'static str,
    },
    /// The schema holds something that Fossil never makes and that acts on its own.
    #[error(
        "{} holds the {what}, which no Fossil makes: someone has tampered with it; look at it \
         with the sqlite3 program before you use it", .path.display()
    )]
    Tampered {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// A clone of it was interrupted.
    #[error(
        "{} is a clone that was interrupted: clone from the same place into the same file to resume \
         it, or remove the file", .0.display()
    )]
    PartialClone(PathBuf),
    /// The file system has refused.
    #[error("cannot look at {}: {cause}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        #[source]
        cause: std::io::Error,
    },
    /// The file is fine, but the files beside it that hold what was written last cannot be used.
    #[error(
        "{} keeps a write-ahead log, so reading it takes the files {1}-wal and {1}-shm beside it, \
         and they can be neither opened nor made: make the folder writable, or have whoever can \
         write there set `PRAGMA journal_mode=DELETE` before the file moves to a read-only place \
         ({cause})", .path.display(), .path.file_name().unwrap_or_default().display()
    )]
    NeedsLog {
        /// The file.
        path: PathBuf,
        /// What the database said.
        #[source]
        cause: DatabaseError,
    },
    /// A writer was killed, and what it has left half done must be undone before anyone can read.
    #[error(
        "who wrote to {} last was interrupted, and what was half written has to be undone first, \
         by means of {1}-journal beside it: run any command on it as someone who may write both and \
         the folder ({cause})", .path.display(), .path.file_name().unwrap_or_default().display()
    )]
    NeedsRollback {
        /// The file.
        path: PathBuf,
        /// What the database said.
        #[source]
        cause: DatabaseError,
    },
    /// The database has failed.
    #[error("{}: {cause}", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// How.
        #[source]
        cause: DatabaseError,
    },
}

/// How to open a repository.
///
/// # Who waits for whom
///
/// A file keeps one of two journals, and that decides who can work at the same time:
///
/// | | rollback journal | write-ahead log |
/// |---|---|---|
/// | a commit writes to | the file | `FILE-wal`, and sometimes later to the file |
/// | readers while a transaction writes | go on | go on |
/// | a commit while someone reads | waits, then fails as [`Failure::Busy`] | goes on |
/// | the file alone | is whole | lacks what stands in the log only |
///
/// A file stays in the mode it is found in, unless it is opened to [serve](Self::serve). Other
/// programs, `fossil` too, read and write it in both modes, also while it is open here. What is
/// committed is on the disk when [`WriteTx::commit`] returns. The last connection to be closed
/// brings the log into the file and removes it; [`Repo::settle`] does so earlier.
///
/// Nobody waits for longer than [`BUSY_TIMEOUT`](limits::BUSY_TIMEOUT).
///
/// ```no_run
/// let repo = outcrop_repo::OpenOptions::new().serve(true).open("project.fossil")?;
/// # Ok::<(), outcrop_repo::OpenError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOptions(PoolOptions);

impl OpenOptions {
    /// For reading and writing, in the mode that the file is in.
    #[must_use]
    pub const fn new() -> Self {
        Self(PoolOptions::USUAL)
    }

    /// Whether to give up the right to write.
    #[must_use]
    pub const fn read_only(mut self, read_only: bool) -> Self {
        self.0.access = if read_only { Access::Read } else { Access::ReadWrite };
        self
    }

    /// Whether to work as a server does: the first write changes the file to a write-ahead log, so
    /// that readers and the writer never wait for each other, and it stays so.
    #[must_use]
    pub const fn serve(mut self, serve: bool) -> Self {
        self.0.serve = serve;
        self
    }

    /// How long a transaction waits for others to release the file, if it is less than
    /// [`BUSY_TIMEOUT`](limits::BUSY_TIMEOUT).
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.0.patience = patience.min(limits::BUSY_TIMEOUT);
        self
    }

    /// Opens a repository.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Repo, OpenError> {
        Repo::open_with(path.as_ref(), self.0)
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl Repo {
    /// Opens a repository for reading and writing.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        OpenOptions::new().open(path)
    }

    /// Opens a repository without the right to write.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        OpenOptions::new().read_only(true).open(path)
    }

    fn open_with(path: &Path, options: PoolOptions) -> Result<Self, OpenError> {
        let (repo, is_whole) = Self::look_into(path, options)?;
        if is_whole { Ok(repo) } else { Err(OpenError::PartialClone(path.to_owned())) }
    }

    /// Opens a repository that may be a clone which is not whole yet.
    pub(crate) fn open_unfinished(path: &Path) -> Result<Self, OpenError> {
        Ok(Self::look_into(path, PoolOptions::USUAL)?.0)
    }

    /// Opens a repository, and says whether it is whole.
    fn look_into(path: &Path, options: PoolOptions) -> Result<(Self, bool), OpenError> {
        look_at(path)?;
        let repo = Self { pool: Arc::new(Pool::new(path, options)) };
        let failed = |cause: DatabaseError| match cause.failure() {
            Failure::NotADatabase => OpenError::NotADatabase(path.to_owned()),
            Failure::CannotOpen | Failure::ReadOnly if keeps_write_ahead_log(path) => {
                OpenError::NeedsLog { path: path.to_owned(), cause }
            }
            _ if cause.waits_for_rollback() => {
                OpenError::NeedsRollback { path: path.to_owned(), cause }
            }
            _ => OpenError::Database { path: path.to_owned(), cause },
        };
        let tx = repo.read().map_err(failed)?;
        judge_identity(path, &tx.identity().map_err(failed)?)?;
        let content_schema = tx.setting("content-schema").map_err(failed)?;
        judge_content_schema(path, content_schema.unwrap_or_default())?;
        let aux_schema = tx.setting("aux-schema").map_err(failed)?;
        judge_aux_schema(path, aux_schema.unwrap_or_default())?;
        let is_whole = tx.partial_clone().map_err(failed)?.is_none();
        drop(tx);
        Ok((repo, is_whole))
    }

    /// The handle of a file that has no tables yet, with pages of so many bytes.
    pub(crate) fn unfounded(path: &Path, page_size: Option<u32>) -> Self {
        let options = PoolOptions { page_size, ..PoolOptions::USUAL };
        Self { pool: Arc::new(Pool::new(path, options)) }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.pool.path()
    }

    /// Begins to read.
    pub fn read(&self) -> Result<ReadTx, DatabaseError> {
        ReadTx::begin(&self.pool)
    }

    pub(crate) const fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Begins to write. Waits for any other writer to end, but no longer than
    /// [`BUSY_TIMEOUT`](crate::limits::BUSY_TIMEOUT).
    pub fn write(&self) -> Result<WriteTx, DatabaseError> {
        WriteTx::begin(&self.pool)
    }

    /// Begins to write as [`write`](Self::write) does, but what it costs nothing to lose: notes of
    /// what others know as well, that will be made again. Should the power fail right after the
    /// commit, the file is whole, and may be as it was before.
    pub fn write_notes(&self) -> Result<WriteTx, DatabaseError> {
        WriteTx::begin_forgettable(&self.pool)
    }

    /// Begins to write, if that can be done at once: `None` if someone else writes, or nobody may.
    pub fn try_write(&self) -> Result<Option<WriteTx>, DatabaseError> {
        match WriteTx::begin_at_once(&self.pool) {
            Ok(tx) => Ok(Some(tx)),
            Err(error) => match error.failure() {
                Failure::Busy | Failure::ReadOnly | Failure::CannotOpen => Ok(None),
                _ => Err(error),
            },
        }
    }
}

impl fmt::Debug for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Repo").field(&self.path()).finish()
    }
}

fn look_at(path: &Path) -> Result<(), OpenError> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => Err(OpenError::NotAFile(path.to_owned())),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            Err(OpenError::Missing(path.to_owned()))
        }
        Err(cause) => Err(OpenError::Io { path: path.to_owned(), cause }),
    }
}

/// Whether the head of the file says that it keeps a write-ahead log.
fn keeps_write_ahead_log(path: &Path) -> bool {
    // The format of reading and of writing it: 1 for a rollback journal, 2 for a log.
    let mut head = [0; 20];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.ends_with(&[2, 2])
}

fn judge_identity(path: &Path, identity: &Identity) -> Result<(), OpenError> {
    if identity.is_blank {
        return Err(OpenError::Blank(path.to_owned()));
    }
    let refused = |found| Err(OpenError::NotARepository { path: path.to_owned(), found });
    let id = identity.application_id;
    if let Some((_, found)) = OTHER_APPLICATIONS.iter().find(|(other, _)| *other == id) {
        return refused(format!("it is {found}"));
    }
    if id != APPLICATION_ID && id != 0 {
        return refused(format!("it belongs to the application {id}"));
    }
    if let Some(table) = identity.missing_table {
        return refused(format!("it has no table `{table}`"));
    }
    match &identity.trap {
        Some(what) => Err(OpenError::Tampered { path: path.to_owned(), what: what.clone() }),
        None => Ok(()),
    }
}

fn judge_content_schema(path: &Path, found: String) -> Result<(), OpenError> {
    let (path, which) = (path.to_owned(), "content");
    // Numbers, though stored as text. What is no number is taken for the oldest.
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    match number(&found).cmp(&number(CONTENT_SCHEMA)) {
        std::cmp::Ordering::Less => {
            Err(OpenError::TooOld { path, which, found, oldest: CONTENT_SCHEMA })
        }
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => {
            Err(OpenError::TooNew { path, which, found, newest: CONTENT_SCHEMA })
        }
    }
}

fn judge_aux_schema(path: &Path, found: String) -> Result<(), OpenError> {
    let (path, which) = (path.to_owned(), "aux");
    if found.as_str() < AUX_SCHEMA_MIN {
        return Err(OpenError::TooOld { path, which, found, oldest: AUX_SCHEMA_MIN });
    }
    if found.as_str() > AUX_SCHEMA_MAX {
        return Err(OpenError::TooNew { path, which, found, newest: AUX_SCHEMA_MAX });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_shared_and_transactions_move_between_threads() {
        fn shared<T: Send + Sync>() {}
        fn moved<T: Send>() {}
        shared::<Repo>();
        moved::<ReadTx>();
        moved::<WriteTx>();
    }

    #[test]
    fn schemas_are_compared_as_what_they_are() {
        let path = Path::new("file");
        let content = |found: &str| judge_content_schema(path, found.to_owned());
        assert!(content("2").is_ok());
        for old in ["", "1", "two"] {
            assert!(matches!(content(old), Err(OpenError::TooOld { .. })), "{old}");
        }
        assert!(matches!(content("10"), Err(OpenError::TooNew { .. })));
        let aux = |found: &str| judge_aux_schema(path, found.to_owned());
        assert!(aux(AUX_SCHEMA_MIN).is_ok() && aux(AUX_SCHEMA_MAX).is_ok());
        assert!(matches!(aux("2011-04-25 19:49"), Err(OpenError::TooOld { .. })));
        assert!(matches!(aux("2015-01-25"), Err(OpenError::TooNew { .. })));
    }
}
