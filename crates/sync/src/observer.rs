//! Watching a sync, from either side: for progress bars, logs, traces and metrics.

use outcrop_format::hash::HashName;

use crate::SyncError;
use crate::client::{RoundOutcome, SyncOutcome};
use crate::handler::{HandleError, HandleStarted, Handled};

/// What a session is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Started {
    /// Whether it clones.
    pub clone: bool,
    /// Whether it asks for content.
    pub pull: bool,
    /// Whether it offers content.
    pub push: bool,
}

impl Started {
    pub(crate) const fn new(clone: bool, pull: bool, push: bool) -> Self {
        Self { clone, pull, push }
    }
}

/// One step of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// An artifact was taken in.
    Received {
        /// Its name.
        name: HashName,
        /// Bytes of it, or of the delta that came for it, as they came.
        bytes: usize,
    },
    /// An artifact was put into the next request.
    Sent {
        /// Its name.
        name: HashName,
    },
    /// All has come; it is being put in order.
    Completing,
}

/// What has come of one extension table in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TableCounts {
    /// Rows that have changed here.
    pub received: u64,
    /// Rows that were sent.
    pub sent: u64,
    /// Rows of the other side that were not taken, since the table's rule forbids it.
    pub refused: u64,
}

/// Watches sessions and the rounds of a server. Every method does nothing unless it is implemented.
///
/// One observer may watch many sessions at a time; all of its methods are called from threads that
/// work, so they should not take long. [`Traced`](crate::Traced) is one that tells `tracing`.
///
/// ```text
/// a session:  started ─┬─► round_started ─► progress… ─► round_completed ─┬─► completed
///                      │        ▲  table_sync_started, …_completed        │
///                      │        └──────────────────────────────────────────┤
///                      └──────────────────────────────────────────────────►└─► error
/// a server:   handle_started ─► login_checked ─► handle_completed
/// ```
pub trait Observer: Send + Sync {
    /// A session begins.
    fn started(&self, started: &Started) {
        let _ = started;
    }

    /// A request is on its way: that of this round, counted from 1, with so many bytes of cards.
    fn round_started(&self, round: u32, bytes: usize) {
        let _ = (round, bytes);
    }

    /// The reply to a request is dealt with: what has come of the round, and of the session so far.
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

    /// A session ends otherwise.
    fn error(&self, error: &SyncError) {
        let _ = error;
    }

    /// Something small has happened.
    fn progress(&self, progress: &Progress) {
        let _ = progress;
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

/// Several that watch the same.
impl Observer for Vec<std::sync::Arc<dyn Observer>> {
    fn started(&self, started: &Started) {
        for one in self {
            one.started(started);
        }
    }

    fn round_started(&self, round: u32, bytes: usize) {
        for one in self {
            one.round_started(round, bytes);
        }
    }

    fn round_completed(&self, round: &RoundOutcome, so_far: &SyncOutcome) {
        for one in self {
            one.round_completed(round, so_far);
        }
    }

    fn table_sync_started(&self, table: &str) {
        for one in self {
            one.table_sync_started(table);
        }
    }

    fn table_sync_completed(&self, table: &str, counts: &TableCounts) {
        for one in self {
            one.table_sync_completed(table, counts);
        }
    }

    fn completed(&self, outcome: &SyncOutcome) {
        for one in self {
            one.completed(outcome);
        }
    }

    fn error(&self, error: &SyncError) {
        for one in self {
            one.error(error);
        }
    }

    fn progress(&self, progress: &Progress) {
        for one in self {
            one.progress(progress);
        }
    }

    fn handle_started(&self, started: &HandleStarted<'_>) {
        for one in self {
            one.handle_started(started);
        }
    }

    fn login_checked(&self, user: &str, accepted: bool) {
        for one in self {
            one.login_checked(user, accepted);
        }
    }

    fn handle_completed(&self, handled: Result<&Handled, &HandleError>) {
        for one in self {
            one.handle_completed(handled);
        }
    }
}
