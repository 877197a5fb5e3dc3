//! Watching a sync, from either side: for progress bars, logs, traces and metrics.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Observer`]: what can be watched |
//! | `notice.rs` | what an observer is told |
//! | `several.rs` | several observers as one |
//! | `watch.rs` | a session's beginning and its end, once each |
//! | `kind.rs` | each error in one word |
//! | `refusal.rs` | what may be shown of a refusal |
//! | `traced/` | [`Traced`](crate::Traced): tells `tracing` |
//! | `otel/` | `Otel`: tells OpenTelemetry (feature `otel`) |
//! | `otlp/` | `Otlp`: sends that to a collector (feature `otlp`) |

mod kind;
mod notice;
#[cfg(feature = "otel")]
mod otel;
#[cfg(feature = "otlp")]
mod otlp;
mod refusal;
mod several;
mod traced;
mod watch;

use std::sync::Arc;

pub use self::notice::{Completing, Progress, Retrying, Started, TableCounts};
#[cfg(feature = "otel")]
pub use self::otel::Otel;
#[cfg(feature = "otlp")]
pub use self::otlp::{Otlp, OtlpError};
pub use self::traced::Traced;
pub(crate) use self::watch::Watch;
use crate::client::{RoundOutcome, SyncOutcome};
use crate::handler::{HandleError, HandleStarted, Handled};
use crate::{SyncError, TraceParent};

/// Watches sessions and the rounds of a server. Every method does nothing unless it is implemented.
///
/// One observer may watch many sessions at a time; all of its methods are called from threads that
/// work, so they should not take long. An observer that must tell sessions apart makes one for each:
/// see [`for_one`](Self::for_one). [`Traced`](crate::Traced) is one that tells `tracing`,
/// `Otel` (feature `otel`) one that tells OpenTelemetry; a `Vec` of observers is an observer too.
///
/// ```text
/// a session:  started ─┬─► round_started ─► progress… ─► round_completed ─┬─► completed
///                      │        ▲  retrying…                              │
///                      │        │  table_sync_started, …_completed        │
///                      │        └──────────────────────────────────────────┤
///                      └──────────────────────────────────────────────────►└─► error
/// a server:   handle_started ─► login_checked ─► handle_completed
/// ```
///
/// A session that [`sync()`](crate::sync()) or [`clone()`](crate::clone()) runs begins once and ends
/// once, however it ends. A clone asks for its next batch before the last one is stored, so a round
/// may begin before the one before it is completed. After an error, rounds that had begun are not
/// completed any more.
///
/// # A counter
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
///
/// use outcrop_sync::{HandleOptions, MemoryTransport, Observer, RoundOutcome, SyncOptions};
/// use outcrop_sync::{SyncOutcome, sync_blocking};
/// # use outcrop_repo::{Repo, artifact::Moment, create::CreateOptions};
/// # let folder = tempfile::tempdir()?;
/// # let now = Moment::parse(b"2024-05-06T07:08:09").ok_or("not a date")?;
/// # let path = folder.path().join("server.fossil");
/// # let theirs = Repo::create(path, &CreateOptions::new("alice", now), &mut |_| {})?.repo;
/// # std::fs::copy(theirs.path(), folder.path().join("client.fossil"))?;
/// # let ours = Repo::open(folder.path().join("client.fossil"))?;
///
/// #[derive(Default)]
/// struct Rounds(AtomicU64);
///
/// impl Observer for Rounds {
///     fn round_completed(&self, round: &RoundOutcome, _so_far: &SyncOutcome) {
///         println!("round {}: {} artifacts came", round.round, round.counts.received);
///         self.0.fetch_add(1, Relaxed);
///     }
/// }
///
/// let rounds = Arc::new(Rounds::default());
/// let options = SyncOptions { observer: rounds.clone(), ..SyncOptions::pull() };
/// let server = MemoryTransport::new(theirs, HandleOptions::default());
/// let outcome = sync_blocking(&ours, &server, options)?;
/// assert_eq!(rounds.0.load(Relaxed), u64::from(outcome.rounds));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Observer: Send + Sync {
    /// Who watches the one session that is about to begin, or the one request that is about to be
    /// answered; `None` if this observer does that itself. What follows of it is told to that one
    /// alone, which is dropped at the end. It may be asked the same again, before it is told anything,
    /// and for a session within the session. Who drives a [`Session`](crate::Session) asks for it too.
    fn for_one(&self) -> Option<Arc<dyn Observer>> {
        None
    }

    /// A session begins.
    fn started(&self, started: &Started<'_>) {
        let _ = started;
    }

    /// A request is on its way: that of this round, counted from 1, with so many bytes of cards.
    fn round_started(&self, round: u32, bytes: usize) {
        let _ = (round, bytes);
    }

    /// Which trace the request of a round that has started is to belong to: the server is told.
    fn trace_parent(&self, round: u32) -> Option<TraceParent> {
        let _ = round;
        None
    }

    /// A request got no reply, and is made again after some time.
    fn retrying(&self, retrying: &Retrying<'_>) {
        let _ = retrying;
    }

    /// The reply to a request is stored: what has come of the round, and of the session so far.
    fn round_completed(&self, round: &RoundOutcome, so_far: &SyncOutcome) {
        let _ = (round, so_far);
    }

    /// The rows of an extension table are compared with the server's.
    fn table_sync_started(&self, table: &str) {
        let _ = table;
    }

    /// The session is done with an extension table.
    fn table_sync_completed(&self, table: &str, counts: &TableCounts) {
        let _ = (table, counts);
    }

    /// A session ends well.
    fn completed(&self, outcome: &SyncOutcome) {
        let _ = outcome;
    }

    /// A session ends otherwise. One whose future is dropped is cancelled.
    fn error(&self, error: &SyncError) {
        let _ = error;
    }

    /// Something small has happened.
    fn progress(&self, progress: &Progress) {
        let _ = progress;
    }

    /// One of several servers cannot be used, and a new session with the next one begins. Between
    /// sessions, so it is told to the observer of them all.
    fn remote_changed(&self, from: &str, to: &str, error: &SyncError) {
        let _ = (from, to, error);
    }

    /// A server begins to answer a request. It may begin more than once, as told in
    /// [`Writing`](crate::Writing), and completes once.
    fn handle_started(&self, started: &HandleStarted<'_>) {
        let _ = started;
    }

    /// A server has looked at the login of a request, and believes it or not. Once for each time that
    /// it begins.
    fn login_checked(&self, user: &str, accepted: bool) {
        let _ = (user, accepted);
    }

    /// A server has answered a request, if only with a refusal; or it could not.
    fn handle_completed(&self, handled: Result<&Handled, &HandleError>) {
        let _ = handled;
    }
}

/// Watches nothing.
impl Observer for () {}
