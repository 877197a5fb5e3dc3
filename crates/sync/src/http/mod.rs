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
//! | `options.rs` | [`HttpOptions`]: what a caller decides |
//! | `connection.rs` | one connection: a request out, the head of a reply back |
//! | `interim.rs` | answers before the answer |
//! | `connect.rs` | [`Connector`]: TCP, through a proxy or not, and TLS on top of it |
//! | `stream.rs` | [`Stream`]: what comes of that |
//! | `proxy.rs` | [`Proxy`]: which proxy carries a request |
//! | `no_proxy.rs` | hosts that no proxy is used for |
//! | `tunnel.rs` | a connection through a proxy |
//! | `tls.rs` | which servers are trusted |
//! | `any_certificate.rs` | trusting all of them |
//! | `identity.rs` | [`Identity`]: who we are, for servers that ask for a certificate |
//! | `authorization.rs` | [`BasicAuth`]: who asks, for a web server in front of the repository |
//! | `tls_error.rs` | what went wrong with TLS, in words that help |
//! | `body.rs` | bodies: of known length on the way out, of limited length on the way in |
//! | `answer.rs` | what a reply means |
//! | `retry_after.rs` | when a server wants to be asked again |
//!
//! # Redirects
//!
//! As stock does, the client follows 301, 302, 307 and 308, over 20 addresses at most, and never
//! from `https` to `http`. The same message goes to each address, with the login of the repository's
//! user if it has one: whoever redirects has it already. User and password for the web server do not
//! go to another host.

mod answer;
mod any_certificate;
mod authorization;
mod body;
mod connect;
mod connection;
mod identity;
mod interim;
mod no_proxy;
mod options;
mod proxy;
mod retry_after;
mod stream;
mod tls;
mod tls_error;
mod tunnel;

use std::sync::{Mutex, MutexGuard, PoisonError};

use ::http::HeaderValue;

pub use crate::stall::{Progress, Stalled};
use crate::{
    BoxFuture, HttpUrl, Reply, Request, Traffic, Transport, TransportError, UrlError, meter::Meter,
};
use answer::Answer;
pub use authorization::{BasicAuth, BasicAuthError};
pub use body::{BodyError, ChunkBody, read_body};
pub use connect::Connector;
use connection::{Connection, Message};
pub use identity::{Identity, IdentityError};
pub use options::HttpOptions;
pub use proxy::{Proxy, ProxyUrl};
pub use stream::Stream;

/// How many addresses are tried for one request; stock Fossil's number.
const MAX_ADDRESSES: usize = 20;

/// Carries rounds over HTTP/1.1, encrypted if the address says `https`.
///
/// One connection is kept between rounds if the server agrees. Several rounds may run at a time;
/// each then has a connection of its own. Redirects are followed for this and all later rounds,
/// except from `https` to `http`. User and password of the address are not used: they are for the
/// login of a [`Request`]. Goes through a proxy where the environment names one, unless told
/// otherwise.
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
    /// The address given.
    home: HttpUrl,
    connector: Connector,
    options: HttpOptions,
    state: Mutex<State>,
    meter: Meter,
}

#[derive(Debug)]
struct State {
    /// Where requests go: the address given, or where redirects led.
    url: HttpUrl,
    /// Where the repository has moved for good, as far as it is known.
    moved: Option<HttpUrl>,
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
        let home = url.without_user();
        Self {
            connector: Connector::with_options(&options),
            options,
            state: Mutex::new(State { url: home.clone(), moved: None, idle: None }),
            home,
            meter: Meter::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock leaves the state half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn follow(&self, request: Request) -> Result<Reply, TransportError> {
        let (media, trace_parent) = (request.media, request.trace_parent);
        let body = request.into_body()?;
        let message = Message { media, body, authorization: None, trace_parent };
        let mut url = self.state().url.clone();
        for _ in 0..MAX_ADDRESSES {
            let message = Message { authorization: self.authorization(&url), ..message.clone() };
            match self.post(&url, message).await? {
                Answer::Reply(reply, len) => {
                    self.meter.add_received(len);
                    return Ok(reply);
                }
                Answer::Moved { location, for_good } => {
                    url = self.move_to(&url, &location, for_good)?;
                }
            }
        }
        Err(TransportError::Redirect {
            origin: url.origin(),
            reason: format!("{MAX_ADDRESSES} addresses in a row led nowhere"),
        })
    }

    /// What the web server at an address is told about who asks.
    fn authorization(&self, url: &HttpUrl) -> Option<HeaderValue> {
        let known = self.options.authorization.as_ref()?;
        authorization::may_know(&self.home, url).then(|| known.header())
    }

    /// Sends one request to one address.
    async fn post(&self, url: &HttpUrl, message: Message) -> Result<Answer, TransportError> {
        self.meter.add_sent(message.body.len());
        let is_authorized = message.authorization.is_some();
        let idle = self.state().idle.take();
        let (mut connection, response) = match idle {
            Some(connection) => match connection.reuse(url, message.clone()).await? {
                Some(answered) => answered,
                None => self.post_anew(url, message).await?,
            },
            None => self.post_anew(url, message).await?,
        };
        let answer = connection.read(response, is_authorized, &self.options.limits).await?;
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
    fn move_to(
        &self,
        from: &HttpUrl,
        location: &str,
        for_good: bool,
    ) -> Result<HttpUrl, TransportError> {
        let url = answer::redirect(from, location)?;
        let mut state = self.state();
        // What a passing redirect leads to tells nothing of where the repository has moved.
        if for_good && *from == *state.moved.as_ref().unwrap_or(&self.home) {
            state.moved = Some(url.clone());
        }
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
        Some(self.meter.traffic())
    }

    fn moved(&self) -> Option<String> {
        self.state().moved.as_ref().map(HttpUrl::to_string)
    }

    /// The address, or where redirects led, without a query.
    fn address(&self) -> Option<String> {
        let url = self.state().url.clone();
        let path = url.target().split('?').next().unwrap_or_default();
        Some(format!("{}{path}", url.origin()))
    }
}
