//! One HTTP request on one stream, the answer on another.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, join};
use tower_service::Service;

use super::ask;
use crate::listen::Patient;
use crate::{Peer, limits};

/// Answers one HTTP request, as a program that inetd or systemd starts for each connection does.
/// `peer` is where it comes from, if that is known.
pub async fn http<S, B>(
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin,
    service: S,
    peer: Option<SocketAddr>,
) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone,
    B: Body + 'static,
    B::Error: std::error::Error + Send + Sync,
{
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer::at(peer, false));
        let mut service = service.clone();
        async move { Ok::<_, Infallible>(ask(&mut service, request).await) }
    });
    let stream = Patient::new(join(input, output), limits::REPLY_STALL);
    let connection = http1::Builder::new()
        .keep_alive(false)
        .half_close(true)
        .max_header_size(limits::HEAD_BYTES)
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD)
        .serve_connection(TokioIo::new(stream), service);
    connection.await.map_err(io::Error::other)
}
