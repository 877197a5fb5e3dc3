//! One HTTP connection: a request out, the head of a reply back.

use std::{sync::Arc, time::Duration};

use ::http::{HeaderValue, Method, Request, Response, header};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use outcrop_xfer::{Chunks, Limits, MediaType};

use super::{
    answer::{self, Answer, Asked},
    body::ChunkBody,
    interim::{Interim, TooMany},
    proxy::ProxyUrl,
    stream::Stream,
    tls_error,
};
use crate::{
    HttpUrl, TraceParent, TransportError,
    release::USER_AGENT,
    stall::{Progress, Stalled},
};

/// A message on its way, and what the web server is told about who sends it.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) media: MediaType,
    pub(super) body: Chunks,
    pub(super) authorization: Option<HeaderValue>,
    pub(super) trace_parent: Option<TraceParent>,
}

/// An open connection to one address.
#[derive(Debug)]
pub(super) struct Connection {
    url: HttpUrl,
    sender: SendRequest<ChunkBody>,
    progress: Progress,
    stall: Duration,
    /// The proxy at the other end, if it is one that reads requests.
    forwarder: Option<Arc<ProxyUrl>>,
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
        let (progress, forwarder) = (stream.progress(), stream.forwarder());
        let (sender, driver) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(url, &error))?;
        // Ends with the sender, or when the server closes. Its errors come out of the sender too.
        tokio::spawn(driver);
        Ok(Self { url: url.clone(), sender, progress, stall, forwarder })
    }

    /// Sends the first request.
    pub(super) async fn send(mut self, message: Message) -> Result<Answered, TransportError> {
        let mut request = self.request(message)?;
        let interim = Interim::watch(&mut request);
        let sent = interim.bound(self.sender.send_request(request));
        let sent = self.progress.guard(self.stall, sent).await;
        let response = sent
            .map_err(|stalled| self.stalled(stalled))?
            .map_err(|too_many| self.not_http(too_many))?
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
        let mut request = self.request(message)?;
        let interim = Interim::watch(&mut request);
        let sent = interim.bound(self.sender.try_send_request(request));
        match self.progress.guard(self.stall, sent).await {
            Err(stalled) => Err(self.stalled(stalled)),
            Ok(Err(too_many)) => Err(self.not_http(too_many)),
            Ok(Ok(Ok(response))) => Ok(Some((self, response))),
            Ok(Ok(Err(unsent))) if unsent.message().is_some() => Ok(None),
            Ok(Ok(Err(lost))) => Err(failed(url, lost.error())),
        }
    }

    /// Reads what follows the head of a reply.
    pub(super) async fn read(
        &mut self,
        response: Response<Incoming>,
        is_authorized: bool,
        limits: &Limits,
    ) -> Result<Answer, TransportError> {
        let forwarder = self.forwarder.as_deref();
        let asked = Asked { url: &self.url, forwarder, is_authorized };
        let read = self.progress.guard(self.stall, answer::read(&asked, response, limits)).await;
        read.map_err(|stalled| self.stalled(stalled))?
    }

    fn stalled(&self, stalled: Stalled) -> TransportError {
        TransportError::Stalled { origin: self.url.origin(), limit: stalled.limit }
    }

    fn not_http(&self, too_many: TooMany) -> TransportError {
        TransportError::NotHttp { origin: self.url.origin(), reason: too_many.to_string() }
    }

    fn request(&self, message: Message) -> Result<Request<ChunkBody>, TransportError> {
        let url = &self.url;
        let mut request = Request::builder()
            .method(Method::POST)
            .header(header::HOST, url.authority())
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::CONTENT_TYPE, message.media.as_str());
        request = match &self.forwarder {
            None => request.uri(url.target()),
            // It has to be told the whole address.
            Some(_) => request.uri(format!("{}{}", url.origin(), url.target())),
        };
        if let Some(value) = self.forwarder.as_ref().and_then(|proxy| proxy.authorization()) {
            request = request.header(header::PROXY_AUTHORIZATION, value);
        }
        if let Some(value) = message.authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        if let Some(parent) = message.trace_parent {
            request = request.header(TraceParent::HEADER, parent.to_string());
        }
        request.body(message.body.into()).map_err(|error| TransportError::NotHttp {
            origin: url.origin(),
            reason: error.to_string(),
        })
    }
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
    if let Some(reason) = tls_error::within(error) {
        TransportError::Tls { origin, reason }
    } else if error.is_parse() {
        TransportError::NotHttp { origin, reason }
    } else {
        TransportError::Interrupted { origin, reason }
    }
}
