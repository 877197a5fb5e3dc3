//! Stalls: a peer that neither sends nor takes anything.
//!
//! A limit on the whole time of a transfer would forbid large ones, so the limit is on the time in
//! which nothing moves.

use std::{
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, timeout_at},
};

/// Nothing moved for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing was sent or received for {} s", limit.as_secs_f64())]
pub struct Stalled {
    /// How long nothing may move.
    pub limit: Duration,
}

/// When bytes last moved over a connection. Copies tell of the same connection.
#[derive(Debug, Clone)]
pub struct Progress(Arc<Moments>);

#[derive(Debug)]
struct Moments {
    start: Instant,
    /// Milliseconds from the start to when bytes last moved.
    last: AtomicU64,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Moments { start: Instant::now(), last: AtomicU64::new(0) }))
    }

    fn mark(&self) {
        let now = self.0.start.elapsed().as_millis();
        let now = u64::try_from(now).unwrap_or(u64::MAX);
        self.0.last.store(now, Ordering::Relaxed);
    }

    fn last(&self) -> Instant {
        self.0.start + Duration::from_millis(self.0.last.load(Ordering::Relaxed))
    }

    /// Awaits `work`, but gives up once nothing has moved for `limit`, counted from now.
    pub async fn guard<W: Future>(&self, limit: Duration, work: W) -> Result<W::Output, Stalled> {
        self.mark();
        let mut work = pin!(work);
        loop {
            let deadline = self.last() + limit;
            match timeout_at(deadline, work.as_mut()).await {
                Ok(done) => return Ok(done),
                Err(_) if self.last() + limit <= deadline => return Err(Stalled { limit }),
                Err(_) => {}
            }
        }
    }
}

/// A stream that notes when bytes move.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    pub(crate) stream: S,
    pub(crate) progress: Progress,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.progress.mark();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> Watched<S> {
    fn note(&self, polled: Poll<std::io::Result<usize>>) -> Poll<std::io::Result<usize>> {
        if matches!(polled, Poll::Ready(Ok(1..))) {
            self.progress.mark();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
        time::sleep,
    };

    const LIMIT: Duration = Duration::from_secs(10);

    fn watched() -> (Watched<DuplexStream>, DuplexStream) {
        let (stream, peer) = duplex(16);
        let progress = Progress::new();
        (Watched { stream, progress }, peer)
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_peer_stalls_just_at_the_limit() {
        let (mut ours, _peer) = watched();
        sleep(Duration::from_mins(1)).await;
        let (progress, start) = (ours.progress.clone(), Instant::now());
        let read = progress.guard(LIMIT, ours.read_u8()).await;
        assert_eq!(read.unwrap_err(), Stalled { limit: LIMIT });
        assert_eq!(start.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_peer_is_not_stalled() {
        let (mut ours, mut peer) = watched();
        let progress = ours.progress.clone();
        let slow = async {
            for byte in 0..5 {
                sleep(Duration::from_secs(9)).await;
                peer.write_u8(byte).await.unwrap();
            }
            sleep(Duration::from_secs(11)).await;
        };
        let mut read = [0; 6];
        let ((), stalled) = tokio::join!(slow, progress.guard(LIMIT, ours.read_exact(&mut read)));
        assert!(stalled.is_err());
        assert_eq!(read, [0, 1, 2, 3, 4, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_taken_count_as_well_as_bytes_sent() {
        let (mut ours, mut peer) = watched();
        let progress = ours.progress.clone();
        let slow = async {
            let mut taken = [0; 8];
            for _ in 0..8 {
                sleep(Duration::from_secs(9)).await;
                peer.read_exact(&mut taken).await.unwrap();
            }
        };
        let ((), written) = tokio::join!(slow, progress.guard(LIMIT, ours.write_all(&[7; 64])));
        written.unwrap().unwrap();
    }
}
