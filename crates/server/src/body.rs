//! Reading the body of a request: no larger, and no slower, than is allowed.

use std::pin::pin;
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use outcrop_format::envelope;
use outcrop_xfer::MediaType;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use crate::gate::Gate;
use crate::limits::{BODY_RATE, BODY_STEP};
use crate::stranger::Stranger;

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// It is larger than the limit.
    #[error("the body is larger than the limit of {0} bytes")]
    TooLarge(usize),
    /// It is larger than one may be that does not begin with a login.
    #[error("without a login a message may have {0} bytes: log in to send more")]
    TooLargeForStranger(usize),
    /// It is so large, and its login cannot be believed before it is proven.
    #[error(
        "too many logins have failed for a message of more than {0} bytes to be taken: log in with a \
         smaller one first, or try again later"
    )]
    LoginDoubted(usize),
    /// It comes too slowly.
    #[error("the body came too slowly")]
    TooSlow,
    /// It broke off.
    #[error("the body broke off")]
    Broken,
    /// Too many others are in memory.
    #[error("too many requests at a time")]
    NoRoom,
}

/// Refuses a body that says that it will be too large, before any of it is read.
pub(crate) fn check_length<B: Body>(body: &B, limit: usize) -> Result<(), Unreadable> {
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > limit { Err(Unreadable::TooLarge(limit)) } else { Ok(()) }
}

/// How large a body may be.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    /// How it is framed.
    pub(crate) media: MediaType,
    /// Bytes of it, and of what it opens to.
    pub(crate) most: usize,
    /// Who may send less unless it begins with a login, where that matters.
    pub(crate) stranger: Option<Stranger>,
}

impl Bound {
    /// Whether a body of this length, if it says one, is refused to a stranger.
    pub(crate) fn may_not_come(&self, declared: Option<u64>) -> bool {
        let declared = declared.and_then(|bytes| usize::try_from(bytes).ok());
        let most = self.stranger.as_ref().map(|stranger| stranger.most);
        most.is_some_and(|most| declared.is_none_or(|bytes| bytes > most))
    }

    /// Gives what a body says that it opens to. What is larger than the limit is not opened.
    pub(crate) fn check_opened(&self, body: &[u8]) -> Result<usize, Unreadable> {
        let is_envelope = self.media == MediaType::Compressed && envelope::is_plausible(body);
        let declared = envelope::declared_len(body).filter(|_| is_envelope);
        let opened = declared.filter(|declared| *declared <= self.most).unwrap_or(0);
        self.check(opened, body).map(|()| opened)
    }

    /// Whether so many bytes are allowed, of a body that begins in this way.
    fn check(&self, bytes: usize, begun: &[u8]) -> Result<(), Unreadable> {
        if bytes > self.most {
            return Err(Unreadable::TooLarge(self.most));
        }
        let Some(stranger) = &self.stranger else { return Ok(()) };
        stranger.check(self.media, bytes, begun)
    }
}

/// Reads a whole body within a bound. Room for it is taken as it arrives, so that whoever
/// only promises much keeps nothing from others.
pub(crate) async fn read<B: Body>(
    body: B,
    bound: &Bound,
    stall: Duration,
    memory: &Gate,
) -> Result<Held, Unreadable> {
    let mut body = pin!(body);
    let mut whole = BytesMut::new();
    let mut room = None;
    let mut pace = Pace::new(stall);
    loop {
        let arrived = match timeout_at(pace.deadline, body.frame()).await {
            Err(_) => return Err(Unreadable::TooSlow),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(Unreadable::Broken),
            Ok(Some(Ok(frame))) => frame.into_data().ok(),
        };
        // What is not data is a trailer, and says nothing to us.
        let Some(mut data) = arrived else { continue };
        let bytes = whole.len().saturating_add(data.remaining());
        bound.check(bytes, if whole.is_empty() { data.chunk() } else { &whole })?;
        make_room(&mut room, bytes, memory).await?;
        pace.count(data.remaining());
        while data.has_remaining() {
            let chunk = data.chunk();
            whole.extend_from_slice(chunk);
            let len = chunk.len();
            data.advance(len);
        }
    }
    Ok(Held { body: whole.freeze(), room })
}

/// A body, and its room in memory for as long as this lives.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) body: Bytes,
    room: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// Takes room for what a message becomes once it is out of its envelope, too: a small body may
    /// hold a large one. What is larger than the limit is not opened, and takes none.
    pub(crate) async fn take_room_to_open(
        &mut self,
        bound: &Bound,
        memory: &Gate,
    ) -> Result<(), Unreadable> {
        let opened = bound.check_opened(&self.body)?;
        make_room(&mut self.room, self.body.len().saturating_add(opened), memory).await
    }

    /// Gives that room back: the body is to be opened later, or not at all.
    pub(crate) fn leave_closed(&mut self) {
        let needed = self.body.len().div_ceil(BODY_STEP);
        if let Some(room) = &mut self.room {
            drop(room.split(room.num_permits().saturating_sub(needed)));
        }
    }
}

/// Sees to it that there is room for so many bytes.
async fn make_room(
    room: &mut Option<OwnedSemaphorePermit>,
    bytes: usize,
    memory: &Gate,
) -> Result<(), Unreadable> {
    let has = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    let steps = bytes.div_ceil(BODY_STEP);
    if steps <= has {
        return Ok(());
    }
    let more = memory.enter(steps - has).await.map_err(|_| Unreadable::NoRoom)?;
    match room {
        Some(room) => room.merge(more),
        None => *room = Some(more),
    }
    Ok(())
}

/// How fast a body comes: something must come in every stretch of time, and so much on average.
pub(crate) struct Pace {
    stall: Duration,
    deadline: Instant,
    /// Bytes in this stretch.
    bytes: u64,
}

impl Pace {
    pub(crate) fn new(stall: Duration) -> Self {
        Self { stall, deadline: Instant::now() + stall, bytes: 0 }
    }

    /// When the stretch ends.
    pub(crate) const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// A stretch ends when it has brought enough, and the next begins.
    pub(crate) fn count(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if self.bytes >= BODY_RATE * self.stall.as_secs().max(1) {
            *self = Self::new(self.stall);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doorman::Doorman;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use http_body_util::Full;
    use hyper::body::Frame;
    use tokio::time::{Interval, interval};

    /// A login, of whatever is in it.
    const LOGIN: &str = "login alice da39a3ee5e6b4b0d3255bfef95601890afd80709 \
                         da39a3ee5e6b4b0d3255bfef95601890afd80709\n";

    const STALL: Duration = Duration::from_secs(10);

    /// Twelve bytes at each tick.
    struct Ticks(Interval, usize);

    impl Body for Ticks {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if self.1 == 0 {
                return Poll::Ready(None);
            }
            self.0.poll_tick(cx).map(|_| {
                self.1 -= 1;
                Some(Ok(Frame::data(Bytes::from_static(b"twelve bytes"))))
            })
        }
    }

    fn up_to(most: usize) -> Bound {
        Bound { media: MediaType::Debug, most, stranger: None }
    }

    fn memory(steps: usize) -> Gate {
        Gate::new(steps, 1, STALL)
    }

    #[tokio::test]
    async fn the_limit_holds_with_and_without_a_declared_length() {
        let (full, memory) = (|| Full::new(Bytes::from_static(b"12345")), memory(1));
        assert!(check_length(&full(), 5).is_ok());
        assert!(matches!(check_length(&full(), 4), Err(Unreadable::TooLarge(4))));
        assert_eq!(read(full(), &up_to(5), STALL, &memory).await.unwrap().body, "12345");

        let ticks = |count| Ticks(interval(Duration::from_millis(1)), count);
        assert!(check_length(&ticks(3), 24).is_ok());
        assert_eq!(read(ticks(2), &up_to(24), STALL, &memory).await.unwrap().body.len(), 24);
        let large = read(ticks(3), &up_to(24), STALL, &memory).await;
        assert!(matches!(large, Err(Unreadable::TooLarge(24))));
    }

    #[tokio::test]
    async fn strangers_have_a_lower_limit_open_or_closed() {
        let memory = memory(99);
        let text = |first: &str| format!("{first}{}", "igot 0123456789\n".repeat(1_000));
        for (first, is_stranger) in [(LOGIN, false), ("pull 1 2\n", true)] {
            let (address, doorman) = (None, Doorman::default());
            let stranger = Some(Stranger { most: 5_000, address, doorman });
            let open = Bound { stranger, ..up_to(50_000) };
            let came = read(Full::new(Bytes::from(text(first))), &open, STALL, &memory).await;
            assert_eq!(matches!(came, Err(Unreadable::TooLargeForStranger(5_000))), is_stranger);
            let sealed = Bytes::from(envelope::seal(text(first).as_bytes()).unwrap());
            let sealed_bound = Bound { media: MediaType::Compressed, ..open };
            let mut held = read(Full::new(sealed), &sealed_bound, STALL, &memory).await.unwrap();
            let taken = held.take_room_to_open(&sealed_bound, &memory).await;
            assert_eq!(matches!(taken, Err(Unreadable::TooLargeForStranger(5_000))), is_stranger);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn neither_silence_nor_a_trickle_is_waited_for() {
        let ticks = |millis, count| Ticks(interval(Duration::from_millis(millis)), count);
        for millis in [1_000, 11_000] {
            let start = Instant::now();
            let slow = read(ticks(millis, 1_000_000), &up_to(usize::MAX), STALL, &memory(9)).await;
            assert!(matches!(slow, Err(Unreadable::TooSlow)));
            assert_eq!(start.elapsed().as_secs(), 10);
        }
        // More than a thousand bytes a second, for longer than a stretch lasts.
        assert!(read(ticks(10, 5_000), &up_to(usize::MAX), STALL, &memory(9)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_share_the_memory_that_there_is() {
        let (memory, two_steps) = (memory(3), || Full::new(Bytes::from(vec![0; BODY_STEP + 1])));
        let first = read(two_steps(), &up_to(usize::MAX), STALL, &memory).await.unwrap();
        let second = read(two_steps(), &up_to(usize::MAX), STALL, &memory).await;
        assert!(matches!(second, Err(Unreadable::NoRoom)));
        drop(first);
        assert!(read(two_steps(), &up_to(usize::MAX), STALL, &memory).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_body_opens_to_takes_memory_too() {
        let memory = memory(3);
        let sealed = Bytes::from(envelope::seal(&vec![0; BODY_STEP * 2]).unwrap());
        let any = up_to(usize::MAX);
        let read = || read(Full::new(sealed.clone()), &any, STALL, &memory);
        let (mut first, mut second) = (read().await.unwrap(), read().await.unwrap());
        // One step for each of the bodies, and two more for what the first holds.
        for (held, limit, fits) in
            [(&mut second, BODY_STEP, true), (&mut first, BODY_STEP * 2, false)]
        {
            let bound = Bound { media: MediaType::Compressed, ..up_to(limit) };
            let taken = held.take_room_to_open(&bound, &memory).await;
            assert_eq!(taken.is_ok(), fits);
        }
        drop(second);
        let bound = Bound { media: MediaType::Compressed, ..up_to(BODY_STEP * 2) };
        let open = first.take_room_to_open(&bound, &memory);
        open.await.unwrap();
        assert!(read().await.is_err());
        // Who waits for something else keeps nothing from others.
        first.leave_closed();
        assert!(read().await.is_ok());
    }
}
