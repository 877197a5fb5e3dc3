//! What is logged, through `tracing`: an access line for each request, and what went wrong.
//!
//! Nothing of a header or a body is ever logged, since both may hold a login. What others have
//! chosen, as paths are, is logged with its control characters escaped.

use std::fmt::Display;
use std::path::Path;
use std::time::{Duration, Instant};

use http::{Method, Request, Response};
use hyper::body::Body;
use outcrop_repo::tx::DatabaseError;
use tracing::{debug, error, info, warn};

use crate::Peer;
use crate::hosting::{HostingError, NotFound};

/// A request, for its line in the log.
pub(crate) struct Access {
    begun: Instant,
    peer: Option<Peer>,
    method: Method,
    path: String,
    /// Bytes of the body that were read.
    pub(crate) received: usize,
    /// How long the work itself took, with the wait for its turn.
    pub(crate) worked: Duration,
}

impl Access {
    pub(crate) fn begin<B>(request: &Request<B>) -> Self {
        Self {
            begun: Instant::now(),
            peer: request.extensions().get::<Peer>().copied(),
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            received: 0,
            worked: Duration::ZERO,
        }
    }

    pub(crate) fn end<B: Body>(self, answer: &Response<B>) {
        let peer = self.peer.map_or_else(|| "-".to_owned(), |peer| peer.0.to_string());
        info!(
            target: "outcrop_server::access",
            "{peer} {} {:?} {} in {} out {} work {} ms total {} ms",
            self.method,
            self.path,
            answer.status().as_u16(),
            self.received,
            answer.body().size_hint().lower(),
            self.worked.as_millis(),
            self.begun.elapsed().as_millis(),
        );
    }
}

/// A path that stands for nothing. Clients are not told why, the owner of the server is.
pub(crate) fn not_found(path: &str, error: &NotFound) {
    match error {
        NotFound::Missing => debug!("{path:?}: {error}"),
        NotFound::Unusable(_) => error!("{path:?}: {error}"),
        _ => warn!("{path:?} is not served: {}", escaped(error)),
    }
}

pub(crate) fn round_failed(repository: &Path, error: &impl Display) {
    error!("{}: {}", repository.display(), escaped(error));
}

pub(crate) fn unsettled(repository: &Path, error: Option<&DatabaseError>) {
    let repository = repository.display();
    let why = error.map_or_else(|| "someone still uses it".to_owned(), escaped);
    warn!("{repository} keeps its write-ahead log: {why}");
}

/// A message in which nothing can pass for a line of its own.
pub(crate) fn escaped(message: &impl Display) -> String {
    let message = message.to_string();
    let mut shown = String::with_capacity(message.len());
    for c in message.chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

pub(crate) fn not_ready(error: &HostingError) {
    warn!("not ready: {}", escaped(error));
}

pub(crate) fn page_failed(path: &str, error: &DatabaseError) {
    error!("{path:?}: {}", escaped(error));
}
