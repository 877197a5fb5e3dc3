//! A server that answers with whatever a fuzzer thinks of.
//!
//! ```text
//! first byte ─► what the client does
//! the rest   ─► replies, with a line of three dashes between them
//! ```

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use outcrop_sync::{BoxFuture, Clock, Env, Reply, Request, Rng, Transport, TransportError};
use outcrop_xfer::MediaType;

/// What stands between two replies.
const BETWEEN: &[u8] = b"\n---\n";

/// Replies of one session that differ.
const REPLIES: usize = 8;

/// How often the last reply may come again before a session must have come to its end.
const REPEATS: usize = 40;

/// The first byte, and the replies behind it.
pub(crate) fn read(input: &[u8]) -> (u8, Vec<Bytes>) {
    let (first, mut rest) =
        input.split_first().map_or((0, &[][..]), |(first, rest)| (*first, rest));
    let mut replies = Vec::new();
    while replies.len() + 1 < REPLIES
        && let Some(at) = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN)
    {
        // The newline is the last of the reply.
        let (reply, after) = rest.split_at(at + 1);
        replies.push(Bytes::copy_from_slice(reply));
        rest = after.get(BETWEEN.len() - 1..).unwrap_or_default();
    }
    replies.push(Bytes::copy_from_slice(rest));
    (first, replies)
}

/// Gives the replies in their order, and the last of them again and again.
pub(crate) struct Server {
    replies: Vec<Bytes>,
    requests: Mutex<Vec<Bytes>>,
}

impl Server {
    pub(crate) fn new(replies: Vec<Bytes>) -> Self {
        Self { replies, requests: Mutex::default() }
    }

    /// The reply to one more request.
    pub(crate) fn answer(&self, request: &Request) -> Reply {
        let mut requests = self.requests.lock().unwrap();
        let reply = self.replies.get(requests.len()).or(self.replies.last());
        let cards = reply.cloned().unwrap_or_default().into();
        requests.push(request.cards.to_vec().into());
        let most = self.replies.len() + REPEATS;
        assert!(requests.len() <= most, "the same reply again and again keeps a session going");
        Reply { cards, media: MediaType::Compressed }
    }

    /// What was asked.
    pub(crate) fn requests(self) -> Vec<Bytes> {
        self.requests.into_inner().unwrap()
    }
}

impl Transport for Server {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        let reply = self.answer(&request);
        Box::pin(async { Ok(reply) })
    }
}

/// A world in which nothing happens by chance, so that a finding can be found again.
pub(crate) const FROZEN: Env<'static> = Env { clock: &Frozen, rng: &Frozen };

struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(491_628)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

impl Rng for Frozen {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        bytes.fill(0xab);
        Ok(())
    }
}
