//! The side of a sync that asks: rounds until both sides have the same.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`sync`], and [`sync_blocking`] |
//! | `clone.rs` | [`clone`]: beginning, resuming and completing one |
//! | `options.rs` | what a caller decides |
//! | `outcome.rs` | what has come of it |
//! | `session.rs` | [`Session`]: the same without I/O |
//! | `drive.rs` | a session and a transport, until the session ends |
//! | `thread.rs` | [`Workers`]: work that blocks, waited for without blocking |
//! | `control.rs` | [`Control`]: pausing and cancelling |
//! | `retry.rs` | [`Retry`]: trying again what got no reply |
//! | `breaker.rs` | [`Breaker`]: leaving a server alone that refuses again and again |
//! | `remotes.rs` | [`Remotes`]: several servers, in order of preference |
//! | `limits.rs` | every bound, by name |

mod ahead;
mod breaker;
mod clone;
mod control;
mod converge;
mod drive;
mod give;
mod limits;
mod options;
mod outcome;
mod parent;
mod remotes;
mod reply;
mod request;
mod retry;
mod session;
mod state;
mod tables;
mod take;
mod thread;
mod unsettled;

use outcrop_repo::Repo;

pub use breaker::Breaker;
pub use clone::{CloneError, clone, clone_blocking};
pub use control::Control;
pub use options::{Account, CloneOptions, SyncOptions, Unversioned, WantedLock};
pub use outcome::{CloneOutcome, LockHolder, RoundOutcome, SyncOutcome};
pub use remotes::{Remote, Remotes};
pub use retry::Retry;
pub use session::{Arrival, Session};
pub use thread::{Threads, ThreadsIfLong, Workers};

use crate::observer::{Started, Watch};
use crate::{SyncError, Transport};

/// Syncs a repository with a server: pulls, pushes, or both, as the options say.
///
/// Needs no particular runtime; a transport may. The repository is read and written on threads of
/// their own, so the future blocks nobody. Each reply is stored in one transaction, and none is open
/// while the server is waited for: others can use the file meanwhile. Dropping the future ends the
/// session after the round that is being stored.
///
/// ```no_run
/// use outcrop_repo::Repo;
/// use outcrop_sync::{Account, HttpTransport, SyncOptions, sync};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let repo = Repo::open("project.fossil")?;
/// let server = HttpTransport::new("https://example.org/project")?;
/// let options = SyncOptions::push_pull().with_account(Account::new("alice", "sesame"));
/// let done = sync(&repo, &server, options).await?;
/// println!("{} in, {} out, {} rounds", done.total.received, done.total.sent, done.rounds);
/// # Ok(()) }
/// ```
pub async fn sync(
    repo: &Repo,
    transport: &dyn Transport,
    mut options: SyncOptions,
) -> Result<SyncOutcome, SyncError> {
    let remote = transport.address();
    let started = Started {
        clone: false,
        pull: options.pull,
        push: options.push,
        repository: repo.path(),
        remote: remote.as_deref(),
    };
    let watch = Watch::begin(&mut options, &started);
    let synced = run(repo.clone(), transport, options).await;
    watch.end(synced.as_ref());
    synced
}

async fn run(
    repo: Repo,
    transport: &dyn Transport,
    options: SyncOptions,
) -> Result<SyncOutcome, SyncError> {
    let workers = options.workers;
    let session =
        thread::unblock(workers, thread::Length::Moment, move || Session::new(repo, options))
            .await??;
    let session = Box::pin(drive::drive(session, transport)).await?;
    Ok(session.outcome().clone())
}

/// [`sync`], for programs that wait for it.
pub fn sync_blocking(
    repo: &Repo,
    transport: &dyn Transport,
    mut options: SyncOptions,
) -> Result<SyncOutcome, SyncError> {
    Watch::alone(&mut options);
    thread::wait_for(sync(repo, transport, options))?
}
