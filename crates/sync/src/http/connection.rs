//! One HTTP connection: a request out, the head of a reply back.

use std::time::Duration;

use ::http::{Method, Request, Response, header};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use outcrop_xfer::{Chunks, MediaType};

use super::{
    body::ChunkBody,
    connect::Stream,
    stall::{Progress, Stalled},
};
use crate::{HttpUrl, TraceParent, TransportError};

/// What we call ourselves.
const USER_AGENT: &str = concat!("Outcrop/", env!("CARGO_PKG_VERSION"));

/// A message on its way.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) media: MediaType,
    pub(super) body: Chunks,
    pub(super) trace_parent: Option<TraceParent>,
}

/// An open connection to one address.
#[derive(Debug)]
pub(super) struct Connection {
    url: HttpUrl,
    sender: SendRequest<ChunkBody>,
    progress: Progress,
    stall: Duration,
}

/// A connection, and the head of the reply that came over it.
pub(super) type Answered = (Connection, Response<Incoming>);

impl Connection {
    /// Begins to speak HTTP over a stream.
    pub(super) async fn open(
        url: &HttpUrl,
        stream: Stream,
        stall: Duration,
    ) -> Result<Self, TransportError> {
        let progress = stream.progress();
        let (sender, driver) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(url, &error))?;
        // Ends with the sender, or when the server closes. Its errors come out of the sender too.
        tokio::spawn(driver);
        Ok(Self { url: url.clone(), sender, progress, stall })
    }

    /// Sends the first request.
    pub(super) async fn send(mut self, message: Message) -> Result<Answered, TransportError> {
        let request = request(&self.url, message)?;
        let sent = self.sender.send_request(request);
        let sent = self.progress.guard(self.stall, sent).await;
        let response = sent
            .map_err(|stalled| self.stalled(stalled))?
            .map_err(|error| failed(&self.url, &error))?;
        Ok((self, response))
    }

    /// Sends a further request. `None` if the server closed the connection in the meantime, and
    /// the request certainly did not get there.
    pub(super) async fn reuse(
        mut self,
        url: &HttpUrl,
        message: Message,
    ) -> Result<Option<Answered>, TransportError> {
        if self.url.origin() != url.origin() {
            return Ok(None);
        }
        let ready = self.sender.ready();
        if !matches!(self.progress.guard(self.stall, ready).await, Ok(Ok(()))) {
            return Ok(None);
        }
        self.url = url.clone();
        let request = request(url, message)?;
        let sent = self.sender.try_send_request(request);
        match self.progress.guard(self.stall, sent).await {
            Err(stalled) => Err(self.stalled(stalled)),
            Ok(Ok(response)) => Ok(Some((self, response))),
            Ok(Err(unsent)) if unsent.message().is_some() => Ok(None),
            Ok(Err(lost)) => Err(failed(url, lost.error())),
        }
    }

    /// Awaits something that moves bytes over this connection.
    pub(super) async fn guard<W: Future>(&mut self, work: W) -> Result<W::Output, TransportError> {
        let done = self.progress.guard(self.stall, work).await;
        done.map_err(|stalled| self.stalled(stalled))
    }

    fn stalled(&self, stalled: Stalled) -> TransportError {
        TransportError::Stalled { origin: self.url.origin(), limit: stalled.limit }
    }
}

fn request(url: &HttpUrl, message: Message) -> Result<Request<ChunkBody>, TransportError> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(url.target())
        .header(header::HOST, url.authority())
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::CONTENT_TYPE, message.media.as_str());
    if let Some(parent) = message.trace_parent {
        request = request.header(TraceParent::HEADER, parent.to_string());
    }
    request.body(message.body.into()).map_err(|error| TransportError::NotHttp {
        origin: url.origin(),
        reason: error.to_string(),
    })
}

/// Tells a connection that broke from one that was never HTTP.
pub(super) fn failed(url: &HttpUrl, error: &hyper::Error) -> TransportError {
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        reason = format!("{reason}: {deeper}");
        cause = deeper.source();
    }
    let origin = url.origin();
    if error.is_parse() {
        TransportError::NotHttp { origin, reason }
    } else {
        TransportError::Interrupted { origin, reason }
    }
}
