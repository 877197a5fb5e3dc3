//! Each error in one word: what metrics count by, and what logs are searched for.
//!
//! The words are few, and none is made of what a peer has sent.

use crate::{HandleError, SyncError, TransportError};

impl SyncError {
    /// What has happened, in one word: `unreachable`, `login_failed` …
    ///
    /// ```
    /// use outcrop_sync::{SyncError, TransportError};
    ///
    /// assert_eq!(SyncError::WrongProject.kind(), "wrong_project");
    /// assert_eq!(SyncError::from(TransportError::ReplayEnded).kind(), "replay_ended");
    /// ```
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Transport(error) => error.kind(),
            Self::BadReply(_) => "bad_reply",
            Self::Random(_) => "random",
            Self::WebPage { .. } => "web_page",
            Self::LoginFailed { .. } => "login_failed",
            Self::WrongProject => "wrong_project",
            Self::Refused { .. } => "refused",
            Self::Unexpected { .. } => "unexpected",
            Self::Artifact(_) => "artifact",
            Self::File(_) => "file",
            Self::ServerTooOld { .. } => "server_too_old",
            Self::NoProject => "no_project",
            Self::NoClone { .. } => "no_clone",
            Self::CloneStuck => "clone_stuck",
            Self::TooManyRounds { .. } => "too_many_rounds",
            Self::CloneTooLarge { .. } => "clone_too_large",
            Self::LeftAlone { .. } => "left_alone",
            Self::NoRemote { .. } => "no_remote",
            Self::Cancelled => "cancelled",
            Self::Thread(_) => "thread",
            Self::Link(_) => "link",
            Self::Export(_) => "export",
            Self::ReadFile(_) => "read_file",
            Self::Database(_) => "database",
            Self::NoParent => "no_parent",
            Self::Row(_) => "row",
            Self::Tables(_) => "tables",
        }
    }
}

impl TransportError {
    /// What has happened, in one word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Stalled { .. } => "stalled",
            Self::Interrupted { .. } => "interrupted",
            Self::NotHttp { .. } => "not_http",
            Self::Status { .. } => "status",
            Self::Authorization { .. } => "authorization",
            Self::Proxy { .. } => "proxy",
            Self::Program { .. } => "program",
            Self::NotFossil { .. } => "not_fossil",
            Self::Redirect { .. } => "redirect",
            Self::TooLarge { .. } => "too_large",
            Self::Envelope(_) => "envelope",
            Self::Tls { .. } => "tls",
            Self::Handler(error) => error.kind(),
            Self::ReplayEnded => "replay_ended",
        }
    }
}

impl HandleError {
    /// What has happened, in one word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Database(_) => "database",
            Self::Link(_) => "link",
            Self::Tables(_) => "tables",
            Self::NoProjectCode => "no_project_code",
            Self::CannotWrite => "cannot_write",
            Self::MustWrite => "must_write",
        }
    }
}
