//! What carries a round: a request out, a reply back.
//!
//! A [`Transport`] moves card text between two sides and knows nothing about cards. Everything
//! above it is the same over HTTP, in a test, or between two repositories in one process.

use std::pin::Pin;

use bytes::Bytes;
use outcrop_format::envelope::EnvelopeError;
use outcrop_xfer::{Card, Chunks, Limits, MediaType, Writer, login::Login};

use crate::{TraceParent, TransportError};

/// A boxed future that may move between threads: what a trait object's method can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A message on its way to a server.
#[derive(Debug, Clone)]
pub struct Request {
    /// The cards. A client leaves the login card to [`into_body`](Self::into_body); in what a server
    /// was sent it may come first.
    pub cards: Chunks,
    /// How the body is framed; the server replies in kind.
    pub media: MediaType,
    /// Who sends the message. Signed over exactly [`cards`](Self::cards).
    pub login: Option<Login<'static>>,
    /// Which trace it belongs to, if someone traces: told beside the body, as a header of HTTP is.
    pub trace_parent: Option<TraceParent>,
}

impl Request {
    /// A compressed message from nobody.
    #[must_use]
    pub fn new(cards: Chunks) -> Self {
        Self { cards, media: MediaType::Compressed, login: None, trace_parent: None }
    }

    /// The message in a body that a server was sent, with the value of its `Cookie` header, which
    /// may hold the login instead. As in stock, a cookie that holds none counts for nothing.
    pub fn from_body(
        media: MediaType,
        body: Bytes,
        cookies: Option<&str>,
        limits: &Limits,
    ) -> Result<Self, EnvelopeError> {
        let cards = media.open(body, limits)?.into();
        let login = cookies.and_then(Login::from_cookies).and_then(Result::ok);
        Ok(Self { media, login, ..Self::new(cards) })
    }

    /// The message as a body: the login card first, if there is one, then the other cards.
    pub fn into_body(self) -> Result<Chunks, EnvelopeError> {
        let Some(login) = self.login else {
            return self.media.seal(self.cards);
        };
        let mut writer = Writer::new();
        writer.push(&Card::Login(login));
        self.media.seal(writer.finish().into_iter().chain(self.cards).collect())
    }
}

/// A message that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The cards, out of their envelope.
    pub cards: Chunks,
    /// How the body was framed.
    pub media: MediaType,
}

impl Reply {
    /// The cards as one text: copied only if they are in more than one piece.
    #[must_use]
    pub fn text(&self) -> Bytes {
        self.cards.clone().into_bytes()
    }

    /// The message in a body that a server has sent.
    #[cfg(any(feature = "http", feature = "process"))]
    pub(crate) fn from_body(
        media: MediaType,
        body: Bytes,
        limits: &Limits,
    ) -> Result<Self, EnvelopeError> {
        Ok(Self { cards: media.open(body, limits)?.into(), media })
    }

    /// The message as a body.
    pub fn into_body(self) -> Result<Chunks, EnvelopeError> {
        self.media.seal(self.cards)
    }
}

/// Carries one request to a server and its reply back.
///
/// Implement it to sync over something new. [`ReplayTransport`](crate::ReplayTransport) is the
/// smallest example, [`HttpTransport`](crate::HttpTransport) the largest. A decorator that counts
/// or logs is a transport around a transport:
///
/// ```
/// use outcrop_sync::{BoxFuture, Reply, Request, Transport, TransportError};
///
/// struct Loud<T>(T);
///
/// impl<T: Transport> Transport for Loud<T> {
///     fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
///         println!("{} bytes out", request.cards.len());
///         self.0.exchange(request)
///     }
/// }
/// ```
pub trait Transport: Send + Sync {
    /// Sends `request` and waits for the reply. Dropping the future gives up.
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>>;

    /// What has travelled so far, if the transport counts it.
    fn traffic(&self) -> Option<Traffic> {
        None
    }

    /// Where it leads, if there is an address: for logs and traces, so without user and password.
    fn address(&self) -> Option<String> {
        None
    }

    /// Where the server says that the repository has moved for good, without a user: the address to
    /// remember in the place of the one that was given.
    fn moved(&self) -> Option<String> {
        None
    }
}

/// What has travelled over a transport: bytes of bodies, compressed as they are, without the heads
/// of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Bytes of requests. Those of a request that was redirected count each time.
    pub sent: u64,
    /// Bytes of replies.
    pub received: u64,
}

impl Traffic {
    /// This and other traffic.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            sent: self.sent.saturating_add(other.sent),
            received: self.received.saturating_add(other.received),
        }
    }

    /// What has been added since then.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            sent: self.sent.saturating_sub(before.sent),
            received: self.received.saturating_sub(before.received),
        }
    }
}

/// A borrowed transport is one too.
impl<T: Transport + ?Sized> Transport for &T {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        (**self).exchange(request)
    }

    fn traffic(&self) -> Option<Traffic> {
        (**self).traffic()
    }

    fn address(&self) -> Option<String> {
        (**self).address()
    }

    fn moved(&self) -> Option<String> {
        (**self).moved()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use outcrop_xfer::login::Secret;

    const CARDS: &[u8] = b"pull a b\n# 00\n";

    fn request() -> Request {
        Request::new(Bytes::from_static(CARDS).into())
    }

    fn opened(request: Request) -> Bytes {
        let media = request.media;
        let body = Bytes::from(request.into_body().unwrap().to_vec());
        media.open(body, &Limits::default()).unwrap()
    }

    #[test]
    fn without_a_login_the_body_is_the_cards() {
        assert_eq!(opened(request()), CARDS);
    }

    #[test]
    fn the_login_goes_first_and_covers_the_rest() {
        let secret = Secret::new("f00d", "alice", "sesame");
        let login = Login::sign("alice", &secret, [CARDS]).unwrap();
        let login = Login { user: login.user.into_owned(), ..login };
        for media in [MediaType::Compressed, MediaType::Debug] {
            let text = opened(Request { login: Some(login.clone()), media, ..request() });
            let mut reader = outcrop_xfer::Reader::new(&text);
            assert_eq!(reader.next(), Some(Ok(Card::Login(login.clone()))));
            assert!(login.covers(reader.tail()));
        }
    }

    #[test]
    fn a_server_reads_what_a_client_wrote() {
        let secret = Secret::new("f00d", "alice", "sesame");
        let login = Login::sign("alice", &secret, [CARDS]).unwrap();
        let cookie = login.to_cookie();
        for media in [MediaType::Compressed, MediaType::Debug] {
            let body = Bytes::from(media.seal(request().cards).unwrap().to_vec());
            let limits = Limits::default();
            let read = Request::from_body(media, body.clone(), Some(&cookie), &limits).unwrap();
            assert_eq!((read.cards.to_vec(), read.media), (CARDS.to_vec(), media));
            assert_eq!(read.login.as_ref(), Some(&login));
            let read = Request::from_body(media, body, Some("x-f-l-c=login"), &limits).unwrap();
            assert_eq!(read.login, None);
        }
        let reply = Reply { cards: Bytes::from_static(CARDS).into(), media: MediaType::Debug };
        assert_eq!(reply.into_body().unwrap().to_vec(), CARDS);
    }
}
