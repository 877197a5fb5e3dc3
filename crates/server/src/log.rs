//! What is logged, through `tracing`: a line for each request, for each decision on who may what, and
//! for what went wrong. All lines about one request stand in its span, which has the id of its trace.
//!
//! Nothing of a header or a body is ever logged, since both may hold a login. What others have
//! chosen, as paths are, is logged with its control characters escaped.

use std::fmt::Display;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue, Method, Request, Response};
use hyper::body::Body;
use outcrop_repo::tx::DatabaseError;
use outcrop_sync::Handled;
use tracing::{Span, debug, error, error_span, info, warn};

use crate::Peer;
use crate::answer::Reason;
use crate::caller::Caller;
use crate::hosting::{HostingError, NotFound};
use crate::metrics::Metrics;
use crate::trace::TraceId;

/// The header that tells a client the id under which its request is logged.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request, for its line in the log.
pub(crate) struct Access {
    begun: Instant,
    trace: TraceId,
    pub(crate) span: Span,
    address: Option<IpAddr>,
    method: Method,
    path: String,
    /// Whether it is one of those that come every few seconds.
    pub(crate) is_probe: bool,
    /// Bytes of the body that were read.
    pub(crate) received: usize,
    /// How long the work itself took, with the wait for its turn.
    pub(crate) worked: Duration,
}

impl Access {
    pub(crate) fn begin<B>(request: &Request<B>, caller: &Caller) -> Self {
        let trace = TraceId::of(request.headers());
        Self {
            begun: Instant::now(),
            trace,
            // Of the highest level, so that whatever is logged has it.
            span: error_span!("request", id = %trace),
            address: caller.address,
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            is_probe: false,
            received: 0,
            worked: Duration::ZERO,
        }
    }

    /// Logs and counts the answer, and tells the client the id.
    pub(crate) fn end<B: Body>(self, answer: &mut Response<B>, metrics: &Metrics) {
        let reason = answer.extensions().get::<Reason>().copied();
        metrics.answered(answer.status(), reason);
        if let Ok(id) = HeaderValue::try_from(self.trace.to_string()) {
            answer.headers_mut().insert(REQUEST_ID, id);
        }
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    target: "outcrop_server::access",
                    parent: &self.span,
                    address = self.address.map(tracing::field::display),
                    received = self.received,
                    sent = answer.body().size_hint().lower(),
                    work_ms = millis(self.worked),
                    total_ms = millis(self.begun.elapsed()),
                    reason = reason.and_then(Reason::word),
                    "{} {:?} {}",
                    self.method,
                    self.path,
                    answer.status().as_u16(),
                )
            };
        }
        if self.is_probe {
            line!(debug);
        } else {
            line!(info);
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A decision on who may what.
pub(crate) struct Decision<'a> {
    pub(crate) repository: &'a Path,
    pub(crate) address: Option<IpAddr>,
    /// Whom the request says that it is from.
    pub(crate) claimed: Option<&'a str>,
}

impl Decision<'_> {
    /// A round that was answered.
    pub(crate) fn made(&self, handled: &Handled) {
        let operation = handled.operation.as_str();
        match &handled.refusal {
            _ if handled.login_failed => self.login_failed(operation),
            Some(words) => self.line("refused", operation, handled.user.as_deref(), words),
            None if handled.notices.is_empty() => {
                self.line("allowed", operation, handled.user.as_deref(), "");
            }
            None => {
                let notices = handled.notices.join("; ");
                self.line("allowed in part", operation, handled.user.as_deref(), &notices);
            }
        }
    }

    fn line(&self, decision: &str, operation: &str, user: Option<&str>, words: &str) {
        info!(
            target: "outcrop_server::authorization",
            user = ?user.unwrap_or("nobody"),
            address = self.address.map(tracing::field::display),
            repository = %self.repository.display(),
            words = Some(without_quotes(words)).filter(|words| !words.is_empty()),
            "{operation} {decision}",
        );
    }

    /// Somebody is not who it says.
    pub(crate) fn login_failed(&self, operation: &str) {
        warn!(
            target: "outcrop_server::authorization",
            user = ?self.claimed.unwrap_or("nobody"),
            address = self.address.map(tracing::field::display),
            repository = %self.repository.display(),
            "{operation} refused: login failed",
        );
    }

    /// After too many failed logins another one is not even looked at.
    pub(crate) fn turned_away(&self) {
        warn!(
            target: "outcrop_server::authorization",
            user = ?self.claimed.unwrap_or("nobody"),
            address = self.address.map(tracing::field::display),
            repository = %self.repository.display(),
            "refused: too many failed logins",
        );
    }
}

/// What a client is told, without the line of its own that it may quote: that could be a login.
fn without_quotes(words: &str) -> String {
    const QUOTING: &str = "bad command";
    if words.starts_with(QUOTING) { QUOTING.to_owned() } else { escaped(&words) }
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

/// A connection on which no encryption was agreed on: a stranger's fault, mostly.
pub(crate) fn no_handshake(peer: Peer, error: &io::Error) {
    let address = peer.address.map(|address| address.ip()).map(tracing::field::display);
    debug!(address, "no TLS: {}", escaped(error));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_in_lines_that_are_quoted_are_left_out() {
        assert_eq!(without_quotes("bad command: login alice 0af7 65cd\n"), "bad command");
        assert_eq!(without_quotes("not authorized\nto write"), "not authorized\\nto write");
    }
}
