//! Requests over the pipes of programs that are kept for the next one.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use outcrop_xfer::MediaType;

use super::{
    ProcessOptions,
    child::{Child, Ending},
    exchange::{Answered, Asked, Failure, exchange},
};
use crate::{Reply, Request, TransportError, meter::Meter};

/// Carries requests to one server, each over the pipes of a program.
#[derive(Debug)]
pub(super) struct Carrier {
    /// The server, or what runs, for error messages.
    pub(super) origin: String,
    /// The host, for the program at the other end.
    host: String,
    pub(super) options: ProcessOptions,
    idle: Mutex<Option<Idle>>,
    pub(super) meter: Meter,
}

/// A program that waits for another request.
#[derive(Debug)]
struct Idle {
    child: Child,
    /// The content type of the first request: stock reads all later ones as if they had it too.
    media: MediaType,
}

/// Why there is no reply.
pub(super) enum CarryError {
    /// A new program ended, or spoke no HTTP: what it said, and how it ended.
    NoReply(Option<String>, Ending),
    /// Anything else.
    Other(TransportError),
}

impl<E: Into<TransportError>> From<E> for CarryError {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

impl Carrier {
    pub(super) fn new(origin: String, host: String, options: ProcessOptions) -> Self {
        Self { origin, host, options, idle: Mutex::new(None), meter: Meter::default() }
    }

    /// Carries a request over the program of the last one, or over one that `command_line` starts.
    pub(super) async fn carry(
        &self,
        command_line: &str,
        request: Request,
    ) -> Result<Reply, CarryError> {
        let media = request.media;
        let body = request.into_body()?;
        self.meter.add_sent(body.len());
        let idle = self.take().filter(|idle| idle.media == media).map(|idle| idle.child);
        let idle = idle.and_then(|mut child| child.is_alive().then_some(child));
        let is_new = idle.is_none();
        let child = match idle {
            Some(child) => child,
            None => Child::start(command_line).map_err(|error| self.unstarted(&error))?,
        };
        let ProcessOptions { stall, first_reply, limits, .. } = &self.options;
        let asked = Asked {
            origin: &self.origin,
            host: &self.host,
            media,
            body,
            limits,
            patience: (if is_new { (*first_reply).max(*stall) } else { *stall }, *stall),
        };
        match exchange(child, asked).await {
            Ok(Answered { reply, len, child }) => {
                self.meter.add_received(len);
                if let Some(child) = child {
                    self.keep(Idle { child, media });
                }
                Ok(reply)
            }
            Err(Failure::NoReply(said, ending)) if is_new => Err(CarryError::NoReply(said, ending)),
            Err(Failure::NoReply(said, ending)) => {
                let parts = [Some(ending.how()), said, Some(ending.words)];
                let parts: Vec<_> = parts.into_iter().flatten().filter(|s| !s.is_empty()).collect();
                let (origin, reason) = (self.origin.clone(), parts.join("; "));
                Err(TransportError::Interrupted { origin, reason }.into())
            }
            Err(Failure::Other(error)) => Err(error.into()),
        }
    }

    /// The error that a program gave no reply.
    pub(super) fn no_reply(&self, said: Option<&str>, ending: Ending) -> TransportError {
        let how = ending.how();
        let reason = match said {
            None => format!("{how} before it replied"),
            Some(said) => format!("what it says is no HTTP: \"{said}\"; {how}"),
        };
        TransportError::Program { origin: self.origin.clone(), reason, words: ending.words }
    }

    fn unstarted(&self, error: &io::Error) -> TransportError {
        TransportError::Program {
            origin: self.origin.clone(),
            reason: format!("no program could be started: {error}"),
            words: String::new(),
        }
    }

    fn take(&self) -> Option<Idle> {
        // Nothing that holds the lock leaves the place half-changed.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, idle: Idle) {
        *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(idle);
    }
}
