//! Cloning: a session that begins with an empty file.
//!
//! ```text
//! nothing ──► partial clone ──► all has come ──► linked, and the mark gone
//!               │      ▲
//!    interrupted│      │resumed: the mark in the file says with which artifact
//!               ▼      │
//!            partial clone, which nobody else opens
//! ```
//!
//! Each reply is stored together with the number of the artifact that comes next, in a transaction
//! which it may share with those before: see `unsettled.rs`. Nothing is indexed meanwhile, but by the
//! session. At the end all artifacts are hashed, and what they mean is derived, in one go over all of
//! them on all cores; only then is the file a repository. A clone that was resumed pulls once more:
//! artifacts may have got numbers that had passed. One that goes on with another copy of the project,
//! which has other numbers, begins anew at the first, and stores nothing twice.

use std::io;
use std::path::{Path, PathBuf};

use outcrop_repo::OpenError;
use outcrop_repo::Repo;
use outcrop_repo::blob::PrefixMatch;
use outcrop_repo::config::Areas;
use outcrop_repo::create::{CompleteError, Completed, CreateError, PartialClone};
use outcrop_repo::tx::DatabaseError;

use super::outcome::CloneOutcome;
use super::session::Session;
use super::state::Cloning;
use super::thread::Length;
use super::{CloneOptions, SyncOptions, SyncOutcome, Unversioned, drive, sync, thread};
use crate::observer::{Progress, Started, Watch};
use crate::{Counts, SyncError, Transport};

/// The newest clone protocol.
const NEWEST: u32 = 3;

/// Login of the first user if nobody says another.
const ADMIN: &str = "root";

/// Why there is no clone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloneError {
    /// There is a repository already.
    #[error("{} is a repository already: sync it, or choose another file", .0.display())]
    Exists(PathBuf),
    /// There is no such protocol.
    #[error("there is no clone protocol {0}: choose 1, 2 or 3")]
    Protocol(u32),
    /// The file could not be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The file is there, and could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Nothing has come, and no file is left.
    #[error("{0}")]
    Refused(#[source] Box<SyncError>),
    /// Something has come: the file stays, and the clone can be resumed.
    #[error("{cause}; what has come is kept: clone into {} again to resume", .path.display())]
    Interrupted {
        /// The file.
        path: PathBuf,
        /// What has happened.
        #[source]
        cause: Box<SyncError>,
    },
    /// The clone is complete, but what the server has got since it began may be missing.
    #[error(
        "the clone is complete, but could not catch up with the server: {cause}; pull into {} to do so",
        .path.display()
    )]
    Behind {
        /// The file.
        path: PathBuf,
        /// What has happened.
        #[source]
        cause: Box<SyncError>,
    },
    /// All has come, and could not be put in order. The clone can be resumed.
    #[error("all artifacts have come, but the clone cannot be completed: {0}")]
    Complete(#[from] CompleteError),
}

impl CloneError {
    /// Why the server did not give what was asked for, if that is the reason.
    #[must_use]
    pub fn cause(&self) -> Option<&SyncError> {
        match self {
            Self::Refused(cause) | Self::Interrupted { cause, .. } | Self::Behind { cause, .. } => {
                Some(cause)
            }
            _ => None,
        }
    }

    /// See [`SyncError::wants_another_server`]. A clone that is complete wants none: it can be pulled
    /// into from anywhere.
    #[must_use]
    pub fn wants_another_server(&self) -> bool {
        let is_complete = matches!(self, Self::Behind { .. });
        !is_complete && self.cause().is_some_and(SyncError::wants_another_server)
    }
}

fn refused(error: SyncError) -> CloneError {
    CloneError::Refused(Box::new(error))
}

impl From<DatabaseError> for CloneError {
    fn from(error: DatabaseError) -> Self {
        Self::Complete(error.into())
    }
}

/// Clones the repository of a server into a new file, or resumes a clone that was interrupted.
///
/// ```no_run
/// use outcrop_sync::{CloneOptions, HttpTransport, clone};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let server = HttpTransport::new("https://fossil-scm.org/home")?;
/// let (repo, outcome) = clone("fossil.fossil", &server, CloneOptions::new()).await?;
/// println!("{} has {} artifacts", repo.path().display(), outcome.sync.total.received);
/// # Ok(()) }
/// ```
pub async fn clone(
    path: impl AsRef<Path>,
    transport: &dyn Transport,
    mut options: CloneOptions,
) -> Result<(Repo, CloneOutcome), CloneError> {
    let (path, remote) = (path.as_ref(), transport.address());
    let (clone, pull, push) = (true, false, false);
    let started = Started { clone, pull, push, repository: path, remote: remote.as_deref() };
    let watch = Watch::begin(&mut options.sync, &started);
    let cloned = Box::pin(run(path.to_owned(), transport, options)).await;
    match &cloned {
        Ok((_, outcome)) => watch.end(Ok(&outcome.sync)),
        Err(error) => watch.end_without_clone(error),
    }
    cloned
}

async fn run(
    path: PathBuf,
    transport: &dyn Transport,
    options: CloneOptions,
) -> Result<(Repo, CloneOutcome), CloneError> {
    let (pull, workers) = (catching_up(&options.sync), options.sync.workers);
    let begun = thread::unblock(workers, Length::Unknown, move || begin(&path, options)).await;
    let (repo, session) = begun.map_err(refused)??;
    let session = match Box::pin(drive::drive(session, transport)).await {
        Ok(session) => session,
        Err(cause) => {
            let left = thread::unblock(workers, Length::Unknown, move || leave(repo, cause)).await;
            return Err(left.map_err(refused)?);
        }
    };
    let resumed = session.clone.as_ref().is_some_and(|clone| clone.resumed);
    let completed = thread::unblock(workers, Length::Unknown, move || complete(session)).await;
    let (repo, mut outcome) = completed.map_err(refused)??;
    // Between two sessions the server may have got something whose number had passed already.
    if resumed || !outcome.refuted.is_empty() {
        let pulled = sync(&repo, transport, pull).await;
        let path = || repo.path().to_owned();
        let behind = |cause| CloneError::Behind { path: path(), cause: Box::new(cause) };
        outcome.sync.add(pulled.map_err(behind)?);
    }
    Ok((repo, outcome))
}

/// What is asked for when a clone is complete, but may be behind.
fn catching_up(options: &SyncOptions) -> SyncOptions {
    SyncOptions {
        pull: true,
        push: false,
        unversioned: Unversioned::Leave,
        config_pull: Areas::NONE,
        remember: None,
        lock: None,
        ..options.clone()
    }
}

/// [`clone`], for programs that wait for it.
pub fn clone_blocking(
    path: impl AsRef<Path> + Send,
    transport: &dyn Transport,
    mut options: CloneOptions,
) -> Result<(Repo, CloneOutcome), CloneError> {
    Watch::alone(&mut options.sync);
    thread::wait_for(clone(path, transport, options)).map_err(refused)?
}

/// Makes the file, or opens one in which a clone was begun.
fn begin(path: &Path, options: CloneOptions) -> Result<(Repo, Session), CloneError> {
    if !(1..=NEWEST).contains(&options.protocol) {
        return Err(CloneError::Protocol(options.protocol));
    }
    let mut resumed = true;
    let repo = match Repo::open_partial_clone(path) {
        Ok(repo) => repo,
        Err(OpenError::Missing(_) | OpenError::Blank(_)) => {
            let account = options.sync.account.as_ref().map(|account| account.user.clone());
            let admin = options.admin.clone().or(account).unwrap_or_else(|| ADMIN.to_owned());
            let start = PartialClone { protocol: options.protocol, seqno: 1, server_code: None };
            let now = options.sync.now();
            let (drawn, made) = with_random(&options.sync, |random| {
                Repo::begin_clone(path, &admin, &start, now, random)
            });
            let repo = made?;
            if let Err(error) = drawn {
                drop(repo.discard_clone());
                return Err(refused(SyncError::Random(error)));
            }
            resumed = false;
            repo
        }
        Err(error) => return Err(error.into()),
    };
    let partial = repo.read()?.partial_clone()?;
    let Some(partial) = partial else { return Err(CloneError::Exists(path.to_owned())) };
    if resumed {
        // What had no index over it was known to the session that has ended.
        let tx = repo.write()?;
        tx.index_artifacts()?;
        tx.commit()?;
    }
    let mut session = Session::new(repo.clone(), options.sync).map_err(refused)?;
    let introduced = session.project_code.is_some();
    session.clone = Some(Cloning {
        partial,
        max_bytes: options.max_bytes,
        introduced,
        probes: !introduced && session.options.account.is_some(),
        objection: None,
        resumed,
        confirmed: false,
        starts_over: false,
    });
    (session.pulls, session.pushes) = (false, false);
    Ok((repo, session))
}

/// Makes a repository of what has come.
fn complete(mut session: Session) -> Result<(Repo, CloneOutcome), CloneError> {
    let names = session.unsettled.take_names();
    let observer = session.options.observer.clone();
    let tx = session.repo.write()?;
    let now = session.now();
    let (drawn, completed) = with_random(&session.options, |random| {
        tx.complete_clone(names, now, random, |done| observer.progress(&Progress::Completing(done)))
    });
    let Completed { linked, refuted, password } = completed?;
    drawn.map_err(|error| refused(SyncError::Random(error)))?;
    let (linked, check_ins) = (linked.artifacts, linked.check_ins);
    let total = Counts { linked, check_ins, ..session.outcome.total };
    let outcome = CloneOutcome {
        project_code: tx.setting("project-code")?.unwrap_or_default(),
        server_code: tx.setting("server-code")?.unwrap_or_default(),
        admin: tx.first_user()?.unwrap_or_default(),
        admin_password: password.unwrap_or_default(),
        refuted,
        sync: SyncOutcome { total, ..session.outcome },
    };
    tx.commit()?;
    Ok((Repo::open(session.repo.path())?, outcome))
}

/// What is left of a clone that has failed: what has come, if anything has.
fn leave(repo: Repo, cause: SyncError) -> CloneError {
    let path = repo.path().to_owned();
    let found = repo.read().and_then(|tx| tx.names_with_prefix(""));
    match found {
        Ok(PrefixMatch::None) if repo.discard_clone().is_ok() => refused(cause),
        _ => CloneError::Interrupted { path, cause: Box::new(cause) },
    }
}

/// Does something that needs random bytes; says too whether they could be had.
fn with_random<T>(
    options: &SyncOptions,
    work: impl FnOnce(&mut dyn FnMut(&mut [u8])) -> T,
) -> (io::Result<()>, T) {
    let mut drawn = Ok(());
    let done = work(&mut |bytes| {
        let filled = options.env.rng.fill(bytes);
        if drawn.is_ok() {
            drawn = filled;
        }
    });
    (drawn, done)
}
