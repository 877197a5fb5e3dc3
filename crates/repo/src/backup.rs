//! A copy of a repository that is in use.
//!
//! The copy is the state of one moment, with all that was committed by then, also what stands in a
//! write-ahead log. It grows under another name beside its place, is synced, and takes its place in
//! one move: whoever looks there finds a whole copy or none.
//!
//! In a file that keeps a write-ahead log, others write on while it is copied. With a rollback
//! journal they can read, but their commits wait until the copy is made.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::open::Repo;
use crate::tx::DatabaseError;

/// What is to be decided about a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BackupOptions {
    /// Whether a file in the copy's place may be replaced.
    pub overwrite: bool,
}

/// How far a copy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pages of the database copied.
    pub done: u64,
    /// Pages there are.
    pub total: u64,
}

/// Why no copy was made. Nothing has changed in its place, unless the error says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// Something is in the copy's place.
    #[error("{} exists already: it is only replaced if you ask for it", .0.display())]
    Exists(PathBuf),
    /// The copy would replace the original.
    #[error("{} is the repository itself", .0.display())]
    Itself(PathBuf),
    /// Beside the copy's place is the journal of a database, which would be taken for the copy's.
    #[error(
        "{} belongs to a database that is in use or was not closed: a copy in its place would be \
         damaged by it; choose another name, or remove it if nothing uses it", .0.display()
    )]
    Journal(PathBuf),
    /// The path names no file.
    #[error("{} is no name for a file", .0.display())]
    NoName(PathBuf),
    /// Whoever watched the progress has stopped it.
    #[error("the copy was stopped")]
    Stopped,
    /// The file system has refused.
    #[error("cannot {doing} {}: {cause}", .path.display())]
    Io {
        /// What it was asked.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What it said.
        #[source]
        cause: io::Error,
    },
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// What SQLite puts beside a database.
const JOURNALS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Tells copies of one process apart.
static COPIES: AtomicU64 = AtomicU64::new(0);

impl Repo {
    /// Copies the repository to `to`, and gives the size of the copy in bytes. `progress` is told
    /// how far it has come, and may stop it.
    ///
    /// The copy may be read and written by those who may read and write the original.
    pub fn backup(
        &self,
        to: impl AsRef<Path>,
        options: BackupOptions,
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<u64, BackupError> {
        let to = to.as_ref();
        let folder = self.check_place(to, options)?;
        let unfinished = Unfinished::beside(to)?;
        let tx = self.read()?;
        if !tx.copy_to(&unfinished.0, |done, total| progress(Progress { done, total }))? {
            return Err(BackupError::Stopped);
        }
        drop(tx);
        let permissions = tell("look at", self.path(), fs::metadata(self.path()))?.permissions();
        let path = &unfinished.0;
        tell("give rights to", path, fs::set_permissions(path, permissions))?;
        let file = tell("open", path, File::open(path))?;
        tell("sync", path, file.sync_all())?;
        let size = tell("look at", path, file.metadata())?.len();
        unfinished.take_place(to, options)?;
        sync_folder(folder)?;
        Ok(size)
    }

    /// Whether a copy may take this place. Gives the folder.
    fn check_place<'a>(
        &self,
        to: &'a Path,
        options: BackupOptions,
    ) -> Result<&'a Path, BackupError> {
        if let (Ok(ours), Ok(theirs)) = (self.path().canonicalize(), to.canonicalize())
            && ours == theirs
        {
            return Err(BackupError::Itself(to.to_owned()));
        }
        if !options.overwrite && to.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(to.to_owned()));
        }
        for journal in JOURNALS {
            let journal = beside(to, "", journal)?;
            if journal.symlink_metadata().is_ok() {
                return Err(BackupError::Journal(journal));
            }
        }
        Ok(to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
    }
}

/// A copy that has not taken its place. It is removed unless it does.
struct Unfinished(PathBuf);

impl Unfinished {
    /// An empty file that nobody else may read.
    fn beside(to: &Path) -> Result<Self, BackupError> {
        let number = COPIES.fetch_add(1, Ordering::Relaxed);
        let path = beside(to, ".", &format!(".{}-{number}.part", std::process::id()))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        tell("make", &path, options.open(&path))?;
        Ok(Self(path))
    }

    fn take_place(self, to: &Path, options: BackupOptions) -> Result<(), BackupError> {
        if options.overwrite {
            return tell("replace", to, fs::rename(&self.0, to));
        }
        // Unlike a move, a second name does not replace what someone else has put there meanwhile.
        match fs::hard_link(&self.0, to) {
            Ok(()) => Ok(()),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
                Err(BackupError::Exists(to.to_owned()))
            }
            // Not every file system knows second names.
            Err(_) if to.symlink_metadata().is_ok() => Err(BackupError::Exists(to.to_owned())),
            Err(_) => tell("make", to, fs::rename(&self.0, to)),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a move there is nothing to remove. Otherwise what went wrong is told already.
        drop(fs::remove_file(&self.0));
    }
}

/// A file beside another, named after it.
fn beside(path: &Path, before: &str, after: &str) -> Result<PathBuf, BackupError> {
    let name = path.file_name().ok_or_else(|| BackupError::NoName(path.to_owned()))?;
    let mut other = std::ffi::OsString::from(before);
    other.push(name);
    other.push(after);
    Ok(path.with_file_name(other))
}

/// Makes a move last. Only some systems let a folder be opened for that, and there it must succeed.
fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    if !cfg!(unix) {
        return Ok(());
    }
    let opened = tell("open", folder, File::open(folder))?;
    tell("sync the folder, where the copy now is,", folder, opened.sync_all())
}

fn tell<T>(doing: &'static str, path: &Path, result: io::Result<T>) -> Result<T, BackupError> {
    result.map_err(|cause| BackupError::Io { doing, path: path.to_owned(), cause })
}
