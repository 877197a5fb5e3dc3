//! Answers that are no rounds: short texts and pages.

use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use outcrop_sync::http::ChunkBody;
use outcrop_xfer::Chunks;

use crate::limits;
use crate::metrics::labels::words;

/// What goes back to a client: always with an exact length.
pub type Answer = Response<ChunkBody>;

/// An answer in the place of what was asked for.
pub(crate) type Refusal = Box<Answer>;

words! {
    /// Why a request did not become a round. An extension of such an answer.
    Reason {
        WrongMethod = "wrong_method",
        WrongType = "wrong_type",
        NoRepository = "no_repository",
        TooLarge = "too_large",
        TooSlow = "too_slow",
        /// It does not say how long the body is.
        NoLength = "no_length",
        /// The body broke off.
        Broken = "broken_off",
        /// The body is none of the protocol.
        NoMessage = "no_message",
        /// Too many at a time.
        Crowded = "crowded",
        /// Another process has the file.
        Busy = "busy",
        /// After too many failed logins.
        LoginDelayed = "login_delayed",
        WrongPassword = "wrong_password",
        /// What the request brings has no room.
        DiskFull = "disk_full",
        /// It is no client's fault.
        Failed = "failed",
    }
}

impl Reason {
    /// The word for it.
    pub(crate) fn word(self) -> Option<&'static str> {
        Self::WORDS.get(self as usize).copied()
    }

    /// The status that tells a client of it.
    fn status(self) -> StatusCode {
        match self {
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NoRepository => StatusCode::NOT_FOUND,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NoLength => StatusCode::LENGTH_REQUIRED,
            Self::Broken | Self::NoMessage => StatusCode::BAD_REQUEST,
            Self::Crowded | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::LoginDelayed => StatusCode::TOO_MANY_REQUESTS,
            Self::WrongPassword => StatusCode::UNAUTHORIZED,
            Self::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Pages load nothing, run nothing, and send nothing. Their icon is in them.
const PAGE_POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
                           form-action 'none'; base-uri 'none'";

/// Chunks of a type.
pub(crate) fn chunks(status: StatusCode, content_type: &'static str, chunks: Chunks) -> Answer {
    let mut answer = Response::new(ChunkBody::from(chunks));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A short text.
pub(crate) fn text(status: StatusCode, text: &str) -> Answer {
    plain(status, "text/plain; charset=utf-8", format!("{text}\n"))
}

/// A text of a type that browsers are not to guess at.
pub(crate) fn plain(status: StatusCode, content_type: &'static str, text: String) -> Answer {
    let answer = chunks(status, content_type, Bytes::from(text).into());
    with(answer, X_CONTENT_TYPE_OPTIONS, "nosniff")
}

/// A page.
pub(crate) fn page(status: StatusCode, html: String) -> Answer {
    let answer = plain(status, "text/html; charset=utf-8", html);
    with(answer, CONTENT_SECURITY_POLICY, PAGE_POLICY)
}

/// A text for a client that may not have sent all of its body: the rest of it is not wanted.
pub(crate) fn refused(reason: Reason, words: &str) -> Refusal {
    let mut answer = with(text(reason.status(), words), CONNECTION, "close");
    answer.extensions_mut().insert(reason);
    Box::new(answer)
}

/// Something that will pass.
pub(crate) fn later(reason: Reason, words: &str, after: Duration) -> Refusal {
    let mut answer = refused(reason, words);
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
    answer
}

/// Too many at a time.
pub(crate) fn crowded() -> Refusal {
    let words = "too many requests at a time: try again in a moment";
    later(Reason::Crowded, words, limits::RETRY_AFTER)
}

/// A method that means nothing here.
pub(crate) fn not_allowed(allowed: &'static str) -> Refusal {
    let answer = *refused(Reason::WrongMethod, "this method is not for this address");
    Box::new(with(answer, ALLOW, allowed))
}

/// A password by HTTP's Basic scheme that is not the right one.
pub(crate) fn wrong_password() -> Refusal {
    let answer = *refused(Reason::WrongPassword, "wrong user or password");
    Box::new(with(answer, WWW_AUTHENTICATE, "Basic realm=\"Fossil\", charset=\"UTF-8\""))
}

fn with(mut answer: Answer, name: HeaderName, value: &'static str) -> Answer {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
    answer
}
