//! One connection, from the handshake to the farewell.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::timeout;
use tower_service::Service;

use super::patient::Patient;
use super::socket::{Peer, Stream};
use super::{ListenOptions, Tls};
use crate::share::Share;
use crate::{limits, log};

/// A connection that was accepted.
pub(super) struct Connection {
    pub(super) peer: Peer,
    pub(super) tls: Option<Tls>,
    pub(super) options: ListenOptions,
    /// Its place among those of the same address.
    pub(super) _share: Option<Share>,
}

impl Connection {
    /// Serves it to its end.
    pub(super) async fn serve<S, B>(
        mut self,
        stream: Stream,
        service: S,
        mut stopping: watch::Receiver<()>,
    ) where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>
            + Clone
            + Send
            + Unpin
            + 'static,
        S::Future: Send + 'static,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: std::error::Error + Send + Sync,
    {
        let _counted = self.options.metrics.connection();
        let stream = tokio::select! {
            stream = self.shake_hands(stream) => stream,
            // Nothing was asked yet.
            _ = stopping.changed() => return,
        };
        let Some(stream) = stream else { return };
        let peer = self.peer;
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            let mut service = service.clone();
            let answering: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
                poll_fn(|cx| service.poll_ready(cx)).await?;
                service.call(request).await
            });
            answering
        });
        let mut connection = http1::Builder::new()
            .half_close(self.options.half_close)
            .max_header_size(limits::HEAD_BYTES)
            .timer(TokioTimer::new())
            .header_read_timeout(self.options.head)
            .serve_connection(
                TokioIo::new(Patient::new(stream, self.options.reply_stall)),
                service,
            );
        let served = tokio::select! {
            served = poll_fn(|cx| connection.poll_without_shutdown(cx)) => served,
            _ = stopping.changed() => {
                Pin::new(&mut connection).graceful_shutdown();
                poll_fn(|cx| connection.poll_without_shutdown(cx)).await
            }
        };
        // A client that went away, or was too slow, needs no farewell.
        if served.is_ok() {
            let stream = connection.into_parts().io.into_inner().into_inner();
            // What the client still sends is of no interest.
            let _ = timeout(limits::LINGER, linger(stream)).await;
        }
    }

    /// Agrees on how to encrypt, if that is wanted.
    async fn shake_hands(&mut self, stream: Stream) -> Option<Stream> {
        let Some(tls) = &self.tls else { return Some(stream) };
        let accepted = timeout(self.options.head, tls.acceptor().accept(stream)).await;
        match accepted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) => {
                self.peer = self.peer.secure();
                Some(Box::new(stream))
            }
            Err(error) => {
                self.options.metrics.handshake_failed();
                log::no_handshake(self.peer, &error);
                None
            }
        }
    }
}

/// Says that nothing more will come, and reads on until the client has heard it.
async fn linger(mut stream: Stream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut unread = [0; 8 * 1024];
    let mut left = limits::LINGER_BYTES;
    while left > 0 {
        let len = stream.read(&mut unread).await?;
        if len == 0 {
            break;
        }
        left = left.saturating_sub(len);
    }
    Ok(())
}
