//! Watching a sync: for progress bars, logs and traces.

use outcrop_format::hash::HashName;

use crate::SyncError;
use crate::client::SyncOutcome;

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

/// Watches sessions. Every method does nothing unless it is implemented.
///
/// One observer may watch many sessions at a time; all of its methods are called from threads that
/// work, so they should not take long.
pub trait Observer: Send + Sync {
    /// A session begins.
    fn started(&self, started: &Started) {
        let _ = started;
    }

    /// A request is on its way: that of this round, counted from 1, with so many bytes of cards.
    fn round_started(&self, round: u32, bytes: usize) {
        let _ = (round, bytes);
    }

    /// The reply to a request is dealt with. The outcome is what has come of the session so far.
    fn round_completed(&self, round: u32, so_far: &SyncOutcome) {
        let _ = (round, so_far);
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
}

/// Watches nothing.
impl Observer for () {}
