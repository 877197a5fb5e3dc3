//! Connections: TCP, through a proxy or not, and TLS on top of it.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{net::TcpStream, sync::OnceCell, task::spawn_blocking};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

use super::{
    HttpOptions, Proxy,
    proxy::{ProxyUrl, Routes},
    stream::{Duplex, Stream},
    tls::{self, Trust},
    tls_error, tunnel,
};
use crate::{
    HttpUrl, TransportError,
    stall::{Progress, Watched},
};

/// Opens connections, encrypted ones where the address says so.
///
/// The authorities that the system trusts are read from disk at the first encrypted connection, and
/// not at all if there is none.
pub struct Connector {
    stall: Duration,
    routes: Routes,
    trust: Trust,
    tls: OnceCell<TlsConnector>,
}

impl Connector {
    /// A connector that uses no proxy, gives up when nothing moves for `stall`, and trusts the
    /// authorities of `extra_authorities`, in PEM form, beside the system's.
    #[must_use]
    pub fn new(stall: Duration, extra_authorities: Option<Bytes>) -> Self {
        Self::with_options(&HttpOptions {
            stall,
            extra_authorities,
            proxy: Proxy::Off,
            ..HttpOptions::default()
        })
    }

    /// A connector that does as the options say.
    pub(super) fn with_options(options: &HttpOptions) -> Self {
        Self {
            stall: options.stall,
            routes: Routes::new(&options.proxy),
            trust: Trust::new(options),
            tls: OnceCell::new(),
        }
    }

    /// Opens a connection to the host of `url`, or to a proxy that sends requests on to it.
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
        let proxy = self.routes.proxy_for(url)?;
        let (stream, forwarder) = match proxy {
            None => (dial(url, url.origin(), progress).await?, None),
            Some(proxy) => self.open_through(proxy, url, progress).await?,
        };
        let stream = if url.is_https() { self.encrypt(url, stream).await? } else { stream };
        Ok(Stream::new(stream, progress.clone(), forwarder))
    }

    /// Opens a connection to a proxy, and through it if the rest is to be encrypted.
    async fn open_through(
        &self,
        proxy: Arc<ProxyUrl>,
        url: &HttpUrl,
        progress: &Progress,
    ) -> Result<(Box<dyn Duplex>, Option<Arc<ProxyUrl>>), TransportError> {
        let mut stream = dial(proxy.url(), format!("the proxy {proxy}"), progress).await?;
        if proxy.url().is_https() {
            stream = self.encrypt(proxy.url(), stream).await?;
        }
        if !url.is_https() {
            return Ok((stream, Some(proxy)));
        }
        Ok((tunnel::open(stream, &proxy, url).await?, None))
    }

    async fn encrypt(
        &self,
        url: &HttpUrl,
        stream: Box<dyn Duplex>,
    ) -> Result<Box<dyn Duplex>, TransportError> {
        let failed = |reason: String| TransportError::Tls { origin: url.origin(), reason };
        let connector = self.tls.get_or_try_init(|| self.load()).await;
        let connector = connector.map_err(failed)?;
        // Of an IPv6 address, the part that names an interface of this machine means nothing there.
        let host = url.host().split('%').next().unwrap_or_default().to_owned();
        let name = ServerName::try_from(host)
            .map_err(|_| failed("a certificate cannot name such a host".to_owned()))?;
        if self.trust.takes_any() {
            tracing::warn!(
                origin = url.origin(),
                "the certificate is not checked: whoever is on the way can read and change everything"
            );
        }
        let stream = connector.connect(name, stream).await;
        let stream = stream.map_err(|error| tls_error::of_handshake(url, &error))?;
        Ok(Box::new(stream))
    }

    async fn load(&self) -> Result<TlsConnector, String> {
        let trust = self.trust.clone();
        let loaded = spawn_blocking(move || tls::connector(&trust)).await;
        loaded.map_err(|error| error.to_string())?
    }
}

/// Opens a connection to a host, which is called `origin` if it cannot be reached.
async fn dial(
    url: &HttpUrl,
    origin: String,
    progress: &Progress,
) -> Result<Box<dyn Duplex>, TransportError> {
    let connected = async {
        let stream = TcpStream::connect((url.host(), url.port())).await?;
        // A round is one message each way: nothing is gained by waiting for more to send.
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    match connected.await {
        Ok(stream) => Ok(Box::new(Watched { stream, progress: progress.clone() })),
        Err(source) => Err(TransportError::Unreachable { origin, source }),
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}
