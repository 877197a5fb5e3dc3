//! How a request has come: from where, and whether someone may have listened.

use std::net::SocketAddr;

use http::Extensions;

use crate::Peer;

/// An extension of requests that nobody could listen to on their way.
#[derive(Debug, Clone, Copy)]
struct Secure;

/// Notes how a request has come, as far as that is known.
pub(crate) fn note(extensions: &mut Extensions, from: Option<SocketAddr>, is_secure: bool) {
    if let Some(from) = from {
        extensions.insert(Peer(from));
    }
    if is_secure {
        extensions.insert(Secure);
    }
}

/// Whether it is known that nobody could listen.
pub(crate) fn is_secure(extensions: &Extensions) -> bool {
    extensions.get::<Secure>().is_some()
}
