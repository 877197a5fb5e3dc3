//! A network that loses, delays, repeats, cuts off and garbles what it carries.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use outcrop_oracle::Random;
use outcrop_sync::{BoxFuture, Reply, Request, Transport, TransportError};
use outcrop_xfer::card::unversioned::UvBody;
use outcrop_xfer::{Card, Limits, MediaType, Reader};

use crate::server;
use crate::stage::Stage;
use crate::tasks::until;
use crate::time;

/// How long a client waits for something to move.
const STALL: Duration = Duration::from_mins(1);

/// Messages that are kept to be sent a second time.
const KEPT: usize = 8;

/// What becomes of one request and its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Arrives,
    /// The request is lost.
    RequestLost,
    /// The request arrives twice.
    Twice,
    /// A bit of the request changes.
    RequestGarbled,
    /// The request is handled, and the reply lost.
    ReplyLost,
    /// The request is handled, and the connection cut in the middle of the reply.
    ReplyCut,
    /// A bit of the reply changes.
    ReplyGarbled,
    /// Before the request an old one arrives once more.
    Old,
}

const FATES: [Fate; 7] = [
    Fate::RequestLost,
    Fate::Twice,
    Fate::RequestGarbled,
    Fate::ReplyLost,
    Fate::ReplyCut,
    Fate::ReplyGarbled,
    Fate::Old,
];

/// Who can reach whom, and what becomes of messages.
#[derive(Debug)]
pub(crate) struct Network {
    random: Random,
    /// Whether it fails.
    pub(crate) fails: bool,
    /// One message in so many comes to harm.
    harm: usize,
    /// Until when two nodes are apart.
    apart: BTreeMap<(usize, usize), u64>,
    /// Messages of earlier.
    old: Vec<(usize, MediaType, Bytes)>,
}

impl Network {
    pub(crate) fn new(mut random: Random, fails: bool) -> Self {
        let harm = 3 + random.below(20);
        Self { random, fails, harm, apart: BTreeMap::new(), old: Vec::new() }
    }

    pub(crate) fn separate(&mut self, one: usize, other: usize, until: u64) {
        self.apart.insert((one.min(other), one.max(other)), until);
    }

    /// All goes well from now on.
    pub(crate) fn heal(&mut self) {
        self.fails = false;
        self.apart.clear();
    }

    fn is_cut(&self, one: usize, other: usize) -> bool {
        let key = (one.min(other), one.max(other));
        self.apart.get(&key).is_some_and(|end| time::now() < *end)
    }

    fn fate(&mut self) -> Fate {
        if self.fails && self.random.one_in(self.harm) {
            *self.random.pick(&FATES)
        } else {
            Fate::Arrives
        }
    }

    /// How long a message takes.
    fn delay(&mut self) -> u64 {
        let slow = self.fails && self.random.one_in(10);
        let longest = if slow { 20_000 } else { 300 };
        20 + self.random.below(longest) as u64
    }

    fn keep(&mut self, to: usize, media: MediaType, body: &Bytes) {
        let place = self.random.below(KEPT);
        let message = (to, media, body.clone());
        match self.old.get_mut(place) {
            Some(kept) => *kept = message,
            None => self.old.push(message),
        }
    }

    fn an_old_one(&mut self) -> Option<(usize, MediaType, Bytes)> {
        let place = self.random.below(KEPT);
        self.old.get(place).cloned()
    }

    /// Changes a bit. The check sum of an envelope notices, and so does the nonce of a login; of
    /// what neither protects, only the content of artifacts is changed: what a name or a time says
    /// nobody could tell from what was meant.
    fn garble(&mut self, media: MediaType, protected: bool, body: &Bytes) -> Bytes {
        let mut bytes = body.to_vec();
        let place = if media == MediaType::Compressed || protected {
            (!bytes.is_empty()).then(|| self.random.below(bytes.len()))
        } else {
            self.place_in_content(&bytes)
        };
        if let Some(place) = place {
            bytes[place] ^= 1 << self.random.below(8);
        }
        bytes.into()
    }

    /// A place within the content of an artifact.
    fn place_in_content(&mut self, text: &[u8]) -> Option<usize> {
        let mut reader = Reader::new(text);
        let mut places = Vec::new();
        while let Some(Ok(card)) = reader.next() {
            let length = match &card {
                Card::File(file) => file.content.len(),
                Card::Cfile(file) => file.content.len(),
                Card::Uvfile(file) => match &file.body {
                    UvBody::Content { content, .. } => content.len(),
                    _ => 0,
                },
                _ => 0,
            };
            // A newline may follow a `cfile`.
            if length > 1 {
                places.push((reader.offset() - length, length - 1));
            }
        }
        let (start, length) = *places.get(self.random.below(places.len()))?;
        Some(start + self.random.below(length))
    }
}

/// Carries the requests of one node to another.
pub(crate) struct Line {
    pub(crate) stage: Arc<Stage>,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Requests travel without an envelope.
    pub(crate) plain: bool,
}

impl Line {
    fn origin(&self) -> String {
        format!("node {}", self.to)
    }

    fn unreachable(&self) -> TransportError {
        let source = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        TransportError::Unreachable { origin: self.origin(), source }
    }

    fn stalled(&self) -> TransportError {
        TransportError::Stalled { origin: self.origin(), limit: STALL }
    }

    fn interrupted(&self) -> TransportError {
        TransportError::Interrupted { origin: self.origin(), reason: "cut".to_owned() }
    }

    async fn pause(&self) {
        let delay = self.stage.network().delay();
        until(time::now() + delay).await;
    }

    async fn stall(&self) -> Result<Reply, TransportError> {
        until(time::after(STALL)).await;
        Err(self.stalled())
    }

    async fn carry(&self, mut request: Request) -> Result<Reply, TransportError> {
        if self.stage.network().is_cut(self.from, self.to) {
            return Err(self.unreachable());
        }
        let fate = self.stage.network().fate();
        self.pause().await;
        // What an envelope protects is not worth garbling often.
        if self.plain || fate == Fate::ReplyGarbled {
            request.media = MediaType::Uncompressed;
        }
        let (media, signed) = (request.media, request.login.is_some());
        let mut body = request.into_body()?.into_bytes();
        self.stage.tell(format!("{}→{} {fate:?} {} bytes", self.from, self.to, body.len()));
        match fate {
            Fate::RequestLost => return self.stall().await,
            Fate::RequestGarbled => body = self.stage.network().garble(media, signed, &body),
            Fate::Old => {
                let old = self.stage.network().an_old_one();
                if let Some((to, media, body)) = old {
                    drop(server::answer(&self.stage, to, media, &body));
                }
            }
            Fate::Twice => drop(server::answer(&self.stage, self.to, media, &body)),
            _ => self.stage.network().keep(self.to, media, &body),
        }
        if self.stage.repo(self.to).is_none() {
            return Err(self.unreachable());
        }
        let Some(answered) = server::answer(&self.stage, self.to, media, &body) else {
            return Err(self.interrupted());
        };
        let reply = answered?;
        self.pause().await;
        match fate {
            Fate::ReplyLost => return self.stall().await,
            Fate::ReplyCut => return Err(self.interrupted()),
            _ => {}
        }
        let media = reply.media;
        let mut body = reply.into_body()?.into_bytes();
        if fate == Fate::ReplyGarbled {
            body = self.stage.network().garble(media, false, &body);
        }
        Ok(Reply { cards: media.open(body, &Limits::default())?.into(), media })
    }
}

impl Transport for Line {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        Box::pin(self.carry(request))
    }
}
