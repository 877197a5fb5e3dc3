//! What has come of a session.

use outcrop_format::hash::HashName;
use outcrop_xfer::card::pragma::Version;

use crate::Counts;

/// What has come of a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SyncOutcome {
    /// Requests that were answered.
    pub rounds: u32,
    /// What has moved in all of them.
    pub total: Counts,
    /// Seconds by which the server's clock is ahead of ours, or behind if negative: the largest
    /// difference that was seen.
    pub skew: Option<i64>,
    /// Which release the server says to be.
    pub server: Option<Version>,
    /// What the server has to say to people.
    pub messages: Vec<String>,
    /// Artifacts that are known by name, and that this server did not give.
    pub missing: u64,
    /// The first few of them.
    pub missing_names: Vec<HashName>,
    /// Content was offered, and the server takes none from this user.
    pub push_refused: bool,
    /// There were unversioned files to send, and the server takes none from this user.
    pub unversioned_refused: bool,
    /// Who holds the lock that was wanted.
    pub lock_holder: Option<LockHolder>,
    /// The server wishes that no delta manifests are committed.
    pub avoid_delta_manifests: bool,
}

impl SyncOutcome {
    /// Adds a session that went on where this one had ended.
    pub(super) fn add(&mut self, next: Self) {
        self.rounds += next.rounds;
        self.total = self.total.and(&next.total);
        self.skew = self.skew.or(next.skew);
        self.messages.extend(next.messages);
        (self.missing, self.missing_names) = (next.missing, next.missing_names);
    }
}

/// What has come of one round.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RoundOutcome {
    /// Its number, counted from 1.
    pub round: u32,
    /// What has moved.
    pub counts: Counts,
    /// Seconds by which the server's clock is ahead of ours, or behind if negative.
    pub skew: Option<i64>,
    /// What the server has to say to people.
    pub messages: Vec<String>,
    /// What is wrong with the reply, if that ends the session. What came before that is kept.
    pub error: Option<String>,
}

/// Who is about to commit on top of a check-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// The user.
    pub user: String,
    /// Since when, in seconds since 1970.
    pub since: u64,
}

/// What has come of a clone.
#[derive(Clone)]
#[non_exhaustive]
pub struct CloneOutcome {
    /// What it did. After a clone that was resumed: since then.
    pub sync: SyncOutcome,
    /// What tells the project from all others.
    pub project_code: String,
    /// What tells this copy of it from all others.
    pub server_code: String,
    /// Login of the first user.
    pub admin: String,
    /// Artifacts that the server has sent, and that were not what they were called. They are known
    /// by name only, unless they have come again since.
    pub refuted: Vec<HashName>,
    /// That user's password. It stands nowhere else: the file holds a hash of it.
    pub admin_password: String,
}

impl std::fmt::Debug for CloneOutcome {
    /// Leaves out the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sync, project_code, server_code, admin, refuted, .. } = self;
        f.debug_struct("CloneOutcome")
            .field("sync", sync)
            .field("project_code", project_code)
            .field("server_code", server_code)
            .field("admin", admin)
            .field("refuted", refuted)
            .finish_non_exhaustive()
    }
}
