//! What can go wrong with a round, and whether to try again.

use std::{io, time::Duration};

use outcrop_format::envelope::EnvelopeError;
use outcrop_repo::config::ExportError;
use outcrop_repo::crosslink::LinkError;
use outcrop_repo::receive::ReceiveError;
use outcrop_repo::setting::SettingError;
use outcrop_repo::tx::DatabaseError;
use outcrop_repo::unversioned::{ReadFileError, WriteFileError};

/// Why a request got no reply.
///
/// One variant for each thing that a caller can do something about; each message says what happened
/// and what to do. None holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection came about.
    #[error("cannot reach {origin}: {source}; check the address, and that the server is running")]
    Unreachable {
        /// Scheme, host and port.
        origin: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// Nothing moved in either direction for too long.
    #[error(
        "{origin} stalled: nothing was sent or received for {} s; try again, or allow more time",
        limit.as_secs_f64()
    )]
    Stalled {
        /// Scheme, host and port.
        origin: String,
        /// How long nothing may move.
        limit: Duration,
    },
    /// The connection ended before the reply was whole.
    #[error("{origin} ended the connection before its reply was complete: {reason}; try again")]
    Interrupted {
        /// Scheme, host and port.
        origin: String,
        /// More about it.
        reason: String,
    },
    /// What answers does not speak HTTP.
    #[error(
        "{origin} does not answer in HTTP: {reason}; check the port, and whether it wants https"
    )]
    NotHttp {
        /// Scheme, host and port.
        origin: String,
        /// More about it.
        reason: String,
    },
    /// The server answered with another status than 200.
    #[error("{origin} answered with HTTP status {status}: \"{words}\"; {}", status_advice(*status))]
    Status {
        /// Scheme, host and port.
        origin: String,
        /// The status.
        status: u16,
        /// How its page begins.
        words: String,
    },
    /// The server answered with something other than a sync message, such as a web page.
    #[error(
        "{origin} answered with {content_type}, not with a sync message: \"{words}\"; \
         check that the path of the URL is a Fossil repository's"
    )]
    NotFossil {
        /// Scheme, host and port.
        origin: String,
        /// What the server calls it.
        content_type: String,
        /// How it begins.
        words: String,
    },
    /// The server sends the client elsewhere, and the client will not go there.
    #[error("{origin} redirects, but {reason}; check the URL")]
    Redirect {
        /// Scheme, host and port.
        origin: String,
        /// Why it is not followed.
        reason: String,
    },
    /// The reply is larger than the caller allows.
    #[error("the reply of {origin} is larger than the limit of {limit} bytes; raise the limit")]
    TooLarge {
        /// Scheme, host and port.
        origin: String,
        /// The limit.
        limit: usize,
    },
    /// A message could not be put into its envelope, or taken out of it.
    #[error("a message has a bad envelope: {0}; something on the way may have changed it")]
    Envelope(#[from] EnvelopeError),
    /// No encryption came about, or the server could not prove who it is.
    #[error(
        "no secure connection to {origin}: {reason}; \
         if a private authority signed its certificate, name that authority"
    )]
    Tls {
        /// Scheme, host and port.
        origin: String,
        /// More about it.
        reason: String,
    },
    /// The repository of this process that should have answered could not.
    #[error("the repository could not answer: {0}")]
    Handler(#[source] Box<crate::HandleError>),
    /// A replay has no reply left.
    #[error("the replay has no reply left; add one for each request")]
    ReplayEnded,
}

impl TransportError {
    /// Whether the same round may well succeed when it is tried again.
    ///
    /// The server may have acted on a request whose reply was lost, so a retry must be a *new*
    /// message: with fresh random bytes, and signed anew. Servers refuse a login they have seen.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Stalled { .. } | Self::Interrupted { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
            Self::Handler(error) => error.is_transient(),
            Self::NotHttp { .. }
            | Self::NotFossil { .. }
            | Self::Redirect { .. }
            | Self::TooLarge { .. }
            | Self::Envelope(_)
            | Self::Tls { .. }
            | Self::ReplayEnded => false,
        }
    }

    /// How long the server asks to wait before the next attempt.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        None
    }
}

fn status_advice(status: u16) -> &'static str {
    match status {
        401 | 403 => "it wants other credentials",
        404 => "check the path of the URL",
        408 | 429 | 502..=504 => "try again later",
        _ => "see the server's log",
    }
}

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
    /// A clone was begun from another file.
    #[error(
        "the clone was begun from another copy of the project: resume it from there, or remove the \
         file and begin anew"
    )]
    OtherServer,
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
    /// Whether the server denies a right, or the login.
    #[must_use]
    pub fn is_denial(&self) -> bool {
        match self {
            Self::LoginFailed { .. } => true,
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

    fn status(status: u16) -> TransportError {
        TransportError::Status {
            origin: "http://example.org".into(),
            status,
            words: "Sorry".into(),
        }
    }

    #[test]
    fn only_passing_faults_are_worth_a_retry() {
        assert!(status(503).is_transient());
        assert!(!status(404).is_transient());
        assert!(!SyncError::from(TransportError::ReplayEnded).is_transient());
        let stalled = TransportError::Stalled {
            origin: "http://example.org".into(),
            limit: Duration::from_millis(1500),
        };
        assert!(stalled.to_string().contains("for 1.5 s"));
        assert!(SyncError::from(stalled).is_transient());
    }

    #[test]
    fn messages_say_what_happened_and_what_to_do() {
        assert_eq!(
            status(404).to_string(),
            "http://example.org answered with HTTP status 404: \"Sorry\"; check the path of the URL"
        );
    }
}
