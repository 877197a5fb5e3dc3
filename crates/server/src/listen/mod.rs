//! Listening: connections in, answers out, until it is time to stop.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`serve()`]: accepts connections, so many at a time |
//! | `socket.rs` | [`Listener`]: sockets of either kind, and [`Peer`]: who is at the other end |
//! | `unix.rs` | the files of Unix sockets |
//! | `tls.rs` | [`Tls`]: certificates, read anew while connections go on |
//! | `connection.rs` | one connection, from the handshake to the farewell |
//! | `patient.rs` | peers that must take what they are sent |

mod connection;
mod patient;
mod socket;
mod tls;
#[cfg(unix)]
mod unix;

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower_service::Service;

use crate::caller::Network;
use crate::limits;
use crate::metrics::Metrics;
use crate::share::Shares;
use connection::Connection;
pub(crate) use patient::Patient;
use socket::Stream;
pub use socket::{Listener, Listeners, Peer, bind};
pub use tls::{Tls, TlsError};

/// What who has too many connections is told.
const TOO_MANY: &str = "HTTP/1.1 503 Service Unavailable\r\n\
    Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\nRetry-After: 5\r\n\
    Content-Length: 63\r\n\r\n\
    too many connections from this address: try again in a moment.\n";

/// The bounds of connections.
#[derive(Debug, Clone)]
pub struct ListenOptions {
    /// Connections at a time. Further ones wait to be accepted.
    pub connections: usize,
    /// Connections at a time from one address, or from one network of IPv6. Further ones are told so
    /// and closed.
    pub connections_each: usize,
    /// From where more may come: proxies, behind which are many.
    pub proxies: Vec<Network>,
    /// How long a client may take for the head of a request, and be idle before one; also how long
    /// it may take to agree on how to encrypt.
    pub head: Duration,
    /// How long a client may take nothing of a reply.
    pub reply_stall: Duration,
    /// Whether a client may close its side once it has sent all, and still wait for the reply. If
    /// not, that counts as going away, and what is under way for it ends.
    pub half_close: bool,
    /// How long requests under way may take to end when it is time to stop.
    pub grace: Duration,
    /// Where connections are counted.
    pub metrics: Metrics,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self {
            connections: limits::CONNECTIONS,
            connections_each: limits::CONNECTIONS_EACH,
            proxies: Network::loopback().to_vec(),
            head: limits::HEAD,
            reply_stall: limits::REPLY_STALL,
            half_close: true,
            grace: limits::GRACE,
            metrics: Metrics::default(),
        }
    }
}

/// Serves HTTP on one socket or on several, until `shutdown` is done. Then requests under way come
/// to their end, within [`ListenOptions::grace`]; gives whether all did.
pub async fn serve<S, B>(
    listeners: impl Into<Listeners>,
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
    let mut doors = Doors { listeners: listeners.into(), next: 0 };
    let (stop, stopping) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    let most = options.connections.max(1);
    let shares = Shares::new(options.connections_each);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            accepted = doors.accept(), if connections.len() < most => {
                let Ok((stream, peer, tls)) = accepted else {
                    sleep(limits::ACCEPT_PAUSE).await;
                    continue;
                };
                let caller = Network::caller(peer, &options.proxies);
                let share = caller.map(|caller| shares.try_take(caller));
                if matches!(share, Some(None)) {
                    turn_away(stream, tls.is_some(), &options.metrics).await;
                    continue;
                }
                let share = share.flatten();
                let connection = Connection { peer, tls, options: options.clone(), _share: share };
                connections.spawn(connection.serve(stream, service.clone(), stopping.clone()));
            }
        }
    }
    drop(doors);
    drop(stop);
    let ending = async { while connections.join_next().await.is_some() {} };
    // What has not ended by then is cut off as the set is dropped.
    timeout(options.grace, ending).await.is_ok()
}

/// Closes a connection of a caller who has too many. Nothing is waited for.
async fn turn_away(mut stream: Stream, is_encrypted: bool, metrics: &Metrics) {
    metrics.connection_refused();
    if !is_encrypted {
        // There is room for it in a connection that is new.
        let _ = timeout(Duration::ZERO, stream.write_all(TOO_MANY.as_bytes())).await;
        let _ = timeout(Duration::ZERO, stream.shutdown()).await;
    }
}

/// All sockets, each of which gets its turn.
struct Doors {
    listeners: Listeners,
    /// The one that is asked first.
    next: usize,
}

impl Doors {
    async fn accept(&mut self) -> io::Result<(Stream, Peer, Option<Tls>)> {
        poll_fn(|cx| self.poll_accept(cx)).await
    }

    fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Stream, Peer, Option<Tls>)>> {
        let Listeners(listeners) = &self.listeners;
        for offset in 0..listeners.len() {
            let at = (self.next + offset) % listeners.len();
            let Some(listener) = listeners.get(at) else { continue };
            if let Poll::Ready(accepted) = listener.poll_accept(cx) {
                self.next = at + 1;
                let with_tls = accepted.map(|(stream, peer)| (stream, peer, listener.tls.clone()));
                return Poll::Ready(with_tls);
            }
        }
        Poll::Pending
    }
}
