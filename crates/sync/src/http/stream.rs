//! Connections, encrypted or not, as streams.

use std::{
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::proxy::ProxyUrl;
use crate::stall::{Progress, Watched};

/// A connection, encrypted or not.
pub struct Stream {
    inner: Box<dyn Duplex>,
    progress: Progress,
    forwarder: Option<Arc<ProxyUrl>>,
}

/// What can be read from and written to.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

impl Stream {
    pub(super) fn new(
        inner: Box<dyn Duplex>,
        progress: Progress,
        forwarder: Option<Arc<ProxyUrl>>,
    ) -> Self {
        Self { inner, progress, forwarder }
    }

    /// A connection that a listener has accepted.
    #[must_use]
    pub fn accepted(stream: TcpStream) -> Self {
        let progress = Progress::new();
        let inner = Box::new(Watched { stream, progress: progress.clone() });
        Self::new(inner, progress, None)
    }

    /// When bytes last moved over this connection.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// The proxy at the other end, if it reads requests and sends them on.
    pub(super) fn forwarder(&self) -> Option<Arc<ProxyUrl>> {
        self.forwarder.clone()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}
