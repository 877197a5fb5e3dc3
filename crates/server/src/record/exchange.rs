//! One exchange: the client's request, and the reply it gets.

use std::{io, path::PathBuf, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::Full;
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use outcrop_sync::{
    HttpUrl, TransportError,
    http::{BodyError, Connector, Progress, Stalled, read_body},
};
use tokio::task::spawn_blocking;

use super::{
    folder::{Folder, Side, write_whole},
    headers::pass_on,
    tap::{MAX_HEAD, Tap, Tapped},
};

/// An exchange that has ended.
#[derive(Debug)]
pub struct Exchange {
    /// Its number, from 1.
    pub number: u64,
    /// What the client sent.
    pub request: Recorded,
    /// What the server answered. Otherwise the client got status 502 and the reason.
    pub reply: Result<Recorded, ExchangeError>,
}

/// A message, and where it is kept.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The file.
    pub path: PathBuf,
    /// Start line, headers and blank line.
    pub head: Bytes,
    /// What follows the blank line.
    pub body: Bytes,
}

/// Why there is no reply, or none that was kept.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The upstream server was not reached.
    #[error("{0}")]
    Upstream(#[from] TransportError),
    /// A side stalled.
    #[error("{0}")]
    Stalled(#[from] Stalled),
    /// The upstream server does not speak HTTP, or went away.
    #[error("the upstream server gave no reply: {0}")]
    NoReply(#[from] hyper::Error),
    /// A body broke off, or is too large.
    #[error("{0}")]
    Body(#[from] BodyError),
    /// A request that cannot be passed on.
    #[error("the request cannot be passed on: {0}")]
    BadRequest(#[from] http::Error),
    /// A message was not kept.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// What all exchanges of a recording share.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) folder: Folder,
    pub(super) connector: Connector,
    pub(super) upstream: HttpUrl,
    pub(super) max_body: usize,
    pub(super) stall: Duration,
}

impl Relay {
    /// Passes a request on, keeps both messages, and gives what the client is answered.
    pub(super) async fn exchange(
        &self,
        request: Request<Incoming>,
        tap: &Tap,
        progress: &Progress,
        observer: &(dyn Fn(&Exchange) + Send + Sync),
    ) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        // A request that is not whole is no request: nothing is kept, and nobody is told.
        let body = match self.read(body, progress).await {
            Ok(body) => body,
            Err(error) => return refusal(&error),
        };
        let number = self.folder.next();
        let request = Recorded {
            path: self.folder.path(number, Side::Request),
            head: tap.head(body.len()).into(),
            body: body.clone(),
        };
        let request_for_upstream = Request::from_parts(parts, Full::new(body));
        let (answer, reply) = match self.relay(number, &request, request_for_upstream).await {
            Ok((answer, reply)) => (answer, Ok(reply)),
            Err(error) => (refusal(&error), Err(error)),
        };
        observer(&Exchange { number, request, reply });
        answer
    }

    /// Keeps the request, sends it, keeps the reply.
    async fn relay(
        &self,
        number: u64,
        recorded: &Recorded,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Response<Full<Bytes>>, Recorded), ExchangeError> {
        keep(recorded).await?;
        self.address(&mut request)?;

        let stream = self.connector.connect(&self.upstream).await?;
        let progress = stream.progress();
        let (stream, tap) = Tapped::new(stream);
        let response = progress.guard(self.stall, send(stream, request)).await??;
        let (mut parts, body) = response.into_parts();
        let body = self.read(body, &progress).await?;
        let reply = Recorded {
            path: self.folder.path(number, Side::Reply),
            head: tap.head(body.len()).into(),
            body: body.clone(),
        };
        keep(&reply).await?;

        pass_on(&mut parts.headers);
        Ok((Response::from_parts(parts, Full::new(body)), reply))
    }

    async fn read(&self, body: Incoming, progress: &Progress) -> Result<Bytes, ExchangeError> {
        let read = read_body(body, self.max_body);
        Ok(progress.guard(self.stall, read).await??)
    }

    /// Turns a request to us into one to the upstream server.
    fn address(&self, request: &mut Request<Full<Bytes>>) -> Result<(), ExchangeError> {
        let asked = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let target = target(self.upstream.target(), asked);
        *request.uri_mut() = Uri::builder().path_and_query(target).build()?;
        let host = HeaderValue::from_str(&self.upstream.authority()).map_err(http::Error::from)?;
        pass_on(request.headers_mut());
        request.headers_mut().insert(header::HOST, host);
        Ok(())
    }
}

/// The path of the upstream repository, and the client's path below it.
fn target(upstream: &str, asked: &str) -> String {
    if asked == "/" {
        upstream.to_owned()
    } else {
        format!("{}{asked}", upstream.trim_end_matches('/'))
    }
}

async fn send(
    stream: Tapped,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, hyper::Error> {
    let (mut sender, driver) = http1::Builder::new()
        .preserve_header_case(true)
        .max_header_size(MAX_HEAD)
        .handshake(TokioIo::new(stream))
        .await?;
    // Ends when the reply does; its errors come out of the reply too.
    tokio::spawn(driver);
    sender.send_request(request).await
}

async fn keep(message: &Recorded) -> Result<(), ExchangeError> {
    let Recorded { path, head, body } = message.clone();
    let written = spawn_blocking(move || write_whole(&path, &head, &body)).await;
    written
        .unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
        .map_err(|source| ExchangeError::Write { path: message.path.clone(), source })
}

/// What the client is told when there is no reply.
fn refusal(error: &ExchangeError) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(format!("{error}\n").into()));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_below_the_upstream_repository() {
        for (upstream, asked, sent) in [
            ("/", "/", "/"),
            ("/", "/xfer?a=b", "/xfer?a=b"),
            ("/project", "/", "/project"),
            ("/project/", "/xfer", "/project/xfer"),
        ] {
            assert_eq!(target(upstream, asked), sent);
        }
    }
}
