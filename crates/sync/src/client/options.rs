//! What a caller decides about a session.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use outcrop_format::hash::HashName;
use outcrop_repo::artifact::Moment;
use outcrop_repo::config::Areas;
use outcrop_repo::limits::MAX_CONTENT;
use outcrop_repo::secret::Secret;
use outcrop_repo::setting::Remote;
use outcrop_xfer::Limits;

use super::limits::{CLONE_BYTES, MAX_SEND, ROUNDS};
use super::retry::Retry;
use super::{Breaker, Control, Threads, Workers};
use crate::Env;
use crate::observer::Observer;

/// Who logs in, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user's name on the server.
    pub user: String,
    /// The password, or the hash of it that repositories store.
    pub password: Secret,
}

impl Account {
    /// A user with a password.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: Secret::new(password) }
    }
}

/// What becomes of unversioned files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unversioned {
    /// They stay as they are, on both sides.
    #[default]
    Leave,
    /// Of each file the newer version counts.
    Sync,
    /// They become what the server has, and what it does not have is dropped here.
    Revert,
}

/// A check-in on top of which someone here is about to commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedLock {
    /// The check-in.
    pub check_in: HashName,
    /// The check-out: a word without blanks that others do not use.
    pub client: String,
}

/// What a session does, and how.
#[derive(Clone)]
// Switches, each on its own.
#[allow(clippy::struct_excessive_bools)]
pub struct SyncOptions {
    /// Asks for content.
    pub pull: bool,
    /// Offers content.
    pub push: bool,
    /// Private content too, in both directions.
    pub private: bool,
    /// Pulls from the project that this one was made from, as the settings `parent-project-code` and
    /// `parent-project-name` say. Nothing is pushed then, and neither configuration nor rows of
    /// extension tables are asked for.
    pub from_parent: bool,
    /// Announces everything, not only what is new: finds what other syncs have missed.
    pub verily: bool,
    /// Unversioned files.
    pub unversioned: Unversioned,
    /// Extension tables too, if the server knows of them.
    pub tables: bool,
    /// Areas of the configuration to ask for.
    pub config_pull: Areas,
    /// Whether what is pulled of the configuration replaces what is here, even if that is newer.
    pub config_overwrite: bool,
    /// Areas of the configuration to send.
    pub config_push: Areas,
    /// Who logs in.
    pub account: Option<Account>,
    /// Bytes after which a request is full.
    pub max_send: usize,
    /// Rounds that the session may take, so that it ends whatever the server does.
    pub max_rounds: u32,
    /// A check-in to lock.
    pub lock: Option<WantedLock>,
    /// The address to remember once the server has answered: as that of the parent, if it is pulled
    /// from.
    pub remember: Option<Remote>,
    /// How large replies and their parts may be.
    pub limits: Limits,
    /// How large an artifact may be.
    pub max_content: usize,
    /// How often a request is tried.
    pub retry: Retry,
    /// When the server is to be left alone.
    pub breaker: Breaker,
    /// Who watches.
    pub observer: Arc<dyn Observer>,
    /// How to pause or cancel the session.
    pub control: Control,
    /// The clock and the randomness.
    pub env: Env<'static>,
    /// Who does what blocks.
    pub workers: &'static dyn Workers,
}

impl SyncOptions {
    /// Does nothing but to ask the server who it is: what the other options build upon.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            pull: false,
            push: false,
            private: false,
            from_parent: false,
            verily: false,
            unversioned: Unversioned::Leave,
            tables: true,
            config_pull: Areas::NONE,
            config_overwrite: false,
            config_push: Areas::NONE,
            account: None,
            max_send: MAX_SEND,
            max_rounds: ROUNDS,
            lock: None,
            remember: None,
            limits: Limits::DEFAULT,
            max_content: MAX_CONTENT,
            retry: Retry::default(),
            breaker: Breaker::new(),
            observer: Arc::new(()),
            control: Control::new(),
            env: Env::system(),
            workers: &Threads,
        }
    }

    /// Fetches content and sends content.
    #[must_use]
    pub fn push_pull() -> Self {
        Self { pull: true, push: true, ..Self::nothing() }
    }

    /// Fetches content.
    #[must_use]
    pub fn pull() -> Self {
        Self { pull: true, ..Self::nothing() }
    }

    /// Sends content.
    #[must_use]
    pub fn push() -> Self {
        Self { push: true, ..Self::nothing() }
    }

    /// The time it is.
    pub(super) fn now(&self) -> Moment {
        let since = self.env.clock.now().duration_since(SystemTime::UNIX_EPOCH);
        let millis = since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        Moment::since_1970(millis)
    }

    /// Logs in.
    #[must_use]
    pub fn with_account(mut self, account: Account) -> Self {
        self.account = Some(account);
        self
    }
}

impl fmt::Debug for SyncOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncOptions")
            .field("pull", &self.pull)
            .field("push", &self.push)
            .field("private", &self.private)
            .field("verily", &self.verily)
            .field("unversioned", &self.unversioned)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// What a clone does, and how.
#[derive(Debug, Clone)]
pub struct CloneOptions {
    /// Options that a clone shares with other sessions. Whether to pull or push means nothing here.
    pub sync: SyncOptions,
    /// Login of the first user of the clone. Without one it is the user that logs in, or `root`.
    pub admin: Option<String>,
    /// The protocol: 3, unless a server is so old that it needs 2 or 1. A clone that is resumed
    /// keeps the one that it began with.
    pub protocol: u32,
    /// Bytes that may come in all.
    pub max_bytes: u64,
}

impl CloneOptions {
    /// What `fossil clone` does.
    #[must_use]
    pub fn new() -> Self {
        let sync = SyncOptions { config_pull: Areas::ALL, ..SyncOptions::nothing() };
        Self { sync, admin: None, protocol: 3, max_bytes: CLONE_BYTES }
    }

    /// Logs in.
    #[must_use]
    pub fn with_account(mut self, account: Account) -> Self {
        self.sync.account = Some(account);
        self
    }
}

impl Default for CloneOptions {
    fn default() -> Self {
        Self::new()
    }
}
