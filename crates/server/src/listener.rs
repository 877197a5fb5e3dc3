//! Listening: connections in, answers out, until it is time to stop.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower_service::Service;

use crate::limits;
use crate::patient::Patient;

/// Where a request comes from: an extension of every request that [`serve`] passes on. Services
/// that listen on their own may set it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// The bounds of connections.
#[derive(Debug, Clone)]
pub struct ListenOptions {
    /// Connections at a time. Further ones wait to be accepted.
    pub connections: usize,
    /// How long a client may take for the head of a request, and be idle before one.
    pub head: Duration,
    /// How long a client may take nothing of a reply.
    pub reply_stall: Duration,
    /// Whether a client may close its side once it has sent all, and still wait for the reply. If
    /// not, that counts as going away, and what is under way for it ends.
    pub half_close: bool,
    /// How long requests under way may take to end when it is time to stop.
    pub grace: Duration,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self {
            connections: limits::CONNECTIONS,
            head: limits::HEAD,
            reply_stall: limits::REPLY_STALL,
            half_close: true,
            grace: limits::GRACE,
        }
    }
}

/// Serves HTTP until `shutdown` is done. Then requests under way come to their end, within
/// [`ListenOptions::grace`]; gives whether all did.
pub async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    options: ListenOptions,
    shutdown: impl Future<Output = ()>,
) -> bool
where
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
    let (stop, stopping) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    let most = options.connections.max(1);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < most => {
                let Ok((stream, address)) = accepted else {
                    sleep(limits::ACCEPT_PAUSE).await;
                    continue;
                };
                let (service, options) = (service.clone(), options.clone());
                connections.spawn(connection(stream, address, service, options, stopping.clone()));
            }
        }
    }
    drop(listener);
    drop(stop);
    let ending = async { while connections.join_next().await.is_some() {} };
    // What has not ended by then is cut off as the set is dropped.
    timeout(options.grace, ending).await.is_ok()
}

/// Serves one connection to its end.
async fn connection<S, B>(
    stream: TcpStream,
    address: SocketAddr,
    service: S,
    options: ListenOptions,
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
    // Replies are written whole: there is nothing to gather. If it fails, they are only later.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(address));
        let mut service = service.clone();
        let answering: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
            poll_fn(|cx| service.poll_ready(cx)).await?;
            service.call(request).await
        });
        answering
    });
    let mut connection = http1::Builder::new()
        .half_close(options.half_close)
        .max_header_size(limits::HEAD_BYTES)
        .timer(TokioTimer::new())
        .header_read_timeout(options.head)
        .serve_connection(TokioIo::new(Patient::new(stream, options.reply_stall)), service);
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

/// Says that nothing more will come, and reads on until the client has heard it.
async fn linger(mut stream: TcpStream) -> io::Result<()> {
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
