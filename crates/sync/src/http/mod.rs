//! Rounds over HTTP and HTTPS.
//!
//! ```text
//! Request ─► envelope ─► POST ─┬─► 200: envelope ─► Reply
//!                              ├─► 301, 302, 307, 308: the same again, elsewhere
//!                              └─► anything else: an error that quotes it
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`HttpTransport`]: which address, and following redirects |
//! | `connection.rs` | one connection: a request out, the head of a reply back |
//! | `connect.rs` | [`Connector`]: TCP, and TLS on top of it |
//! | `tls.rs` | which authorities are trusted |
//! | `stall.rs` | [`Progress`]: how long nothing has moved |
//! | `body.rs` | bodies: of known length on the way out, of limited length on the way in |
//! | `answer.rs` | what a reply means |

mod answer;
mod body;
mod connect;
mod connection;
mod stall;
mod tls;

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use outcrop_xfer::Limits;

use crate::{BoxFuture, HttpUrl, Reply, Request, Traffic, Transport, TransportError, UrlError};
use answer::Answer;
pub use body::{BodyError, ChunkBody, read_body};
pub use connect::{Connector, Stream};
use connection::{Connection, Message};
pub use stall::{Progress, Stalled};

/// How many addresses are tried for one request; stock Fossil's number.
const MAX_ADDRESSES: usize = 20;

/// How an [`HttpTransport`] behaves.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// How long nothing may move, in either direction, before the server counts as stalled. A
    /// transfer may take as long as it likes while it moves.
    pub stall: Duration,
    /// Bounds on replies.
    pub limits: Limits,
    /// Certificates of authorities, in PEM form, that are trusted beside the system's.
    pub extra_authorities: Option<Bytes>,
}

impl HttpOptions {
    /// How long nothing may move, unless told otherwise.
    pub const STALL: Duration = Duration::from_secs(10);
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self { stall: Self::STALL, limits: Limits::default(), extra_authorities: None }
    }
}

/// Carries rounds over HTTP/1.1, encrypted if the address says `https`.
///
/// One connection is kept between rounds if the server agrees. Several rounds may run at a time;
/// each then has a connection of its own. Redirects are followed for this and all later rounds,
/// except from `https` to `http`. User and password of the address are not used: they are for the
/// login of a [`Request`].
///
/// Must be used within a Tokio runtime that has its I/O and time drivers enabled.
///
/// ```no_run
/// use outcrop_sync::{Env, HttpTransport, ping};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let server = HttpTransport::new("https://fossil-scm.org/home")?;
/// println!("{:?}", ping(&server, Env::system(), None).await?.version);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct HttpTransport {
    connector: Connector,
    options: HttpOptions,
    state: Mutex<State>,
    /// Bytes of bodies so far.
    sent: AtomicU64,
    received: AtomicU64,
}

#[derive(Debug)]
struct State {
    /// Where requests go: the address given, or where redirects led.
    url: HttpUrl,
    /// The connection of the last round, if it may be used again. It leads to `url`.
    idle: Option<Connection>,
}

impl HttpTransport {
    /// A transport to the repository at `url`.
    pub fn new(url: &str) -> Result<Self, UrlError> {
        Ok(Self::with_options(url.parse()?, HttpOptions::default()))
    }

    /// A transport that behaves as told.
    #[must_use]
    pub fn with_options(url: HttpUrl, options: HttpOptions) -> Self {
        let url = url.without_user();
        Self {
            connector: Connector::new(options.stall, options.extra_authorities.clone()),
            options,
            state: Mutex::new(State { url, idle: None }),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock leaves the state half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn follow(&self, request: Request) -> Result<Reply, TransportError> {
        let (media, trace_parent) = (request.media, request.trace_parent);
        let message = Message { media, body: request.into_body()?, trace_parent };
        let mut url = self.state().url.clone();
        for _ in 0..MAX_ADDRESSES {
            match self.post(&url, message.clone()).await? {
                Answer::Reply(reply, len) => {
                    add(&self.received, len);
                    return Ok(reply);
                }
                Answer::Moved(location) => url = self.move_to(&url, &location)?,
            }
        }
        Err(TransportError::Redirect {
            origin: url.origin(),
            reason: format!("{MAX_ADDRESSES} addresses in a row led nowhere"),
        })
    }

    /// Sends one request to one address.
    async fn post(&self, url: &HttpUrl, message: Message) -> Result<Answer, TransportError> {
        add(&self.sent, message.body.len());
        let idle = self.state().idle.take();
        let (mut connection, response) = match idle {
            Some(connection) => match connection.reuse(url, message.clone()).await? {
                Some(answered) => answered,
                None => self.post_anew(url, message).await?,
            },
            None => self.post_anew(url, message).await?,
        };
        let answer = connection.guard(answer::read(url, response, &self.options.limits)).await??;
        let mut state = self.state();
        if state.url == *url {
            state.idle = Some(connection);
        }
        Ok(answer)
    }

    async fn post_anew(
        &self,
        url: &HttpUrl,
        message: Message,
    ) -> Result<connection::Answered, TransportError> {
        let stream = self.connector.connect(url).await?;
        Connection::open(url, stream, self.options.stall).await?.send(message).await
    }

    /// Takes the new address for this and all later requests.
    fn move_to(&self, from: &HttpUrl, location: &str) -> Result<HttpUrl, TransportError> {
        let url = answer::redirect(from, location)?;
        let mut state = self.state();
        state.url = url.clone();
        state.idle = None;
        Ok(url)
    }
}

impl Transport for HttpTransport {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        Box::pin(self.follow(request))
    }

    fn traffic(&self) -> Option<Traffic> {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Some(Traffic { sent: read(&self.sent), received: read(&self.received) })
    }

    /// The address, or where redirects led, without a query.
    fn address(&self) -> Option<String> {
        let url = self.state().url.clone();
        let path = url.target().split('?').next().unwrap_or_default();
        Some(format!("{}{path}", url.origin()))
    }
}

fn add(counter: &AtomicU64, len: usize) {
    counter.fetch_add(u64::try_from(len).unwrap_or(u64::MAX), Ordering::Relaxed);
}
