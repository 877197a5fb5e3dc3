//! Answers that are no rounds: short texts and pages.

use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use outcrop_sync::http::ChunkBody;
use outcrop_xfer::Chunks;

/// What goes back to a client: always with an exact length.
pub type Answer = Response<ChunkBody>;

/// An answer in the place of what was asked for.
pub(crate) type Refusal = Box<Answer>;

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
    let body = Bytes::from(format!("{text}\n")).into();
    let answer = chunks(status, "text/plain; charset=utf-8", body);
    with(answer, X_CONTENT_TYPE_OPTIONS, "nosniff")
}

/// A page.
pub(crate) fn page(status: StatusCode, html: String) -> Answer {
    let answer = chunks(status, "text/html; charset=utf-8", Bytes::from(html).into());
    let answer = with(answer, CONTENT_SECURITY_POLICY, PAGE_POLICY);
    with(answer, X_CONTENT_TYPE_OPTIONS, "nosniff")
}

/// A text for a client that has not sent all of its body: the rest of it is not wanted.
pub(crate) fn unread(status: StatusCode, words: &str) -> Refusal {
    Box::new(with(text(status, words), CONNECTION, "close"))
}

/// Too many at a time.
pub(crate) fn crowded(after: Duration) -> Refusal {
    let words = "too many requests at a time: try again in a moment";
    let mut answer = unread(StatusCode::SERVICE_UNAVAILABLE, words);
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
    answer
}

/// A method that means nothing here.
pub(crate) fn not_allowed(allowed: &'static str) -> Refusal {
    let words = "this method is not for this address";
    let answer = *unread(StatusCode::METHOD_NOT_ALLOWED, words);
    Box::new(with(answer, ALLOW, allowed))
}

fn with(mut answer: Answer, name: HeaderName, value: &'static str) -> Answer {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
    answer
}
