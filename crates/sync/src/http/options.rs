//! What a caller decides about HTTP.

use std::time::Duration;

use bytes::Bytes;
use outcrop_xfer::Limits;

use super::{BasicAuth, Identity, Proxy};

/// How an [`HttpTransport`](super::HttpTransport) behaves.
///
/// ```
/// use outcrop_sync::{HttpOptions, HttpTransport};
///
/// let options = HttpOptions {
///     proxy: "http://proxy.example.org:3128".parse()?,
///     authorization: Some("guest:welcome".parse()?),
///     ..HttpOptions::default()
/// };
/// assert!(!format!("{options:?}").contains("welcome"));
/// let server = HttpTransport::with_options("https://example.org/project".parse()?, options);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// How long nothing may move, in either direction, before the server counts as stalled. A
    /// transfer may take as long as it likes while it moves.
    pub stall: Duration,
    /// Bounds on replies.
    pub limits: Limits,
    /// Certificates of authorities, in PEM form, that are trusted beside the system's.
    pub extra_authorities: Option<Bytes>,
    /// What we prove to servers who we are with, if they ask for a certificate.
    pub identity: Option<Identity>,
    /// Takes any server for the right one, whatever its certificate says, if it has the key to it.
    /// **Whoever is on the way can then read and change everything.** Each such connection is logged
    /// as a warning.
    pub accept_any_certificate: bool,
    /// The proxy to go through.
    pub proxy: Proxy,
    /// User and password for the web server in front of the repository. Sent with each request to
    /// the host of the URL, and to no other that it redirects to.
    pub authorization: Option<BasicAuth>,
}

impl HttpOptions {
    /// How long nothing may move, unless told otherwise.
    pub const STALL: Duration = Duration::from_secs(10);
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            stall: Self::STALL,
            limits: Limits::default(),
            extra_authorities: None,
            identity: None,
            accept_any_certificate: false,
            proxy: Proxy::default(),
            authorization: None,
        }
    }
}
