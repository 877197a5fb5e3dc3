//! What can go wrong on the way to a server and back, and whether to try again.

use std::{io, time::Duration};

use outcrop_format::envelope::EnvelopeError;

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
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The web server in front of the repository wants to know who asks before it lets anyone in:
    /// status 401.
    #[error(
        "{origin} wants HTTP authorization ({challenge}): {}",
        if *sent { "it refuses the user and password that it was given; check both" }
        else { "give a user and password for it, which are not those of the repository" }
    )]
    Authorization {
        /// Scheme, host and port.
        origin: String,
        /// What the server asks for, as `Basic realm="Example"`.
        challenge: String,
        /// Whether a user and a password were sent.
        sent: bool,
    },
    /// The proxy does not let the request through.
    #[error("the proxy {proxy} does not let the request through: {reason}")]
    Proxy {
        /// The address of the proxy.
        proxy: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The program that should carry the request did not.
    #[error("{origin}: {reason}{}", of_words(words))]
    Program {
        /// The server, or what runs.
        origin: String,
        /// How the program failed, and what to do.
        reason: String,
        /// The last lines that it wrote on its standard error.
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
    #[error("no secure connection to {origin}: {reason}")]
    Tls {
        /// Scheme, host and port.
        origin: String,
        /// Why, and what to do.
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
            Self::Status { status, .. } => is_passing(*status),
            Self::Handler(error) => error.is_transient(),
            Self::NotHttp { .. }
            | Self::Authorization { .. }
            | Self::Proxy { .. }
            | Self::Program { .. }
            | Self::NotFossil { .. }
            | Self::Redirect { .. }
            | Self::TooLarge { .. }
            | Self::Envelope(_)
            | Self::Tls { .. }
            | Self::ReplayEnded => false,
        }
    }

    /// How long the server asks to be left alone before the round is tried again, if it says so.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Whether a status tells of something that passes: too many requests, or a server that is not well.
/// One that lacks the method or HTTP itself, or a gate that wants a person to log in, stays as it is.
const fn is_passing(status: u16) -> bool {
    match status {
        408 | 429 => true,
        501 | 505 | 511 => false,
        _ => status >= 500,
    }
}

fn status_advice(status: u16) -> &'static str {
    match status {
        401 | 403 => "it wants other credentials",
        404 => "check the path of the URL",
        511 => "the network wants you to log in to it first",
        _ if is_passing(status) => "try again later, or see the server's log",
        _ => "see the server's log",
    }
}

fn of_words(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!("; it says: {words}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> TransportError {
        let retry_after = Some(Duration::from_secs(7));
        let (origin, words) = ("http://example.org".into(), "Sorry".into());
        TransportError::Status { origin, status, words, retry_after }
    }

    #[test]
    fn only_passing_faults_are_worth_a_retry() {
        for passing in [408, 429, 500, 502, 503, 504, 507, 522] {
            assert!(status(passing).is_transient(), "{passing}");
        }
        for lasting in [300, 400, 403, 404, 410, 413, 415, 501, 505, 511] {
            assert!(!status(lasting).is_transient(), "{lasting}");
        }
        assert!(!TransportError::ReplayEnded.is_transient());
        assert_eq!(status(503).retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(TransportError::ReplayEnded.retry_after(), None);
    }

    #[test]
    fn messages_say_what_happened_and_what_to_do() {
        assert_eq!(
            status(404).to_string(),
            "http://example.org answered with HTTP status 404: \"Sorry\"; check the path of the URL"
        );
        let stalled = TransportError::Stalled {
            origin: "http://example.org".into(),
            limit: Duration::from_millis(1500),
        };
        assert!(stalled.to_string().contains("for 1.5 s"));
        let words = |sent| {
            let (origin, challenge) = ("http://h".into(), "Basic realm=\"x\"".into());
            TransportError::Authorization { origin, challenge, sent }.to_string()
        };
        assert!(words(false).contains("give a user and password for it"));
        assert!(words(true).contains("refuses the user and password"));
    }
}
