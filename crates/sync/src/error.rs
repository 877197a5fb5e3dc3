//! What can go wrong with a session of rounds, and whether to try again.

use std::io;

use outcrop_repo::config::ExportError;
use outcrop_repo::crosslink::LinkError;
use outcrop_repo::receive::ReceiveError;
use outcrop_repo::setting::SettingError;
use outcrop_repo::tables::{ListTablesError, ReceiveRowError};
use outcrop_repo::tx::DatabaseError;
use outcrop_repo::unversioned::{ReadFileError, WriteFileError};

use crate::TransportError;

/// Why a round, or a session of rounds, failed.
///
/// What a session took in before it failed is kept, and was verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The request got no reply.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The reply is not a list of cards.
    #[error("the server's reply makes no sense: {0}")]
    BadReply(#[from] outcrop_xfer::Error),
    /// No random bytes to make the message unique.
    #[error("no random bytes: {0}")]
    Random(#[source] io::Error),
    /// The reply is a page for people.
    #[error(
        "the server answers with a web page: \"{words}\"; check that the path of the URL is a Fossil \
         repository's"
    )]
    WebPage {
        /// How the page begins.
        words: String,
    },
    /// The server does not believe that the user is who it says.
    #[error("the server does not accept the login{}; check user and password", of_user(user.as_deref()))]
    LoginFailed {
        /// The user that has tried to log in.
        user: Option<String>,
    },
    /// The repository does not say which project it was made from.
    #[error(
        "there is no parent project: set `parent-project-code` and `parent-project-name` to pull \
         from one"
    )]
    NoParent,
    /// The two repositories have nothing in common.
    #[error("the server has another project: check the URL, or clone it into a new file")]
    WrongProject,
    /// The server refuses.
    #[error("the server refuses: {words}")]
    Refused {
        /// Its words.
        words: String,
    },
    /// The server has sent a card that only clients send.
    #[error("the server has sent a `{card}` card, which means nothing in a reply")]
    Unexpected {
        /// First word of the card.
        card: &'static str,
    },
    /// The server has sent an artifact that is not what it is called.
    #[error("the server has sent a bad artifact: {0}; nothing of it was stored")]
    Artifact(#[source] ReceiveError),
    /// The server has sent an unversioned file that is not what it is called.
    #[error("the server has sent a bad unversioned file: {0}; nothing of it was stored")]
    File(#[source] WriteFileError),
    /// The server has sent a row of an extension table that is none.
    #[error("the server has sent a bad row: {0}; nothing of it was stored")]
    Row(#[source] ReceiveRowError),
    /// An extension table on this side cannot be read.
    #[error(transparent)]
    Tables(#[from] ListTablesError),
    /// The server cannot understand names that are used here.
    #[error("the server is Fossil {}.{}, which knows no SHA3 names: it needs 2.0 or later",
        release / 10_000, release / 100 % 100)]
    ServerTooOld {
        /// Its release, as 10000·major + 100·minor + patch.
        release: u32,
    },
    /// The server of a clone has not told what there is to clone.
    #[error("the server does not tell which project it has: it may not be a Fossil repository")]
    NoProject,
    /// There is no clone, for a reason on this side: its file could not be made, opened or completed.
    /// Observers are told so; who asked for the clone gets the [`CloneError`](crate::CloneError).
    #[error("{words}")]
    NoClone {
        /// What has happened.
        words: String,
    },
    /// The server of a clone promises more, and does not send it.
    #[error(
        "the clone does not get on: the server sends nothing new; try again later to resume it"
    )]
    CloneStuck,
    /// The server goes on for ever, or for longer than the caller allows.
    #[error(
        "the session does not end: after {limit} rounds the server has still more; what has come is \
         kept, and a new session goes on from there"
    )]
    TooManyRounds {
        /// The limit.
        limit: u32,
    },
    /// A clone brings more than it may.
    #[error("the clone brings more than the limit of {limit} bytes; raise the limit to resume it")]
    CloneTooLarge {
        /// The limit.
        limit: u64,
    },
    /// The server has refused so often that it is not asked any more.
    #[error(
        "the server has refused {refusals} times in a row, and is left alone for the rest of the \
         session; at last it said: {reason}"
    )]
    LeftAlone {
        /// How often.
        refusals: u32,
        /// Its last refusal.
        reason: String,
    },
    /// None of several servers can be used.
    #[error("none of the servers can be used: {}", .reasons.join("; "))]
    NoRemote {
        /// What each of them has come to, in their order.
        reasons: Vec<String>,
    },
    /// Whoever watches the session has ended it.
    #[error("cancelled")]
    Cancelled,
    /// There is no thread to work on.
    #[error("no thread to work on: {0}")]
    Thread(#[source] io::Error),
    /// What has come could not be linked.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The configuration could not be sent.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// An unversioned file could not be read.
    #[error(transparent)]
    ReadFile(#[from] ReadFileError),
    /// The repository on this side has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<SettingError> for SyncError {
    fn from(error: SettingError) -> Self {
        match error {
            SettingError::Database(error) => error.into(),
            // All settings that a session writes have a name.
            _ => Self::NoProject,
        }
    }
}

fn of_user(user: Option<&str>) -> String {
    user.map(|user| format!(" of {user:?}")).unwrap_or_default()
}

impl SyncError {
    /// Whether the server, or the web server in front of it, denies a right or a login.
    #[must_use]
    pub fn is_denial(&self) -> bool {
        match self {
            Self::LoginFailed { .. } | Self::Transport(TransportError::Authorization { .. }) => {
                true
            }
            Self::Refused { words } => words.starts_with("not authorized"),
            Self::Transport(TransportError::Status { status, .. }) => matches!(status, 401 | 403),
            _ => false,
        }
    }

    /// Whether another server of the project may do better: this one cannot be reached, or is left
    /// alone.
    #[must_use]
    pub fn wants_another_server(&self) -> bool {
        self.is_transient() || matches!(self, Self::LeftAlone { .. })
    }

    /// Whether a new round may well succeed. See [`TransportError::is_transient`].
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport(error) => error.is_transient(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_passing_faults_are_worth_a_retry() {
        let stalled = TransportError::Stalled {
            origin: "http://example.org".into(),
            limit: Duration::from_millis(1500),
        };
        assert!(SyncError::from(stalled).is_transient());
        assert!(!SyncError::from(TransportError::ReplayEnded).is_transient());
        assert!(!SyncError::WrongProject.is_transient());
    }
}
