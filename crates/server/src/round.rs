//! One round: the part that blocks.

use std::sync::Arc;

use http::StatusCode;
use outcrop_repo::Repo;
use outcrop_sync::{HandleOptions, Request};
use outcrop_xfer::{Chunks, Limits, MediaType};

use crate::answer::{self, Refusal};
use crate::body::Held;
use crate::service::{Handler, failed};
use crate::trust::{RemoteUser, trust};
use crate::{limits, log};

/// What a client has sent.
pub(crate) struct Sent {
    pub(crate) media: MediaType,
    pub(crate) held: Held,
    /// The cookies, one of which may hold the login.
    pub(crate) cookies: Option<String>,
    /// Where it comes from.
    pub(crate) address: Option<String>,
    /// Who has logged in to the web server that passes it on.
    pub(crate) user: Option<RemoteUser>,
}

/// A round that has yet to run.
pub(crate) struct Round {
    pub(crate) repo: Repo,
    pub(crate) sent: Sent,
    pub(crate) handler: Arc<Handler>,
    pub(crate) limits: Limits,
}

impl Round {
    /// Gives the body of the reply, or what is answered instead.
    pub(crate) fn run(self) -> Result<(MediaType, Chunks), Refusal> {
        let Sent { media, held, cookies, address, user } = self.sent;
        let request =
            Request::from_body(media, held.body.clone(), cookies.as_deref(), &self.limits);
        let request = request.map_err(|error| {
            let words = format!("this is no message of the Fossil sync protocol: {error}");
            Box::new(answer::text(StatusCode::BAD_REQUEST, &words))
        })?;
        let trust = trust(&self.repo, user).map_err(|error| {
            log::round_failed(self.repo.path(), &error);
            failed()
        })?;
        let options =
            HandleOptions { address, trust, limits: self.limits, ..HandleOptions::default() };
        let reply = (self.handler)(&self.repo, request, &options).map_err(|error| {
            log::round_failed(self.repo.path(), &error);
            if error.is_transient() { answer::crowded(limits::RETRY_AFTER) } else { failed() }
        })?;
        let media = reply.media;
        let body = reply.into_body().map_err(|error| {
            log::round_failed(self.repo.path(), &error);
            failed()
        })?;
        Ok((media, body))
    }
}
