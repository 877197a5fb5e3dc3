//! Bodies: of known length on the way out, of limited length on the way in.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};
use outcrop_xfer::Chunks;

/// A message as a body: chunk by chunk, and with an exact length, so that it goes with a
/// `Content-Length` and not in HTTP's own chunks, which few releases of Fossil read.
#[derive(Debug)]
pub struct ChunkBody {
    chunks: std::vec::IntoIter<Bytes>,
    left: usize,
}

impl From<Chunks> for ChunkBody {
    fn from(chunks: Chunks) -> Self {
        Self { left: chunks.len(), chunks: chunks.into_iter() }
    }
}

impl Body for ChunkBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let chunk = self.chunks.next();
        self.left -= chunk.as_ref().map_or(0, Bytes::len);
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is larger than the limit.
    #[error("the body is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// It broke off.
    #[error("the body breaks off: {0}")]
    Broken(#[from] hyper::Error),
}

/// Reads a whole body of up to `limit` bytes. No more memory is taken than bytes have arrived.
pub async fn read_body<B>(mut body: B, limit: usize) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes, Error = hyper::Error> + Unpin,
{
    if usize::try_from(body.size_hint().lower()).map_or(true, |declared| declared > limit) {
        return Err(BodyError::TooLarge { limit });
    }
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        // What is not data is a trailer, and says nothing to us.
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        if data.len() > limit - whole.len() {
            return Err(BodyError::TooLarge { limit });
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.into())
}

/// Reads the first bytes of a body, `limit` at most, whatever comes of the rest.
pub(super) async fn read_start<B>(mut body: B, limit: usize) -> Vec<u8>
where
    B: Body<Data = Bytes, Error = hyper::Error> + Unpin,
{
    let mut start = Vec::new();
    while start.len() < limit
        && let Some(Ok(frame)) = body.frame().await
    {
        if let Ok(data) = frame.into_data() {
            start.extend_from_slice(&data);
        }
    }
    start.truncate(limit);
    start
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;

    #[tokio::test]
    async fn a_message_goes_chunk_by_chunk_and_its_length_is_known() {
        let message = Chunks::from(Bytes::from_static(b"# hello\n"));
        let mut body = ChunkBody::from(message);
        assert_eq!(body.size_hint().exact(), Some(8));
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "# hello\n");
        assert!(body.is_end_stream());
        assert!(body.frame().await.is_none());
    }

    #[tokio::test]
    async fn the_limit_holds_with_and_without_a_declared_length() {
        let declared = || Full::new(Bytes::from_static(b"12345")).map_err(|never| match never {});
        let whole = read_body(declared(), 5).await.unwrap();
        assert_eq!(whole, "12345");
        let refused = read_body(declared(), 4).await;
        assert!(matches!(refused, Err(BodyError::TooLarge { limit: 4 })));

        assert_eq!(read_body(Frames(2), 4).await.unwrap(), "abab");
        assert!(read_body(Frames(3), 5).await.is_err());
        assert_eq!(read_start(Frames(3), 3).await, b"aba");
    }

    /// A body that does not know its length.
    struct Frames(usize);

    impl Body for Frames {
        type Data = Bytes;
        type Error = hyper::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
            let Some(left) = self.0.checked_sub(1) else {
                return Poll::Ready(None);
            };
            self.0 = left;
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"ab")))))
        }
    }
}
