//! A body whose bytes are read elsewhere: by whoever goes on to use the stream that they come from.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Bytes that are read at a time.
const PIECE: usize = 64 * 1024;

/// Pieces that may wait to be taken.
const PIECES: usize = 2;

/// A body of a known length.
#[derive(Debug)]
pub struct Fed {
    pieces: Receiver<Bytes>,
    left: u64,
}

/// Brings the bytes of a [`Fed`].
#[derive(Debug)]
pub(crate) struct Feeder {
    pieces: Sender<Bytes>,
    left: u64,
}

/// A body of so many bytes, and what brings them.
pub(crate) fn fed(length: u64) -> (Fed, Feeder) {
    let (sender, receiver) = channel(PIECES);
    (Fed { pieces: receiver, left: length }, Feeder { pieces: sender, left: length })
}

impl Feeder {
    /// Reads the body from `input`, and no byte of what follows it. If the body is dropped before
    /// its end, the rest is passed over.
    pub(crate) async fn feed(self, input: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
        let mut input = input.take(self.left);
        while input.limit() > 0 {
            let mut piece = BytesMut::with_capacity(PIECE);
            if input.read_buf(&mut piece).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            // Nobody may want it any more.
            let _ = self.pieces.send(piece.freeze()).await;
        }
        Ok(())
    }

    /// Does the same until the body is dropped; gives whether that was its end.
    pub(crate) async fn feed_while_wanted(
        self,
        input: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<bool> {
        if self.left == 0 {
            return Ok(true);
        }
        let wanted = self.pieces.clone();
        tokio::select! {
            biased;
            () = wanted.closed() => Ok(false),
            fed = self.feed(input) => fed.map(|()| true),
        }
    }
}

impl Body for Fed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.pieces.poll_recv(cx).map(|piece| {
            let piece = piece.ok_or(io::ErrorKind::UnexpectedEof);
            self.left -= piece.as_ref().map_or(self.left, |piece| piece.len() as u64);
            Some(piece.map(Frame::data).map_err(io::Error::from))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    #[tokio::test]
    async fn a_body_is_read_to_its_end_and_no_further() {
        let text = vec![7; PIECE * 5];
        let mut input = &text[..];
        for taken in [true, false] {
            let (body, feeder) = fed(PIECE as u64 * 2 + 1);
            let taking =
                async { if taken { body.collect().await.unwrap().to_bytes().len() } else { 0 } };
            let (fed, len) = tokio::join!(feeder.feed(&mut input), taking);
            fed.unwrap();
            assert_eq!(len, if taken { PIECE * 2 + 1 } else { 0 });
        }
        assert_eq!(input.len(), PIECE - 2);
        let (body, feeder) = fed(PIECE as u64);
        let (fed, taken) = tokio::join!(feeder.feed(&mut input), body.collect());
        assert_eq!(fed.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(taken.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn a_body_that_nobody_wants_is_not_fed() {
        let endless = || tokio::io::repeat(7);
        for wanted in [true, false] {
            let (body, feeder) = fed(PIECE as u64 * 9);
            let taking =
                async { if wanted { body.collect().await.unwrap().to_bytes().len() } else { 0 } };
            let mut endless = endless();
            let (fed, len) = tokio::join!(feeder.feed_while_wanted(&mut endless), taking);
            assert_eq!((fed.unwrap(), len), (wanted, if wanted { PIECE * 9 } else { 0 }));
        }
    }
}
