//! What the headers of a round say.

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, Request};
use outcrop_sync::TraceParent;
use outcrop_xfer::MediaType;

use crate::trust::{Basic, Claims, RemoteUser};

/// How the body is framed, if it is one of the protocol.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<MediaType> {
    headers.get(CONTENT_TYPE)?.to_str().ok()?.parse().ok()
}

/// All cookies, as one header would have them.
pub(crate) fn cookies(headers: &HeaderMap) -> Option<String> {
    let texts = |name: HeaderName| headers.get_all(name).into_iter();
    let cookies: Vec<_> = texts(COOKIE).filter_map(|value| value.to_str().ok()).collect();
    (!cookies.is_empty()).then(|| cookies.join("; "))
}

/// The trace that a request is part of.
pub(crate) fn trace_parent(headers: &HeaderMap) -> Option<TraceParent> {
    headers.get(TraceParent::HEADER)?.to_str().ok()?.parse().ok()
}

/// What is said of a request beside its cards.
pub(crate) fn claims<B>(request: &Request<B>) -> Claims {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    Claims {
        remote_user: request.extensions().get::<RemoteUser>().map(|user| user.0.clone()),
        basic: header.and_then(Basic::from_header),
    }
}
