//! A recording relay: it stands between a client and a server, and keeps every message.
//!
//! ```text
//! client ─► NN-request.http ─► upstream
//! client ◄─ NN-reply.http   ◄─ upstream
//! ```
//!
//! Each file is one HTTP message: start line, headers, blank line and body as they came over the
//! wire. A message that came in HTTP's own chunks is kept with a `Content-Length` in their place,
//! so that a body is always what follows the blank line.
//!
//! Each connection carries one exchange, as stock's client has it anyway. A redirect is passed on as it is and leads the client away from here, so name
//! the address at which redirects end.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Recorder`]: listens, until it is told to stop |
//! | `exchange.rs` | one exchange, from the client's request to the reply it gets |
//! | `headers.rs` | which headers are passed on |
//! | `tap.rs` | the head of a message as it came over the wire |
//! | `folder.rs` | the numbered files |

mod exchange;
mod folder;
mod headers;
mod tap;

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use outcrop_sync::{
    HttpOptions, HttpUrl,
    http::{Connector, Stream},
};
use outcrop_xfer::Limits;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use exchange::Relay;
pub use exchange::{Exchange, ExchangeError, Recorded};
use folder::Folder;
use tap::{MAX_HEAD, Tapped};

/// Connections at a time. Further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 64;

/// How long to wait when the system has no room for one more connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What to record, where, and within which bounds.
#[derive(Debug, Clone)]
pub struct RecordOptions {
    /// The repository that requests are passed on to.
    pub upstream: HttpUrl,
    /// Where the messages are kept. Made if it is not there.
    pub folder: PathBuf,
    /// Where to listen. Port 0 stands for any that is free.
    pub listen: SocketAddr,
    /// Bytes of the largest body.
    pub max_body: usize,
    /// How long nothing may move before a side counts as stalled.
    pub stall: Duration,
    /// Certificates of authorities, in PEM form, that are trusted beside the system's.
    pub extra_authorities: Option<Bytes>,
}

impl RecordOptions {
    /// Records to `folder` what goes to and comes from `upstream`; listens on a free port of this
    /// machine alone.
    #[must_use]
    pub fn new(upstream: HttpUrl, folder: impl Into<PathBuf>) -> Self {
        Self {
            upstream,
            folder: folder.into(),
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            max_body: Limits::DEFAULT.message,
            stall: HttpOptions::STALL,
            extra_authorities: None,
        }
    }
}

/// Why recording did not begin.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}: {source}; name another address")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The folder cannot be made or read.
    #[error("cannot record to {}: {source}; name a folder that can be written", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// A relay that listens already.
#[derive(Debug)]
pub struct Recorder {
    listener: TcpListener,
    address: SocketAddr,
    relay: Arc<Relay>,
}

impl Recorder {
    /// Makes the folder and begins to listen. Numbering goes on after what the folder holds.
    pub async fn bind(options: RecordOptions) -> Result<Self, RecordError> {
        let folder = Folder::open(&options.folder)
            .map_err(|source| RecordError::Folder { path: options.folder, source })?;
        let address = options.listen;
        let unable = |source| RecordError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(unable)?;
        Ok(Self {
            address: listener.local_addr().map_err(unable)?,
            listener,
            relay: Arc::new(Relay {
                folder,
                connector: Connector::new(options.stall, options.extra_authorities),
                upstream: options.upstream,
                max_body: options.max_body,
                stall: options.stall,
            }),
        })
    }

    /// Where clients find it.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Relays until `shutdown` is done, telling `observer` of each exchange as it ends. Exchanges
    /// under way come to their end; those that stall are cut off.
    pub async fn run<S, O>(self, shutdown: S, observer: O)
    where
        S: Future<Output = ()>,
        O: Fn(&Exchange) + Send + Sync + 'static,
    {
        let observer: Arc<dyn Fn(&Exchange) + Send + Sync> = Arc::new(observer);
        let (stop, stopping) = watch::channel(());
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = connections.join_next() => {}
                accepted = self.listener.accept(), if connections.len() < MAX_CONNECTIONS => {
                    let Ok((stream, _)) = accepted else {
                        sleep(ACCEPT_PAUSE).await;
                        continue;
                    };
                    let (relay, observer) = (self.relay.clone(), observer.clone());
                    connections.spawn(serve(relay, observer, stream, stopping.clone()));
                }
            }
        }
        drop(self.listener);
        drop(stop);
        let ending = async { while connections.join_next().await.is_some() {} };
        // What has not ended by then is cut off as the set is dropped.
        let _ = timeout(self.relay.stall, ending).await;
    }
}

/// Serves one connection: one exchange, then it is closed.
async fn serve(
    relay: Arc<Relay>,
    observer: Arc<dyn Fn(&Exchange) + Send + Sync>,
    stream: TcpStream,
    mut stopping: watch::Receiver<()>,
) {
    let stream = Stream::accepted(stream);
    let progress = stream.progress();
    let (stream, tap) = Tapped::new(stream);
    let service = service_fn(|request: http::Request<Incoming>| async {
        let reply = relay.exchange(request, &tap, &progress, &*observer).await;
        Ok::<http::Response<Full<Bytes>>, Infallible>(reply)
    });
    let connection = http1::Builder::new()
        .keep_alive(false)
        .preserve_header_case(true)
        .auto_date_header(false)
        .max_header_size(MAX_HEAD)
        .timer(TokioTimer::new())
        .header_read_timeout(relay.stall)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // A client that goes away is no concern of ours: what it sent has been kept.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
