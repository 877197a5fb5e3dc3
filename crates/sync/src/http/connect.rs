//! Connections: TCP, and TLS on top of it.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::OnceCell,
    task::spawn_blocking,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{self, pki_types::ServerName},
};

use super::{
    stall::{Progress, Watched},
    tls,
};
use crate::{HttpUrl, TransportError};

/// Opens connections, encrypted ones where the address says so.
///
/// The authorities that the system trusts are read from disk at the first encrypted connection, and
/// not at all if there is none.
pub struct Connector {
    stall: Duration,
    extra_authorities: Option<Bytes>,
    tls: OnceCell<TlsConnector>,
}

/// A connection, encrypted or not.
pub struct Stream {
    inner: Box<dyn Inner>,
    progress: Progress,
}

trait Inner: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Inner for S {}

impl Connector {
    /// A connector that gives up when nothing moves for `stall`, and trusts the authorities of
    /// `extra_authorities`, in PEM form, beside the system's.
    #[must_use]
    pub fn new(stall: Duration, extra_authorities: Option<Bytes>) -> Self {
        Self { stall, extra_authorities, tls: OnceCell::new() }
    }

    /// Opens a connection to the host of `url`.
    pub async fn connect(&self, url: &HttpUrl) -> Result<Stream, TransportError> {
        let progress = Progress::new();
        match progress.guard(self.stall, self.open(url, &progress)).await {
            Ok(opened) => opened,
            Err(stalled) => {
                Err(TransportError::Stalled { origin: url.origin(), limit: stalled.limit })
            }
        }
    }

    async fn open(&self, url: &HttpUrl, progress: &Progress) -> Result<Stream, TransportError> {
        let unreachable = |source| TransportError::Unreachable { origin: url.origin(), source };
        let stream = TcpStream::connect((url.host(), url.port())).await.map_err(unreachable)?;
        // A round is one message each way: nothing is gained by waiting for more to send.
        stream.set_nodelay(true).map_err(unreachable)?;
        let progress = progress.clone();
        let stream = Watched { stream, progress: progress.clone() };
        let inner: Box<dyn Inner> =
            if url.is_https() { self.encrypt(url, stream).await? } else { Box::new(stream) };
        Ok(Stream { inner, progress })
    }

    async fn encrypt(
        &self,
        url: &HttpUrl,
        stream: Watched<TcpStream>,
    ) -> Result<Box<dyn Inner>, TransportError> {
        let failed = |reason: String| TransportError::Tls { origin: url.origin(), reason };
        let connector = self.tls.get_or_try_init(|| self.load()).await;
        let connector = connector.map_err(failed)?;
        let name = ServerName::try_from(url.host().to_owned())
            .map_err(|_| failed("a certificate cannot name such a host".to_owned()))?;
        let stream = connector.connect(name, stream).await;
        let stream = stream.map_err(|error| handshake_failed(url, &error))?;
        Ok(Box::new(stream))
    }

    async fn load(&self) -> Result<TlsConnector, String> {
        let extra = self.extra_authorities.clone();
        let loaded = spawn_blocking(move || tls::connector(extra.as_deref())).await;
        loaded.map_err(|error| error.to_string())?
    }
}

/// A broken connection is not a bad certificate.
fn handshake_failed(url: &HttpUrl, error: &io::Error) -> TransportError {
    let (origin, reason) = (url.origin(), error.to_string());
    let cause = error.get_ref();
    if cause.is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>) {
        TransportError::Tls { origin, reason }
    } else {
        TransportError::Interrupted { origin, reason }
    }
}

impl Stream {
    /// A connection that a listener has accepted.
    #[must_use]
    pub fn accepted(stream: TcpStream) -> Self {
        let progress = Progress::new();
        let inner = Box::new(Watched { stream, progress: progress.clone() });
        Self { inner, progress }
    }

    /// When bytes last moved over this connection.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
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

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}
